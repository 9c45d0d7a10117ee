package outbox

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"parley/backend/chat"
	"parley/backend/wire"
)

// TestNoWordsAreLost runs random histories with crashes, failing disks and cut connections: all words that were
// acknowledged to the agent are still queued, were taken by the server once, wait for a decision, or were taken back
// by the agent; what the server sees has no gap, and no number carries two different commands.
func TestNoWordsAreLost(t *testing.T) { // Q1, Q2, Q3, Q8, Q9
	for seed := range uint64(120) {
		w := newWorld(seed)
		for range 300 {
			w.step()
		}
		w.check(t)
	}
}

type world struct {
	seed    uint64
	r       *rand.Rand
	q       *Queue
	d       disk
	newID   func() chat.CommandID
	words   int
	acked   map[string]bool // texts shown to the agent as queued
	asked   map[string]chat.CommandID
	dropped map[string]bool        // taken back or thrown away, as the agent was told
	results map[int64]*wire.Result // of the server, by number
	taken   map[string]int         // texts that the server took, and how often
	broken  string
}

func newWorld(seed uint64) *world {
	return &world{seed: seed, r: rand.New(rand.NewPCG(seed, 9)), q: New("dev"), d: disk{}, newID: ids(),
		acked: map[string]bool{}, asked: map[string]chat.CommandID{}, dropped: map[string]bool{},
		results: map[int64]*wire.Result{}, taken: map[string]int{}}
}

func (w *world) step() {
	switch w.r.IntN(11) {
	case 0, 1:
		e := reply(string(w.newID()), fmt.Sprint("words ", w.words))
		e.Command.Kind = []chat.CommandKind{chat.CmdReply, chat.CmdNote}[w.r.IntN(2)]
		w.words++
		w.q.Add(e)
	case 2, 3:
		w.write()
	case 4:
		w.q.Welcomed("me", int64(len(w.results)), w.newID)
	case 5:
		w.q.Disconnected()
	case 6, 7:
		for _, c := range w.q.Next(5000) {
			w.receive(c)
		}
	case 8: // kill -9
		q, err := Load(w.d.read, "dev")
		if err != nil {
			w.broken = err.Error()
		}
		w.q = q
		clear(w.asked)
	case 9:
		w.takeBack()
	case 10:
		w.decide()
	}
}

// write brings to the disk what is to be, or fails.
func (w *world) write() {
	if b := w.q.Take(); b != nil && w.r.IntN(4) > 0 {
		w.d.apply(b)
		w.q.Saved()
	} else if b != nil {
		w.q.Failed()
		for text, id := range w.asked {
			if _, there := w.q.Find(id); !there {
				delete(w.asked, text)
			}
		}
	}
	w.tell()
}

// tell tells the agent what is on the disk.
func (w *world) tell() {
	for _, e := range w.q.Of("A") {
		if _, words := e.Words(); words {
			w.acked[e.Command.Text] = true
		}
	}
	for text, none := range w.asked {
		if w.q.OnDisk(none) {
			w.dropped[text] = true
			delete(w.asked, text)
		}
	}
}

func (w *world) takeBack() {
	of := w.q.Of("A")
	if len(of) == 0 {
		return
	}
	e := of[w.r.IntN(len(of))]
	answer := w.q.answeredBy(e.ID) != nil
	if none, ok := w.q.Cancel(e.ID, w.newID, wire.Draft{}); ok && !answer {
		w.asked[e.Command.Text] = none
	}
}

// decide answers a decision, or throws its words away and sees to it that this is on the disk.
func (w *world) decide() {
	if len(w.q.Decisions()) == 0 {
		return
	}
	d := w.q.Decisions()[w.r.IntN(len(w.q.Decisions()))]
	if w.r.IntN(3) > 0 {
		kind := []chat.CommandKind{chat.CmdReclaim, chat.CmdNote}[w.r.IntN(2)]
		w.q.AnswerWith(d.ID, Entry{ID: w.newID(), Command: chat.Command{Kind: kind, Chat: "A", Text: d.Text}})
		return
	}
	if w.q.Settle(d.ID) {
		w.dropped[d.Text] = true
		save(w.q, w.d)
		w.tell()
	}
}

// receive is the server: a number that it has seen is answered again, one out of order is asked for.
func (w *world) receive(c wire.Command) {
	last := int64(len(w.results))
	switch {
	case c.Number > last+1:
		w.q.Refetch(last+1, w.newID)
		return
	case c.Number == last+1:
		w.results[c.Number] = w.result(c)
	}
	r := w.results[c.Number]
	if r.ID != c.ID {
		w.broken = fmt.Sprintf("number %d carries %s and %s", c.Number, r.ID, c.ID)
	}
	if w.r.IntN(3) > 0 { // else it is lost with its connection
		w.q.Answer(r)
	}
}

func (w *world) result(c wire.Command) *wire.Result {
	r := &wire.Result{Device: "dev", Number: c.Number, ID: c.ID, Outcome: wire.Done}
	switch {
	case c.Kind == string(chat.CmdNone):
	case w.r.IntN(4) == 0:
		r.Outcome, r.Problem = wire.Held, &wire.Problem{Kind: int(chat.WindowClosed)}
	default:
		w.taken[c.Text]++
	}
	return r
}

// has reports whether the agent still sees a text: queued, or in a decision.
func (w *world) has(text string) bool {
	for _, e := range w.q.entries {
		if e.Command.Text == text {
			return true
		}
	}
	for _, d := range w.q.Decisions() {
		if d.Text == text {
			return true
		}
	}
	return false
}

func (w *world) check(t *testing.T) {
	t.Helper()
	if w.broken != "" {
		t.Fatalf("seed %d: %s", w.seed, w.broken)
	}
	for text := range w.acked {
		_, asked := w.asked[text]
		switch n := w.taken[text]; {
		case n > 1:
			t.Fatalf("seed %d: the server took %q %d times", w.seed, text, n)
		case n > 0 && w.dropped[text]:
			t.Fatalf("seed %d: %q was taken back and sent", w.seed, text)
		case n == 0 && !w.dropped[text] && !asked && !w.has(text):
			t.Fatalf("seed %d: %q is lost", w.seed, text)
		}
	}
}
