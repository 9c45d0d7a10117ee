package simulation

import (
	"fmt"
	"slices"

	"parley/app/internal/inbox"
	"parley/app/internal/outbox"
	"parley/backend/chat"
)

// act lets the person at a console do something, as the engine lets them.
func (c *console) act() {
	switch n := c.s.rnd.IntN(112); {
	case n < 18:
		c.pick()
	case n < 30:
		c.open()
	case n < 45:
		c.read()
	case n < 72:
		c.reply()
	case n < 80:
		c.look()
	case n < 84:
		c.older()
	case n < 86:
		c.availability()
	case n < 88:
		c.note()
	case n < 92:
		c.typeOn()
	case n < 95:
		c.cancel()
	case n < 97:
		c.settle()
	case n < 109:
		c.work()
	default:
		c.decide()
	}
	c.flush()
}

func (c *console) one(of []*inbox.Item) *inbox.Item {
	if len(of) == 0 {
		return nil
	}
	return of[c.s.rnd.IntN(len(of))]
}

// doing reports whether a command without a result is such as f says.
func (c *console) doing(f func(*chat.Command) bool) bool { return c.out.Any(f) }

func (c *console) pick() {
	it := c.one(c.idx.Queue())
	if it == nil {
		return
	}
	known, ok := c.rep.Chat(it.Chat.ID)
	id := it.Chat.ID
	if !ok || known.Status != chat.Queued || c.doing(func(x *chat.Command) bool { return x.Kind == chat.CmdPick && x.Chat == id }) {
		return
	}
	c.add(chat.Command{Kind: chat.CmdPick, Chat: id, Assignment: known.Assignment, Base: known.LastNumber})
	if c.s.rnd.IntN(2) == 0 {
		c.add(chat.Command{Kind: chat.CmdOpen, Chat: id, Assignment: known.Assignment + 1, Base: known.LastNumber})
	}
}

func (c *console) open() {
	if it := c.one(c.idx.My()); it != nil && it.Chat.OpenedAt == 0 {
		c.add(chat.Command{Kind: chat.CmdOpen, Chat: it.Chat.ID, Assignment: it.Chat.Assignment, Base: it.Chat.LastNumber})
	}
}

func (c *console) read() {
	it := c.one(c.idx.My())
	if it == nil {
		return
	}
	upTo := it.Chat.LastNumber - int64(c.s.rnd.IntN(3))
	if upTo > it.Chat.ReadTo {
		c.add(chat.Command{Kind: chat.CmdRead, Chat: it.Chat.ID, Assignment: it.Chat.Assignment, Base: it.Chat.LastNumber, UpTo: upTo})
	}
}

// reply writes words that nobody has written before, so that whoever counts them at the vendor knows the message.
func (c *console) reply() {
	if it := c.one(c.idx.My()); it != nil {
		c.say(it.Chat.ID)
	}
}

func (c *console) say(id chat.ID) {
	known, ok := c.rep.Chat(id)
	if !ok || known.Status != chat.Picked || known.Assignee != c.rep.Me() {
		return
	}
	c.add(chat.Command{Kind: chat.CmdReply, Chat: id, Assignment: known.Assignment, Base: known.LastNumber,
		Text: c.words("reply")})
	c.out.SetDraft(id, "", c.rep.Draft(id))
	c.syncDraft(id)
}

func (c *console) words(what string) string {
	c.s.made++
	return fmt.Sprintf("%s %d of console %d", what, c.s.made, c.n)
}

// note leaves a note for colleagues.
func (c *console) note() {
	lists := [][]*inbox.Item{c.idx.My(), c.idx.Queue()}
	if it := c.one(lists[c.s.rnd.IntN(2)]); it != nil {
		c.add(chat.Command{Kind: chat.CmdNote, Chat: it.Chat.ID, Assignment: it.Chat.Assignment, Base: it.Chat.LastNumber,
			Text: c.words("note")})
	}
}

func (c *console) look() {
	lists := [][]*inbox.Item{c.idx.My(), c.idx.My(), c.idx.Queue()}
	if it := c.one(lists[c.s.rnd.IntN(len(lists))]); it != nil {
		c.watch(it.Chat.ID)
	}
}

func (c *console) older() {
	if len(c.threads) == 0 {
		return
	}
	if up, ok := c.rep.More(c.threads[c.s.rnd.IntN(len(c.threads))], true); ok {
		c.send(up)
	}
}

func (c *console) availability() {
	c.add(chat.Command{Kind: chat.CmdAvailable, Availability: []chat.Availability{chat.Available, chat.Unavailable}[c.s.rnd.IntN(2)]})
}

// cancel takes back a command that was not sent.
func (c *console) cancel() {
	for _, e := range c.out.Told(9) {
		if c.s.rnd.IntN(2) == 0 {
			continue
		}
		in := e.Command.Chat
		if _, ok := c.out.Cancel(e.ID, c.newID, c.rep.Draft(in)); ok {
			c.diary.cancelled(c)
			c.typed(in)
		}
		return
	}
}

// settle says what became of an uncertain reply.
func (c *console) settle() {
	for _, id := range c.threads {
		messages, _ := c.rep.Thread(id)
		known, ok := c.rep.Chat(id)
		for i := range messages {
			m := &messages[i]
			asked := c.doing(func(x *chat.Command) bool { return x.Kind == chat.CmdSettle && x.Message == m.ID })
			if ok && m.Asks && m.State == chat.Uncertain && !asked {
				c.add(chat.Command{Kind: chat.CmdSettle, Chat: id, Assignment: known.Assignment, Base: known.LastNumber,
					Message: m.ID, WentOut: c.s.rnd.IntN(2) == 0})
				return
			}
		}
	}
}

// decide answers a decision in one of the four ways.
func (c *console) decide() {
	all := c.out.Decisions()
	if len(all) == 0 {
		return
	}
	d := all[c.s.rnd.IntN(len(all))]
	_, here := c.rep.Chat(d.Chat)
	c.dirty[d.Chat] = true
	switch n := c.s.rnd.IntN(4); {
	case d.Answer != "":
	case n == 0 && d.Kind == chat.Reply:
		c.answerWith(d, chat.CmdReclaim, c.words("once more: reply"))
	case n == 1:
		c.answerWith(d, chat.CmdNote, d.Text)
	case n == 2 && here:
		c.out.PutBack(d.Chat, d.Kind, d.Text, c.rep.Draft(d.Chat))
		c.typed(d.Chat)
		c.settled(d)
	case n == 3:
		c.settled(d)
	}
}

func (c *console) settled(d *outbox.Decision) {
	c.out.Settle(d.ID)
	c.diary.decided(d.ID)
}

// answerWith sends the words of a decision once more. They are others than before: whoever decides so may have them
// go out twice, and the vendor's count is of what nobody wanted twice.
func (c *console) answerWith(d *outbox.Decision, kind chat.CommandKind, text string) {
	cmd := chat.Command{Kind: kind, Chat: d.Chat, Base: d.Base, Text: text}
	if known, ok := c.rep.Chat(d.Chat); ok {
		cmd.Assignment, cmd.Base = known.Assignment, known.LastNumber
	}
	if e := c.out.AnswerWith(d.ID, c.envelope(cmd)); e != nil {
		c.wrote(e)
		c.diary.answers(e.ID, d.ID)
	}
}

// twoDevices reports whether another device of c's agent has commands under way.
func (s *Sim) twoDevices(c *console) bool {
	return slices.ContainsFunc(s.consoles, func(o *console) bool {
		return o != c && o.agent == c.agent && o.out != nil && o.out.Len() > 0
	})
}
