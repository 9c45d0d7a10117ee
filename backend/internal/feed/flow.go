package feed

import (
	"fmt"
	"slices"

	"parley/backend/chat"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// flow is one stream of the connection: first its whole state if it could not be resumed, then its frames, from
// the log while it is behind and as they happen when it is not.
type flow struct {
	stream wire.Stream
	epoch  string
	sent   int64 // the position that the console has when it has read what was sent

	resetting bool // the whole was not sent yet
	unsplit   unsplit
	whole     *Whole
	at        wire.Position // of the whole
	part      int           // of the whole, the next

	behind bool   // the next frames are in the log
	digest Digest // as the last beat looked
}

// resume begins after the position that the console named, if it can be continued from there.
func (fl *flow) resume(named []wire.StreamPosition, head wire.Position, floor int64) bool {
	for _, n := range named {
		p := n.Position
		if n.Stream == fl.stream && p.Epoch == head.Epoch && floor <= p.Seq && p.Seq <= head.Seq {
			fl.sent, fl.behind = p.Seq, p.Seq < head.Seq
			return true
		}
	}
	return false
}

func (f *Feed) flow(stream wire.Stream) *flow {
	for _, fl := range f.flows {
		if fl.stream == stream {
			return fl
		}
	}
	return nil
}

// nextLogged takes the next frame of a stream that is behind.
func (f *Feed) nextLogged(read Read, _ chat.Millis) (Item, *Ending) {
	if len(f.backlog) == 0 {
		if e := f.readLog(read); e != nil {
			return Item{}, e
		}
	}
	if len(f.backlog) == 0 {
		return Item{}, nil
	}
	next := pop(&f.backlog)
	fl := f.flow(next.Stream)
	if fl == nil || next.Seq != fl.sent+1 {
		e := *Lagging
		e.Cause = fmt.Errorf("feed: the log of %s stream %q has a hole before %d", next.Stream.Kind, next.Stream.ID, next.Seq)
		return Item{}, &e
	}
	return fl.step(next), nil
}

// readLog reads on in the first stream that is behind. A stream of which less came than was asked for has caught
// up: what is committed from now on is told by Live.
func (f *Feed) readLog(read Read) *Ending {
	for _, fl := range f.flows {
		if !fl.behind {
			continue
		}
		lost := false
		e := read(func(r store.Reader) {
			lost = r.Head(fl.stream).Epoch != fl.epoch || r.Floor(fl.stream) > fl.sent
			f.backlog = slices.Clone(r.Frames(fl.stream, fl.sent, f.limits.LogBatch))
		})
		if e != nil {
			return e
		}
		if lost {
			return Lagging // the console's next hello is answered with a snapshot
		}
		fl.behind = len(f.backlog) == f.limits.LogBatch
		if len(f.backlog) > 0 {
			return nil
		}
	}
	return nil
}

// nextLive takes the next frame of Live that the console does not have. A stream in which one is missing is read
// from the log.
func (f *Feed) nextLive(read Read, now chat.Millis) (Item, *Ending) {
	for len(f.live) > 0 {
		next := pop(&f.live)
		switch fl := f.flow(next.Stream); {
		case fl == nil || next.Seq <= fl.sent:
		case next.Seq == fl.sent+1:
			return fl.step(next), nil
		default:
			fl.behind = true
			return f.nextLogged(read, now)
		}
	}
	return Item{}, nil
}

// step gives out next, whose bytes all watchers share.
func (fl *flow) step(next store.Frame) Item {
	fl.sent = next.Seq
	return Item{Bytes: next.Bytes}
}
