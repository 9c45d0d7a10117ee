// Package commit is the one way to change the server's state. Its goroutine takes all commands that wait,
// decides them by desk's rules one after the other in one transaction of the store, and when that is durable
// hands the frames to the hub, wakes those who look for due rows, and answers the callers. It owns the server's
// time. Webhooks, sessions, deliver, clock and the admin's commands come here.
package commit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// Limits of the group commit, unless Config says otherwise.
const (
	DefaultMaxBatch   = 256  // commands in one transaction
	DefaultMaxQueue   = 4096 // commands that wait; Submit blocks while there are as many
	DefaultPruneEvery = time.Minute
)

// Config says what a Committer works with. Store and IDs must be given.
type Config struct {
	Store store.Store
	IDs   desk.IDs
	// Sink is given the frames of each commit, in order, when they are durable; it must not block.
	Sink func([]store.Frame)
	// Clock is time.Now unless given.
	Clock func() time.Time
	// Decide is desk.Decide unless given.
	Decide func(v desk.View, now chat.Millis, ids desk.IDs, c desk.Command) desk.Outcome
	Log    *slog.Logger // slog.Default unless given

	MaxBatch, MaxQueue int             // 0: the defaults
	Retention          store.Retention // zero: store.DefaultRetention
	PruneEvery         time.Duration   // 0: DefaultPruneEvery
}

func (c Config) withDefaults() Config {
	if c.Sink == nil {
		c.Sink = func([]store.Frame) {}
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Decide == nil {
		c.Decide = desk.Decide
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.MaxBatch == 0 {
		c.MaxBatch = DefaultMaxBatch
	}
	if c.MaxQueue == 0 {
		c.MaxQueue = DefaultMaxQueue
	}
	if c.Retention == (store.Retention{}) {
		c.Retention = store.DefaultRetention
	}
	if c.PruneEvery == 0 {
		c.PruneEvery = DefaultPruneEvery
	}
	return c
}

// Committer is the goroutine that commits. Its methods may be called by any goroutine.
type Committer struct {
	Config
	time serverTime
	in   chan *waiting
	quit chan struct{} // closed: take no more
	done chan struct{} // closed: the goroutine has ended
	stop sync.Once

	mu    sync.Mutex
	bells []chan struct{}
}

// waiting is one command and whoever waits for its answer.
type waiting struct {
	ctx     context.Context
	command desk.Command
	answer  desk.Answer
	err     error
	ended   chan struct{} // closed: answer and err are there
}

// New reads the highest server time from the store and starts the goroutine, which Close ends.
func New(config Config) (*Committer, error) {
	config = config.withDefaults()
	c := &Committer{Config: config, in: make(chan *waiting, config.MaxQueue),
		quit: make(chan struct{}), done: make(chan struct{})}
	err := config.Store.Read(context.Background(), func(r store.Reader) error {
		c.time.start(r.Clock(), config.Clock, config.Log)
		return r.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("commit: read the clock: %w", err)
	}
	go c.run()
	return c, nil
}

// Now is the server's time.
func (c *Committer) Now() chat.Millis { return c.time.now() }

// Submit has a command decided and committed, and returns when that is durable. An error says that nothing is
// known to be stored: store.ErrNoRoom, store.ErrClosed, another failure of the store, or ctx's end; then the
// command may still take effect. Commands that one goroutine submits one after the other keep their order.
func (c *Committer) Submit(ctx context.Context, command desk.Command) (desk.Answer, error) {
	w := &waiting{ctx: ctx, command: command, ended: make(chan struct{})}
	select {
	case <-c.quit:
		return desk.Answer{}, store.ErrClosed
	default:
	}
	select {
	case c.in <- w:
	case <-c.quit:
		return desk.Answer{}, store.ErrClosed
	case <-ctx.Done():
		return desk.Answer{}, ctx.Err()
	}
	select {
	case <-w.ended:
		return w.answer, w.err
	case <-ctx.Done():
		return desk.Answer{}, ctx.Err()
	case <-c.done:
		return w.afterwards()
	}
}

// afterwards is the answer of a command when the goroutine has ended: it may have come too late to be taken.
func (w *waiting) afterwards() (desk.Answer, error) {
	select {
	case <-w.ended:
		return w.answer, w.err
	default:
		return desk.Answer{}, store.ErrClosed
	}
}

// Bell returns a channel that is rung after each commit that put an outgoing row, a file to fetch or a timer.
// Rings that were not heard yet are one ring.
func (c *Committer) Bell() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	bell := make(chan struct{}, 1)
	c.bells = append(c.bells, bell)
	return bell
}

func (c *Committer) ring() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, bell := range c.bells {
		select {
		case bell <- struct{}{}:
		default:
		}
	}
}

// Close commits what waits, refuses what comes later with store.ErrClosed, and returns when the goroutine has
// ended. The store stays open.
func (c *Committer) Close() {
	c.stop.Do(func() { close(c.quit) })
	<-c.done
}

func (c *Committer) run() {
	defer close(c.done)
	prune := time.NewTicker(c.PruneEvery)
	defer prune.Stop()
	for {
		select {
		case w := <-c.in:
			c.commit(c.take(w))
		case <-prune.C:
			c.prune()
		case <-c.quit:
			c.drain()
			return
		}
	}
}

func (c *Committer) drain() {
	for {
		select {
		case w := <-c.in:
			c.commit(c.take(w))
		default:
			return
		}
	}
}

// take returns first and what waits behind it, as far as one transaction takes them.
func (c *Committer) take(first *waiting) []*waiting {
	batch := []*waiting{first}
	for len(batch) < c.MaxBatch {
		select {
		case w := <-c.in:
			batch = append(batch, w)
		default:
			return batch
		}
	}
	return batch
}

func (c *Committer) prune() {
	err := c.Store.Commit(context.Background(), func(tx store.Tx) error {
		tx.Prune(c.Retention, c.Now())
		return tx.Err()
	})
	if err != nil && !errors.Is(err, store.ErrClosed) {
		c.Log.Error("commit: the log could not be pruned", "error", err)
	}
}
