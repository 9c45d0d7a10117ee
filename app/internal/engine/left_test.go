package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"parley/app/internal/linktest"
	"parley/backend/chat"
)

// left says what became of a chat that is looked at, and what is still shown of it.
func (c *console) left(id chat.ID) string {
	c.t.Helper()
	th := c.thread(id)
	if th.Left == nil {
		return fmt.Sprintf("here %t, %d messages", th.Item != nil, len(th.Messages))
	}
	var texts []string
	for _, m := range th.Messages {
		if m.Line != nil {
			texts = append(texts, "<"+m.Line.Code+">")
		} else {
			texts = append(texts, m.Text)
		}
	}
	l := th.Left
	return fmt.Sprintf("%s by %q, me %t, at %t: %s", l.How, l.By, l.ByMe, l.At > 0, strings.Join(texts, " "))
}

// TestAClosedChatStaysOnTheScreen: readable, with who closed it, as long as it is looked at; and is nowhere else.
func TestAClosedChatStaysOnTheScreen(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		for _, id := range []chat.ID{"A", "B", "C"} {
			c.thread(id)
		}
		c.Looking("A", true)
		c.SaveDraft("A", "begun")
		c.Close("A")
		s.Shut("B", "Bob")
		s.Shut("C", "")
		want(t, c.left("A"), `closed by "Me", me true, at true: hello <closed>`)
		want(t, c.left("B"), `closed by "Bob", me false, at true: hello <closed>`)
		want(t, c.left("C"), `closed by "", me false, at true: hello <closed>`)
		want(t, c.mine(), "")
		if th := c.thread("A"); th.Mine || len(th.Actions) != 0 || th.Draft != "begun" || th.Item.Customer != "Customer A" ||
			th.Item.Queued != "" || th.Item.Chat.Status != chat.Closed {
			t.Errorf("%+v", th)
		}
		if p := c.Send("A", "too late"); p == nil || p.Kind != chat.NotHolder {
			t.Errorf("sent: %v", p)
		}
		c.Looking("B", true)
		want(t, c.left("A"), "here false, 0 messages")
		want(t, c.left("B"), `closed by "Bob", me false, at true: hello <closed>`)
		s.Wrote("B", "again")
		s.Assign("B")
		want(t, strings.HasPrefix(c.left("B"), "here true"), true)
		c.restart()
		want(t, c.left("C"), "here false, 0 messages")
	})
}

// TestAChatThatWasTaken: who has it, also where the server does not say more, and after a connection was lost meanwhile.
func TestAChatThatWasTaken(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.thread("A")
		s.Take("A", "Bob")
		want(t, c.left("A"), `taken by "Bob", me false, at false: hello`)
		c.thread("B")
		s.Down(0)
		s.Shut("B", "Bob")
		want(t, c.left("B"), "here true, 1 messages")
		s.Up()
		want(t, c.left("B"), `closed by "Bob", me false, at true: hello <closed>`)
		c.thread("C")
		s.Mute()
		s.Shut("C", "Bob")
		want(t, c.left("C"), `away by "", me false, at false: hello`)
		s.Down(0)
		s.Speak()
		s.Up()
		want(t, c.left("C"), `closed by "Bob", me false, at true: hello <closed>`)
	})
}

// TestAChatThatCameBack has its older messages fetched as before, whatever was done meanwhile about what remained of it.
func TestAChatThatCameBack(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		for i := range 50 {
			s.Wrote("A", fmt.Sprint(i))
		}
		s.Assign("A")
		c := start(t, disk, s)
		defer c.stop()
		want(t, len(c.thread("A").Messages), 30)
		s.Take("A", "Bob")
		want(t, strings.HasPrefix(c.left("A"), `taken by "Bob"`), true)
		c.SaveDraft("A", "begun")
		want(t, c.thread("A").Draft, "begun")
		for i := range 50 {
			s.Wrote("A", fmt.Sprint("again ", i))
		}
		s.Assign("A")
		c.thread("A")
		c.Older("A")
		if th := c.thread("A"); len(th.Messages) != 100 || th.More {
			t.Errorf("%d messages, more %t", len(th.Messages), th.More)
		}
	})
}

// TestFindChats: in both lists and on hold; with texts also those that are nowhere but on the disk.
func TestFindChats(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Wrote("A", "my order is late")
		s.Wrote("A", "please")
		s.Wrote("Q", "an order of mine")
		s.Suspend("B", true)
		synctest.Wait()
		find := func(query string, texts bool) string {
			rows, more := c.FindChats(query, texts)
			var l []string
			for _, r := range rows {
				l = append(l, strings.TrimSuffix(string(r.Chat.ID)+": "+r.Found, ": "))
			}
			return fmt.Sprint(strings.Join(l, " | "), " ", more)
		}
		want(t, find("customer", false), "Q | A | C | B false")
		want(t, find("c-b", false), "B false")
		want(t, find("order", false), "Q false")
		want(t, find("order", true), "Q | A: my order is late false")
		want(t, find("order LATE customer", true), "A: my order is late false")
		want(t, find("", true), " false")
		want(t, find("nobody", true), " false")
		c.stop()
		if rows, _ := c.FindChats("customer", true); rows != nil {
			t.Errorf("after the end: %v", rows)
		}
	})
}

// TestALaterSearchEndsAnEarlier, which answers all the same.
func TestALaterSearchEndsAnEarlier(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		gate := make(chan struct{})
		c.disk.set(gate, nil)
		s.Wrote("A", "held up")
		synctest.Wait()
		first := make(chan int, 1)
		go func() {
			rows, _ := c.FindChats("customer", true)
			first <- len(rows)
		}()
		synctest.Wait()
		go c.FindChats("customer a", true)
		synctest.Wait()
		select {
		case n := <-first:
			want(t, n, 1)
		default:
			t.Error("the earlier search still waits for the disk")
		}
		close(gate)
	})
}

// TestWhatFailedSurvivesARestart, with its reasons, until it is dismissed; what all went no longer than it can be undone.
func TestWhatFailedSurvivesARestart(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Room(1)
		c.Transfer([]chat.ID{"A", "B"}, linktest.Team, "agent-bob", "")
		synctest.Wait()
		s.Room(1)
		c.Transfer([]chat.ID{"C"}, linktest.Team, "agent-bob", "")
		const ended = `transfer to "Bob": ended 1 B(Customer B):23`
		want(t, c.batches(), ended+` undo; transfer to "Bob": ended 1 undo`)
		c.restart()
		want(t, c.batches(), ended+` undo; transfer to "Bob": ended 1 undo`)
		c.Undo(c.Picture().Status.Batches[1].ID)
		want(t, c.mine(), "C B")
		for range 11 {
			s.Wrote("Q", "a second later")
		}
		c.restart()
		want(t, c.batches(), ended)
		c.DismissBatch(c.last().ID)
		c.restart()
		want(t, c.batches(), "")
	})
}
