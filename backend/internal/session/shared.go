package session

import (
	"sync"
	"weak"

	"parley/backend/internal/feed"
	"parley/backend/wire"
)

// shared is what the sessions remember together. A whole is known for as long as a session still sends it.
type shared struct {
	mu      sync.Mutex
	digests feed.Memo
	wholes  map[wire.Stream]weak.Pointer[feed.Whole]
}

// Newest implements feed.Shared.
func (s *shared) Newest(of wire.Stream) feed.Digest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.digests.Newest(of)
}

// Keep implements feed.Shared.
func (s *shared) Keep(of wire.Stream, d feed.Digest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.digests.Keep(of, d)
}

// Whole implements feed.Shared.
func (s *shared) Whole(of wire.Stream) *feed.Whole {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wholes[of].Value()
}

// KeepWhole implements feed.Shared.
func (s *shared) KeepWhole(of wire.Stream, w *feed.Whole) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wholes[of] = weak.Make(w)
}
