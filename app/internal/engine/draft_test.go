package engine_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/app/internal/engine"
	"parley/app/internal/linktest"
	"parley/backend/chat"
)

func TestDraftsAndTheLastChatSurvive(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.Looking("A", true)
		c.SaveDraft("A", "begun")
		c.restart()
		want(t, c.thread("A").Draft, "begun")
		want(t, c.Picture().Status.LastChat, chat.ID("A"))
		if !c.Picture().My[0].Draft {
			t.Error("the row does not say that there is a draft")
		}
	})
}

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

// TestWordsTakenBackStayBesideADraft: the words of a cancelled reply are not lost to what was begun since.
func TestWordsTakenBackStayBesideADraft(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
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

// drafts are those that were sent to the server, in order.
func drafts(s *linktest.Server) (l []string) {
	for _, c := range s.Heard(chat.CmdDraft) {
		l = append(l, c.Text)
	}
	return l
}

// TestADraftIsToldWhenTheTypingRests: 2 s after the last key, or when another chat is looked at.
func TestADraftIsToldWhenTheTypingRests(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.Looking("A", true)
		for _, text := range []string{"h", "he", "hel"} {
			c.SaveDraft("A", text)
			time.Sleep(1900 * time.Millisecond)
		}
		synctest.Wait()
		want(t, len(drafts(s)), 0)
		time.Sleep(200 * time.Millisecond)
		synctest.Wait()
		want(t, drafts(s), []string{"hel"})
		c.SaveDraft("A", "hello")
		c.Looking("B", true)
		synctest.Wait()
		want(t, drafts(s), []string{"hel", "hello"})
		time.Sleep(time.Minute)
		synctest.Wait()
		want(t, len(drafts(s)), 2)
	})
}

func TestADraftFromAnotherDevice(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Draft("A", "from elsewhere")
		want(t, c.thread("A").Draft, "from elsewhere")
		if !c.Picture().My[0].Draft {
			t.Error("the row does not say so")
		}
		c.SaveDraft("A", "from elsewhere, and here")
		s.Draft("A", "from elsewhere again")
		want(t, c.thread("A").Draft, "from elsewhere, and here")
		time.Sleep(3 * time.Second)
		want(t, c.thread("A").Draft, "from elsewhere again\nfrom elsewhere, and here")
		want(t, s.Drafted("A"), "from elsewhere again\nfrom elsewhere, and here")
		s.Draft("A", "")
		want(t, c.thread("A").Draft, "")
	})
}

// TestWhatWasTypedDuringTheAnswer: the server put words of another device before those that were on their way.
func TestWhatWasTypedDuringTheAnswer(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Down(0)
		c.SaveDraft("A", "mine")
		time.Sleep(3 * time.Second)
		s.Draft("A", "theirs")
		synctest.Wait()
		s.Up()
		c.SaveDraft("A", "mine goes on")
		time.Sleep(10 * time.Second)
		want(t, c.thread("A").Draft, "theirs\nmine goes on")
		want(t, s.Drafted("A"), "theirs\nmine goes on")
	})
}

// TestAReplyEmptiesTheDraft: everywhere, and where the server was told of none nothing is said.
func TestAReplyEmptiesTheDraft(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.SaveDraft("A", "quick")
		c.Send("A", "quick")
		time.Sleep(time.Minute)
		synctest.Wait()
		want(t, len(drafts(s)), 0)
		c.SaveDraft("A", "slow")
		time.Sleep(time.Minute)
		c.Send("A", "slow")
		synctest.Wait()
		want(t, drafts(s), []string{"slow", ""})
		want(t, c.thread("A").Draft, "")
	})
}

// TestDraftsWhileAway: what was typed without a server is one command, also after a new start.
func TestDraftsWhileAway(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Down(0)
		for _, text := range []string{"a", "ab", "abc"} {
			c.SaveDraft("A", text)
			time.Sleep(3 * time.Second)
		}
		c.SaveDraft("A", "abcd")
		c.restart()
		s.Up()
		want(t, c.thread("A").Draft, "abcd")
		want(t, drafts(s)[len(drafts(s))-1], "abcd")
		want(t, s.Drafted("A"), "abcd")
	})
}

func TestADraftThatTheServerRefuses(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Refuse(chat.Full)
		c.SaveDraft("A", "words")
		time.Sleep(time.Minute)
		want(t, c.thread("A").Draft, "words")
		want(t, len(drafts(s)), 1)
		want(t, len(c.Picture().Status.Notices), 0)
		s.Down(0)
		s.Up()
		synctest.Wait()
		want(t, s.Drafted("A"), "words")
	})
}

// TestWordsForColleaguesStaySo: of a note that is taken back, that was refused and is kept, that the disk refuses, and
// that is only begun. The other devices are told of none.
func TestWordsForColleaguesStaySo(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		is := func(text string) {
			t.Helper()
			time.Sleep(3 * time.Second)
			if th := c.thread("A"); th.Draft != text || th.DraftKind != chat.Note {
				t.Errorf("%q as a %s, want %q as a note", th.Draft, th.DraftKind, text)
			}
			c.SaveDraft("A", "")
			if kind := c.thread("A").DraftKind; kind != chat.Reply {
				t.Errorf("nothing as a %s", kind)
			}
		}
		s.Refuse(chat.NotFound)
		c.Note("A", "refused")
		synctest.Wait()
		c.decide(engine.KeepAsDraft)
		is("refused")
		c.disk.set(nil, engine.ErrNoRoom)
		if c.Note("A", "not kept") == nil {
			t.Error("it was kept")
		}
		c.disk.set(nil, nil)
		is("not kept")
		s.Down(0)
		synctest.Wait()
		c.Note("A", "taken back")
		c.Cancel(c.thread("A").Queued[0].ID)
		is("taken back")
		c.SaveNote("A", "begun")
		c.restart()
		s.Up()
		is("begun")
		want(t, len(drafts(s)), 0)
	})
}
