package outbox

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/wire"
)

func transfer(id string, chats ...chat.ID) Entry {
	c := chat.Command{Kind: chat.CmdTransfer, Team: "te1", Agent: "ag2", Text: "a note"}
	for _, to := range chats {
		c.Chats = append(c.Chats, chat.Place{Chat: to, Assignment: 4})
	}
	return Entry{ID: chat.CommandID(id), Epoch: "e", WrittenAt: 1000, Inbounds: -1, Command: c}
}

func order(id string, list chat.ListName, o chat.Order) Entry {
	return Entry{ID: chat.CommandID(id), Inbounds: -1, Command: chat.Command{Kind: chat.CmdOrder, List: list, Order: o}}
}

func commandIDs(l []*Entry) (ids []chat.CommandID) {
	for _, e := range l {
		ids = append(ids, e.ID)
	}
	return ids
}

// TestACommandOfManyChats is one of each of them, in the order of all commands.
func TestACommandOfManyChats(t *testing.T) { // Q18
	r := begin(t)
	r.Add(reply("a", "one"))
	r.Add(transfer("t", "A", "B"))
	r.Add(reply("b", "two"))
	batch := r.Take()
	if diff := cmp.Diff(map[chat.ID]bool{"A": true, "B": true}, r.Writing()); diff != "" {
		t.Error(diff)
	}
	r.d.apply(batch)
	r.Saved()
	if diff := cmp.Diff([]chat.CommandID{"a", "t", "b"}, commandIDs(r.Of("A"))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]chat.CommandID{"t"}, commandIDs(r.Of("B"))); diff != "" {
		t.Error(diff)
	}
	many := func(c *chat.Command) bool { return len(c.Chats) > 0 }
	if diff := cmp.Diff([]chat.CommandID{"t"}, commandIDs(r.Each(many))); diff != "" {
		t.Error(diff)
	}
	if none, ok := r.Cancel("t", r.newID, wire.Draft{}); !ok || none == "" {
		t.Fatal("it cannot be taken back")
	}
	b := r.Take()
	if diff := cmp.Diff(map[chat.ID]bool{"A": true, "B": true}, r.Writing()); diff != "" {
		t.Errorf("taken back: %s", diff)
	}
	r.d.apply(b)
	r.Saved()
	if n := len(r.Of("A")) + len(r.Of("B")); n != 2 || len(r.Each(many)) != 0 {
		t.Errorf("%d commands of the chats are left", n)
	}
}

// TestWhatWasTriedIsNotTakenBack also of many chats.
func TestWhatWasTriedIsNotTakenBack(t *testing.T) { // Q6, Q18
	r := begin(t)
	r.online(0)
	r.Add(transfer("t", "A"))
	r.save()
	if _, ok := r.Cancel("t", r.newID, wire.Draft{}); ok {
		t.Error("what may have been sent was taken back")
	}
	if a := r.ends("t", wire.Refused, chat.Full); a.Entry == nil || a.Notice == nil || a.Decision {
		t.Errorf("%+v", a)
	}
}

func TestOrders(t *testing.T) { // Q7
	r := begin(t)
	if _, ok := r.Order(chat.MyList); ok {
		t.Error("nobody has chosen")
	}
	r.Add(order("a", chat.MyList, chat.LongestWait))
	r.Add(order("b", chat.MyList, chat.HighestFirst))
	r.Add(order("c", chat.QueueList, chat.EarliestFirst))
	my, _ := r.Order(chat.MyList)
	queue, _ := r.Order(chat.QueueList)
	if my != chat.HighestFirst || queue != chat.EarliestFirst || r.Len() != 2 {
		t.Errorf("%s, %s in %d commands", my, queue, r.Len())
	}
	r.online(0)
	r.Add(order("d", chat.QueueList, chat.LongestWait))
	if r.Len() != 3 {
		t.Error("one that may have been sent was changed")
	}
	if a := r.ends("a", wire.Refused, chat.BadValue); a.Notice != nil {
		t.Error("a refused order was told")
	}
	if len(r.Told(10)) != 0 {
		t.Error("orders are no commands that an agent knows of")
	}
}

// TestTheSecondVersionsFile has commands of many chats, and of what is set.
func TestTheSecondVersionsFile(t *testing.T) { // Q14
	r := &rig{t: t, d: fixture(t, "testdata/0.2.txt"), newID: ids()}
	r.restart()
	if diff := cmp.Diff([]string{"transfer", "undo", "tag", "set_order", "put_team"}, r.kinds()); diff != "" {
		t.Fatal(diff)
	}
	want := chat.Command{Kind: chat.CmdTransfer, Team: "te2", Agent: "ag9", Text: "She calls back at 3.",
		Chats: []chat.Place{{Chat: "SUPK3V09X2QLM7TA", Assignment: 2}, {Chat: "SUPK3V09X2QLM7TB", Assignment: 5}}}
	if diff := cmp.Diff(want, r.entries[0].Command); diff != "" {
		t.Error(diff)
	}
	if c := r.entries[1].Command; c.Of != r.entries[0].ID || len(c.Chats) != 1 {
		t.Errorf("%+v", c)
	}
	if c := r.entries[2].Command; len(c.Tags) != 1 || c.Untags[0] != "new" {
		t.Errorf("%+v", c)
	}
	if s := r.entries[4].Command.TeamSet; s == nil || s.Settings.ReleaseMinutes != 15 {
		t.Errorf("%+v", s)
	}
	if o, _ := r.Order(chat.MyList); o != chat.LongestWait || len(r.Of("SUPK3V09X2QLM7TB")) != 1 {
		t.Errorf("sorted by %s", o)
	}
}

// TestAllOfACommandComesBack: every member that a command can have.
func TestAllOfACommandComesBack(t *testing.T) { // Q15
	r := begin(t)
	for i, c := range []chat.Command{
		transfer("", "A", "B").Command,
		{Kind: chat.CmdUndo, Of: "t", Chats: []chat.Place{{Chat: "A", Assignment: 5}}},
		{Kind: chat.CmdPriority, Chat: "A", Priority: chat.Urgent},
		{Kind: chat.CmdTags, Chat: "A", Tags: []string{"x"}, Untags: []string{"y", "z"}},
		{Kind: chat.CmdOrder, List: chat.QueueList, Order: chat.EarliestFirst},
		{Kind: chat.CmdPutTeam, Base: 3, TeamSet: &chat.TeamSet{ID: "te1", Name: "n", Settings: chat.TeamSettings{HoldDays: 3,
			EscalateEvery: 1, EscalateUnit: chat.Hours, EscalateUnset: true, OnSignOut: chat.QueueChats, AutoAssign: chat.AssignLeast}}},
		{Kind: chat.CmdPutAgent, AgentSet: &chat.AgentSet{Name: "Bob", Role: chat.Manager, Teams: []chat.TeamID{"te1"},
			Manages: []chat.TeamID{"te1"}, Threshold: 9, Active: true, TokenHash: "ab", TokenLabel: "laptop"}},
		{Kind: chat.CmdPutAsset, AssetSet: &chat.AssetSet{ID: "as1", Name: "n", Team: "te1", Shared: []chat.TeamID{"te2"},
			Priority: chat.High, Active: true}},
		{Kind: chat.CmdPutAsset, AssetSet: &chat.AssetSet{Name: "n", Team: "te1", Active: true, Channel: chat.WhatsApp, Address: "+49 30 1",
			VendorID: "106", Credential: "main"}},
	} {
		r.Add(Entry{ID: chat.CommandID('a' + rune(i)), Inbounds: -1, Command: c})
	}
	r.save()
	was := r.entries
	r.restart()
	if diff := cmp.Diff(was, r.entries); diff != "" {
		t.Error(diff)
	}
}
