package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"parley/app/internal/engine"
	"parley/app/internal/linktest"
	"parley/backend/chat"
)

func TestHeldAndDecided(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		for _, text := range []string{"one", "two", "three"} {
			s.Hold(chat.WindowClosed)
			c.Send("A", text)
			synctest.Wait()
		}
		want(t, c.words("A"), []string{"hello", "held:one", "held:two", "held:three"})
		c.restart()
		want(t, c.words("A"), []string{"hello", "held:one", "held:two", "held:three"})
		d := c.Picture().Status.Decisions
		if len(d) != 3 || d[0].Problem.Kind != chat.WindowClosed || d[0].Customer != "Customer A" {
			t.Fatalf("%+v", d)
		}
		c.SaveDraft("A", "begun")
		c.Decide(d[0].ID, engine.SendAnew)
		c.Decide(d[1].ID, engine.KeepAsDraft)
		c.Decide(d[2].ID, engine.Discard)
		c.Decide(d[2].ID, "nonsense")
		want(t, c.words("A"), []string{"hello", "one"})
		want(t, c.thread("A").Draft, "begun\ntwo")
		want(t, len(c.Picture().Status.Decisions), 0)
	})
}

func TestAChatThatGoesAwayKeepsItsWords(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.thread("A")
		s.Down(0)
		c.Send("A", "words")
		s.Take("A", "Bob")
		s.Hold(chat.AssignmentChange)
		s.Up()
		want(t, c.words("A"), []string{"hello", "held:words"})
		th := c.thread("A")
		if th.Left == nil || th.GoneTo != "Bob" {
			t.Errorf("%+v", th)
		}
		d := c.Picture().Status.Decisions
		want(t, possible(d[0]), "send:20 note draft:22 discard")
		for _, choice := range []engine.Choice{engine.SendAnew, engine.KeepAsDraft} {
			c.Decide(d[0].ID, choice)
			synctest.Wait()
		}
		if n := len(c.Picture().Status.Decisions); n != 1 {
			t.Error("words that could not be sent anew are gone")
		}
		if n := c.Picture().Status.Notices; len(n) != 2 || n[0].Problem.Kind != chat.AlreadyTaken || n[0].Problem.Args[0] != "Bob" {
			t.Errorf("%+v", n)
		}
	})
}

// possible are the answers to a decision, each with why it cannot be given.
func possible(d engine.Decision) string {
	var l []string
	for _, a := range d.Answers {
		s := string(a.Choice)
		if a.Picks {
			s += "+pick"
		}
		if a.Problem != nil {
			s += fmt.Sprint(":", int(a.Problem.Kind))
		}
		l = append(l, s)
	}
	return strings.Join(l, " ")
}

// heldWords leaves a decision about a reply.
func heldWords(t *testing.T, f func(t *testing.T, c *console, s *linktest.Server)) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Hold(chat.TooOld)
		c.Send("A", "words")
		synctest.Wait()
		want(t, possible(c.Picture().Status.Decisions[0]), "send note draft discard")
		f(t, c, s)
	})
}

// decide answers the one decision that there is.
func (c *console) decide(what engine.Choice) {
	c.t.Helper()
	d := c.Picture().Status.Decisions
	if len(d) != 1 {
		c.t.Fatalf("%d decisions", len(d))
	}
	c.Decide(d[0].ID, what)
	synctest.Wait()
}

// TestPickBackAndSend: the chat went back into the queue meanwhile.
func TestPickBackAndSend(t *testing.T) {
	heldWords(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Return("A")
		s.Wrote("A", "hello?")
		synctest.Wait()
		want(t, possible(c.Picture().Status.Decisions[0]), "send+pick note draft discard")
		c.decide(engine.SendAnew)
		want(t, len(c.Picture().Status.Decisions), 0)
		want(t, c.words("A"), []string{"hello", "hello?", "words"})
		if base := s.Commands[len(s.Commands)-1].Base; base != 2 {
			t.Errorf("base %d: who decides has seen both messages", base)
		}
		if list, _ := c.row("A"); list != "my" {
			t.Errorf("it is in %q", list)
		}
	})
}

// TestAnAnswerStandsUntilTheServerHasIt: offline, over a new start, and once.
func TestAnAnswerStandsUntilTheServerHasIt(t *testing.T) {
	heldWords(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Down(0)
		c.decide(engine.SendAnew)
		c.restart()
		c.decide(engine.SendAnew)
		c.decide(engine.Discard)
		st := c.Picture().Status
		if len(st.Decisions) != 1 || st.Decisions[0].Answer == "" || len(st.Queued) != 1 || st.Queued[0].Command.Kind != chat.CmdReclaim {
			t.Fatalf("%+v", st)
		}
		if base := st.Queued[0].Command.Base; base != 1 {
			t.Errorf("base %d of the one message that was seen", base)
		}
		s.Up()
		synctest.Wait()
		want(t, len(c.Picture().Status.Decisions), 0)
		want(t, s.Replies(), "words")
	})
}

func TestAnAnswerThatIsHeldAgain(t *testing.T) {
	heldWords(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Hold(chat.WindowClosed)
		c.decide(engine.SendAnew)
		d := c.Picture().Status.Decisions
		if len(d) != 1 || d[0].Answer != "" || d[0].Problem.Kind != chat.WindowClosed {
			t.Fatalf("%+v", d)
		}
		s.Down(0)
		synctest.Wait()
		c.decide(engine.SendAnew)
		if !c.Cancel(c.Picture().Status.Queued[0].ID) {
			t.Error("an answer that was not sent could not be taken back")
		}
		s.Up()
		c.decide(engine.AsNote)
		want(t, len(c.Picture().Status.Decisions), 0)
		want(t, s.Replies(), "")
		if m := c.thread("A").Messages; m[len(m)-1].Kind != chat.Note || m[len(m)-1].Text != "words" {
			t.Errorf("%+v", m)
		}
	})
}

func TestNotes(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		for text, kind := range map[string]chat.ProblemKind{" \n": chat.EmptyText, strings.Repeat("ä", chat.MaxText+1): chat.TooLong} {
			if p := c.Note("A", text); p == nil || p.Kind != kind {
				t.Errorf("%.9q: %v", text, p)
			}
		}
		if p := c.Note("unknown", "x"); p == nil || p.Kind != chat.NotFound {
			t.Errorf("of a chat that is not here: %v", p)
		}
		s.Down(0)
		if p := c.Note("A", "for us"); p != nil {
			t.Fatal(p)
		}
		want(t, c.words("A"), []string{"hello", "queued:for us"})
		if _, r := c.row("A"); r.OpenedAt != 0 || c.Picture().My[0].ReplyQueued {
			t.Errorf("a note opens or answers: %+v", r)
		}
		s.Up()
		want(t, c.words("A"), []string{"hello", "for us"})
		s.Refuse(chat.NotFound)
		c.Note("A", "refused")
		synctest.Wait()
		d := c.Picture().Status.Decisions
		if len(d) != 1 || d[0].Kind != chat.Note || d[0].Text != "refused" {
			t.Fatalf("%+v", d)
		}
		want(t, possible(d[0]), "note draft discard")
	})
}

func TestAPickIsTakenBack(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		start(t, disk, s).stop()
		s.Down(0)
		c := start(t, disk, s)
		defer c.stop()
		c.Pick("A", true)
		synctest.Wait()
		q := c.Picture().Status.Queued
		if len(q) != 1 || !c.Picture().Queue[0].PickQueued || !c.Cancel(q[0].ID) {
			t.Fatalf("%+v", q)
		}
		s.Up()
		if list, _ := c.row("A"); list != "queue" || c.Picture().Queue[0].PickQueued || len(s.Applied) != 2 {
			t.Errorf("in %s, %+v", list, s.Applied)
		}
	})
}

func TestCancel(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.thread("A")
		s.Down(0)
		synctest.Wait()
		c.Send("A", "no")
		c.Send("A", "yes")
		queued := c.thread("A").Queued
		if !c.Cancel(queued[0].ID) || c.Cancel(queued[0].ID) || c.Cancel("unknown") {
			t.Error("what can be cancelled")
		}
		want(t, c.words("A"), []string{"hello", "queued:yes"})
		want(t, c.Picture().Status.Outbox, 1)
		s.Up()
		want(t, c.words("A"), []string{"hello", "yes"})
		want(t, s.Replies(), "yes")
		want(t, c.thread("A").Draft, "no")
	})
}
