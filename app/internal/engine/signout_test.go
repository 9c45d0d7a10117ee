package engine_test

import (
	"testing"
	"testing/synctest"

	"parley/app/internal/linktest"
	"parley/app/internal/record"
	"parley/app/view"
	"parley/backend/chat"
	"parley/backend/wire"
)

// TestSigningOutLeavesNothingToRead: neither on the screen nor in the cache; what was begun stays for the agent who has
// begun it, who is told before.
func TestSigningOutLeavesNothingToRead(t *testing.T) {
	k := &keychain{kept: []string{"token"}}
	withKeychain(t, k, func(t *testing.T, c *console, s *linktest.Server) {
		s.Wrote("A", "a secret")
		s.Wrote("Q", "another")
		s.Assign("A")
		c.Looking("A", true)
		c.thread("A")
		c.SaveNote("A", "for us")
		synctest.Wait()
		want(t, c.Picture().Status.Drafts, 1)
		p := c.SignOut(0)
		if p == nil || p.Kind != chat.OnlyHere || p.Args[0] != "1" || len(s.Heard(chat.CmdSignOut)) != 0 {
			t.Fatalf("with words that nobody was told of: %v", p)
		}
		if p := c.SignOut(1); p != nil {
			t.Fatal(p)
		}
		synctest.Wait()
		if st := c.Picture().Status; st.Phase != "signed_out" || st.Agent.ID != "" || st.LastChat != "" || len(k.kept) != 0 {
			t.Errorf("%+v, %q", st, k.kept)
		}
		want(t, c.mine()+"|"+c.inQueue(), "|")
		want(t, c.left("A"), "here false, 0 messages")
		for _, bucket := range []string{"meta", "chats", "messages", "customers", "identities", "histories", "screen"} {
			if l, err := c.disk.Read(record.Cache, bucket, ""); len(l) > 0 && bucket != "meta" || err != nil {
				t.Errorf("%s still holds %d records, %v", bucket, len(l), err)
			}
		}
		if rows, _ := c.FindChats("customer", true); len(rows) != 0 {
			t.Error("a chat is found")
		}
		s.Use("new token")
		c.restart()
		if th := c.thread("A"); th.Draft != "for us" || th.DraftKind != chat.Note {
			t.Errorf("signed in again: %q as a %s", th.Draft, th.DraftKind)
		}
	})
}

// TestATokenThatComesAfterSigningOut is not used: of a keychain that was unlocked late, and of an offer that waits for it.
func TestATokenThatComesAfterSigningOut(t *testing.T) {
	k := &keychain{kept: []string{"token"}}
	withKeychain(t, k, func(t *testing.T, c *console, s *linktest.Server) {
		offer(s, "offered") // nobody unlocks the keychain
		if p := c.SignOut(0); p != nil {
			t.Fatal(p)
		}
		c.UseTokens([]string{"late"})
		synctest.Wait()
		if use, _ := s.Tokens(); len(use) != 0 || len(k.kept) != 0 || c.Picture().Status.Phase != "signed_out" {
			t.Errorf("%q, %q, %s", use, k.kept, c.Picture().Status.Phase)
		}
	})
}

// TestSigningOutThatIsConfirmedLate: the person was told that it may still take effect, and then it does.
func TestSigningOutThatIsConfirmedLate(t *testing.T) {
	for _, lost := range []bool{false, true} {
		k := &keychain{kept: []string{"token"}}
		withKeychain(t, k, func(t *testing.T, c *console, s *linktest.Server) {
			s.Wrote("A", "a secret")
			s.Assign("A")
			synctest.Wait()
			s.Mute()
			if p := c.SignOut(0); p == nil || p.Kind != chat.NotConfirmed {
				t.Fatal(p)
			}
			want(t, c.mine(), "A")
			if lost {
				s.Down(wire.CloseRevoked) // it did as asked, and its answer was lost
			} else {
				s.Speak()
				s.Down(0)
				s.Up()
			}
			synctest.Wait()
			want(t, c.mine(), "")
			if len(k.kept) != 0 || !lost && c.Picture().Status.Phase != "signed_out" {
				t.Errorf("lost %t: %s, %q", lost, c.Picture().Status.Phase, k.kept)
			}
		})
	}
}

// TestALateRefusalIsTold: what was not confirmed in time is listed, a token that may be the agent's yet is shown, and
// what comes of it is told.
func TestALateRefusalIsTold(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Mute()
		token, p := c.PutAgent(view.AgentSet{Name: "New", NewToken: true})
		if token == "" || p == nil || p.Kind != chat.NotConfirmed {
			t.Errorf("%q, %v", token, p)
		}
		if l := c.Picture().Status.Queued; len(l) != 1 || l[0].Command.Kind != chat.CmdPutAgent || !l[0].Tried {
			t.Errorf("%+v", l)
		}
		s.Speak()
		s.Refuse(chat.Duplicate)
		s.Down(0)
		s.Up()
		synctest.Wait()
		if l := c.Picture().Status.Notices; len(l) != 1 || l[0].Problem.Kind != chat.Duplicate || l[0].Command != chat.CmdPutAgent {
			t.Errorf("%+v", l)
		}
	})
}

// TestAnotherAgentsWords: who signs in on a colleague's machine is told whose the held words are, and does not see what
// that one has begun.
func TestAnotherAgentsWords(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Company(wire.Change{Agent: &wire.Agent{ID: linktest.Agent, Name: "Me"}})
		synctest.Wait()
		s.Down(0)
		synctest.Wait()
		c.Send("A", "words")
		c.SaveNote("A", "begun")
		c.stop()
		s.Be("agent-2")
		s.Up()
		*c = *start(t, c.disk, s)
		synctest.Wait()
		d := c.Picture().Status.Decisions
		if len(d) != 1 || d[0].Problem.Kind != chat.OtherAgent || len(d[0].Problem.Args) != 1 || d[0].Problem.Args[0] != "Me" {
			t.Errorf("%+v", d)
		}
		want(t, c.Picture().Status.Drafts, 0)
	})
}

// tells looks away, so that the server is told what was written.
func (c *console) tells() {
	c.Looking("A", true)
	c.Looking("", false)
	synctest.Wait()
}

// TestATextUponAnOlderDraft: words of another device came a moment before the page's, which had not seen them.
func TestATextUponAnOlderDraft(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		seen := c.thread("A").DraftSeen
		s.Draft("A", "theirs")
		synctest.Wait()
		if c.thread("A").DraftSeen <= seen {
			t.Fatal("the page cannot tell what it has seen")
		}
		c.Engine.SaveDraft("A", "mine", seen)
		c.tells()
		want(t, s.Drafted("A"), "theirs\nmine")
		want(t, c.thread("A").Draft, "theirs\nmine")
		c.Engine.SaveDraft("A", "theirs\nmine, and more", c.thread("A").DraftSeen)
		c.tells()
		want(t, s.Drafted("A"), "theirs\nmine, and more")
	})
}

// TestAReplyLeavesWordsThatItDoesNotSay: they came from another device when it was sent.
func TestAReplyLeavesWordsThatItDoesNotSay(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		seen := c.thread("A").DraftSeen
		s.Draft("A", "theirs")
		synctest.Wait()
		if p := c.Send("A", "mine"); p != nil {
			t.Fatal(p)
		}
		c.Engine.SaveDraft("A", "", seen) // the page empties its box
		c.tells()
		want(t, c.thread("A").Draft, "theirs")
		want(t, s.Drafted("A"), "theirs")
		c.Send("A", "theirs, and mine")
		synctest.Wait()
		want(t, s.Drafted("A"), "")
	})
}
