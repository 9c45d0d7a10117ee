package servertest

import (
	"maps"
	"slices"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// judge holds each commit against rules of its own.
type judge struct {
	w       *World
	devices map[chat.DeviceID]int64 // the last number that took effect
	heard   []heard                 // customers' messages stored since the last Settled
	stamped map[wire.Stream]chat.Millis
	agents  int64 // commands of agents that were decided
}

// heard is a customer's message that was stored.
type heard struct {
	vendorID string
	commit   int64
}

// trial is one transaction before the judge.
type trial struct {
	j       *judge
	devices map[chat.DeviceID]int64
	states  []entered
	last    map[wire.Stream]*State
	touched map[chat.ID]bool // by the present command
	chats   map[chat.ID]bool // by any
	heard   []string
	count   int64
	agents  int64
}

// entered is a state on its way into the history.
type entered struct {
	at    place
	state *State
	time  chat.Millis
}

func (j *judge) begin() *trial {
	return &trial{j: j, devices: map[chat.DeviceID]int64{}, last: map[wire.Stream]*State{}, chats: map[chat.ID]bool{}}
}

// decided judges an outcome in the state that it was decided in.
func (t *trial) decided(v desk.View, c desk.Command, o *desk.Outcome) {
	t.count++
	t.touched = map[chat.ID]bool{}
	from, isAgents := c.(desk.FromAgent)
	if isAgents {
		t.once(&from, o)
	}
	for _, w := range o.Writes {
		switch w := w.(type) {
		case desk.PutMessage:
			t.touched[w.Message.Chat] = true
			_, there := v.Message(w.Message.Chat, w.Message.Number)
			if w.Message.Kind == chat.Reply && !there {
				t.accepted(v, &from, isAgents, &w.Message)
			}
			if !there && w.Message.Line != nil && w.Message.Line.Code == "released" {
				t.released(v, &w.Message)
			}
			if w.Message.Kind == chat.Inbound && !there && w.Vendor.ID != "" {
				t.heard = append(t.heard, w.Vendor.ID)
			}
		case desk.PutChat:
			t.touched[w.Chat.ID] = true
			t.numbered(v, &w.Chat, o)
		}
	}
	maps.Copy(t.chats, t.touched)
}

// once: a command takes effect once and in its device's order.
func (t *trial) once(c *desk.FromAgent, o *desk.Outcome) {
	// Numbers that a restore lost are used up by commands that do nothing; another restore may find them again.
	another := func(p *chat.Problem) bool {
		return p != nil && p.Kind == chat.Duplicate && slices.Contains(p.Args, "number")
	}
	if r := o.Answer.Result; r != nil && another(r.Problem) && c.Kind != chat.CmdNone {
		t.j.w.fail("a number is never used for another command", "number %d of device %s", c.Number, c.Device)
	}
	if len(o.Writes) == 0 && len(o.Frames) == 0 {
		return
	}
	last, ok := t.devices[c.Device]
	if !ok {
		last = t.j.devices[c.Device]
	}
	if c.Number != last+1 {
		t.j.w.fail("a command takes effect once, in order", "command %d of device %s after %d", c.Number, c.Device, last)
	}
	t.devices[c.Device] = c.Number
	t.agents++
	if r := o.Answer.Result; r == nil || r.ID != c.ID || r.Number != c.Number {
		t.j.w.fail("a command has its result", "command %d of device %s: %+v", c.Number, c.Device, o.Answer)
	}
}

// accepted: words go to the customer only of who holds the chat, and as the agent had seen it.
func (t *trial) accepted(v desk.View, c *desk.FromAgent, isAgents bool, m *chat.Message) {
	now, _ := v.Chat(m.Chat)
	held := now.Status == chat.Picked || now.Status == chat.OnHold
	switch {
	case !isAgents || m.Author != c.Agent:
		t.j.w.fail("nobody's words go out but the holder's", "message %s of %s", m.ID, m.Author)
	case c.Kind == chat.CmdReply && (!held || now.Assignee != c.Agent || now.Assignment != c.Assignment):
		t.j.w.fail("nobody's words go out but the holder's",
			"%s replied in assignment %d of chat %s, which %s holds in %d", c.Agent, c.Assignment, now.ID, now.Assignee, now.Assignment)
	case c.Kind == chat.CmdReclaim && now.Assignee != "" && (!held || now.Assignee != c.Agent):
		t.j.w.fail("nobody's words go out but the holder's", "%s reclaimed chat %s, which %s holds", c.Agent, now.ID, now.Assignee)
	case c.Epoch != v.Epoch():
		t.j.w.fail("nothing is sent that may have gone out before a restore", "a reply of epoch %s", c.Epoch)
	default:
		t.seen(v, c, &now)
	}
}

// mayMiss is how many of the customer's messages a reply may not have seen.
const mayMiss = 5

// seen: since the message that the agent had seen nobody else has answered, and the customer has not written much.
func (t *trial) seen(v desk.View, c *desk.FromAgent, now *chat.Chat) {
	newer := 0
	for _, m := range v.MessagesBefore(now.ID, 0, everything) {
		switch {
		case m.Number <= c.Base:
		case m.Kind == chat.Inbound:
			newer++
		case m.Kind == chat.Reply && m.Author != c.Agent && m.State != chat.Failed:
			t.j.w.fail("nothing is sent blind", "%s had seen message %d of chat %s, and %s has answered", c.Agent, c.Base, now.ID, m.Author)
		}
	}
	if newer > mayMiss {
		t.j.w.fail("nothing is sent blind", "%s had not seen %d messages of chat %s", c.Agent, newer, now.ID)
	}
}

const everything = 1 << 30

// released: nothing is moved to the queue before its customer has waited so long, nor so soon after it was assigned.
func (t *trial) released(v desk.View, m *chat.Message) {
	now, _ := v.Chat(m.Chat)
	team, _ := v.Team(now.Team)
	period := chat.Millis(team.Settings.ReleaseMinutes) * 60_000
	switch since := max(now.WaitingSince, now.AssignedAt); {
	case now.Status != chat.Picked || now.WaitingSince == 0 || period == 0:
		t.j.w.fail("only what waits is released", "chat %s, %s, waiting since %d", now.ID, now.Status, now.WaitingSince)
	case m.At < since+period:
		t.j.w.fail("nothing is released early", "chat %s at %d, %d before its time", now.ID, m.At, since+period-m.At)
	}
}

// numbered: a chat's messages are numbered on without a gap.
func (t *trial) numbered(v desk.View, now *chat.Chat, o *desk.Outcome) {
	before, _ := v.Chat(now.ID)
	fresh := int64(0)
	for _, w := range o.Writes {
		if m, ok := w.(desk.PutMessage); ok && m.Message.Chat == now.ID && m.Message.Number > before.LastNumber {
			if fresh++; m.Message.Number > now.LastNumber {
				t.j.w.fail("messages are numbered without a gap", "message %d of chat %s, whose last is %d", m.Message.Number, now.ID, now.LastNumber)
			}
		}
	}
	if now.LastNumber != before.LastNumber+fresh {
		t.j.w.fail("messages are numbered without a gap", "chat %s from %d to %d with %d messages", now.ID, before.LastNumber, now.LastNumber, fresh)
	}
	t.holder(&before, now)
}

// holder: every change of holder has its number, and within one assignment the marker only grows.
func (t *trial) holder(before, now *chat.Chat) {
	same := now.Assignment == before.Assignment
	picked := now.Status == chat.Picked && before.Status == chat.Picked
	switch {
	case now.Assignment < before.Assignment || same && picked && now.Assignee != before.Assignee:
		t.j.w.fail("every change of holder has its number", "chat %s from %s in %d to %s in %d", now.ID, before.Assignee, before.Assignment, now.Assignee, now.Assignment)
	case same && picked && now.ReadTo < before.ReadTo:
		t.j.w.fail("the read marker never goes back", "chat %s from %d to %d", now.ID, before.ReadTo, now.ReadTo)
	}
}

// applied judges the state after an outcome, and keeps what its streams have now.
func (t *trial) applied(tx store.Tx, o *desk.Outcome, now chat.Millis) {
	for id := range t.touched {
		t.attention(tx, id)
	}
	for i := range o.Frames {
		f := &o.Frames[i]
		before, ok := t.last[f.Stream]
		if !ok {
			before = t.j.w.history.last[f.Stream]
		}
		s := stateOf(tx, f.Stream, before, t.chats)
		if f.Counts != nil && f.Counts.Counts() != s.Counts {
			t.j.w.fail("the counts of a frame are the rules'", "%+v, want %+v", f.Counts.Counts(), s.Counts)
		}
		t.last[f.Stream] = s
		t.states = append(t.states, entered{place{f.Stream, tx.Head(f.Stream)}, s, now})
		if t.j.stamped[f.Stream] > now {
			t.j.w.fail("server time never goes back", "%d in %s stream %q after %d", now, f.Stream.Kind, f.Stream.ID, t.j.stamped[f.Stream])
		}
	}
}

// attention: waiting and unread are what the rules say of the messages.
func (t *trial) attention(v desk.View, id chat.ID) {
	c, ok := v.Chat(id)
	if !ok {
		return
	}
	messages := v.MessagesBefore(id, 0, everything)
	var unread int64
	for i := range messages {
		if messages[i].Kind == chat.Inbound && messages[i].Number > c.ReadTo {
			unread++
		}
	}
	if unread != c.Unread {
		t.j.w.fail("unread is the customer's messages after the marker", "chat %s has %d, says %d", id, unread, c.Unread)
	}
	if since := waiting(messages, c.SettledTo); since != c.WaitingSince {
		t.j.w.fail("waiting is since the first unanswered message", "chat %s since %d, says %d", id, since, c.WaitingSince)
	}
	if int64(len(messages)) != c.LastNumber {
		t.j.w.fail("messages are numbered without a gap", "chat %s has %d, says %d", id, len(messages), c.LastNumber)
	}
}

// waiting is since when a customer waits, in the rules' own words.
func waiting(messages []chat.Message, settled int64) (since chat.Millis) {
	for i := range messages {
		m := &messages[i]
		switch {
		case m.Kind == chat.Reply && m.State != chat.Failed:
			since = 0
		case m.Kind == chat.Inbound && m.Number > settled && since == 0:
			since = m.At
		}
	}
	return since
}

// commit takes what was judged as done.
func (t *trial) commit() {
	w := t.j.w
	w.commits += t.count
	t.j.agents += t.agents
	maps.Copy(t.j.devices, t.devices)
	for _, e := range t.states {
		w.history.put(e.at, e.state)
		t.j.stamped[e.at.stream] = e.time
	}
	for _, id := range t.heard {
		t.j.heard = append(t.j.heard, heard{id, w.commits})
	}
}

// Settled judges the whole when nothing is under way: what the vendor was told we have is there once, and nothing
// waits to be sent.
func (w *World) Settled() {
	w.read(func(r store.Reader) {
		for _, h := range w.judge.heard {
			m, ok := r.MessageByVendor(chat.WhatsApp, h.vendorID)
			if !ok || m.Kind != chat.Inbound {
				w.fail("what a customer wrote is there", "message %s", h.vendorID)
			}
		}
		w.judge.heard = nil
		for _, state := range []desk.OutgoingState{desk.OutPending, desk.OutSending} {
			if n := r.OutgoingIn(state); n > 0 {
				w.fail("everything is sent in the end", "%d messages are %s", n, state)
			}
		}
	})
	for _, p := range w.vendor.posts {
		if !p.duplicate {
			w.fail("every webhook is taken in the end", "%T after %d tries", p.command, p.tries)
		}
	}
}
