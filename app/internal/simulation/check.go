package simulation

import (
	"parley/app/internal/replica"
	"parley/backend/chat"
	"parley/backend/servertest"
	"parley/backend/wire"
)

// positions is where the console stands in each stream: what it would say in a hello, which changes nothing.
func (c *console) positions() []wire.StreamPosition {
	eff := c.rep.Step(c.now(), replica.Connected{Device: c.out.Device(), App: "simulation"})
	for _, up := range eff.Up {
		if up.Hello != nil {
			return up.Hello.At
		}
	}
	return nil
}

// checkView: what the console has is exactly what the server had at the console's positions.
func (c *console) checkView() {
	if c.s.cfg.Rot && !c.s.judging {
		return
	}
	if n := c.rep.Mismatches(); n != 0 && !c.s.cfg.Rot {
		c.s.fail("counts and digests never differ", "%d times", n)
	}
	var own *servertest.State
	best := map[chat.ID]*chat.Chat{}
	from := map[chat.ID]wire.Stream{}
	for _, at := range c.positions() {
		state, known := c.s.world.At(at.Stream, at.Position)
		if !known && c.s.cfg.Histories > 0 && at.Position != c.s.world.Head(at.Stream) {
			return
		}
		if !known {
			c.s.fail("a console stands where the server was", "console %d: %s stream %q at %v", c.n, at.Stream.Kind, at.Stream.ID, at.Position)
			return
		}
		if at.Stream.Kind == wire.AgentStream && at.Stream.ID == string(c.rep.Me()) {
			own = state
		}
		for _, x := range state.Chats {
			if was := best[x.ID]; was == nil || newer(x, at.Stream, was, from[x.ID]) {
				best[x.ID], from[x.ID] = x, at.Stream
			}
		}
	}
	c.compare(best)
	if own != nil {
		c.compareOwn(own)
	}
}

// newer is the rule by which one of two streams' words on a chat counts. The last of it decides where one of them is of an
// epoch that is over, until that one is reset too.
func newer(a *chat.Chat, aFrom wire.Stream, b *chat.Chat, bFrom wire.Stream) bool {
	switch {
	case aFrom.Kind != bFrom.Kind:
		return aFrom.Kind == wire.AgentStream
	case a.Assignment != b.Assignment:
		return a.Assignment > b.Assignment
	case a.LastNumber != b.LastNumber:
		return a.LastNumber > b.LastNumber
	}
	return aFrom.ID < bFrom.ID
}

func (c *console) compare(want map[chat.ID]*chat.Chat) {
	ids := c.rep.Chats()
	if len(ids) != len(want) {
		c.s.fail("a console's chats are the server's at its position", "console %d has %d chats, want %d", c.n, len(ids), len(want))
		return
	}
	for _, id := range ids {
		got, _ := c.rep.Chat(id)
		switch w := want[id]; {
		case w == nil:
			c.s.fail("a console's chats are the server's at its position", "console %d has chat %s", c.n, id)
		case !servertest.SameChat(got, w):
			c.s.fail("a console's chats are the server's at its position", "console %d has\n %+v\nwant\n %+v", c.n, *got, *w)
		}
	}
}

// compareOwn compares the counts, and the messages of the conversations in memory.
func (c *console) compareOwn(own *servertest.State) {
	if c.out.Len() == 0 && c.idxOf == c.rep.Me() && len(c.dirty) == 0 && c.idx.Counts() != own.Counts {
		c.s.fail("the counts shown are the server's at the position", "console %d shows %+v, want %+v", c.n, c.idx.Counts(), own.Counts)
	}
	c.compareDrafts(own)
	for _, id := range c.threads {
		messages, loaded := c.rep.Thread(id)
		if !loaded || !c.rep.Mine(id) {
			continue
		}
		c.compareThread(id, messages, own.Tails[id])
	}
}

// compareThread: the messages kept of a chat have no gap, end with the newest, and are the server's.
func (c *console) compareThread(id chat.ID, got, want []chat.Message) {
	for i := range got {
		if i > 0 && got[i].Number != got[i-1].Number+1 {
			c.s.fail("messages have no gap", "console %d, chat %s: %d after %d", c.n, id, got[i].Number, got[i-1].Number)
		}
	}
	if len(want) == 0 {
		return
	}
	if len(got) == 0 || got[len(got)-1].Number != want[len(want)-1].Number {
		c.s.fail("the newest messages are there", "console %d, chat %s: has %d, want up to %d", c.n, id, len(got), want[len(want)-1].Number)
		return
	}
	for i := range min(len(got), len(want)) {
		g, w := &got[len(got)-1-i], &want[len(want)-1-i]
		if g.ID != w.ID || g.Number != w.Number || g.Text != w.Text || g.State != w.State || g.Inbounds != w.Inbounds || g.Asks != w.Asks {
			c.s.fail("messages are the server's at the position", "console %d, chat %s: has\n %+v\nwant\n %+v", c.n, id, *g, *w)
		}
	}
}
