// Package worldtest is a whole company for tests that put both sides together: the real server on a real store, the
// vendor's side with its faults, and the office that hires agents. The server can be stopped and started again on
// what it had stored. It is for tests only, and runs inside a testing/synctest bubble too: over an in-memory
// network, without a socket that a bubble could not wait for.
package worldtest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/backend/internal/desk"
	"parley/backend/internal/session"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/internal/store/postgres"
	"parley/backend/internal/store/postgres/pgtest"
	"parley/backend/internal/store/sqlite"
	"parley/backend/internal/vendors"
	"parley/backend/memnet"
	"parley/backend/server"
	"parley/backend/server/folder"
)

// Kind is which store the company has.
type Kind string

// The stores that there are.
const (
	Memory     Kind = "memory" // it is kept while the server is stopped
	SQLite     Kind = "sqlite"
	PostgreSQL Kind = "postgres" // only this takes several servers; where it is not installed, the test is skipped
)

// Config says how the company is.
type Config struct {
	Kind Kind
	// Open opens the store in place of Kind's, for each server at each start.
	Open     func(context.Context) (store.Store, error)
	Servers  int  // on the one store; 0: one
	Loopback bool // each server listens on a port of 127.0.0.1 besides, see World.Address
	Sessions session.Limits
	Statuses vendors.Statuses           // of what the company sends
	Clock    func(server int) time.Time // each server's wall clock; nil: time.Now
	Log      *slog.Logger               // nil: nothing is logged
}

const (
	number     = "106540352242922"
	credential = "shop"
	host       = "http://localhost"
)

// World is the company. Its methods may be called from any goroutine, but Start and Stop from one at a time.
type World struct {
	Vendor *vendors.WhatsApp
	Team   string // the one team, to which the company's number belongs

	t        testing.TB
	config   Config
	dir      string
	memory   store.Store
	database string // PostgreSQL's
	graph    *memnet.Listener
	calls    *http.Transport // the server's to the vendor
	hooks    *http.Transport // the vendor's to the server
	ports    []net.Addr      // of each server

	troubles atomic.Int64

	mu      sync.Mutex
	running []*run // none while the servers are stopped; guarded by mu
}

// run is a server from a start to its stop.
type run struct {
	server *server.Server
	store  store.Store
	door   *memnet.Listener
	cancel context.CancelFunc
	ended  chan error
}

// New founds a company with one team and one WhatsApp number and starts its server. It all ends with the test.
func New(t testing.TB, c Config) *World {
	t.Helper()
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	// The long path keeps the server from listening on its admin's socket, which a bubble could not wait for.
	w := &World{t: t, config: c, dir: filepath.Join(t.TempDir(), strings.Repeat("d", 108)), graph: memnet.Listen()}
	if err := os.MkdirAll(folder.Media(w.dir), 0o700); err != nil {
		t.Fatalf("worldtest: %v", err)
	}
	w.calls = &http.Transport{DialContext: w.graph.DialContext}
	w.hooks = &http.Transport{DialContext: w.DialContext}
	w.Vendor = vendors.New(vendors.Config{AppSecret: "app-secret", AccessToken: "access-token", Seed: 1,
		Numbers: []vendors.Number{{ID: number, Display: "+1 555 0100"}}, Webhook: host + "/hooks/whatsapp/" + credential,
		Client: &http.Client{Transport: w.hooks, Timeout: time.Minute}, Statuses: c.Statuses})
	if c.Kind == PostgreSQL {
		w.database = pgtest.Database(t)
	}
	w.runVendor()
	w.Start()
	t.Cleanup(w.Stop)
	w.found()
	return w
}

// runVendor serves the vendor's API and posts its webhooks until the test ends.
func (w *World) runVendor() {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	api := &http.Server{Handler: w.Vendor}
	running.Go(func() { _ = api.Serve(w.graph) })
	running.Go(func() { w.Vendor.Run(ctx) })
	w.t.Cleanup(func() {
		cancel()
		_ = api.Close()
		w.calls.CloseIdleConnections()
		w.hooks.CloseIdleConnections()
		running.Wait()
	})
}

// Start starts the servers, which are stopped, on what they have stored.
func (w *World) Start() {
	w.t.Helper()
	var all []*run
	for i := range max(1, w.config.Servers) {
		all = append(all, w.start(i))
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = all
}

func (w *World) start(i int) *run {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r := &run{door: memnet.Listen(), ended: make(chan error, 1), cancel: cancel}
	var err error
	if r.store, err = w.open(ctx); err != nil {
		w.t.Fatalf("worldtest: open the store: %v", err)
	}
	r.server, err = server.New(server.Config{Store: r.store, DataDir: w.dir, Transport: w.calls, Log: w.config.Log, Sessions: w.config.Sessions,
		Clock: w.clock(i)})
	if err != nil {
		w.t.Fatalf("worldtest: %v", err)
	}
	listeners := []net.Listener{r.door}
	if w.config.Loopback {
		listeners = append(listeners, w.listen(i))
	}
	go func() { r.ended <- r.server.Serve(ctx, listeners...) }()
	return r
}

// clock is a server's; nil: the machine's.
func (w *World) clock(server int) func() time.Time {
	if w.config.Clock == nil {
		return nil
	}
	return func() time.Time { return w.config.Clock(server) }
}

func (w *World) open(ctx context.Context) (store.Store, error) {
	switch {
	case w.config.Open != nil:
		return w.config.Open(ctx)
	case w.config.Kind == PostgreSQL:
		return postgres.Open(ctx, w.database, postgres.Options{Epoch: "e1"})
	case w.config.Kind == Memory:
		if w.memory == nil {
			w.memory = memory.New("e1")
		}
		return keep{w.memory}, nil
	}
	return sqlite.Open(ctx, filepath.Join(w.dir, "parley.db"), sqlite.Options{Epoch: "e1"})
}

// keep is a store that outlives its server.
type keep struct{ store.Store }

func (keep) Close() error { return nil }

// listen listens on a free port, and after a restart on the same.
func (w *World) listen(i int) net.Listener {
	address := "127.0.0.1:0"
	if i < len(w.ports) {
		address = w.ports[i].String()
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		w.t.Fatalf("worldtest: %v", err)
	}
	if i == len(w.ports) {
		w.ports = append(w.ports, l.Addr())
	}
	return l
}

// Stop ends the servers as a service manager does, if they run.
func (w *World) Stop() {
	w.mu.Lock()
	all := w.running
	w.running = nil
	w.mu.Unlock()
	for _, r := range all {
		r.cancel()
		if err := <-r.ended; err != nil {
			w.t.Errorf("worldtest: a server ended with: %v", err)
		}
		if err := r.store.Close(); err != nil {
			w.t.Errorf("worldtest: close the store: %v", err)
		}
	}
}

// now returns the first running server, or nil.
func (w *World) now() *run {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.running) == 0 {
		return nil
	}
	return w.running[0]
}

// Address is where a server listens on loopback, the same after each start.
func (w *World) Address(server int) string { return w.ports[server].String() }

// Submit has a server carry out a command.
func (w *World) Submit(ctx context.Context, server int, c desk.Command) (desk.Answer, error) {
	w.mu.Lock()
	r := w.running[server]
	w.mu.Unlock()
	return r.server.Submit(ctx, c)
}

// DialContext reaches the first server, whatever network and address say. While it is stopped connections are refused.
func (w *World) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	r := w.now()
	if r == nil {
		return nil, &net.OpError{Op: "dial", Net: "memory", Err: fmt.Errorf("the server is stopped")}
	}
	return r.door.DialContext(ctx, network, address)
}
