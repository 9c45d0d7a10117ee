// Package bus stands between the engine and the page: it keeps the newest picture of the state for whoever asks,
// without waiting for anything, and says that there is a newer one, at most once in each tick, however fast
// pictures come.
package bus

import (
	"context"
	"sync/atomic"
	"time"
)

// Tick is the shortest time between two calls of emit: a frame of a screen at 60 Hz.
const Tick = 16 * time.Millisecond

// Bus carries pictures of type P, which nobody changes once they are published.
type Bus[P any] struct {
	latest atomic.Pointer[P]
	news   chan struct{}
	emit   func()
}

// New returns a bus with its first picture. emit is called by Run.
func New[P any](first *P, emit func()) *Bus[P] {
	b := &Bus[P]{news: make(chan struct{}, 1), emit: emit}
	b.latest.Store(first)
	return b
}

// Latest returns the newest picture. It never waits.
func (b *Bus[P]) Latest() *P { return b.latest.Load() }

// Publish makes p the newest picture. It never waits.
func (b *Bus[P]) Publish(p *P) {
	b.latest.Store(p)
	select {
	case b.news <- struct{}{}:
	default:
	}
}

// Run calls emit after pictures were published until ctx ends: at once after a pause, then once in each tick.
func (b *Bus[P]) Run(ctx context.Context) {
	tick := time.NewTimer(0)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		select {
		case <-ctx.Done():
			return
		case <-b.news:
			b.emit()
			tick.Reset(Tick)
		}
	}
}
