package memory

import (
	"iter"

	"parley/backend/chat"
	"parley/backend/internal/desk"
)

func (r *reader) DueOutgoing(now chat.Millis, n int) []desk.Outgoing {
	return due(r.inTurn(), now, n, func(o *desk.Outgoing) chat.Millis { return o.NextAt })
}

func (r *reader) DueMedia(now chat.Millis, n int) []desk.Media {
	return due(rowsOf(r.state, &r.media, mediaDue), now, n, func(m *desk.Media) chat.Millis { return m.NextAt })
}

func (r *reader) DueTimers(now chat.Millis, n int) []desk.Timer {
	return due(rowsOf(r.state, &r.timers, timerDue), now, n, func(t *desk.Timer) chat.Millis { return t.At })
}

func (r *reader) Sending() []desk.Outgoing { return list(r.state, &r.outgoing, outgoingSending) }

func (r *reader) OutgoingIn(state desk.OutgoingState) int {
	n := 0
	for range r.keys.under(outgoingIn + str(state)) {
		n++
	}
	return n
}

func (r *reader) NextDue() (outgoing, media, timers chat.Millis) {
	for o := range r.inTurn() {
		outgoing = max(o.NextAt, 1)
		break
	}
	for m := range rowsOf(r.state, &r.media, mediaDue) {
		media = max(m.NextAt, 1)
		break
	}
	for t := range rowsOf(r.state, &r.timers, timerDue) {
		timers = max(t.At, 1)
		break
	}
	return outgoing, media, timers
}

// due takes rows, which come in the order of their moments, up to now.
func due[V any](rows iter.Seq[V], now chat.Millis, n int, at func(*V) chat.Millis) []V {
	var out []V
	for row := range rows {
		if len(out) >= n || at(&row) > now {
			break
		}
		out = append(out, row)
	}
	return out
}

// rowsOf yields what list returns, one by one.
func rowsOf[V any](s *state, rows *tree[V], prefix string) iter.Seq[V] {
	return func(yield func(V) bool) {
		for _, key := range s.keys.under(prefix) {
			if row, _ := rows.get(key); !yield(row) {
				return
			}
		}
	}
}

// inTurn yields the pending rows that no earlier or sending one of their chat holds back, oldest NextAt first.
func (r *reader) inTurn() iter.Seq[desk.Outgoing] {
	return func(yield func(desk.Outgoing) bool) {
		for o := range rowsOf(r.state, &r.outgoing, outgoingDue) {
			if !r.heldBack(&o) && !yield(o) {
				return
			}
		}
	}
}

func (r *reader) heldBack(o *desk.Outgoing) bool {
	for other := range rowsOf(r.state, &r.outgoing, outgoingOpen+str(o.Chat)) {
		if other.State == desk.OutSending || other.Number < o.Number {
			return true
		}
	}
	return false
}
