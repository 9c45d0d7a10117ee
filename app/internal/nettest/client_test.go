package nettest

import (
	"context"
	"fmt"
	"log"
	"log/slog"
	"net"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/app/internal/cache"
	"parley/app/internal/engine"
	"parley/app/internal/inbox"
	"parley/app/internal/link"
	"parley/backend/chat"
	"parley/backend/worldtest"
)

// TestMain keeps what the link logs by itself out of the tests' output.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// dial is how a client reaches its server.
type dial func(ctx context.Context, network, address string) (net.Conn, error)

// client is the console's core as package app puts it together, on files or memory that outlive a restart.
type client struct {
	t     testing.TB
	agent worldtest.Agent
	dial  dial
	disk  func() engine.Disk // opened at each start
	log   *watch
	keys  *keys
	luck  func() float64 // of its waits and beats; nil: chance

	*engine.Engine
	latest atomic.Pointer[engine.Engine] // the same, for other goroutines than the one that starts and stops it
	link   *link.Link
	stop   func() // ends it; nothing of it runs any more

	pictures atomic.Int64
	changed  chan struct{} // rings when there is a newer picture
}

// newClient makes a client that is not started. On files it lives in a folder of its own.
func newClient(t testing.TB, a worldtest.Agent, d dial, files bool) *client {
	c := &client{t: t, agent: a, dial: d, log: &watch{}, keys: &keys{all: []string{a.Token}}, changed: make(chan struct{}, 1), stop: func() {}}
	if files {
		folder := t.TempDir()
		c.disk = func() engine.Disk {
			f, err := cache.Open(folder)
			if err != nil {
				t.Fatalf("open the files: %v", err)
			}
			return f
		}
		return c
	}
	kept := cache.NewMemory()
	c.disk = func() engine.Disk { return keep{kept} }
	return c
}

// keep is a disk that outlives its engine.
type keep struct{ *cache.Memory }

func (keep) Close() error { return nil }

// start starts the client, which is stopped.
func (c *client) start() {
	c.link = link.New(link.Config{Server: link.InProcess("desk"), DialContext: c.dial, Chance: c.luck})
	c.link.Use(c.keys.list()...)
	c.Engine = engine.New(engine.Config{Disk: c.disk(), Link: c.link, Tokens: c.keys, App: "parley test", Origin: "server",
		Log: slog.New(c.log), Changed: c.ring})
	c.latest.Store(c.Engine)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := c.Run(ctx); err != nil {
			c.t.Errorf("%s: the client ended with: %v", c.agent.Name, err)
		}
	})
	c.stop = sync.OnceFunc(func() {
		cancel()
		running.Wait()
	})
}

// keys is a keychain that outlives the client: the newest token first, and the one before, for a server that was put
// back from a backup.
type keys struct {
	mu      sync.Mutex
	all     []string
	renewed int
}

// Renew implements engine.Tokens.
func (k *keys) Renew(_ context.Context, token string) ([]string, error) {
	k.mu.Lock()
	k.all, k.renewed = []string{token, k.all[0]}, k.renewed+1
	k.mu.Unlock()
	return k.list(), nil
}

// Forget implements engine.Tokens.
func (k *keys) Forget(context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = nil
	return nil
}

func (k *keys) list() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.all)
}

func (c *client) ring() {
	c.pictures.Add(1)
	select {
	case c.changed <- struct{}{}:
	default:
	}
}

// until waits until ok holds of a picture.
func (c *client) until(ctx context.Context, what string, ok func(*engine.Picture) bool) {
	c.t.Helper()
	for !ok(c.Picture()) {
		select {
		case <-c.changed:
		case <-ctx.Done():
			s := c.Picture().Status
			c.t.Fatalf("%s: waited in vain for %s; phase %s, outbox %d", c.agent.Name, what, s.Phase, s.Outbox)
		}
	}
}

// settled reports that the picture is the server's state and nothing is under way.
func settled(p *engine.Picture) bool { return p.Status.Phase == "current" && p.Status.Outbox == 0 }

// watch is a log of a client: what must never stand in it, and what is counted.
type watch struct {
	mismatches atomic.Int64
	again      atomic.Int64 // connections that the replica had made anew
	mu         sync.Mutex
	lines      []string // what was warned of
}

// Enabled implements slog.Handler.
func (*watch) Enabled(_ context.Context, l slog.Level) bool { return l >= slog.LevelWarn }

// Handle implements slog.Handler.
func (w *watch) Handle(_ context.Context, r slog.Record) error {
	line := r.Message
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "mismatches" {
			w.mismatches.Store(max(w.mismatches.Load(), a.Value.Int64()))
			w.again.Add(1)
		}
		line += " " + a.String()
		return true
	})
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, line)
	return nil
}

// WithAttrs implements slog.Handler.
func (w *watch) WithAttrs([]slog.Attr) slog.Handler { return w }

// WithGroup implements slog.Handler.
func (w *watch) WithGroup(string) slog.Handler { return w }

func (w *watch) all() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.lines)
}

// chatsOf are the chats of a list, by id.
func chatsOf(list []*inbox.Item) []chat.Chat {
	var all []chat.Chat
	for _, it := range list {
		all = append(all, it.Chat)
	}
	slices.SortFunc(all, func(a, b chat.Chat) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return all
}

// difference is what a client shows otherwise than the server has it; "" if nothing.
func difference(c *client, d worldtest.Desk) string {
	p := c.Picture()
	var all strings.Builder
	same := func(what string, got, want any) {
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			fmt.Fprintf(&all, "%s differ (-server +client):\n%s", what, diff)
		}
	}
	if !settled(p) {
		fmt.Fprintf(&all, "phase %s, %d commands in the outbox\n", p.Status.Phase, p.Status.Outbox)
	}
	same("the chats held", chatsOf(p.My), d.Held)
	same("the queue", chatsOf(p.Queue), d.Queue)
	same("the counts", p.Status.Counts, d.Counts)
	for id, want := range d.Messages {
		switch th := p.Threads[id]; {
		case th == nil:
			fmt.Fprintf(&all, "the conversation of %s is not there\n", id)
		case th.More:
			fmt.Fprintf(&all, "%s has older messages that did not come\n", id)
		default:
			same("the messages of "+string(id), th.Messages, want)
			same("the draft for "+string(id), th.Draft, d.Drafts[id])
		}
	}
	return all.String()
}

// equalViews compares everything that a client shows with what the server has, and what it found amiss on the way.
func equalViews(t testing.TB, c *client, d worldtest.Desk) {
	t.Helper()
	if diff := difference(c, d); diff != "" {
		t.Errorf("%s: %s", c.agent.Name, diff)
	}
	if n := c.log.mismatches.Load(); n != 0 {
		t.Errorf("%s: %d mismatches: %q", c.agent.Name, n, c.log.all())
	}
}

// readAll has the client load every conversation that it holds, whole. step waits until what was asked for came.
func (c *client) readAll(d worldtest.Desk, step func()) {
	for id := range d.Messages {
		c.Watch(id)
	}
	step()
	for range 100 {
		asked := false
		for id := range d.Messages {
			if th := c.Picture().Threads[id]; th != nil && th.More {
				c.Older(id)
				asked = true
			}
		}
		if !asked {
			return
		}
		step()
	}
}

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }

func discarded() *log.Logger { return slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug) }
