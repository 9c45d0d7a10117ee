package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/wire"
)

var (
	ann   = wire.Stream{Kind: wire.AgentStream, ID: "a1"}
	queue = wire.Stream{Kind: wire.QueueStream, ID: "a1"}
	all   = wire.Stream{Kind: wire.TenantStream}
)

// push commits one frame to each of streams and returns what Apply returned.
func push(t *testing.T, s store.Store, at chat.Millis, streams ...wire.Stream) (out []store.Frame) {
	t.Helper()
	err := s.Commit(t.Context(), func(tx store.Tx) error {
		var o desk.Outcome
		for _, stream := range streams {
			o.Frames = append(o.Frames, desk.Frame{Stream: stream, Counts: &wire.Counts{Held: int(at)},
				Changes: []wire.Change{{Team: &wire.Team{ID: "t", Name: "<Ω> & \u2028"}}}})
		}
		out = tx.Apply(o, at)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func testNumbering(t *testing.T, s store.Store) {
	push(t, s, 10, ann, all)
	got := push(t, s, 20, queue, ann)
	same(t, "the frames of an outcome", []store.Frame{
		{Stream: queue, Seq: 1, Bytes: []byte(frameText(queue, 1, 20))},
		{Stream: ann, Seq: 2, Bytes: []byte(frameText(ann, 2, 20))}}, got)
	read(t, s, func(r store.Reader) {
		same(t, "ann's head", wire.Position{Epoch: Epoch, Seq: 2}, r.Head(ann))
		same(t, "the queue's head", wire.Position{Epoch: Epoch, Seq: 1}, r.Head(queue))
		same(t, "what is kept is what was returned", got[1:], r.Frames(ann, 1, 9))
		same(t, "one at a time", int64(1), r.Frames(ann, 0, 1)[0].Seq)
		same(t, "from the head on", []store.Frame(nil), r.Frames(ann, 2, 9))
		same(t, "none asked for", []store.Frame(nil), r.Frames(ann, 0, 0))
	})
	push(t, s, 30)
	err := s.Commit(t.Context(), func(tx store.Tx) error {
		tx.Apply(desk.Outcome{Frames: []desk.Frame{{Stream: all}}}, 40)
		return errors.New("undo")
	})
	if err == nil {
		t.Error("no error")
	}
	same(t, "no number is lost by what was undone", int64(2), push(t, s, 50, all)[0].Seq)
}

func frameText(s wire.Stream, seq int64, at int) string {
	return fmt.Sprintf(`{"frame":{"stream":{"kind":"%s","id":"%s"},"epoch":"%s","seq":%d,"at":%d,`+
		`"changes":[{"team":{"id":"t","name":"<Ω> & `+"\u2028"+`"}}],"counts":{"held":%d,"pending":0,"waiting":0}}}`,
		s.Kind, s.ID, Epoch, seq, at, at)
}

func testPrune(t *testing.T, s store.Store) {
	for at := range chat.Millis(10) {
		push(t, s, at+1, ann)
		if at%2 == 0 {
			push(t, s, at+1, all)
		}
	}
	for _, step := range []struct {
		what     string
		keep     store.Retention
		dropped  int
		ann, all int64
	}{
		{"nothing is too much", store.Retention{Frames: 10, Age: 100, Batch: 100}, 0, 0, 0},
		{"by length", store.Retention{Frames: 7, Age: 100, Batch: 100}, 3, 3, 0},
		{"by age", store.Retention{Frames: 10, Age: 6, Batch: 100}, 2, 3, 2},
		{"as many as a batch", store.Retention{Frames: 3, Age: 100, Batch: 2}, 2, 5, 2},
		{"the rest", store.Retention{Frames: 3, Age: 100, Batch: 100}, 2, 7, 2},
		{"everything", store.Retention{Frames: 0, Age: 100, Batch: 100}, 6, 10, 5},
		{"nothing is left", store.Retention{Frames: 0, Age: 100, Batch: 100}, 0, 10, 5},
	} {
		prune(t, s, step.keep, step.what, step.dropped)
		read(t, s, func(r store.Reader) {
			same(t, step.what+": floors", []int64{step.ann, step.all}, []int64{r.Floor(ann), r.Floor(all)})
			same(t, step.what+": frames", int(10-step.ann), len(r.Frames(ann, 0, 99)))
			same(t, step.what+": head", int64(10), r.Head(ann).Seq)
		})
	}
	same(t, "numbers go on", int64(11), push(t, s, 99, ann)[0].Seq)
}

func prune(t *testing.T, s store.Store, keep store.Retention, what string, want int) {
	t.Helper()
	err := s.Commit(t.Context(), func(tx store.Tx) error {
		same(t, what+": dropped", want, tx.Prune(keep, 10))
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// testPruneEnded: a device's results and the outgoing rows that are done go when they are old.
func testPruneEnded(t *testing.T, s store.Store) {
	commitEnded(t, s)
	commit(t, s, desk.PutOutgoing{Outgoing: desk.Outgoing{Message: "open", Chat: "i", State: desk.OutUnclear}})
	for _, step := range []struct {
		what         string
		keep         store.Retention
		dropped      int
		d1, d2, done int
	}{
		{"for ever", store.Retention{Batch: 100}, 0, 6, 6, 6},
		{"not old enough", store.Retention{Batch: 100, Ended: 9}, 0, 6, 6, 6},
		{"as many as a batch", store.Retention{Batch: 3, Ended: 6}, 3, 3, 6, 6},
		{"the rest", store.Retention{Batch: 100, Ended: 6}, 6, 3, 3, 3},
		{"the newest stay", store.Retention{Batch: 100, Results: 2, Ended: 1}, 5, 2, 2, 0},
		{"nothing is left", store.Retention{Batch: 100, Results: 2, Ended: 1}, 0, 2, 2, 0},
	} {
		prune(t, s, step.keep, step.what, step.dropped)
		read(t, s, func(r store.Reader) {
			left := map[string]int{}
			for w := range r.Rows {
				switch w := w.(type) {
				case desk.PutResult:
					left[string(w.Result.Device)]++
				case desk.PutOutgoing:
					left[string(w.Outgoing.State)]++
				}
			}
			same(t, step.what, []int{step.d1, step.d2, step.done, 1}, []int{left["d1"], left["d2"], left["done"], left["unclear"]})
		})
	}
	read(t, s, func(r store.Reader) {
		same(t, "the newest result", desk.Result{Device: "d1", Number: 6}, found(r.Result("d1", 6)))
	})
}

// commitEnded puts six results of each of two devices and six outgoing rows that are done, at the moments 1 to 6.
func commitEnded(t *testing.T, s store.Store) {
	t.Helper()
	for n := range int64(6) {
		at := chat.Millis(n + 1)
		err := s.Commit(t.Context(), func(tx store.Tx) error {
			for _, d := range []chat.DeviceID{"d1", "d2"} {
				tx.Apply(desk.Outcome{Writes: []desk.Write{desk.PutDevice{Device: desk.Device{ID: d, LastNumber: n + 1}},
					desk.PutResult{Result: desk.Result{Device: d, Number: n + 1}}}}, at)
			}
			out := desk.Outgoing{Message: chat.MessageID(fmt.Sprint("m", n)), Chat: "h", Number: n, State: desk.OutDone, Since: at}
			tx.Apply(desk.Outcome{Writes: []desk.Write{desk.PutOutgoing{Outgoing: out}}}, at)
			return tx.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// testRenew: the log begins anew, the rows stay.
func testRenew(t *testing.T, s store.Store) {
	commit(t, s, Fixture()...)
	push(t, s, 5, ann, all)
	prune(t, s, store.Retention{Frames: 0, Age: 100, Batch: 1}, "one frame", 1)
	err := s.Commit(t.Context(), func(tx store.Tx) error {
		tx.Renew("epoch-2")
		same(t, "in the commit", wire.Position{Epoch: "epoch-2"}, tx.Head(all))
		same(t, "a frame of the same commit", int64(1), tx.Apply(desk.Outcome{Frames: []desk.Frame{{Stream: ann}}}, 6)[0].Seq)
		return tx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	read(t, s, func(r store.Reader) {
		same(t, "the epoch", "epoch-2", r.Epoch())
		same(t, "heads", []wire.Position{{Epoch: "epoch-2", Seq: 1}, {Epoch: "epoch-2"}}, []wire.Position{r.Head(ann), r.Head(all)})
		for s, head := range r.Heads {
			same(t, "all heads", []any{ann, int64(1)}, []any{s, head})
		}
		same(t, "floors", []int64{0, 0}, []int64{r.Floor(ann), r.Floor(all)})
		same(t, "frames", 1, len(r.Frames(ann, 0, 9))+len(r.Frames(all, 0, 9)))
		same(t, "a row", teams[1], found(r.Team("t1")))
	})
}

// testRows: they are all there, and put into another store they make the same.
func testRows(t *testing.T, s store.Store) {
	commit(t, s, Fixture()...)
	read(t, s, func(r store.Reader) {
		all := slices.Collect(r.Rows)
		same(t, "how many", len(Fixture()), len(all))
		n := 0
		for range r.Rows {
			if n++; n == 3 {
				break
			}
		}
		same(t, "some", 3, n)
		copied := memory.New(Epoch)
		commit(t, copied, all...)
		same(t, "the copy", state(t, s), state(t, copied))
	})
}

func testSnapshot(t *testing.T, s store.Store) {
	commit(t, s, desk.PutTeam{Team: teams[0]})
	read(t, s, func(r store.Reader) {
		commit(t, s, desk.PutTeam{Team: teams[1]}) // it does not wait for the read
		push(t, s, 5, ann)
		same(t, "a snapshot's teams", teams[:1], r.Teams())
		same(t, "a snapshot's head", int64(0), r.Head(ann).Seq)
	})
	err := s.Commit(t.Context(), func(tx store.Tx) error {
		tx.Apply(desk.Outcome{Writes: []desk.Write{desk.PutTeam{Team: desk.Team{ID: "t9", Prefix: "NIN"}}}}, 6)
		read(t, s, func(r store.Reader) { // it does not wait for the commit, nor see it
			same(t, "teams during a commit", 2, len(r.Teams()))
		})
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	read(t, s, func(r store.Reader) { same(t, "teams afterwards", 3, len(r.Teams())) })
}

func testClock(t *testing.T, s store.Store) {
	err := s.Commit(t.Context(), func(tx store.Tx) error {
		tx.SetClock(1_800_000_000_000)
		same(t, "in the commit", chat.Millis(1_800_000_000_000), tx.Clock())
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	read(t, s, func(r store.Reader) { same(t, "afterwards", chat.Millis(1_800_000_000_000), r.Clock()) })
}

func testClosed(t *testing.T, s store.Store) {
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	err := s.Read(t.Context(), func(store.Reader) error { return nil })
	same(t, "read", true, errors.Is(err, store.ErrClosed))
	same(t, "commit", true, errors.Is(try(t, s), store.ErrClosed))
}

func testContext(t *testing.T, s store.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	never := func() error { t.Error("it ran"); return nil }
	err := s.Read(ctx, func(store.Reader) error { return never() })
	same(t, "read", true, errors.Is(err, context.Canceled))
	err = s.Commit(ctx, func(store.Tx) error { return never() })
	same(t, "commit", true, errors.Is(err, context.Canceled))
}
