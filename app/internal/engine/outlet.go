package engine

import (
	"context"
	"sync"
)

// outlet is the goroutine that talks to the desktop, which may be slow. What it was given it does in order.
type outlet struct {
	mu   sync.Mutex
	todo []func()
	news chan struct{}
}

func newOutlet() *outlet { return &outlet{news: make(chan struct{}, 1)} }

// do queues f and never waits.
func (o *outlet) do(f func()) {
	o.mu.Lock()
	o.todo = append(o.todo, f)
	o.mu.Unlock()
	select {
	case o.news <- struct{}{}:
	default:
	}
}

func (o *outlet) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-o.news:
		}
		o.mu.Lock()
		todo := o.todo
		o.todo = nil
		o.mu.Unlock()
		for _, f := range todo {
			f()
		}
	}
}
