package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"parley/app/internal/linktest"
	"parley/backend/chat"
	"parley/backend/wire"
)

// TestTheWholeWay: written, picked, opened, answered.
func TestTheWholeWay(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "where is my parcel")
		c := start(t, disk, s)
		defer c.stop()
		if list, r := c.row("A"); list != "queue" || r.WaitingSince == 0 {
			t.Fatalf("%s %+v", list, r)
		}
		c.Pick("A", false)
		list, r := c.row("A")
		if list != "my" || chat.DotFor(r, linktest.Agent) != chat.NewDot || r.Unread != 1 {
			t.Fatalf("picked: %s %+v", list, r)
		}
		want(t, c.Picture().Status.Title, "(1) Parley")
		c.Open("A")
		c.Read("A", 1)
		if _, r = c.row("A"); chat.DotFor(r, linktest.Agent) != chat.PendingDot || r.Unread != 0 {
			t.Errorf("opened: %+v", r)
		}
		want(t, c.Picture().Status.Title, "Parley")
		if p := c.Send("A", "it comes today"); p != nil {
			t.Fatal(p)
		}
		if _, r = c.row("A"); chat.DotFor(r, linktest.Agent) != chat.NoDot {
			t.Errorf("answered: %+v", r)
		}
		want(t, c.words("A"), []string{"where is my parcel", "it comes today"})
		want(t, c.Picture().Status.Outbox, 0)
		want(t, s.Replies(), "it comes today")
	})
}

func TestPickAndOpen(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		c := start(t, disk, s)
		defer c.stop()
		c.Pick("A", true)
		c.Pick("A", true)
		if _, r := c.row("A"); r.OpenedAt == 0 {
			t.Error("picked and not opened")
		}
		if n := len(s.Commands); n != 2 {
			t.Errorf("%d commands", n)
		}
	})
}

func TestWhatIsNotQueued(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("Q", "hello")
		s.Wrote("A", "hello")
		s.Assign("A")
		c := start(t, disk, s)
		defer c.stop()
		for _, x := range []struct {
			chat chat.ID
			text string
			want chat.ProblemKind
		}{
			{"A", " \n\t", chat.EmptyText}, {"A", strings.Repeat("ä", chat.MaxText+1), chat.TooLong},
			{"Q", "words", chat.NotHolder}, {"unknown", "words", chat.NotHolder},
		} {
			if p := c.Send(x.chat, x.text); p == nil || p.Kind != x.want {
				t.Errorf("%.10q to %s: %v", x.text, x.chat, p)
			}
		}
		if p := c.Send("A", strings.Repeat("ä", chat.MaxText)); p != nil {
			t.Error(p)
		}
		if p := c.Send("A", "nul \x00 and \xff"); p != nil {
			t.Error(p)
		}
		synctest.Wait()
		if !strings.HasSuffix(s.Replies(), "|nul \uFFFD and \uFFFD") {
			t.Error("what the wire cannot carry was sent")
		}
	})
}

func TestRefusedAndDismissed(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		c := start(t, disk, s)
		defer c.stop()
		s.Refuse(chat.AlreadyTaken)
		c.Pick("A", false)
		synctest.Wait()
		n := c.Picture().Status.Notices
		if len(n) != 1 || n[0].Chat != "A" || n[0].Command != chat.CmdPick || n[0].Problem.Kind != chat.AlreadyTaken {
			t.Fatalf("%+v", n)
		}
		c.DismissNotice(n[0].ID)
		synctest.Wait()
		want(t, len(c.Picture().Status.Notices), 0)
		for range 60 {
			s.Refuse(chat.AlreadyTaken)
			c.Pick("A", false)
			synctest.Wait()
		}
		want(t, len(c.Picture().Status.Notices), 50)
	})
}

func TestRetryAndSettle(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.Send("A", "words")
		c.thread("A")
		c.Retry("A", "A-2")
		s.State("A", 2, chat.Failed)
		if _, r := c.row("A"); chat.DotFor(r, linktest.Agent) != chat.PendingDot {
			t.Error("a failure does not bring the dot back")
		}
		c.Retry("A", "A-2")
		synctest.Wait()
		want(t, s.Replies(), "words|words")
		s.State("A", 3, chat.Uncertain)
		synctest.Wait()
		c.Settle("A", "A-3", true)
		synctest.Wait()
		if last := s.Applied[len(s.Applied)-1]; last.Kind != "settle" || last.Message != "A-3" || !last.WentOut {
			t.Errorf("%+v", last)
		}
	})
}

func TestAvailability(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		c := start(t, disk, s)
		defer c.stop()
		want(t, c.Picture().Status.Available, true)
		s.Down(0)
		c.SetAvailable(chat.Unavailable)
		synctest.Wait()
		want(t, c.Picture().Status.Available, false)
	})
}

// TestManyConversations: more than are kept in memory, each can still be read.
func TestManyConversations(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		for i := range 80 {
			s.Wrote(fmt.Sprint("CSR", i), "hello")
			s.Assign(fmt.Sprint("CSR", i))
		}
		c := start(t, disk, s)
		defer c.stop()
		for range 2 {
			for i := range 80 {
				want(t, c.words(chat.ID(fmt.Sprint("CSR", i))), []string{"hello"})
			}
		}
		want(t, len(c.Picture().Threads), 64)
	})
}

func TestOlderPages(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		for i := range 150 {
			s.Wrote("A", fmt.Sprint(i))
		}
		s.Assign("A")
		c := start(t, disk, s)
		th := c.thread("A")
		if len(th.Messages) != 30 || !th.More || len(th.Earlier) != 1 || len(th.Identities) != 1 {
			t.Fatalf("%d messages, %+v", len(th.Messages), th)
		}
		c.Older("A")
		want(t, len(c.thread("A").Messages), 130)
		c.Older("A")
		if th = c.thread("A"); len(th.Messages) != 150 || th.More {
			t.Errorf("%d messages", len(th.Messages))
		}
		c.stop()
		s.Down(0)
		c = start(t, disk, s)
		defer c.stop()
		want(t, len(c.thread("A").Messages), 150)
	})
}

// slowLink is a server whose link takes no question until its gate is open.
type slowLink struct {
	*linktest.Server
	gate chan struct{}
}

func (l *slowLink) Send(conn int64, up wire.Up) {
	if up.Earlier != nil {
		<-l.gate
	}
	l.Server.Send(conn, up)
}

// TestRetryTwiceIsOneReply: two clicks on one button.
func TestRetryTwiceIsOneReply(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.thread("A")
		c.Send("A", "words")
		synctest.Wait()
		s.State("A", 2, chat.Failed)
		synctest.Wait()
		gate := make(chan struct{})
		c.disk.set(gate, nil)
		c.Retry("A", "A-2")
		c.Retry("A", "A-2")
		synctest.Wait()
		c.disk.set(nil, nil)
		close(gate)
		synctest.Wait()
		want(t, s.Replies(), "words|words")
		s.State("A", 3, chat.Uncertain)
		synctest.Wait()
		s.Down(0)
		synctest.Wait()
		c.Settle("A", "A-3", false)
		c.Settle("A", "A-3", false)
		synctest.Wait()
		want(t, c.Picture().Status.Outbox, 1)
	})
}

// TestRetryTwiceInTurn: the second click comes when the server has accepted what the first has sent. What came to
// nothing may be tried once more.
func TestRetryTwiceInTurn(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.thread("A")
		c.Send("A", "words")
		synctest.Wait()
		s.State("A", 2, chat.Failed)
		s.Refuse(chat.Internal)
		for range 3 {
			synctest.Wait()
			c.Retry("A", "A-2")
		}
		synctest.Wait()
		want(t, s.Replies(), "words|words")

		s.State("A", 3, chat.Failed)
		s.Down(0)
		synctest.Wait()
		c.Retry("A", "A-3")
		if !c.Cancel(c.thread("A").Queued[0].ID) {
			t.Fatal("not cancelled")
		}
		c.Retry("A", "A-3")
		s.Up()
		synctest.Wait()
		want(t, s.Replies(), "words|words|words")
	})
}
