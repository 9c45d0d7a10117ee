// Package memory is the store that forgets: for the simulation and for tests, and, as a Mirror, for a store that is far
// away. It keeps one immutable state; a commit changes a copy, which shares what it does not change, and puts it in the
// old one's place.
package memory

import (
	"context"
	"sync"
	"sync/atomic"

	"parley/backend/internal/store"
)

// Store implements store.Store.
type Store struct {
	writing sync.Mutex
	now     atomic.Pointer[state] // nil: closed
}

var _ store.Store = (*Store)(nil)

// New returns an empty store whose streams have the given epoch.
func New(epoch string) *Store {
	s := &Store{}
	s.now.Store(&state{epoch: epoch})
	return s
}

// Commit implements store.Store.
func (s *Store) Commit(ctx context.Context, f func(store.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	now, err := s.open(ctx)
	if err != nil {
		return err
	}
	own := *now
	tx := &tx{reader{state: &own}}
	if err := f(tx); err != nil {
		return err
	}
	if tx.err != nil {
		return tx.err
	}
	s.now.Store(&own)
	return nil
}

// Read implements store.Store.
func (s *Store) Read(ctx context.Context, f func(store.Reader) error) error {
	now, err := s.open(ctx)
	if err != nil {
		return err
	}
	return f(&reader{state: now})
}

func (s *Store) open(ctx context.Context) (*state, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	now := s.now.Load()
	if now == nil {
		return nil, store.ErrClosed
	}
	return now, nil
}

// Close makes every later call fail with store.ErrClosed; it waits for a commit that is under way.
func (s *Store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.now.Store(nil)
	return nil
}
