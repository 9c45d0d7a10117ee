package session

import (
	"context"
	"errors"
	"slices"

	"parley/backend/chat"
	"parley/backend/internal/auth"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// greet answers a hello.
func (s *session) greet(ctx context.Context, h *wire.Hello) *ending {
	v := min(h.MaxVersion, wire.MaxVersion)
	if v < max(h.MinVersion, wire.MinVersion) {
		return &version
	}
	s.all.claim(s, chat.DeviceID(h.Device))
	var streams []wire.Stream
	if e := s.view(ctx, func(r store.Reader) { streams = desk.StreamsOf(r, s.who.Agent) }); e != nil {
		return e
	}
	w, e := s.readWelcome(ctx, streams, h)
	if e != nil {
		return e
	}
	if w == nil {
		return &changed // between the two reads; also if the token was revoked: the next upgrade says so
	}
	w.Version = v
	s.welcomed = true
	s.deps.Log.Info("session began", "agent", s.who.Agent, "device", h.Device, "app", h.App, "version", v)
	return s.say(&wire.Down{Welcome: w})
}

// readWelcome reads the welcome when it is the session's turn. It watches before it reads, so that no frame falls
// between.
func (s *session) readWelcome(ctx context.Context, streams []wire.Stream, h *wire.Hello) (w *wire.Welcome, e *ending) {
	if e := s.turn(ctx); e != nil {
		return nil, e
	}
	defer func() { <-s.all.welcomes }()
	s.watcher = s.deps.Hub.Watch(streams, s.limits.Watched)
	e = s.view(ctx, func(r store.Reader) { w = s.welcome(r, streams, h) })
	return w, e
}

// turn takes a place among those whose welcome is read, and waits for one unless the session ends before.
func (s *session) turn(ctx context.Context) *ending {
	select {
	case s.all.welcomes <- struct{}{}:
		return nil
	case e := <-s.kicked:
		return e
	case e := <-s.readEnd:
		return e
	case <-ctx.Done():
		return &shutdown
	}
}

// welcome reads, from one state, where each stream stands and the whole of those that cannot be resumed. It
// returns nil if the agent does not see these streams any more.
func (s *session) welcome(r store.Reader, streams []wire.Stream, h *wire.Hello) *wire.Welcome {
	agent, err := auth.Check(r, s.who.Hash)
	if err != nil || !slices.Equal(streams, desk.StreamsOf(r, s.who.Agent)) {
		return nil
	}
	dev, _ := r.Device(chat.DeviceID(h.Device))
	s.decided = dev.LastNumber
	w := &wire.Welcome{
		Now: int64(s.deps.Now()), Agent: *desk.WireAgent(agent), LastCommand: dev.LastNumber,
		BeatMillis: s.limits.Beat.Milliseconds(),
	}
	for _, stream := range streams {
		head := r.Head(stream)
		f := &flow{stream: stream, epoch: head.Epoch}
		resumed := f.resume(h.At, head, r.Floor(stream))
		if !resumed {
			f.whole, f.counts = desk.Snapshot(r, stream)
			if stream == s.own() && dev.Agent == s.who.Agent {
				f.whole = append(f.whole, desk.Results(r, dev.ID, h.Unconfirmed)...)
			}
			f.at, f.resetting = head, true
		}
		s.flows = append(s.flows, f)
		w.Streams = append(w.Streams, wire.WelcomedStream{Stream: stream, Head: head, Resumed: resumed})
	}
	return w
}

// own is the stream of the session's agent.
func (s *session) own() wire.Stream {
	return wire.Stream{Kind: wire.AgentStream, ID: string(s.who.Agent)}
}

// check looks whether the session may go on, and whether the store is ahead of what the hub has told.
func (s *session) check(ctx context.Context) *ending {
	if !s.welcomed {
		return nil
	}
	var refused *ending
	e := s.view(ctx, func(r store.Reader) {
		if _, err := auth.Check(r, s.who.Hash); err != nil {
			refused = &revoked
			return
		}
		streams := desk.StreamsOf(r, s.who.Agent)
		if !slices.EqualFunc(streams, s.flows, func(a wire.Stream, f *flow) bool { return a == f.stream }) {
			refused = &changed
			return
		}
		for _, f := range s.flows {
			f.behind = f.behind || !f.resetting && r.Head(f.stream).Seq > f.sent
		}
	})
	if e != nil {
		return e
	}
	return refused
}

// view reads one consistent state.
func (s *session) view(ctx context.Context, f func(store.Reader)) *ending {
	err := s.deps.Store.Read(ctx, func(r store.Reader) error {
		f(r)
		return r.Err()
	})
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil, errors.Is(err, store.ErrClosed):
		return &shutdown
	}
	s.deps.Log.Error("session: read failed", "err", err)
	return busy(s.limits, "the store could not be read")
}

func resultOnWire(r desk.Result) *wire.Result {
	return &wire.Result{Device: string(r.Device), Number: r.Number, ID: string(r.ID), Outcome: r.Outcome,
		Problem: wire.FromProblem(r.Problem)}
}
