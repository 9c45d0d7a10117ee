package inbox

import (
	"maps"
	"slices"

	"parley/backend/chat"
)

// fewChanges is up to how many changes at once are put in their places one by one; beyond, sorting afresh is
// faster.
const fewChanges = 16

// list is the chats of one list in their order.
type list struct {
	order chat.Order
	items []*Item // replaced, never changed: readers hold it
	byID  map[chat.ID]*Item
}

func newList(o chat.Order) list { return list{order: o, byID: map[chat.ID]*Item{}} }

// change is what one update does to a list.
type change struct {
	put  map[chat.ID]*Item
	gone map[chat.ID]bool
}

func newChange() change { return change{put: map[chat.ID]*Item{}, gone: map[chat.ID]bool{}} }

// set notes that it belongs to the list, or does not; the last word on a chat counts.
func (c change) set(it *Item, member bool) {
	if !member {
		c.drop(it.Chat.ID)
		return
	}
	c.put[it.Chat.ID] = it
	delete(c.gone, it.Chat.ID)
}

func (c change) drop(id chat.ID) {
	c.gone[id] = true
	delete(c.put, id)
}

// apply reports whether the list is another than before.
func (l *list) apply(c change) bool {
	maps.DeleteFunc(c.gone, func(id chat.ID, _ bool) bool { return l.byID[id] == nil })
	if len(c.put) == 0 && len(c.gone) == 0 {
		return false
	}
	if len(c.put)+len(c.gone) > fewChanges {
		l.rebuild(c)
	} else {
		l.splice(c)
	}
	return true
}

func (l *list) rebuild(c change) {
	for id := range c.gone {
		delete(l.byID, id)
	}
	maps.Copy(l.byID, c.put)
	l.items = slices.SortedFunc(maps.Values(l.byID), l.compare)
}

func (l *list) splice(c change) {
	items := make([]*Item, len(l.items), len(l.items)+len(c.put))
	copy(items, l.items)
	for id := range c.gone {
		items = l.without(items, id)
	}
	for id, it := range c.put {
		items = l.without(items, id)
		at, _ := slices.BinarySearchFunc(items, it, l.compare)
		items = slices.Insert(items, at, it)
		l.byID[id] = it
	}
	l.items = items
}

// without takes the item that the list has of a chat out of items and byID.
func (l *list) without(items []*Item, id chat.ID) []*Item {
	old := l.byID[id]
	if old == nil {
		return items
	}
	delete(l.byID, id)
	at, found := slices.BinarySearchFunc(items, old, l.compare)
	if !found || items[at] != old {
		panic("BUG: inbox: a chat is not where its order puts it")
	}
	return slices.Delete(items, at, at+1)
}

func (l *list) compare(a, b *Item) int { return l.order.Compare(&a.Chat, &b.Chat) }
