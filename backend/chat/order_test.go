package chat_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"parley/backend/chat"
	"parley/backend/chat/chattest"
)

var orders = []chat.Order{chat.LastAssigned, chat.LongestWait, chat.LatestInbound, chat.EarliestFirst, chat.HighestFirst}

// TestOrdersOfLists: every order is some list's, and none is twice in one.
func TestOrdersOfLists(t *testing.T) {
	var all []chat.Order
	for _, list := range [][]chat.Order{chat.MyOrders, chat.QueueOrders} {
		if distinct := slices.Compact(slices.Sorted(slices.Values(list))); len(distinct) != len(list) {
			t.Errorf("%v names one twice", list)
		}
		all = append(all, list...)
	}
	slices.Sort(all)
	if got, want := slices.Compact(all), slices.Sorted(slices.Values(orders)); !slices.Equal(got, want) {
		t.Errorf("the lists have %v, there are %v", got, want)
	}
}

func TestOrders(t *testing.T) {
	chattest.Table(t, "chattest/testdata/orders.txt", func(t *testing.T, in string) string {
		order, list, _ := strings.Cut(in, ": ")
		var chats []*chat.Chat
		for w := range strings.FieldsSeq(list) {
			chats = append(chats, placed(t, w))
		}
		slices.SortFunc(chats, chat.Order(order).Compare)
		var ids []string
		for _, c := range chats {
			ids = append(ids, string(c.ID))
		}
		return strings.Join(ids, " ")
	})
}

// placed reads a word such as "a:10/1,w=5,p=2".
func placed(t *testing.T, word string) *chat.Chat {
	first, rest, _ := strings.Cut(word, ",")
	id, when, _ := strings.Cut(first, ":")
	c := &chat.Chat{ID: chat.ID(id)}
	if when != "" {
		if _, err := fmt.Sscanf(strings.Replace(when+"/0", "/", " ", 1), "%d %d", &c.AssignedAt, &c.AssignedIndex); err != nil {
			t.Fatalf("%q: %v", word, err)
		}
	}
	for f := range strings.FieldsFuncSeq(rest, func(r rune) bool { return r == ',' }) {
		switch name, n := value(t, f); name {
		case "w":
			c.WaitingSince = chat.Millis(n)
		case "i":
			c.LastInboundAt = chat.Millis(n)
		case "p":
			c.Priority = chat.Priority(n)
		default:
			t.Fatalf("%q: what is %q?", word, f)
		}
	}
	return c
}

// crowd returns chats that share many values, so that every key of an order decides somewhere.
func crowd(r *rand.Rand, n int) []*chat.Chat {
	var all []*chat.Chat
	for i := range n {
		c := &chat.Chat{ID: chat.ID(fmt.Sprintf("C%02d", i)), Priority: chat.Priority(r.IntN(5)),
			AssignedAt: chat.Millis(r.IntN(3)), AssignedIndex: int64(r.IntN(3)), LastInboundAt: chat.Millis(r.IntN(3))}
		if c.LastInboundAt != 0 {
			c.WaitingSince = chat.Millis(r.IntN(3))
		}
		all = append(all, c)
	}
	return all
}

func TestOrdersAreTotal(t *testing.T) {
	chats := crowd(rand.New(rand.NewPCG(1, 2)), 40)
	for _, o := range orders {
		for _, a := range chats {
			for _, b := range chats {
				ab := o.Compare(a, b)
				if (ab == 0) != (a.ID == b.ID) {
					t.Fatalf("%s: %+v and %+v compare as %d", o, a, b, ab)
				}
				if ba := o.Compare(b, a); cmp.Compare(ab, 0) != -cmp.Compare(ba, 0) {
					t.Fatalf("%s is not antisymmetric: %+v %+v", o, a, b)
				}
				for _, c := range chats {
					if ab < 0 && o.Compare(b, c) < 0 && o.Compare(a, c) >= 0 {
						t.Fatalf("%s is not transitive: %+v %+v %+v", o, a, b, c)
					}
				}
			}
		}
	}
}

// keys says rules O1-O4 as lists of numbers, the smaller first, and then the id.
var keys = map[chat.Order]func(c *chat.Chat) []int64{
	chat.LastAssigned:  func(*chat.Chat) []int64 { return nil },
	chat.LongestWait:   waitKeys,
	chat.LatestInbound: func(c *chat.Chat) []int64 { return []int64{-int64(c.LastInboundAt)} },
	chat.EarliestFirst: func(c *chat.Chat) []int64 {
		if c.LastInboundAt == 0 {
			return []int64{1, 0}
		}
		return []int64{0, int64(c.LastInboundAt)}
	},
	chat.HighestFirst: func(c *chat.Chat) []int64 {
		return append([]int64{map[chat.Priority]int64{1: 1, 2: 2, 3: 3, 4: 4, 0: 5}[c.Priority]}, waitKeys(c)...)
	},
}

func waitKeys(c *chat.Chat) []int64 {
	switch {
	case c.WaitingSince > 0:
		return []int64{1, int64(c.WaitingSince)}
	case c.LastInboundAt > 0:
		return []int64{2, int64(c.LastInboundAt)}
	}
	return []int64{3, 0}
}

func TestOrdersHaveTheKeysOfTheRules(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		chats := crowd(r, 20)
		for _, o := range orders {
			oracle := func(a, b *chat.Chat) int {
				ends := func(c *chat.Chat) []int64 { return append(keys[o](c), -int64(c.AssignedAt), c.AssignedIndex) }
				return cmp.Or(slices.Compare(ends(a), ends(b)), cmp.Compare(a.ID, b.ID))
			}
			got, want := slices.SortedFunc(slices.Values(chats), o.Compare), slices.SortedFunc(slices.Values(chats), oracle)
			if !slices.Equal(got, want) {
				t.Fatalf("%s: got %v, want %v", o, got, want)
			}
		}
	}
}
