// Package session serves agents' connections: one websocket each, from the upgrade to the close. It resumes the
// agent's streams from the log or sends them whole, then live; passes the agent's commands on in order; and tells
// a connection that must end why, with a number. It decides nothing: rules are desk's, durability is commit's.
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
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/chat"
	"parley/backend/internal/auth"
	"parley/backend/internal/desk"
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
	Welcomes      int           // read from the store at once: 2, so that large snapshots leave room for everybody else
	Watched       int           // frames that a connection may be behind before it is served from the log: 256
	LogBatch      int           // frames read from the log at once: 32
	Requests      int           // pages and histories asked for and not yet sent, before reading stops: 16
	Unacked       int           // commands not yet submitted, before reading stops: wire.MaxUnacked
	SnapshotBytes int           // of a part of a snapshot: wire.SnapshotBytes
	Chunk         int           // bytes that a reader must take within 2.5 beats: 4 KiB
	Beat          time.Duration // wire.BeatMillis
	Hello         time.Duration // how long a console may take to say hello: 10 s
	Grace         time.Duration // how long a close may take: 1 s
	Busy          time.Duration // how long a console is told to wait when the server is too busy: 5 s
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
	return l
}

// silence is after how long without a byte a link is dead.
func (l Limits) silence() time.Duration { return l.Beat * 5 / 2 }

// Sessions are the connections of one server. It is an http.Handler for the path of the websocket.
type Sessions struct {
	deps     Deps
	upgrader websocket.Upgrader
	welcomes chan struct{} // a place for each welcome that is read

	mu      sync.Mutex
	open    map[*session]struct{}
	devices map[device]*session // the newest connection of each device that has said hello
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
		open:     map[*session]struct{}{},
		devices:  map[device]*session{},
		upgrader: websocket.Upgrader{
			EnableCompression: true,
			CheckOrigin: func(r *http.Request) bool {
				o := r.Header["Origin"]
				return len(o) == 0 || len(o) == 1 && slices.Contains(d.Origins, o[0])
			},
		},
	}
}

// ServeHTTP lets an agent in by the token of the Authorization header and serves the connection until it ends.
// Without a valid token it answers 401; with an Origin that is not listed, 403.
func (ss *Sessions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
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
	ss.Serve(r.Context(), conn, who)
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

// Serve serves one connection of an agent that was let in, until it ends, and closes it. When it returns nothing
// of it runs any more.
func (ss *Sessions) Serve(ctx context.Context, conn *websocket.Conn, who auth.Grant) {
	s := newSession(ss, conn, who)
	s.kick(ss.enter(s))
	defer ss.leave(s)
	s.run(ctx)
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
	ss.closing = true
	ending := slices.Collect(maps.Keys(ss.open))
	ss.mu.Unlock()
	for _, s := range ending {
		s.kick(&shutdown)
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
func (ss *Sessions) enter(s *session) *ending {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.open[s] = struct{}{}
	ss.idle.Add(1)
	switch {
	case ss.closing:
		return &shutdown
	case len(ss.open) > ss.deps.Limits.Connections:
		return busy(ss.deps.Limits, "too many connections")
	}
	return nil
}

// claim makes s the one connection of its device and ends the one before.
func (ss *Sessions) claim(s *session, id chat.DeviceID) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	s.device = device{s.who.Agent, id}
	if older := ss.devices[s.device]; older != nil {
		older.kick(&replaced)
	}
	ss.devices[s.device] = s
}

func (ss *Sessions) leave(s *session) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	delete(ss.open, s)
	if ss.devices[s.device] == s {
		delete(ss.devices, s.device)
	}
	ss.idle.Done()
}
