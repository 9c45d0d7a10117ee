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
func (d *draft) reply(me *Agent, cmd *FromAgent) ending {
	text := clean(cmd.Text, 2*chat.MaxText)
	length := utf8.RuneCountInString(cmd.Text)
	switch {
	case strings.TrimSpace(text) == "":
		return refused(chat.EmptyText)
	case length > chat.MaxText:
		return refused(chat.TooLong, strconv.Itoa(length), strconv.Itoa(chat.MaxText))
	case cmd.Base < 0:
		return refused(chat.Malformed)
	}
	c, ok := d.chat(cmd.Chat)
	if !ok {
		return refused(chat.NotFound, "chat")
	}
	if why, ok := d.holds(me, cmd, &c); ok {
		return why
	}
	d.accept(me, cmd, &c, text)
	return done
}

// holds says why a reply must not go out by itself, false if it may.
func (d *draft) holds(me *Agent, cmd *FromAgent, c *chat.Chat) (ending, bool) {
	if c.Status == chat.Closed {
		return held(chat.ChatClosed), true
	}
	if _, ok := d.mine(me, &cmd.Command); !ok {
		return held(chat.AssignmentChange, d.agentName(chat.AgentID(holder(c)))), true
	}
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
func (d *draft) windowOpen(c *chat.Chat) bool {
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
func (d *draft) accept(me *Agent, cmd *FromAgent, c *chat.Chat, text string) {
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
