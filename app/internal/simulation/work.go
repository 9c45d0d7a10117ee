package simulation

import (
	"fmt"

	"parley/app/internal/inbox"
	"parley/backend/chat"
)

// handOver is a transfer that a console has asked for and may want back.
type handOver struct {
	id    chat.CommandID
	chats []chat.Place
}

// work lets the person do something to chats besides talking.
func (c *console) work() {
	switch c.s.rnd.IntN(10) {
	case 0, 1:
		c.transfer()
	case 2:
		c.undo()
	case 3:
		c.pickMany()
	case 4, 5:
		c.suspend()
	case 6:
		c.to(chat.Command{Kind: chat.CmdClose})
	case 7:
		c.to(chat.Command{Kind: chat.CmdExtend})
	case 8:
		c.setSomething()
	case 9:
		list, orders := chat.MyList, chat.MyOrders
		if c.s.rnd.IntN(2) == 0 {
			list, orders = chat.QueueList, chat.QueueOrders
		}
		c.add(chat.Command{Kind: chat.CmdOrder, List: list, Order: orders[c.s.rnd.IntN(len(orders))]})
	}
}

// some are up to four chats of a list, each once, as they are seen.
func (c *console) some(of []*inbox.Item) []chat.Place {
	var l []chat.Place
	for _, i := range c.s.rnd.Perm(len(of))[:min(len(of), 1+c.s.rnd.IntN(4))] {
		if known, ok := c.rep.Chat(of[i].Chat.ID); ok {
			l = append(l, chat.Place{Chat: known.ID, Assignment: known.Assignment})
		}
	}
	return l
}

// transfer gives some chats to a colleague in some team, or to its queue.
func (c *console) transfer() {
	chats, teams, agents := c.some(c.idx.My()), c.rep.Teams(), c.rep.Agents()
	if len(chats) == 0 || len(teams) == 0 || len(agents) == 0 {
		return
	}
	cmd := chat.Command{Kind: chat.CmdTransfer, Chats: chats, Team: chat.TeamID(teams[c.s.rnd.IntN(len(teams))].ID)}
	if c.s.rnd.IntN(3) > 0 {
		cmd.Agent = chat.AgentID(agents[c.s.rnd.IntN(len(agents))].ID)
	}
	if c.s.rnd.IntN(2) == 0 {
		cmd.Text = c.words("on giving it")
	}
	e := c.out.Add(c.envelope(cmd))
	c.wrote(e)
	c.given = handOver{e.ID, chats}
}

func (c *console) undo() {
	if c.given.id == "" {
		return
	}
	cmd := chat.Command{Kind: chat.CmdUndo, Of: c.given.id}
	for _, p := range c.given.chats {
		cmd.Chats = append(cmd.Chats, chat.Place{Chat: p.Chat, Assignment: p.Assignment + 1})
	}
	c.given = handOver{}
	c.add(cmd)
}

func (c *console) pickMany() {
	if chats := c.some(c.idx.Queue()); len(chats) > 0 {
		c.add(chat.Command{Kind: chat.CmdPick, Chats: chats})
	}
}

// suspend puts a chat on hold, or takes it back.
func (c *console) suspend() {
	kind := chat.CmdHold
	if it := c.one(c.idx.My()); it != nil && it.Chat.Status == chat.OnHold {
		kind = chat.CmdResume
	}
	c.to(chat.Command{Kind: kind})
}

// to does something to a chat of the agent's.
func (c *console) to(cmd chat.Command) {
	it := c.one(c.idx.My())
	if it == nil {
		return
	}
	if known, ok := c.rep.Chat(it.Chat.ID); ok {
		cmd.Chat, cmd.Assignment, cmd.Base = known.ID, known.Assignment, known.LastNumber
		c.add(cmd)
	}
}

func (c *console) setSomething() {
	switch n := c.s.rnd.IntN(4); n {
	case 0:
		c.to(chat.Command{Kind: chat.CmdPriority, Priority: chat.Priority(c.s.rnd.IntN(5))})
	case 1:
		c.to(chat.Command{Kind: chat.CmdAlias, Text: fmt.Sprint("alias ", c.s.rnd.IntN(5))})
	default:
		c.to(chat.Command{Kind: chat.CmdTags, Tags: []string{fmt.Sprint("tag ", c.s.rnd.IntN(5))}, Untags: []string{fmt.Sprint("tag ", n)}})
	}
}
