package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/app/internal/engine"
	"parley/app/internal/linktest"
	"parley/backend/chat"
	"parley/backend/wire"
)

// TestADraftOfAnyLengthStopsNothing: what an agent pastes may be more than a file's value; it must not keep the
// outbox from being written.
func TestADraftOfAnyLengthStopsNothing(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Wrote("B", "hello")
		s.Assign("A")
		s.Assign("B")
		c := start(t, disk, s)
		defer c.stop()
		c.SaveDraft("A", strings.Repeat("\x01€", 1<<20))
		done := make(chan *chat.Problem, 1)
		go func() { done <- c.Send("B", "words") }()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		select {
		case p := <-done:
			if p != nil {
				t.Error(p)
			}
		default:
			t.Error("a draft keeps a reply from the disk")
		}
		want(t, s.Replies(), "words")
		if d := c.thread("A").Draft; !strings.HasPrefix(d, strings.Repeat("\x01€", 4096)) {
			t.Errorf("%d bytes of the draft are left", len(d))
		}
	})
}

// TestWordsThatADiskRefusesStay: a held reply that is to be sent anew while the disk is full, beside a draft.
func TestWordsThatADiskRefusesStay(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		c := start(t, disk, s)
		defer c.stop()
		s.Hold(chat.WindowClosed)
		c.Send("A", "held words")
		synctest.Wait()
		c.SaveDraft("A", "begun")
		synctest.Wait()
		disk.set(nil, fmt.Errorf("save: %w", engine.ErrNoRoom))
		c.Decide(c.Picture().Status.Decisions[0].ID, engine.SendAnew)
		synctest.Wait()
		disk.set(nil, nil)
		time.Sleep(2 * time.Second)
		want(t, c.thread("A").Draft, "held words\nbegun")
	})
}

// TestWordsTakenBackStayBesideADraft: the words of a cancelled reply are not lost to what was begun since.
func TestWordsTakenBackStayBesideADraft(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		c := start(t, disk, s)
		defer c.stop()
		c.thread("A")
		s.Down(0)
		synctest.Wait()
		c.Send("A", "taken back")
		c.SaveDraft("A", "begun")
		if !c.Cancel(c.thread("A").Queued[0].ID) {
			t.Fatal("not cancelled")
		}
		want(t, c.thread("A").Draft, "begun\ntaken back")
	})
}

// TestTheLastWordsBeforeTheEndAreKept: a page saves its drafts when it goes, which is when the console ends.
func TestTheLastWordsBeforeTheEndAreKept(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		for i := range 20 { // which of the two the engine sees first is chance
			link := &slowLink{Server: s, gate: make(chan struct{})}
			c := start(t, disk, link)
			c.Watch("A") // it is busy with asking for what belongs to the chat
			synctest.Wait()
			c.SaveDraft("A", fmt.Sprint("last words ", i))
			sent := make(chan *chat.Problem, 1)
			go func() { sent <- c.Send("none", "words") }()
			synctest.Wait()
			go c.stop()
			synctest.Wait()
			close(link.gate)
			if p := <-sent; p == nil || p.Kind != chat.NotHolder {
				t.Errorf("Send at the end says %v", p)
			}
			c.stop()
			c = start(t, disk, s)
			want(t, c.thread("A").Draft, fmt.Sprint("last words ", i))
			c.stop()
		}
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
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		c := start(t, disk, s)
		defer c.stop()
		c.thread("A")
		c.Send("A", "words")
		synctest.Wait()
		s.State("A", 2, chat.Failed)
		synctest.Wait()
		gate := make(chan struct{})
		disk.set(gate, nil)
		c.Retry("A", "A-2")
		c.Retry("A", "A-2")
		synctest.Wait()
		disk.set(nil, nil)
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

// TestTheDemosChatsAreNotTheServers: what the demo desk said is not shown as a server's, not even before that is
// reached; and a server's stays where the console is only started again.
func TestTheDemosChatsAreNotTheServers(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		for _, origin := range []string{"demo", "demo", "server", "server"} {
			c := startAs(t, disk, s, origin)
			c.SaveDraft("A", "begun")
			c.Looking("A", true)
			want(t, c.thread("A").Draft, "begun")
			c.stop()
		}
		s.Down(0)
		for _, origin := range []string{"server", "demo"} {
			c := startAs(t, disk, s, origin)
			p, known := c.Picture(), origin == "server"
			if (len(p.My) == 1) != known || (p.Status.DataAt != 0) != known || (p.Status.LastChat != "") != known || p.Status.CacheLost {
				t.Errorf("%s: %d chats, known up to %d, %+v", origin, len(p.My), p.Status.DataAt, p.Status)
			}
			c.stop()
		}
	})
}
