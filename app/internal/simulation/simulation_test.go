package simulation

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/backend/servertest"
)

// enough is from how many seeds on every kind of fault must have happened.
const enough = 200

// number reads a number from the environment.
func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

// TestSeeds runs PARLEY_SEEDS simulations, or the one that PARLEY_SEED names.
func TestSeeds(t *testing.T) {
	first, n := number("PARLEY_FIRST", 0), number("PARLEY_SEEDS", seeds)
	if one := number("PARLEY_SEED", -1); one >= 0 {
		first, n = one, 1
	}
	began := time.Now()
	sum, broken := runAll(first, n, number("PARLEY_FAILURES", 3))
	for _, r := range broken {
		t.Errorf("%s", story(r))
	}
	t.Logf("%d seeds from %d in %v: %d steps, %d commands (%d of agents), %d frames applied", n, first,
		time.Since(began).Round(time.Second), sum.Steps, sum.Commands, sum.Agents, sum.Frames)
	for _, k := range servertest.Kinds() {
		t.Logf("%9d × %v", sum.Faults[k], k)
		if n >= enough && sum.Faults[k] == 0 {
			t.Errorf("%v never happened", k)
		}
	}
}

// runAll runs n seeds on all cores until so many have failed.
func runAll(first, n, failures int) (sum Report, broken []*Report) {
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // a run is small and makes much rubbish
	var mu sync.Mutex
	var workers sync.WaitGroup
	next := first
	take := func() (int, bool) {
		mu.Lock()
		defer mu.Unlock()
		next++
		return next - 1, next <= first+n && len(broken) < failures
	}
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for seed, ok := take(); ok; seed, ok = take() {
				r := Run(Config{Seed: uint64(seed), Rot: os.Getenv("PARLEY_ROT") == "true"})
				mu.Lock()
				sum.add(r)
				if r.Broken != nil {
					broken = append(broken, r)
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
	return sum, broken
}

// add counts r too.
func (sum *Report) add(r *Report) {
	sum.Steps, sum.Commands, sum.Agents = sum.Steps+r.Steps, sum.Commands+r.Commands, sum.Agents+r.Agents
	sum.Frames += r.Frames
	sum.Faults.Add(r.Faults)
}

// story says how a run failed and how to see it again.
func story(r *Report) string {
	return fmt.Sprintf("FAILED seed %d, step %d: %s\n  again: PARLEY_SEED=%d make sim\n  %s", r.Seed, r.Steps, r.Broken, r.Seed,
		strings.Join(r.Last[max(0, len(r.Last)-number("PARLEY_STEPS", 12)):], "\n  "))
}

// TestDigests: a console whose cache has decayed finds out by the digests, and is right in the end.
func TestDigests(t *testing.T) {
	for seed := range uint64(20) {
		if r := Run(Config{Seed: seed, Rot: true}); r.Broken != nil {
			t.Errorf("%s", story(r))
		}
	}
}

// TestSameSeedSameRun: whatever failed can be seen again.
func TestSameSeedSameRun(t *testing.T) {
	for seed := range uint64(6) {
		a, b := Run(Config{Seed: seed}), Run(Config{Seed: seed})
		if a.Hash != b.Hash || a.Steps != b.Steps || a.Frames != b.Frames {
			t.Errorf("seed %d: %d steps, %d frames, hash %x; and then %d, %d, %x", seed, a.Steps, a.Frames, a.Hash, b.Steps, b.Frames, b.Hash)
		}
		if other := Run(Config{Seed: seed + 1000}); other.Hash == a.Hash {
			t.Errorf("seeds %d and %d give the same run", seed, seed+1000)
		}
	}
}
