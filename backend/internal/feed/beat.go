package feed

import (
	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// Shared is what the feeds of a server remember together, of each stream the newest. It may forget at any time, and
// must be safe for the goroutines of its feeds.
type Shared interface {
	Newest(wire.Stream) Digest // zero: none is known
	Keep(wire.Stream, Digest)
	Whole(wire.Stream) *Whole // nil: none is known
	KeepWhole(wire.Stream, *Whole)
}

// Digest is the digest of a stream's chats at a position, and when it was reckoned.
type Digest struct {
	At     wire.Position
	Looked chat.Millis
	Sum    string
}

// Memo is Shared for feeds that one goroutine drives. It keeps no wholes.
type Memo map[wire.Stream]Digest

// Whole implements Shared.
func (m Memo) Whole(wire.Stream) *Whole { return nil }

// KeepWhole implements Shared.
func (m Memo) KeepWhole(wire.Stream, *Whole) {}

// Newest implements Shared.
func (m Memo) Newest(s wire.Stream) Digest { return m[s] }

// Keep implements Shared. As many streams as a server has are soon known again, so it forgets all at once.
func (m Memo) Keep(s wire.Stream, d Digest) {
	if len(m) >= maxDigests {
		clear(m)
	}
	m[s] = d
}

const maxDigests = 20_000 // kept at once, of about 150 bytes each

// Beat looks as Check does and lets the next frame be a beat. The streams in which the console will stand at the head
// of this state are told with their digest.
func (f *Feed) Beat(read Read, now chat.Millis) *Ending {
	f.beatDue = true
	return f.look(read, func(r store.Reader) *Ending {
		e := f.check(r, now)
		for _, fl := range f.flows {
			if e == nil && !fl.resetting {
				fl.look(r, now, f.limits.DigestMillis, f.shared)
			}
		}
		return e
	})
}

// look notes the digest of the stream's chats where it is known for the position that the console will stand at, or
// may be reckoned.
func (fl *flow) look(r store.Reader, now chat.Millis, every int64, known Shared) {
	fl.digest = Digest{}
	if fl.stream.Kind == wire.TenantStream {
		return
	}
	newest := known.Newest(fl.stream)
	switch here := (wire.Position{Epoch: fl.epoch, Seq: fl.sent}); {
	case newest.At == here:
		fl.digest = newest
	case r.Head(fl.stream) == here && (newest.Sum == "" || now >= newest.Looked+chat.Millis(every)):
		fl.digest = Digest{At: here, Looked: now, Sum: desk.Digest(r, fl.stream)}
		if r.Err() == nil {
			known.Keep(fl.stream, fl.digest)
		}
	}
}

// beat tells the time and where the console stands once it has read this far.
func (f *Feed) beat(now chat.Millis) *wire.Beat {
	b := &wire.Beat{Now: int64(now)}
	for _, fl := range f.flows {
		if fl.resetting {
			continue
		}
		h := wire.Head{Stream: fl.stream, Position: wire.Position{Epoch: fl.epoch, Seq: fl.sent}}
		if fl.digest.At == h.Position {
			h.Digest = fl.digest.Sum
		}
		b.Heads = append(b.Heads, h)
	}
	return b
}
