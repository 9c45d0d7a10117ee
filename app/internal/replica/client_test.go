package replica

import (
	"math/rand/v2"
	"testing"

	"parley/backend/chat"
	"parley/backend/wire"
)

// client is a replica with its cache and a connection to a desk.
type client struct {
	r     *rand.Rand
	d     *desk
	rep   *Replica
	disk  disk
	now   int64
	wire  []wire.Down // on the way
	sent  map[wire.Stream]int64
	up    bool
	again int // connections made anew because the client asked
}

func newClient(r *rand.Rand, d *desk) *client {
	return &client{r: r, d: d, rep: New(0), disk: disk{}}
}

func (c *client) step(in Input) *Effects {
	c.now++
	eff := c.rep.Step(c.now, in)
	c.disk.apply(eff.Batch)
	if eff.Reconnect != nil {
		c.again++
		c.cut()
	}
	return eff
}

func (c *client) cut() {
	c.up, c.wire = false, nil
	c.step(Disconnected{})
}

func (c *client) connect() {
	hello := c.step(Connected{Device: "dev"}).Up[0].Hello
	c.up, c.wire = true, c.d.answer(hello)
	c.sent = map[wire.Stream]int64{mine: c.d.head(mine).Seq, team: c.d.head(team).Seq}
}

// pull puts the frames that were written meanwhile on the way, each stream's in order and the streams in any.
func (c *client) pull() {
	for _, i := range c.r.Perm(2) {
		s := []wire.Stream{mine, team}[i]
		for _, f := range c.d.log[s][c.sent[s]:] {
			c.wire = append(c.wire, wire.Down{Frame: f})
		}
		c.sent[s] = c.d.head(s).Seq
	}
}

func (c *client) deliver(n int) {
	for ; n > 0 && c.up && len(c.wire) > 0; n-- {
		d := c.wire[0]
		c.wire = c.wire[1:]
		c.step(Received{d})
	}
}

// restart is kill -9 and a start from the cache.
func (c *client) restart(t *testing.T) {
	rep, clean, err := Load(c.now, c.disk.bucket)
	if err != nil {
		t.Fatal(err)
	}
	c.rep, c.up, c.wire = rep, false, nil
	c.disk.apply(clean)
}

// connected returns a client that is current with a desk that has one chat of mine, CSR1 with three messages.
func connected(t *testing.T) *client {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 1))
	d := newDesk(r)
	c := newClient(r, d)
	d.say1(3)
	c.connect()
	c.deliver(100)
	if p, _ := c.rep.Phase(); p != Current {
		t.Fatalf("phase %s", p)
	}
	return c
}

// say1 lets the customer of CSR1, which is mine, write n messages.
func (d *desk) say1(n int) {
	c := d.chats["CSR1"]
	if c == nil {
		c = &chat.Chat{ID: "CSR1", Status: chat.Picked, Assignee: me, Customer: "k", Channel: chat.WhatsApp, Assignment: 1}
		d.chats["CSR1"] = c
	}
	for range n {
		before := c.Clone()
		d.publish(&before, c, []chat.Message{d.say(c, chat.Inbound)})
	}
}

func (c *client) next(t *testing.T) *Effects {
	t.Helper()
	c.d.say1(1)
	f := c.d.log[mine][c.d.head(mine).Seq-1]
	return c.step(Received{wire.Down{Frame: f}})
}

// page asks for messages and gives the answer made of the desk's.
func (c *client) page(t *testing.T, id chat.ID, older bool, count int64) *Effects {
	t.Helper()
	up, ok := c.rep.More(id, older)
	if !ok {
		t.Fatal("nothing is asked for")
	}
	p := &wire.Page{Chat: string(id), Before: up.More.Before}
	for n := max(1, up.More.Before-count); n < up.More.Before; n++ {
		p.Messages = append(p.Messages, *wire.FromMessage(c.d.texts[id][n-1]))
	}
	return c.step(Received{wire.Down{Page: p}})
}

// gives applies one frame of my stream with the given changes.
func (c *client) gives(changes ...wire.Change) *Effects {
	p := c.rep.positions[mine]
	return c.rep.Step(c.now, Received{wire.Down{Frame: &wire.Frame{Stream: mine, Epoch: p.Epoch, Seq: p.Seq + 1, Changes: changes}}})
}

func message(n int64, text string) wire.Change {
	return wire.Change{Message: &wire.Message{ID: "m", Chat: "CSR1", Number: n, Kind: "inbound", Text: text}}
}

// texts are those of the messages kept of CSR1, read as when its conversation is shown.
func (c *client) texts(t *testing.T) []string {
	t.Helper()
	if prefix, token, ok := c.rep.Load("CSR1"); ok {
		c.rep.Loaded("CSR1", token, c.disk.read(BucketMessages, prefix))
	}
	messages, ok := c.rep.Thread("CSR1")
	if !ok {
		t.Fatal("not loaded")
	}
	var l []string
	for _, m := range messages {
		l = append(l, m.Text)
	}
	return l
}
