package inbox_test

import (
	"cmp"
	"testing"

	"parley/app/internal/inbox"
	"parley/backend/chat"
	"parley/backend/chat/chattest"
)

// TestCases runs the table of every state and every event over one index, in which the chat of each case goes from the
// state before to the one after, as a frame would have it: the lists and counts are those of the table all the time.
func TestCases(t *testing.T) {
	const me, bo = chat.AgentID("ana"), chat.AgentID("bo")
	x := inbox.New(me)
	x.SetFilter(chat.MyList, inbox.Filter{OnHold: true})
	put := func(r chattest.Row) *chat.Chat {
		c := chatOf(r, me, bo)
		if r == (chattest.Row{}) || c.Status == chat.Closed || c.Assignee == bo {
			x.Update(nil, []chat.ID{c.ID}) // its stream does not carry it any more
		} else {
			x.Update([]*inbox.Item{{Chat: *c}}, nil)
		}
		return c
	}
	chattest.Cases(t, "../../../backend/chat/chattest/testdata/cases.txt", func(t *testing.T, k chattest.Case) chattest.Row {
		put(k.Before)
		c := put(k.Want)
		my, queue := x.View(chat.MyList).Rows(0, 2), x.View(chat.QueueList).Rows(0, 2)
		got := chattest.Row{Where: k.Want.Where, Dot: k.Want.Dot, Since: k.Want.Since, Unread: k.Want.Unread}
		counts, of := x.Counts(), inbox.Pending(x.My(), me, 2)
		switch {
		case len(my) == 1 && len(queue) == 0:
			got.Where = map[chat.Status]string{chat.Picked: "mine", chat.OnHold: "mine on hold"}[my[0].Chat.Status]
			got.Dot, got.Unread = cmp.Or(string(chat.DotFor(&my[0].Chat, me)), "-"), int(my[0].Chat.Unread)
		case len(my) == 0 && len(queue) == 1:
			got.Where = "queue"
		case len(my)+len(queue) > 0 || c.Status != chat.Closed && c.Assignee != bo:
			t.Errorf("%v: %d rows in My Chats, %d in the queue", k.Want, len(my), len(queue))
		}
		got.Pending = counts.Pending == 1
		if c.Assignee == bo {
			got.Pending = k.Want.Pending // in his count, not in mine
		}
		if want := chat.Count(func(yield func(*chat.Chat) bool) { yield(c) }, me); counts != want || len(of) != counts.Pending {
			t.Errorf("%v: counts %+v, want %+v; pending %v", k.Want, counts, want, of)
		}
		return got
	})
}

// chatOf is a chat whose row is r.
func chatOf(r chattest.Row, me, bo chat.AgentID) *chat.Chat {
	c := &chat.Chat{ID: "c1", WaitingSince: chat.Millis(r.Since), Unread: int64(r.Unread)}
	switch r.Where {
	case "queue":
		c.Status = chat.Queued
	case "mine", "Bo's":
		c.Status = chat.Picked
	case "mine on hold", "Bo's on hold":
		c.Status = chat.OnHold
	default:
		c.Status = chat.Closed
	}
	switch r.Where {
	case "mine", "mine on hold":
		c.Assignee = me
	case "Bo's", "Bo's on hold":
		c.Assignee = bo
	}
	if r.Dot != string(chat.NewDot) {
		c.OpenedAt = 1
	}
	return c
}
