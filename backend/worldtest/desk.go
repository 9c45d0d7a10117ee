package worldtest

import (
	"context"

	"parley/backend/chat"
	"parley/backend/internal/store"
)

// Desk is what the server has for an agent, and an agent's console too when all is quiet.
type Desk struct {
	Held     []chat.Chat // by id
	Queue    []chat.Chat // of the team, by id
	Counts   chat.Counts
	Messages map[chat.ID][]chat.Message // of Held, all of them
	Drafts   map[chat.ID]string
}

// Desk reads it in one state of the store.
func (w *World) Desk(agent chat.AgentID) Desk {
	w.t.Helper()
	d := Desk{Messages: map[chat.ID][]chat.Message{}, Drafts: map[chat.ID]string{}}
	w.Read(func(r store.Reader) {
		d.Held, d.Queue, d.Counts = shown(r.ChatsHeldBy(agent)), shown(r.ChatsQueuedIn(chat.TeamID(w.Team))), r.CountsOf(agent)
		for i := range d.Held {
			c := &d.Held[i]
			d.Messages[c.ID] = r.MessagesBefore(c.ID, 0, int(c.LastNumber)+1)
		}
		for _, written := range r.DraftsOf(agent) {
			d.Drafts[written.Chat] = written.Text
		}
	})
	return d
}

// shown is chats without what does not leave the server.
func shown(chats []chat.Chat) (all []chat.Chat) {
	for _, c := range chats {
		c.Course = chat.Course{}
		all = append(all, c)
	}
	return all
}

// Said returns every message of a kind in the chats that somebody holds or that wait in the queue.
func (w *World) Said(kind chat.Kind) []chat.Message {
	w.t.Helper()
	var all []chat.Message
	w.Read(func(r store.Reader) {
		chats := r.ChatsQueuedIn(chat.TeamID(w.Team))
		for _, a := range r.Agents() {
			chats = append(chats, r.ChatsHeldBy(a.ID)...)
		}
		for _, c := range chats {
			for _, m := range r.MessagesBefore(c.ID, 0, int(c.LastNumber)+1) {
				if m.Kind == kind {
					all = append(all, m)
				}
			}
		}
	})
	return all
}

// Valid returns how many tokens of an agent may sign in.
func (w *World) Valid(agent chat.AgentID) (n int) {
	w.t.Helper()
	w.Read(func(r store.Reader) {
		for _, token := range r.Tokens() {
			if token.Agent == agent && token.RevokedAt == 0 {
				n++
			}
		}
	})
	return n
}

// Read runs f on one state of the store.
func (w *World) Read(f func(store.Reader)) {
	w.t.Helper()
	err := w.now().store.Read(context.Background(), func(r store.Reader) error {
		f(r)
		return r.Err()
	})
	if err != nil {
		w.t.Fatalf("worldtest: read: %v", err)
	}
}

// Chat is one with all its messages.
func (w *World) Chat(id chat.ID) (c chat.Chat, messages []chat.Message) {
	w.t.Helper()
	w.Read(func(r store.Reader) {
		c, _ = r.Chat(id)
		messages = r.MessagesBefore(id, 0, int(c.LastNumber)+1)
	})
	return c, messages
}
