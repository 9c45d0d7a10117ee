package server

import (
	"context"
	"maps"
	"sync"
	"time"

	"parley/backend/internal/hub"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// elsewhere is a store that other servers may commit to.
type elsewhere interface {
	// Elsewhere receives after another server has committed. It may be late or never come.
	Elsewhere() <-chan struct{}
}

const (
	// followEvery is how long the commits of other servers are gathered before they are looked at once.
	followEvery = 20 * time.Millisecond
	// followAtOnce is how many frames of a stream are passed on; who watches one that has more reads the log.
	followAtOnce = 64
)

// follower passes on to this server's consoles what other servers have committed. Where it does not, consoles see it
// at their next beat: nothing here is needed for correctness.
type follower struct {
	hub  *hub.Hub
	read func(context.Context, func(store.Reader) error) error

	mu   sync.Mutex
	last map[wire.Stream]int64 // the newest frame that was passed on with all before it; guarded by mu
}

func newFollower(h *hub.Hub, s store.Store) *follower {
	return &follower{hub: h, read: s.Read, last: map[wire.Stream]int64{}}
}

// passed notes the frames of this server's own commit, which were published.
func (f *follower) passed(frames []store.Frame) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, frame := range frames {
		if last, ok := f.last[frame.Stream]; ok && frame.Seq == last+1 {
			f.last[frame.Stream] = frame.Seq
		}
	}
}

// run follows until ctx ends. ring wakes those who look for due rows.
func (f *follower) run(ctx context.Context, heard <-chan struct{}, ring func()) {
	for {
		select {
		case <-heard:
		case <-ctx.Done():
			return
		}
		ring()
		f.look(ctx)
		select {
		case <-time.After(followEvery):
		case <-ctx.Done():
			return
		}
	}
}

// look reads what is new in the streams that somebody watches here and publishes it. Of a stream that was not looked
// at before it is not known what is new: who watches it looks into the log.
func (f *follower) look(ctx context.Context) {
	watched := map[wire.Stream]bool{}
	for _, s := range f.hub.Streams() {
		watched[s] = true
	}
	last := f.passedOn()
	var unknown []wire.Stream
	var found []store.Frame
	heads := map[wire.Stream]int64{}
	err := f.read(ctx, func(r store.Reader) error {
		for s, head := range r.Heads {
			if watched[s] {
				heads[s] = head
			}
		}
		for s, head := range heads {
			switch before, known := last[s]; {
			case known && before == head:
			case known && before < head && head-before <= followAtOnce:
				found = append(found, r.Frames(s, before, followAtOnce)...)
			default:
				unknown = append(unknown, s)
			}
		}
		return r.Err()
	})
	if err != nil {
		heads, found, unknown = nil, nil, nil // the next look finds it, or the consoles' beats
	}
	f.looked(heads)
	f.hub.Publish(found)
	if len(unknown) > 0 {
		f.hub.Nudge(unknown...)
	}
}

func (f *follower) passedOn() map[wire.Stream]int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.last)
}

// looked notes heads. A commit of this server may have moved one of them meanwhile.
func (f *follower) looked(heads map[wire.Stream]int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for s, head := range heads {
		heads[s] = max(head, f.last[s])
	}
	f.last = heads
}
