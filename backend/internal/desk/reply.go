package desk

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"parley/backend/chat"
)

// What a reply may miss before it is held (rule D1).
const (
	maxNewer       = 5                // customer's messages that the agent had not seen
	maxAge   int64 = 12 * 3600 * 1000 // milliseconds since it was written
)

// readAtOnce is how many messages are read at a time where it is not known how many are needed.
const readAtOnce = 10

// reply takes an agent's words for the customer: accepted with the row that deliver sends, or held, never
// dropped, never sent late or blind (rule D1).
func (d *decision) reply(me *Agent, cmd *FromAgent) ending {
	text, c, why := d.words(cmd)
	if why.outcome != "" {
		return why
	}
	if c.Status == chat.Closed {
		return held(chat.ChatClosed)
	}
	if _, ok := d.mine(me, &cmd.Command); !ok {
		if !knows(me, &c) {
			return held(chat.NotFound, "chat")
		}
		return held(chat.AssignmentChange, d.agentName(chat.AgentID(holder(&c))))
	}
	if why, ok := d.late(me, cmd, &c); ok {
		return why
	}
	d.accept(me, cmd, &c, text)
	return done
}

// reclaim sends what was held, in whatever assignment its agent has the chat, and picks it for that if it lies in the
// queue: both, or neither (rule D10).
func (d *decision) reclaim(me *Agent, cmd *FromAgent) ending {
	text, c, why := d.words(cmd)
	if why.outcome != "" {
		return why
	}
	mine := home(&c) == AgentStream(me.ID)
	if !mine {
		if why := d.cannotPick(me, &c, d.load(me.ID)); why != nil {
			return refusal(why)
		}
	}
	if why, ok := d.late(me, cmd, &c); ok {
		return why
	}
	if !mine {
		d.take(me, &c)
	}
	d.accept(me, cmd, &c, text)
	return done
}

// words returns what a reply says and the chat that it is for, or how it ends: as one that could never be sent, or
// one that may have gone out before the log was rebuilt (rule S7).
func (d *decision) words(cmd *FromAgent) (string, chat.Chat, ending) {
	text, why := said(cmd.Text, chat.MaxText)
	switch {
	case why.outcome != "":
		return "", chat.Chat{}, why
	case strings.TrimSpace(text) == "":
		return "", chat.Chat{}, refused(chat.EmptyText)
	case cmd.Base < 0:
		return "", chat.Chat{}, refused(chat.Malformed)
	case d.stale(cmd):
		return "", chat.Chat{}, held(chat.Restored)
	}
	c, ok := d.chat(cmd.Chat)
	if !ok {
		return "", c, refused(chat.NotFound, "chat")
	}
	return text, c, ending{}
}

// said returns what an agent wrote as it is kept, or that it is longer than limit.
func said(text string, limit int) (string, ending) {
	if n := utf8.RuneCountInString(text); n > limit {
		return "", refused(chat.TooLong, strconv.Itoa(n), strconv.Itoa(limit))
	}
	return clean(text, 2*limit), ending{}
}

// late says why the holder's reply must not go out by itself, false if it may.
func (d *decision) late(me *Agent, cmd *FromAgent, c *chat.Chat) (ending, bool) {
	for _, m := range d.was.RepliesAfter(c.ID, cmd.Base) {
		if m.Author != me.ID && m.State != chat.Failed {
			return held(chat.AnsweredByOther, m.AuthorName), true
		}
	}
	if newer := c.InboundCount - d.inboundsAt(c.ID, min(cmd.Base, c.LastNumber)); newer > maxNewer {
		return held(chat.TooManyNewer, strconv.FormatInt(newer, 10)), true
	}
	if !d.windowOpen(c) {
		return held(chat.WindowClosed), true
	}
	if cmd.Age > maxAge {
		return held(chat.TooOld), true
	}
	return ending{}, false
}

// windowOpen reports whether free text may go out, by the vendor's time of the customer's messages, which is never
// later than our receipt (rule D6).
func (d *decision) windowOpen(c *chat.Chat) bool {
	open := func(lastInbound chat.Millis) bool {
		until, windowed := chat.Window(c.Channel, lastInbound)
		return !windowed || d.now < until
	}
	for before := c.LastNumber + 1; before > 1; {
		messages := d.was.MessagesBefore(c.ID, before, readAtOnce)
		for i := range messages {
			if m := &messages[i]; m.Kind == chat.Inbound && open(writtenAt(m)) {
				return true
			}
		}
		if len(messages) == 0 || !open(messages[0].At) {
			return false
		}
		before = messages[0].Number
	}
	return open(0)
}

func writtenAt(m *chat.Message) chat.Millis {
	if m.VendorAt == 0 {
		return m.At
	}
	return min(m.VendorAt, m.At)
}

// accept appends the reply and queues it for its vendor. It opens the chat and leaves it without a dot (rules
// A1, A3, A5).
func (d *decision) accept(me *Agent, cmd *FromAgent, c *chat.Chat, text string) {
	d.show(c, &cmd.Command, me)
	m := d.say(c, chat.Message{
		Kind: chat.Reply, Author: me.ID, AuthorName: me.Name, Text: text, State: chat.Accepted, Command: cmd.ID,
	}, VendorKey{})
	who, _ := d.identity(c.Identity)
	to, ok := reach(&who)
	if !ok {
		panic("BUG: desk: an identity without an address")
	}
	d.write(PutOutgoing{Outgoing{
		Message: m.ID, Chat: c.ID, Number: m.Number, Asset: c.Asset, To: to, Text: m.Text,
		State: OutPending, NextAt: d.now, Since: d.now,
	}})
	d.refresh(c)
	d.putChat(c)
}
