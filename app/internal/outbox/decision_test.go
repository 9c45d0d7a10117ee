package outbox

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/backend/chat"
	"parley/backend/wire"
)

func TestHowACommandEnds(t *testing.T) { // Q8
	for _, c := range []struct {
		name             string
		kind             chat.CommandKind
		outcome          wire.Outcome
		id               string
		notice, decision bool
	}{
		{"done", chat.CmdReply, wire.Done, "x", false, false},
		{"nothing", chat.CmdPick, wire.Nothing, "x", false, false},
		{"held", chat.CmdReply, wire.Held, "x", false, true},
		{"refused reply", chat.CmdReply, wire.Refused, "x", false, true},
		{"refused pick", chat.CmdPick, wire.Refused, "x", true, false},
		{"held note", chat.CmdNote, wire.Held, "x", false, true},
		{"refused note", chat.CmdNote, wire.Refused, "x", false, true},
		{"held reclaim without a decision", chat.CmdReclaim, wire.Held, "x", false, true},
		{"refused draft", chat.CmdDraft, wire.Refused, "x", false, false},
		{"refused settle", chat.CmdSettle, wire.Refused, "x", true, false},
		{"refused read", chat.CmdRead, wire.Refused, "x", false, false},
		{"refused open", chat.CmdOpen, wire.Refused, "x", false, false},
		{"of another command with the number", chat.CmdReply, wire.Done, "other", false, true},
		{"of another command, cancelled here", chat.CmdNone, wire.Done, "other", false, false},
	} {
		q, d := New("dev"), disk{}
		q.Add(Entry{ID: "x", Customer: "Ada", Command: chat.Command{Kind: c.kind, Chat: "A", Text: "words"}})
		save(q, d)
		a := q.Answer(&wire.Result{Device: "dev", Number: 1, ID: c.id, Outcome: c.outcome, Problem: &wire.Problem{Kind: 33}})
		if (a.Notice != nil) != c.notice || a.Decision != c.decision || q.Len() != 0 {
			t.Errorf("%s: %+v, %d left", c.name, a, q.Len())
		}
		save(q, d)
		again, err := Load(d.read, "new")
		if err != nil || again.Len() != 0 || len(again.Decisions()) != len(q.Decisions()) {
			t.Fatalf("%s: after a restart %d commands, %d decisions, %v", c.name, again.Len(), len(again.Decisions()), err)
		}
		if c.decision {
			if got := again.Decisions()[0]; got.Text != "words" || got.Customer != "Ada" || got.Chat != "A" {
				t.Errorf("%s: the words are not kept: %+v", c.name, got)
			}
		}
	}
}

// decided is an outbox with one decision about a reply.
func decided(t *testing.T) *rig {
	r := begin(t)
	r.Add(Entry{ID: "x", Customer: "Ada", WrittenAt: 7, Command: chat.Command{Kind: chat.CmdReply, Chat: "A", Base: 3, Text: "words"}})
	r.save()
	r.online(0)
	r.ends("x", wire.Held, chat.AssignmentChange)
	r.save()
	return r
}

func answer(id string, kind chat.CommandKind) Entry {
	return Entry{ID: chat.CommandID(id), Command: chat.Command{Kind: kind, Chat: "A", Text: "words"}}
}

// is compares the one decision that there is with what it must be.
func (r *rig) is(answer chat.CommandID, problem chat.ProblemKind) {
	r.t.Helper()
	want := []*Decision{{ID: "x", Kind: chat.Reply, Chat: "A", Customer: "Ada", Text: "words", At: 7, Base: 3,
		Problem: chat.Problem{Kind: problem}, Answer: answer}}
	if diff := cmp.Diff(want, r.Decisions(), cmpopts.EquateEmpty()); diff != "" {
		r.t.Error(diff)
	}
}

// TestADecisionStandsUntilItsAnswerIsDone: through a crash at every step, and sent once.
func TestADecisionStandsUntilItsAnswerIsDone(t *testing.T) { // Q9
	for _, kind := range []chat.CommandKind{chat.CmdReclaim, chat.CmdNote} {
		r := decided(t)
		r.is("", chat.AssignmentChange)
		r.AnswerWith("x", answer("a", kind))
		r.restart() // nothing of it was on the disk
		r.is("", chat.AssignmentChange)
		if r.Len() != 0 {
			t.Fatal("half of an answer is on the disk")
		}
		r.AnswerWith("x", answer("a", kind))
		if r.AnswerWith("x", answer("b", kind)) != nil || r.Settle("x") {
			t.Error("it was answered twice")
		}
		r.save()
		r.restart()
		r.is("a", chat.AssignmentChange)
		if r.AnswerWith("x", answer("b", kind)) != nil || r.Settle("x") {
			t.Error("it was answered twice, after a new start")
		}
		r.online(1)
		if sent := r.Next(0); len(sent) != 1 || sent[0].ID != "a" {
			t.Fatalf("sent %+v", sent)
		}
		r.restart() // before the result is on the disk
		r.is("a", chat.AssignmentChange)
		r.ends("a", wire.Done, 0)
		r.save()
		r.restart()
		if len(r.Decisions()) != 0 || r.Len() != 0 {
			t.Errorf("%s: %d decisions, %d commands left", kind, len(r.Decisions()), r.Len())
		}
	}
}

func TestAnAnswerThatIsRefused(t *testing.T) { // Q9
	r := decided(t)
	for i, end := range []wire.Outcome{wire.Held, wire.Refused} {
		id := chat.CommandID(fmt.Sprint("a", i))
		r.AnswerWith("x", answer(string(id), chat.CmdReclaim))
		r.save()
		if a := r.ends(id, end, chat.AlreadyTaken); !a.Decision || a.Notice != nil {
			t.Errorf("%+v", a)
		}
		r.save()
		r.restart()
		r.is("", chat.AlreadyTaken)
	}
}

func TestAnAnswerThatTheDiskRefuses(t *testing.T) { // Q1, Q9
	r := decided(t)
	r.AnswerWith("x", answer("a", chat.CmdReclaim))
	r.Take()
	if dropped := r.Failed(); len(dropped) != 1 || dropped[0].Lost {
		t.Errorf("%+v: the words stand in the decision", dropped)
	}
	r.is("", chat.AssignmentChange)
	r.Add(reply("new", "others"))
	r.Take()
	if dropped := r.Failed(); len(dropped) != 1 || !dropped[0].Lost {
		t.Errorf("%+v: the words stand nowhere", dropped)
	}
}

func TestAnAnswerTakenBack(t *testing.T) { // Q6
	r := decided(t)
	r.Disconnected()
	r.AnswerWith("x", answer("a", chat.CmdReclaim))
	r.save()
	if _, ok := r.Cancel("a", r.newID, wire.Draft{}); !ok {
		t.Fatal("it could not be taken back")
	}
	r.is("", chat.AssignmentChange)
	if draft, here := r.Draft("A"); here {
		t.Errorf("the words stand in the decision and in the draft: %q", draft)
	}
}

// TestAnAnswerThatIsLost: the file has the mark and not the command.
func TestAnAnswerThatIsLost(t *testing.T) { // Q10
	r := decided(t)
	r.AnswerWith("x", answer("a", chat.CmdReclaim))
	r.save()
	delete(r.d[bucketCommands], numberKey(2))
	r.restart()
	r.is("", chat.FateLost)
	r.save()
	r.restart()
	r.is("", chat.FateLost)
}

func TestAnotherAgentsAnswer(t *testing.T) { // Q5
	r := decided(t)
	r.AnswerWith("x", answer("a", chat.CmdReclaim))
	r.Disown("dev-2", "bob", *chat.NewProblem(chat.NotHolder))
	r.is("", chat.NotHolder)
}
