package inbox

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/app/internal/search"
	"parley/backend/chat"
)

// abc is My Chats with A, B, C, in this order.
func abc() *Index {
	x := New(me)
	x.NameHolders(func(id chat.ID) string { return "Bo" })
	x.Update([]*Item{{Chat: picked("A", 3)}, {Chat: picked("B", 2)}, {Chat: picked("C", 1)}}, nil)
	return x
}

// shown is My Chats as it is shown: "A B* -C>Bo 2 moved", * selected, - gone and to whom.
func shown(x *Index) string {
	var words []string
	v := x.View(chat.MyList)
	for _, r := range v.Rows(0, 100) {
		word := string(r.Chat.ID)
		if r.Gone {
			word = "-" + word + ">" + r.GoneTo
		}
		if r.Selected {
			word += "*"
		}
		words = append(words, word+r.Chat.LastText)
	}
	if v.Moved > 0 {
		words = append(words, fmt.Sprint(v.Moved, " moved"))
	}
	return strings.Join(words, " ")
}

// TestUnderTheHand tells rule L2 as a story.
func TestUnderTheHand(t *testing.T) {
	x := abc()
	expect := func(want string) {
		t.Helper()
		if got := shown(x); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	expect("A B C")
	x.Hand(chat.MyList, 10_000, false)
	x.Update([]*Item{{Chat: picked("D", 4)}}, nil)
	expect("A B C 1 moved")
	x.Update([]*Item{{Chat: picked("C", 9)}}, nil)
	expect("A B C 2 moved")
	b := picked("B", 2)
	b.LastText = ":hello"
	x.Update([]*Item{{Chat: b}}, nil)
	expect("A B:hello C 2 moved")
	x.Update(nil, []chat.ID{"B"})
	expect("A -B>Bo:hello C 3 moved")
	x.Tick(12_999)
	expect("A -B>Bo:hello C 3 moved")
	x.Hand(chat.MyList, 12_999, false)
	if at, ok := x.NextTick(); at != 15_999 || !ok {
		t.Errorf("next tick %d %v", at, ok)
	}
	x.Tick(15_998)
	expect("A -B>Bo:hello C 3 moved")
	x.Tick(15_999)
	expect("C D A")
	if _, ok := x.NextTick(); ok {
		t.Error("a tick is wanted for nothing")
	}
}

// TestApplyKeepsTheHandInTheList: the rows take their new places, and keep those.
func TestApplyKeepsTheHandInTheList(t *testing.T) {
	x := abc()
	x.Hand(chat.MyList, 0, true)
	x.Update([]*Item{{Chat: picked("C", 9)}}, nil)
	x.Apply(chat.MyList)
	if got := shown(x); got != "C A B" {
		t.Error(got)
	}
	x.Update([]*Item{{Chat: picked("B", 10)}}, nil)
	if got := shown(x); got != "C A B 1 moved" {
		t.Error(got)
	}
	if _, ok := x.NextTick(); ok {
		t.Error("a list is let go while something in it is open")
	}
	x.Hand(chat.MyList, 50, false)
	x.Tick(50 + HandMillis)
	if got := shown(x); got != "B C A" {
		t.Error(got)
	}
}

// TestTickedBoxesHold, and chats that leave are not ticked any more, whether they show or not.
func TestTickedBoxesHold(t *testing.T) {
	x := abc()
	x.Hand(chat.MyList, 0, false)
	x.SelectRange(chat.MyList, "C", "B")
	x.Update([]*Item{{Chat: picked("C", 9)}}, nil)
	x.Tick(100_000)
	if got := shown(x); got != "A B* C* 1 moved" {
		t.Error(got)
	}
	x.Update(nil, []chat.ID{"B"})
	if got := shown(x); got != "A -B>Bo C* 2 moved" {
		t.Error(got)
	}
	x.Select(chat.MyList, "B", true)
	if diff := cmp.Diff([]chat.ID{"C"}, x.Selected(chat.MyList)); diff != "" {
		t.Error(diff)
	}
	x.SelectNone(chat.MyList)
	x.Tick(100_000)
	if got := shown(x); got != "C A" {
		t.Error(got)
	}
}

// TestAFilterSelectsNoMore what it does not let through, and shows at once, also under the hand.
func TestAFilterSelectsNoMore(t *testing.T) {
	x := abc()
	sms := picked("S", 5)
	sms.Channel = chat.SMS
	x.Update([]*Item{{Chat: sms}}, nil)
	x.SelectAll(chat.MyList)
	x.SetFilter(chat.MyList, Filter{Channels: []chat.Channel{chat.SMS}})
	if got := shown(x); got != "S*" {
		t.Error(got)
	}
	x.SetFilter(chat.MyList, Filter{})
	if got := shown(x); got != "S* A B C" {
		t.Error(got)
	}
}

// TestAClockThatWasSetBack does not hold a list for a day.
func TestAClockThatWasSetBack(t *testing.T) {
	x := abc()
	x.Hand(chat.MyList, 100_000_000, false)
	x.Update([]*Item{{Chat: picked("C", 9)}}, nil)
	x.Tick(100_000_000 - HandMillis + 1)
	x.Tick(10_000)
	if got := shown(x); got != "C A B" {
		t.Error(got)
	}
}

// TestSelectsAsManyAsOneCommandTakes, from the top of the list as it is shown.
func TestSelectsAsManyAsOneCommandTakes(t *testing.T) {
	x := New(me)
	var items []*Item
	for i := range chat.MaxBatch + 50 {
		items = append(items, &Item{Chat: picked(chat.ID(fmt.Sprintf("C%04d", i)), 7)})
	}
	x.Update(items, nil)
	x.Hand(chat.MyList, 0, false)
	x.Update(nil, []chat.ID{"C0000"})
	last := items[len(items)-1].Chat.ID
	x.Select(chat.MyList, last, true)
	x.SelectAll(chat.MyList)
	x.Select(chat.MyList, last, true)
	x.SelectRange(chat.MyList, "C0000", last)
	got := x.Selected(chat.MyList)
	if len(got) != chat.MaxBatch || got[0] != "C0001" || !slices.IsSorted(got) || slices.Contains(got, last) {
		t.Errorf("%d from %s to %s", len(got), got[0], got[len(got)-1])
	}
	if v := x.View(chat.MyList); v.Selectable != chat.MaxBatch || v.Selected != chat.MaxBatch || v.Total != len(items) {
		t.Errorf("%d of %d, of %d", v.Selected, v.Selectable, v.Total)
	}
	x.SelectNone(chat.MyList)
	x.SelectRange(chat.MyList, "unknown", "C0002")
	x.SelectRange(chat.MyList, "C0003", "unknown")
	if diff := cmp.Diff([]chat.ID{"C0002"}, x.Selected(chat.MyList)); diff != "" {
		t.Error(diff)
	}
}

// TestAViewIsNeverChanged, whatever is done after it.
func TestAViewIsNeverChanged(t *testing.T) {
	p := newPlayer(t, 9, 60, true)
	type seen struct {
		view *View
		rows []Row
	}
	var all []seen
	for range 3000 / slower {
		p.step()
		for name := range p.m.lists {
			v := p.x.View(name)
			if v != p.x.View(name) {
				t.Fatal("nothing has happened, and the view is another one")
			}
			all = append(all, seen{v, v.Rows(0, 100)})
		}
	}
	for _, s := range all {
		if !slices.Equal(s.view.Rows(0, 100), s.rows) {
			t.Fatal("a view was changed")
		}
	}
}

// TestFoundElsewhere: an excerpt is told only where the row itself does not show the words.
func TestFoundElsewhere(t *testing.T) {
	x := abc()
	x.SetFilter(chat.MyList, Filter{Query: "a order"})
	s, _ := x.Search(chat.MyList)
	order := s.Words.InString("order")
	x.Found(chat.MyList, s.Number, []Found{{"A", order, "my order"}, {"B", order, "an order of another"}, {"X", order, "unknown"}})
	if v := x.View(chat.MyList); v.Total != 1 || v.Rows(0, 9)[0].Found != "my order" || !v.Searching || v.All != 3 {
		t.Errorf("%+v", v)
	}
	x.Searched(chat.MyList, s.Number)
	a := picked("A", 3)
	a.LastText = "my order"
	x.Update([]*Item{{Chat: a}}, nil)
	if v := x.View(chat.MyList); v.Total != 1 || v.Rows(0, 9)[0].Found != "" || v.Searching {
		t.Errorf("%+v", v)
	}
	x.SetFilter(chat.MyList, Filter{Query: "order a", OnHold: true})
	if again, ok := x.Search(chat.MyList); !ok || again.Number != s.Number || x.View(chat.MyList).Searching {
		t.Error("the same words are searched for anew")
	}
	x.SetFilter(chat.MyList, Filter{Query: "orders a"})
	if v := x.View(chat.MyList); v.Total != 0 || !v.Searching {
		t.Errorf("%+v", v)
	}
	x.Found(chat.MyList, s.Number, []Found{{"A", search.Hits{3}, "late"}})
	if v := x.View(chat.MyList); v.Total != 0 {
		t.Errorf("what was found for another query counts: %+v", v)
	}
}
