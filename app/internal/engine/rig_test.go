package engine_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"parley/app/internal/cache"
	"parley/app/internal/engine"
	"parley/app/internal/linktest"
	"parley/app/internal/record"
	"parley/backend/chat"
)

// slowDisk is a disk whose writes can be made to wait or to fail.
type slowDisk struct {
	engine.Disk
	mu   sync.Mutex
	gate chan struct{}
	err  error
	met  error // by the last Save
}

func (d *slowDisk) Save(f record.File, b record.Batch) error {
	d.mu.Lock()
	gate, err := d.gate, d.err
	d.mu.Unlock()
	if gate != nil {
		<-gate
	}
	d.mu.Lock()
	d.met = err
	d.mu.Unlock()
	if err != nil {
		return err
	}
	return d.Disk.Save(f, b)
}

// Troubles says what a failing disk says of itself.
func (d *slowDisk) Troubles() []engine.Trouble {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case errors.Is(d.met, engine.ErrNoRoom):
		return []engine.Trouble{{Code: engine.OutboxNotWritten, File: "outbox.db", Cause: engine.CauseNoRoom}}
	case errors.Is(d.met, engine.ErrReadOnly):
		return []engine.Trouble{{Code: engine.CacheNotWritten, File: "cache.db", Cause: engine.CauseReadOnly}}
	}
	return nil
}

// Close leaves the twin in memory open for the next start.
func (d *slowDisk) Close() error { return nil }

func (d *slowDisk) set(gate chan struct{}, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gate, d.err = gate, err
}

// desktop notes what the engine shows outside the page.
type desktop struct {
	mu     sync.Mutex
	titles []string
	badges []string
	notes  []string
}

func (d *desktop) add(l *[]string, s string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	*l = append(*l, s)
}

func (d *desktop) SetTitle(s string)        { d.add(&d.titles, s) }
func (d *desktop) SetBadge(s string, n int) { d.add(&d.badges, fmt.Sprint(s, "/", n)) }
func (d *desktop) Withdraw(id string)       { d.add(&d.notes, "-"+id) }
func (d *desktop) Notify(n engine.Notification) {
	d.add(&d.notes, n.Chat+": "+n.Title+": "+strings.ReplaceAll(n.Body, "\n", " / "))
}

func (d *desktop) takeNotes() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.notes
	d.notes = nil
	return l
}

// console is a running engine of a test.
type console struct {
	*engine.Engine
	t       *testing.T
	desktop *desktop
	log     *safeLog
	disk    *slowDisk // nil where a test has a disk of its own
	link    engine.Link
	stop    func()
}

// safeLog is a log that goroutines write and a test reads.
type safeLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *safeLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *safeLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// restart ends the console and starts it again on its disk.
func (c *console) restart() {
	c.stop()
	*c = *start(c.t, c.disk, c.link)
}

// start runs an engine in a synctest bubble until stop.
func start(t *testing.T, disk engine.Disk, link engine.Link) *console {
	t.Helper()
	return startAs(t, disk, link, "server")
}

// startAs runs one that is told whose data it keeps.
func startAs(t *testing.T, disk engine.Disk, link engine.Link, origin string) *console {
	t.Helper()
	return startWith(t, engine.Config{Disk: disk, Link: link, Origin: origin})
}

// startWith runs one that has what the config has, and a desktop.
func startWith(t *testing.T, cfg engine.Config) *console {
	t.Helper()
	d, log := &desktop{}, &safeLog{}
	e := engine.New(engine.Config{Disk: cfg.Disk, Link: cfg.Link, Tokens: cfg.Tokens, Shell: d, Notifier: d, App: "test",
		Server: "wss://parley.example", Origin: cfg.Origin, Log: slog.New(slog.NewTextHandler(log, nil)), Changed: func() {}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := e.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	stop := sync.OnceFunc(func() { cancel(); <-done })
	e.Prefer(engine.Preferences{Language: "en", Notifications: true})
	synctest.Wait()
	own, _ := cfg.Disk.(*slowDisk)
	return &console{Engine: e, t: t, desktop: d, log: log, disk: own, link: cfg.Link, stop: stop}
}

// SaveDraft is that of somebody who has seen all that is here.
func (c *console) SaveDraft(id chat.ID, text string) { c.Engine.SaveDraft(id, text, math.MaxInt64) }

// SaveNote likewise.
func (c *console) SaveNote(id chat.ID, text string) { c.Engine.SaveNote(id, text, math.MaxInt64) }

// row returns a chat as the picture's lists have it; nil: in neither.
func (c *console) row(id chat.ID) (list string, r *chat.Chat) {
	synctest.Wait()
	p := c.Picture()
	for _, it := range p.My {
		if it.Chat.ID == id {
			return "my", &it.Chat
		}
	}
	for _, it := range p.Queue {
		if it.Chat.ID == id {
			return "queue", &it.Chat
		}
	}
	return "", nil
}

// thread returns a conversation that is looked at.
func (c *console) thread(id chat.ID) *engine.Thread {
	c.t.Helper()
	c.Watch(id)
	synctest.Wait()
	th := c.Picture().Threads[id]
	if th == nil {
		c.t.Fatalf("the conversation of %s is not in the picture", id)
	}
	return th
}

// words are the texts of a conversation, confirmed, queued and waiting for a decision.
func (c *console) words(id chat.ID) (l []string) {
	c.t.Helper()
	th := c.thread(id)
	for _, m := range th.Messages {
		l = append(l, m.Text)
	}
	for _, d := range th.Decisions {
		l = append(l, "held:"+d.Text)
	}
	for _, e := range th.Queued {
		if _, words := e.Words(); words {
			l = append(l, "queued:"+e.Command.Text)
		}
	}
	return l
}

func bubble(t *testing.T, f func(t *testing.T, disk *slowDisk, s *linktest.Server)) {
	synctest.Test(t, func(t *testing.T) { f(t, &slowDisk{Disk: cache.NewMemory()}, linktest.New()) })
}

// withChat runs a test with a console that is current and has one chat, A, in which the customer wrote "hello".
func withChat(t *testing.T, f func(t *testing.T, c *console, s *linktest.Server)) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		c := start(t, disk, s)
		defer func() { c.stop() }()
		f(t, c, s)
	})
}

func want(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
