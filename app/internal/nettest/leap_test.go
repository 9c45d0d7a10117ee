package nettest

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"parley/backend/chat"
	"parley/backend/chat/chattest"
	"parley/backend/server/admin"
	"parley/backend/worldtest"
)

// TestLeaps: the machine's clock leaps while chats wait, and over restarts. By the server's time each is released once, not
// early and not late; by a stopwatch, not early either unless the clock was wrong while no server ran.
func TestLeaps(t *testing.T) {
	const leap = 25 * time.Hour
	for name, c := range map[string]struct {
		running, stopped []time.Duration // where the clock stands, off the right time: while the server runs, then over restarts
		early            bool            // by the stopwatch: the server cannot know
		reported         int
	}{
		"none":                             {},
		"ahead":                            {running: []time.Duration{leap}},
		"back":                             {running: []time.Duration{-leap}},
		"ahead and back":                   {running: []time.Duration{leap, 0, -leap, 0}},
		"ahead over a restart":             {stopped: []time.Duration{leap}, early: true, reported: 1},
		"back over a restart":              {stopped: []time.Duration{-leap}, reported: 1},
		"back over one, right at another":  {stopped: []time.Duration{-leap, 0}, reported: 1},
		"ahead, and ahead over a restart":  {running: []time.Duration{leap}, stopped: []time.Duration{leap}, early: true, reported: 1},
		"back, and back over a restart":    {running: []time.Duration{-leap}, stopped: []time.Duration{-leap}, reported: 1},
		"ahead over one, right at another": {stopped: []time.Duration{leap, 0}, early: true, reported: 2},
	} {
		t.Run(name, func(t *testing.T) {
			outside := time.Now() // in a bubble times have no stopwatch
			synctest.Test(t, func(t *testing.T) {
				l := newLeaper(t, outside)
				began := time.Now()
				for _, at := range c.running {
					time.Sleep(10 * time.Second)
					l.off.Store(int64(at))
				}
				l.restart(c.stopped)
				unknown := time.Since(began) // at most: of what passed since its last commit the server knows nothing when the clock is set back
				if !c.early {
					time.Sleep(time.Until(began.Add(period*time.Minute - time.Second)))
					l.judge(0)
					time.Sleep(time.Second + unknown)
				}
				synctest.Wait()
				l.judge(1)
				if n := strings.Count(strings.Join(l.log.all(), "\n"), "more than a day"); n != c.reported {
					t.Errorf("%d leaps were reported, not %d: %q", n, c.reported, l.log.all())
				}
			})
		})
	}
}

// leaper is a company whose server's clock is wrong.
type leaper struct {
	t     *testing.T
	world *worldtest.World
	off   atomic.Int64 // nanoseconds
	log   *watch
	chats []chat.ID
}

const leapers = 50

// newLeaper founds it at a moment that was read with its stopwatch.
func newLeaper(t *testing.T, at time.Time) *leaper {
	began := time.Now()
	l := &leaper{t: t, log: &watch{}}
	l.world = worldtest.New(t, worldtest.Config{Kind: worldtest.Memory, Log: slog.New(l.log),
		Clock: func(int) time.Time { return stepped(at.Add(time.Since(began)), time.Duration(l.off.Load())) }})
	minutes := period
	l.world.Do(&admin.Request{Verb: "team set", ID: l.world.Team, Settings: admin.Settings{ReleaseMinutes: &minutes}})
	who := l.world.Hire("Ana", 0)
	l.world.Hear(context.Background(), 0, leapers, "Where is my parcel?")
	for _, c := range l.world.Desk("").Queue {
		l.chats = append(l.chats, c.ID)
		if !l.world.Assign(c.ID, who.ID) {
			t.Fatal("a chat was not assigned")
		}
	}
	return l
}

// stepped is t as it is read after the machine's clock was set: another time of the day, and a stopwatch that runs on.
func stepped(t time.Time, by time.Duration) time.Time {
	const seconds = 30 // the bit at which a time's first word has them, if it has a stopwatch
	moved := t
	*(*int64)(unsafe.Pointer(&moved)) += int64(by/time.Second) << seconds
	if moved.Sub(t) != 0 || moved.Round(0).Sub(t.Round(0)) != by {
		panic("BUG: nettest: package time keeps its times in another way")
	}
	return moved
}

// restart stops the server and starts it again, each time with another clock.
func (l *leaper) restart(clocks []time.Duration) {
	for _, at := range clocks {
		time.Sleep(10 * time.Second)
		l.world.Stop()
		l.off.Store(int64(at))
		time.Sleep(5 * time.Second)
		l.world.Start()
	}
}

// judge looks at every chat's history, in which there are so many releases.
func (l *leaper) judge(releases int) {
	l.t.Helper()
	for _, id := range l.chats {
		c, messages := l.world.Chat(id)
		told := chattest.Retell(messages, &chat.TeamSettings{ReleaseMinutes: period})
		for _, why := range told.Amiss {
			l.t.Errorf("%s: %s", id, why)
		}
		if len(told.Releases) != releases || c.Status != told.Status || c.WaitingSince != told.WaitingSince {
			l.t.Fatalf("%s is %s and was released %d times, not %d", id, c.Status, len(told.Releases), releases)
		}
	}
}
