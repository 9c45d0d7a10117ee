package server

import (
	"context"
	"net/http"
	"slices"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// figures is what /metrics shows. Names and labels are for those who watch the server: they are not changed
// without need, and carry nothing of a customer.
type figures struct {
	registry      *prometheus.Registry
	webhooks      *prometheus.CounterVec // by result
	unknown       prometheus.Counter
	unreadable    prometheus.Counter
	commands      *prometheus.CounterVec // by kind and outcome
	commitSize    prometheus.Histogram
	commitSeconds prometheus.Histogram
	commitErrors  prometheus.Counter
	frames        prometheus.Counter
	deliveries    *prometheus.CounterVec // by end
	uncertain     prometheus.Counter
}

// newFigures makes the figures; depth is where the outbox's is read.
func newFigures(depth store.Store) *figures {
	f := &figures{
		registry:   prometheus.NewRegistry(),
		webhooks:   counters("webhooks_total", "Requests of vendors by how they were answered.", "result"),
		unknown:    counter("unknown_numbers_total", "Messages for a number that no asset has."),
		unreadable: counter("unreadable_parts_total", "Parts of webhooks that could not be read."),
		commands:   counters("commands_total", "Commands by kind and outcome.", "kind", "outcome"),
		commitSize: histogram("commit_commands", "Commands in one commit.", prometheus.ExponentialBuckets(1, 2, 9)),
		commitSeconds: histogram("commit_seconds", "Time from the begin of a commit until it is durable.",
			prometheus.ExponentialBuckets(0.00025, 2, 14)),
		commitErrors: counter("commit_errors_total", "Commits that the store could not make."),
		frames:       counter("frames_total", "Frames added to streams."),
		deliveries:   counters("deliveries_total", "Attempts to hand a message to a vendor by how they ended.", "end"),
		uncertain:    counter("uncertain_total", "Attempts of which it is not known whether they reached the vendor."),
	}
	f.registry.MustRegister(f.webhooks, f.unknown, f.unreadable, f.commands, f.commitSize, f.commitSeconds, f.commitErrors,
		f.frames, f.deliveries, f.uncertain, outbox{depth})
	return f
}

func counter(name, help string) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Namespace: "parley", Name: name, Help: help})
}

func counters(name, help string, labels ...string) *prometheus.CounterVec {
	return prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: "parley", Name: name, Help: help}, labels)
}

func histogram(name, help string, buckets []float64) prometheus.Histogram {
	return prometheus.NewHistogram(prometheus.HistogramOpts{Namespace: "parley", Name: name, Help: help, Buckets: buckets})
}

// watch shows the connections as open counts them.
func (f *figures) watch(open func() int) {
	f.registry.MustRegister(prometheus.NewGaugeFunc(
		prometheus.GaugeOpts{Namespace: "parley", Name: "connections", Help: "Consoles that are connected."},
		func() float64 { return float64(open()) }))
}

func (f *figures) handler() http.Handler {
	return promhttp.HandlerFor(f.registry, promhttp.HandlerOpts{})
}

// outbox shows how many replies are on their way, as the store has them when it is asked.
type outbox struct{ store store.Store }

var outboxDepth = prometheus.NewDesc("parley_outbox_depth", "Messages to customers that are not done, by state.", []string{"state"}, nil)

// Describe implements prometheus.Collector.
func (o outbox) Describe(ch chan<- *prometheus.Desc) { ch <- outboxDepth }

// Collect implements prometheus.Collector. A store that cannot be read shows in /healthz, not here.
func (o outbox) Collect(ch chan<- prometheus.Metric) {
	depths := map[desk.OutgoingState]int{}
	err := o.store.Read(context.Background(), func(r store.Reader) error {
		for _, state := range []desk.OutgoingState{desk.OutPending, desk.OutSending, desk.OutUnclear} {
			depths[state] = r.OutgoingIn(state)
		}
		return r.Err()
	})
	if err != nil {
		return
	}
	for state, n := range depths {
		ch <- prometheus.MustNewConstMetric(outboxDepth, prometheus.GaugeValue, float64(n), string(state))
	}
}

// count notes how a command ended.
func (f *figures) count(c desk.Command, a desk.Answer, err error) {
	f.commands.WithLabelValues(kindOf(c), outcomeOf(a, err)).Inc()
	ended, ok := c.(desk.SendEnded)
	if !ok || err != nil {
		return // a vendor's status may have ended the message before; the attempt counts all the same
	}
	f.deliveries.WithLabelValues(string(ended.Ended)).Inc()
	if ended.Ended == desk.EndUnclear {
		f.uncertain.Inc()
	}
}

func outcomeOf(a desk.Answer, err error) string {
	switch {
	case err != nil:
		return "not_stored"
	case a.Result != nil:
		return string(a.Result.Outcome)
	case a.From != 0:
		return "out_of_order"
	case a.Problem != nil:
		return "refused"
	case a.Duplicate:
		return "duplicate"
	}
	return "done"
}

// known are the commands of agents that are counted by their names.
var known = []chat.CommandKind{chat.CmdPick, chat.CmdOpen, chat.CmdRead, chat.CmdReply, chat.CmdAvailable, chat.CmdSettle,
	chat.CmdNone, chat.CmdNote, chat.CmdDraft, chat.CmdReclaim, chat.CmdTransfer, chat.CmdUndo, chat.CmdHold, chat.CmdResume,
	chat.CmdClose, chat.CmdExtend, chat.CmdPriority, chat.CmdAlias, chat.CmdTags, chat.CmdOrder, chat.CmdSignOut,
	chat.CmdPutTeam, chat.CmdPutAgent, chat.CmdPutAsset}

// kindOf names a command. What a device calls a command that this server does not know is not repeated.
func kindOf(c desk.Command) string {
	switch c := c.(type) {
	case desk.FromAgent:
		if slices.Contains(known, c.Kind) {
			return string(c.Kind)
		}
		return "unknown"
	case desk.Inbound:
		return "inbound"
	case desk.StatusReport:
		return "status"
	case desk.SendBegun:
		return "send_begun"
	case desk.SendEnded:
		return "send_ended"
	case desk.MediaEnded:
		return "media_ended"
	case desk.TimerDue:
		return "timer"
	case desk.Heard, desk.Started:
		return "presence"
	case desk.RenewToken, desk.KeepToken:
		return "token"
	}
	return "admin"
}
