package nettest

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/worldtest"
)

// The day begins at midnight. Customers write from open to shut, agents work from early to late.
const (
	open, shut  = 7 * time.Hour, 21 * time.Hour
	early, late = 8 * time.Hour, 20 * time.Hour
	dayEnds     = 24 * time.Hour
)

// company is how large the day's company is.
const (
	agents    = 8
	clients   = 10 // the last are second devices of the first agents
	customers = 40
)

// day is a day of a company in a bubble.
type day struct {
	t       *testing.T
	world   *worldtest.World
	began   time.Time
	pace    time.Duration // how many times slower than usual people are
	workers []*worker
	running sync.WaitGroup
	wrote   int // by customers
	stops   int // of the server
	moved   int // chats that a manager gave to somebody else
}

// TestDay: the real clients and the real server for a day, with everything that a day brings. At its end all views
// are the server's, the outboxes are empty, and the vendor has each reply once.
func TestDay(t *testing.T) {
	for kind, pace := range map[worldtest.Kind]time.Duration{worldtest.Memory: 1, worldtest.SQLite: 5} {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { newDay(t, kind, pace).pass() })
		})
	}
}

// newDay starts the company at midnight. On SQLite some of the clients have files too, and everybody is slower by
// pace and beats are rarer: there each step waits for the disk.
func newDay(t *testing.T, kind worldtest.Kind, pace time.Duration) *day {
	d := &day{t: t, began: time.Now(), pace: pace}
	c := worldtest.Config{Kind: kind}
	c.Sessions.RenewAfter = 3 * time.Hour
	if kind == worldtest.SQLite {
		c.Sessions.Beat = time.Minute
	}
	d.world = worldtest.New(t, c)
	var staff []worldtest.Agent
	for i := range agents {
		staff = append(staff, d.world.Hire(fmt.Sprintf("Agent %d", i+1), 0))
	}
	for i := range clients {
		a := staff[i%agents]
		if i >= agents {
			a.Token = d.world.Token(a.ID)
		}
		d.workers = append(d.workers, newWorker(d, i, a, kind == worldtest.SQLite && i%4 == 0))
	}
	return d
}

// pass lets the day pass, and looks at what it left.
func (d *day) pass() {
	for _, w := range d.workers {
		w.c.start()
		d.running.Go(w.work)
	}
	d.running.Go(d.customersWrite)
	d.running.Go(d.serverRestarts)
	d.running.Go(d.managerMoves)
	d.running.Go(d.vendorFails)
	d.running.Wait()
	time.Sleep(30 * time.Minute) // for the vendor's last statuses, and the last back-off
	synctest.Wait()
	d.judge()
	for _, w := range d.workers {
		w.c.stop()
	}
	d.world.Stop()
	for _, w := range d.workers {
		w.net.wait()
	}
}

// at sleeps until a time of the day and reports whether the day has not ended by then.
func (d *day) at(of time.Duration) bool {
	time.Sleep(time.Until(d.began.Add(min(of, dayEnds))))
	return of < dayEnds
}

func (d *day) now() time.Duration { return time.Since(d.began) }

func (d *day) chance(stream uint64) *rand.Rand { return rand.New(rand.NewPCG(1, stream)) }

// some is a random time around mean.
func some(r *rand.Rand, mean time.Duration) time.Duration {
	return min(time.Duration(r.ExpFloat64()*float64(mean)), 5*mean) + time.Millisecond
}

func (d *day) customersWrite() {
	r := d.chance(100)
	for d.at(max(open, d.now()+some(r, 25*time.Second*d.pace))) && d.now() < shut {
		who := r.IntN(customers)
		for range 1 + r.IntN(2) {
			d.wrote++
			d.world.Say(who, fmt.Sprintf("question %d 📦", d.wrote))
		}
	}
}

// serverRestarts: once at night, twice by day, each time for longer.
func (d *day) serverRestarts() {
	for _, at := range []time.Duration{3 * time.Hour, 10 * time.Hour, 15 * time.Hour} {
		d.at(at)
		d.stops++
		d.world.Stop()
		time.Sleep(time.Duration(d.stops) * time.Minute)
		d.world.Start()
	}
}

// managerMoves gives chats to other agents while these answer.
func (d *day) managerMoves() {
	r := d.chance(101)
	for d.at(max(early, d.now()+some(r, 10*time.Minute))) && d.now() < late {
		from, to := d.workers[r.IntN(agents)], d.workers[r.IntN(agents)]
		if p := from.c.latest.Load().Picture(); len(p.My) > 0 && d.world.Assign(p.My[r.IntN(len(p.My))].Chat.ID, to.c.agent.ID) {
			d.moved++
		}
	}
}
