// Package hub knows who watches which stream and hands them the frames that were committed. It owns no goroutine
// and never waits for a watcher: one that is too slow is marked lagging and reads the log instead. The commit
// loop publishes, sessions watch; nothing here is needed for correctness, only for speed.
package hub

import (
	"maps"
	"slices"
	"sync"

	"parley/backend/internal/store"
	"parley/backend/wire"
)

// Hub distributes frames. Its methods may be called by several goroutines.
type Hub struct {
	mu       sync.RWMutex
	watchers map[wire.Stream]map[*Watcher]struct{}
}

// New returns a Hub that nobody watches.
func New() *Hub {
	return &Hub{watchers: map[wire.Stream]map[*Watcher]struct{}{}}
}

// Publish hands frames, in their order, to all who watch their streams. It does not block. The frames must be
// durable already; their bytes are shared and must not be changed any more.
func (h *Hub) Publish(frames []store.Frame) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	for _, f := range frames {
		for w := range h.watchers[f.Stream] {
			w.add(f)
		}
	}
}

// Watch begins to collect the frames of streams, at most limit that were not taken yet. Whoever calls it must
// Close the watcher.
func (h *Hub) Watch(streams []wire.Stream, limit int) *Watcher {
	w := &Watcher{hub: h, streams: slices.Clone(streams), limit: limit, ready: make(chan struct{}, 1)}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range w.streams {
		if h.watchers[s] == nil {
			h.watchers[s] = map[*Watcher]struct{}{}
		}
		h.watchers[s][w] = struct{}{}
	}
	return w
}

// Nudge lets all who watch one of streams look into the log: something may have been committed there that nobody
// publishes here. Without streams, all who watch any.
func (h *Hub) Nudge(streams ...wire.Stream) {
	h.mu.RLock()
	defer h.mu.RUnlock()
	if len(streams) == 0 {
		streams = slices.Collect(maps.Keys(h.watchers))
	}
	for _, s := range streams {
		for w := range h.watchers[s] {
			w.lag()
		}
	}
}

// Streams returns the streams that somebody watches, in no order.
func (h *Hub) Streams() []wire.Stream {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.Collect(maps.Keys(h.watchers))
}

// Watching returns how many watchers a stream has.
func (h *Hub) Watching(s wire.Stream) int {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return len(h.watchers[s])
}

// Watcher collects the frames of some streams for one session.
type Watcher struct {
	hub     *Hub
	streams []wire.Stream
	limit   int
	ready   chan struct{}

	mu      sync.Mutex
	frames  []store.Frame
	lagging bool
}

// Ready receives after something came that Take returns. It is for one goroutine.
func (w *Watcher) Ready() <-chan struct{} { return w.ready }

// Take returns what has come since the last Take, in order. If it came too fast, frames were dropped: lagging is
// true and the caller continues from the log.
func (w *Watcher) Take() (frames []store.Frame, lagging bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	frames, lagging = w.frames, w.lagging
	w.frames, w.lagging = nil, false
	return frames, lagging
}

// Close ends the watching. It may be called more than once.
func (w *Watcher) Close() {
	w.hub.mu.Lock()
	defer w.hub.mu.Unlock()
	for _, s := range w.streams {
		delete(w.hub.watchers[s], w)
		if len(w.hub.watchers[s]) == 0 {
			delete(w.hub.watchers, s)
		}
	}
}

// add keeps f for Take. Once lagging, nothing is kept until Take: all of it lies in the log.
func (w *Watcher) add(f store.Frame) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.lagging:
		return
	case len(w.frames) >= w.limit:
		w.frames, w.lagging = nil, true
	default:
		w.frames = append(w.frames, f)
	}
	w.ring()
}

func (w *Watcher) lag() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.frames, w.lagging = nil, true
	w.ring()
}

func (w *Watcher) ring() {
	select {
	case w.ready <- struct{}{}:
	default:
	}
}
