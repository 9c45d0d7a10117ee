package outbox

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/wire"
)

func TestNothingIsShownOrSentBeforeItIsOnTheDisk(t *testing.T) { // Q1
	q, d := New("dev"), disk{}
	save(q, d)
	q.Welcomed("me", 0, ids())
	save(q, d)
	q.Add(reply("a", "hello"))
	if len(q.Of("A")) != 0 || len(q.Next(0)) != 0 {
		t.Fatal("shown or sent before it was saved")
	}
	b := q.Take()
	if len(q.Of("A")) != 0 || len(q.Next(0)) != 0 {
		t.Fatal("shown or sent while it is being saved")
	}
	d.apply(b)
	q.Saved()
	if len(q.Of("A")) != 1 {
		t.Error("not shown")
	}
	if diff := cmp.Diff([]int64{1}, numbers(q.Next(0))); diff != "" {
		t.Error(diff)
	}
	if len(q.Next(0)) != 0 {
		t.Error("sent twice on one connection")
	}
}

func TestSentAgainInOrderAfterReconnect(t *testing.T) { // Q3
	q, d := New("dev"), disk{}
	for i := range 5 {
		q.Add(reply(fmt.Sprint("r", i), "x"))
	}
	save(q, d)
	for range 3 {
		q.Welcomed("me", 2, ids())
		save(q, d)
		if diff := cmp.Diff([]int64{1, 2, 3, 4, 5}, numbers(q.Next(0))); diff != "" {
			t.Fatal(diff)
		}
		q.Disconnected()
		if len(q.Next(0)) != 0 {
			t.Fatal("sent without a connection")
		}
	}
	q.Welcomed("me", 2, ids())
	q.Next(0)
	q.Refetch(4, ids())
	if diff := cmp.Diff([]int64{4, 5}, numbers(q.Next(0))); diff != "" {
		t.Error(diff)
	}
}

func TestAtMostMaxUnacked(t *testing.T) { // Q3
	q, d := New("dev"), disk{}
	for i := range wire.MaxUnacked + 10 {
		q.Add(reply(fmt.Sprint("r", i), "x"))
	}
	q.Welcomed("me", 0, ids())
	save(q, d)
	if n := len(q.Next(0)); n != wire.MaxUnacked {
		t.Fatalf("%d sent", n)
	}
	q.Answer(&wire.Result{Device: "dev", Number: 1, ID: "r0", Outcome: wire.Done})
	if diff := cmp.Diff([]int64{wire.MaxUnacked + 1}, numbers(q.Next(0))); diff != "" {
		t.Error(diff)
	}
}

func TestAge(t *testing.T) {
	q, d := New("dev"), disk{}
	q.Add(reply("a", "x"))
	q.Welcomed("me", 0, ids())
	save(q, d)
	if c := q.Next(61_000)[0]; c.AgeMillis != 60_000 {
		t.Errorf("age %d", c.AgeMillis)
	}
	q.Welcomed("me", 0, ids())
	if c := q.Next(5)[0]; c.AgeMillis != 0 {
		t.Errorf("age %d where the clock was set back", c.AgeMillis)
	}
}

func TestUnsentReadsBecomeOne(t *testing.T) { // Q7
	q, d := New("dev"), disk{}
	q.Add(read("a", 3))
	save(q, d)
	q.Add(read("b", 7))
	save(q, d)
	if got := q.Of("A"); len(got) != 1 || got[0].Command.UpTo != 7 || got[0].Inbounds != 7 || got[0].ID != "a" {
		t.Fatalf("%+v", got)
	}
	q.Add(reply("c", "x"))
	q.Add(read("d", 8))
	q.Welcomed("me", 0, ids())
	save(q, d)
	q.Add(read("e", 9))
	if q.Len() != 4 {
		t.Errorf("%d commands, want 4: across a reply, and once tried, nothing is merged", q.Len())
	}
}

func TestResultsOfOthersAreIgnored(t *testing.T) {
	q := New("dev")
	q.Add(reply("x", "words"))
	for _, r := range []wire.Result{{Device: "other", Number: 1, ID: "x", Outcome: wire.Done}, {Device: "dev", Number: 9, ID: "x"}} {
		if a := q.Answer(&r); a.Entry != nil {
			t.Errorf("%+v ended a command", r)
		}
	}
}

func TestCancel(t *testing.T) { // Q6
	q, d := New("dev"), disk{}
	q.Add(reply("a", "first"))
	q.Add(reply("b", "second"))
	save(q, d)
	none, ok := q.Cancel("a", ids(), wire.Draft{})
	if !ok || q.OnDisk(none) {
		t.Fatal("a reply that was never sent could not be cancelled")
	}
	if draft, _ := q.Draft("A"); draft != "first" {
		t.Errorf("the words are gone: draft %q", draft)
	}
	q.Welcomed("me", 0, ids())
	save(q, d)
	if sent := q.Next(0); len(sent) != 2 || sent[0].Kind != "none" || sent[0].Number != 1 || sent[0].Text != "" || sent[1].Text != "second" {
		t.Errorf("%+v", sent)
	}
	if _, ok := q.Cancel("b", ids(), wire.Draft{}); ok {
		t.Error("a reply that may have been sent was cancelled")
	}
}

// TestAServerPutBack: it knows fewer of the device's commands than have ended here.
func TestAServerPutBack(t *testing.T) { // Q4
	q, d := New("dev"), disk{}
	for i := range int64(5) {
		q.Add(reply(fmt.Sprint("r", i), "x"))
		q.Answer(&wire.Result{Device: "dev", Number: i + 1, ID: fmt.Sprint("r", i), Outcome: wire.Done})
	}
	q.Add(reply("last", "words"))
	q.Welcomed("me", 3, ids())
	save(q, d)
	sent := q.Next(0)
	if diff := cmp.Diff([]int64{4, 5, 6}, numbers(sent)); diff != "" {
		t.Fatal(diff)
	}
	if sent[0].Kind != "none" || sent[1].Kind != "none" || sent[2].ID != "last" {
		t.Errorf("%+v", sent)
	}
}

// TestAServerPutBackWhileConnected: what it asks for again goes out on the same connection.
func TestAServerPutBackWhileConnected(t *testing.T) { // Q4
	q, d := New("dev"), disk{}
	q.Welcomed("me", 0, ids())
	q.Add(reply("a", "x"))
	q.Answer(&wire.Result{Device: "dev", Number: 1, ID: "a", Outcome: wire.Done})
	q.Add(reply("b", "words"))
	save(q, d)
	q.Next(0)
	q.Refetch(1, ids())
	save(q, d)
	if diff := cmp.Diff([]int64{1, 2}, numbers(q.Next(0))); diff != "" {
		t.Error(diff)
	}
}

// TestAnOutboxPutBack: the server knows numbers that this outbox has not given yet.
func TestAnOutboxPutBack(t *testing.T) { // Q2
	q := New("dev")
	q.Welcomed("me", 9, ids())
	if e := q.Add(reply("x", "words")); e.Number != 10 {
		t.Errorf("number %d was used before", e.Number)
	}
}

func TestAnotherAgentsCommandsDoNotGoOut(t *testing.T) { // Q5
	q, d := New("dev"), disk{}
	q.Welcomed("ada", 0, ids())
	q.Add(reply("x", "ada's words"))
	q.Add(Entry{ID: "p", Command: chat.Command{Kind: chat.CmdPick, Chat: "B"}})
	save(q, d)
	q.Disconnected()
	if q.Welcomed("bob", 0, ids()) || len(q.Next(0)) != 0 {
		t.Fatal("another agent's commands may go out")
	}
	q.Disown("dev-2", "bob", *chat.NewProblem(chat.NotHolder))
	save(q, d)
	again, err := Load(d.read, "unused")
	if err != nil {
		t.Fatal(err)
	}
	if again.Device() != "dev-2" || again.Len() != 0 || len(again.Decisions()) != 1 || again.Decisions()[0].Text != "ada's words" {
		t.Errorf("%+v", again)
	}
}

func TestFailedDropsOnlyWhatNobodySaw(t *testing.T) { // Q1
	q, d := New("dev"), disk{}
	q.Add(reply("kept", "x"))
	save(q, d)
	q.SetDraft("B", "draft", wire.Draft{})
	q.Add(reply("new", "y"))
	q.Take()
	q.Add(reply("newer", "z"))
	var dropped []chat.CommandID
	for _, e := range q.Failed() {
		dropped = append(dropped, e.ID)
	}
	if diff := cmp.Diff([]chat.CommandID{"newer", "new"}, dropped); diff != "" {
		t.Error(diff)
	}
	if e := q.Add(reply("again", "w")); e.Number != 2 {
		t.Errorf("the free number was not used: %d", e.Number)
	}
	save(q, d)
	again, err := Load(d.read, "unused")
	draft, _ := again.Draft("B")
	if err != nil || again.Len() != 2 || draft != "draft" {
		t.Errorf("%d commands, draft %q, %v", again.Len(), draft, err)
	}
}

func TestFailedKeepsWhatIsPromised(t *testing.T) { // Q2
	q, d := New("dev"), disk{}
	for i := range int64(3) {
		q.Add(reply(fmt.Sprint("r", i), "x"))
		q.Answer(&wire.Result{Device: "dev", Number: i + 1, ID: fmt.Sprint("r", i), Outcome: wire.Done})
	}
	q.Add(reply("promised", "words"))
	save(q, d)
	q.Welcomed("me", 1, ids()) // 2 and 3 are to be filled in before it
	q.Take()
	if dropped := q.Failed(); len(dropped) != 0 {
		t.Fatalf("dropped %+v", dropped)
	}
	save(q, d)
	if diff := cmp.Diff([]int64{2, 3, 4}, numbers(q.Next(0))); diff != "" {
		t.Error(diff)
	}
}

// TestAHoleAmongTheCommands: a number that nothing has is asked for and used up, also between others. Were it not, the
// server would ask for it for ever.
func TestAHoleAmongTheCommands(t *testing.T) { // Q4
	r := begin(t)
	for i := range 4 {
		r.Add(reply(fmt.Sprint("r", i), "words"))
	}
	r.save()
	delete(r.d[bucketCommands], numberKey(3))
	r.restart()
	r.online(0)
	if diff := cmp.Diff([]int64{1, 2, 3, 4}, numbers(r.Next(0))); diff != "" {
		t.Error(diff)
	}
}

func TestEveryKindThatWasNotSentIsTakenBack(t *testing.T) { // Q6
	for kind, can := range map[chat.CommandKind]bool{
		chat.CmdPick: true, chat.CmdReply: true, chat.CmdNote: true, chat.CmdReclaim: true, chat.CmdSettle: true,
		chat.CmdAvailable: true, chat.CmdOpen: false, chat.CmdRead: false, chat.CmdDraft: false, chat.CmdNone: false,
	} {
		r := begin(t)
		r.Add(Entry{ID: "x", Command: chat.Command{Kind: kind, Chat: "A", Text: "words"}})
		r.save()
		if _, ok := r.Cancel("x", r.newID, wire.Draft{}); ok != can {
			t.Errorf("%s: taken back is %v", kind, ok)
		}
		_, words := (&Entry{Command: chat.Command{Kind: kind}}).Words()
		if draft, _ := r.Draft("A"); (draft == "words") != words {
			t.Errorf("%s: draft %q", kind, draft)
		}
		r.online(0)
		sent := r.Next(0)
		if len(sent) != 1 || (sent[0].Kind == string(chat.CmdNone)) != (can || kind == chat.CmdNone) {
			t.Errorf("%s: sent %+v", kind, sent)
		}
	}
}

func TestWithAPickGoesItsOpening(t *testing.T) { // Q6
	r := begin(t)
	r.Add(Entry{ID: "p", Command: chat.Command{Kind: chat.CmdPick, Chat: "A", Assignment: 3}})
	r.Add(Entry{ID: "o", Command: chat.Command{Kind: chat.CmdOpen, Chat: "A", Assignment: 4}})
	r.Add(Entry{ID: "other", Command: chat.Command{Kind: chat.CmdOpen, Chat: "B", Assignment: 4}})
	r.Cancel("p", r.newID, wire.Draft{})
	if diff := cmp.Diff([]string{"none", "none", "open"}, r.kinds()); diff != "" {
		t.Error(diff)
	}
}

// TestWhatAnAgentKnowsOf: what is on the disk, in order, without what comes by itself.
func TestWhatAnAgentKnowsOf(t *testing.T) {
	r := begin(t)
	for i, kind := range []chat.CommandKind{chat.CmdPick, chat.CmdOpen, chat.CmdRead, chat.CmdReply, chat.CmdDraft, chat.CmdNote} {
		r.Add(Entry{ID: chat.CommandID(fmt.Sprint(i)), Command: chat.Command{Kind: kind, Chat: "A"}})
	}
	if len(r.Told(9)) != 0 {
		t.Error("told before it is on the disk")
	}
	r.save()
	var got []chat.CommandKind
	for _, e := range r.Told(9) {
		got = append(got, e.Command.Kind)
	}
	if diff := cmp.Diff([]chat.CommandKind{chat.CmdPick, chat.CmdReply, chat.CmdNote}, got); diff != "" || len(r.Told(2)) != 2 {
		t.Error(diff)
	}
}

// TestTheEpochOutlivesTheCache: a command that is given before the server has spoken again.
func TestTheEpochOutlivesTheCache(t *testing.T) { // Q16
	r := begin(t)
	for _, epoch := range []string{"e1", "", "e2"} {
		r.Add(Entry{ID: r.newID(), Epoch: epoch, Command: chat.Command{Kind: chat.CmdAvailable}})
	}
	r.save()
	r.restart()
	r.Add(Entry{ID: r.newID(), Command: chat.Command{Kind: chat.CmdAvailable}})
	var got []string
	for _, e := range r.entries {
		got = append(got, e.Epoch)
	}
	if diff := cmp.Diff([]string{"e1", "e1", "e2", "e2"}, got); diff != "" {
		t.Error(diff)
	}
}
