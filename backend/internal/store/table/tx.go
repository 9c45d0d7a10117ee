package table

import (
	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// Tx is a Reader in a write transaction.
type Tx struct {
	Reader
	streams Streams
}

var _ store.Tx = (*Tx)(nil)

// Streams are where streams stand that transactions have written to.
type Streams map[wire.Stream]standing

type standing struct{ id, head int64 }

// Begin returns a Tx in a transaction that has begun. streams are what the last transaction's Streams returned, if that
// was committed and nobody else has written since, or nil.
func Begin(e Engine, streams Streams) *Tx {
	if streams == nil {
		streams = Streams{}
	}
	return &Tx{*Read(e), streams}
}

// Streams returns where the streams stand now. They are the Tx's own until it has ended.
func (t *Tx) Streams() Streams { return t.streams }

// Apply implements store.Tx.
func (t *Tx) Apply(o desk.Outcome, at chat.Millis) []store.Frame {
	for _, w := range o.Writes {
		t.Write(w, at)
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
func (t *Tx) append(f desk.Frame, at chat.Millis) store.Frame {
	s := t.standing(f.Stream)
	if t.err != nil {
		return store.Frame{}
	}
	s.head++
	frame, err := store.Encode(f, wire.Position{Epoch: t.epoch, Seq: s.head}, at)
	if err != nil {
		t.err = err
		return store.Frame{}
	}
	t.streams[f.Stream] = s
	t.exec(setHead, s.head, s.id)
	t.exec(putFrame, s.id, s.head, at, frame.Bytes)
	return frame
}

// standing returns where a stream stands; one that does not exist is made.
func (t *Tx) standing(stream wire.Stream) standing {
	s, ok := t.streams[stream]
	if ok {
		return s
	}
	t.each(oneStream, []any{stream.Kind, stream.ID}, func(found Row) error { return found.Scan(&s.id, &s.head) })
	if s.id == 0 {
		t.each(makeStream, []any{stream.Kind, stream.ID}, func(found Row) error { return found.Scan(&s.id) })
	}
	return s
}

// Head implements store.Reader.
func (t *Tx) Head(stream wire.Stream) wire.Position {
	if s, ok := t.streams[stream]; ok && t.err == nil {
		return wire.Position{Epoch: t.epoch, Seq: s.head}
	}
	return t.Reader.Head(stream)
}

// Expect implements store.Tx: nothing is far.
func (t *Tx) Expect([]desk.VendorKey) {}

// SetClock implements store.Tx.
func (t *Tx) SetClock(at chat.Millis) {
	t.exec(setClock, at)
	t.clock = at
}

// Renew implements store.Tx.
func (t *Tx) Renew(epoch string) {
	t.exec(dropLog)
	t.exec(dropStreams)
	t.exec(setEpoch, epoch)
	t.epoch = epoch
	clear(t.streams)
}
