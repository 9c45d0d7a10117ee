package inbox

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
)

const me chat.AgentID = "agent-me"

// TestAgainstOracle feeds thousands of random changes and compares lists and counts with a full sort and a full
// count after each.
func TestAgainstOracle(t *testing.T) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 1))
		x, all := New(me), map[chat.ID]*Item{}
		for step := range 1500 {
			items, gone := randomChange(r)
			x.Update(items, gone)
			for _, it := range items {
				all[it.Chat.ID] = it
			}
			for _, id := range gone {
				delete(all, id)
			}
			compare(t, x, all, fmt.Sprintf("seed %d step %d", seed, step))
		}
	}
}

func compare(t *testing.T, x *Index, all map[chat.ID]*Item, at string) {
	t.Helper()
	mine := func(it *Item) bool { return it.Chat.Status == chat.Picked && it.Chat.Assignee == me }
	queued := func(it *Item) bool { return it.Chat.Status == chat.Queued }
	if want := oracle(all, chat.LastAssigned, mine); !slices.Equal(x.My(), want) {
		t.Fatalf("%s: My Chats %v, want %v", at, ids(x.My()), ids(want))
	}
	if want := oracle(all, chat.LongestWait, queued); !slices.Equal(x.Queue(), want) {
		t.Fatalf("%s: queue %v, want %v", at, ids(x.Queue()), ids(want))
	}
	chats := func(yield func(*chat.Chat) bool) {
		for _, it := range all {
			if !yield(&it.Chat) {
				return
			}
		}
	}
	if want := chat.Count(chats, me); x.Counts() != want {
		t.Fatalf("%s: counts %+v, want %+v", at, x.Counts(), want)
	}
	if n := len(x.Pending(1000)); n != x.Counts().Pending {
		t.Fatalf("%s: %d pending ids for a count of %d", at, n, x.Counts().Pending)
	}
}

func oracle(all map[chat.ID]*Item, o chat.Order, in func(*Item) bool) []*Item {
	var items []*Item
	for it := range maps.Values(all) {
		if in(it) {
			items = append(items, it)
		}
	}
	slices.SortFunc(items, func(a, b *Item) int { return o.Compare(&a.Chat, &b.Chat) })
	return items
}

func ids(items []*Item) []chat.ID {
	var l []chat.ID
	for _, it := range items {
		l = append(l, it.Chat.ID)
	}
	return l
}

// randomChange is mostly of one chat, now and then of many, with repeats and chats that are put and gone at once.
func randomChange(r *rand.Rand) (items []*Item, gone []chat.ID) {
	n := 1
	if r.IntN(20) == 0 {
		n = 40
	}
	for range n {
		if id := randomID(r); r.IntN(5) == 0 {
			gone = append(gone, id)
		} else {
			items = append(items, &Item{Chat: randomChat(r, id)})
		}
	}
	return items, gone
}

func randomID(r *rand.Rand) chat.ID { return chat.ID(fmt.Sprintf("CSR%03d", r.IntN(60))) }

func randomChat(r *rand.Rand, id chat.ID) chat.Chat {
	return chat.Chat{
		ID:            id,
		Status:        []chat.Status{chat.Queued, chat.Picked, chat.Picked, chat.OnHold, chat.Closed}[r.IntN(5)],
		Assignee:      []chat.AgentID{me, me, "agent-other"}[r.IntN(3)],
		AssignedAt:    chat.Millis(r.IntN(4)),
		AssignedIndex: int64(r.IntN(2)),
		WaitingSince:  chat.Millis(r.IntN(4)),
		LastInboundAt: chat.Millis(r.IntN(4)),
		OpenedAt:      chat.Millis(r.IntN(2)),
		Unread:        int64(r.IntN(3)),
	}
}

func TestListsAreNeverChangedInPlace(t *testing.T) {
	x := New(me)
	x.Update([]*Item{{Chat: picked("A", 1)}, {Chat: picked("B", 2)}}, nil)
	before := x.My()
	x.Update([]*Item{{Chat: picked("C", 3)}}, []chat.ID{"A"})
	if diff := cmp.Diff([]chat.ID{"B", "A"}, ids(before)); diff != "" {
		t.Errorf("a reader's list changed: %s", diff)
	}
	if diff := cmp.Diff([]chat.ID{"C", "B"}, ids(x.My())); diff != "" {
		t.Error(diff)
	}
}

func TestUpdateSaysWhichListChanged(t *testing.T) {
	x := New(me)
	queued := chat.Chat{ID: "Q", Status: chat.Queued}
	if got := x.Update([]*Item{{Chat: queued}}, nil); got != (Changed{Queue: true}) {
		t.Errorf("queued: %+v", got)
	}
	if got := x.Update([]*Item{{Chat: picked("Q", 1)}}, nil); got != (Changed{My: true, Queue: true}) {
		t.Errorf("picked: %+v", got)
	}
	if got := x.Update(nil, []chat.ID{"unknown"}); got != (Changed{}) {
		t.Errorf("an unknown chat gone: %+v", got)
	}
}

func picked(id chat.ID, at chat.Millis) chat.Chat {
	return chat.Chat{ID: id, Status: chat.Picked, Assignee: me, AssignedAt: at}
}

func TestWindow(t *testing.T) {
	x := New(me)
	x.Update([]*Item{{Chat: picked("A", 3)}, {Chat: picked("B", 2)}, {Chat: picked("C", 1)}}, nil)
	for _, c := range []struct {
		from, n int
		want    []chat.ID
	}{
		{0, 2, []chat.ID{"A", "B"}}, {2, 5, []chat.ID{"C"}}, {3, 1, nil}, {-4, 1, []chat.ID{"A"}}, {9, 9, nil}, {0, -1, nil},
		{1, int(^uint(0) >> 1), []chat.ID{"B", "C"}},
	} {
		if diff := cmp.Diff(c.want, ids(Window(x.My(), c.from, c.n))); diff != "" {
			t.Errorf("window from %d of %d: %s", c.from, c.n, diff)
		}
	}
}

// BenchmarkOneOfTenThousand is one message in one of 10,000 chats.
func BenchmarkOneOfTenThousand(b *testing.B) {
	x := New(me)
	var items []*Item
	for i := range 10_000 {
		items = append(items, &Item{Chat: picked(chat.ID(fmt.Sprintf("CSR%05d", i)), chat.Millis(i))})
	}
	x.Update(items, nil)
	for i := 0; b.Loop(); i++ {
		c := items[i%len(items)].Chat
		c.Unread++
		x.Update([]*Item{{Chat: c}}, nil)
	}
}
