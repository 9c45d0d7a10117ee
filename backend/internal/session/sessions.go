// Package session serves agents' connections: one websocket each, from the upgrade to the close. It owns sockets,
// goroutines and deadlines; passes the agent's commands on in order; and tells a connection that must end why, with a
// number. What is sent is feed's to say, rules are desk's, durability is commit's.
// Server makes one Sessions; backend/wire/PROTOCOL.md says what goes over the connection.
package session

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
	"weak"

	"github.com/gorilla/websocket"

	"parley/backend/chat"
	"parley/backend/internal/auth"
	"parley/backend/internal/desk"
	"parley/backend/internal/feed"
	"parley/backend/internal/hub"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// Deps are what sessions need of the other rooms. All but Origins and Limits must be set.
type Deps struct {
	Store interface {
		Read(ctx context.Context, f func(store.Reader) error) error
	}
	Desk interface {
		Submit(ctx context.Context, c desk.Command) (desk.Answer, error)
	}
	Hub interface {
		Watch(streams []wire.Stream, limit int) *hub.Watcher
	}
	Door interface {
		Authenticate(ctx context.Context, token string) (auth.Grant, error)
	}
	Now func() chat.Millis // the server's time
	Log *slog.Logger
	// Origins are the values of the Origin header that may connect. A request without the header may always: it
	// does not come from a page.
	Origins []string
	Limits  Limits
}

// Limits of sessions. A zero field takes the default, which stands beside it.
type Limits struct {
	Connections   int           // open at once: 5,000
	OfAgent       int           // of these, an agent's: 32
	Welcomes      int           // read from the store at once: 2, so that large snapshots leave room for everybody else
	Watched       int           // frames that a connection may be behind before it is served from the log: 256
	LogBatch      int           // frames read from the log at once: 32
	Requests      int           // pages, histories and targets asked for and not yet sent, before reading stops: 16
	Unacked       int           // commands not yet submitted, before reading stops: wire.MaxUnacked
	SnapshotBytes int           // of a part of a snapshot: wire.SnapshotBytes
	Chunk         int           // bytes that a reader must take within 2.5 beats: 4 KiB
	Beat          time.Duration // wire.BeatMillis
	Hello         time.Duration // how long a console may take to say hello: 10 s
	Grace         time.Duration // how long a close may take: 1 s
	Busy          time.Duration // how long a console is told to wait when the server is too busy: 5 s
	RenewAfter    time.Duration // how old a token may be before a new one is offered: 12 h
	Digest        time.Duration // between two looks at a stream that moves, over all connections: 5 s
	Arrivals      time.Duration // between two notes of whose consoles have come: 100 ms
}

func (l Limits) withDefaults() Limits {
	def := func(n *int, v int) {
		if *n == 0 {
			*n = v
		}
	}
	defTime := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&l.Connections, 5000)
	def(&l.OfAgent, 32)
	def(&l.Welcomes, 2)
	def(&l.Watched, 256)
	def(&l.LogBatch, 32)
	def(&l.Requests, 16)
	def(&l.Unacked, wire.MaxUnacked)
	def(&l.SnapshotBytes, wire.SnapshotBytes)
	def(&l.Chunk, 4<<10)
	defTime(&l.Beat, wire.BeatMillis*time.Millisecond)
	defTime(&l.Hello, 10*time.Second)
	defTime(&l.Grace, time.Second)
	defTime(&l.Busy, 5*time.Second)
	defTime(&l.RenewAfter, 12*time.Hour)
	defTime(&l.Digest, 5*time.Second)
	defTime(&l.Arrivals, 100*time.Millisecond)
	return l
}

// feed returns the limits of what is sent.
func (l Limits) feed() feed.Limits {
	return feed.Limits{LogBatch: l.LogBatch, Requests: l.Requests, SnapshotBytes: l.SnapshotBytes,
		BeatMillis: l.Beat.Milliseconds(), BusyMillis: l.Busy.Milliseconds(),
		RenewMillis: l.RenewAfter.Milliseconds(), DigestMillis: l.Digest.Milliseconds()}
}

// silence is after how long without a byte a link is dead.
func (l Limits) silence() time.Duration { return l.Beat * 5 / 2 }

// readBuffer is what a connection always has of its own to read into. What it writes from is shared.
const readBuffer = 1 << 10

// Sessions are the connections of one server. It is an http.Handler for the path of the websocket.
type Sessions struct {
	deps     Deps
	upgrader websocket.Upgrader
	welcomes chan struct{} // a place for each welcome that is read
	shared   shared
	entered  atomic.Int64  // how many upgrades there were
	hearing  chan struct{} // a place for whoever notes who is here
	stop     chan struct{} // closed when Shutdown begins

	mu      sync.Mutex
	open    map[*session]struct{}
	agents  map[chat.AgentID]int // how many are open
	devices map[device]*session  // the newest connection of each device that has said hello
	arrived []*session           // welcomed, and not noted yet
	noting  bool                 // noteArrivals is under way
	closing bool
	idle    sync.WaitGroup
}

// device is an installation of the console in the hands of an agent.
type device struct {
	agent chat.AgentID
	id    chat.DeviceID
}

// New returns Sessions without a connection.
func New(d Deps) *Sessions {
	d.Limits = d.Limits.withDefaults()
	return &Sessions{
		deps:     d,
		welcomes: make(chan struct{}, d.Limits.Welcomes),
		hearing:  make(chan struct{}, 1),
		stop:     make(chan struct{}),
		shared:   shared{digests: feed.Memo{}, wholes: map[wire.Stream]weak.Pointer[feed.Whole]{}},
		open:     map[*session]struct{}{},
		agents:   map[chat.AgentID]int{},
		devices:  map[device]*session{},
		upgrader: websocket.Upgrader{
			EnableCompression: true,
			ReadBufferSize:    readBuffer,
			WriteBufferPool:   &sync.Pool{},
			CheckOrigin: func(r *http.Request) bool {
				o := r.Header["Origin"]
				return len(o) == 0 || len(o) == 1 && slices.Contains(d.Origins, o[0])
			},
		},
	}
}

// ServeHTTP lets an agent in by the token of the Authorization header and begins to serve the connection. It returns
// then, so that what was needed for the request is not kept: Shutdown waits for the connection. Without a valid token it
// answers 401; with an Origin that is not listed, 403.
func (ss *Sessions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	order := ss.entered.Add(1) // before the answer, so that what the console opens then is later
	if !ss.upgrader.CheckOrigin(r) {
		http.Error(w, "this origin may not connect", http.StatusForbidden)
		return
	}
	who, err := ss.deps.Door.Authenticate(r.Context(), auth.Bearer(r.Header))
	if err != nil {
		ss.refuse(w, err)
		return
	}
	conn, err := ss.upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // Upgrade has answered
	}
	if who.Keep {
		ss.keep(r.Context(), who)
	}
	s := newSession(ss, conn, who, order)
	s.kick(ss.enter(s))
	go func() {
		defer ss.leave(s)
		s.run()
	}()
}

// keep notes that a console came with the token that it had been offered. If it cannot be noted the next upgrade
// tries again; the other token stays valid for so long.
func (ss *Sessions) keep(ctx context.Context, who auth.Grant) {
	if _, err := ss.deps.Desk.Submit(ctx, desk.KeepToken{Hash: who.Hash}); err != nil {
		ss.deps.Log.Error("session: a token was not kept", "agent", who.Agent, "err", err)
	}
}

func (ss *Sessions) refuse(w http.ResponseWriter, err error) {
	if errors.Is(err, auth.ErrDenied) {
		w.Header().Set("WWW-Authenticate", "Bearer")
		http.Error(w, "sign in first", http.StatusUnauthorized)
		return
	}
	ss.deps.Log.Error("sign in failed", "err", err)
	http.Error(w, "try again later", http.StatusServiceUnavailable)
}

// Recheck makes every session look at once whether its token is still valid and its agent still sees the same
// streams. Call it after a command that may have changed either; sessions also look by themselves, each beat.
func (ss *Sessions) Recheck() {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	for s := range ss.open {
		select {
		case s.recheck <- struct{}{}:
		default: // it is going to look anyway
		}
	}
}

// Agents are those who have a console here that was welcomed or is about to be, and has not asked to be signed out, by
// id.
func (ss *Sessions) Agents() []chat.AgentID {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	here := map[chat.AgentID]bool{}
	for d, s := range ss.devices {
		if !s.leaving {
			here[d.agent] = true
		}
	}
	return slices.Sorted(maps.Keys(here))
}

// Hear calls note with Agents, and lets none of them sign out until it returns: what it notes is not of somebody who has
// left.
func (ss *Sessions) Hear(note func([]chat.AgentID)) {
	ss.hearing <- struct{}{}
	defer func() { <-ss.hearing }()
	note(ss.Agents())
}

// leaves says whether s is about to sign its agent out.
func (ss *Sessions) leaves(s *session, leaving bool) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	s.leaving = leaving
}

// heard waits until what Hear is noting is noted, or ctx ends.
func (ss *Sessions) heard(ctx context.Context) {
	select {
	case ss.hearing <- struct{}{}:
		<-ss.hearing
	case <-ctx.Done():
	}
}

// Open returns how many connections there are.
func (ss *Sessions) Open() int {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	return len(ss.open)
}

// Shutdown ends every session with CloseShutdown, refuses new ones, and waits until they have ended: at most
// Limits.Grace, or when ctx ends they are cut.
func (ss *Sessions) Shutdown(ctx context.Context) {
	ss.mu.Lock()
	if !ss.closing {
		close(ss.stop)
	}
	ss.closing = true
	ending := slices.Collect(maps.Keys(ss.open))
	ss.mu.Unlock()
	for _, s := range ending {
		s.kick(feed.Shutdown)
	}
	stop := context.AfterFunc(ctx, func() {
		for _, s := range ending {
			s.conn.Close()
		}
	})
	defer stop()
	ss.idle.Wait()
}

// enter counts s, or says why there is no place for it.
func (ss *Sessions) enter(s *session) *feed.Ending {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.open[s] = struct{}{}
	ss.agents[s.who.Agent]++
	ss.idle.Add(1)
	switch {
	case ss.closing:
		return feed.Shutdown
	case len(ss.open) > ss.deps.Limits.Connections:
		return s.busy("too many connections")
	case ss.agents[s.who.Agent] > ss.deps.Limits.OfAgent:
		return s.busy("too many connections of this agent")
	}
	return nil
}

// claim makes s the one connection of its device and ends the one before. A console opens its connections one after
// the other, but an earlier one's hello may come after a later one's: the later one stays.
func (ss *Sessions) claim(s *session, id chat.DeviceID) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	s.device = device{s.who.Agent, id}
	other := ss.devices[s.device]
	switch {
	case other != nil && other.order > s.order:
		s.kick(replaced)
		return
	case other != nil:
		other.kick(replaced)
	}
	ss.devices[s.device] = s
}

func (ss *Sessions) leave(s *session) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	delete(ss.open, s)
	if ss.agents[s.who.Agent]--; ss.agents[s.who.Agent] == 0 {
		delete(ss.agents, s.who.Agent)
	}
	if ss.devices[s.device] == s {
		delete(ss.devices, s.device)
	}
	ss.idle.Done()
}
