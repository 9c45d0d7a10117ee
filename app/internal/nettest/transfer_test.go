package nettest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/app/view"
	"parley/backend/chat"
	"parley/backend/server/admin"
	"parley/backend/wire"
	"parley/backend/worldtest"
)

// contested is how many chats there are in a contest. Neither of the two who are given them can have all.
const contested = 200

// TestTransferAtOnce: two who give the same chats away at the same moment, in batches that cut across each other. Each
// chat goes once or, when there was no room for it, stays; each giver has one result for each that it asked for; the
// history tells what happened and nothing else.
func TestTransferAtOnce(t *testing.T) {
	for what, prepare := range map[string]func(*contest){
		"two managers from the queue": (*contest).managers,
		"two devices of the holder":   (*contest).devices,
		"the holder and a manager":    (*contest).holderAndManager,
	} {
		t.Run(what, func(t *testing.T) {
			for seed := range uint64(6) {
				synctest.Test(t, func(t *testing.T) {
					c := newContest(t, seed, []int{90, 120}[seed%2])
					prepare(c)
					c.run()
					c.judge()
				})
			}
		})
	}
}

// contest is a company in which the same chats are given to X and to Y.
type contest struct {
	*office
	chance *rand.Rand
	chats  []chat.ID
	room   int // for so many chats each of the receivers has room
	to     [2]*client
	giver  [2]giver
	holder *client // who has the chats at first; nil: the queue
}

// giver is somebody who gives chats away.
type giver struct {
	name string
	give func(chats []chat.ID, to chat.AgentID)
	// ends is what the giver was told of each chat that it asked for.
	ends func() map[chat.ID][]end
}

// end is whether a chat went, or why not.
type end struct {
	went bool
	why  chat.ProblemKind
	who  string // has it, or how many its receiver has
}

func newContest(t *testing.T, seed uint64, room int) *contest {
	c := &contest{office: &office{t: t, world: worldtest.New(t, worldtest.Config{Kind: worldtest.Memory})},
		chance: rand.New(rand.NewPCG(1, seed)), room: room}
	c.world.Hear(t.Context(), 0, contested, "Where is my parcel?")
	for _, q := range c.world.Desk("").Queue {
		c.chats = append(c.chats, q.ID)
	}
	for i, name := range []string{"Xenia", "Yann"} {
		c.to[i] = c.arrives(c.world.Hire(name, room))
	}
	return c
}

// arrives starts a console.
func (o *office) arrives(a worldtest.Agent) *client {
	c := newClient(o.t, a, o.world.DialContext, false)
	c.start()
	o.t.Cleanup(c.stop)
	o.pass(time.Second)
	return c
}

// manager hires one of the team.
func (c *contest) manager(name string) worldtest.Agent {
	a := c.world.Hire(name, 0)
	c.world.Do(&admin.Request{Verb: "agent set", ID: string(a.ID), Role: string(chat.Manager), Manages: []string{c.world.Team}})
	return a
}

func (c *contest) managers() {
	for i, name := range []string{"Mia", "Otto"} {
		c.giver[i] = c.atConsole(c.arrives(c.manager(name)))
	}
}

// holds has an agent come who has all the chats.
func (c *contest) holds() {
	c.holder = c.arrives(c.world.Hire("Ana", contested))
	for _, id := range c.chats {
		if !c.world.Assign(id, c.holder.agent.ID) {
			c.t.Fatalf("%s was not assigned", id)
		}
	}
	c.pass(time.Second)
}

func (c *contest) devices() {
	c.holds()
	again := c.holder.agent
	again.Token = c.world.Token(again.ID)
	c.giver = [2]giver{c.atConsole(c.holder), c.atConsole(c.arrives(again))}
}

func (c *contest) holderAndManager() {
	c.holds()
	mia := newSecond(c.t, c.world, c.manager("Mia"))
	c.t.Cleanup(mia.close)
	c.giver = [2]giver{c.atConsole(c.holder), c.asSecond(mia)}
}

// atConsole gives as the console does: only what it still has.
func (c *contest) atConsole(by *client) giver {
	return giver{by.agent.Name, func(chats []chat.ID, to chat.AgentID) {
		if p := by.Transfer(chats, chat.TeamID(c.world.Team), to, ""); p != nil && p.Kind != chat.BadValue {
			c.t.Errorf("%s: %v", by.agent.Name, p)
		}
	}, func() map[chat.ID][]end { return c.batches(by) }}
}

// batches are what came of all that a console has given away.
func (c *contest) batches(by *client) map[chat.ID][]end {
	all := map[chat.ID][]end{}
	for _, b := range by.Picture().Status.Batches {
		if b.State != view.BatchEnded {
			c.t.Errorf("%s: a transfer has not ended", by.agent.Name)
		}
		failed := map[chat.ID]end{}
		for _, f := range b.Failed {
			failed[f.Chat] = end{why: f.Problem.Kind, who: slices.Concat(f.Problem.Args, []string{""})[0]}
		}
		if b.Done+len(failed) != len(b.Command.Chats) {
			c.t.Errorf("%s: %d of %d went, and %d did not", by.agent.Name, b.Done, len(b.Command.Chats), len(failed))
		}
		for _, p := range b.Command.Chats {
			e, no := failed[p.Chat]
			e.went = !no
			all[p.Chat] = append(all[p.Chat], e)
		}
	}
	return all
}

// asSecond gives chats as they were before the contest.
func (c *contest) asSecond(by *second) giver {
	var numbers []int64
	return giver{by.agent.Name, func(chats []chat.ID, to chat.AgentID) {
		cmd := wire.Command{Kind: string(chat.CmdTransfer), Team: c.world.Team, Agent: string(to)}
		for _, id := range chats {
			cmd.Chats = append(cmd.Chats, wire.Place{Chat: string(id), Assignment: 1})
		}
		numbers = append(numbers, by.ask(cmd))
	}, func() map[chat.ID][]end {
		all := map[chat.ID][]end{}
		for _, n := range numbers {
			for id, items := range by.end(n) {
				for _, i := range items {
					e := end{went: i.Outcome == wire.Done}
					if p := i.Problem.Problem(); p != nil {
						e.why, e.who = p.Kind, slices.Concat(p.Args, []string{""})[0]
					}
					all[id] = append(all[id], e)
				}
			}
		}
		return all
	}}
}

// run has both give all the chats, each in an order and in batches of its own.
func (c *contest) run() {
	var both sync.WaitGroup
	for i := range c.giver {
		chance := rand.New(rand.NewPCG(c.chance.Uint64(), uint64(i)))
		all := slices.Clone(c.chats)
		both.Go(func() {
			chance.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			for len(all) > 0 {
				n := min(len(all), 5+chance.IntN(40))
				c.giver[i].give(all[:n], c.to[i].agent.ID)
				all = all[n:]
				time.Sleep(time.Duration(chance.IntN(3)) * time.Millisecond)
			}
		})
	}
	both.Wait()
	c.pass(5 * time.Second)
}

// judge compares what the givers were told with what is so.
func (c *contest) judge() {
	ends := [2]map[chat.ID][]end{c.giver[0].ends(), c.giver[1].ends()}
	var went [2]int
	for _, id := range c.chats {
		won := -1
		for i := range ends {
			e := ends[i][id]
			if len(e) > 1 {
				c.t.Errorf("%s has %d results for %s", c.giver[i].name, len(e), id)
			}
			if len(e) == 1 && e[0].went {
				went[i]++
				if won >= 0 {
					c.t.Errorf("%s went twice", id)
				}
				won = i
			}
		}
		c.judgeChat(id, won, ends)
	}
	for i, to := range c.to {
		if n := len(to.Picture().My); n != went[i] || n > c.room {
			c.t.Errorf("%s has %d chats, %d went", to.agent.Name, n, went[i])
		}
		c.same(to)
	}
	if c.holder != nil {
		c.same(c.holder)
	}
	if went[0]+went[1] != min(len(c.chats), 2*c.room) {
		c.t.Errorf("%v went, with room for %d each", went, c.room)
	}
	c.t.Logf("%d went to X, %d to Y; %d were asked for by both", went[0], went[1], len(ends[0])+len(ends[1])-len(c.chats))
}

// judgeChat looks at one chat, which one of the givers has given or nobody.
func (c *contest) judgeChat(id chat.ID, won int, ends [2]map[chat.ID][]end) {
	at, messages := c.world.Chat(id)
	var want []string
	holder := chat.AgentID("")
	switch {
	case won >= 0:
		holder = c.to[won].agent.ID
		want = []string{fmt.Sprint([]string{c.giver[won].name, c.to[won].agent.Name, "Support"})}
	case c.holder != nil:
		holder = c.holder.agent.ID
	}
	var got []string
	for _, m := range messages {
		if m.Line != nil && m.Line.Code == "transferred" {
			got = append(got, fmt.Sprint(m.Line.Args))
		}
	}
	if at.Assignee != holder || !slices.Equal(got, want) {
		c.t.Errorf("%s is %s's, not %s's; its history says %q, not %q", id, at.Assignee, holder, got, want)
	}
	for i := range ends {
		e := ends[i][id]
		switch {
		case len(e) == 0 && (won < 0 || won == i):
			c.t.Errorf("%s was never told of %s", c.giver[i].name, id)
		case len(e) == 0 || e[0].went || e[0] == (end{why: chat.Full, who: strconv.Itoa(c.room)}):
		case won < 0 || e[0].why != chat.AssignmentChange && e[0].why != chat.NotHolder || e[0].who != c.to[won].agent.Name:
			c.t.Errorf("%s was told %+v of %s", c.giver[i].name, e[0], id)
		}
	}
}

// same compares a console's lists with the server's.
func (c *contest) same(at *client) {
	d := c.world.Desk(at.agent.ID)
	d.Messages = nil
	equalViews(c.t, at, d)
}

// TestOnlyTheManagerGivesOn: what a chat's new holder has, who lost it may not give away, and the team's manager may.
func TestOnlyTheManagerGivesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const room = 120
		c := newContest(t, 0, room)
		c.holds()
		x := c.to[0].agent
		c.atConsole(c.holder).give(c.chats[:room], x.ID)
		c.pass(time.Second)
		for _, by := range []struct {
			agent worldtest.Agent
			went  int
		}{{c.holder.agent, 0}, {c.manager("Mia"), room}} {
			s := newSecond(t, c.world, by.agent)
			t.Cleanup(s.close)
			cmd := wire.Command{Kind: string(chat.CmdTransfer), Team: c.world.Team, Agent: string(c.to[1].agent.ID)}
			for _, id := range c.chats[:room] {
				cmd.Chats = append(cmd.Chats, wire.Place{Chat: string(id), Assignment: 2})
			}
			n := s.ask(cmd)
			c.pass(time.Second)
			if ends := s.end(n); len(ends) != room || len(c.to[1].Picture().My) != by.went || len(c.to[0].Picture().My) != room-by.went {
				t.Errorf("%s: %d results; %d went on", by.agent.Name, len(ends), len(c.to[1].Picture().My))
			}
		}
	})
}
