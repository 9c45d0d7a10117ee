package inbox

import (
	"maps"
	"slices"

	"parley/backend/chat"
)

// list is one list: the chats that could be in it, those that are, and those that the filter lets through.
type list struct {
	status chat.Status // of the chats in it that are not on hold
	ours   func(*chat.Chat) bool
	orders []chat.Order
	order  chat.Order
	open   map[chat.ID]*Item
	held   map[chat.ID]*Item // on hold: behind the filter
	all    []*Item           // in order, without those behind the filter; replaced, never changed: readers hold it
	shown  []*Item           // what the filter lets through of all; replaced, never changed

	filter   matcher
	hand     hand
	selected map[chat.ID]bool
	lent     bool  // a view has selected, which must not be changed then
	view     *View // nil: to be made
}

func newList(me chat.AgentID, status chat.Status, ours func(*chat.Chat) bool, orders []chat.Order) *list {
	return &list{status: status, ours: ours, orders: orders, order: orders[0], open: map[chat.ID]*Item{}, held: map[chat.ID]*Item{},
		filter: matcher{me: me}}
}

func (l *list) compare(a, b *Item) int { return l.order.Compare(&a.Chat, &b.Chat) }

// of returns what the list has of a chat that is or could be in it, else nil.
func (l *list) of(id chat.ID) *Item {
	if it := l.open[id]; it != nil {
		return it
	}
	return l.held[id]
}

// part is where the list keeps an item; nil if the chat cannot be in it (rule L1).
func (l *list) part(it *Item) map[chat.ID]*Item {
	switch {
	case it == nil || !l.ours(&it.Chat):
	case it.Chat.Status == l.status:
		return l.open
	case it.Chat.Status == chat.OnHold:
		return l.held
	}
	return nil
}

// member reports whether an item that the list keeps is not behind the filter.
func (l *list) member(it *Item) bool {
	return it != nil && (l.filter.OnHold || it.Chat.Status != chat.OnHold)
}

// edit is what changes in an ordered list.
type edit struct {
	out []int // places
	in  []*Item
}

// update takes the newest of some chats, nil for those that are gone, and reports whether the view is another one.
func (l *list) update(now map[chat.ID]*Item) bool {
	was := l.size()
	var all, shown edit
	for id, it := range now {
		l.change(id, it, &all, &shown)
	}
	l.all = l.edited(l.all, all)
	changed := l.refresh(shown) || l.size() != was
	if changed {
		l.view = nil
	}
	return changed
}

// change notes in all and shown what the newest of a chat changes there.
func (l *list) change(id chat.ID, it *Item, all, shown *edit) {
	was := l.of(id)
	delete(l.open, id)
	delete(l.held, id)
	is := it
	if part := l.part(it); part != nil {
		part[id] = it
	} else {
		is = nil
		l.filter.forget(id)
	}
	if l.member(was) {
		all.out = append(all.out, l.mustPlace(l.all, was))
	}
	if l.member(is) {
		all.in = append(all.in, is)
	}
	l.reshow(id, was, it, l.member(is) && l.filter.shows(is), shown)
}

// reshow notes that a chat, of which the list had was and the newest is it, is to be among those shown, or not.
func (l *list) reshow(id chat.ID, was, it *Item, in bool, shown *edit) {
	if at, there := l.place(l.shown, was); there {
		shown.out = append(shown.out, at)
	}
	if in {
		shown.in = append(shown.in, it)
	} else {
		l.deselect(id)
	}
	l.hand.note(id, was, it, in)
}

// refresh changes what is shown, and reports whether it did.
func (l *list) refresh(shown edit) bool {
	changed := l.hand.noted || len(shown.out)+len(shown.in) > 0
	if l.filter.narrows() {
		l.shown = l.edited(l.shown, shown)
	} else {
		l.shown = l.all
	}
	if changed {
		l.recount()
		l.view = nil
	}
	return changed
}

// edited returns items after an edit, in order; items itself stays as it is.
func (l *list) edited(items []*Item, e edit) []*Item {
	if len(e.out)+len(e.in) == 0 {
		return items
	}
	slices.Sort(e.out)
	slices.SortFunc(e.in, l.compare)
	edited, from := make([]*Item, 0, len(items)-len(e.out)+len(e.in)), 0
	upTo := func(to int) {
		for len(e.out) > 0 && e.out[0] < to {
			edited = append(edited, items[from:e.out[0]]...)
			from, e.out = e.out[0]+1, e.out[1:]
		}
		edited = append(edited, items[from:to]...)
		from = to
	}
	for _, it := range e.in {
		at, _ := slices.BinarySearchFunc(items[from:], it, l.compare)
		upTo(from + at)
		edited = append(edited, it)
	}
	upTo(len(items))
	return edited
}

// place is where a chat stands in items, which are in the list's order.
func (l *list) place(items []*Item, it *Item) (at int, there bool) {
	return place(l.order, items, it)
}

// place finds a chat by what it is sorted by, which no other has (rule O1).
func place(o chat.Order, items []*Item, it *Item) (at int, there bool) {
	if it == nil {
		return 0, false
	}
	return slices.BinarySearchFunc(items, it, func(a, b *Item) int { return o.Compare(&a.Chat, &b.Chat) })
}

func (l *list) mustPlace(items []*Item, it *Item) int {
	at, there := l.place(items, it)
	if !there {
		panic("BUG: inbox: a chat is not where its order puts it")
	}
	return at
}

// size is how many chats there are without the filter's other parts than OnHold.
func (l *list) size() int {
	if l.filter.OnHold {
		return len(l.open) + len(l.held)
	}
	return len(l.open)
}

func (l *list) setOrder(o chat.Order) {
	if o == l.order || !slices.Contains(l.orders, o) {
		return
	}
	l.order = o
	l.all = slices.Clone(l.all)
	slices.SortFunc(l.all, l.compare)
	l.refilter()
	l.hand.reordered = true
	l.recount()
	l.view = nil
}

func (l *list) setFilter(f Filter) {
	if f.equal(&l.filter.Filter) {
		return
	}
	if f.OnHold && !l.filter.OnHold {
		l.all = l.edited(l.all, edit{in: slices.Collect(maps.Values(l.held))})
	}
	if !f.OnHold && l.filter.OnHold {
		l.all = filtered(l.all, func(it *Item) bool { return it.Chat.Status != chat.OnHold })
	}
	l.filter.set(f)
	l.refilter()
	l.keepSelected()
	l.release()
	l.view = nil
}

// refilter filters all chats anew.
func (l *list) refilter() {
	l.shown = l.all
	if l.filter.narrows() {
		l.shown = filtered(l.all, l.filter.shows)
	}
}

func filtered(items []*Item, keep func(*Item) bool) []*Item {
	var kept []*Item
	for _, it := range items {
		if keep(it) {
			kept = append(kept, it)
		}
	}
	return kept
}

// found takes what was found in texts.
func (l *list) found(number int64, found []Found) {
	if number != l.filter.number || l.filter.words.Len() == 0 {
		return
	}
	var shown edit
	for id := range l.filter.keep(found, l.of) {
		if it := l.of(id); l.member(it) {
			l.reshow(id, it, it, l.filter.shows(it), &shown)
		}
	}
	l.refresh(shown)
}

func (l *list) searched(number int64) {
	if number == l.filter.number && !l.filter.ended {
		l.filter.ended, l.view = true, nil
	}
}
