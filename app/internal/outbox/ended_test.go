package outbox

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/wire"
)

// TestAnEndIsOnTheDiskWithItsCommand: wherever the console is killed, either the command waits or its end is told.
func TestAnEndIsOnTheDiskWithItsCommand(t *testing.T) { // Q21
	r := begin(t)
	r.online(0)
	r.Add(Entry{ID: "x", Customer: "C", Inbounds: -1, Command: chat.Command{Kind: chat.CmdTransfer, Team: "support",
		Text: "for you", Chats: []chat.Place{{Chat: "A", Assignment: 1}, {Chat: "B", Assignment: 2}}}})
	r.save()
	a := r.ends("x", wire.Done, 0)
	want := &Ended{Entry: a.Entry, To: "Bob", Done: 1, UndoUntil: 70,
		Failed: []Failed{{Chat: "B", Customer: "Customer B", Problem: *chat.NewProblem(chat.Full, "1", "1")}}}
	r.KeepEnded(want)
	r.Queue.Take()
	r.restart()
	if len(r.Ended()) != 0 || r.Len() != 1 {
		t.Fatalf("killed before it was written: %d ends, %d commands", len(r.Ended()), r.Len())
	}
	r.online(0)
	r.ends("x", wire.Done, 0)
	r.KeepEnded(want)
	r.save()
	r.restart()
	if diff := cmp.Diff([]*Ended{want}, r.Ended()); diff != "" || r.Len() != 0 {
		t.Errorf("%s, %d commands", diff, r.Len())
	}
	r.ForgetEnded("y")
	r.ForgetEnded("x")
	r.save()
	r.restart()
	if len(r.Ended()) != 0 {
		t.Error("dismissed, and there again")
	}
}

func TestTheNewestEndsAreKept(t *testing.T) { // Q21
	r := begin(t)
	for i := range MaxEnded + 5 {
		r.KeepEnded(&Ended{Entry: &Entry{Number: int64(i + 1), ID: chat.CommandID(fmt.Sprint(i))}})
		r.save()
	}
	r.restart()
	if l := r.Ended(); len(l) != MaxEnded || l[0].ID != "5" || len(r.d[bucketEnded]) != MaxEnded {
		t.Errorf("%d are kept, from %s; %d on the disk", len(l), l[0].ID, len(r.d[bucketEnded]))
	}
	r.Welcomed("ada", 0, r.newID)
	r.Disown("dev-2", "bob", *chat.NewProblem(chat.OtherAgent))
	r.save()
	if r.restart(); len(r.Ended()) != 0 || len(r.d[bucketEnded]) != 0 {
		t.Error("another agent is told of them")
	}
}

// TestDraftsAreTheirAgents: who signs in on the machine of another neither sees what that one has begun nor throws it
// away.
func TestDraftsAreTheirAgents(t *testing.T) { // Q19
	r := begin(t)
	none := wire.Draft{}
	r.Welcomed("ada", 0, r.newID)
	r.SetDraft("A", "ada's", none)
	r.SetNote("B", "ada's note", none)
	r.save()
	r.Disown("dev-2", "bob", *chat.NewProblem(chat.OtherAgent))
	r.save()
	r.restart()
	if _, here := r.Draft("A"); here || r.OnlyHere() != 0 || len(r.Unsynced()) != 0 {
		t.Error("bob has ada's draft")
	}
	r.SetDraft("A", "bob's", none)
	r.Disown("dev-3", "ada", *chat.NewProblem(chat.OtherAgent))
	r.save()
	r.restart()
	a, _ := r.Draft("A")
	b, _ := r.Draft("B")
	if a != "ada's" || b != "ada's note" || r.DraftKind("B") != chat.Note || r.OnlyHere() != 2 || len(r.Unsynced()) != 1 {
		t.Errorf("%q, %q, %d, to be told: %q", a, b, r.OnlyHere(), r.Unsynced())
	}
	if len(r.d[bucketOthers]) != 1 {
		t.Errorf("put away: %q", r.d[bucketOthers])
	}
}

// TestATextUponAnOlderDraft: the page had not seen what came from another device a moment ago, so the server is told so.
func TestATextUponAnOlderDraft(t *testing.T) { // Q20
	r := begin(t)
	r.online(0)
	theirs := wire.Draft{Chat: "A", Text: "theirs", Revision: 7}
	seen := theirs
	seen.Revision = 4
	r.SetDraft("A", "mine", seen)
	if got := r.Seen("A", theirs); got != 4 {
		t.Errorf("what is shown has revision %d", got)
	}
	r.SyncDraft("A", Entry{ID: "d", Inbounds: -1}, theirs)
	if e, ok := r.Find("d"); !ok || e.Command.Base != 4 {
		t.Fatalf("%+v", e)
	}
	r.save()
	r.ends("d", wire.Done, 0)
	// Typed on before the page had seen that the server put both together.
	both := wire.Draft{Chat: "A", Text: "theirs\nmine", Revision: 9}
	if got := r.Seen("A", both); got != 9 {
		t.Errorf("nothing is here, and %d was seen", got)
	}
	seen.Revision = 4
	r.SetDraft("A", "mine goes on", wire.Draft{Chat: "A", Text: both.Text, Revision: min(both.Revision, seen.Revision)})
	r.SyncDraft("A", Entry{ID: "e", Inbounds: -1}, both)
	if e, ok := r.Find("e"); !ok || e.Command.Base != 4 {
		t.Fatalf("%+v", e)
	}
}

// TestATextUponOneThatWasJoinedSince: the server's words of another device were put before what is here, and the page
// typed on before it had seen that.
func TestATextUponOneThatWasJoinedSince(t *testing.T) { // Q20
	r := begin(t)
	r.online(0)
	none := wire.Draft{Chat: "A"}
	r.SetDraft("A", "mine", none)
	r.SyncDraft("A", Entry{ID: "d", Inbounds: -1}, none)
	r.save()
	r.SetDraft("A", "mine goes", none)
	r.ends("d", wire.Done, 0)
	both := wire.Draft{Chat: "A", Text: "theirs\nmine", Revision: 9}
	r.HeardDraft(both)
	if text, _ := r.Draft("A"); text != "theirs\nmine goes" || r.Seen("A", both) != 9 {
		t.Fatalf("%q, seen %d", text, r.Seen("A", both))
	}
	unseen := both
	unseen.Revision = 0
	r.SetDraft("A", "mine goes on", unseen)
	r.SyncDraft("A", Entry{ID: "e", Inbounds: -1}, both)
	if e, ok := r.Find("e"); !ok || e.Command.Base != 0 {
		t.Errorf("%+v", e)
	}
}
