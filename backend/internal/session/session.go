package session

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/internal/auth"
	"parley/backend/internal/desk"
	"parley/backend/internal/feed"
	"parley/backend/internal/hub"
	"parley/backend/wire"
)

// session is one connection. Next to the goroutine that runs loop there is readLoop's, writeLoop's while something is
// written, and one while a command is submitted; all of them end before run returns. Fields below the line are loop's
// alone.
type session struct {
	all    *Sessions
	deps   *Deps
	limits Limits
	conn   *websocket.Conn
	who    auth.Grant
	order  int64 // of its upgrade among all

	device  device // guarded by all.mu
	leaving bool   // its agent signs out: guarded by all.mu

	kicked  chan *feed.Ending // by others
	recheck chan struct{}     // by others
	ups     chan wire.Up
	readEnd chan *feed.Ending
	out     chan feed.Item    // the next for writeLoop, or an empty one
	wrote   chan *feed.Ending // of each item: nil, or why it could not be
	end     *feed.Ending
	answers chan answer

	// ---
	feed    *feed.Feed
	watcher *hub.Watcher
	pending feed.Item // the next that goes to the writer; without bytes there is none
	busyOut bool      // writeLoop runs
	writing sync.WaitGroup

	gate       feed.Gate
	jobs       []job // to be submitted, one after the other; the first may be under way
	submitting sync.WaitGroup
	revoking   bool // the token of an agent who has signed out is to be revoked, which the end waits for
}

// job is a command, and what its answer leads to.
type job struct {
	command desk.Command
	then    func(answer) *feed.Ending
}

// answer is what became of one command.
type answer struct {
	got desk.Answer
	err error
}

func newSession(all *Sessions, conn *websocket.Conn, who auth.Grant, order int64) *session {
	l := all.deps.Limits
	return &session{
		all: all, deps: &all.deps, limits: l, conn: conn, who: who, order: order,
		kicked: make(chan *feed.Ending, 1), recheck: make(chan struct{}, 1),
		ups: make(chan wire.Up), readEnd: make(chan *feed.Ending, 1),
		out: make(chan feed.Item), wrote: make(chan *feed.Ending, 1),
		answers: make(chan answer, 1),
		feed:    feed.New(who, l.feed(), &all.shared),
	}
}

// kick ends the session from outside; the first reason counts. nil does nothing.
func (s *session) kick(e *feed.Ending) {
	if e == nil {
		return
	}
	select {
	case s.kicked <- e:
	default:
	}
}

// run serves the connection until it ends, and closes it.
func (s *session) run() {
	ctx, cancel := context.WithCancel(context.Background())
	var reading sync.WaitGroup
	reading.Go(func() { s.readLoop(ctx) })
	began := time.Now()
	s.end = s.loop(ctx)
	cancel()
	close(s.out)
	if s.end.Code == 0 {
		s.conn.Close()
	}
	cut := time.AfterFunc(s.limits.Grace, func() { s.conn.Close() })
	s.writing.Wait()
	if s.end.Code != 0 {
		s.goodbye()
	}
	reading.Wait()
	cut.Stop()
	s.conn.Close()
	s.submitting.Wait()
	if s.end.Cause != nil {
		s.deps.Log.Error("session: it failed", "agent", s.who.Agent, "err", s.end.Cause)
	}
	s.deps.Log.Info("session ended", "agent", s.who.Agent, "device", s.device.id, "code", s.end.Code,
		"reason", s.end.Reason, "lasted", time.Since(began).Round(time.Millisecond))
}

// loop is the session: everything that happens to it happens here, one thing after the other.
func (s *session) loop(ctx context.Context) (e *feed.Ending) {
	defer s.unwatch()
	defer s.caught(&e)
	read := s.read(ctx)
	beat := time.NewTimer(s.untilBeat())
	defer beat.Stop()
	for {
		if e := s.prepare(read); e != nil {
			return e
		}
		select {
		case e = <-s.wrote:
			s.writeNext(e == nil)
		case u := <-s.reader():
			e = s.take(ctx, read, u)
		case a := <-s.answers:
			e = s.submitted(ctx, a)
		case <-s.ready():
			s.feed.Live(s.watcher.Take())
		case <-s.recheck:
			e = s.feed.Check(read, s.deps.Now())
		case <-beat.C:
			beat.Reset(s.untilBeat())
			e = s.feed.Beat(read, s.deps.Now())
			s.renew(ctx)
		case e = <-s.kicked:
		case e = <-s.readEnd:
		case <-ctx.Done():
			e = feed.Shutdown
		}
		if e != nil {
			return e
		}
	}
}

// caught ends the session, and nothing else, if loop panics.
func (s *session) caught(e **feed.Ending) {
	if p := recover(); p != nil {
		*e = s.busy("a fault of the server")
		(*e).Cause = fmt.Errorf("panic of a %T: %s", p, debug.Stack())
	}
}

// prepare makes pending the next thing to be sent, if there is one, and has it written if nothing is.
func (s *session) prepare(read feed.Read) (e *feed.Ending) {
	if s.pending.Bytes == nil {
		s.pending, e = s.feed.Next(read, s.deps.Now())
	}
	if it := s.pending; it.Bytes != nil && !s.busyOut {
		s.pending, s.busyOut = feed.Item{}, true
		s.writing.Go(func() { s.writeLoop(it) })
	}
	if e == nil && !s.busyOut && !s.revoking && s.feed.Left() {
		return feed.Revoked
	}
	return e
}

// writeNext lets writeLoop, which waits, go on with what is pending, or end.
func (s *session) writeNext(waits bool) {
	if waits {
		s.out <- s.pending
	}
	s.busyOut = waits && s.pending.Bytes != nil
	s.pending = feed.Item{}
}

// reader is where the console's frames come from, or nil while it has asked for more than it was given: then its
// bytes wait in the connection.
func (s *session) reader() <-chan wire.Up {
	if !s.feed.Room() || len(s.jobs) >= s.limits.Unacked {
		return nil
	}
	return s.ups
}

// ready says when the watcher has something, or is nil while what it gave before is not sent.
func (s *session) ready() <-chan struct{} {
	if !s.feed.Hungry() {
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
func (s *session) take(ctx context.Context, read feed.Read, u wire.Up) *feed.Ending {
	if e := s.feed.Expects(&u); e != nil {
		return e
	}
	switch {
	case u.Hello != nil:
		return s.greet(ctx, read, u.Hello)
	case u.Command != nil:
		s.command(ctx, read, s.feed.Command(u.Command))
	case u.More != nil:
		return s.feed.More(read, *u.More)
	case u.Earlier != nil:
		return s.feed.Earlier(read, *u.Earlier)
	case u.Aim != nil:
		return s.feed.Aim(read, *u.Aim, s.deps.Now())
	case u.Kept != nil:
		s.kept(ctx)
	}
	return nil // a beat: the reader has noted it
}

// greet answers a hello when it is the session's turn. It watches before it reads, so that no frame falls between.
func (s *session) greet(ctx context.Context, read feed.Read, h *wire.Hello) *feed.Ending {
	streams, e := s.feed.Hello(read, h)
	if e != nil {
		return e
	}
	s.all.claim(s, s.feed.Device())
	if e := s.turn(ctx); e != nil {
		return e
	}
	defer func() { <-s.all.welcomes }()
	s.watcher = s.deps.Hub.Watch(streams, s.limits.Watched)
	if e := s.feed.Welcome(read, s.deps.Now()); e != nil {
		return e
	}
	s.all.arrives(s)
	s.renew(ctx)
	s.deps.Log.Info("session began", "agent", s.who.Agent, "device", h.Device, "app", h.App)
	return nil
}

// turn takes a place among those whose welcome is read, and waits for one unless the session ends before.
func (s *session) turn(ctx context.Context) *feed.Ending {
	select {
	case s.all.welcomes <- struct{}{}:
		return nil
	case e := <-s.kicked:
		return e
	case e := <-s.readEnd:
		return e
	case <-ctx.Done():
		return feed.Shutdown
	}
}
