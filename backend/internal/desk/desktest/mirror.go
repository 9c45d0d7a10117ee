package desktest

import (
	"fmt"
	"maps"

	"github.com/google/go-cmp/cmp"

	"parley/backend/wire"
)

// Mirror is what a console knows of one stream, merged as PROTOCOL.md says and in no other way than it says.
type Mirror struct {
	chats      map[string]wire.Chat
	messages   map[string]map[int64]wire.Message
	customers  map[string]wire.Customer
	identities map[string]wire.Identity
	agents     map[string]wire.Agent
	teams      map[string]wire.Team
	assets     map[string]wire.Asset
	drafts     map[string]wire.Draft
	orders     *wire.Orders
	counts     *wire.Counts
	sparse     bool // chats may have come without their messages: in a frame that was large
}

func newMirror() *Mirror {
	return &Mirror{chats: map[string]wire.Chat{}, messages: map[string]map[int64]wire.Message{},
		customers: map[string]wire.Customer{}, identities: map[string]wire.Identity{}, agents: map[string]wire.Agent{},
		teams: map[string]wire.Team{}, assets: map[string]wire.Asset{}, drafts: map[string]wire.Draft{}}
}

func (m *Mirror) apply(changes []wire.Change, counts *wire.Counts) {
	for i := range changes {
		m.change(&changes[i])
	}
	m.counts = counts
	m.prune()
}

func (m *Mirror) change(c *wire.Change) {
	switch {
	case c.Chat != nil:
		m.chats[c.Chat.ID] = *c.Chat
	case c.ChatGone != nil:
		delete(m.chats, c.ChatGone.ID)
	case c.Message != nil:
		if m.messages[c.Message.Chat] == nil {
			m.messages[c.Message.Chat] = map[int64]wire.Message{}
		}
		m.messages[c.Message.Chat][c.Message.Number] = *c.Message
	case c.Customer != nil:
		m.customers[c.Customer.Key] = *c.Customer
	case c.Identity != nil:
		m.identities[c.Identity.ID] = *c.Identity
	case c.Agent != nil:
		m.agents[c.Agent.ID] = *c.Agent
	case c.Team != nil:
		m.teams[c.Team.ID] = *c.Team
	case c.Asset != nil:
		m.assets[c.Asset.ID] = *c.Asset
	case c.Draft != nil && c.Draft.Text == "":
		delete(m.drafts, c.Draft.Chat)
	case c.Draft != nil:
		m.drafts[c.Draft.Chat] = *c.Draft
	case c.Orders != nil:
		m.orders = c.Orders
	}
}

// prune forgets what no chat of the stream names any more.
func (m *Mirror) prune() {
	customers, identities := map[string]bool{}, map[string]bool{}
	for _, c := range m.chats {
		customers[c.Customer], identities[c.Identity] = true, true
	}
	maps.DeleteFunc(m.customers, func(k string, _ wire.Customer) bool { return !customers[k] })
	maps.DeleteFunc(m.identities, func(k string, _ wire.Identity) bool { return !identities[k] })
	maps.DeleteFunc(m.messages, func(k string, _ map[int64]wire.Message) bool { _, ok := m.chats[k]; return !ok })
}

// digest is what the console reckons of its chats.
func (m *Mirror) digest() string {
	return wire.Digest(func(yield func(*wire.Chat) bool) {
		for _, c := range m.chats {
			if !yield(&c) {
				return
			}
		}
	})
}

// differsFrom compares m with a snapshot, which carries only the newest messages of each chat.
func (m *Mirror) differsFrom(snapshot *Mirror) string {
	mine := *m
	mine.messages = map[string]map[int64]wire.Message{}
	for id, messages := range snapshot.messages {
		newest := map[int64]wire.Message{}
		for n := range messages {
			if got, ok := m.messages[id][n]; ok {
				newest[n] = got
			} else if m.sparse {
				newest[n] = messages[n]
			}
		}
		mine.messages[id] = newest
		last := m.chats[id].LastNumber
		for n := range int64(len(m.messages[id])) {
			if _, ok := m.messages[id][last-n]; !ok {
				return fmt.Sprintf("%s has a hole at %d", id, last-n)
			}
		}
	}
	mine.sparse = snapshot.sparse
	return cmp.Diff(*snapshot, mine, cmp.AllowUnexported(Mirror{}))
}
