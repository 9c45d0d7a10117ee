package outbox

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/app/internal/record"
	"parley/backend/chat"
	"parley/backend/wire"
)

// disk is the outbox file of a test.
type disk map[string]map[string][]byte

func (d disk) apply(b record.Batch) {
	for _, op := range b {
		if d[op.Bucket] == nil {
			d[op.Bucket] = map[string][]byte{}
		}
		switch op.Kind {
		case record.OpPut:
			d[op.Bucket][op.Key] = op.Value
		case record.OpDelete:
			delete(d[op.Bucket], op.Key)
		}
	}
}

func (d disk) read(bucket string) ([]record.Record, error) {
	var l []record.Record
	for k, v := range d[bucket] {
		l = append(l, record.Record{Bucket: bucket, Key: k, Value: v})
	}
	slices.SortFunc(l, func(a, b record.Record) int { return compareKeys(a.Key, b.Key) })
	return l, nil
}

func compareKeys(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

func save(q *Queue, d disk) {
	for b := q.Take(); len(b) > 0; b = q.Take() {
		d.apply(b)
		q.Saved()
	}
}

func ids() func() chat.CommandID {
	n := 0
	return func() chat.CommandID { n++; return chat.CommandID(fmt.Sprintf("id-%d", n)) }
}

func reply(id, text string) Entry {
	return Entry{ID: chat.CommandID(id), WrittenAt: 1000, Inbounds: -1,
		Command: chat.Command{Kind: chat.CmdReply, Chat: "A", Assignment: 1, Text: text}}
}

func read(id string, upTo int64) Entry {
	return Entry{ID: chat.CommandID(id), Inbounds: upTo, Command: chat.Command{Kind: chat.CmdRead, Chat: "A", UpTo: upTo}}
}

func numbers(cs []wire.Command) []int64 {
	var l []int64
	for _, c := range cs {
		l = append(l, c.Number)
	}
	return l
}

func TestNothingIsShownOrSentBeforeItIsOnTheDisk(t *testing.T) {
	q, d := New("dev"), disk{}
	save(q, d)
	q.Welcomed("me", 0, ids())
	save(q, d)
	q.Add(reply("a", "hello"))
	if len(q.Of("A")) != 0 || len(q.Next(0)) != 0 {
		t.Fatal("shown or sent before it was saved")
	}
	b := q.Take()
	if len(q.Of("A")) != 0 || len(q.Next(0)) != 0 {
		t.Fatal("shown or sent while it is being saved")
	}
	d.apply(b)
	q.Saved()
	if len(q.Of("A")) != 1 {
		t.Error("not shown")
	}
	if diff := cmp.Diff([]int64{1}, numbers(q.Next(0))); diff != "" {
		t.Error(diff)
	}
	if len(q.Next(0)) != 0 {
		t.Error("sent twice on one connection")
	}
}

func TestSentAgainInOrderAfterReconnect(t *testing.T) {
	q, d := New("dev"), disk{}
	for i := range 5 {
		q.Add(reply(fmt.Sprint("r", i), "x"))
	}
	save(q, d)
	for range 3 {
		q.Welcomed("me", 2, ids())
		save(q, d)
		if diff := cmp.Diff([]int64{1, 2, 3, 4, 5}, numbers(q.Next(0))); diff != "" {
			t.Fatal(diff)
		}
		q.Disconnected()
		if len(q.Next(0)) != 0 {
			t.Fatal("sent without a connection")
		}
	}
	q.Welcomed("me", 2, ids())
	q.Next(0)
	q.Refetch(4, ids())
	if diff := cmp.Diff([]int64{4, 5}, numbers(q.Next(0))); diff != "" {
		t.Error(diff)
	}
}

func TestAtMostMaxUnacked(t *testing.T) {
	q, d := New("dev"), disk{}
	for i := range wire.MaxUnacked + 10 {
		q.Add(reply(fmt.Sprint("r", i), "x"))
	}
	q.Welcomed("me", 0, ids())
	save(q, d)
	if n := len(q.Next(0)); n != wire.MaxUnacked {
		t.Fatalf("%d sent", n)
	}
	q.Answer(&wire.Result{Device: "dev", Number: 1, ID: "r0", Outcome: wire.Done})
	if diff := cmp.Diff([]int64{wire.MaxUnacked + 1}, numbers(q.Next(0))); diff != "" {
		t.Error(diff)
	}
}

func TestAge(t *testing.T) {
	q, d := New("dev"), disk{}
	q.Add(reply("a", "x"))
	q.Welcomed("me", 0, ids())
	save(q, d)
	if c := q.Next(61_000)[0]; c.AgeMillis != 60_000 {
		t.Errorf("age %d", c.AgeMillis)
	}
	q.Welcomed("me", 0, ids())
	if c := q.Next(5)[0]; c.AgeMillis != 0 {
		t.Errorf("age %d where the clock was set back", c.AgeMillis)
	}
}

func TestUnsentReadsBecomeOne(t *testing.T) {
	q, d := New("dev"), disk{}
	q.Add(read("a", 3))
	save(q, d)
	q.Add(read("b", 7))
	save(q, d)
	if got := q.Of("A"); len(got) != 1 || got[0].Command.UpTo != 7 || got[0].Inbounds != 7 || got[0].ID != "a" {
		t.Fatalf("%+v", got)
	}
	q.Add(reply("c", "x"))
	q.Add(read("d", 8))
	q.Welcomed("me", 0, ids())
	save(q, d)
	q.Add(read("e", 9))
	if q.Len() != 4 {
		t.Errorf("%d commands, want 4: across a reply, and once tried, nothing is merged", q.Len())
	}
}

func TestHowACommandEnds(t *testing.T) {
	for _, c := range []struct {
		name             string
		kind             chat.CommandKind
		outcome          wire.Outcome
		id               string
		notice, decision bool
	}{
		{"done", chat.CmdReply, wire.Done, "x", false, false},
		{"nothing", chat.CmdPick, wire.Nothing, "x", false, false},
		{"held", chat.CmdReply, wire.Held, "x", false, true},
		{"refused reply", chat.CmdReply, wire.Refused, "x", false, true},
		{"refused pick", chat.CmdPick, wire.Refused, "x", true, false},
		{"refused settle", chat.CmdSettle, wire.Refused, "x", true, false},
		{"refused read", chat.CmdRead, wire.Refused, "x", false, false},
		{"refused open", chat.CmdOpen, wire.Refused, "x", false, false},
		{"of another command with the number", chat.CmdReply, wire.Done, "other", false, true},
		{"of another command, cancelled here", chat.CmdNone, wire.Done, "other", false, false},
	} {
		q, d := New("dev"), disk{}
		q.Add(Entry{ID: "x", Customer: "Ada", Command: chat.Command{Kind: c.kind, Chat: "A", Text: "words"}})
		save(q, d)
		a := q.Answer(&wire.Result{Device: "dev", Number: 1, ID: c.id, Outcome: c.outcome, Problem: &wire.Problem{Kind: 33}})
		if (a.Notice != nil) != c.notice || a.Decision != c.decision || q.Len() != 0 {
			t.Errorf("%s: %+v, %d left", c.name, a, q.Len())
		}
		save(q, d)
		again, err := Load(d.read, "new")
		if err != nil || again.Len() != 0 || len(again.Decisions()) != len(q.Decisions()) {
			t.Fatalf("%s: after a restart %d commands, %d decisions, %v", c.name, again.Len(), len(again.Decisions()), err)
		}
		if c.decision {
			if got := again.Decisions()[0]; got.Text != "words" || got.Customer != "Ada" || got.Chat != "A" {
				t.Errorf("%s: the words are not kept: %+v", c.name, got)
			}
		}
	}
}

func TestResultsOfOthersAreIgnored(t *testing.T) {
	q := New("dev")
	q.Add(reply("x", "words"))
	for _, r := range []wire.Result{{Device: "other", Number: 1, ID: "x", Outcome: wire.Done}, {Device: "dev", Number: 9, ID: "x"}} {
		if a := q.Answer(&r); a.Entry != nil {
			t.Errorf("%+v ended a command", r)
		}
	}
}

func TestCancel(t *testing.T) {
	q, d := New("dev"), disk{}
	q.Add(reply("a", "first"))
	q.Add(reply("b", "second"))
	save(q, d)
	if id, ok := q.Cancel("a", "n"); !ok || id != "A" {
		t.Fatal("a reply that was never sent could not be cancelled")
	}
	if q.Draft("A") != "first" {
		t.Errorf("the words are gone: draft %q", q.Draft("A"))
	}
	q.Welcomed("me", 0, ids())
	save(q, d)
	if sent := q.Next(0); len(sent) != 2 || sent[0].Kind != "none" || sent[0].Number != 1 || sent[0].Text != "" || sent[1].Text != "second" {
		t.Errorf("%+v", sent)
	}
	if _, ok := q.Cancel("b", "m"); ok {
		t.Error("a reply that may have been sent was cancelled")
	}
}

// TestAServerPutBack: it knows fewer of the device's commands than have ended here.
func TestAServerPutBack(t *testing.T) {
	q, d := New("dev"), disk{}
	for i := range int64(5) {
		q.Add(reply(fmt.Sprint("r", i), "x"))
		q.Answer(&wire.Result{Device: "dev", Number: i + 1, ID: fmt.Sprint("r", i), Outcome: wire.Done})
	}
	q.Add(reply("last", "words"))
	q.Welcomed("me", 3, ids())
	save(q, d)
	sent := q.Next(0)
	if diff := cmp.Diff([]int64{4, 5, 6}, numbers(sent)); diff != "" {
		t.Fatal(diff)
	}
	if sent[0].Kind != "none" || sent[1].Kind != "none" || sent[2].ID != "last" {
		t.Errorf("%+v", sent)
	}
}

// TestAServerPutBackWhileConnected: what it asks for again goes out on the same connection.
func TestAServerPutBackWhileConnected(t *testing.T) {
	q, d := New("dev"), disk{}
	q.Welcomed("me", 0, ids())
	q.Add(reply("a", "x"))
	q.Answer(&wire.Result{Device: "dev", Number: 1, ID: "a", Outcome: wire.Done})
	q.Add(reply("b", "words"))
	save(q, d)
	q.Next(0)
	q.Refetch(1, ids())
	save(q, d)
	if diff := cmp.Diff([]int64{1, 2}, numbers(q.Next(0))); diff != "" {
		t.Error(diff)
	}
}

// TestAnOutboxPutBack: the server knows numbers that this outbox has not given yet.
func TestAnOutboxPutBack(t *testing.T) {
	q := New("dev")
	q.Welcomed("me", 9, ids())
	if e := q.Add(reply("x", "words")); e.Number != 10 {
		t.Errorf("number %d was used before", e.Number)
	}
}

func TestAnotherAgentsCommandsDoNotGoOut(t *testing.T) {
	q, d := New("dev"), disk{}
	q.Welcomed("ada", 0, ids())
	q.Add(reply("x", "ada's words"))
	q.Add(Entry{ID: "p", Command: chat.Command{Kind: chat.CmdPick, Chat: "B"}})
	save(q, d)
	q.Disconnected()
	if q.Welcomed("bob", 0, ids()) || len(q.Next(0)) != 0 {
		t.Fatal("another agent's commands may go out")
	}
	q.Disown("dev-2", "bob", *chat.NewProblem(chat.NotHolder))
	save(q, d)
	again, err := Load(d.read, "unused")
	if err != nil {
		t.Fatal(err)
	}
	if again.Device() != "dev-2" || again.Len() != 0 || len(again.Decisions()) != 1 || again.Decisions()[0].Text != "ada's words" {
		t.Errorf("%+v", again)
	}
}

func TestFailedDropsOnlyWhatNobodySaw(t *testing.T) {
	q, d := New("dev"), disk{}
	q.Add(reply("kept", "x"))
	save(q, d)
	q.SetDraft("B", "draft")
	q.Add(reply("new", "y"))
	q.Take()
	q.Add(reply("newer", "z"))
	var dropped []chat.CommandID
	for _, e := range q.Failed() {
		dropped = append(dropped, e.ID)
	}
	if diff := cmp.Diff([]chat.CommandID{"newer", "new"}, dropped); diff != "" {
		t.Error(diff)
	}
	if e := q.Add(reply("again", "w")); e.Number != 2 {
		t.Errorf("the free number was not used: %d", e.Number)
	}
	save(q, d)
	again, err := Load(d.read, "unused")
	if err != nil || again.Len() != 2 || again.Draft("B") != "draft" {
		t.Errorf("%d commands, draft %q, %v", again.Len(), again.Draft("B"), err)
	}
}

func TestFailedKeepsWhatIsPromised(t *testing.T) {
	q, d := New("dev"), disk{}
	for i := range int64(3) {
		q.Add(reply(fmt.Sprint("r", i), "x"))
		q.Answer(&wire.Result{Device: "dev", Number: i + 1, ID: fmt.Sprint("r", i), Outcome: wire.Done})
	}
	q.Add(reply("promised", "words"))
	save(q, d)
	q.Welcomed("me", 1, ids()) // 2 and 3 are to be filled in before it
	q.Take()
	if dropped := q.Failed(); len(dropped) != 0 {
		t.Fatalf("dropped %+v", dropped)
	}
	save(q, d)
	if diff := cmp.Diff([]int64{2, 3, 4}, numbers(q.Next(0))); diff != "" {
		t.Error(diff)
	}
}

func TestLoadLeavesOutWhatCannotBeRead(t *testing.T) {
	q, d := New("dev"), disk{}
	q.Add(reply("a", "one"))
	q.Add(reply("b", "two"))
	save(q, d)
	d["commands"][numberKey(1)] = []byte(`{"number":`)
	again, err := Load(d.read, "unused")
	if err == nil || again == nil || again.Len() != 1 || again.Device() != "dev" {
		t.Fatalf("%+v, %v", again, err)
	}
	if _, err := Load(func(string) ([]record.Record, error) { return nil, errors.New("broken") }, "d"); err == nil {
		t.Error("a disk that cannot be read is no error")
	}
}

// TestNoWordsAreLost runs random histories with crashes, failing disks and cut connections: every reply that was
// acknowledged to the agent is still queued, has a result, waits for a decision, or was taken back by the agent;
// what the server sees has no gap, and no number carries two different commands.
func TestNoWordsAreLost(t *testing.T) {
	for seed := range uint64(200) {
		w := newWorld(seed)
		for range 300 {
			w.step()
		}
		w.check(t)
	}
}

type world struct {
	seed   uint64
	r      *rand.Rand
	q      *Queue
	d      disk
	newID  func() chat.CommandID
	ack    map[chat.CommandID]bool           // shown to the agent as queued
	asked  map[chat.CommandID]chat.CommandID // to be taken back, and what takes its number
	taken  map[chat.CommandID]bool           // taken back, as the agent was told
	seen   map[int64]string                  // by the server
	last   int64
	broken string
}

func newWorld(seed uint64) *world {
	return &world{seed: seed, r: rand.New(rand.NewPCG(seed, 9)), q: New("dev"), d: disk{}, newID: ids(),
		ack: map[chat.CommandID]bool{}, taken: map[chat.CommandID]bool{}, asked: map[chat.CommandID]chat.CommandID{}, seen: map[int64]string{}}
}

func (w *world) step() {
	switch w.r.IntN(9) {
	case 0, 1:
		w.q.Add(reply(string(w.newID()), "words"))
	case 2:
		if b := w.q.Take(); b != nil && w.r.IntN(4) > 0 {
			w.d.apply(b)
			w.q.Saved()
		} else if b != nil {
			w.q.Failed()
		}
		for _, e := range w.q.Of("A") {
			w.ack[e.ID] = w.ack[e.ID] || e.Command.Kind == chat.CmdReply
		}
		for reply, none := range w.asked {
			if w.q.OnDisk(none) {
				w.taken[reply] = true
				delete(w.asked, reply)
			}
		}
	case 3:
		w.q.Welcomed("me", w.last, w.newID)
	case 4:
		w.q.Disconnected()
	case 5, 6:
		for _, c := range w.q.Next(5000) {
			w.receive(c)
		}
	case 7: // kill -9
		q, err := Load(w.d.read, "dev")
		if err != nil {
			w.broken = err.Error()
		}
		w.q = q
		clear(w.asked)
	case 8:
		if of := w.q.Of("A"); len(of) > 0 {
			if e := of[w.r.IntN(len(of))]; e != nil {
				id := w.newID()
				if _, ok := w.q.Cancel(e.ID, id); ok {
					w.asked[e.ID] = id
				}
			}
		}
	}
}

// receive is the server: a number that it has seen is answered again, one out of order is asked for.
func (w *world) receive(c wire.Command) {
	switch {
	case c.Number > w.last+1:
		w.q.Refetch(w.last+1, w.newID)
		return
	case c.Number == w.last+1:
		w.last, w.seen[c.Number] = c.Number, c.ID
	}
	if w.seen[c.Number] != c.ID {
		w.broken = fmt.Sprintf("number %d carries %s and %s", c.Number, w.seen[c.Number], c.ID)
	}
	if w.r.IntN(3) > 0 { // else the result is lost with its connection
		w.q.Answer(&wire.Result{Device: "dev", Number: c.Number, ID: w.seen[c.Number], Outcome: wire.Done})
	}
}

func (w *world) check(t *testing.T) {
	t.Helper()
	if w.broken != "" {
		t.Fatalf("seed %d: %s", w.seed, w.broken)
	}
	done := map[string]bool{}
	for _, id := range w.seen {
		done[id] = true
	}
	for id := range w.ack {
		if _, asked := w.asked[id]; asked {
			continue
		}
		if _, queued := w.q.Find(id); w.ack[id] && !queued && !done[string(id)] && !w.taken[id] {
			t.Fatalf("seed %d: the words of %s are lost", w.seed, id)
		}
		if w.taken[id] && done[string(id)] {
			t.Fatalf("seed %d: %s was taken back and sent", w.seed, id)
		}
	}
}

func FuzzLoad(f *testing.F) {
	q, d := New("dev"), disk{}
	q.Add(reply("a", "words"))
	q.SetDraft("B", "draft")
	save(q, d)
	f.Add("commands", d["commands"][numberKey(1)])
	f.Add("device", d["device"]["self"])
	f.Add("decisions", []byte(`{"id":"x","chat":"A","text":"words","problem":33}`))
	f.Fuzz(func(t *testing.T, bucket string, value []byte) {
		q, _ := Load(func(b string) ([]record.Record, error) {
			if b != bucket {
				return nil, nil
			}
			return []record.Record{{Bucket: b, Key: "key", Value: value}}, nil
		}, "dev")
		q.Add(reply("x", "words"))
		q.Welcomed("me", 0, func() chat.CommandID { return "id" })
		q.Take()
		q.Saved()
		q.Next(0)
	})
}
