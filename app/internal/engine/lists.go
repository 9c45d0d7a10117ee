package engine

import (
	"slices"
	"time"

	"parley/app/internal/inbox"
	"parley/app/internal/search"
	"parley/app/view"
	"parley/backend/chat"
)

// lists are the agent's two, with the orders that each can have; the first is used until the agent chooses.
var lists = map[chat.ListName][]chat.Order{chat.MyList: chat.MyOrders, chat.QueueList: chat.QueueOrders}

// change changes a list and has the page look at it again.
func (e *Engine) change(f func()) {
	e.post(func() {
		f()
		e.dirtyLists = true
	})
}

// SetOrder sorts a list, here at once and, when the server has it, on every device of the agent (rule L3).
func (e *Engine) SetOrder(list chat.ListName, o chat.Order) {
	e.change(func() {
		if !slices.Contains(lists[list], o) {
			return
		}
		if e.orderOf(list) != o {
			e.add(chat.Command{Kind: chat.CmdOrder, List: list, Order: o})
		}
		e.idx.SetOrder(list, o)
		e.idx.Apply(list)
	})
}

// orderOf is how the agent has a list sorted: as chosen here, also while the server has not confirmed it.
func (e *Engine) orderOf(list chat.ListName) chat.Order {
	if o, ok := e.out.Order(list); ok {
		return o
	}
	o := chat.Order(e.rep.Orders().My)
	if list == chat.QueueList {
		o = chat.Order(e.rep.Orders().Queue)
	}
	if !slices.Contains(lists[list], o) {
		return lists[list][0]
	}
	return o
}

// sortLists sorts the lists as the agent has them. Where another device has chosen, rows under the hand keep their places.
func (e *Engine) sortLists() {
	for list := range lists {
		e.idx.SetOrder(list, e.orderOf(list))
	}
	e.dirtyLists = true
}

// SetFilter says which chats of a list are shown.
func (e *Engine) SetFilter(list chat.ListName, f view.Filter) {
	e.change(func() { e.setFilter(list, filterOf(f)) })
}

func (e *Engine) setFilter(list chat.ListName, f inbox.Filter) {
	e.idx.SetFilter(list, f)
	e.searchTexts(list)
}

func filterOf(f view.Filter) inbox.Filter {
	return inbox.Filter{Channels: ids[chat.Channel](f.Channels), Dots: dotsOf(f.Dots), Teams: ids[chat.TeamID](f.Teams),
		OnHold: f.OnHold, Query: cut(clean(f.Query), search.MaxQuery*4)}
}

func dotsOf(from []string) []chat.Dot {
	to := ids[chat.Dot](from)
	if i := slices.Index(to, view.NoDot); i >= 0 {
		to[i] = chat.NoDot
	}
	return to
}

func ids[To, From ~string](from []From) []To {
	var to []To
	for _, id := range from {
		to = append(to, To(id))
	}
	return to
}

// Hand says that something moved in a list (rule L2); busy: something in it is open or dragged, until a call without.
func (e *Engine) Hand(list chat.ListName, busy bool) {
	e.change(func() { e.idx.Hand(list, nowMillis(), busy) })
}

// Apply shows a list as its order has it, though it is under the hand.
func (e *Engine) Apply(list chat.ListName) { e.change(func() { e.idx.Apply(list) }) }

// Select ticks a chat of a list, or takes the tick away.
func (e *Engine) Select(list chat.ListName, id chat.ID, on bool) {
	e.change(func() { e.idx.Select(list, id, on) })
}

// SelectRange ticks two chats of a list and all between.
func (e *Engine) SelectRange(list chat.ListName, from, to chat.ID) {
	e.change(func() { e.idx.SelectRange(list, from, to) })
}

// SelectAll ticks all that the filter lets through, as many as one command takes.
func (e *Engine) SelectAll(list chat.ListName) { e.change(func() { e.idx.SelectAll(list) }) }

// SelectNone takes all ticks of a list away.
func (e *Engine) SelectNone(list chat.ListName) { e.change(func() { e.idx.SelectNone(list) }) }

// wakeLists has the lists let go of their rows when the hand has rested. An alarm that rings too early sets the next.
func (e *Engine) wakeLists() {
	at, ok := e.idx.NextTick()
	if !ok || e.tickAt != 0 && e.tickAt <= at {
		return
	}
	e.tickAt = at
	time.AfterFunc(time.Duration(max(0, at-nowMillis()))*time.Millisecond, func() {
		e.change(func() {
			e.tickAt = 0
			e.idx.Tick(nowMillis())
		})
	})
}

// newIndex begins the lists anew for the present agent, sorted and filtered as before.
func (e *Engine) newIndex() {
	was := e.idx
	e.idx, e.idxOf = inbox.New(e.rep.Me()), e.rep.Me()
	e.idx.NameHolders(e.holder)
	e.sortLists()
	if was == nil {
		return
	}
	for list := range lists {
		e.setFilter(list, was.View(list).Filter)
	}
}

// holder names who has a chat that has left a list; "" if nobody knows, or if it is the agent's own.
func (e *Engine) holder(id chat.ID) string {
	c, ok := e.rep.Chat(id)
	switch {
	case !ok:
		return e.rep.GoneTo(id)
	case c.Assignee == e.rep.Me():
		return ""
	}
	return e.rep.AgentName(c.Assignee)
}
