package inbox

import (
	"slices"

	"parley/backend/chat"
)

// Tally keeps an agent's counts while chats change one by one. No fact is incremented: each chat's part is
// computed afresh by chat.Count whenever the chat changes, and replaces the part that it had.
type Tally struct {
	me    chat.AgentID
	parts map[chat.ID]chat.Counts // without those that count nowhere
	sum   chat.Counts
}

// NewTally returns the counts of no chats.
func NewTally(me chat.AgentID) *Tally { return &Tally{me: me, parts: map[chat.ID]chat.Counts{}} }

// Put replaces what was counted of c's id.
func (t *Tally) Put(c *chat.Chat) {
	t.Drop(c.ID)
	part := chat.Count(slices.Values([]*chat.Chat{c}), t.me)
	if part == (chat.Counts{}) {
		return
	}
	t.parts[c.ID] = part
	t.sum = sum(t.sum, part, 1)
}

// Drop takes a chat out of the counts.
func (t *Tally) Drop(id chat.ID) {
	t.sum = sum(t.sum, t.parts[id], -1)
	delete(t.parts, id)
}

// Counts returns the counts of the chats put and not dropped.
func (t *Tally) Counts() chat.Counts { return t.sum }

func sum(a, b chat.Counts, sign int) chat.Counts {
	return chat.Counts{Held: a.Held + sign*b.Held, Pending: a.Pending + sign*b.Pending, Waiting: a.Waiting + sign*b.Waiting}
}
