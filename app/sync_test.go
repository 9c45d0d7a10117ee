package app

import (
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"parley/app/internal/secret"
	"parley/app/view"
	"parley/backend/chat"
	"parley/backend/wire"
)

// status is what the page is told besides lists and conversations, conversation that of chat A.
func (a *started) status() view.Status       { return a.look(view.MyChats, "").Status[0] }
func (a *started) conversation() view.Thread { return a.look(view.MyChats, "A").Thread[0] }

// TestADecisionAsThePageSeesIt: held, answered while away, and sent.
func TestADecisionAsThePageSeesIt(t *testing.T) {
	bubble(t, func(t *testing.T, a *started) {
		a.s.Wrote("A", "hello")
		a.s.Assign("A")
		a.s.Hold(chat.WindowClosed)
		synctest.Wait()
		a.Console.Send("A", "words")
		s := a.status()
		if len(s.Decisions) != 1 {
			t.Fatalf("%+v", s.Decisions)
		}
		d := s.Decisions[0]
		if d.Kind != "reply" || d.At == 0 || d.Sending || d.Problem.Kind != int(chat.WindowClosed) {
			t.Errorf("%+v", d)
		}
		want := []view.Answer{{Choice: view.ChooseSend, Problem: []view.Problem{}}, {Choice: view.ChooseNote, Problem: []view.Problem{}},
			{Choice: view.ChooseDraft, Problem: []view.Problem{}}, {Choice: view.ChooseDiscard, Problem: []view.Problem{}}}
		if diff := cmp.Diff(want, d.Answers); diff != "" {
			t.Error(diff)
		}
		a.s.Down(0)
		synctest.Wait()
		a.Console.Decide(d.Command, string(view.ChooseSend))
		s = a.status()
		if len(s.Decisions) != 1 || !s.Decisions[0].Sending || s.Outbox != 1 {
			t.Errorf("%+v, %d queued", s.Decisions, s.Outbox)
		}
		wantQueued := []view.Queued{{Command: s.Queued[0].Command, Kind: "reclaim", Chat: "A", Customer: "Customer A", Text: "words",
			At: s.Queued[0].At, Cancellable: true}}
		if diff := cmp.Diff(wantQueued, s.Queued); diff != "" {
			t.Error(diff)
		}
		if n := said(a.conversation(), "words"); n != "queued" {
			t.Errorf("the words stand there as %q", n)
		}
		if m := a.conversation().Messages; !a.Console.Cancel(m[len(m)-1].Command) {
			t.Error("an answer cannot be taken back where its words stand")
		}
		if s = a.status(); len(s.Decisions) != 1 || s.Decisions[0].Sending {
			t.Errorf("%+v", s.Decisions)
		}
		a.Console.Decide(d.Command, string(view.ChooseSend))
		a.s.Up()
		if s = a.status(); len(s.Decisions) != 0 || len(s.Queued) != 0 {
			t.Errorf("%+v %+v", s.Decisions, s.Queued)
		}
		if n := said(a.conversation(), "words"); n != "accepted" {
			t.Errorf("the words stand there as %q", n)
		}
	})
}

// said are the states of the messages with a text.
func said(th view.Thread, text string) string {
	var l []string
	for _, m := range th.Messages {
		if m.Text == text {
			l = append(l, m.State)
		}
	}
	return strings.Join(l, " ")
}

func TestANoteAsThePageSeesIt(t *testing.T) {
	bubble(t, func(t *testing.T, a *started) {
		a.s.Wrote("A", "hello")
		a.s.Assign("A")
		synctest.Wait()
		if p := a.Console.Note("A", " "); len(p) != 1 || p[0].Kind != int(chat.EmptyText) {
			t.Errorf("%+v", p)
		}
		a.s.Down(0)
		synctest.Wait()
		if p := a.Console.Note("A", "for us"); len(p) != 0 {
			t.Fatalf("%+v", p)
		}
		m := a.conversation().Messages
		if last := m[len(m)-1]; last.Kind != "note" || last.State != "queued" || last.Text != "for us" || !last.Mine {
			t.Errorf("%+v", last)
		}
		if !a.Console.Cancel(a.status().Queued[0].Command) {
			t.Error("it could not be taken back")
		}
		if th := a.conversation(); said(th, "for us") != "" || th.Draft != "for us" || th.DraftKind != "note" {
			t.Errorf("draft %q as a %s", th.Draft, th.DraftKind)
		}
		a.Console.SaveDraft("A", "for the customer", 0)
		if th := a.conversation(); th.DraftKind != "reply" {
			t.Errorf("draft %q as a %s", th.Draft, th.DraftKind)
		}
		a.Console.SaveNote("A", "for us", 0)
		if th := a.conversation(); th.Draft != "for us" || th.DraftKind != "note" {
			t.Errorf("draft %q as a %s", th.Draft, th.DraftKind)
		}
	})
}

func TestTroublesAsThePageSeesThem(t *testing.T) {
	bubble(t, func(t *testing.T, a *started) {
		if s := a.status(); len(s.Troubles) != 0 || s.Troubles == nil || s.NextTryAt != 0 {
			t.Errorf("%+v", s)
		}
		a.s.Close(wire.CloseServerBusy, chat.NoRoom)
		if diff := cmp.Diff([]view.Trouble{{Code: view.ServerFull, Args: []string{}}}, a.status().Troubles); diff != "" {
			t.Error(diff)
		}
		a.s.Reachable()
		a.Console.TryNow()
		if s := a.status(); len(s.Troubles) != 0 || s.Phase != view.Current {
			t.Errorf("%+v", s)
		}
	})
}

// TestAKeychainThatIsUnlockedLate: the server knows the token that was given no more, and the one that it gave in its
// place lies in the keychain.
func TestAKeychainThatIsUnlockedLate(t *testing.T) {
	bubble(t, func(t *testing.T, a *started) {
		locked := secret.Locked
		a.Console.keychain.Store(&locked)
		synctest.Wait()
		a.s.Down(wire.CloseRevoked)
		if s := a.status(); s.Phase != view.SignedOut || s.Keychain != "locked" {
			t.Errorf("%s, keychain %q", s.Phase, s.Keychain)
		}
		a.s.Reachable()
		a.keychain <- []string{"new", "given"}
		if s := a.status(); s.Phase != view.Current || s.Keychain != "" {
			t.Errorf("%s, keychain %q", s.Phase, s.Keychain)
		}
		if use, _ := a.s.Tokens(); strings.Join(use, " ") != "new given" {
			t.Errorf("signs in with %q", use)
		}
	})
}
