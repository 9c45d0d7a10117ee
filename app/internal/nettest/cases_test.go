package nettest

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"parley/app/internal/inbox"
	"parley/app/view"
	"parley/backend/chat"
	"parley/backend/chat/chattest"
	"parley/backend/server/admin"
	"parley/backend/worldtest"
)

// TestCases runs the table of every state and every event through the real server, the protocol and two real consoles:
// each case is a customer of its own, and its row is what the console of whoever has the chat shows.
func TestCases(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		chattest.Cases(t, "../../../backend/chat/chattest/testdata/cases.txt", func(t *testing.T, k chattest.Case) chattest.Row {
			o.customer++
			o.id = ""
			for _, e := range k.Events {
				o.event(e)
			}
			return o.row()
		})
		o.count()
	})
}

// office is a company with two agents at their consoles.
type office struct {
	t        *testing.T
	world    *worldtest.World
	ana, bo  *client
	customer int     // who writes in this case
	id       chat.ID // the case's chat
}

func newOffice(t *testing.T) *office {
	config := worldtest.Config{Kind: worldtest.Memory}
	config.Statuses.Names = []string{"sent"}
	o := &office{t: t, world: worldtest.New(t, config)}
	minutes := 10
	o.world.Do(&admin.Request{Verb: "team set", ID: o.world.Team, Settings: admin.Settings{ReleaseMinutes: &minutes}})
	for _, c := range []**client{&o.ana, &o.bo} {
		name := map[**client]string{&o.ana: "Ana", &o.bo: "Bo"}[c]
		*c = newClient(t, o.world.Hire(name, 10_000), o.world.DialContext, false)
		(*c).start()
		t.Cleanup((*c).stop)
		(*c).SetFilter(chat.MyList, view.Filter{OnHold: true})
	}
	o.pass(time.Second)
	return o
}

// pass lets time pass, and everything that it brings come to its end.
func (o *office) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (o *office) event(e string) {
	ana, bo := o.ana, o.bo
	switch e {
	case "the customer writes":
		o.world.Say(o.customer, "word")
		o.pass(time.Second)
		o.find()
	case "I pick":
		ana.Pick(o.id, false)
	case "Bo picks":
		bo.Pick(o.id, false)
	case "I open":
		ana.Open(o.id)
	case "I read to the end":
		if it := ana.shows(o.id); it != nil {
			ana.Read(o.id, it.Chat.LastNumber)
		}
	case "I reply":
		ana.Send(o.id, "answer")
	case "my last reply fails":
		o.status("failed")
	case "my last reply arrives":
		o.status("delivered")
	case "I leave a note":
		ana.Note(o.id, "for us")
	case "Bo leaves a note":
		bo.Note(o.id, "for us")
	case "I give it to Bo":
		ana.Transfer([]chat.ID{o.id}, chat.TeamID(o.world.Team), bo.agent.ID, "")
	case "Bo gives it to me":
		bo.Transfer([]chat.ID{o.id}, chat.TeamID(o.world.Team), ana.agent.ID, "")
	case "I return it":
		ana.Return(o.id)
	case "I undo":
		o.undo()
	case "I put it on hold":
		ana.Hold(o.id)
	case "I take it back from hold":
		ana.Resume(o.id)
	case "I close it":
		ana.Close(o.id)
	case "I'm on it":
		ana.Extend(o.id)
	case "ten minutes pass":
		o.pass(10 * time.Minute)
	case "I become unavailable":
		ana.SetAvailable(chat.Unavailable)
	case "an admin assigns it to me":
		o.world.Assign(o.id, ana.agent.ID)
	case "an admin assigns it to Bo":
		o.world.Assign(o.id, bo.agent.ID)
	default:
		o.t.Fatalf("what is %q?", e)
	}
	o.pass(time.Second)
}

// find learns which chat the customer's first message has made.
func (o *office) find() {
	if o.id != "" {
		return
	}
	var newest chat.Millis
	for _, it := range o.ana.Picture().Queue {
		if it.Chat.CreatedAt > newest {
			o.id, newest = it.Chat.ID, it.Chat.CreatedAt
		}
	}
}

// shows is a chat in one of the console's lists; nil: it is in none.
func (c *client) shows(id chat.ID) *inbox.Item {
	p := c.Picture()
	for _, it := range slices.Concat(p.My, p.Queue) {
		if it.Chat.ID == id {
			return it
		}
	}
	return nil
}

// status has the vendor tell what became of the newest reply in the chat.
func (o *office) status(name string) {
	var last chat.Message
	_, messages := o.world.Chat(o.id)
	for _, m := range messages {
		if m.Kind == chat.Reply {
			last = m
		}
	}
	if last.ID != "" {
		o.world.Tell(context.Background(), last.ID, name)
	}
}

// undo takes back the transfer that gave the chat away, if there was one.
func (o *office) undo() {
	for _, b := range o.ana.Picture().Status.Batches {
		if b.Command.Kind == chat.CmdTransfer && b.Command.Chats[0].Chat == o.id {
			o.ana.Undo(b.ID)
		}
	}
}

// row says the chat as the console of whoever has it shows it, and of a closed one, as the server has it.
func (o *office) row() chattest.Row {
	o.ana.SetAvailable(chat.Available) // for the cases that follow
	c, messages := o.world.Chat(o.id)
	at := o.ana
	if c.Assignee == o.bo.agent.ID {
		at = o.bo
	}
	if it := at.shows(o.id); it != nil {
		c = it.Chat
	} else if c.Status != chat.Closed {
		o.t.Errorf("the console of %s does not show %s, which is %s", at.agent.Name, o.id, c.Status)
	}
	return chattest.RowOf(&c, messages, map[chat.AgentID]string{o.ana.agent.ID: "mine", o.bo.agent.ID: "Bo's"})
}

// count compares what both consoles count with what the table's rows of their chats come to.
func (o *office) count() {
	for _, c := range []*client{o.ana, o.bo} {
		p := c.Picture()
		want := chat.Count(func(yield func(*chat.Chat) bool) {
			for _, it := range p.My {
				if !yield(&it.Chat) {
					return
				}
			}
		}, c.agent.ID)
		if p.Status.Counts != want || c.log.mismatches.Load() != 0 || !settled(p) {
			o.t.Errorf("%s counts %+v, the rows come to %+v; %d mismatches", c.agent.Name, p.Status.Counts, want, c.log.mismatches.Load())
		}
	}
}
