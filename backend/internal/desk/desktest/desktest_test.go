package desktest_test

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley/backend/internal/desk/desktest"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/internal/store/postgres"
	"parley/backend/internal/store/postgres/pgtest"
	"parley/backend/internal/store/sqlite"
)

const epoch = "e1"

var stores = []struct {
	name  string
	seeds int // at least, and as many more as it takes until every kind of command took effect
	rows  int // see World.RowsEvery
	open  func(t *testing.T) (store.Store, error)
}{
	{"memory", 8, 1, func(*testing.T) (store.Store, error) { return memory.New(epoch), nil }},
	{"sqlite", 3, 5, func(t *testing.T) (store.Store, error) {
		return sqlite.Open(context.Background(), filepath.Join(t.TempDir(), "parley.db"), sqlite.Options{Epoch: epoch})
	}},
	{"postgres", 3, 20, func(t *testing.T) (store.Store, error) {
		return postgres.Open(context.Background(), pgtest.Database(t), postgres.Options{Epoch: epoch})
	}},
}

// TestAnySequence shows the promises that World.Do checks for every kind of command, in any order, on every store: snapshot
// before + frames = snapshot after, for every stream. Equal seeds give equal bytes whatever the store.
func TestAnySequence(t *testing.T) {
	var digests []string // by seed, of the store that was first
	for _, s := range stores {
		t.Run(s.name, func(t *testing.T) {
			effects := map[string]int{}
			var ends map[string]int // of the first store; the others give the same
			if s.name == stores[0].name {
				ends = map[string]int{}
			}
			seed := 0
			for ; seed < s.seeds || seed < mostSeeds && len(missing(effects, ends)) > 0; seed++ {
				c, digest := play(t, s.open, uint64(seed), s.rows)
				add(effects, c.Effects)
				if ends != nil {
					add(ends, c.Ends)
				}
				if seed == len(digests) {
					digests = append(digests, digest)
				}
				if digests[seed] != digest {
					t.Errorf("the frames are not those of %s", stores[0].name)
				}
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
			t.Logf("%d commands; took effect: %s; agents' commands ended: %s", seed*steps, table(effects), table(ends))
			for _, what := range missing(effects, ends) {
				t.Error(what)
			}
		})
	}
}

const (
	steps     = 400
	mostSeeds = 60
)

func play(t *testing.T, open func(*testing.T) (store.Store, error), seed uint64, rowsEvery int) (*desktest.Chance, string) {
	s, err := open(t)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	c := desktest.NewChance(t, s, epoch, seed, "text")
	c.RowsEvery = rowsEvery
	c.Long = strings.Repeat("ü\"", 3000)
	for i := range steps {
		if i%20 == 19 {
			c.Upset()
		}
		c.Step()
	}
	return c, c.Replay()
}

// missing names the kinds of command that never took effect and, unless ends is nil, the problems that no agent's
// command ended with.
func missing(effects, ends map[string]int) (never []string) {
	for _, kind := range desktest.Kinds {
		if effects[kind] == 0 {
			never = append(never, kind+" never took effect")
		}
	}
	for _, p := range desktest.Problems {
		if ends != nil && ends[fmt.Sprint(int(p))] == 0 {
			never = append(never, fmt.Sprintf("no command ended with problem %d", p))
		}
	}
	return never
}

func add(sum, more map[string]int) {
	for k, n := range more {
		sum[k] += n
	}
}

func table(n map[string]int) string {
	var all []string
	for _, k := range slices.Sorted(maps.Keys(n)) {
		all = append(all, fmt.Sprintf("%s %d", k, n[k]))
	}
	return strings.Join(all, ", ")
}
