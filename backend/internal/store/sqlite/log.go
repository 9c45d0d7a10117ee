package sqlite

import (
	"database/sql"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

func (r *reader) DueOutgoing(now chat.Millis, n int) []desk.Outgoing {
	return many[outgoingDoc](r, dueOutgoing, now, max(n, 0))
}

func (r *reader) DueMedia(now chat.Millis, n int) []desk.Media {
	return many[mediaDoc](r, dueMedia, now, max(n, 0))
}

func (r *reader) DueTimers(now chat.Millis, n int) []desk.Timer {
	return many[timerDoc](r, dueTimers, now, max(n, 0))
}

func (r *reader) Sending() []desk.Outgoing { return many[outgoingDoc](r, sending) }

func (r *reader) OutgoingIn(state desk.OutgoingState) int {
	n, _ := r.number(countOpen, state)
	return int(n)
}

func (r *reader) NextDue() (outgoing, media, timers chat.Millis) {
	return r.next(nextOutgoing), r.next(nextMedia), r.next(nextTimer)
}

func (r *reader) next(query string) chat.Millis {
	at, ok := r.number(query)
	if !ok {
		return 0
	}
	return chat.Millis(max(at, 1))
}

func (r *reader) Clock() chat.Millis {
	at, _ := r.number(clockQuery)
	return chat.Millis(at)
}

func (r *reader) Err() error { return r.err }

func (r *reader) Head(s wire.Stream) wire.Position {
	seq, _ := r.number(headQuery, s.Kind, s.ID)
	return wire.Position{Epoch: r.epoch, Seq: seq}
}

func (r *reader) Floor(s wire.Stream) int64 {
	seq, _ := r.number(floorQuery, s.Kind, s.ID)
	return seq
}

func (r *reader) Frames(s wire.Stream, after int64, n int) []store.Frame {
	var out []store.Frame
	r.each(frameQuery, []any{s.Kind, s.ID, after, max(n, 0)}, func(rows *sql.Rows) error {
		f := store.Frame{Stream: s}
		if err := rows.Scan(&f.Seq, &f.Bytes); err != nil {
			return err
		}
		out = append(out, f)
		return nil
	})
	if r.err != nil {
		return nil
	}
	return out
}

const (
	nextSeq     = "INSERT INTO streams (kind, name, head, floor) VALUES (?, ?, 1, 0) ON CONFLICT (kind, name) DO UPDATE SET head = head + 1 RETURNING id, head"
	putFrame    = "INSERT INTO log (stream, seq, at, frame) VALUES (?, ?, ?, ?)"
	setClock    = "UPDATE meta SET clock = ?"
	streamsLeft = "SELECT id, head, floor FROM streams WHERE floor < head ORDER BY kind, name"
	oldest      = "SELECT seq, at FROM log WHERE stream = ? ORDER BY seq LIMIT ?"
	dropFrames  = "DELETE FROM log WHERE stream = ? AND seq <= ?"
	raiseFloor  = "UPDATE streams SET floor = ? WHERE id = ?"
)

// tx is a reader in a write transaction.
type tx struct{ reader }

var _ store.Tx = (*tx)(nil)

func (t *tx) Apply(o desk.Outcome, at chat.Millis) []store.Frame {
	for _, w := range o.Writes {
		t.write(w)
	}
	var frames []store.Frame
	for _, f := range o.Frames {
		frames = append(frames, t.append(f, at))
	}
	if t.err != nil {
		return nil
	}
	return frames
}

// append gives f the next number of its stream and keeps its bytes.
func (t *tx) append(f desk.Frame, at chat.Millis) store.Frame {
	var stream, seq int64
	t.each(nextSeq, []any{f.Stream.Kind, f.Stream.ID}, func(rows *sql.Rows) error { return rows.Scan(&stream, &seq) })
	if t.err != nil {
		return store.Frame{}
	}
	frame, err := store.Encode(f, wire.Position{Epoch: t.epoch, Seq: seq}, at)
	if err != nil {
		t.err = err
		return store.Frame{}
	}
	t.exec(putFrame, stream, seq, at, frame.Bytes)
	return frame
}

func (t *tx) SetClock(at chat.Millis) { t.exec(setClock, at) }

func (t *tx) Prune(r store.Retention, now chat.Millis) int {
	type stream struct{ id, head, floor int64 }
	var streams []stream
	t.each(streamsLeft, nil, func(rows *sql.Rows) error {
		var s stream
		defer func() { streams = append(streams, s) }()
		return rows.Scan(&s.id, &s.head, &s.floor)
	})
	dropped := 0
	for _, s := range streams {
		floor := s.floor
		t.each(oldest, []any{s.id, r.Batch - dropped}, func(rows *sql.Rows) error {
			var seq, at int64
			if err := rows.Scan(&seq, &at); err != nil {
				return err
			}
			if !r.Drops(seq, chat.Millis(at), s.head, now) {
				return errEnough // each row is read with its frame
			}
			floor = seq
			return nil
		})
		if floor > s.floor {
			t.exec(dropFrames, s.id, floor)
			t.exec(raiseFloor, floor, s.id)
			dropped += int(floor - s.floor)
		}
	}
	return dropped
}
