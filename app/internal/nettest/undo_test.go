package nettest

import (
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/chat"
	"parley/backend/wire"
)

// TestUndoRefused: of chats that were given away, those that were opened, answered or given on do not come back, and the
// giver is told who has each; nothing comes back twice, or later than ten seconds after.
func TestUndoRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		cy := o.arrives(o.world.Hire("Cy", 0))
		given := o.give(5)
		ids := given.Command.Chats
		o.bo.Open(ids[0].Chat)
		o.bo.Send(ids[1].Chat, "Here I am")
		o.bo.Transfer([]chat.ID{ids[2].Chat}, chat.TeamID(o.world.Team), cy.agent.ID, "")
		o.bo.Close(ids[3].Chat)
		o.pass(time.Second)
		o.ana.Undo(given.ID)
		o.pass(time.Second)

		all := o.ana.Picture().Status.Batches
		undo := all[len(all)-1]
		if undo.Command.Kind != chat.CmdUndo || undo.Done != 1 || len(undo.Failed) != 4 {
			t.Fatalf("%+v", undo)
		}
		for i, want := range []chat.Problem{{Kind: chat.UndoTaken, Args: []string{"Bo"}}, {Kind: chat.UndoTaken, Args: []string{"Bo"}},
			{Kind: chat.UndoTaken, Args: []string{"Cy"}}, {Kind: chat.ChatClosed}} {
			f := undo.Failed[i]
			if f.Chat != ids[i].Chat || f.Problem.Kind != want.Kind || len(want.Args) > 0 && f.Problem.Args[0] != want.Args[0] {
				t.Errorf("of %s she is told %+v, not %+v", f.Chat, f.Problem, want)
			}
		}
		for i, holder := range []chat.AgentID{o.bo.agent.ID, o.bo.agent.ID, cy.agent.ID, "", o.ana.agent.ID} {
			if c, _ := o.world.Chat(ids[i].Chat); c.Assignee != holder && c.Status != chat.Closed {
				t.Errorf("chat %d is %s's", i, c.Assignee)
			}
		}
		o.undoAgain(given.ID, ids[4].Chat, wire.Nothing, 0)

		late := o.give(1)
		o.pass(10 * time.Second)
		o.ana.Undo(late.ID)
		o.pass(time.Second)
		o.undoAgain(late.ID, late.Command.Chats[0].Chat, wire.Refused, chat.UndoTooLate)
		if c, _ := o.world.Chat(late.Command.Chats[0].Chat); c.Assignee != o.bo.agent.ID {
			t.Errorf("what was undone too late is %s's", c.Assignee)
		}
	})
}

// give has Ana pick n new chats and give them to Bo, and returns what came of that.
func (o *office) give(n int) givenBatch {
	o.t.Helper()
	var ids []chat.ID
	for range n {
		o.customer++
		o.id = ""
		o.event("the customer writes")
		o.event("I pick")
		ids = append(ids, o.id)
	}
	o.ana.Transfer(ids, chat.TeamID(o.world.Team), o.bo.agent.ID, "")
	o.pass(time.Second)
	all := o.ana.Picture().Status.Batches
	b := all[len(all)-1]
	if b.Done != n {
		o.t.Fatalf("%d of %d went", b.Done, n)
	}
	return givenBatch{b.ID, b.Command}
}

// givenBatch is a transfer that was done.
type givenBatch struct {
	ID      chat.CommandID
	Command chat.Command
}

// undoAgain asks for an undo that the console does not offer.
func (o *office) undoAgain(of chat.CommandID, id chat.ID, want wire.Outcome, why chat.ProblemKind) {
	o.t.Helper()
	s := newSecond(o.t, o.world, o.ana.agent)
	defer s.close()
	c, _ := o.world.Chat(id)
	n := s.ask(wire.Command{Kind: string(chat.CmdUndo), Of: string(of), Chats: []wire.Place{{Chat: string(id), Assignment: c.Assignment}}})
	o.pass(time.Second)
	ends := s.end(n)[id]
	if len(ends) != 1 || ends[0].Outcome != want || want == wire.Refused && ends[0].Problem.Problem().Kind != why {
		o.t.Errorf("%s: %+v", id, ends)
	}
}
