package app

import (
	"parley/app/view"
	"parley/backend/chat"
)

// SetOrder sorts a list, here at once and on every device of the agent.
func (c *Console) SetOrder(list, order string) {
	c.engine.SetOrder(chat.ListName(list), chat.Order(order))
}

// SetFilter says which chats of a list are shown.
func (c *Console) SetFilter(list string, f view.Filter) { c.engine.SetFilter(chat.ListName(list), f) }

// Hand says that the pointer, the wheel or a key has moved in a list, whose rows then keep their places for a while.
// busy: something is open or held in it; they keep them until Hand is called without.
func (c *Console) Hand(list string, busy bool) { c.engine.Hand(chat.ListName(list), busy) }

// Apply puts a list in order though it is under the hand: "3 moved" was pressed.
func (c *Console) Apply(list string) { c.engine.Apply(chat.ListName(list)) }

// Select ticks a chat of a list, or takes the tick away.
func (c *Console) Select(list, id string, on bool) {
	c.engine.Select(chat.ListName(list), chat.ID(id), on)
}

// SelectRange ticks two chats of a list and all between them.
func (c *Console) SelectRange(list, from, to string) {
	c.engine.SelectRange(chat.ListName(list), chat.ID(from), chat.ID(to))
}

// SelectAll ticks all that the filter lets through, as many as one command takes.
func (c *Console) SelectAll(list string) { c.engine.SelectAll(chat.ListName(list)) }

// SelectNone takes all ticks of a list away.
func (c *Console) SelectNone(list string) { c.engine.SelectNone(chat.ListName(list)) }
