package replica

import (
	"cmp"
	"slices"

	"parley/app/internal/record"
	"parley/backend/chat"
	"parley/backend/wire"
)

// thread is the messages of a chat that somebody looks at.
type thread struct {
	loaded   bool
	token    int64          // of the reading under way, R12
	messages []chat.Message // by number; replaced, never changed
}

func byNumber(m chat.Message, n int64) int { return cmp.Compare(m.Number, n) }

func (th *thread) put(m *chat.Message) {
	at, found := slices.BinarySearchFunc(th.messages, m.Number, byNumber)
	messages := make([]chat.Message, len(th.messages), len(th.messages)+1)
	copy(messages, th.messages)
	if found {
		messages[at] = *m
	} else {
		messages = slices.Insert(messages, at, *m)
	}
	th.messages = messages
}

// Thread returns the messages that are kept of a chat, by number and without a gap; false if they have not been
// read from the cache yet, see Load. They must not be changed.
func (r *Replica) Thread(id chat.ID) ([]chat.Message, bool) {
	e := r.chats[id]
	if e == nil || e.thread == nil || !e.thread.loaded {
		return nil, false
	}
	return e.thread.messages, true
}

// Load begins to keep a chat's messages in memory. It returns the key prefix to read in BucketMessages and a
// token for Loaded; false if there is nothing to read.
func (r *Replica) Load(id chat.ID) (prefix string, token int64, ok bool) {
	e := r.chats[id]
	if e == nil || e.thread != nil {
		return "", 0, false
	}
	r.loads++
	e.thread = &thread{token: r.loads, loaded: e.low == 0}
	return messagePrefix(id), r.loads, e.low != 0
}

// Loaded gives what was read for Load. What cannot be decoded is as if it were not there: the gap rule holds.
func (r *Replica) Loaded(id chat.ID, token int64, records []record.Record) {
	e := r.chats[id]
	if e == nil || e.thread == nil || e.thread.token != token || e.thread.loaded {
		return
	}
	messages := slices.Clone(e.thread.messages)
	for i := range records {
		m, err := decodeMessage(records[i].Value)
		if err != nil || m.Number < e.low || m.Number > e.high {
			continue
		}
		if at, found := slices.BinarySearchFunc(messages, m.Number, byNumber); !found {
			messages = slices.Insert(messages, at, m)
		}
	}
	e.thread = &thread{loaded: true, messages: withoutGap(messages)}
	e.low, e.high = bounds(e.thread.messages)
}

// Unload drops a chat's messages from memory; they stay in the cache.
func (r *Replica) Unload(id chat.ID) {
	if e := r.chats[id]; e != nil {
		e.thread = nil
	}
}

// withoutGap returns the newest messages that follow each other.
func withoutGap(messages []chat.Message) []chat.Message {
	for i := len(messages) - 1; i > 0; i-- {
		if messages[i-1].Number != messages[i].Number-1 {
			return messages[i:]
		}
	}
	return messages
}

func bounds(messages []chat.Message) (low, high int64) {
	if len(messages) == 0 {
		return 0, 0
	}
	return messages[0].Number, messages[len(messages)-1].Number
}

// InboundsAt gives Message.Inbounds of a message that is in memory, or of the newest.
func (r *Replica) InboundsAt(id chat.ID, number int64) (int64, bool) {
	if c, ok := r.Chat(id); ok && number == c.LastNumber {
		return c.InboundCount, true
	}
	messages, _ := r.Thread(id)
	if at, found := slices.BinarySearchFunc(messages, number, byNumber); found {
		return messages[at].Inbounds, true
	}
	return 0, false
}

// message applies what the agent's stream says of a message of one of the agent's chats (R10).
func (t *step) message(m *chat.Message) {
	e := t.r.chats[m.Chat]
	if !e.carriedBy(wire.AgentStream) || m.Number < 1 {
		return
	}
	switch {
	case e.low == 0:
		e.low, e.high = m.Number, m.Number
	case m.Number == e.low-1:
		e.low--
	case m.Number < e.low:
		return
	case m.Number == e.high+1:
		e.high++
	case m.Number > e.high:
		t.forgetMessages(m.Chat, e)
		e.low, e.high = m.Number, m.Number
	}
	t.keep(e, m)
}

// keep writes a message within the bounds of e.
func (t *step) keep(e *entry, m *chat.Message) {
	t.touch(m.Chat)
	if e.thread != nil {
		e.thread.put(m)
	}
	t.put(bucketMessages, messageKey(m.Chat, m.Number), wire.FromMessage(*m))
}

func (t *step) forgetMessages(id chat.ID, e *entry) {
	if e.low != 0 {
		t.out.Batch.DeletePrefix(bucketMessages, messagePrefix(id))
	}
	e.low, e.high = 0, 0
	if e.thread != nil {
		e.thread = &thread{loaded: true}
	}
}

// More returns the request for the messages that are to be shown and are not kept: the newest of a chat whose
// newest are not, or with older those before the oldest kept. False: there is nothing to ask, or no connection.
func (r *Replica) More(id chat.ID, older bool) (wire.Up, bool) {
	e := r.chats[id]
	if e == nil || !r.conn || r.askedMore[id] != 0 {
		return wire.Up{}, false
	}
	c := e.best().chat
	before := c.LastNumber + 1
	fresh := e.high >= c.LastNumber && (e.carriedBy(wire.AgentStream) || r.fresh[id])
	if fresh && (!older || e.low <= 1) || before <= 1 {
		return wire.Up{}, false
	}
	if fresh {
		before = e.low
	}
	r.askedMore[id] = before
	return wire.Up{More: &wire.More{Chat: string(id), Before: before, Count: wire.MaxPage}}, true
}

// MoreOfGone returns the request for the newest messages of a chat that is not here any more, whose answer is
// Effects.After. False: it is here, it was asked for, or there is no connection.
func (r *Replica) MoreOfGone(id chat.ID) (wire.Up, bool) {
	if r.chats[id] != nil || !r.conn || r.askedMore[id] != 0 {
		return wire.Up{}, false
	}
	r.askedMore[id] = ofGone
	return wire.Up{More: &wire.More{Chat: string(id), Count: wire.MaxPage}}, true
}

// ofGone stands in askedMore for the newest page of a chat that is not here any more.
const ofGone = -1

// OldestKept is the number of the oldest message kept of a chat, 0 if none is.
func (r *Replica) OldestKept(id chat.ID) int64 {
	if e := r.chats[id]; e != nil {
		return e.low
	}
	return 0
}

// page joins a page with the messages kept (R10, R11).
func (t *step) page(p *wire.Page) {
	id := chat.ID(p.Chat)
	asked := t.r.askedMore[id]
	delete(t.r.askedMore, id)
	e := t.r.chats[id]
	if e == nil && asked == ofGone && p.Problem == nil && sound(p) {
		t.out.After = p
	}
	if e == nil || asked != p.Before || p.Problem != nil || !sound(p) {
		return
	}
	t.touch(id)
	if len(p.Messages) == 0 {
		return
	}
	first, last := p.Messages[0].Number, p.Before-1
	switch {
	case e.low != 0 && last < e.low-1:
		return
	case e.low != 0 && first > e.high+1:
		t.forgetMessages(id, e)
	}
	mine := e.carriedBy(wire.AgentStream)
	low, high := e.low, e.high
	if low == 0 {
		e.low, e.high = first, last
	} else {
		e.low, e.high = min(low, first), max(high, last)
	}
	for i := range p.Messages {
		m := p.Messages[i].Message()
		if !mine || low == 0 || m.Number < low || m.Number > high {
			t.keep(e, &m)
		}
	}
	t.r.fresh[id] = t.r.fresh[id] || e.high >= e.best().chat.LastNumber
}

// sound reports whether a page is what PROTOCOL.md says: in order, without a gap, ending before Before.
func sound(p *wire.Page) bool {
	for i := range p.Messages {
		m := &p.Messages[i]
		if m.Chat != p.Chat || m.Number < 1 || m.Number != p.Before-int64(len(p.Messages)-i) {
			return false
		}
	}
	return true
}

// Earlier returns the request for a customer's chats. False: it is under way, or there is no connection.
func (r *Replica) Earlier(k chat.CustomerKey) (wire.Up, bool) {
	if !r.conn || k == "" || r.askedEarlier[k] {
		return wire.Up{}, false
	}
	r.askedEarlier[k] = true
	return wire.Up{Earlier: &wire.Earlier{Customer: string(k)}}, true
}

// history keeps a customer's chats. They are shown with the conversations of that customer only, and are no part
// of any list.
func (t *step) history(h *wire.History) {
	k := chat.CustomerKey(h.Customer)
	if h.Problem != nil || !t.r.askedEarlier[k] {
		return
	}
	chats := make([]chat.Chat, 0, len(h.Chats))
	for i := range h.Chats {
		if i < wire.MaxHistory {
			chats = append(chats, h.Chats[i].Chat())
		}
	}
	t.r.histories[k] = chats
	t.customers[k] = true
	t.put(bucketHistories, h.Customer, h)
}

// HistoryAsked reports whether a customer's chats were heard of or asked for on the present connection.
func (r *Replica) HistoryAsked(k chat.CustomerKey) bool { return r.askedEarlier[k] }
