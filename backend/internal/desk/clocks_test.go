package desk_test

import (
	"context"
	"fmt"
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/ids"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/wire"
)

// crowd is a desk with more than a World could check after every command.
type crowd struct {
	t      *testing.T
	store  store.Store
	ids    desk.IDs
	now    chat.Millis
	team   chat.TeamID
	agents []chat.AgentID
	chats  []chat.ID
}

func (c *crowd) do(command desk.Command) (out desk.Outcome) {
	c.t.Helper()
	err := c.store.Commit(context.Background(), func(tx store.Tx) error {
		out = desk.Decide(tx, c.now, c.ids, command)
		for _, f := range tx.Apply(out, c.now) {
			if len(f.Bytes) > wire.MaxDownBytes {
				c.t.Errorf("%T: a frame of %d bytes", command, len(f.Bytes))
			}
		}
		return tx.Err()
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return out
}

func (c *crowd) read(f func(store.Reader)) {
	c.t.Helper()
	if err := c.store.Read(context.Background(), func(r store.Reader) error { f(r); return r.Err() }); err != nil {
		c.t.Fatal(err)
	}
}

// newCrowd has agents who may have so many chats each, and chats that came in one a millisecond and lie in the queue.
func newCrowd(t *testing.T, agents, threshold, chats int) *crowd {
	c := &crowd{t: t, store: memory.New(epoch), ids: ids.Seeded(1), now: 1_000_000_000}
	c.team = chat.TeamID(c.do(desk.CreateTeam{Name: "T", Prefix: "TTT"}).Answer.Created)
	for i := range agents {
		a := c.do(desk.CreateAgent{Name: fmt.Sprint("A", i), Teams: []chat.TeamID{c.team}, Threshold: threshold})
		c.agents = append(c.agents, chat.AgentID(a.Answer.Created))
	}
	c.do(desk.Heard{Agents: c.agents})
	c.do(desk.PutCredentials{Credential: desk.Credential{Name: "wa", Channel: chat.WhatsApp, AppSecret: "s", VerifyToken: "v", AccessToken: "a"}})
	c.do(desk.CreateAsset{Asset: desk.Asset{Channel: chat.WhatsApp, Name: "A", VendorID: "v", Credential: "wa", Team: c.team}})
	for i := range chats {
		c.now++
		out := c.do(desk.Inbound{Channel: chat.WhatsApp, AssetVendor: "v", VendorID: fmt.Sprint("w", i), Text: "Hello",
			Addresses: []chat.Address{{Kind: chat.Phone, Value: fmt.Sprint("+", i)}}})
		for _, w := range out.Writes {
			if put, ok := w.(desk.PutChat); ok {
				c.chats = append(c.chats, put.Chat.ID)
			}
		}
	}
	return c
}

func (c *crowd) set(s chat.TeamSettings) { c.do(desk.SetTeam{ID: c.team, Settings: &s}) }

// fire fires what is due until nothing is, each timer twice, and returns how many there were.
func (c *crowd) fire() (fired int) {
	c.t.Helper()
	for {
		var due []desk.Timer
		if c.read(func(r store.Reader) { due = r.DueTimers(c.now, 100) }); len(due) == 0 {
			return fired
		}
		for _, t := range due {
			c.do(desk.TimerDue{ID: t.ID})
			c.do(desk.TimerDue{ID: t.ID})
			if fired++; fired > 100_000 {
				c.t.Fatal("timers without end")
			}
		}
	}
}

func (c *crowd) loads() (all []int) {
	c.read(func(r store.Reader) {
		for _, a := range c.agents {
			all = append(all, r.CountsOf(a).Held)
		}
	})
	return all
}

// lines is how many lines of a code each chat has.
func (c *crowd) lines(code string) map[chat.ID]int {
	n := map[chat.ID]int{}
	c.read(func(r store.Reader) {
		for _, id := range c.chats {
			for _, m := range r.MessagesBefore(id, 0, 100) {
				if m.Line != nil && m.Line.Code == code {
					n[id]++
				}
			}
		}
	})
	return n
}

// TestManyAreGiven: 2,000 chats that lie in a queue are given in turns, evenly, and no agent gets more than fit.
func TestManyAreGiven(t *testing.T) {
	c := newCrowd(t, 10, 150, 2000)
	c.set(chat.TeamSettings{AutoAssign: chat.AssignLeast})
	c.fire()
	for i, n := range c.loads() {
		if n != 150 {
			t.Errorf("agent %d has %d chats", i, n)
		}
	}
	c.read(func(r store.Reader) {
		for i, id := range c.chats {
			if at, _ := r.Chat(id); (at.Status == chat.Picked) != (i < 1500) {
				t.Fatalf("chat %d, which came before those after it, is %s", i, at.Status)
			}
		}
	})
}

// TestManyAreReleased: 2,000 chats that are due within two seconds, replies to some of them before and after, and agents
// who could take others: one outcome each, nothing early, none forgotten, none given straight back (rules G1, G3, G4).
func TestManyAreReleased(t *testing.T) {
	c := newCrowd(t, 4, 1000, 2000)
	c.set(chat.TeamSettings{ReleaseMinutes: 1})
	holder := map[chat.ID]chat.AgentID{}
	for i, id := range c.chats {
		holder[id] = c.agents[i%2]
		c.now += chat.Millis(i % 2)
		c.do(desk.AssignChat{Chat: id, Agent: holder[id]})
	}
	first := c.now - 1000
	if c.now = first + 59_999; c.fire() == 0 || len(c.lines("released")) != 0 {
		t.Fatal("released early, or nothing fired at all")
	}
	numbers := map[chat.AgentID]int64{}
	reply := func(i int) wire.Outcome {
		who := holder[c.chats[i]]
		numbers[who]++
		return c.do(desk.FromAgent{Agent: who, Device: "d" + chat.DeviceID(who), Number: numbers[who], ID: chat.CommandID(fmt.Sprint(who, numbers[who])),
			Epoch: epoch, Command: chat.Command{Kind: chat.CmdReply, Chat: c.chats[i], Assignment: 1, Base: 2, Text: "Hi"}}).Answer.Result.Outcome
	}
	for i := 0; i < 2000; i += 10 {
		if got := reply(i); got != wire.Done {
			t.Fatalf("a reply before the release: %s", got)
		}
	}
	c.do(desk.Heard{Agents: c.agents})
	c.set(chat.TeamSettings{ReleaseMinutes: 1, AutoAssign: chat.AssignLastFirst})
	for c.now < first+62_000 {
		c.now += 100
		c.fire()
	}
	for i := 1; i < 2000; i += 10 {
		if got := reply(i); got != wire.Held {
			t.Fatalf("a reply after the release: %s", got)
		}
	}
	released := c.lines("released")
	c.read(func(r store.Reader) {
		for i, id := range c.chats {
			at, _ := r.Chat(id)
			switch answered := i%10 == 0; {
			case answered && (released[id] != 0 || at.Assignee != holder[id]):
				t.Fatalf("chat %d was answered, and released %d times to %s", i, released[id], at.Assignee)
			case !answered && (released[id] != 1 || at.Assignee == holder[id] || at.Assignee == ""):
				t.Fatalf("chat %d of %s was released %d times and is %s's", i, holder[id], released[id], at.Assignee)
			}
		}
	})
}

// TestManyAreGivenBack: an agent with more chats than one frame carries is not active any more, and another signs out;
// all of theirs go to the queue, and what the second picks meanwhile stays.
func TestManyAreGivenBack(t *testing.T) {
	c := newCrowd(t, 2, 2000, 2400)
	for i, id := range c.chats[:2399] {
		c.do(desk.AssignChat{Chat: id, Agent: c.agents[i%2]})
	}
	no := false
	c.do(desk.SetAgent{ID: c.agents[0], Active: &no})
	c.set(chat.TeamSettings{OnSignOut: chat.QueueChats})
	c.now += 10
	sign := desk.FromAgent{Agent: c.agents[1], Device: "d", Number: 1, ID: "1", Epoch: epoch, Command: chat.Command{Kind: chat.CmdSignOut}}
	c.do(sign)
	c.now++
	sign.Number, sign.ID, sign.Command = 2, "2", chat.Command{Kind: chat.CmdPick, Chat: c.chats[2399]}
	c.do(sign)
	c.fire()
	if got := c.loads(); got[0] != 0 || got[1] != 1 {
		t.Errorf("they have %v chats", got)
	}
}

// TestManyAreReckonedAnew: settings reach every open chat of a team, in turns.
func TestManyAreReckonedAnew(t *testing.T) {
	c := newCrowd(t, 1, 1000, 900)
	for _, id := range c.chats {
		c.do(desk.AssignChat{Chat: id, Agent: c.agents[0]})
	}
	for _, minutes := range []int{7, 3, 9, 0} {
		c.set(chat.TeamSettings{ReleaseMinutes: minutes})
		c.fire()
		c.read(func(r store.Reader) {
			for i, id := range c.chats {
				at, _ := r.Chat(id)
				if want := chat.ReleaseAt(&at, &chat.TeamSettings{ReleaseMinutes: minutes}); at.ReleaseAt != want {
					t.Fatalf("%d minutes: chat %d is released at %d, want %d", minutes, i, at.ReleaseAt, want)
				}
			}
		})
	}
}
