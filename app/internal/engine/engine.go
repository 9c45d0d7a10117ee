// Package engine is the one goroutine that owns the client's state: the replica (what the server has said), the
// outbox (what the agent has asked for) and the inbox (both as lists and counts). Disk and socket have goroutines
// of their own and answer it, so that a click never waits for an fsync or for the network. After each input it
// publishes a Picture, which is never changed; package app makes the page's patches from it.
package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"parley/app/internal/bus"
	"parley/app/internal/inbox"
	"parley/app/internal/outbox"
	"parley/app/internal/record"
	"parley/app/internal/replica"
	"parley/backend/chat"
)

// Limits, each with a test that meets it.
const (
	maxThreads = 64       // conversations kept in memory
	maxNotices = 50       // the oldest goes
	maxDraft   = 64 << 10 // bytes, many times the longest reply; what is more is cut off
	maxBacklog = 20_000   // records on their way to the disk before the socket is read on
	saveAgain  = time.Second
)

// Config is what an engine works with.
type Config struct {
	Disk     Disk
	Link     Link
	Tokens   Tokens   // nil: nothing can be kept, and the server's offers are not taken
	Shell    Shell    // nil: nothing is shown outside the page
	Notifier Notifier // nil: no notifications
	App      string   // name and version for the server's log
	Server   string   // its address, for words
	Origin   string   // whose data it is, "demo" or "server"; a cache of the other is begun anew
	Log      *slog.Logger
	Changed  func() // there is a newer picture; called at most once in a bus.Tick
}

// Preferences are the agent's own on this machine, as far as the engine's words need them.
type Preferences struct {
	Language      string // "en", "de"
	Notifications bool
}

// Engine is one console's core. Its methods may be called from any goroutine; Run must be running.
type Engine struct {
	cfg     Config
	bus     *bus.Bus[Picture]
	calls   chan func()
	stopped chan struct{}
	disk    *writer
	outlet  *outlet
	offers  chan keepOrder // what the keychain is to do next

	// Owned by the goroutine of Run:
	rep        *replica.Replica
	out        *outbox.Queue
	idx        *inbox.Index
	idxOf      chat.AgentID
	conn       int64 // the present connection, 0: none
	left       int64 // the connection that is being left: what comes from it does not count
	prefs      Preferences
	notices    []Notice
	lastID     int64 // of a notice
	saving     bool  // a transaction of the outbox file is under way
	waiters    map[chat.CommandID]chan *chat.Problem
	retried    map[chat.MessageID]chat.CommandID // failed replies, by what sent their text anew
	threads    map[chat.ID]*watched
	departures map[chat.ID]*departure // of chats among threads that are not here any more
	dropped    map[chat.ID]bool       // conversations that are to leave the picture
	finding    func()                 // ends the search of the last FindChats
	looks      int64
	looking    looking
	told       map[chat.ID]int64 // how many messages a notification that stands tells of
	last       lastChat
	faults     faults
	nextTry    time.Time // of the link; zero: none is planned
	offered    offer
	leaving    chat.CommandID    // the signing out that was given in this run and has not ended
	gone       bool              // it was done: nobody signs in any more in this run
	typing     map[chat.ID]int64 // chats whose drafts were changed just now, by the count of changes
	typings    int64

	texts       map[chat.ListName]*listSearch // of the lists that search for something
	batches     batches
	awaited     map[chat.CommandID]chan *chat.Problem // commands whose end somebody waits for
	aim         aim
	companyOpen bool
	warnings    warnings
	tickAt      int64 // when the lists want to be asked next; 0: no alarm is set

	dirty        map[chat.ID]bool
	dirtyStatus  bool
	dirtyLists   bool
	dirtyCompany bool
	seq          int64
}

// watched is a conversation kept in memory.
type watched struct{ used int64 }

// New returns an engine that has not begun; its picture says that it is starting.
func New(cfg Config) *Engine {
	e := &Engine{cfg: cfg, calls: make(chan func(), 256), stopped: make(chan struct{}),
		waiters: map[chat.CommandID]chan *chat.Problem{}, retried: map[chat.MessageID]chat.CommandID{}, threads: map[chat.ID]*watched{}, departures: map[chat.ID]*departure{}, dropped: map[chat.ID]bool{}, told: map[chat.ID]int64{},
		batches: batches{told: map[chat.CommandID]told{}}, awaited: map[chat.CommandID]chan *chat.Problem{}, warnings: warnings{clocks: map[chat.ID]*clock{}},
		typing: map[chat.ID]int64{}, offers: make(chan keepOrder, 1), dirty: map[chat.ID]bool{}, seq: time.Now().UnixMilli() * 1000, prefs: Preferences{Language: "en"}}
	e.disk = newWriter(cfg.Disk, cfg.Log, func(f func()) { e.post(f) }, func() { e.dirtyStatus = true })
	e.outlet = newOutlet()
	e.bus = bus.New(e.firstPicture(), cfg.Changed)
	return e
}

// Run works until ctx ends: it reads the cache, then connects. It returns when everything is on the disk and no
// goroutine of it is left; an error is a disk that cannot be read at the start.
func (e *Engine) Run(ctx context.Context) error {
	if err := e.load(); err != nil {
		close(e.stopped)
		return errors.Join(err, e.cfg.Disk.Close())
	}
	inner, stop := context.WithCancel(ctx)
	var all, disk sync.WaitGroup
	all.Go(func() { e.bus.Run(inner) })
	all.Go(func() { e.outlet.run(inner) })
	all.Go(func() { e.keepTokens(inner) })
	all.Go(func() { e.cfg.Link.Run(inner, e.fromLink) })
	disk.Go(e.disk.run)
	e.flush()
	e.serve(ctx)
	for e.saving {
		(<-e.calls)()
	}
	close(e.stopped)
	stop()
	e.disk.finish(e.out.Take())
	all.Wait()
	disk.Wait()
	return nil
}

// serve runs what was posted until ctx ends. What waits is taken together, so that one picture is made of it.
func (e *Engine) serve(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			e.runWaiting() // the page's last words are among it
			e.flush()
			return
		case f := <-e.calls:
			f()
		}
		e.runWaiting()
		e.flush()
	}
}

func (e *Engine) runWaiting() {
	for n := len(e.calls); n > 0; n-- {
		(<-e.calls)()
	}
}

// post hands f to the goroutine of Run; false: it has ended.
func (e *Engine) post(f func()) bool {
	select {
	case e.calls <- f:
		return true
	case <-e.stopped:
		return false
	}
}

// load reads both files. The outbox is never thrown away: where it cannot be read, the console does not start.
func (e *Engine) load() error {
	out, err := outbox.Load(func(bucket string) ([]record.Record, error) {
		return e.cfg.Disk.Read(record.Outbox, bucket, "")
	}, newDevice())
	if out == nil {
		return fmt.Errorf("engine: %w", err)
	}
	if err != nil {
		e.cfg.Log.Error("records of the outbox are put aside", "err", err)
	}
	e.out, e.faults.outboxDamaged, e.faults.cacheRebuilt = out, err != nil, e.cfg.Disk.CacheLost()
	readCache := func(bucket string) ([]record.Record, error) { return e.cfg.Disk.Read(record.Cache, bucket, "") }
	e.disk.save(record.Cache, ownCache(e.cfg.Origin, &readCache), nil)
	rep, clean, err := replica.Load(nowMillis(), readCache)
	if err != nil {
		e.faults.cacheRebuilt = true
		e.cfg.Log.Warn("the cache is begun anew", "err", err)
	}
	e.rep = rep
	e.restoreBatches()
	e.last.load(readCache)
	e.disk.save(record.Cache, clean, nil)
	e.everything()
	return nil
}

// everything marks all chats as changed, with an index of the present agent.
func (e *Engine) everything() {
	e.newIndex()
	e.dirtyStatus, e.dirtyCompany = true, true
	for _, id := range e.rep.Chats() {
		e.dirty[id] = true
	}
	e.touchThreads()
}

func nowMillis() int64 { return time.Now().UnixMilli() }

func newCommandID() chat.CommandID { return chat.CommandID(newUUID()) }

func newDevice() chat.DeviceID { return chat.DeviceID(newUUID()) }

func newUUID() string { return uuid.Must(uuid.NewV7()).String() }
