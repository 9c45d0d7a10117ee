//go:build soak

package simulation

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"parley/backend/servertest"
)

// Of a soak: how many steps there are between two quiet times, how many quiet times between two archivings, and how
// long a chat may be that is kept.
const (
	soakSteps   = 20_000
	soakEach    = 4
	soakLong    = 40
	soakHistory = 3000
)

// TestSoak goes on with one world on each core for PARLEY_SOAK commands in all. Everything is judged as in every run;
// besides, memory must not grow with the commands.
func TestSoak(t *testing.T) {
	n, began := int64(number("PARLEY_SOAK", 1_000_000)), time.Now()
	var worlds []*Sim
	for k := range runtime.GOMAXPROCS(0) {
		worlds = append(worlds, New(Config{Seed: uint64(number("PARLEY_SEED", 1) + k), Servers: 2, Agents: 4, Consoles: 8, Busy: true,
			Histories: soakHistory}))
	}
	var heaps []uint64
	for _, mark := range []int64{n / 10, n / 2, n} {
		soakTo(t, worlds, mark/int64(len(worlds)))
		heaps = append(heaps, heapNow())
		sum := together(worlds)
		t.Logf("%d commands (%d of agents), %d steps, %d frames applied in %v: heap %.1f MiB after a collection, %d rows kept",
			sum.Commands, sum.Agents, sum.Steps, sum.Frames, time.Since(began).Round(time.Second), float64(heaps[len(heaps)-1])/(1<<20), rowsOf(worlds))
	}
	sum := together(worlds)
	for _, k := range servertest.Kinds() {
		t.Logf("%9d × %v", sum.Faults[k], k)
	}
	if first, last := heaps[0], heaps[2]; last > first+first/5+1<<20 {
		t.Errorf("memory grows: %d bytes at a tenth of the commands, %d at the end", first, last)
	}
}

// soakTo lets every world come to so many commands.
func soakTo(t *testing.T, worlds []*Sim, commands int64) {
	var all sync.WaitGroup
	for _, s := range worlds {
		all.Go(func() {
			for n, _ := s.world.Commands(); n < commands && !s.isBroken(); n, _ = s.world.Commands() {
				soakOn(s)
			}
		})
	}
	all.Wait()
	for _, s := range worlds {
		if s.isBroken() {
			t.Fatal(story(s.report()))
		}
	}
}

func together(worlds []*Sim) (sum Report) {
	for _, s := range worlds {
		sum.add(s.report())
	}
	return sum
}

func rowsOf(worlds []*Sim) (n int) {
	for _, s := range worlds {
		n += s.world.Rows()
	}
	return n
}

// soakOn goes on to the next archiving.
func soakOn(s *Sim) {
	for range soakEach {
		for range soakSteps {
			if s.step(); s.isBroken() {
				return
			}
		}
		if s.settle(); s.isBroken() {
			return
		}
	}
	for s.world.Prune(0) > 0 {
		continue
	}
	for _, c := range s.consoles { // people have time to decide now
		for _, d := range c.out.Decisions() {
			c.settled(d)
		}
		c.flush()
	}
	s.world.Archive(soakLong)
	s.restores++
	s.settle()
}

func heapNow() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
