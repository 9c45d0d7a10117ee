package replica

import (
	"testing"

	"parley/backend/wire"
)

// TestTheEndOfAChatThatIsGone: asked for once, handed on, and kept nowhere.
func TestTheEndOfAChatThatIsGone(t *testing.T) { // R19
	r := New(0)
	if _, ok := r.MoreOfGone("A"); ok {
		t.Error("asked without a connection")
	}
	own := wire.Stream{Kind: wire.AgentStream, ID: "me"}
	receive := func(d wire.Down) *Effects { return r.Step(0, Received{Down: d}) }
	receive(wire.Down{Welcome: &wire.Welcome{Agent: wire.Agent{ID: "me"},
		Streams: []wire.WelcomedStream{{Stream: own, Head: wire.Position{Epoch: "e", Seq: 1}}}}})
	up, ok := r.MoreOfGone("A")
	if !ok || up.More == nil || up.More.Chat != "A" || up.More.Before != 0 {
		t.Fatalf("%+v", up)
	}
	if _, ok := r.MoreOfGone("A"); ok {
		t.Error("asked twice")
	}
	page := &wire.Page{Chat: "A", Before: 3, Messages: []wire.Message{{Chat: "A", Number: 1}, {Chat: "A", Number: 2}}}
	if eff := receive(wire.Down{Page: page}); eff.After != page || len(eff.Batch) != 0 || len(r.Chats()) != 0 {
		t.Errorf("%+v", eff)
	}
	if eff := receive(wire.Down{Page: page}); eff.After != nil {
		t.Error("taken, and nobody had asked")
	}
	r.MoreOfGone("A")
	if eff := receive(wire.Down{Page: &wire.Page{Chat: "A", Before: 9, Messages: page.Messages}}); eff.After != nil {
		t.Error("a page with a gap was taken")
	}
	r.MoreOfGone("A")
	receive(wire.Down{Snapshot: &wire.Snapshot{Stream: own, At: wire.Position{Epoch: "e", Seq: 1}, Last: true,
		Changes: []wire.Change{{Chat: &wire.Chat{ID: "A", Status: "picked", Assignee: "me", LastNumber: 5}}}}})
	if eff := receive(wire.Down{Page: page}); eff.After != nil || r.OldestKept("A") != 0 {
		t.Error("the chat has come back, and an old page was taken")
	}
	if _, ok := r.MoreOfGone("A"); ok {
		t.Error("it is here")
	}
}
