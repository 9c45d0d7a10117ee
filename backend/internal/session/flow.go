package session

import (
	"context"

	"parley/backend/internal/store"
	"parley/backend/wire"
)

// flow is one stream of the connection: first its whole state if it could not be resumed, then its frames, from
// the log while it is behind and from the hub when it is not.
type flow struct {
	stream wire.Stream
	epoch  string
	sent   int64 // the position that the console has when it has read what was sent

	resetting bool // the whole was not sent yet
	whole     []wire.Change
	counts    *wire.Counts
	at        wire.Position // of whole
	part      int

	behind bool // the next frames are in the log
}

// resume begins after the position that the console named, if it can be continued from there.
func (f *flow) resume(named []wire.StreamPosition, head wire.Position, floor int64) bool {
	for _, n := range named {
		p := n.Position
		if n.Stream == f.stream && p.Epoch == head.Epoch && floor <= p.Seq && p.Seq <= head.Seq {
			f.sent, f.behind = p.Seq, p.Seq < head.Seq
			return true
		}
	}
	return false
}

// nextPart cuts the next part off the whole state.
func (f *flow) nextPart(aim int) *wire.Snapshot {
	n := wire.Split(f.whole, aim)
	p := &wire.Snapshot{Stream: f.stream, At: f.at, Part: f.part, Last: n == len(f.whole), Changes: f.whole[:n]}
	f.whole = f.whole[n:]
	f.part++
	if p.Last {
		p.Counts = f.counts
		f.resetting, f.whole, f.sent = false, nil, f.at.Seq
	}
	return p
}

// prepare makes pending the next thing to be sent, if there is one. What was prepared counts as sent: the writer
// keeps the order.
func (s *session) prepare(ctx context.Context) *ending {
	if s.pending != nil {
		return nil
	}
	for _, next := range []func(context.Context) *ending{s.nextUrgent, s.nextPart, s.nextReply, s.nextLogged, s.nextLive} {
		if e := next(ctx); e != nil || s.pending != nil {
			return e
		}
	}
	return nil
}

// nextUrgent takes what waits for no stream: welcome, refetch and beat.
func (s *session) nextUrgent(context.Context) *ending {
	if len(s.urgent) > 0 {
		s.pending, s.urgent = &s.urgent[0], s.urgent[1:]
		return nil
	}
	if !s.beatDue || !s.welcomed {
		return nil
	}
	s.beatDue = false
	return s.give(&wire.Down{Beat: s.beat()}, false)
}

// beat tells the time and where the console stands once it has read this far.
func (s *session) beat() *wire.Beat {
	b := &wire.Beat{Now: int64(s.deps.Now())}
	for _, f := range s.flows {
		if !f.resetting {
			b.Heads = append(b.Heads, wire.StreamPosition{Stream: f.stream, Position: wire.Position{Epoch: f.epoch, Seq: f.sent}})
		}
	}
	return b
}

func (s *session) nextPart(context.Context) *ending {
	for _, f := range s.flows {
		if f.resetting {
			return s.give(&wire.Down{Snapshot: f.nextPart(s.limits.SnapshotBytes)}, true)
		}
	}
	return nil
}

// nextLogged takes the next frame of a stream that is behind.
func (s *session) nextLogged(ctx context.Context) *ending {
	if len(s.backlog) == 0 {
		if e := s.readLog(ctx); e != nil {
			return e
		}
	}
	if len(s.backlog) == 0 {
		return nil
	}
	f := s.backlog[0]
	s.backlog = s.backlog[1:]
	flow := s.flow(f.Stream)
	if flow == nil || f.Seq != flow.sent+1 {
		s.deps.Log.Error("session: the log has a hole", "stream", f.Stream.Kind, "id", f.Stream.ID, "seq", f.Seq)
		return &lagging
	}
	s.step(flow, f)
	return nil
}

// readLog reads on in the first stream that is behind. A stream of which less came than was asked for has caught
// up: what is committed from now on comes by the hub.
func (s *session) readLog(ctx context.Context) *ending {
	for _, f := range s.flows {
		if !f.behind {
			continue
		}
		lost := false
		e := s.view(ctx, func(r store.Reader) {
			lost = r.Head(f.stream).Epoch != f.epoch || r.Floor(f.stream) > f.sent
			s.backlog = r.Frames(f.stream, f.sent, s.limits.LogBatch)
		})
		if e != nil {
			return e
		}
		if lost {
			return &lagging // the console's next hello is answered with a snapshot
		}
		f.behind = len(s.backlog) == s.limits.LogBatch
		if len(s.backlog) > 0 {
			return nil
		}
	}
	return nil
}

// nextLive takes the next frame from the hub that the console does not have. A stream in which one is missing is
// read from the log.
func (s *session) nextLive(ctx context.Context) *ending {
	for len(s.live) > 0 {
		f := s.live[0]
		s.live = s.live[1:]
		switch flow := s.flow(f.Stream); {
		case flow == nil || f.Seq <= flow.sent:
		case f.Seq == flow.sent+1:
			s.step(flow, f)
			return nil
		default:
			flow.behind = true
			return s.nextLogged(ctx)
		}
	}
	return nil
}

// collect takes what the hub has. If that was too much it lies in the log.
func (s *session) collect() {
	frames, dropped := s.watcher.Take()
	s.live = frames
	if dropped {
		for _, f := range s.flows {
			f.behind = true
		}
	}
}

func (s *session) flow(stream wire.Stream) *flow {
	for _, f := range s.flows {
		if f.stream == stream {
			return f
		}
	}
	return nil
}

// step makes f, whose bytes all watchers share, the next to be sent.
func (s *session) step(flow *flow, f store.Frame) {
	flow.sent = f.Seq
	s.pending = &item{bytes: f.Bytes}
}

// give makes d the next to be sent.
func (s *session) give(d *wire.Down, compress bool) *ending {
	b, e := s.encode(d)
	s.pending = &item{b, compress}
	return e
}

// say queues d to be sent before everything else.
func (s *session) say(d *wire.Down) *ending {
	b, e := s.encode(d)
	s.urgent = append(s.urgent, item{bytes: b})
	return e
}

func (s *session) encode(d *wire.Down) ([]byte, *ending) {
	b, err := wire.EncodeDown(d)
	if err != nil {
		s.deps.Log.Error("session: a frame cannot be encoded", "err", err)
		return nil, busy(s.limits, "a fault of the server")
	}
	return b, nil
}
