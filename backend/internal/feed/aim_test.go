package feed_test

import (
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/feed"
	"parley/backend/wire"
)

// TestAim: it is answered in its turn among what else was asked, and only the newest is.
func TestAim(t *testing.T) {
	w := newWorld(t)
	id := string(w.holds(w.mira, 1))
	c := w.console(w.mira, feed.Limits{Requests: 2}).join(wire.Hello{})
	c.all()
	more := wire.More{Chat: id, Count: 1}
	c.end = c.feed.Aim(c.read, wire.Aim{Chats: []string{id}}, c.now)
	c.want("the only one", "1 targets")
	if got := c.sent[len(c.sent)-1].Targets; got.At != int64(c.now) || got.Agents[0].Agent != string(w.jonas.Agent) {
		t.Errorf("it is answered %+v", got)
	}
	for range 5 {
		c.end = c.feed.Aim(c.read, wire.Aim{Chats: []string{"another's"}}, c.now)
	}
	c.end = c.feed.More(c.read, more)
	c.end = c.feed.Aim(c.read, wire.Aim{Chats: []string{id}}, c.now)
	if c.feed.Room() {
		t.Error("there is room beyond the limit")
	}
	c.want("six, and a page between", "page to 3, 1 targets")
	if !c.feed.Room() || c.end != nil {
		t.Errorf("no room, or it ended with %+v", c.end)
	}
}

// TestSignedOut: the console is given what it waits for before its connection ends, although its token is valid no more.
func TestSignedOut(t *testing.T) {
	w := newWorld(t)
	id := w.holds(w.mira, 1)
	c := w.console(w.mira, feed.Limits{}).join(wire.Hello{})
	c.all()
	w.hears = nil // what the hub has is under way
	c.end = c.feed.More(c.read, wire.More{Chat: string(id), Count: 1})
	a := w.must(desk.FromAgent{Agent: w.mira.Agent, Device: "device-1", Number: 1, ID: "id-1", Epoch: "e1",
		Command: chat.Command{Kind: chat.CmdSignOut}})
	revoke, ok, e := c.feed.SignedOut(c.read, a)
	if !ok || e != nil || revoke.Hash != w.mira.Hash {
		t.Fatalf("%+v, %v, %+v", revoke, ok, e)
	}
	w.must(revoke)
	if e := c.feed.Check(c.read, c.now); e != nil {
		t.Errorf("it ended with %+v before the console had the result", e)
	}
	if c.feed.Left() {
		t.Error("it has left before the console had the result")
	}
	c.all()
	if !c.feed.Left() {
		t.Error("it has not left")
	}
	if got := c.sent[len(c.sent)-1].Frame; got == nil || got.Changes[len(got.Changes)-1].Result == nil {
		t.Errorf("the last that it was sent is %s", c.word(c.sent[len(c.sent)-1]))
	}
}

// TestNotSignedOut: a sign_out that was not done revokes nothing.
func TestNotSignedOut(t *testing.T) {
	w := newWorld(t)
	c := w.console(w.mira, feed.Limits{}).join(wire.Hello{})
	for _, a := range []desk.Answer{{}, {From: 3}, {Result: &desk.Result{Outcome: wire.Refused}}, {Result: &desk.Result{Outcome: wire.Nothing}}} {
		if _, ok, e := c.feed.SignedOut(c.read, a); ok || e != nil || c.feed.Left() {
			t.Errorf("%+v: %v, %+v", a, ok, e)
		}
	}
}
