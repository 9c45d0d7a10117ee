// Package desktest drives package desk on any store.Store and checks after each command what must always hold: that
// what the store says of a stream before, with the frames that the command gave, is what it says after, and
// that the rows agree with the rules and with one another. Chance makes the commands; tests of any store may use it.
package desktest

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// IDs gives ids that tell in which order they were asked for.
type IDs struct {
	chats, customers, opaque int
	All                      []chat.ID // the chats'
}

// ChatID implements desk.IDs.
func (c *IDs) ChatID(prefix string) chat.ID {
	c.chats++
	id := chat.ID(fmt.Sprintf("%s%013d", prefix, c.chats))
	c.All = append(c.All, id)
	return id
}

// CustomerID implements desk.IDs.
func (c *IDs) CustomerID() chat.CustomerID {
	c.customers++
	return chat.CustomerID(fmt.Sprintf("C-%08d", c.customers))
}

// Opaque implements desk.IDs.
func (c *IDs) Opaque() string {
	c.opaque++
	return fmt.Sprintf("o%019d", c.opaque)
}

// Start is the time at which a World begins.
const Start chat.Millis = 1_000_000_000_000

// World is a desk on a store. Each command that it decides is checked, see Do.
type World struct {
	T     testing.TB
	Store store.Store
	Now   chat.Millis
	IDs   IDs
	// Effects is how often commands took effect, by what Kind says of them.
	Effects map[string]int
	// RowsEvery is after how many commands the rows are compared with one another; the streams are after each.
	RowsEvery int

	done  int // commands
	named map[string]named
	at    map[wire.Stream]*mirrored
	bytes hash.Hash // of all frames
}

// mirrored is a console that takes each frame, and where it stands.
type mirrored struct {
	*Mirror
	position wire.Position
	since    *Mirror // a snapshot that was taken when the log began
}

// New returns a World on an empty store.
func New(t testing.TB, s store.Store) *World {
	return &World{T: t, Store: s, Now: Start, Effects: map[string]int{}, at: map[wire.Stream]*mirrored{},
		named: map[string]named{}, bytes: sha256.New()}
}

// Do decides and commits a command, and fails the test unless what it changed is right: deciding again gives the
// same, what has no effect writes nothing, and see check.
func (w *World) Do(c desk.Command) desk.Outcome {
	w.T.Helper()
	var out desk.Outcome
	var frames []store.Frame
	w.Commit(func(tx store.Tx) {
		twin := w.IDs
		out = desk.Decide(tx, w.Now, &w.IDs, c)
		if again := desk.Decide(tx, w.Now, &twin, c); !cmp.Equal(out, again) {
			w.T.Errorf("%+v: decided twice, the outcomes differ:\n%s", c, cmp.Diff(out, again))
		}
		w.checkClocks(tx, c, &out)
		w.checkSeen(tx, c, &out)
		frames = tx.Apply(out, w.Now)
	})
	a := out.Answer
	if (a.Problem != nil || a.From != 0 || a.Duplicate) && len(out.Writes)+len(out.Frames) > 0 {
		w.T.Errorf("%+v: has no effect and yet writes %v", c, out.Writes)
	}
	if took(c, &out) {
		w.Effects[Kind(c)]++
	}
	for _, row := range out.Writes {
		if also := besides(row); also != "" {
			w.Effects[also]++
		}
	}
	w.Read(func(r store.Reader) { w.check(c, r, frames) })
	return out
}

// Commit runs f in a commit, which must succeed.
func (w *World) Commit(f func(store.Tx)) {
	w.T.Helper()
	err := w.Store.Commit(context.Background(), func(tx store.Tx) error {
		f(tx)
		return tx.Err()
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

// Read runs f on a state, which must be readable.
func (w *World) Read(f func(store.Reader)) {
	w.T.Helper()
	err := w.Store.Read(context.Background(), func(r store.Reader) error {
		f(r)
		return r.Err()
	})
	if err != nil {
		w.T.Fatal(err)
	}
}

// Put writes rows that no command writes and begins the log anew, as a restored backup does: the consoles of a World
// take a snapshot of what there is then.
func (w *World) Put(epoch string, writes ...desk.Write) {
	w.T.Helper()
	w.Commit(func(tx store.Tx) {
		tx.Apply(desk.Outcome{Writes: writes}, w.Now)
		tx.Renew(epoch)
	})
	clear(w.at)
	w.Read(func(r store.Reader) { w.check(nil, r, nil) })
}

// streams are all that there are.
func streams(v desk.View) []wire.Stream {
	all := []wire.Stream{desk.TenantStream()}
	for _, a := range v.Agents() {
		all = append(all, desk.AgentStream(a.ID))
	}
	for _, t := range v.Teams() {
		all = append(all, desk.QueueStream(t.ID))
	}
	return all
}

func snapshot(v desk.View, s wire.Stream) *Mirror {
	m := newMirror()
	m.apply(desk.Snapshot(v, s))
	return m
}

// check lets the consoles take the frames of a commit and compares each with a snapshot of now; then it compares the
// rows with one another.
func (w *World) check(c desk.Command, r store.Reader, frames []store.Frame) {
	w.T.Helper()
	seen := map[wire.Stream]bool{}
	for _, f := range frames {
		if seen[f.Stream] {
			w.T.Errorf("%T: a second frame for %v", c, f.Stream)
		}
		seen[f.Stream] = true
		w.take(c, r, f)
	}
	for _, s := range streams(r) {
		want := snapshot(r, s)
		got := w.at[s]
		if got == nil {
			got = &mirrored{Mirror: want, position: r.Head(s), since: snapshot(r, s)}
			w.at[s] = got
		}
		if diff := got.differsFrom(want); diff != "" {
			w.T.Errorf("%+v\nsnapshot + frames of %v is not the snapshot after:\n%s", c, s, diff)
		}
		w.checkPosition(r, s, got)
	}
	if w.done++; w.done%max(w.RowsEvery, 1) == 0 {
		w.checkRows(r)
	}
}

// take applies a frame as it is sent.
func (w *World) take(c desk.Command, r store.Reader, f store.Frame) {
	w.T.Helper()
	w.bytes.Write(f.Bytes)
	d, err := wire.DecodeDown(f.Bytes)
	if err != nil || d.Frame == nil || d.Frame.Stream != f.Stream || d.Frame.Seq != f.Seq || len(d.Frame.Changes) == 0 {
		w.T.Fatalf("%T: the frame %d of %v is %s: %v", c, f.Seq, f.Stream, f.Bytes, err)
	}
	at := w.at[f.Stream]
	if at == nil {
		at = &mirrored{Mirror: newMirror(), position: wire.Position{Epoch: r.Epoch()}, since: newMirror()}
		w.at[f.Stream] = at
	}
	if d.Frame.Epoch != at.position.Epoch || d.Frame.Seq != at.position.Seq+1 || d.Frame.At != int64(w.Now) {
		w.T.Errorf("%T: frame %s %d at %d follows %v at %d", c, d.Frame.Epoch, d.Frame.Seq, d.Frame.At, at.position, w.Now)
	}
	if (d.Frame.Counts != nil) != (f.Stream.Kind == wire.AgentStream) {
		w.T.Errorf("%T: counts %v in a frame of %v", c, d.Frame.Counts, f.Stream)
	}
	at.position.Seq++
	at.sparse = at.sparse || len(f.Bytes) > large
	at.apply(d.Frame.Changes, d.Frame.Counts)
	for _, change := range d.Frame.Changes {
		if change.Result != nil {
			w.checkResult(r, f.Stream, change.Result)
		}
		if p := change.Customer; p != nil {
			w.checkRevision("customer "+p.Key, p.Revision, *p)
		}
		if i := change.Identity; i != nil {
			w.checkRevision("identity "+i.ID, i.Revision, *i)
		}
	}
}

// large is less than the bytes of a frame in which messages are left out.
const large = 200_000

// checkPosition compares where a console stands, and the digest of its chats there, with what the store says.
func (w *World) checkPosition(r store.Reader, s wire.Stream, at *mirrored) {
	w.T.Helper()
	if head := r.Head(s); head != at.position {
		w.T.Errorf("%v: the head is %v, the console at %v", s, head, at.position)
	}
	want := desk.Digest(r, s)
	if s.Kind == wire.TenantStream && want == "" {
		return
	}
	if got := at.digest(); got != want {
		w.T.Errorf("%v: the console reckons the digest %s, the server says %s", s, got, want)
	}
}

// Replay reads the whole log and fails the test unless it leads each console from where the log began to where it is.
// It returns a digest of all frames that the World ever gave, which is the same on every store.
func (w *World) Replay() string {
	w.T.Helper()
	w.Read(func(r store.Reader) {
		for s, at := range w.at {
			m, seq := at.since, int64(0)
			for _, f := range r.Frames(s, 0, 1<<20) {
				d, err := wire.DecodeDown(f.Bytes)
				if seq++; err != nil || f.Seq != seq || d.Frame.Seq != seq {
					w.T.Fatalf("%v: frame %d of the log is number %d: %v", s, seq, f.Seq, err)
				}
				m.apply(d.Frame.Changes, d.Frame.Counts)
			}
			if m.counts == nil {
				m.counts = at.counts
			}
			m.sparse = at.sparse
			if diff := cmp.Diff(m, at.Mirror, cmp.AllowUnexported(Mirror{})); diff != "" || seq != at.position.Seq {
				w.T.Errorf("%v: the log to %d leads elsewhere than to %v:\n%s", s, seq, at.position, diff)
			}
		}
	})
	return fmt.Sprintf("%x", w.bytes.Sum(nil))
}
