package postgres

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/internal/store/postgres/pgtest"
	"parley/backend/internal/store/storetest"
	"parley/backend/wire"
)

// shared is one store whose commits and reads come from one of two servers by chance.
type shared struct {
	servers [2]*Store
	chance  *rand.Rand
}

func (s *shared) Commit(ctx context.Context, f func(store.Tx) error) error {
	return s.servers[s.chance.IntN(2)].Commit(ctx, f)
}

func (s *shared) Read(ctx context.Context, f func(store.Reader) error) error {
	return s.servers[s.chance.IntN(2)].Read(ctx, f)
}

func (s *shared) Close() error { return errors.Join(s.servers[0].Close(), s.servers[1].Close()) }

// TestTwoServersAreOneStore: nobody can tell which server has committed.
func TestTwoServersAreOneStore(t *testing.T) {
	for seed := range uint64(2) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			url := pgtest.Database(t)
			both := &shared{[2]*Store{open(t, url), open(t, url)}, rand.New(rand.NewPCG(seed, 9))}
			storetest.Same(t, memory.New(storetest.Epoch), both, seed, 60)
		})
	}
}

// TestNumbersHaveNoGap: servers that commit at the same time number one stream without gaps or doubles.
func TestNumbersHaveNoGap(t *testing.T) {
	const each = 40
	url := pgtest.Database(t)
	servers := []*Store{open(t, url), open(t, url), open(t, url)}
	var wait sync.WaitGroup
	for _, s := range servers {
		wait.Go(func() {
			for range each {
				err := s.Commit(t.Context(), func(tx store.Tx) error {
					tx.Apply(desk.Outcome{Frames: []desk.Frame{{Stream: wire.Stream{Kind: wire.TenantStream}}}}, 1)
					return tx.Err()
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wait.Wait()
	err := servers[0].Read(t.Context(), func(r store.Reader) error {
		frames := r.Frames(wire.Stream{Kind: wire.TenantStream}, 0, 1000)
		if len(frames) != each*len(servers) {
			t.Errorf("%d frames", len(frames))
		}
		for i, f := range frames {
			if f.Seq != int64(i+1) {
				t.Errorf("frame %d has number %d", i, f.Seq)
			}
		}
		return r.Err()
	})
	if err != nil {
		t.Error(err)
	}
}

// TestElsewhere: a commit is heard of by the other server and not by the one that made it.
func TestElsewhere(t *testing.T) {
	url := pgtest.Database(t)
	a, b := open(t, url), open(t, url)
	for _, s := range []*Store{a, b} {
		<-s.Elsewhere() // it listens now
	}
	for range 40 {
		if err := a.Commit(t.Context(), func(tx store.Tx) error { tx.SetClock(1); return tx.Err() }); err != nil {
			t.Fatal(err)
		}
		<-b.Elsewhere()
		select {
		case <-a.Elsewhere():
			t.Fatal("it has heard of its own commit")
		default:
		}
	}
}
