package racetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/wire"
	"parley/backend/worldtest"
)

// How large a race is. Each round has agents and chats of its own, and its history is checked by itself.
const (
	rounds   = 25
	agents   = 5
	devices  = 8 // the last are second devices of the first agents
	chats    = 8
	room     = 2 // chats that an agent may have
	managers = 2
	moves    = 8 // of each manager
	patience = 2 * time.Minute
)

// race is a company whose agents want the same chats.
type race struct {
	*testing.T
	ctx    context.Context
	world  *worldtest.World
	said   int // customers who have written
	began  time.Time
	kinds  map[string]int // of answers
	writes sync.Mutex
}

func newRace(t *testing.T, c worldtest.Config) *race {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	c.Loopback = true
	return &race{T: t, ctx: ctx, world: worldtest.New(t, c), began: time.Now(), kinds: map[string]int{}}
}

// round lets everybody run for new chats and returns the history with the company's rules.
func (r *race) round(servers int) ([]porcupine.Operation, *company) {
	r.Helper()
	c := &company{room: map[string]int{}, names: map[string]string{}}
	var staff []worldtest.Agent
	for i := range agents {
		a := r.world.Hire(fmt.Sprintf("Agent %d of %d", i+1, r.said), room)
		c.room[string(a.ID)], c.names[string(a.ID)] = room, a.Name
		staff = append(staff, a)
	}
	wanted := r.newChats()
	var runners []func() []porcupine.Operation
	for i := range devices {
		a := staff[i%agents]
		a.Token = r.world.Token(a.ID)
		console := connect(r.ctx, r, r.world.Address(i%servers), a)
		defer console.ws.Close()
		runners = append(runners, func() []porcupine.Operation { return r.picks(i, console, a, wanted) })
	}
	for i := range managers {
		runners = append(runners, func() []porcupine.Operation { return r.assigns(devices+i, i%servers, staff, wanted) })
	}
	return r.run(runners), c
}

// newChats has new customers write and returns their chats.
func (r *race) newChats() []chat.ID {
	before := map[chat.ID]bool{}
	for _, c := range r.world.Desk("").Queue {
		before[c.ID] = true
	}
	r.world.Hear(r.ctx, r.said, r.said+chats, "Where is my parcel?")
	r.said += chats
	var ids []chat.ID
	for _, c := range r.world.Desk("").Queue {
		if !before[c.ID] {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

// run lets all begin together and gathers what they saw.
func (r *race) run(runners []func() []porcupine.Operation) (all []porcupine.Operation) {
	var running sync.WaitGroup
	var mu sync.Mutex
	start := make(chan struct{})
	for _, f := range runners {
		running.Go(func() {
			<-start
			saw := f()
			mu.Lock()
			defer mu.Unlock()
			all = append(all, saw...)
		})
	}
	close(start)
	running.Wait()
	return all
}

// picks is an agent's run: each chat once, in an order of its own.
func (r *race) picks(id int, c *console, a worldtest.Agent, wanted []chat.ID) (saw []porcupine.Operation) {
	for _, i := range rand.Perm(len(wanted)) {
		call := r.now()
		got, err := c.pick(wanted[i])
		if err != nil {
			r.Errorf("%s: %v", a.Name, err)
			return saw
		}
		saw = append(saw, r.saw(id, ask{agent: string(a.ID), chat: wanted[i]}, got, call))
	}
	return saw
}

// assigns is a manager's run.
func (r *race) assigns(id, server int, staff []worldtest.Agent, wanted []chat.ID) (saw []porcupine.Operation) {
	for range moves {
		q := ask{assign: true, agent: string(staff[rand.IntN(len(staff))].ID), chat: wanted[rand.IntN(len(wanted))]}
		call := r.now()
		answer, err := r.world.Submit(r.ctx, server, desk.AssignChat{Chat: q.chat, Agent: chat.AgentID(q.agent)})
		if err != nil {
			r.Errorf("assign: %v", err)
			return saw
		}
		got := told{outcome: wire.Done}
		if answer.Problem != nil {
			got = answerOf(wire.Refused, wire.FromProblem(answer.Problem))
		}
		saw = append(saw, r.saw(id, q, got, call))
	}
	return saw
}

func (r *race) now() int64 { return int64(time.Since(r.began)) }

func (r *race) saw(who int, q ask, got told, call int64) porcupine.Operation {
	r.writes.Lock()
	defer r.writes.Unlock()
	r.kinds[fmt.Sprintf("%v %d, assign %v", got.outcome, got.kind, q.assign)]++
	return porcupine.Operation{ClientId: who, Input: q, Output: got, Call: call, Return: r.now()}
}

// judge runs rounds until one is found that no desk could have which serves one after the other, or all have passed.
func (r *race) judge(servers int) (found bool) {
	operations, rivals, longest := 0, 0, time.Duration(0)
	for n := range rounds {
		history, c := r.round(servers)
		began := time.Now()
		result := porcupine.CheckOperationsTimeout(c.model(), history, patience)
		operations, rivals, longest = operations+len(history), rivals+rivalled(history), max(longest, time.Since(began))
		switch result {
		case porcupine.Illegal:
			r.Logf("round %d of %d operations is not linearizable", n+1, len(history))
			return true
		case porcupine.Unknown:
			r.Errorf("round %d: it could not be decided", n+1)
		}
	}
	r.Logf("%d rounds on %d server(s), %d operations, of which %d were at the same time as one that got the chat they wanted, each round "+
		"checked in at most %v; answers: %v", rounds, servers, operations, rivals, longest.Round(time.Millisecond), r.kinds)
	if rivals < rounds {
		r.Errorf("there was hardly any race: %d rivals", rivals)
	}
	return false
}

// rivalled counts the requests for a chat that were under way while another one got it.
func rivalled(history []porcupine.Operation) (n int) {
	for _, a := range history {
		for _, b := range history {
			won := b.Output.(told).outcome == wire.Done && a.ClientId != b.ClientId && a.Input.(ask).chat == b.Input.(ask).chat
			if won && a.Call < b.Return && b.Call < a.Return {
				n++
				break
			}
		}
	}
	return n
}

// TestPickIsLinearizable: one of those who pick a chat has it, whoever asks at the same time and over which socket;
// the others are told who, and nobody gets more than fits.
func TestPickIsLinearizable(t *testing.T) {
	for _, on := range []struct {
		kind    worldtest.Kind
		servers int
	}{{worldtest.SQLite, 1}, {worldtest.PostgreSQL, 1}, {worldtest.PostgreSQL, 3}} {
		t.Run(fmt.Sprintf("%s, %d", on.kind, on.servers), func(t *testing.T) {
			if newRace(t, worldtest.Config{Kind: on.kind, Servers: on.servers}).judge(on.servers) {
				t.Fail()
			}
		})
	}
}

// TestAPlantedFaultIsFound: the same race finds a desk that does not look who has the chat.
func TestAPlantedFaultIsFound(t *testing.T) {
	for name, f := range map[string]fault{"the holder is not looked at": noHolder, "the room is not looked at": noRoom} {
		t.Run(name, func(t *testing.T) {
			open := func(context.Context) (store.Store, error) { return &faulty{memory.New("e1"), f}, nil }
			if !newRace(t, worldtest.Config{Open: open}).judge(1) {
				t.Error("it was not found")
			}
		})
	}
}
