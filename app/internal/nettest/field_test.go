package nettest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"parley/app/internal/engine"
	"parley/backend/chat"
	"parley/backend/worldtest"
)

// patience is for what a bad network lets through sooner or later, on a busy machine too.
const patience = 2 * time.Minute

// field is a company on loopback, with a client behind each of some weathers.
type field struct {
	*testing.T
	ctx     context.Context
	world   *worldtest.World
	servers int
	clients []*client
	weather []*weather
	sent    []string // texts that clients were told are queued; guarded by its users
}

// newField starts a company on SQLite whose beats are so long; 0: as usual.
func newField(t *testing.T, beat time.Duration) *field {
	c := worldtest.Config{Kind: worldtest.SQLite}
	c.Sessions.Beat = beat
	return fieldOf(t, c)
}

func fieldOf(t *testing.T, c worldtest.Config) *field {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	c.Loopback = true
	return &field{T: t, ctx: ctx, world: worldtest.New(t, c), servers: max(1, c.Servers)}
}

// join adds a client of an agent behind the weather that next makes, at the next of the servers. It waits hardly
// before it dials again.
func (f *field) join(a worldtest.Agent, next func(n int) []toxic) (*client, *weather) {
	server := len(f.clients) % f.servers
	w := newWeather(f.T, f.world.Address(server), next)
	c := newClient(f.T, a, w.dial, true)
	c.luck = func() float64 { return 0.001 }
	f.clients, f.weather = append(f.clients, c), append(f.weather, w)
	f.Cleanup(func() { c.stop() })
	return c, w
}

// chats gives the agent n chats with some messages each.
func (f *field) chats(a worldtest.Agent, n int) {
	f.Helper()
	f.world.Hear(f.ctx, 0, n, "Where is my parcel? It should have come on Monday. Order")
	for _, c := range f.world.Desk(a.ID).Queue {
		if !f.world.Assign(c.ID, a.ID) {
			f.Fatalf("chat %s could not be assigned", c.ID)
		}
	}
	for i := range 4 {
		f.world.Hear(f.ctx, 0, n, fmt.Sprintf("And another thing, number %d, about 📦", i))
	}
}

// send has a client reply to a chat.
func (f *field) send(c *client, id chat.ID, text string) {
	f.Helper()
	if p := c.Send(id, text); p != nil {
		f.Fatalf("%s: not queued: %+v", c.agent.Name, p)
	}
	f.sent = append(f.sent, text)
}

// same waits until a client shows exactly what the server has, every conversation whole, and the customers have
// read every reply in it.
func (f *field) same(c *client) {
	f.Helper()
	diff := ""
	defer func() {
		if f.Failed() {
			f.Log(diff)
		}
	}()
	c.until(f.ctx, "the server's state", func(p *engine.Picture) bool {
		d := f.world.Desk(c.agent.ID)
		for id := range d.Messages {
			c.Watch(id)
			if th := p.Threads[id]; th != nil && th.More {
				c.Older(id)
			}
		}
		diff = difference(c, d)
		return diff == "" && allSeen(d)
	})
}

func allSeen(d worldtest.Desk) bool {
	for _, messages := range d.Messages {
		for i := range messages {
			if m := &messages[i]; m.Kind == chat.Reply && m.State != chat.Seen {
				return false
			}
		}
	}
	return true
}

// judge waits until everything has come to rest and looks for what was lost, doubled or wrong on the way.
func (f *field) judge() {
	f.Helper()
	for _, c := range f.clients {
		f.same(c)
	}
	times := map[string]int{}
	for _, l := range f.world.Letters() {
		times[l.Text]++
	}
	for _, text := range f.sent {
		if times[text] != 1 {
			f.Errorf("the vendor has %q %d times", text, times[text])
		}
	}
	if len(times) != len(f.sent) {
		f.Errorf("the vendor has %d replies, %d were sent", len(times), len(f.sent))
	}
	for _, c := range f.clients {
		equalViews(f, c, f.world.Desk(c.agent.ID))
	}
}
