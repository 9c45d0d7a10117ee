package hub

import (
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/backend/internal/store"
	"parley/backend/wire"
)

var (
	one = wire.Stream{Kind: wire.AgentStream, ID: "1"}
	two = wire.Stream{Kind: wire.QueueStream, ID: "2"}
)

func frame(s wire.Stream, seq int64) store.Frame {
	return store.Frame{Stream: s, Seq: seq, Bytes: []byte("x")}
}

func TestWatcherGetsItsStreamsInOrder(t *testing.T) {
	h := New()
	w := h.Watch([]wire.Stream{one}, 10)
	defer w.Close()
	h.Publish([]store.Frame{frame(one, 1), frame(two, 1)})
	h.Publish([]store.Frame{frame(one, 2)})
	<-w.Ready()
	got, lagging := w.Take()
	if diff := cmp.Diff([]store.Frame{frame(one, 1), frame(one, 2)}, got); diff != "" || lagging {
		t.Errorf("lagging %v, %s", lagging, diff)
	}
	if got, lagging := w.Take(); got != nil || lagging {
		t.Errorf("then %v, %v", got, lagging)
	}
}

func TestBytesAreShared(t *testing.T) {
	h := New()
	a, b := h.Watch([]wire.Stream{one}, 10), h.Watch([]wire.Stream{one}, 10)
	defer a.Close()
	defer b.Close()
	h.Publish([]store.Frame{frame(one, 1)})
	x, _ := a.Take()
	y, _ := b.Take()
	if &x[0].Bytes[0] != &y[0].Bytes[0] {
		t.Error("each watcher got a copy")
	}
}

func TestSlowWatcherIsMarkedAndHoldsNothing(t *testing.T) {
	h := New()
	slow, quick := h.Watch([]wire.Stream{one}, 3), h.Watch([]wire.Stream{one}, 3)
	defer slow.Close()
	defer quick.Close()
	for seq := range int64(8) {
		h.Publish([]store.Frame{frame(one, seq+1)})
		if got, lagging := quick.Take(); len(got) != 1 || lagging {
			t.Fatalf("the quick one got %v, %v", got, lagging)
		}
	}
	<-slow.Ready()
	if got, lagging := slow.Take(); len(got) != 0 || !lagging {
		t.Errorf("the slow one got %v, lagging %v", got, lagging)
	}
	h.Publish([]store.Frame{frame(one, 9)})
	if got, lagging := slow.Take(); len(got) != 1 || lagging {
		t.Errorf("after it was told: %v, lagging %v", got, lagging)
	}
}

func TestClosedWatcherIsForgotten(t *testing.T) {
	h := New()
	w := h.Watch([]wire.Stream{one, two}, 3)
	if h.Watching(one) != 1 || h.Watching(two) != 1 {
		t.Fatal("nobody watches")
	}
	w.Close()
	w.Close()
	h.Publish([]store.Frame{frame(one, 1)})
	if got, _ := w.Take(); got != nil || len(h.watchers) != 0 {
		t.Errorf("got %v, still %d streams", got, len(h.watchers))
	}
}

// TestNothingIsMissedUnnoticed: with one who publishes and many who come, take and go, each sees a gap-free
// sequence or is told that it lags.
func TestNothingIsMissedUnnoticed(t *testing.T) {
	h := New()
	const last = 5000
	var all sync.WaitGroup
	for limit := range 8 {
		w := h.Watch([]wire.Stream{one}, limit+1)
		all.Go(func() { follow(t, w, last) })
	}
	for seq := range int64(last) {
		h.Publish([]store.Frame{frame(one, seq+1)})
	}
	all.Wait()
}

func follow(t *testing.T, w *Watcher, last int64) {
	defer w.Close()
	var at int64
	for range w.Ready() {
		frames, lagging := w.Take()
		if lagging {
			return
		}
		for _, f := range frames {
			if f.Seq != at+1 {
				t.Errorf("frame %d after %d", f.Seq, at)
			}
			at = f.Seq
		}
		if at == last {
			return
		}
	}
}

// TestNudge: whoever is nudged looks into the log, whatever it had and has not taken yet; the others are left alone.
func TestNudge(t *testing.T) {
	h := New()
	a, b := h.Watch([]wire.Stream{one}, 10), h.Watch([]wire.Stream{two}, 10)
	defer a.Close()
	defer b.Close()
	h.Publish([]store.Frame{frame(one, 1)})
	for _, step := range []struct {
		streams []wire.Stream
		a, b    bool
	}{{[]wire.Stream{one}, true, false}, {[]wire.Stream{two, {Kind: wire.TenantStream}}, false, true}, {nil, true, true}} {
		h.Nudge(step.streams...)
		for w, want := range map[*Watcher]bool{a: step.a, b: step.b} {
			if want {
				<-w.Ready()
			}
			if frames, lagging := w.Take(); frames != nil || lagging != want {
				t.Errorf("nudged %v: %v, lagging %v", step.streams, frames, lagging)
			}
		}
	}
	if got := h.Streams(); len(got) != 2 {
		t.Errorf("streams %v", got)
	}
}
