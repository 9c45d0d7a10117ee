package desk

import (
	"parley/backend/chat"
)

// refresh derives from the messages what c says of them: since when its customer waits, and the unread ones.
func (d *decision) refresh(c *chat.Chat) {
	first, _ := d.firstUnanswered(c)
	d.await(c, &first)
}

// await is refresh for who knows the first unanswered message, empty if there is none.
func (d *decision) await(c *chat.Chat, first *chat.Message) {
	c.WaitingSince = first.At
	c.Unread = c.InboundCount - d.inboundsAt(c.ID, c.ReadTo)
}

// inboundsAt is how many messages of a chat up to number are the customer's.
func (d *decision) inboundsAt(c chat.ID, number int64) int64 {
	m, _ := d.message(c, number)
	return m.Inbounds
}

// firstUnanswered returns the message that chat.Waiting names.
func (d *decision) firstUnanswered(c *chat.Chat) (chat.Message, bool) {
	after := max(d.lastAnswer(c), c.SettledTo)
	if m, ok := d.was.FirstInboundAfter(c.ID, after); ok {
		return m, true
	}
	for m := range d.saidIn(c.ID) {
		if m.Number > after && m.Kind == chat.Inbound {
			return *m, true
		}
	}
	return chat.Message{}, false
}

// lastAnswer returns the number of c's newest message that answers, or one not above c.SettledTo.
func (d *decision) lastAnswer(c *chat.Chat) int64 {
	last := d.was.LastAnswer(c.ID)
	if m, ok := d.message(c.ID, last); ok && !chat.Answers(&m) {
		last = d.answerBefore(c, last)
	}
	for m := range d.saidIn(c.ID) {
		if m.Number > last && chat.Answers(m) {
			last = m.Number
		}
	}
	return last
}

// answerBefore is for an answer that failed late.
func (d *decision) answerBefore(c *chat.Chat, number int64) int64 {
	var last int64
	for _, m := range d.was.RepliesAfter(c.ID, c.SettledTo) {
		if m.Number >= number {
			break
		}
		if chat.Answers(&m) {
			last = m.Number
		}
	}
	return last
}

// unanswered returns the messages that c's customer waits on, the newest that fit into one frame.
func (d *decision) unanswered(c *chat.Chat) []chat.Message {
	first, ok := d.firstUnanswered(c)
	if !ok {
		return nil
	}
	var all []chat.Message
	for _, m := range d.newest(c.ID, maxCarriedOver) {
		if m.Kind == chat.Inbound && m.Number >= first.Number {
			all = append(all, m)
		}
	}
	return fit(all)
}

// maxCarriedOver is how many of a chat's newest messages are looked at when it is closed into another.
const maxCarriedOver = 100

// assign begins a new assignment of c (rules P1, A4).
func (d *decision) assign(c *chat.Chat, to chat.AgentID) {
	c.Status, c.Assignee = chat.Picked, to
	c.Assignment++
	c.AssignedAt, c.AssignedIndex, c.OpenedAt = d.now, 0, 0
	d.mark(c)
}

// release gives c back to its team's queue.
func (d *decision) release(c *chat.Chat) {
	c.Status = chat.Queued
	if c.Assignee != "" {
		c.Assignment++
	}
	c.Assignee, c.AssignedAt, c.AssignedIndex, c.OpenedAt = "", 0, 0, 0
	d.mark(c)
}

// mark puts the marker before the first unanswered message, where every assignment begins.
func (d *decision) mark(c *chat.Chat) {
	c.ReadTo = c.LastNumber
	first, ok := d.firstUnanswered(c)
	if ok {
		c.ReadTo = first.Number - 1
	}
	d.await(c, &first)
}

// present reports whether a chat may come back to its agent without being asked.
func (d *decision) present(id chat.AgentID) (Agent, bool) {
	a, ok := d.agent(id)
	return a, ok && there(&a)
}

// there reports whether an agent's availability has effect (rule G6).
func there(a *Agent) bool { return a.Active && a.Availability == chat.Available && !a.Away }

// load is how many picked chats an agent has.
func (d *decision) load(id chat.AgentID) int { return d.counts(id).Held }

// counts are those of an agent's chats: what they were, with the changed chats counted as they are now.
func (d *decision) counts(me chat.AgentID) chat.Counts {
	return plus(d.was.CountsOf(me), d.shifts()[me], 1)
}

// shifts are by how much the changed chats change the counts of the agents who have or had them.
func (d *decision) shifts() map[chat.AgentID]chat.Counts {
	by := map[chat.AgentID]chat.Counts{}
	for id, now := range d.chats.all() {
		before, _ := d.before(id)
		by[before.Assignee] = plus(by[before.Assignee], countOf([]chat.Chat{before}, before.Assignee), -1)
		by[now.Assignee] = plus(by[now.Assignee], countOf([]chat.Chat{now}, now.Assignee), 1)
	}
	return by
}

// plus adds b to a, or takes it away.
func plus(a, b chat.Counts, sign int) chat.Counts {
	return chat.Counts{Held: a.Held + sign*b.Held, Pending: a.Pending + sign*b.Pending, Waiting: a.Waiting + sign*b.Waiting}
}
