package table

import (
	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/row"
	"parley/backend/wire"
)

func (r *Reader) DueOutgoing(now chat.Millis, n int) []desk.Outgoing {
	return many[row.Outgoing](r, dueOutgoing, now, max(n, 0))
}

func (r *Reader) DueMedia(now chat.Millis, n int) []desk.Media {
	return many[row.Media](r, dueMedia, now, max(n, 0))
}

func (r *Reader) DueTimers(now chat.Millis, n int) []desk.Timer {
	return many[row.Timer](r, dueTimers, now, max(n, 0))
}

func (r *Reader) Sending() []desk.Outgoing { return many[row.Outgoing](r, sending) }

func (r *Reader) OutgoingIn(state desk.OutgoingState) int {
	n, _ := r.number(countOpen, state)
	return int(n)
}

func (r *Reader) NextDue() (outgoing, media, timers chat.Millis) {
	return r.next(nextOutgoing), r.next(nextMedia), r.next(nextTimer)
}

func (r *Reader) next(query string) chat.Millis {
	at, ok := r.number(query)
	if !ok {
		return 0
	}
	return chat.Millis(max(at, 1))
}

func (r *Reader) Head(s wire.Stream) wire.Position {
	seq, _ := r.number(headQuery, s.Kind, s.ID)
	return wire.Position{Epoch: r.epoch, Seq: seq}
}

func (r *Reader) Heads(yield func(wire.Stream, int64) bool) {
	r.each(allHeads, nil, func(found Row) error {
		var kind, name string
		var head int64
		if err := found.Scan(&kind, &name, &head); err != nil {
			return err
		}
		if !yield(wire.Stream{Kind: wire.StreamKind(kind), ID: name}, head) {
			return ErrEnough
		}
		return nil
	})
}

func (r *Reader) Floor(s wire.Stream) int64 {
	seq, _ := r.number(floorQuery, s.Kind, s.ID)
	return seq
}

func (r *Reader) Frames(s wire.Stream, after int64, n int) []store.Frame {
	var out []store.Frame
	r.each(frameQuery, []any{s.Kind, s.ID, after, max(n, 0)}, func(found Row) error {
		f := store.Frame{Stream: s}
		if err := found.Scan(&f.Seq, &f.Bytes); err != nil {
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
