package racetest

import (
	"context"

	"parley/backend/chat"
	"parley/backend/internal/store"
)

// fault is what a faulty store keeps from the rules.
type fault string

const (
	noHolder fault = "holder" // that somebody has the chat
	noRoom   fault = "room"   // how many chats an agent has
)

// faulty is a store whose commits see less than there is: the rules then decide as if they did not look.
type faulty struct {
	store.Store
	fault fault
}

// Commit implements store.Store.
func (f *faulty) Commit(ctx context.Context, do func(store.Tx) error) error {
	return f.Store.Commit(ctx, func(tx store.Tx) error { return do(blind{tx, f.fault}) })
}

type blind struct {
	store.Tx
	fault fault
}

// Chat implements desk.View.
func (b blind) Chat(id chat.ID) (chat.Chat, bool) {
	c, ok := b.Tx.Chat(id)
	if b.fault == noHolder && c.Status == chat.Picked {
		c.Status, c.Assignee = chat.Queued, ""
	}
	return c, ok
}

// CountsOf implements desk.View.
func (b blind) CountsOf(a chat.AgentID) chat.Counts {
	if b.fault == noRoom {
		return chat.Counts{}
	}
	return b.Tx.CountsOf(a)
}
