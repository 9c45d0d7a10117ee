package chat_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"parley/backend/chat"
	"parley/backend/chat/chattest"
)

const (
	me    chat.AgentID = "me"
	other chat.AgentID = "other"
)

var kinds = map[string]chat.Kind{"c": chat.Inbound, "n": chat.Note, "a": chat.Auto, "s": chat.System}

var states = map[string]chat.State{
	"ra": chat.Accepted, "rs": chat.Sent, "rd": chat.Delivered, "rr": chat.Seen, "ru": chat.Uncertain,
	"rf": chat.Failed, "rq": chat.InOutbox, "rh": chat.Held,
}

// message reads a word such as "c" or "rf".
func message(word string) (chat.Message, bool) {
	if s, ok := states[word]; ok {
		return chat.Message{Kind: chat.Reply, State: s}, true
	}
	k, ok := kinds[word]
	return chat.Message{Kind: k}, ok
}

// conversation numbers messages and sets their times to 10, 20 ….
func conversation(words string) []chat.Message {
	var all []chat.Message
	var inbounds int64
	for w := range strings.FieldsSeq(words) {
		m, ok := message(w)
		if !ok {
			continue
		}
		if m.Kind == chat.Inbound {
			inbounds++
		}
		m.Number, m.At, m.Inbounds = int64(len(all)+1), chat.Millis(10*(len(all)+1)), inbounds
		all = append(all, m)
	}
	return all
}

// value reads the number of a word such as "read=2".
func value(t *testing.T, word string) (name string, n int64) {
	name, v, found := strings.Cut(word, "=")
	if !found {
		return word, 0
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		t.Fatalf("%q: %v", word, err)
	}
	return name, n
}

// standing sets what a word says of a chat, false if it says nothing of one.
func standing(t *testing.T, c *chat.Chat, word string) bool {
	name, n := value(t, word)
	switch name {
	case "picked":
	case "other":
		c.Assignee = other
	case "queued":
		c.Status, c.Assignee = chat.Queued, ""
	case "on_hold", "closed":
		c.Status = chat.Status(name)
	case "opened":
		c.OpenedAt = 5
	case "read", "marker":
		c.ReadTo = n
	case "settled":
		c.SettledTo = n
	default:
		return false
	}
	return true
}

// derive sets what follows from the messages.
func derive(c *chat.Chat, messages []chat.Message) {
	c.LastNumber = int64(len(messages))
	c.WaitingSince = chat.Waiting(messages, c.SettledTo)
	c.InboundCount, c.Unread = 0, 0
	for _, m := range messages {
		if m.Kind == chat.Inbound {
			c.InboundCount++
			if m.Number > c.ReadTo {
				c.Unread++
			}
		}
	}
}

func TestAttention(t *testing.T) {
	chattest.Table(t, "chattest/testdata/attention.txt", func(t *testing.T, in string) string {
		messages := conversation(in)
		c := chat.Chat{Status: chat.Picked, Assignee: me}
		for _, w := range strings.Fields(in)[len(messages):] {
			if !standing(t, &c, w) {
				t.Fatalf("%q: what is %q?", in, w)
			}
		}
		derive(&c, messages)
		out := []string{"none"}
		if dot := chat.DotFor(&c, me); dot != chat.NoDot {
			out[0] = string(dot)
		}
		if c.WaitingSince != 0 {
			out = append(out, fmt.Sprintf("since=%d", c.WaitingSince))
		}
		if out = append(out, fmt.Sprintf("unread=%d", c.Unread)); chat.IsPending(&c, me) {
			out = append(out, "!")
		}
		return strings.Join(out, " ")
	})
}

func TestAdvance(t *testing.T) {
	chattest.Table(t, "chattest/testdata/advance.txt", func(t *testing.T, in string) string {
		now, next, _ := strings.Cut(in, " ")
		return string(chat.Advance(chat.State(now), chat.State(next)))
	})
}

func TestWindow(t *testing.T) {
	chattest.Table(t, "chattest/testdata/window.txt", func(t *testing.T, in string) string {
		channel, last, _ := strings.Cut(in, " ")
		_, n := value(t, "last="+last)
		until, windowed := chat.Window(chat.Channel(channel), chat.Millis(n))
		if !windowed {
			return "always"
		}
		return fmt.Sprintf("until %d", until)
	})
}

func TestCounts(t *testing.T) {
	chattest.Table(t, "chattest/testdata/counts.txt", func(t *testing.T, in string) string {
		var chats []*chat.Chat
		for w := range strings.FieldsSeq(in) {
			chats = append(chats, counted(w))
		}
		n := chat.Count(slices.Values(chats), me)
		return fmt.Sprintf("%d held, %d pending, %d waiting", n.Held, n.Pending, n.Waiting)
	})
}

// counted reads a word such as "hold:wu".
func counted(word string) *chat.Chat {
	c := &chat.Chat{Status: chat.Picked, Assignee: me}
	where, what, found := strings.Cut(word, ":")
	if !found {
		what = word
	}
	switch where {
	case "queued":
		c.Status, c.Assignee = chat.Queued, ""
	case "other":
		c.Assignee = other
	case "hold":
		c.Status = chat.OnHold
	}
	if strings.Contains(what, "w") {
		c.WaitingSince = 1
	}
	if strings.Contains(what, "u") {
		c.Unread = 2
	}
	if strings.Contains(what, "o") {
		c.OpenedAt = 1
	}
	return c
}

func TestShow(t *testing.T) {
	chattest.Table(t, "chattest/testdata/show.txt", func(t *testing.T, in string) string {
		messages := conversation("c ra c c")
		c := chat.Chat{Status: chat.Picked, Assignee: me, Assignment: 7, ReadTo: 1}
		var cmd chat.Command
		var unknown int64
		for w := range strings.FieldsSeq(in) {
			if w != "read" && standing(t, &c, w) {
				continue
			}
			switch name, n := value(t, w); name {
			case "a":
				cmd.Assignment = n
			case "upto":
				cmd.UpTo = n
			case "base":
				cmd.Base = n
			case "unknown":
				unknown = n
			default:
				cmd.Kind = chat.CommandKind(name)
			}
		}
		derive(&c, messages)
		before := c.Clone()
		chat.Show(&c, &cmd, me, 99, func(n int64) (int64, bool) {
			if n < 1 || n > c.LastNumber || n == unknown {
				return 0, false
			}
			return messages[n-1].Inbounds, true
		})
		return shown(&before, &c)
	})
}

// shown says what differs, and fails nothing itself: what must never change would stand in the table.
func shown(before, after *chat.Chat) string {
	var out []string
	if before.OpenedAt != after.OpenedAt {
		out = append(out, "opened")
	}
	if before.ReadTo != after.ReadTo || before.Unread != after.Unread {
		out = append(out, fmt.Sprintf("read=%d unread=%d", after.ReadTo, after.Unread))
	}
	if before.Status != after.Status || before.WaitingSince != after.WaitingSince || before.Assignee != after.Assignee {
		out = append(out, "status, holder or waiting")
	}
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, " ")
}
