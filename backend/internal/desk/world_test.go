package desk_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/wire"
)

// counted gives ids that tell in which order they were asked for.
type counted struct {
	chats, customers, opaque int
	all                      []chat.ID
}

func (c *counted) ChatID(prefix string) chat.ID {
	c.chats++
	id := chat.ID(fmt.Sprintf("%s%013d", prefix, c.chats))
	c.all = append(c.all, id)
	return id
}

func (c *counted) CustomerID() chat.CustomerID {
	c.customers++
	return chat.CustomerID(fmt.Sprintf("C-%08d", c.customers))
}

func (c *counted) Opaque() string {
	c.opaque++
	return fmt.Sprintf("o%019d", c.opaque)
}

// world is a desk on the memory store. Each command that it decides is checked, see do.
type world struct {
	t     testing.TB
	store *memory.Store
	now   chat.Millis
	ids   counted
}

func newWorld(t testing.TB) *world {
	return &world{t: t, store: memory.New("e1"), now: 1_000_000_000_000}
}

// do decides and applies a command, and fails the test unless snapshot before + frames = snapshot after for
// every stream, the chats are as the rules derive them from their messages, and deciding again gives the same.
func (w *world) do(c desk.Command) desk.Outcome {
	w.t.Helper()
	var out desk.Outcome
	w.commit(func(tx store.Tx) {
		before := w.snapshots(tx)
		twin := w.ids
		out = desk.Decide(tx, w.now, &w.ids, c)
		if again := desk.Decide(tx, w.now, &twin, c); !cmp.Equal(out, again) {
			w.t.Errorf("%+v: decided twice, the outcomes differ:\n%s", c, cmp.Diff(out, again))
		}
		a := out.Answer
		if (a.Problem != nil || a.From != 0 || a.Duplicate) && len(out.Writes)+len(out.Frames) > 0 {
			w.t.Errorf("%+v: has no effect and yet writes %v", c, out.Writes)
		}
		tx.Apply(out, w.now)
		w.compare(c, before, out.Frames, w.snapshots(tx))
		w.check(tx)
	})
	return out
}

func (w *world) commit(f func(store.Tx)) {
	w.t.Helper()
	if err := w.store.Commit(context.Background(), func(tx store.Tx) error { f(tx); return nil }); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) read(f func(desk.View)) {
	w.t.Helper()
	if err := w.store.Read(context.Background(), func(r store.Reader) error { f(r); return nil }); err != nil {
		w.t.Fatal(err)
	}
}

// snapshots returns what each stream carries.
func (w *world) snapshots(v desk.View) map[wire.Stream]*mirror {
	all := map[wire.Stream]*mirror{}
	add := func(s wire.Stream) {
		m := newMirror()
		changes, counts := desk.Snapshot(v, s)
		m.apply(w.t, changes)
		m.counts = counts
		all[s] = m
	}
	for _, a := range v.Agents() {
		add(desk.AgentStream(a.ID))
	}
	for _, t := range v.Teams() {
		add(desk.QueueStream(t.ID))
	}
	add(desk.TenantStream())
	return all
}

func (w *world) compare(c desk.Command, before map[wire.Stream]*mirror, frames []desk.Frame, after map[wire.Stream]*mirror) {
	w.t.Helper()
	seen := map[wire.Stream]bool{}
	for _, f := range frames {
		if seen[f.Stream] || len(f.Changes) == 0 {
			w.t.Errorf("%T: a second or an empty frame for %v", c, f.Stream)
		}
		seen[f.Stream] = true
		m := before[f.Stream]
		if m == nil {
			m = newMirror()
			before[f.Stream] = m
		}
		m.apply(w.t, f.Changes)
		if m.counts = f.Counts; (f.Counts != nil) != (f.Stream.Kind == wire.AgentStream) {
			w.t.Errorf("%T: counts %v in a frame of %v", c, f.Counts, f.Stream)
		}
	}
	for s, want := range after {
		got := before[s]
		if got == nil {
			got = newMirror()
			got.counts = want.counts
		}
		if diff := got.differsFrom(want); diff != "" {
			w.t.Errorf("%+v\nsnapshot + frames of %v is not the snapshot after:\n%s", c, s, diff)
		}
	}
}

// check compares every chat with what the rules say of its messages.
func (w *world) check(v desk.View) {
	w.t.Helper()
	open := map[string]chat.ID{}
	for _, id := range w.ids.all {
		c, ok := v.Chat(id)
		if !ok {
			continue
		}
		w.checkChat(v, &c)
		if c.Status == chat.Closed {
			continue
		}
		place := string(c.Identity) + " " + string(c.Asset)
		if open[place] != "" {
			w.t.Errorf("%s and %s are both open for one identity and asset", open[place], id)
		}
		open[place] = id
	}
}

func (w *world) checkChat(v desk.View, c *chat.Chat) {
	w.t.Helper()
	messages := v.MessagesBefore(c.ID, 0, 1<<20)
	var inbounds, unread int64
	last := chat.Message{}
	for i, m := range messages {
		if m.Kind == chat.Inbound {
			inbounds++
			if m.Number > c.ReadTo {
				unread++
			}
		}
		if m.Kind != chat.System {
			last = m
		}
		if m.Number != int64(i+1) || m.Inbounds != inbounds {
			w.t.Errorf("%s: message %d has number %d and inbounds %d, want %d", c.ID, i+1, m.Number, m.Inbounds, inbounds)
		}
		w.checkOutgoing(v, &m)
	}
	got := []any{c.LastNumber, c.InboundCount, c.Unread, c.WaitingSince, c.LastKind}
	want := []any{int64(len(messages)), inbounds, unread, chat.Waiting(messages, c.SettledTo), last.Kind}
	if diff := cmp.Diff(want, got); diff != "" {
		w.t.Errorf("%s: number, inbounds, unread, waiting, kind differ from its messages:\n%s", c.ID, diff)
	}
	if (c.Status == chat.Picked) && c.Assignee == "" || c.Status == chat.Queued && c.Assignee != "" || c.ReadTo > c.LastNumber {
		w.t.Errorf("%s is %s with assignee %q, read to %d of %d", c.ID, c.Status, c.Assignee, c.ReadTo, c.LastNumber)
	}
	if _, ok := v.Identity(c.Identity); !ok {
		w.t.Errorf("%s: its identity is gone", c.ID)
	}
	if _, ok := v.Customer(c.Customer); !ok {
		w.t.Errorf("%s: its customer is gone", c.ID)
	}
}

// checkOutgoing compares a reply with its way to the vendor.
func (w *world) checkOutgoing(v desk.View, m *chat.Message) {
	row, ok := v.Outgoing(m.ID)
	if ok != (m.Kind == chat.Reply) {
		w.t.Errorf("%s of kind %s has a row: %v", m.ID, m.Kind, ok)
	}
	if m.Kind != chat.Reply {
		return
	}
	want := map[chat.State][]desk.OutgoingState{
		chat.Accepted:  {desk.OutPending, desk.OutSending},
		chat.Uncertain: {desk.OutUnclear},
	}[m.State]
	if want == nil {
		want = []desk.OutgoingState{desk.OutDone}
	}
	if !slices.Contains(want, row.State) {
		w.t.Errorf("%s is %s and its row %s", m.ID, m.State, row.State)
	}
	if (m.State == chat.Failed) != (m.Failure != nil) || m.Asks && m.State != chat.Uncertain {
		w.t.Errorf("%s is %s with failure %v, asks %v", m.ID, m.State, m.Failure, m.Asks)
	}
}
