package engine_test

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"parley/app/internal/engine"
	"parley/app/internal/linktest"
	"parley/backend/chat"
)

func TestAClickDoesNotWaitForTheDisk(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.thread("A")
		gate := make(chan struct{})
		c.disk.set(gate, nil)
		done := make(chan *chat.Problem, 1)
		go func() { done <- c.Send("A", "words") }()
		synctest.Wait()
		c.SaveDraft("A", "draft")
		c.Read("A", 1)
		s.Wrote("B", "news")
		if list, _ := c.row("B"); list != "queue" {
			t.Error("news waits for the disk")
		}
		want(t, c.thread("A").Draft, "draft")
		if len(c.thread("A").Queued) != 0 || s.Replies() != "" {
			t.Error("a reply is shown or sent before it is on the disk")
		}
		select {
		case <-done:
			t.Fatal("Send returned before the reply was on the disk")
		default:
		}
		c.disk.set(nil, nil)
		close(gate)
		if p := <-done; p != nil {
			t.Error(p)
		}
		synctest.Wait()
		want(t, s.Replies(), "words")
	})
}

func TestADiskThatFails(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.disk.set(nil, fmt.Errorf("save: %w", engine.ErrNoRoom))
		p := c.Send("A", "words")
		if p == nil || p.Kind != chat.NoRoom {
			t.Errorf("problem %v", p)
		}
		want(t, c.words("A"), []string{"hello"})
		want(t, c.thread("A").Draft, "words")
		s.Wrote("A", "still there?")
		c.disk.set(nil, errors.New("torn"))
		if p = c.Send("A", "again"); p == nil || p.Kind != chat.Internal {
			t.Errorf("problem %v", p)
		}
		c.disk.set(nil, nil)
		time.Sleep(2 * time.Second)
		if p = c.Send("A", "at last"); p != nil {
			t.Error(p)
		}
		synctest.Wait()
		want(t, s.Replies(), "at last")
		c.stop()
		s.Down(0)
		c = start(t, c.disk, s)
		defer c.stop()
		want(t, c.words("A"), []string{"hello", "still there?", "at last"})
	})
}

// TestTheDiskFallsBehind: the socket is not read on, a click still does its work, and nothing is lost.
func TestTheDiskFallsBehind(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		c := start(t, disk, s)
		gate := make(chan struct{})
		disk.set(gate, nil)
		for i := range 9000 {
			s.Wrote(fmt.Sprint("CSR", i%50), "hello")
		}
		synctest.Wait()
		if n := c.Picture().Status; n.Phase != "current" {
			t.Errorf("%s", n.Phase)
		}
		c.SaveDraft("CSR1", "a click")
		want(t, c.thread("CSR1").Draft, "a click")
		_, behind := c.row("CSR49")
		if behind.LastNumber == 180 {
			t.Error("everything was read while the disk stood still")
		}
		disk.set(nil, nil)
		close(gate)
		if _, r := c.row("CSR49"); r.LastNumber != 180 {
			t.Errorf("%d messages", r.LastNumber)
		}
		c.stop()
	})
}

// TestWordsThatADiskRefusesStay: of a failed reply that is to be sent anew while the disk is full, and of an answer to
// a decision, beside a draft.
func TestWordsThatADiskRefusesStay(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.Send("A", "failed words")
		synctest.Wait()
		s.State("A", 2, chat.Failed)
		s.Hold(chat.WindowClosed)
		c.Send("A", "held words")
		c.thread("A")
		c.SaveDraft("A", "begun")
		synctest.Wait()
		c.disk.set(nil, fmt.Errorf("save: %w", engine.ErrNoRoom))
		c.Decide(c.Picture().Status.Decisions[0].ID, engine.SendAnew)
		c.Retry("A", "A-2")
		synctest.Wait()
		want(t, len(c.Picture().Status.Notices), 2)
		c.disk.set(nil, nil)
		time.Sleep(2 * time.Second)
		want(t, c.thread("A").Draft, "failed words\nbegun")
		if d := c.Picture().Status.Decisions; len(d) != 1 || d[0].Answer != "" || d[0].Text != "held words" {
			t.Errorf("%+v", d)
		}
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
