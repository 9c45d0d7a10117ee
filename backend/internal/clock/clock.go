// Package clock makes due timers happen: each becomes a command that desk decides. It keeps no time of its own;
// timers are rows, so that none is lost by a restart, and each names its fence, so that firing one twice does the
// same once. The server runs one Clock.
package clock

import (
	"context"
	"log/slog"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

const (
	// atOnce is how many timers are read at a time.
	atOnce = 256
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
}

// New returns a Clock. bell rings when a timer may have been put.
func New(s Reader, c Committer, bell <-chan struct{}, log *slog.Logger) *Clock {
	return &Clock{store: s, commit: c, bell: bell, log: log}
}

// Run fires timers, the earliest first and one after the other, until ctx ends.
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
	due, next, err := c.due(ctx)
	if err != nil {
		c.complain(ctx, "clock: timers cannot be read", err)
		return pause
	}
	var refused time.Duration
	for _, t := range due {
		answer, err := c.commit.Submit(ctx, desk.TimerDue{ID: t.ID})
		if err != nil {
			c.complain(ctx, "clock: a timer was not stored", err)
			return pause
		}
		if answer.Problem != nil { // it is still due; the others must not starve behind it, nor this loop spin
			c.complain(ctx, "clock: a timer was refused", answer.Problem)
			refused = pause
		}
	}
	switch {
	case len(due) > 0:
		return refused
	case next == 0:
		return longest
	}
	left := time.Duration(next-c.commit.Now()) * time.Millisecond
	return min(max(left, time.Millisecond), longest)
}

// due reads the timers that are due and when the next will be.
func (c *Clock) due(ctx context.Context) (due []desk.Timer, next chat.Millis, err error) {
	err = c.store.Read(ctx, func(r store.Reader) error {
		due = r.DueTimers(c.commit.Now(), atOnce)
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
