// Package inbox is the index of all chats that the console knows: which list each belongs to, how the lists are sorted
// and filtered, what is selected in them, what they show while somebody's hand is in them, and the counts. It is pure.
// The engine feeds it each chat as it is to be shown (the confirmed state with the outbox shown over it) and hands its
// lists to the page; what a dot, a count and an order is, is package chat's.
package inbox

import (
	"slices"

	"parley/backend/chat"
)

// Item is one chat as the lists show it. Nobody changes an Item once the index has it.
type Item struct {
	Chat        chat.Chat
	Customer    string // the customer's name, or Customer ID where there is none
	CustomerID  chat.CustomerID
	ReplyQueued bool // a reply of mine is not yet confirmed
	PickQueued  bool
	Draft       bool
	Extends     bool             // "I'm on it" is there to be said (rule G2)
	Queued      chat.CommandKind // what was asked for and is not confirmed (rule H5); empty: nothing
}

// Index holds the two lists and the counts of one agent. A list that it does not know is My Chats.
type Index struct {
	me    chat.AgentID
	my    *list
	queue *list
	tally *Tally
}

// New returns an empty index for the agent me: each list in its first order, without a filter.
func New(me chat.AgentID) *Index {
	mine := func(c *chat.Chat) bool { return c.Assignee == me }
	nobodys := func(c *chat.Chat) bool { return c.Status == chat.Queued || c.Assignee == "" }
	return &Index{me: me, tally: NewTally(me), my: newList(me, chat.Picked, mine, chat.MyOrders),
		queue: newList(me, chat.Queued, nobodys, chat.QueueOrders)}
}

func (x *Index) list(l chat.ListName) *list {
	if l == chat.QueueList {
		return x.queue
	}
	return x.my
}

func (x *Index) lists() []*list { return []*list{x.my, x.queue} }

// Changed says of which lists the View is another one than before.
type Changed struct{ My, Queue bool }

// Update puts each of items in its place, instead of what the index had of that chat, and drops the chats that are
// gone. The last word on a chat counts. It is fast for a few items among many and for very many at once.
func (x *Index) Update(items []*Item, gone []chat.ID) Changed {
	now := make(map[chat.ID]*Item, len(items)+len(gone))
	for _, it := range items {
		x.tally.Put(&it.Chat)
		now[it.Chat.ID] = it
	}
	for _, id := range gone {
		x.tally.Drop(id)
		now[id] = nil
	}
	return Changed{My: x.my.update(now), Queue: x.queue.update(now)}
}

// NameHolders gives the index a function that names who has a chat, for chats that leave a list whose rows keep their
// places; it returns "" where nobody knows. It is called within Update.
func (x *Index) NameHolders(name func(chat.ID) string) {
	for _, l := range x.lists() {
		l.hand.holder = name
	}
}

// SetOrder sorts a list anew; an order that it cannot have changes nothing. Rows under the hand keep their places
// until Apply.
func (x *Index) SetOrder(l chat.ListName, o chat.Order) { x.list(l).setOrder(o) }

// SetFilter filters a list anew, at once, also under the hand. If Search then says so, texts are to be searched.
func (x *Index) SetFilter(l chat.ListName, f Filter) { x.list(l).setFilter(f) }

// Search returns what is to be searched for in texts for a list's filter; false if nothing is.
func (x *Index) Search(l chat.ListName) (Search, bool) {
	m := &x.list(l).filter
	return Search{m.number, m.words}, m.words.Len() > 0
}

// Found takes what a Search of that number has found, in the place of what it had found before in those chats.
func (x *Index) Found(l chat.ListName, number int64, found []Found) { x.list(l).found(number, found) }

// Searched says that the Search of that number has ended; what changes later may still be Found.
func (x *Index) Searched(l chat.ListName, number int64) { x.list(l).searched(number) }

// My returns My Chats in order, whatever the filter, but with those on hold only if it has them. The slice is never
// changed afterwards: a later change makes a new one.
func (x *Index) My() []*Item { return x.my.all }

// Queue returns the queue, as My returns My Chats.
func (x *Index) Queue() []*Item { return x.queue.all }

// Open is how many chats a list has whatever its filter, without those on hold.
func (x *Index) Open(l chat.ListName) int { return len(x.list(l).open) }

// Counts returns the counts of all chats in the index, as chat.Count gives them.
func (x *Index) Counts() chat.Counts { return x.tally.Counts() }

// Pending returns the first n of a list's chats that the pending count of me counts, longest waiting first.
func Pending(list []*Item, me chat.AgentID, n int) []*Item {
	var l []*Item
	for _, it := range list {
		if chat.IsPending(&it.Chat, me) {
			l = append(l, it)
		}
	}
	slices.SortFunc(l, func(a, b *Item) int { return chat.LongestWait.Compare(&a.Chat, &b.Chat) })
	return l[:min(n, len(l))]
}

// Window returns the items from … from+n-1 of a list, fewer where it ends.
func Window[T any](items []T, from, n int) []T {
	from = min(max(from, 0), len(items))
	return items[from : from+min(max(n, 0), len(items)-from)]
}
