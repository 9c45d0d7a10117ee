package inbox

import (
	"maps"
	"slices"

	"parley/backend/chat"
)

// HandMillis is how long after the last movement in a list its rows keep their places (rule L2).
const HandMillis = 3000

// hand is what a list shows while somebody's hand is in it: the rows of the moment when it came.
type hand struct {
	busy   bool  // something is dragged, or open
	until  int64 // when the pause after the last movement ends
	holder func(chat.ID) string

	holds   bool // the fields below count
	order   chat.Order
	base    []*Item            // the list as it was, in order
	rows    []*Item            // the same chats with their newest contents; replaced, never changed: readers hold it
	gone    map[chat.ID]string // those of them that have left, with who has them; replaced, never changed
	touched map[chat.ID]int    // what came, went or may stand elsewhere, with its place in base; -1: it was not there

	reordered bool // base is in another order than the list
	noted     bool // rows was replaced since the last count
	moved     int
}

// Hand says that something moved in a list, at the time now in this machine's milliseconds. busy: something in it is
// dragged or open, until a call says otherwise.
func (x *Index) Hand(l chat.ListName, now int64, busy bool) {
	h := x.list(l)
	h.hand.busy, h.hand.until = busy, now+HandMillis
	h.hold()
}

// Apply shows a list as it is. While the hand stays in it, its rows then keep their new places.
func (x *Index) Apply(l chat.ListName) { x.list(l).apply() }

// NextTick returns when Tick wants to be called; false: not by now. It may be another time after each call of another
// method.
func (x *Index) NextTick() (at int64, ok bool) {
	for _, l := range x.lists() {
		if l.idle() && (!ok || l.hand.until < at) {
			at, ok = l.hand.until, true
		}
	}
	return at, ok
}

// Tick applies what is due at the time now. A clock that was set back does not hold a list.
func (x *Index) Tick(now int64) {
	for _, l := range x.lists() {
		if l.idle() && (now >= l.hand.until || now < l.hand.until-HandMillis) {
			l.thaw()
		}
	}
}

// idle reports whether nothing but the pause after the last movement keeps the rows in their places.
func (l *list) idle() bool { return l.hand.holds && !l.hand.busy && len(l.selected) == 0 }

// hold begins to keep the rows in their places, unless they are.
func (l *list) hold() {
	if h := &l.hand; !h.holds {
		h.holds, h.order, h.base, h.rows, h.touched = true, l.order, l.shown, l.shown, map[chat.ID]int{}
		h.reordered = false
	}
}

// thaw lets the rows move.
func (l *list) thaw() {
	h := &l.hand
	if len(h.touched) > 0 || h.reordered {
		l.view = nil
	}
	h.holds, h.base, h.rows, h.gone, h.touched, h.moved = false, nil, nil, nil, nil, 0
}

func (l *list) apply() {
	if l.hand.holds {
		l.thaw()
		l.hold()
	}
}

// release is apply where more than a movement holds the list; else the list is let go.
func (l *list) release() {
	if l.idle() {
		l.thaw()
	} else {
		l.apply()
	}
}

// rows is the list as it is shown.
func (l *list) rows() []*Item {
	if l.hand.holds {
		return l.hand.rows
	}
	return l.shown
}

// row is where a chat stands in rows; -1: nowhere.
func (l *list) row(id chat.ID) int {
	items, order := l.shown, l.order
	if l.hand.holds {
		if at, touched := l.hand.touched[id]; touched {
			return at
		}
		items, order = l.hand.base, l.hand.order
	}
	if at, there := place(order, items, l.of(id)); there {
		return at
	}
	return -1
}

// note says that of a chat, of which the list had was, the newest is it (nil: it is gone), and whether the list as it
// is has it.
func (h *hand) note(id chat.ID, was, it *Item, in bool) {
	if !h.holds {
		return
	}
	at, touched := h.touched[id]
	if !touched {
		var there bool
		if at, there = place(h.order, h.base, was); !there {
			at = -1
		}
	}
	if at < 0 && !in && !touched {
		return
	}
	if touched || at < 0 || !in || h.order.Compare(&was.Chat, &it.Chat) != 0 {
		h.touched[id] = at
	}
	if at >= 0 {
		h.show(at, it, in)
	}
}

// show changes a row's contents.
func (h *hand) show(at int, it *Item, in bool) {
	if !h.noted {
		h.noted, h.rows, h.gone = true, slices.Clone(h.rows), maps.Clone(h.gone)
	}
	if it == nil { // what was asked for has been decided
		last := *h.rows[at]
		last.Queued, last.PickQueued, last.ReplyQueued = "", false, false
		it = &last
	}
	h.rows[at] = it
	id := it.Chat.ID
	if in {
		delete(h.gone, id)
		return
	}
	if h.gone == nil {
		h.gone = map[chat.ID]string{}
	}
	h.gone[id] = ""
	if h.holder != nil {
		h.gone[id] = h.holder(id)
	}
}

// recount finds out anew how many chats would move.
func (l *list) recount() {
	h := &l.hand
	if h.noted = false; !h.holds {
		return
	}
	touched := h.touched
	if h.reordered {
		touched = maps.Clone(touched)
		for i, it := range h.base {
			touched[it.Chat.ID] = i
		}
	}
	m := moves{n: len(h.base)}
	for id, from := range touched {
		to, there := l.place(l.shown, l.of(id))
		switch {
		case from >= 0 && there:
			m.both = append(m.both, [2]int{from, to})
		case from >= 0:
			m.out = append(m.out, from)
		case there:
			m.in = append(m.in, to)
		}
	}
	h.moved = m.count()
}
