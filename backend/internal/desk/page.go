package desk

import (
	"parley/backend/chat"
	"parley/backend/wire"
)

// Page answers a console that asks for messages of a chat. It may hold fewer than were asked for; an empty one
// without a Problem means that there are no older messages. Before is brought into the range of what there is.
func Page(v View, agent chat.AgentID, q wire.More) wire.Page {
	p := wire.Page{Chat: q.Chat, Before: q.Before, Messages: []wire.Message{}}
	a, _ := v.Agent(agent)
	c, ok := v.Chat(chat.ID(q.Chat))
	if !ok || !sees(&a, &c) {
		p.Problem = wire.FromProblem(chat.NewProblem(chat.NotFound, "chat"))
		return p
	}
	if p.Before < 1 || p.Before > c.LastNumber+1 {
		p.Before = c.LastNumber + 1
	}
	if p.Before == 1 {
		return p
	}
	for _, m := range fit(v.MessagesBefore(c.ID, p.Before, min(max(q.Count, 1), wire.MaxPage))) {
		p.Messages = append(p.Messages, *wire.FromMessage(m))
	}
	return p
}

// Earlier answers a console that asks for a customer's chats. A customer none of whose chats the agent may read
// is as unknown as one that does not exist.
func Earlier(v View, agent chat.AgentID, q wire.Earlier) wire.History {
	h := wire.History{Customer: q.Customer, Chats: []wire.Chat{}}
	a, _ := v.Agent(agent)
	for _, c := range v.ChatsOfCustomer(chat.CustomerKey(q.Customer)) {
		if sees(&a, &c) && len(h.Chats) < wire.MaxHistory {
			h.Chats = append(h.Chats, *wire.FromChat(c))
		}
	}
	if len(h.Chats) == 0 {
		h.Problem = wire.FromProblem(chat.NewProblem(chat.NotFound, "customer"))
	}
	return h
}
