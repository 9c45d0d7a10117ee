package feed

import (
	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// Whole is the whole state of a stream at a position, in parts as they are sent. It is not changed once it is made, so
// that all connections that need it at that position can share it.
type Whole struct {
	At    wire.Position
	parts []Item
}

// unsplit is a whole that was read and is not yet in parts.
type unsplit struct {
	changes []wire.Change
	counts  *wire.Counts
}

// reset begins with the whole of the stream: the one that others have read, or one read from r, with the results that
// a console of the device waits for.
func (f *Feed) reset(fl *flow, r store.Reader, head wire.Position, device chat.DeviceID) {
	fl.at, fl.resetting = head, true
	own := fl.stream == f.own()
	if known := f.shared.Whole(fl.stream); !own && known != nil && known.At == head {
		fl.whole = known
		return
	}
	fl.unsplit.changes, fl.unsplit.counts = desk.Snapshot(r, fl.stream)
	if own {
		fl.unsplit.changes = append(fl.unsplit.changes, desk.Results(r, device, f.hello.Unconfirmed)...)
	}
}

// split makes the parts of what was read. Streams that are not one agent's are kept for others.
func (f *Feed) split(fl *flow) *Ending {
	if !fl.resetting || fl.whole != nil {
		return nil
	}
	fl.whole = &Whole{At: fl.at}
	changes, counts := fl.unsplit.changes, fl.unsplit.counts
	fl.unsplit = unsplit{}
	for last := false; !last; {
		n := wire.Split(changes, f.limits.SnapshotBytes)
		last = n == len(changes)
		p := &wire.Snapshot{Stream: fl.stream, At: fl.at, Part: len(fl.whole.parts), Last: last, Changes: changes[:n]}
		if last {
			p.Counts = counts
		}
		it, e := f.encode(&wire.Down{Snapshot: p}, true)
		if e != nil {
			return e
		}
		fl.whole.parts, changes = append(fl.whole.parts, it), changes[n:]
	}
	if fl.stream != f.own() {
		f.shared.KeepWhole(fl.stream, fl.whole)
	}
	return nil
}

// nextPart takes the next part of the first stream whose whole was not sent yet.
func (f *Feed) nextPart(Read, chat.Millis) (Item, *Ending) {
	for _, fl := range f.flows {
		if !fl.resetting {
			continue
		}
		it := fl.whole.parts[fl.part]
		if fl.part++; fl.part == len(fl.whole.parts) {
			fl.resetting, fl.whole, fl.sent = false, nil, fl.at.Seq
		}
		return it, nil
	}
	return Item{}, nil
}
