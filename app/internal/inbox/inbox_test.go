package inbox

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/backend/chat"
)

const me chat.AgentID = "agent-me"

// TestAgainstSortingAfresh: after each of many random events both lists are what sorting and filtering everything
// afresh gives, in every order, with filters, searches, and hands in them.
func TestAgainstSortingAfresh(t *testing.T) {
	for _, c := range []struct {
		chats, events int
		hand          bool
	}{{300, 50_000, false}, {300, 50_000, true}, {40, 20_000, true}, {10_000, 1_000, false}, {10_000, 1_000, true}} {
		t.Run(fmt.Sprintf("%d chats, hand %v", c.chats, c.hand), func(t *testing.T) {
			t.Parallel()
			p := newPlayer(t, uint64(c.chats), c.chats, c.hand)
			for n := range c.events / slower {
				p.step()
				at := fmt.Sprint("event ", n)
				for name := range p.m.lists {
					p.m.compare(t, p.x, name, at)
				}
				p.m.counts(t, p.x, at)
			}
		})
	}
}

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
		if diff := cmp.Diff(c.want, ids(Window(x.My(), c.from, c.n)), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("window from %d of %d: %s", c.from, c.n, diff)
		}
	}
}
