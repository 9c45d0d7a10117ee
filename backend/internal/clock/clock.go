// Package clock makes due timers happen: each becomes a command that desk decides. It keeps no time of its own;
// timers are rows, so that none is lost by a restart, and desk decides by how things are, so that firing one twice
// does the same once. The server runs one Clock.
package clock

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

const (
	// atOnce is how many timers are read at a time.
	atOnce = 256
	// together is how many are fired together, so that one transaction takes them and not each its own; what agents do
	// meanwhile waits for no more.
	together = 64
	// longest is how long Run sleeps at most, in case the server's time and the machine's run apart.
	longest = time.Minute
	// pause is how long Run waits after something went wrong.
	pause = time.Second
)

// Reader is the part of a store that a Clock reads.
type Reader interface {
	Read(ctx context.Context, f func(store.Reader) error) error
}

// Committer is where the commands go and whose time counts.
type Committer interface {
	Submit(ctx context.Context, command desk.Command) (desk.Answer, error)
	Now() chat.Millis
}

// Clock fires timers.
type Clock struct {
	store  Reader
	commit Committer
	bell   <-chan struct{}
	log    *slog.Logger

	refused map[string]bool // still due, and not fired before again
	again   time.Time
}

// New returns a Clock. bell rings when a timer may have been put.
func New(s Reader, c Committer, bell <-chan struct{}, log *slog.Logger) *Clock {
	return &Clock{store: s, commit: c, bell: bell, log: log, refused: map[string]bool{}}
}

// Run fires timers, the earliest first, until ctx ends.
func (c *Clock) Run(ctx context.Context) {
	for ctx.Err() == nil {
		wait := c.round(ctx)
		if wait == 0 {
			continue
		}
		sleep := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-c.bell:
		case <-sleep.C:
		}
		sleep.Stop()
	}
}

// round fires what is due and returns how long nothing will be; 0 means look again at once.
func (c *Clock) round(ctx context.Context) time.Duration {
	if !time.Now().Before(c.again) {
		clear(c.refused)
	}
	due, next, err := c.due(ctx)
	if err != nil {
		c.complain(ctx, "clock: timers cannot be read", err)
		return pause
	}
	switch {
	case len(due) > 0:
		return c.fire(ctx, due)
	case len(c.refused) > 0:
		return max(time.Until(c.again), time.Millisecond)
	case next == 0:
		return longest
	}
	left := time.Duration(next-c.commit.Now()) * time.Millisecond
	return min(max(left, time.Millisecond), longest)
}

// fire fires timers together and returns how long to wait then. One that is refused is still due; the others must not
// starve behind it, nor Run spin.
func (c *Clock) fire(ctx context.Context, due []desk.Timer) time.Duration {
	var all sync.WaitGroup
	var failed, stop atomic.Bool
	answers := make([]desk.Answer, len(due))
	next := make(chan int)
	for range min(together, len(due)) {
		all.Go(func() {
			for i := range next {
				answer, err := c.commit.Submit(ctx, desk.TimerDue{ID: due[i].ID})
				answers[i] = answer
				if err == nil {
					continue
				}
				if !failed.Swap(true) {
					c.complain(ctx, "clock: a timer was not stored", err)
				}
				if !errors.Is(err, store.ErrNoRoom) { // where there is no room there may be some for another
					stop.Store(true)
				}
			}
		})
	}
	for i := range due {
		if stop.Load() {
			break
		}
		next <- i
	}
	close(next)
	all.Wait()
	for i := range due {
		if p := answers[i].Problem; p != nil {
			c.complain(ctx, "clock: a timer was refused", p)
			c.refused[due[i].ID], c.again = true, time.Now().Add(pause)
		}
	}
	if failed.Load() {
		return pause
	}
	return 0
}

// due reads the timers that are due and were not refused, and when the next will be.
func (c *Clock) due(ctx context.Context) (due []desk.Timer, next chat.Millis, err error) {
	err = c.store.Read(ctx, func(r store.Reader) error {
		for _, t := range r.DueTimers(c.commit.Now(), atOnce+len(c.refused)) {
			if !c.refused[t.ID] {
				due = append(due, t)
			}
		}
		_, _, next = r.NextDue()
		return r.Err()
	})
	return due, next, err
}

func (c *Clock) complain(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		c.log.Error(what, "error", err)
	}
}
