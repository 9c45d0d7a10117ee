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
	pruneAgain        = 100 * time.Millisecond // after a batch that was full
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

// waiting is commands that are committed together and whoever waits for their answers.
type waiting struct {
	ctx      context.Context
	commands []desk.Command
	answers  []desk.Answer
	err      error
	ended    chan struct{} // closed: answers and err are there
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
	answers, err := c.SubmitAll(ctx, []desk.Command{command})
	if err != nil {
		return desk.Answer{}, err
	}
	return answers[0], nil
}

// SubmitAll is Submit for commands that are decided in their order and committed in one transaction: all of them or,
// with an error, none. Whoever has many gives at most DefaultMaxBatch at a time. One whose outcome does not fit the
// state fails them all with store.ErrConflict or store.ErrUnfit; alone, the others may be stored.
func (c *Committer) SubmitAll(ctx context.Context, commands []desk.Command) ([]desk.Answer, error) {
	w := &waiting{ctx: ctx, commands: commands, ended: make(chan struct{})}
	select {
	case <-c.quit:
		return nil, store.ErrClosed
	default:
	}
	select {
	case c.in <- w:
	case <-c.quit:
		return nil, store.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	select {
	case <-w.ended:
		return w.answers, w.err
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-c.done:
		return w.afterwards()
	}
}

// afterwards is the answers of commands when the goroutine has ended: they may have come too late to be taken.
func (w *waiting) afterwards() ([]desk.Answer, error) {
	select {
	case <-w.ended:
		return w.answers, w.err
	default:
		return nil, store.ErrClosed
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

// Ring rings the bells: another server may have put a row that is due.
func (c *Committer) Ring() {
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
	prune := time.NewTimer(c.PruneEvery)
	defer prune.Stop()
	for {
		select {
		case w := <-c.in:
			c.commit(c.take(w))
		case <-prune.C:
			prune.Reset(c.prune())
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
	batch, n := []*waiting{first}, len(first.commands)
	for n < c.MaxBatch {
		select {
		case w := <-c.in:
			batch, n = append(batch, w), n+len(w.commands)
		default:
			return batch
		}
	}
	return batch
}

// prune drops what the log need not keep, at most one batch so that commits wait for it little, and returns when to
// do so again: soon while there may be more, for a busy server makes more frames in a minute than a batch has.
func (c *Committer) prune() time.Duration {
	dropped := 0
	err := c.Store.Commit(store.Ending(context.Background()), func(tx store.Tx) error {
		dropped = tx.Prune(c.Retention, c.time.raise(tx.Clock())) // so that an idle server hears of another's time too
		return tx.Err()
	})
	switch {
	case err != nil && !errors.Is(err, store.ErrClosed):
		c.Log.Error("commit: the log could not be pruned", "error", err)
	case err == nil && dropped == c.Retention.Batch:
		return min(pruneAgain, c.PruneEvery)
	}
	return c.PruneEvery
}
