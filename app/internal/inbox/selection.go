package inbox

import (
	"maps"
	"slices"

	"parley/backend/chat"
)

// Select selects a chat of a list, or selects it no more. A chat that the list does not show, one that has gone, and
// one more than chat.MaxBatch is not selected.
func (x *Index) Select(name chat.ListName, id chat.ID, on bool) {
	l := x.list(name)
	switch at := l.row(id); {
	case !on:
		l.deselect(id)
	case at >= 0:
		l.selectRows(l.rows()[at : at+1])
	}
}

// SelectRange selects two chats of a list and all that stand between, as far as chat.MaxBatch allows; only the second
// if the first is not there.
func (x *Index) SelectRange(name chat.ListName, from, to chat.ID) {
	l := x.list(name)
	a, b := l.row(from), l.row(to)
	if b < 0 {
		return
	}
	if a < 0 {
		a = b
	}
	l.selectRows(l.rows()[min(a, b) : max(a, b)+1])
}

// SelectAll selects the first View.Selectable chats that a list shows, and no others.
func (x *Index) SelectAll(name chat.ListName) {
	l := x.list(name)
	l.deselectAll()
	l.selectRows(l.rows())
}

// SelectNone selects nothing in a list.
func (x *Index) SelectNone(l chat.ListName) { x.list(l).deselectAll() }

// Selected returns what is selected in a list, in its order.
func (x *Index) Selected(name chat.ListName) []chat.ID {
	l := x.list(name)
	rows := make(map[chat.ID]int, len(l.selected))
	for id := range l.selected {
		rows[id] = l.row(id)
	}
	return slices.SortedFunc(maps.Keys(rows), func(a, b chat.ID) int { return rows[a] - rows[b] })
}

// selectRows selects what can be of some rows as long as there may be more.
func (l *list) selectRows(rows []*Item) {
	for _, it := range rows {
		id := it.Chat.ID
		if len(l.selected) >= chat.MaxBatch {
			return
		}
		if !l.selected[id] && l.selectable(id) {
			l.changeSelected()[id] = true
			l.hold()
		}
	}
}

// changeSelected returns the selection to be changed: another one if somebody reads it.
func (l *list) changeSelected() map[chat.ID]bool {
	switch {
	case l.selected == nil:
		l.selected = map[chat.ID]bool{}
	case l.lent:
		l.selected = maps.Clone(l.selected)
	}
	l.lent, l.view = false, nil
	return l.selected
}

// selectable reports whether the list shows a chat that has not gone.
func (l *list) selectable(id chat.ID) bool {
	_, in := l.place(l.shown, l.of(id))
	return in && l.row(id) >= 0
}

func (l *list) deselect(id chat.ID) {
	if l.selected[id] {
		delete(l.changeSelected(), id)
	}
}

func (l *list) deselectAll() {
	if len(l.selected) > 0 {
		l.selected, l.lent, l.view = nil, false, nil
	}
}

// keepSelected selects no more what is not shown any more (rule L5).
func (l *list) keepSelected() {
	for _, id := range slices.Collect(maps.Keys(l.selected)) {
		if _, in := l.place(l.shown, l.of(id)); !in {
			l.deselect(id)
		}
	}
}
