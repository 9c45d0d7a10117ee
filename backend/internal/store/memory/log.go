package memory

import (
	"strings"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

func streamKey(s wire.Stream) string { return str(s.Kind) + str(s.ID) }

func (r *reader) Head(s wire.Stream) wire.Position {
	at, _ := r.streams.get(streamKey(s))
	return wire.Position{Epoch: r.epoch, Seq: at.head}
}

func (r *reader) Heads(yield func(wire.Stream, int64) bool) {
	for _, at := range r.streams.from("") {
		if !yield(at.stream, at.head) {
			return
		}
	}
}

func (r *reader) Floor(s wire.Stream) int64 {
	at, _ := r.streams.get(streamKey(s))
	return at.floor
}

func (r *reader) Frames(s wire.Stream, after int64, n int) []store.Frame {
	key := streamKey(s)
	var out []store.Frame
	for k, e := range r.log.from(key + num(after+1)) {
		if len(out) >= n || !strings.HasPrefix(k, key) {
			break
		}
		out = append(out, e.Frame)
	}
	return out
}

// tx is a reader whose state nobody else has.
type tx struct{ reader }

var _ store.Tx = (*tx)(nil)

func (t *tx) Apply(o desk.Outcome, at chat.Millis) []store.Frame {
	for _, w := range o.Writes {
		if t.err == nil {
			t.err = t.write(w, at)
		}
	}
	var frames []store.Frame
	for _, f := range o.Frames {
		if t.err == nil {
			frames = append(frames, t.append(f, at))
		}
	}
	if t.err != nil {
		return nil
	}
	return frames
}

func (t *tx) append(f desk.Frame, at chat.Millis) store.Frame {
	key := streamKey(f.Stream)
	s, _ := t.streams.get(key)
	s.head++
	s.stream = f.Stream
	frame, err := store.Encode(f, wire.Position{Epoch: t.epoch, Seq: s.head}, at)
	if err != nil {
		t.err = err
		return store.Frame{}
	}
	t.streams.put(key, s)
	t.log.put(key+num(s.head), entry{Frame: frame, at: at})
	return frame
}

func (t *tx) Expect([]desk.VendorKey) {} // nothing is far

func (t *tx) SetClock(at chat.Millis) { t.clock = at }

func (t *tx) Renew(epoch string) {
	t.epoch, t.streams, t.log = epoch, tree[stream]{}, tree[entry]{}
}
