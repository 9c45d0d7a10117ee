package servertest

import (
	"slices"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/wire"
)

// State is what a stream had at a position. Nobody changes it.
type State struct {
	Chats  []*chat.Chat // by id
	Counts chat.Counts  // of an agent's stream
	// Tails are the newest messages of each chat of an agent's stream, by number.
	Tails map[chat.ID][]chat.Message
	// Drafts are the agent's, by chat.
	Drafts map[chat.ID]wire.Draft
}

// place is a position in a stream.
type place struct {
	stream wire.Stream
	at     wire.Position
}

// history is the states of all positions.
type history struct {
	states map[place]*State
	order  []place // as they came
	last   map[wire.Stream]*State
	limit  int
}

func (h *history) reset() {
	h.states, h.last, h.order = map[place]*State{}, map[wire.Stream]*State{}, nil
}

func (h *history) put(at place, s *State) {
	if _, ok := h.states[at]; !ok {
		h.order = append(h.order, at)
	}
	h.states[at], h.last[at.stream] = s, s
	if h.limit > 0 && len(h.order) > 2*h.limit {
		h.forget()
	}
}

// forget drops the oldest states, but for the newest of each stream.
func (h *history) forget() {
	var kept []place
	for i, old := range h.order {
		if i >= h.limit || h.states[old] == h.last[old.stream] {
			kept = append(kept, old)
		} else {
			delete(h.states, old)
		}
	}
	h.order = kept
}

// At returns what a stream had at a position; false: the server never had it, or, with a limit, it was forgotten.
func (w *World) At(s wire.Stream, p wire.Position) (*State, bool) {
	if p.Seq == 0 {
		if at, ok := w.history.states[place{s, p}]; ok {
			return at, true
		}
		return &State{}, true
	}
	at, ok := w.history.states[place{s, p}]
	return at, ok
}

// tail is how many messages of a chat a State has.
const tail = wire.SnapshotMessages

// stateOf reads what s has now. What is as in before shares its memory; touched are the chats whose messages changed.
func stateOf(v desk.View, s wire.Stream, before *State, touched map[chat.ID]bool) *State {
	var rows []chat.Chat
	switch s.Kind {
	case wire.AgentStream:
		rows = v.ChatsHeldBy(chat.AgentID(s.ID))
	case wire.QueueStream:
		rows = v.ChatsQueuedIn(chat.TeamID(s.ID))
	}
	now := &State{Tails: map[chat.ID][]chat.Message{}}
	for i := range rows {
		now.Chats = append(now.Chats, shared(before, &rows[i]))
		if s.Kind != wire.AgentStream {
			continue
		}
		id := rows[i].ID
		was, had := before.tail(id)
		if !had || touched[id] {
			was = v.MessagesBefore(id, 0, tail)
		}
		now.Tails[id] = was
	}
	if s.Kind == wire.AgentStream {
		now.Counts = count(now.Chats, chat.AgentID(s.ID))
		now.Drafts = map[chat.ID]wire.Draft{}
		for _, d := range v.DraftsOf(chat.AgentID(s.ID)) {
			if d.Text == "" {
				continue // only that there is none any more
			}
			now.Drafts[d.Chat] = wire.Draft{Chat: string(d.Chat), Text: d.Text, Revision: d.Revision, Device: string(d.Device), At: int64(d.At)}
		}
	}
	return now
}

func (s *State) tail(id chat.ID) ([]chat.Message, bool) {
	if s == nil {
		return nil, false
	}
	t, ok := s.Tails[id]
	return t, ok
}

// Chat returns the chat of that id.
func (s *State) Chat(id chat.ID) *chat.Chat {
	if s == nil {
		return nil
	}
	i, found := slices.BinarySearchFunc(s.Chats, id, func(c *chat.Chat, id chat.ID) int {
		switch {
		case c.ID < id:
			return -1
		case c.ID > id:
			return 1
		}
		return 0
	})
	if !found {
		return nil
	}
	return s.Chats[i]
}

// shared returns c, or the same as before has it.
func shared(before *State, c *chat.Chat) *chat.Chat {
	if was := before.Chat(c.ID); was != nil && SameChat(was, c) {
		return was
	}
	own := c.Clone()
	return &own
}

// SameChat reports whether two chats are equal in everything that goes over the wire.
func SameChat(a, b *chat.Chat) bool {
	if !slices.Equal(a.Tags, b.Tags) {
		return false
	}
	// A struct with a slice cannot be compared; everything else of it can.
	x, y := *a, *b
	x.Tags, y.Tags = nil, nil
	return bare(&x) == bare(&y)
}

// bareChat is a chat without its tags.
type bareChat struct {
	id       chat.ID
	names    [10]string
	numbers  [14]int64
	priority chat.Priority
	extended bool
}

func bare(c *chat.Chat) bareChat {
	return bareChat{id: c.ID, priority: c.Priority, extended: c.Extended,
		names: [10]string{c.Alias, string(c.Status), string(c.Team), string(c.Asset), string(c.Identity), string(c.Customer),
			string(c.Channel), string(c.Assignee), c.LastText, string(c.LastKind)},
		numbers: [14]int64{int64(c.CreatedAt), int64(c.AssignedAt), c.AssignedIndex, int64(c.OpenedAt),
			int64(c.WaitingSince), int64(c.LastInboundAt), c.Assignment, c.LastNumber, c.InboundCount, c.ReadTo, c.Unread,
			c.SettledTo, int64(c.ReleaseAt)}}
}

// count is an agent's counts by the rules' own words, not by chat.Count.
func count(chats []*chat.Chat, me chat.AgentID) (n chat.Counts) {
	for _, c := range chats {
		if c.Status != chat.Picked || c.Assignee != me {
			continue
		}
		n.Held++
		if c.WaitingSince != 0 {
			n.Waiting++
			if c.Unread > 0 {
				n.Pending++
			}
		}
	}
	return n
}
