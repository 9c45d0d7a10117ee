//go:build e2e && linux

package crashtest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"parley/app/view"
	"parley/backend/chat"
	"parley/backend/crash"
	"parley/backend/internal/vendors"
)

// defaultSeed is of the run that everybody makes.
const defaultSeed = 2

// defaultKills is how often each of the two programs is killed, unless PARLEY_KILLS says otherwise.
const defaultKills = 20

// moment is when a process is killed, in one round.
type moment struct {
	app    bool
	point  crash.Name // "": at any moment
	visits int        // of the point
	after  time.Duration
	behind int  // how much happens before it is started again
	away   bool // the server is away, and the console dies with replies in its outbox
	silent bool // no status follows the replies of the round
	torn   int  // 1, 2: this copy of the console's outbox is damaged while it is down; else none is
}

func (m moment) victim() string {
	if m.app {
		return "console"
	}
	return "server"
}

func (m moment) String() string {
	switch {
	case m.away:
		return "the console while the server is away"
	case m.point == "":
		return fmt.Sprintf("the %s after %v", m.victim(), m.after)
	}
	return fmt.Sprintf("the %s at %s, visit %d", m.victim(), m.point, m.visits)
}

// longest is how many replies are written at most while there is no server, and how many messages come in while
// there is no console: then replies come so late that the server holds them.
var longest = map[bool]int{false: 6, true: 30}

// kind is where the moment is counted.
func (m moment) kind() string {
	switch {
	case m.away:
		return "the console while the server is away"
	case m.point == "":
		return "the " + m.victim() + " at any moment"
	}
	return string(m.point)
}

// visits is up to which visit of a moment the process may live. It must come in a round's work.
var visits = map[crash.Name]int{
	crash.CommitBefore: 30, crash.CommitAfter: 30, crash.WebhookStored: 10, crash.DeliverBegun: 8, crash.DeliverCalled: 8,
	crash.DeliverEnded: 8, crash.MediaFetched: 3, crash.OutboxSaved: 15, crash.OutboxSent: 15, crash.CacheApplied: 30, crash.OutboxAnswered: 15,
}

// plan is the moments of a run: server and console take turns; each has its named moments twice at least, and the
// rest at random.
func plan(seed uint64, kills int) []moment {
	chance := rand.New(rand.NewPCG(seed, 0))
	var of [2][]crash.Name
	for _, name := range crash.All {
		who := 0
		if strings.HasPrefix(string(name), "outbox.") || strings.HasPrefix(string(name), "cache.") {
			who = 1
		}
		of[who] = append(of[who], name, name)
	}
	for who := range of {
		for i := 0; kills > defaultKills && len(of[who]) < kills/2; i++ {
			of[who] = append(of[who], of[who][i]) // a long run visits the named moments more often, too
		}
		of[who] = append(of[who], make([]crash.Name, kills-len(of[who]))...)
		chance.Shuffle(kills, func(i, j int) { of[who][i], of[who][j] = of[who][j], of[who][i] })
	}
	var all []moment
	damage := rand.New(rand.NewPCG(seed, 1))
	called := 0
	for i := range 2 * kills {
		m := moment{app: i%2 == 1, point: of[i%2][i/2], after: time.Duration(chance.IntN(400)) * time.Millisecond}
		m.behind = chance.IntN(longest[m.app])
		if m.point != "" {
			m.visits = 1 + chance.IntN(visits[m.point])
		} else if m.app {
			m.away = chance.IntN(2) == 0
		}
		if m.app {
			m.torn = damage.IntN(5)
		}
		if m.point == crash.DeliverCalled {
			called++
			m.silent = called%2 == 1
		}
		all = append(all, m)
	}
	return all
}

// TestCrashes is the whole story.
func TestCrashes(t *testing.T) {
	seed := setting(t, "PARLEY_SEED", defaultSeed)
	kills := int(max(setting(t, "PARLEY_KILLS", defaultKills), defaultKills))
	began := time.Now()
	w := newWorld(t, seed)
	w.warmUp()
	died := map[string]int{}
	for i, m := range plan(seed, kills) {
		w.now = fmt.Sprintf("round %d, %v", i+1, m)
		w.round(i+1, m)
		died[m.kind()]++
		if t.Failed() {
			t.FailNow()
		}
	}
	n := w.finish()
	w.print(died, n, time.Since(began))
	for _, name := range crash.All {
		if died[string(name)] == 0 {
			t.Errorf("no process died at %s", name)
		}
	}
	if n.unsent == 0 || n.unproven == 0 || w.settled == 0 || n.files == 0 || n.inbound < 2*kills || n.replies < 2*kills || n.notes < kills || w.ledger.typings < kills || w.tears == 0 || len(w.revoked) == 0 && w.app.env != nil {
		t.Errorf("this run proves too little: %+v", n)
	}
}

// setting reads an environment variable.
func setting(t *testing.T, name string, otherwise uint64) uint64 {
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 32)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// warmUp ends when the agent has some chats, so that there is work in every round.
func (w *world) warmUp() {
	w.t.Helper()
	hush := &silence{hold: make(chan struct{})}
	close(hush.hold)
	w.silence.Store(hush)
	end := w.begin(0)
	w.more(writing, w.ledger.replied)
	end()
	s, decisions := w.rest()
	w.check(&s, decisions)
}

// round kills a process in the midst of work, starts it again, and compares when all is quiet.
func (w *world) round(number int, m moment) {
	w.t.Helper()
	hush := &silence{all: m.silent, hold: make(chan struct{})}
	if w.silence.Store(hush); m.point != crash.DeliverCalled {
		close(hush.hold)
	}
	w.arm(m)
	w.dawdle(w.chance(number, writing+1))
	end := w.begin(number)
	w.die(m)
	w.revive(m)
	if m.point == crash.DeliverCalled {
		w.settles(hush)
	}
	end()
	s, decisions := w.rest()
	w.check(&s, decisions)
}

// revive starts what was killed again, when something has happened without it.
func (w *world) revive(m moment) {
	w.t.Helper()
	w.tear(m.torn)
	switch {
	case m.away:
		w.startApp("")
		w.startServer("")
	case m.app:
		w.more(m.behind, w.ledger.taken)
		w.startApp("")
	default:
		w.more(m.behind, w.ledger.replied)
		w.startServer("")
	}
}

// arm has the process that is to die at a named moment know it. The server's shutdown is part of the work as well.
func (w *world) arm(m moment) {
	if m.away {
		w.stopServer()
	}
	if m.point == "" {
		return
	}
	spec := fmt.Sprintf("%s=%d", m.point, m.visits)
	w.stopApp()
	if m.app {
		w.startApp(spec)
		return
	}
	w.stopServer()
	w.age()
	w.startServer(spec)
	w.startApp("")
}

func (w *world) stopApp() {
	w.console.Store(nil)
	if !w.app.stop() {
		w.wrong("the console did not end well:\n%s", w.app.out)
	}
	w.noMismatch()
}

func (w *world) stopServer() {
	if !w.server.stop() {
		w.wrong("the server did not end well:\n%s", w.server.out)
	}
}

// dawdle has the vendor take its time with some of the replies, so that a call is under way at most moments.
func (w *world) dawdle(chance *rand.Rand) {
	for range 10 {
		w.whatsapp.Fail(vendors.Fault{Kind: vendors.Slow, Delay: time.Duration(chance.IntN(40)) * time.Millisecond})
	}
}

// die waits for the process's own end at its moment, or ends it.
func (w *world) die(m moment) {
	w.t.Helper()
	p, other := w.server, w.app
	if m.app {
		p, other = w.app, w.server
	}
	if m.away {
		w.more(1+m.behind%8, w.ledger.replied)
	}
	late := patience
	if m.point == "" {
		late = m.after
	}
	timer := time.NewTimer(late)
	defer timer.Stop()
	select {
	case <-p.ended:
	case <-timer.C:
		if m.point != "" {
			w.t.Fatalf("PARLEY_SEED=%d, %s: the moment did not come", w.seed, w.now)
		}
		_ = p.cmd.Process.Kill() // it lived a moment ago
		<-p.ended
	}
	if m.app {
		w.console.Store(nil)
		w.noMismatch()
	}
	if !p.killed() || other.dead() != m.away {
		w.t.Fatalf("PARLEY_SEED=%d, %s: it ended otherwise, or the other did (%v):\n%s\n%s", w.seed, w.now, other.dead(), p.out, other.out)
	}
}

// mismatch is the console's word on a digest that differed at one position of a stream.
var mismatch = regexp.MustCompile(`mismatches=[1-9]`)

func (w *world) noMismatch() {
	if mismatch.MatchString(w.app.out.String()) {
		w.wrong("the console and the server differed at one position:\n%s", w.app.out)
	}
}

// settles waits until a reply that the vendor took, and that nobody noted, is uncertain, and lets the statuses come.
func (w *world) settles(hush *silence) {
	w.t.Helper()
	found := until(w.ctx, func() bool {
		s := w.copied()
		for _, all := range s.messages {
			if slices.ContainsFunc(all, func(m chat.Message) bool { return m.State == chat.Uncertain && w.wasTaken(m.Text) }) {
				return true
			}
		}
		return false
	})
	close(hush.hold)
	if !hush.all {
		w.settled++ // check sees to it
	}
	if !found {
		w.wrong("no reply that the vendor took was uncertain after the crash")
	}
}

func (w *world) wasTaken(text string) (taken bool) {
	w.ledger.set(func() { taken = w.ledger.replies[text] != nil && w.ledger.replies[text].taken > 0 })
	return taken
}

// rest waits until nothing is to be done any more but to decide, and the console shows what the database has.
func (w *world) rest() (s state, decisions []view.Decision) {
	w.t.Helper()
	c, why := w.console.Load(), ""
	_ = c.call("Looking", nil, "", true) // if it does not answer, it does not become quiet
	quiet := until(w.ctx, func() bool {
		var status view.Status
		status, why = w.unrest(c, &s)
		decisions = status.Decisions
		return why == ""
	})
	if !quiet {
		w.wrong("it does not become quiet: %s\nthe server wrote:\n%s\nthe console wrote:\n%s", why, w.server.out, w.app.out)
	}
	return s, decisions
}

// unrest says what is still going on; "": nothing, and s is the state.
func (w *world) unrest(c *console, s *state) (status view.Status, why string) {
	if w.reporting.Load() > 0 {
		return status, "statuses are under way"
	}
	status, _, _, err := c.look(view.MyChats, "")
	if err != nil || status.Phase != view.Current || status.Outbox > 0 {
		return status, fmt.Sprintf("the console is %s with %d commands in its outbox: %v", status.Phase, status.Outbox, err)
	}
	if *s = w.copied(); s.busy {
		return status, "something is to be sent or fetched"
	}
	return status, w.unlike(c, s)
}

// finish ends both programs well and compares for the last time, with the database itself.
func (w *world) finish() tally {
	w.now = "the end"
	_, decisions := w.rest()
	w.stopApp()
	w.stopServer()
	s := w.read(filepath.Join(w.data, "parley.db"))
	return w.check(&s, decisions)
}

func (w *world) print(died map[string]int, n tally, took time.Duration) {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d, %v\nkilled:\n", w.seed, took.Round(time.Second))
	var names []string
	for name := range died {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(&b, "%5d  %s\n", died[name], name)
	}
	fmt.Fprintf(&b, "customers' messages: %d, all there once; files: %d\n", n.inbound, n.files)
	fmt.Fprintf(&b, "replies: %d, all there once; never promised: %d; held and sent anew: %d\n", n.replies, n.unpromised, n.held)
	fmt.Fprintf(&b, "tokens renewed: %d\n", len(w.revoked))
	fmt.Fprintf(&b, "copies of the outbox damaged and made anew: %d\n", w.tears)
	fmt.Fprintf(&b, "notes: %d, all there once; drafts: %d written, and %d chats have the last one\n", n.notes, w.ledger.typings, n.drafts)
	fmt.Fprintf(&b, "vendor took: %d\n", len(w.whatsapp.Accepted()))
	fmt.Fprintf(&b, "uncertain: %d that the vendor never saw, %d that it took and said nothing of; seen to be settled by a status: %d\n",
		n.unsent, n.unproven, w.settled)
	w.t.Log(b.String())
}
