package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/app/internal/engine"
	"parley/app/internal/linktest"
	"parley/app/view"
	"parley/backend/chat"
	"parley/backend/wire"
)

// office is a company with a colleague, one team that is mine, and three chats of mine: A, B and C.
func office(t *testing.T, f func(t *testing.T, c *console, s *linktest.Server)) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Company(wire.Change{Team: &wire.Team{ID: linktest.Team, Name: "Support", Settings: wire.TeamSettings{ReleaseMinutes: 10}, Revision: 3}},
			wire.Change{Agent: &wire.Agent{ID: linktest.Agent, Name: "Me", Availability: "available", Teams: []string{linktest.Team}}},
			wire.Change{Agent: &wire.Agent{ID: "agent-bob", Name: "Bob", Availability: "available", Teams: []string{linktest.Team}, Threshold: 10}})
		for _, id := range []string{"A", "B", "C"} {
			s.Wrote(id, "hello")
			s.Assign(id)
		}
		c := start(t, disk, s)
		defer func() { c.stop() }()
		f(t, c, s)
	})
}

// batches says of each what it is, how far it is and what came of it.
func (c *console) batches() string {
	synctest.Wait()
	var l []string
	for _, b := range c.Picture().Status.Batches {
		text := fmt.Sprintf("%s to %q: %s", b.Command.Kind, b.To, b.State)
		if b.State == view.BatchEnded {
			text += fmt.Sprintf(" %d", b.Done)
		}
		for _, f := range b.Failed {
			text += fmt.Sprintf(" %s(%s):%d", f.Chat, f.Customer, f.Problem.Kind)
		}
		if b.UndoUntil > 0 {
			text += " undo"
		}
		l = append(l, text)
	}
	return strings.Join(l, "; ")
}

func (c *console) mine() string    { return ids(c.view(chat.MyList)) }
func (c *console) inQueue() string { return ids(c.view(chat.QueueList)) }

func (c *console) view(list chat.ListName) []string {
	synctest.Wait()
	p, l := c.Picture(), []string(nil)
	v := p.MyView
	if list == chat.QueueList {
		v = p.QueueView
	}
	for _, r := range v.Rows(0, 1000) {
		id := string(r.Chat.ID)
		if r.Gone {
			id = "(" + id + ")"
		}
		if r.Selected {
			id += "*"
		}
		if r.Queued != "" {
			id += "~" + string(r.Queued)
		}
		l = append(l, id)
	}
	return l
}

func ids(l []string) string { return strings.Join(l, " ") }

func (c *console) last() engine.Batch {
	synctest.Wait()
	l := c.Picture().Status.Batches
	return l[len(l)-1]
}

// TestTransfer: one request, an end for each, and what failed stays ticked.
func TestTransfer(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Room(2)
		c.SelectAll(chat.MyList)
		want(t, c.mine(), "C* B* A*")
		if p := c.Transfer(nil, linktest.Team, "agent-bob", "for you"); p != nil {
			t.Fatal(p)
		}
		want(t, c.batches(), `transfer to "Bob": ended 2 A(Customer A):23 undo`)
		want(t, c.mine(), "A*")
		sent := s.Heard(chat.CmdTransfer)
		if len(sent) != 1 || len(sent[0].Chats) != 3 || sent[0].Text != "for you" || sent[0].Chats[0] != (wire.Place{Chat: "C", Assignment: 1}) {
			t.Errorf("%+v", sent)
		}
		want(t, c.Picture().Status.Notices, []engine.Notice(nil))
		s.Room(1)
		c.Transfer(nil, linktest.Team, "agent-bob", "")
		want(t, c.batches(), `transfer to "Bob": ended 2 A(Customer A):23 undo; transfer to "Bob": ended 1 undo`)
		c.DismissBatch(c.Picture().Status.Batches[0].ID)
		want(t, c.batches(), `transfer to "Bob": ended 1 undo`)
		time.Sleep(11 * time.Second)
		want(t, c.batches(), `transfer to "Bob": ended 1`)
		want(t, c.mine(), "")
	})
}

// TestATransferWhileAway waits, is marked and not shown, survives a restart and can be taken back.
func TestATransferWhileAway(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Down(0)
		synctest.Wait()
		c.Select(chat.MyList, "A", true)
		c.Select(chat.MyList, "B", true)
		c.Transfer(nil, linktest.Team, "agent-bob", "")
		want(t, c.batches(), `transfer to "Bob": queued`)
		want(t, c.mine(), "C B~transfer A~transfer")
		c.Select(chat.MyList, "A", true)
		if p := c.Transfer(nil, linktest.Team, "", ""); p == nil || p.Kind != chat.BadValue {
			t.Errorf("given away twice: %v", p)
		}
		c.Select(chat.MyList, "A", false)
		if !c.Cancel(c.last().ID) {
			t.Fatal("not taken back")
		}
		want(t, c.batches(), "")
		want(t, c.mine(), "C B* A*")
		c.Transfer(nil, linktest.Team, "", "")
		c.restart()
		want(t, c.batches(), `transfer to "Support": queued`)
		want(t, c.mine(), "C B~transfer A~transfer")
		want(t, len(c.Picture().Status.Queued), 0)
		s.Up()
		want(t, c.batches(), `transfer to "Support": ended 2 undo`)
		want(t, c.mine()+"|"+c.inQueue(), "C|A B")
	})
}

func TestUndo(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.Transfer([]chat.ID{"A", "B", "A", "none"}, linktest.Team, "agent-bob", "")
		want(t, c.mine(), "C")
		s.Opened("B")
		c.Undo(c.last().ID)
		c.Undo(c.Picture().Status.Batches[0].ID)
		want(t, c.batches(), `undo to "Bob": ended 1 B(Customer B):37`)
		want(t, c.mine(), "C A")
		c.DismissBatch(c.last().ID)
		want(t, c.batches(), "")
		if l := s.Heard(chat.CmdUndo); len(l) != 1 || len(l[0].Chats) != 2 || l[0].Chats[0] != (wire.Place{Chat: "A", Assignment: 2}) {
			t.Errorf("%+v", l)
		}
		c.Return("A")
		want(t, c.mine()+"|"+c.inQueue(), "C|A")
		until := c.last().UndoUntil
		time.Sleep(9 * time.Second)
		if synctest.Wait(); until == 0 || c.last().UndoUntil != until {
			t.Errorf("up to %d, then %d", until, c.last().UndoUntil)
		}
		time.Sleep(2 * time.Second)
		c.Undo(c.last().ID)
		want(t, len(s.Heard(chat.CmdUndo)), 1)
	})
}

// TestUndoOfAPart: what a transfer says of the chats that stayed is still said when the others are back, and it offers no
// second undo, also when the first is out of sight.
func TestUndoOfAPart(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Room(1)
		c.Transfer([]chat.ID{"A", "B"}, linktest.Team, "agent-bob", "")
		c.Undo(c.last().ID)
		const stayed = `transfer to "Bob": ended 1 B(Customer B):23`
		want(t, c.batches(), stayed+`; undo to "Bob": ended 1`)
		c.DismissBatch(c.Picture().Status.Batches[1].ID)
		want(t, c.batches(), stayed)
		c.restart()
		want(t, c.batches(), stayed)
	})
}

func TestATransferThatCannotBe(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		for _, x := range []struct {
			why   string
			chats []chat.ID
			team  chat.TeamID
			note  string
			kind  chat.ProblemKind
		}{
			{"nothing is ticked", nil, linktest.Team, "", chat.BadValue},
			{"unknown", []chat.ID{"none"}, linktest.Team, "", chat.BadValue},
			{"a team that there is not", []chat.ID{"A"}, "none", "", chat.NotFound},
			{"a long note", []chat.ID{"A"}, linktest.Team, strings.Repeat("ä", chat.MaxText+1), chat.TooLong},
		} {
			if p := c.Transfer(x.chats, x.team, "agent-bob", x.note); p == nil || p.Kind != x.kind {
				t.Errorf("%s: %v", x.why, p)
			}
		}
		for i := range chat.MaxBatch + 1 {
			s.Wrote(fmt.Sprint("M", i), "x")
			s.Assign(fmt.Sprint("M", i))
		}
		synctest.Wait()
		var many []chat.ID
		for i := range chat.MaxBatch + 1 {
			many = append(many, chat.ID(fmt.Sprint("M", i)))
		}
		if p := c.Transfer(many, linktest.Team, "agent-bob", ""); p == nil || p.Kind != chat.TooMany {
			t.Error(p)
		}
		want(t, len(s.Commands), 0)
		s.Refuse(chat.Internal)
		c.Transfer([]chat.ID{"A"}, linktest.Team, "agent-bob", "")
		want(t, c.batches(), `transfer to "Bob": ended 0 A(Customer A):1`)
	})
}

// TestPickMany: the loser of a race is told who has it.
func TestPickMany(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		for _, id := range []string{"Q1", "Q2", "Q3"} {
			s.Wrote(id, "help")
		}
		synctest.Wait()
		s.Down(0)
		synctest.Wait()
		c.SelectRange(chat.QueueList, "Q1", "Q3")
		want(t, c.inQueue(), "Q1* Q2* Q3*")
		c.PickSelected()
		c.Pick("Q2", false)
		want(t, c.inQueue(), "Q1 Q2 Q3")
		want(t, c.batches(), `pick to "": queued`)
		s.Assign("Q3")
		s.Up()
		want(t, c.batches(), `pick to "": ended 2 Q3(Customer Q3):20`)
		want(t, c.inQueue(), "")
		want(t, len(s.Heard(chat.CmdPick)), 1)
		c.PickSelected()
		want(t, len(s.Heard(chat.CmdPick)), 1)
	})
}

// TestFiveHundred chats go in one request, as far as there is room, and each has its end.
func TestFiveHundred(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		for i := range chat.MaxBatch {
			s.Wrote(fmt.Sprint("M", i), "x")
			s.Assign(fmt.Sprint("M", i))
		}
		synctest.Wait()
		c.SelectAll(chat.MyList)
		c.SelectAll(chat.MyList)
		synctest.Wait()
		if v := c.Picture().MyView; v.Selected != chat.MaxBatch || v.Selectable != chat.MaxBatch || v.Total != chat.MaxBatch+3 {
			t.Fatalf("%d of %d", v.Selected, v.Total)
		}
		c.Transfer(nil, linktest.Team, "agent-bob", "")
		b := c.last()
		if b.Done != 100 || len(b.Failed) != 400 || len(s.Heard(chat.CmdTransfer)) != 1 {
			t.Errorf("%d went, %d did not, in %d requests", b.Done, len(b.Failed), len(s.Heard(chat.CmdTransfer)))
		}
		if v := c.Picture().MyView; v.Selected != 400 || v.Total != 403 || v.Moved != 0 {
			t.Errorf("%d of %d are ticked, %d moved", v.Selected, v.Total, v.Moved)
		}
	})
}

// TestATransferThatTheDiskRefuses was never given.
func TestATransferThatTheDiskRefuses(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.Select(chat.MyList, "A", true)
		synctest.Wait()
		c.disk.set(nil, engine.ErrNoRoom)
		if p := c.Transfer(nil, linktest.Team, "", "a note"); p == nil || p.Kind != chat.NoRoom {
			t.Fatal(p)
		}
		want(t, c.mine(), "C B A*")
		want(t, c.batches(), "")
		want(t, len(s.Heard(chat.CmdTransfer)), 0)
		if p := c.PutTeam(view.TeamSet{Name: "x"}); p == nil || p.Kind != chat.NoRoom {
			t.Error(p)
		}
		c.disk.set(nil, nil)
	})
}
