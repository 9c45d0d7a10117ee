// Package inbox is the index of all chats that the console knows: which list each belongs to, the lists' orders,
// and the counts. It is pure. The engine feeds it each chat as it is to be shown (the confirmed state with the
// outbox shown over it) and hands its lists to the page; the rules themselves are package chat's.
package inbox

import "parley/backend/chat"

// Item is one chat as the lists show it. Nobody changes an Item once the index has it.
type Item struct {
	Chat        chat.Chat
	Customer    string // the customer's name, or Customer ID where there is none
	ReplyQueued bool   // a reply of mine is not yet confirmed
	PickQueued  bool
	Draft       bool
}

// Index holds the two lists and the counts of one agent.
type Index struct {
	me    chat.AgentID
	my    list
	queue list
	tally *Tally
}

// New returns an empty index for the agent me: My Chats by last assigned first, the queue by longest waiting
// first.
func New(me chat.AgentID) *Index {
	return &Index{me: me, my: newList(chat.LastAssigned), queue: newList(chat.LongestWait), tally: NewTally(me)}
}

// Changed says which of the lists an update has changed.
type Changed struct{ My, Queue bool }

// Update puts each of items in its place, instead of what the index had of that chat, and drops the chats that
// are gone. It is fast for a few items among many and for very many at once.
func (x *Index) Update(items []*Item, gone []chat.ID) Changed {
	my, queue := newChange(), newChange()
	for _, it := range items {
		x.tally.Put(&it.Chat)
		my.set(it, x.isMine(it))
		queue.set(it, it.Chat.Status == chat.Queued)
	}
	for _, id := range gone {
		x.tally.Drop(id)
		my.drop(id)
		queue.drop(id)
	}
	return Changed{My: x.my.apply(my), Queue: x.queue.apply(queue)}
}

// isMine reports whether a chat stands in My Chats (rule L1): picked by me. Held ones are behind a filter.
func (x *Index) isMine(it *Item) bool {
	return it.Chat.Status == chat.Picked && it.Chat.Assignee == x.me
}

// My returns My Chats in order. The slice is never changed afterwards: a later Update makes a new one.
func (x *Index) My() []*Item { return x.my.items }

// Queue returns the queue in order; as My, it is never changed afterwards.
func (x *Index) Queue() []*Item { return x.queue.items }

// Counts returns the counts of all chats in the index, as chat.Count gives them.
func (x *Index) Counts() chat.Counts { return x.tally.Counts() }

// Pending returns the first n pending chats in the order of My Chats.
func (x *Index) Pending(n int) []chat.ID {
	ids := []chat.ID{}
	for _, it := range x.my.items {
		if len(ids) == n || len(ids) == x.Counts().Pending {
			break
		}
		if chat.IsPending(&it.Chat, x.me) {
			ids = append(ids, it.Chat.ID)
		}
	}
	return ids
}

// Window returns the items from … from+n-1 of a list, fewer where it ends.
func Window(items []*Item, from, n int) []*Item {
	from = min(max(from, 0), len(items))
	return items[from : from+min(max(n, 0), len(items)-from)]
}
