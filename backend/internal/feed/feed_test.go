package feed_test

import (
	"context"
	"errors"
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/feed"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

func (c *console) want(what, want string) {
	c.Helper()
	if got := c.all(); got != want {
		c.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}

func (w *world) head(s wire.Stream) (p wire.Position) {
	w.read(func(r store.Reader) { p = r.Head(s) })
	return p
}

// TestOrderOfWhatIsSent: what waits for no stream, the rest of the snapshots, answers in their place, the log, what
// is live.
func TestOrderOfWhatIsSent(t *testing.T) {
	w := newWorld(t)
	id := w.holds(w.mira, 1)
	c := w.console(w.mira, feed.Limits{}).join(wire.Hello{})
	c.next()
	c.end = c.feed.More(c.read, wire.More{Chat: string(id), Count: 5})
	w.writes(1, 2, "and this")
	c.end = c.feed.More(c.read, wire.More{Chat: string(id), Count: 5})
	c.end = c.feed.Beat(c.read, c.now)
	c.want("after the welcome", "beat, agent part 0, queue part 0, tenant part 0, page to 3, agent 2, page to 4")
	if c.sent[0].Welcome == nil {
		t.Errorf("first came %s", c.word(c.sent[0]))
	}
}

// TestDroppedAndMissingFramesAreReadFromTheLog, and given once.
func TestDroppedAndMissingFramesAreReadFromTheLog(t *testing.T) {
	w := newWorld(t)
	w.holds(w.mira, 1)
	c := w.console(w.mira, feed.Limits{LogBatch: 2}).join(wire.Hello{})
	c.want("at first", "welcome, agent part 0, queue part 0, tenant part 0")
	w.hears = nil
	for n := range 5 {
		w.writes(1, n+2, "lost")
	}
	c.want("untold", "")
	c.feed.Live(nil, true)
	c.want("said to be dropped", "agent 2, agent 3, agent 4, agent 5, agent 6")
	w.writes(1, 8, "lost")
	w.hears = []*console{c}
	w.writes(1, 9, "told")
	w.writes(1, 10, "told")
	c.want("a hole", "agent 7, agent 8, agent 9")
	w.hears = nil
	w.writes(1, 11, "lost")
	c.end = c.feed.Check(c.read, c.now)
	c.want("looked for", "agent 10")
}

func TestCommandsAndTheirAnswers(t *testing.T) {
	w := newWorld(t)
	id := w.holds(w.mira, 1)
	open := chat.Command{Kind: chat.CmdOpen, Chat: id, Assignment: 1}
	first := w.console(w.mira, feed.Limits{}).join(wire.Hello{})
	first.command(1, open)
	first.all()
	c := w.console(w.mira, feed.Limits{}).join(wire.Hello{})
	c.all()
	c.command(1, open)
	c.want("decided before the connection", "result 1 done")
	c.command(2, open)
	c.want("a new one", "agent 3")
	c.command(2, open)
	c.want("the same again", "result 2 nothing")
	c.command(9, open)
	c.want("one out of order", "refetch 3")
	if c.end != nil {
		t.Errorf("it ended with %+v", c.end)
	}
}

func TestGate(t *testing.T) {
	var g feed.Gate
	if !g.Lets(1) || !g.Lets(900) {
		t.Error("at first everything passes")
	}
	g.Answered(desk.Answer{From: 4})
	if g.Lets(6) || g.Lets(7) || !g.Lets(4) || !g.Lets(2) {
		t.Error("from 4 on again")
	}
	g.Answered(desk.Answer{Result: &desk.Result{Number: 4}})
	if !g.Lets(5) {
		t.Error("in order again")
	}
}

// TestRoom: who asks for more than it takes waits.
func TestRoom(t *testing.T) {
	w := newWorld(t)
	id := w.holds(w.mira, 1)
	c := w.console(w.mira, feed.Limits{Requests: 2}).join(wire.Hello{})
	for range 2 {
		if !c.feed.Room() {
			t.Fatal("no room at first")
		}
		c.end = c.feed.More(c.read, wire.More{Chat: string(id), Count: 1})
	}
	if c.feed.Room() {
		t.Error("room for a third")
	}
	c.all()
	if !c.feed.Room() {
		t.Error("no room after all was sent")
	}
}

// TestWhyItEnds: each of these is seen by the next check.
func TestWhyItEnds(t *testing.T) {
	off := false
	for name, test := range map[string]struct {
		happens func(w *world)
		want    *feed.Ending
	}{
		"nothing":             {func(*world) {}, nil},
		"the token":           {func(w *world) { w.must(desk.RevokeToken{Hash: w.mira.Hash}) }, feed.Revoked},
		"the agent":           {func(w *world) { w.must(desk.SetAgent{ID: w.mira.Agent, Active: &off}) }, feed.Revoked},
		"the teams":           {func(w *world) { w.must(desk.SetAgent{ID: w.mira.Agent, Teams: []chat.TeamID{}}) }, feed.Changed},
		"another's teams":     {func(w *world) { w.must(desk.SetAgent{ID: w.jonas.Agent, Teams: []chat.TeamID{}}) }, nil},
		"the log was rebuilt": {func(w *world) { w.renew("e2") }, feed.Rebuilt},
	} {
		w := newWorld(t)
		c := w.console(w.mira, feed.Limits{}).join(wire.Hello{})
		c.all()
		test.happens(w)
		if got := c.feed.Check(w.read, w.now); got != test.want {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}

// renew begins a new epoch.
func (w *world) renew(epoch string) {
	w.Helper()
	err := w.store.Commit(context.Background(), func(tx store.Tx) error { tx.Renew(epoch); return tx.Err() })
	if err != nil {
		w.Fatal(err)
	}
}

func TestWhatASubmitCanEndWith(t *testing.T) {
	w := newWorld(t)
	for name, test := range map[string]struct {
		answer desk.Answer
		err    error
		code   int
	}{
		"no room":          {err: store.ErrNoRoom, code: wire.CloseServerBusy},
		"closed":           {err: store.ErrClosed, code: wire.CloseShutdown},
		"broken":           {err: errors.New("broken"), code: wire.CloseServerBusy},
		"nothing at all":   {code: wire.CloseServerBusy},
		"a fault":          {answer: desk.Answer{Problem: chat.NewProblem(chat.Internal)}, code: wire.CloseServerBusy},
		"not allowed":      {answer: desk.Answer{Problem: chat.NewProblem(chat.NotAllowed)}, code: wire.CloseRevoked},
		"what cannot be":   {answer: desk.Answer{Problem: chat.NewProblem(chat.Malformed)}, code: wire.CloseMalformed},
		"another's device": {answer: desk.Answer{Problem: chat.NewProblem(chat.BadValue, "device")}, code: wire.CloseMalformed},
	} {
		e := w.console(w.mira, feed.Limits{}).feed.Submitted(w.read, 1, test.answer, test.err)
		if e == nil || e.Code != test.code || e.Code == wire.CloseServerBusy && (e.RetryMillis == 0 || e.Cause == nil) {
			t.Errorf("%s: %+v", name, e)
		}
	}
}

// TestHelloComesFirstAndOnce, and names a version that both speak.
func TestHelloComesFirstAndOnce(t *testing.T) {
	w := newWorld(t)
	hello, beat := &wire.Up{Hello: &wire.Hello{}}, &wire.Up{Beat: &wire.Beat{}}
	c := w.console(w.mira, feed.Limits{})
	if c.feed.Expects(beat) == nil || c.feed.Expects(hello) != nil {
		t.Error("before the hello")
	}
	for _, v := range []wire.Hello{{MinVersion: 2, MaxVersion: 9}, {MinVersion: 0, MaxVersion: 0}, {MinVersion: 1, MaxVersion: 0}} {
		if _, e := w.console(w.mira, feed.Limits{}).feed.Hello(w.read, &v); e != feed.Version {
			t.Errorf("%+v: %+v", v, e)
		}
	}
	c.join(wire.Hello{})
	if c.feed.Expects(beat) != nil || c.feed.Expects(hello) == nil {
		t.Error("after the hello")
	}
}

// TestBetweenHelloAndWelcome: who does not see the watched streams any more connects again, who may not signs in.
func TestBetweenHelloAndWelcome(t *testing.T) {
	for want, happens := range map[*feed.Ending]func(w *world){
		feed.Changed: func(w *world) { w.must(desk.SetAgent{ID: w.mira.Agent, Teams: []chat.TeamID{}}) },
		feed.Revoked: func(w *world) { w.must(desk.RevokeToken{Hash: w.mira.Hash}) },
	} {
		w := newWorld(t)
		c := w.console(w.mira, feed.Limits{})
		if _, e := c.feed.Hello(w.read, &wire.Hello{MinVersion: 1, MaxVersion: 1, Device: "d"}); e != nil {
			t.Fatal(e)
		}
		happens(w)
		if e := c.feed.Welcome(w.read, w.now); e != want {
			t.Errorf("it ended with %+v, want %+v", e, want)
		}
		if c.feed.Welcomed() || c.feed.Hungry() {
			t.Error("it was welcomed")
		}
	}
}
