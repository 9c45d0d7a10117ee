package session

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/memnet"
	"parley/backend/wire"
)

func TestBeatsAndSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Limits{}, memnet.Listen())
		began := time.Now()
		silentFromTheStart := w.connect(w.mira)
		silentFromTheStart.ends(wire.CloseSilent)
		if d := time.Since(began); d < 10*time.Second || d > 12*time.Second {
			t.Errorf("without a hello it ended after %v", d)
		}
		c := w.join(w.mira, wire.Hello{})
		for range 20 { // five minutes
			beats := c.beats
			c.until("a beat", func() bool { return c.beats > beats })
			c.send(wire.Up{Beat: &wire.Beat{}})
		}
		last := time.Now()
		c.ends(wire.CloseSilent)
		if d := time.Since(last); d < 37*time.Second || d > 40*time.Second {
			t.Errorf("silent, it ended after %v", d)
		}
	})
}

func TestPingIsASignOfLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Limits{}, memnet.Listen())
		c := w.join(w.mira, wire.Hello{})
		for range 20 {
			beats := c.beats
			c.until("a beat", func() bool { return c.beats > beats })
			if err := c.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// TestReaderThatStandsStill: what is not read is not kept, and the connection ends.
func TestReaderThatStandsStill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Limits{Watched: 4}, memnet.Listen())
		c := w.join(w.mira, wire.Hello{})
		for n := range 100 {
			w.writes(n, 1, "hello")
		}
		for w.sessions.Open() > 0 { // it keeps talking, and reads nothing
			time.Sleep(10 * time.Second)
			_ = c.conn.WriteMessage(websocket.TextMessage, []byte(`{"beat":{}}`))
		}
		if n := w.hub.Watching(w.mira.stream()); n != 0 {
			t.Errorf("%d still watch", n)
		}
	})
}

// step commits n empty frames to an agent's stream behind the hub's back, and returns them.
func (w *world) step(a agent, n int) []store.Frame {
	w.t.Helper()
	var frames []store.Frame
	err := w.store.Commit(context.Background(), func(tx store.Tx) error {
		for range n {
			frames = append(frames, tx.Apply(desk.Outcome{Frames: []desk.Frame{{Stream: a.stream()}}}, 1)...)
		}
		return tx.Err()
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return frames
}

// TestWhatTheHubDoesNotGiveIsInTheLog: at once if it said so or if a frame is missing, at the next beat if it said
// nothing.
func TestWhatTheHubDoesNotGiveIsInTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Limits{Watched: 2, LogBatch: 3}, memnet.Listen())
		c := w.join(w.mira, wire.Hello{})
		c.current(w)
		began := time.Now()
		w.hub.Publish(w.step(w.mira, 20)) // more than is watched
		c.current(w)
		w.step(w.mira, 5) // lost
		w.hub.Publish(w.step(w.mira, 1))
		c.current(w)
		synctest.Wait() // the session has seen the end of the log
		if d := time.Since(began); d != 0 {
			t.Errorf("they came after %v", d)
		}
		w.step(w.mira, 1)
		c.current(w)
		if d := time.Since(began); d == 0 || d > wire.BeatMillis*time.Millisecond {
			t.Errorf("what was never told came after %v", d)
		}
	})
}

// TestFallingOutOfTheLog: who is so slow that the log does not reach back is closed, and reset next time.
// then is a store after one of whose reads something happens.
type then struct {
	*failing
	left  int
	after func()
}

func (s *then) Read(ctx context.Context, do func(store.Reader) error) error {
	err := s.failing.Read(ctx, do)
	if s.left--; s.left == 0 {
		s.after()
	}
	return err
}

// TestMuchHappensWhileASnapshotIsRead: what the hub then drops is in the log, and is not waited for until a beat.
func TestMuchHappensWhileASnapshotIsRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Limits{Watched: 2}, memnet.Listen())
		w.sessions.deps.Store = &then{w.store, 2, func() { // of the streams, of the welcome
			for i := range 5 {
				w.writes(i, 1, "hello")
			}
		}}
		began := time.Now()
		c := w.join(w.mira, wire.Hello{})
		c.until("the snapshots", func() bool { return len(c.at) == len(c.welcome.Streams) })
		c.current(w)
		if took := time.Since(began); took > time.Second {
			t.Errorf("the console was behind for %v", took)
		}
	})
}

func TestFallingOutOfTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Limits{}, memnet.Listen())
		c := w.join(w.mira, wire.Hello{})
		c.current(w)
		w.step(w.mira, 10)
		w.prune()
		c.ends(wire.CloseLagging)
		again := w.connect(w.mira)
		again.model = c.model
		again.hello(wire.Hello{At: c.positions()})
		again.current(w)
		if c.resets != 4 {
			t.Errorf("%d resets", c.resets)
		}
	})
}
