package session

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/internal/auth"
	"parley/backend/internal/hub"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// session is one connection. Three goroutines serve the one that runs loop, and all of them end before run
// returns: readLoop, writeLoop and submitLoop. Fields below the line are loop's alone.
type session struct {
	all    *Sessions
	deps   *Deps
	limits Limits
	conn   *websocket.Conn
	who    auth.Grant
	device device // guarded by all.mu

	kicked   chan *ending  // by others
	recheck  chan struct{} // by others
	ups      chan wire.Up
	readEnd  chan *ending
	out      chan item
	writeEnd chan *ending
	end      *ending // set before out is closed
	commands chan wire.Command
	answers  chan answer
	decided  int64 // the number of the device's last command that has a result; submitLoop's after the welcome

	// ---
	welcomed bool
	watcher  *hub.Watcher
	flows    []*flow
	pending  *item // the next that goes to the writer
	urgent   []item
	beatDue  bool
	replies  []reply
	backlog  []store.Frame // read from the log, to be sent
	live     []store.Frame // taken from the watcher, to be sent
}

func newSession(all *Sessions, conn *websocket.Conn, who auth.Grant) *session {
	l := all.deps.Limits
	return &session{
		all: all, deps: &all.deps, limits: l, conn: conn, who: who,
		kicked: make(chan *ending, 1), recheck: make(chan struct{}, 1),
		ups: make(chan wire.Up), readEnd: make(chan *ending, 1),
		out: make(chan item), writeEnd: make(chan *ending, 1),
		commands: make(chan wire.Command, l.Unacked), answers: make(chan answer),
	}
}

// kick ends the session from outside; the first reason counts. nil does nothing.
func (s *session) kick(e *ending) {
	if e == nil {
		return
	}
	select {
	case s.kicked <- e:
	default:
	}
}

// run serves the connection until it ends, and closes it.
func (s *session) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var reading, writing, submitting sync.WaitGroup
	reading.Go(func() { s.readLoop(ctx) })
	writing.Go(s.writeLoop)
	submitting.Go(func() { s.submitLoop(ctx) })
	began := time.Now()
	s.end = s.loop(ctx)
	cancel()
	close(s.out)
	if s.end.code == 0 {
		s.conn.Close()
	}
	cut := time.AfterFunc(s.limits.Grace, func() { s.conn.Close() })
	writing.Wait()
	reading.Wait()
	cut.Stop()
	s.conn.Close()
	submitting.Wait()
	s.deps.Log.Info("session ended", "agent", s.who.Agent, "device", s.device.id, "code", s.end.code,
		"reason", s.end.reason, "lasted", time.Since(began).Round(time.Millisecond))
}

// loop is the session: everything that happens to it happens here, one thing after the other.
func (s *session) loop(ctx context.Context) *ending {
	defer s.unwatch()
	beat := time.NewTimer(s.untilBeat())
	defer beat.Stop()
	for {
		if e := s.prepare(ctx); e != nil {
			return e
		}
		var e *ending
		select {
		case s.writer() <- s.nextItem():
			s.pending = nil
		case u := <-s.reader():
			e = s.take(ctx, u)
		case a := <-s.answers:
			e = s.answered(a)
		case <-s.ready():
			s.collect()
		case <-s.recheck:
			e = s.check(ctx)
		case <-beat.C:
			beat.Reset(s.untilBeat())
			s.beatDue = true
			e = s.check(ctx)
		case e = <-s.kicked:
		case e = <-s.readEnd:
		case e = <-s.writeEnd:
		case <-ctx.Done():
			e = &shutdown
		}
		if e != nil {
			return e
		}
	}
}

// writer is where the pending item goes, or nil if there is none.
func (s *session) writer() chan<- item {
	if s.pending == nil {
		return nil
	}
	return s.out
}

func (s *session) nextItem() item {
	if s.pending == nil {
		return item{}
	}
	return *s.pending
}

// reader is where the console's frames come from, or nil while it has asked for more than it was given: then its
// bytes wait in the connection.
func (s *session) reader() <-chan wire.Up {
	if len(s.replies) >= s.limits.Requests || len(s.commands) == cap(s.commands) {
		return nil
	}
	return s.ups
}

// ready says when the watcher has something, or is nil while what it gave before is not sent.
func (s *session) ready() <-chan struct{} {
	if s.watcher == nil || len(s.live) > 0 {
		return nil
	}
	return s.watcher.Ready()
}

func (s *session) unwatch() {
	if s.watcher != nil {
		s.watcher.Close()
	}
}

// untilBeat spreads the beats over the last quarter of their interval.
func (s *session) untilBeat() time.Duration {
	return s.limits.Beat*3/4 + rand.N(s.limits.Beat/4)
}

// take serves one frame of the console.
func (s *session) take(ctx context.Context, u wire.Up) *ending {
	if s.welcomed == (u.Hello != nil) {
		return malformed("hello must come first, once")
	}
	switch {
	case u.Hello != nil:
		return s.greet(ctx, u.Hello)
	case u.Command != nil:
		s.commands <- *u.Command // reader left room
	case u.More != nil:
		return s.page(ctx, *u.More)
	case u.Earlier != nil:
		return s.history(ctx, *u.Earlier)
	}
	return nil // a beat: the reader has noted it
}
