package server

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// meteredStore is a store whose commits are measured. It remembers whether the last one failed, for /healthz.
type meteredStore struct {
	store.Store
	figures *figures
	failed  atomic.Bool
}

// Commit implements store.Store.
func (s *meteredStore) Commit(ctx context.Context, f func(store.Tx) error) error {
	began := time.Now()
	var n int
	err := s.Store.Commit(ctx, func(tx store.Tx) error {
		m := &meteredTx{Tx: tx}
		err := f(m)
		n = m.applied
		return err
	})
	if err != nil || !store.IsEnding(ctx) { // that one which ends something was stored says nothing of the others
		s.failed.Store(err != nil && !errors.Is(err, store.ErrConflict))
	}
	if err != nil {
		s.figures.commitErrors.Inc()
		return err
	}
	if n > 0 {
		s.figures.commitSize.Observe(float64(n))
		s.figures.commitSeconds.Observe(time.Since(began).Seconds())
	}
	return nil
}

// check reports whether the store can be read and, where the last commit failed, whether it can be written again.
func (s *meteredStore) check(ctx context.Context) error {
	if err := s.Store.Read(ctx, func(r store.Reader) error { return r.Err() }); err != nil {
		return err
	}
	if !s.failed.Load() {
		return nil
	}
	return s.Commit(ctx, func(tx store.Tx) error {
		tx.SetClock(tx.Clock())
		return tx.Err()
	})
}

// meteredTx counts the outcomes of one commit.
type meteredTx struct {
	store.Tx
	applied int
}

// Apply implements store.Tx.
func (t *meteredTx) Apply(o desk.Outcome, at chat.Millis) []store.Frame {
	t.applied++
	return t.Tx.Apply(o, at)
}
