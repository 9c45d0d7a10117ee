package nettest

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/chat"
	"parley/backend/chat/chattest"
	"parley/backend/server/admin"
	"parley/backend/worldtest"
)

// period is the team's "auto move to queue", in minutes.
const period = 3

// TestReleases: chats of many agents whose customers have waited too long within one second, replies at that very moment,
// and a server that is stopped and started in between. In the first round they stay in the queue, in the second they are
// given to others.
func TestReleases(t *testing.T) {
	for _, on := range []struct {
		kind          worldtest.Kind
		agents, chats int
	}{{worldtest.Memory, 20, 2000}, {worldtest.SQLite, 5, 250}} {
		t.Run(string(on.kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRush(t, on.kind, on.agents, on.chats)
				for round, how := range []chat.AutoAssign{chat.AssignNobody, chat.AssignLastFirst} {
					r.round(round, how)
				}
			})
		})
	}
}

// rush is a company that is late.
type rush struct {
	t       *testing.T
	world   *worldtest.World
	clients []*client
	chance  *rand.Rand
	chats   []chat.ID
	heard   int // messages of customers so far
	set     map[chat.ID]setting
	words   []*words // of all rounds
	ups     []span   // when the server ran
	least   chat.Millis
}

// setting is what the holder of a chat has set of it.
type setting struct {
	priority chat.Priority
	tags     []string
}

// words are a reply, and whether the console let it be written.
type words struct {
	by    *client
	chat  chat.ID
	text  string
	taken bool
}

// span is a time in which the server ran; to 0: it runs.
type span struct{ from, to chat.Millis }

func newRush(t *testing.T, kind worldtest.Kind, agents, chats int) *rush {
	config := worldtest.Config{Kind: kind}
	config.Statuses.Names = []string{"sent"}
	r := &rush{t: t, world: worldtest.New(t, config), chance: rand.New(rand.NewPCG(1, uint64(chats))), set: map[chat.ID]setting{}}
	r.started()
	minutes := period
	r.world.Do(&admin.Request{Verb: "team set", ID: r.world.Team, Settings: admin.Settings{ReleaseMinutes: &minutes}})
	r.hear(chats)
	for _, c := range r.world.Desk("").Queue {
		r.chats = append(r.chats, c.ID)
	}
	for i := range agents {
		c := newClient(t, r.world.Hire(fmt.Sprintf("Agent %d", i+1), 10_000), r.world.DialContext, false)
		c.luck = func() float64 { return 0.001 + rand.Float64()/200 } // all are back soon after a restart
		r.clients = append(r.clients, c)
	}
	r.assign()
	for _, c := range r.clients {
		c.start()
		t.Cleanup(c.stop)
	}
	r.pass(10 * time.Second)
	r.settings()
	return r
}

func (r *rush) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (r *rush) now() chat.Millis { return chat.Millis(time.Now().UnixMilli()) }

// hear has customers write within a second.
func (r *rush) hear(customers int) {
	const together = 50
	for n := 0; n < customers; n += together {
		r.world.Hear(context.Background(), n, min(n+together, customers), "Where is my parcel?")
		time.Sleep(time.Second * together / time.Duration(customers))
	}
	r.heard += customers
}

// assign gives the chats to the agents in turns, within one second.
func (r *rush) assign() {
	each := time.Second / time.Duration(len(r.chats))
	for i, id := range r.chats {
		if !r.world.Assign(id, r.clients[i%len(r.clients)].agent.ID) {
			r.t.Fatalf("%s was not assigned", id)
		}
		time.Sleep(each)
	}
}

// settings has some of the holders set a priority and tags, and say "I'm on it".
func (r *rush) settings() {
	for i, id := range r.chats {
		c := r.clients[i%len(r.clients)]
		switch i % 16 {
		case 3:
			c.SetPriority(id, chat.High)
			r.set[id] = setting{priority: chat.High}
		case 5:
			if p := c.Tag(id, []string{"parcel", "late"}, nil); p != nil {
				r.t.Errorf("tag: %v", p)
			}
			r.set[id] = setting{tags: []string{"parcel", "late"}}
		case 7:
			c.Extend(id)
		}
	}
	r.pass(10 * time.Second)
}

// round is a second in which most is due, with all that happens then, and what must be so when it is over.
func (r *rush) round(n int, how chat.AutoAssign) {
	r.world.Do(&admin.Request{Verb: "team set", ID: r.world.Team, Settings: admin.Settings{AutoAssign: string(how)}})
	if n > 0 {
		r.hear(len(r.chats)) // those who were answered wait again
		r.pass(time.Second)
	}
	due := r.due()
	r.least = due[0].at
	before := len(r.words)
	var all sync.WaitGroup
	for _, c := range r.clients {
		mine := slices.DeleteFunc(slices.Clone(due), func(d dueChat) bool { return d.by != c })
		plan := r.plan(n, mine)
		all.Go(func() { plan.carryOut() })
		for _, w := range plan {
			r.words = append(r.words, w.words)
		}
	}
	r.restarts()
	all.Wait()
	r.pass(50 * time.Second)
	r.judge(n, r.words[before:], len(due))
}

// dueChat is a chat that will be due within the second, by what the test reckons.
type dueChat struct {
	id chat.ID
	at chat.Millis
	by *client
}

// due returns the chats whose clocks run out in the second in which most do, in the order in which they do.
func (r *rush) due() (all []dueChat) {
	r.retell(func(c *chat.Chat, told *chattest.Told) {
		by := slices.IndexFunc(r.clients, func(k *client) bool { return k.agent.Name == told.Holder })
		if told.DueAt != 0 && by >= 0 {
			all = append(all, dueChat{c.ID, told.DueAt, r.clients[by]})
		}
	})
	slices.SortFunc(all, func(a, b dueChat) int {
		return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(string(a.id), string(b.id)))
	})
	first, last := 0, 0
	for i, j := 0, 0; j < len(all); j++ {
		for all[j].at > all[i].at+1000 {
			i++
		}
		if j-i > last-first {
			first, last = i, j
		}
	}
	return all[first : last+1]
}

// plan is what an agent writes, and when.
type plan []planned

type planned struct {
	*words
	at chat.Millis
}

// plan has an agent reply to most of the chats before, at and after the moment at which they are due.
func (r *rush) plan(n int, mine []dueChat) (p plan) {
	for i, d := range mine {
		at := d.at + []chat.Millis{-5, -1, 0, 0, 0, 1, 5, chat.Millis(r.chance.IntN(600) - 300)}[r.chance.IntN(8)]
		if r.chance.IntN(10) < 7 {
			p = append(p, planned{&words{by: d.by, chat: d.id, text: fmt.Sprintf("answer %d of %s, %d", i, d.by.agent.Name, n)}, at})
		}
	}
	slices.SortStableFunc(p, func(a, b planned) int { return cmp.Compare(a.at, b.at) })
	return p
}

func (p plan) carryOut() {
	for _, w := range p {
		time.Sleep(time.Until(time.UnixMilli(int64(w.at))))
		w.taken = w.by.Send(w.chat, w.text) == nil
	}
}

// restarts stops and starts the server around the moment at which the first is due, and among the others.
func (r *rush) restarts() {
	for _, at := range []struct{ stop, start chat.Millis }{{-100, 50}, {200, 210}, {450, 600}, {800, 802}, {950, 1100}} {
		time.Sleep(time.Until(time.UnixMilli(int64(r.least + at.stop))))
		r.world.Stop()
		r.ups[len(r.ups)-1].to = r.now()
		time.Sleep(max(0, time.Until(time.UnixMilli(int64(r.least+at.start)))))
		r.world.Start()
		r.started()
	}
}

func (r *rush) started() { r.ups = append(r.ups, span{from: r.now()}) }

// up is the first moment from at on at which the server ran.
func (r *rush) up(at chat.Millis) chat.Millis {
	for _, s := range r.ups {
		if s.to == 0 || at < s.to {
			return max(at, s.from)
		}
	}
	return at
}

// retell goes through all chats, as the server has them and as their messages tell.
func (r *rush) retell(f func(*chat.Chat, *chattest.Told)) {
	for _, id := range r.chats {
		c, messages := r.world.Chat(id)
		f(&c, chattest.Retell(messages, &chat.TeamSettings{ReleaseMinutes: period}))
	}
}
