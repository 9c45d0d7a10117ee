package desk

import (
	"strconv"

	"parley/backend/chat"
	"parley/backend/wire"
)

// each does something to each chat of a command, in their order and each seeing what was done before, and gives each
// an end of its own (rule H3). i is the chat's index in the request.
func (d *decision) each(cmd *chat.Command, do func(i int64, p chat.Place) ending) ending {
	switch {
	case len(cmd.Chats) > chat.MaxBatch:
		return refused(chat.TooMany, strconv.Itoa(chat.MaxBatch))
	case len(cmd.Chats) == 0 || twice(cmd.Chats):
		return refused(chat.Malformed)
	}
	items := make([]Item, len(cmd.Chats))
	for i, p := range cmd.Chats {
		e := do(int64(i), p)
		items[i] = Item{Chat: p.Chat, Outcome: e.outcome, Problem: e.problem}
	}
	return together(items)
}

func twice(places []chat.Place) bool {
	seen := map[chat.ID]bool{}
	for _, p := range places {
		if seen[p.Chat] {
			return true
		}
		seen[p.Chat] = true
	}
	return false
}

// together is the end of a command whose chats ended so, see wire.Result.
func together(items []Item) ending {
	whole := ending{outcome: wire.Refused, problem: items[0].Problem, items: items}
	for _, i := range items {
		switch i.Outcome {
		case wire.Done:
			whole.outcome, whole.problem = wire.Done, nil
			return whole
		case wire.Nothing:
			whole.outcome, whole.problem = wire.Nothing, nil
		}
	}
	return whole
}
