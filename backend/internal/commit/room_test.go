package commit

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// TestTheLastRoomIsForWhatEnds: on a full disk a batch is told apart into what is refused and what ends something.
func TestTheLastRoomIsForWhatEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := open(t, nil)
		r.gate.lastRoom = true
		hold := make(chan struct{})
		r.gate.set(hold, fmt.Errorf("write: %w", store.ErrNoRoom))
		first := r.submit(t.Context(), team("first"))
		fresh, ends := r.submit(t.Context(), team("a")), r.submit(t.Context(), desk.TimerDue{ID: "ask_uncertain/m/1"})
		begins := r.submit(t.Context(), desk.TimerDue{ID: "chat/c"})
		close(hold)
		synctest.Wait()
		if !errors.Is(begins.err, store.ErrNoRoom) {
			t.Errorf("a timer that begins something: %v", begins.err)
		}
		if !errors.Is(first.err, store.ErrNoRoom) || !errors.Is(fresh.err, store.ErrNoRoom) || ends.err != nil {
			t.Errorf("new: %v and %v; what ends: %v", first.err, fresh.err, ends.err)
		}
		err := r.gate.Read(t.Context(), func(v store.Reader) error {
			if _, ok := v.Timer("ask_uncertain/m/1"); !ok || len(v.Teams()) > 0 {
				t.Errorf("stored: the timer %v, teams %v", ok, v.Teams())
			}
			return v.Err()
		})
		if err != nil {
			t.Error(err)
		}
	})
}
