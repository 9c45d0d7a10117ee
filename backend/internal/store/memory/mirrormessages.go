package memory

import (
	"cmp"
	"math"

	"parley/backend/chat"
	"parley/backend/internal/desk"
)

func messagePlace(v *message) string { return str(v.Chat) + num(v.Number) }

// plain makes of a message that was read one of a mirror. Its vendor's id is not known: it is looked up in the store.
func plain(m chat.Message, ok bool) (message, bool) { return message{Message: m}, ok }

func (t *MirrorTx) keepMessages(read []chat.Message) {
	for _, m := range read {
		keep(t, &t.messages, str(m.Chat)+num(m.Number), message{Message: m}, messageKeys)
	}
}

// Message implements desk.View.
func (t *MirrorTx) Message(c chat.ID, n int64) (chat.Message, bool) {
	m, ok := lookUp(t, &t.messages, messageKey, str(c)+num(n), messageKeys, func() (message, bool) { return plain(t.Tx.Message(c, n)) })
	return m.Message, ok
}

// MessageByID implements desk.View.
func (t *MirrorTx) MessageByID(id chat.MessageID) (chat.Message, bool) {
	m, ok := findOne(t, &t.messages, messageID+str(id), messageKeys, messagePlace, func() (message, bool) { return plain(t.Tx.MessageByID(id)) })
	return m.Message, ok
}

// MessageByVendor implements desk.View.
func (t *MirrorTx) MessageByVendor(ch chat.Channel, id string) (chat.Message, bool) {
	value := messageVendor + str(ch) + str(id)
	m, ok := findOne(t, &t.messages, value, messageKeys, messagePlace, func() (message, bool) { return plain(t.Tx.MessageByVendor(ch, id)) })
	if ok {
		t.keepVendor(m, desk.VendorKey{Channel: ch, ID: id}, value)
	}
	return m.Message, ok
}

// Unknown returns those of keys of which it is not known whether a message has them.
func (t *MirrorTx) Unknown(keys []desk.VendorKey) (unknown []desk.VendorKey) {
	for _, k := range keys {
		value := messageVendor + str(k.Channel) + str(k.ID)
		if _, ok := t.keys.get(value); !ok && !t.knows(value, everything) {
			unknown = append(unknown, k)
		}
	}
	return unknown
}

// Found tells which messages have vendors' ids among keys, of which all were looked for.
func (t *MirrorTx) Found(keys []desk.VendorKey, messages map[desk.VendorKey]chat.Message) {
	for _, k := range keys {
		value := messageVendor + str(k.Channel) + str(k.ID)
		found, ok := messages[k]
		if !ok {
			t.learn(value, everything)
			continue
		}
		m := message{Message: found}
		if here, ok := t.messages.get(messagePlace(&m)); ok {
			m = here
		}
		t.keepVendor(m, k, value)
	}
}

// keepVendor keeps a message with the vendor's id of it.
func (t *MirrorTx) keepVendor(m message, k desk.VendorKey, value string) {
	keep(t, &t.messages, messagePlace(&m), m, messageKeys)
	m.vendor = k
	t.messages.put(messagePlace(&m), m)
	t.keys.put(value, messagePlace(&m))
}

// DefaultNewest is how many of a chat's newest messages are read at a time.
const DefaultNewest = 50

// MessagesBefore implements desk.View.
func (t *MirrorTx) MessagesBefore(c chat.ID, before int64, n int) []chat.Message {
	all := str("messages") + str(c)
	if _, ok := t.known.get(all); !ok {
		t.fillNewest(c, all, max(n, cmp.Or(t.Newest, DefaultNewest)))
	}
	out := t.own().MessagesBefore(c, before, n)
	from, _ := t.known.get(all)
	if len(out) == n && (n == 0 || out[0].Number >= from) || from == everything {
		return out
	}
	return t.Tx.MessagesBefore(c, before, n)
}

func (t *MirrorTx) fillNewest(c chat.ID, all string, n int) {
	read := t.Tx.MessagesBefore(c, 0, n)
	t.keepMessages(read)
	if len(read) < n {
		t.learn(all, everything)
	} else {
		t.learn(all, read[0].Number)
	}
}

// LastAnswer implements desk.View.
func (t *MirrorTx) LastAnswer(c chat.ID) int64 {
	answers := messageAnswer + str(c)
	n := t.own().LastAnswer(c)
	if t.knows(answers, everything) || n != 0 && t.knows(answers, n) {
		return n
	}
	if n = t.Tx.LastAnswer(c); n == 0 {
		t.learn(answers, everything)
		return 0
	}
	if _, ok := t.Message(c, n); ok {
		t.learn(answers, n)
	}
	return n
}

// FirstInboundAfter implements desk.View.
func (t *MirrorTx) FirstInboundAfter(c chat.ID, after int64) (chat.Message, bool) {
	known, ok := t.first.get(str(c))
	if ok && known.from <= after+1 {
		if m, ok := t.own().FirstInboundAfter(c, after); ok && m.Number <= known.to || !ok && known.to == math.MaxInt64 {
			return m, ok
		}
	}
	m, found := t.Tx.FirstInboundAfter(c, after)
	read := stretch{after + 1, math.MaxInt64}
	if found {
		t.keepMessages([]chat.Message{m})
		read.to = m.Number
	}
	if ok && known.from <= read.from && read.from-1 <= known.to {
		read.from = known.from
	}
	if t.Tx.Err() == nil {
		t.first.put(str(c), read)
	}
	return m, found
}

// RepliesAfter implements desk.View.
func (t *MirrorTx) RepliesAfter(c chat.ID, after int64) []chat.Message {
	replies := messageReply + str(c)
	if !t.knows(replies, after+1) {
		t.keepMessages(t.Tx.RepliesAfter(c, after))
		t.learn(replies, after+1)
	}
	return t.own().RepliesAfter(c, after)
}
