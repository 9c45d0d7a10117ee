package nettest

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"parley/app/internal/engine"
	"parley/app/view"
	"parley/backend/chat"
	"parley/backend/worldtest"
)

// TestOneByteAtATime: every frame comes in slices of a byte, both ways.
func TestOneByteAtATime(t *testing.T) {
	t.Parallel()
	f := newField(t, 0)
	a := f.world.Hire("Ada", 0)
	f.chats(a, 20)
	c, w := f.join(a, func(int) []toxic { return both("slicer", map[string]int{"average_size": 1}) })
	f.work(c, 20)
	t.Logf("%d replies in slices of 1 byte over %d connection", len(f.sent), w.count())
	if w.count() != 1 {
		t.Errorf("%d connections", w.count())
	}
}

// work starts a client that holds chats, has it reply to n of them, and judges.
func (f *field) work(c *client, n int) {
	f.Helper()
	c.start()
	c.until(f.ctx, "the first state", func(p *engine.Picture) bool { return p.Status.Phase == "current" })
	for i := range n {
		f.send(c, c.Picture().My[i].Chat.ID, fmt.Sprintf("It is on its way, no. %d 👍", i))
	}
	f.judge()
}

// TestLatency: a quarter of a second each way, give or take a fifth.
func TestLatency(t *testing.T) {
	t.Parallel()
	f := newField(t, 0)
	a := f.world.Hire("Ada", 0)
	f.chats(a, 20)
	c, w := f.join(a, func(int) []toxic { return both("latency", map[string]int{"latency": 250, "jitter": 200}) })
	f.work(c, 20)
	t.Logf("%d replies with 250 ± 200 ms each way over %d connection", len(f.sent), w.count())
	if w.count() != 1 {
		t.Errorf("%d connections", w.count())
	}
}

// TestTwoKilobytesASecond: a cold start with 60 chats gets through without the link being called dead, and so do
// replies that are written meanwhile.
func TestTwoKilobytesASecond(t *testing.T) {
	t.Parallel()
	f := newField(t, 2*time.Second) // dead after 5 s of silence, much less than the start takes
	a := f.world.Hire("Ada", 0)
	f.chats(a, 60)
	c, w := f.join(a, func(int) []toxic { return both("bandwidth", map[string]int{"rate": 2}) })
	began := time.Now()
	f.work(c, 5)
	t.Logf("a cold start with %d chats and %d replies at 2 KB/s: %v, %d connection", len(c.Picture().My), len(f.sent),
		time.Since(began).Round(time.Second), w.count())
	if w.count() != 1 {
		t.Errorf("%d connections: the link was called dead", w.count())
	}
}

// TestHalfOpen: what is sent is lost and nobody says so, first for the client, then for both, then for the server.
func TestHalfOpen(t *testing.T) {
	t.Parallel()
	f := newField(t, time.Second)
	a := f.world.Hire("Ada", 0)
	f.chats(a, 5)
	c, w := f.join(a, fair)
	c.start()
	lost := map[string]int{"timeout": 0}
	for i, ways := range [][]toxic{both("timeout", lost)[:1], both("timeout", lost), both("timeout", lost)[1:]} {
		c.until(f.ctx, "the server's state", settled)
		before := w.count()
		w.add(ways)
		f.send(c, c.Picture().My[i].Chat.ID, fmt.Sprintf("It left on Tuesday, no. %d", i))
		f.world.Hear(f.ctx, 0, 5, "Hello?")
		f.same(c)
		t.Logf("half open %d: heard of after %d more connection", i+1, w.count()-before)
		if w.count() == before {
			t.Errorf("half open %d: it went on over the dead line", i+1)
		}
	}
	f.judge()
}

// TestResets: connections end with a reset after a number of bytes that falls anywhere, in the upgrade, in a snapshot
// or in a frame, while three agents with four clients work.
func TestResets(t *testing.T) {
	t.Parallel()
	newField(t, 0).resets(150)
}

// TestResetsBetweenServers is TestResets with three servers on one database: each client's neighbours, and the other
// device of the same agent, are at another server.
func TestResetsBetweenServers(t *testing.T) {
	t.Parallel()
	fieldOf(t, worldtest.Config{Kind: worldtest.PostgreSQL, Servers: 3}).resets(60)
}

// resets has four clients work until so many of their connections were reset.
func (f *field) resets(n int) {
	f.Helper()
	for _, name := range []string{"Ada", "Bob", "Cem"} {
		a := f.world.Hire(name, 0)
		f.join(a, nil)
		if name == "Ada" {
			f.join(worldtest.Agent{ID: a.ID, Name: "Ada elsewhere", Token: f.world.Token(a.ID)}, nil)
		}
	}
	f.world.Hear(f.ctx, 0, 30, "Where is my parcel? Order")

	var all sync.WaitGroup
	var mu sync.Mutex // of f.sent
	for i, c := range f.clients {
		chance := rand.New(rand.NewPCG(7, uint64(i)))
		f.weather[i].change(resetting(rand.New(rand.NewPCG(8, uint64(i)))))
		c.start()
		all.Go(func() { f.workUntil(c, chance, &mu, func() bool { return f.dials() >= n+len(f.clients) }) })
	}
	all.Wait()
	for _, w := range f.weather {
		w.change(fair)
		w.stop()
	}
	f.judge()
	anew := int64(0)
	for _, c := range f.clients {
		anew += c.log.again.Load()
	}
	f.Logf("%d connections, all but %d reset; %d replies; %d connections made anew by a replica", f.dials(), len(f.clients), len(f.sent), anew)
}

// resetting resets each connection after some bytes, now of one direction, now of the other. The toxic reset_peer is
// there for what it does to the socket (no goodbye is sent when it closes) and never fires itself.
func resetting(r *rand.Rand) func(int) []toxic {
	return func(n int) []toxic {
		way, mean := "downstream", 12_000.0
		if n%2 == 0 {
			way, mean = "upstream", 2_000.0
		}
		bytes := 1 + int(r.ExpFloat64()*mean)
		return []toxic{
			{"reset_peer", "upstream", 0, map[string]int{"timeout": 0}},
			{"reset_peer", "downstream", 0, map[string]int{"timeout": 0}},
			{"limit_data", way, 1, map[string]int{"bytes": bytes}},
		}
	}
}

func (f *field) dials() int {
	n := 0
	for _, w := range f.weather {
		n += w.count()
	}
	return n
}

// workUntil picks, reads and replies, one thing after the other, each when the one before was confirmed.
func (f *field) workUntil(c *client, chance *rand.Rand, mu *sync.Mutex, done func() bool) {
	for n := 0; !done() && f.ctx.Err() == nil; n++ {
		p := c.Picture()
		f.world.Say(chance.IntN(30), fmt.Sprintf("Is anybody there? %d", n))
		switch {
		case len(p.My) < 12 && len(p.Queue) > 0:
			c.Pick(p.Queue[chance.IntN(len(p.Queue))].Chat.ID, true)
		case len(p.My) > 0:
			f.reply(c, p.My[chance.IntN(len(p.My))].Chat.ID, n, mu)
		}
		select {
		case <-c.changed:
		case <-f.ctx.Done():
		}
		for c.Picture().Status.Outbox > 0 && !done() && f.ctx.Err() == nil {
			select {
			case <-c.changed:
			case <-f.ctx.Done():
			}
		}
	}
}

func (f *field) reply(c *client, id chat.ID, n int, mu *sync.Mutex) {
	c.Open(id)
	c.Read(id, 1<<40)
	text := fmt.Sprintf("It is on its way, no. %d of %s", n, c.agent.Name)
	if c.Send(id, text) == nil {
		mu.Lock()
		defer mu.Unlock()
		f.sent = append(f.sent, text)
	}
}

// TestWhoHasItNow: a chat that went to a colleague says so by the colleague's name, and since when, and what was shown of it
// stays with how it went.
func TestWhoHasItNow(t *testing.T) {
	t.Parallel()
	f := newField(t, 0)
	ada, bob := f.world.Hire("Ada", 0), f.world.Hire("Bob", 0)
	f.chats(ada, 1)
	c, _ := f.join(ada, fair)
	c.start()
	c.until(f.ctx, "the first state", func(p *engine.Picture) bool { return settled(p) && len(p.My) == 1 })
	id := c.Picture().My[0].Chat.ID
	c.Watch(id)
	c.until(f.ctx, "the conversation", func(p *engine.Picture) bool { return p.Threads[id] != nil && len(p.Threads[id].Messages) > 0 })
	f.world.Assign(id, bob.ID)
	c.until(f.ctx, "the chat to go", func(p *engine.Picture) bool {
		th := p.Threads[id]
		return th != nil && th.Left != nil && th.Left.At > 0
	})
	th := c.Picture().Threads[id]
	last := th.Messages[len(th.Messages)-1]
	if th.GoneTo != "Bob" || th.Left.By != "Bob" || th.Left.How != view.LeftTaken || th.Mine || last.Line == nil || last.Line.Code != "assigned" {
		t.Errorf("%+v, %+v, %+v", th.Left, th.GoneTo, last)
	}
}
