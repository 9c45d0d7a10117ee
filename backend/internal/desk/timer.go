package desk

import (
	"strconv"

	"parley/backend/chat"
)

// timerDue fires a timer. One that is gone, or not due, does nothing.
func (d *decision) timerDue(t TimerDue) Answer {
	timer, ok := d.timer(t.ID)
	if !ok || timer.At > d.now {
		return Answer{}
	}
	d.dropTimer(timer.ID)
	switch timer.Kind {
	case TimerAskUncertain:
		d.askUncertain(&timer)
	case TimerChat:
		d.tick(chat.ID(timer.Target))
	case TimerAway:
		d.goAway(chat.AgentID(timer.Target))
	case TimerAssign:
		d.deal(chat.TeamID(timer.Target))
	case TimerReclock:
		d.reclock(chat.TeamID(timer.Target), chat.ID(timer.Cursor))
	case TimerReturn:
		if a, ok := d.agent(chat.AgentID(timer.Target)); ok {
			d.giveBack(&a, chat.ID(timer.Cursor), timer.At)
		}
	}
	return Answer{}
}

// askUncertain lets a message's holder be asked, if its attempt is still the one that was uncertain.
func (d *decision) askUncertain(t *Timer) {
	row, _ := d.was.Outgoing(chat.MessageID(t.Target))
	m, ok := d.was.MessageByID(row.Message)
	if ok && m.State == chat.Uncertain && t.ID == askTimer(&row) {
		m = m.Clone()
		m.Asks = true
		d.putMessage(m, VendorKey{})
	}
}

// tick does to a chat what its clocks say is due, in the order in which it fell due, and puts the next timer.
func (d *decision) tick(id chat.ID) {
	c, ok := d.chat(id)
	if !ok {
		return
	}
	c.Course.DueAt = 0
	for {
		at, run := nextClock(&c, d.settings(c.Team))
		if at == 0 || at > d.now {
			break
		}
		run(d, &c)
	}
	d.putChat(&c)
}

// nextClock returns which of a chat's clocks runs out first, when, and what happens then; 0: none runs. What happens
// ends that clock or sets it to a later time.
func nextClock(c *chat.Chat, s *chat.TeamSettings) (first chat.Millis, run func(*decision, *chat.Chat)) {
	for _, clock := range []struct {
		at  chat.Millis
		run func(*decision, *chat.Chat)
	}{
		{chat.EscalateAt(c, s), (*decision).escalate},
		{chat.ReleaseAt(c, s), (*decision).moveToQueue},
		{chat.HoldAt(c, s), func(d *decision, c *chat.Chat) { d.suspend(c) }},
		{chat.CloseAt(c, s), func(d *decision, c *chat.Chat) { d.shut(c) }},
	} {
		if clock.at != 0 && (first == 0 || clock.at < first) {
			first, run = clock.at, clock.run
		}
	}
	return first, run
}

// escalate raises a waiting chat's priority by one step (rule G5).
func (d *decision) escalate(c *chat.Chat) {
	chat.Escalate(c)
	d.note(c, "priority", "", strconv.Itoa(int(c.Priority)))
}

// moveToQueue releases a chat whose holder let its customer wait too long (rules G1, G3).
func (d *decision) moveToQueue(c *chat.Chat) {
	d.note(c, "released", d.agentName(c.Assignee), d.held(c))
	d.letGo(c, c.Assignee)
	d.release(c)
}

// atOnce is how many of a team's chats are looked at in one command.
const atOnce = 200

// reclock sets the clocks of a team's chats anew, from the chat after after on.
func (d *decision) reclock(team chat.TeamID, after chat.ID) {
	chats := d.was.ChatsOpenIn(team, after, atOnce)
	for _, before := range chats {
		c := before.Clone()
		if d.reckon(&c); c.ReleaseAt != before.ReleaseAt || c.Extended != before.Extended || c.Course.DueAt != before.Course.DueAt {
			d.chats.put(c.ID, c)
		}
	}
	if len(chats) == atOnce {
		d.askReclock(team, chats[len(chats)-1].ID)
	}
}

func (d *decision) askReclock(team chat.TeamID, after chat.ID) {
	d.putTimer(Timer{ID: string(TimerReclock) + "/" + string(team), At: d.now, Kind: TimerReclock, Target: string(team),
		Cursor: string(after)})
}
