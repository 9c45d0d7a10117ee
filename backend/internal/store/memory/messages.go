package memory

import (
	"math"
	"slices"
	"strings"

	"parley/backend/chat"
)

func (r *reader) Message(c chat.ID, n int64) (chat.Message, bool) {
	m, ok := r.messages.get(str(c) + num(n))
	return m.Message, ok
}

func (r *reader) MessageByID(id chat.MessageID) (chat.Message, bool) {
	m, ok := find(r.state, &r.messages, messageID+str(id))
	return m.Message, ok
}

func (r *reader) MessageByVendor(ch chat.Channel, id string) (chat.Message, bool) {
	m, ok := find(r.state, &r.messages, messageVendor+str(ch)+str(id))
	return m.Message, ok
}

func (r *reader) MessagesBefore(c chat.ID, before int64, n int) []chat.Message {
	if before == 0 {
		before = math.MaxInt64
	}
	var out []chat.Message
	for key, m := range r.messages.below(str(c) + num(before)) {
		if len(out) >= n || !strings.HasPrefix(key, str(c)) {
			break
		}
		out = append(out, m.Message)
	}
	slices.Reverse(out)
	return out
}

func (r *reader) LastAnswer(c chat.ID) int64 {
	prefix := messageAnswer + str(c)
	for key, row := range r.keys.below(prefix + num(int64(math.MaxInt64))) {
		if !strings.HasPrefix(key, prefix) {
			break
		}
		m, _ := r.messages.get(row)
		return m.Number
	}
	return 0
}

func (r *reader) FirstInboundAfter(c chat.ID, after int64) (chat.Message, bool) {
	for _, m := range r.after(messageInbound+str(c), after, 1) {
		return m, true
	}
	return chat.Message{}, false
}

func (r *reader) RepliesAfter(c chat.ID, after int64) []chat.Message {
	return r.after(messageReply+str(c), after, math.MaxInt)
}

// after returns at most n messages of those that prefix lists, with numbers above number.
func (r *reader) after(prefix string, number int64, n int) []chat.Message {
	var out []chat.Message
	for key, row := range r.keys.from(prefix + num(number+1)) {
		if len(out) >= n || !strings.HasPrefix(key, prefix) {
			break
		}
		m, _ := r.messages.get(row)
		out = append(out, m.Message)
	}
	return out
}
