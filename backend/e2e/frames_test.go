//go:build e2e && linux

package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/backend/internal/vendors"
)

// The sizes of what is measured, and how often customers write meanwhile. PARLEY_SCALE divides chats and times.
const (
	benchChats = 10_000
	perSecond  = 50
	framesFor  = 20 * time.Second
)

func scale() int {
	n, err := strconv.Atoi(os.Getenv("PARLEY_SCALE"))
	if err != nil || n < 1 {
		return 1
	}
	return n
}

// BenchmarkFrames counts the frames that come late while an agent holds very many chats and customers write all the time:
// with an idle list, with one that is scrolled by the wheel, and, as the baseline, with an empty page in the place of the
// console's, in the same browser, while the same goes on.
//
// A page's frames are its calls of requestAnimationFrame, by the timestamps that these are given. The interval is the
// median gap between those of the empty page. A gap of g intervals, rounded, has g-1 late frames in it: of up to 1.5
// intervals none, of up to 2.5 one, which is a frame that is late by one; beyond that it is late by more than one.
func BenchmarkFrames(b *testing.B) {
	for _, h := range hosts {
		b.Run(h.name, func(b *testing.B) {
			for b.Loop() {
				benchFrames(b, h)
			}
		})
	}
}

func benchFrames(b *testing.B, h host) {
	d := newDesktop(b, false)
	c := newCrowd(b, h, d, benchChats/scale())
	p, wait := c.page, framesFor/time.Duration(scale())
	stop, began := c.talk(), time.Now()
	idle := p.frames(wait)
	scrolled := p.scrolled()
	wheel := d.wheel()
	scrolling := p.frames(wait)
	wheel()
	if now := p.scrolled(); now == scrolled {
		b.Errorf("the wheel did not scroll the list from %v", now)
	}
	p.picture(h.name + "-bench-frames")
	p.visit("about:blank")
	empty := p.frames(wait)
	rate := float64(stop()) / time.Since(began).Seconds()
	interval := median(empty.Gaps)
	for _, of := range []struct {
		what string
		frames
	}{{"idle list", idle}, {"list under the wheel", scrolling}, {"empty page", empty}} {
		l := lateness(of.Gaps, interval)
		fmt.Printf("frames: %s, %d chats, %.0f events/s, %s: %d frames (%d with changes, interval %.1f ms), %d late by one, %d late by more, worst gap %.0f ms\n",
			h.name, c.size, rate, of.what, len(of.Gaps), of.Changed, interval, l.one, l.more, l.worst)
	}
}

// late are the frames of a page that came late, and the longest time between two.
type late struct {
	one, more int
	worst     float64
}

func lateness(gaps []float64, interval float64) (l late) {
	for _, g := range gaps {
		switch missed := math.Round(g/interval) - 1; {
		case missed == 1:
			l.one++
		case missed > 1:
			l.more++
		}
		l.worst = max(l.worst, g)
	}
	return l
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)/2]
}

// frames are the milliseconds between a page's frames, and in how many of these it had changed.
type frames struct {
	Gaps    []float64
	Changed int
}

// frames looks at the page's frames for a while.
func (p *page) frames(d time.Duration) (f frames) {
	p.t.Helper()
	if _, err := call("POST", p.session+"/timeouts", map[string]any{"script": (2 * patience).Milliseconds()}); err != nil {
		p.t.Fatal(err)
	}
	v, err := call("POST", p.session+"/execute/async", map[string]any{"args": []any{d.Milliseconds()}, "script": `
const [millis, done] = arguments, gaps = [];
let last, end, changes = 0, changed = 0;
const observer = new MutationObserver(() => changes++);
observer.observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
requestAnimationFrame(function frame(at) {
  if (last === undefined) end = at + millis;
  else gaps.push(at - last);
  last = at;
  if (changes > 0) changed++;
  changes = 0;
  if (at < end) return requestAnimationFrame(frame);
  observer.disconnect();
  done(JSON.stringify({Gaps: gaps, Changed: changed}));
});`})
	if err != nil {
		p.t.Fatal(err)
	}
	s, _ := v.(string)
	if err := json.Unmarshal([]byte(s), &f); err != nil || len(f.Gaps) == 0 {
		p.t.Fatalf("no frames: %v", err)
	}
	return f
}

// scrolled is how far the list is scrolled.
func (p *page) scrolled() float64 {
	p.t.Helper()
	return p.number("return document.querySelector('[role=grid]').scrollTop")
}

// visit goes to another page in the place of this one.
func (p *page) visit(url string) {
	p.t.Helper()
	if _, err := call("POST", p.session+"/url", map[string]any{"url": url}); err != nil {
		p.t.Fatalf("visit %s: %v", url, err)
	}
}

// wheel turns the mouse's wheel over the list, down and up again, until what it returns is called.
func (d *desktop) wheel() (stop func()) {
	d.t.Helper()
	c := exec.Command("sh", "-c", `xdotool mousemove 380 500
while :; do xdotool click --repeat 40 --delay 25 5; xdotool click --repeat 20 --delay 25 4; done`)
	c.Env = d.env
	if err := c.Start(); err != nil {
		d.t.Fatal(err)
	}
	var once sync.Once
	stop = func() {
		once.Do(func() {
			_ = c.Process.Kill()
			_ = c.Wait()
		})
	}
	d.t.Cleanup(stop)
	return stop
}

// talk has customers of the crowd write, each event a signed webhook, until what it returns is called, which says how many
// have been posted.
func (c *crowd) talk() (stop func() int) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	var said, failed atomic.Int64
	chance := rand.New(rand.NewPCG(1, 2))
	all.Go(func() {
		tick := time.NewTicker(time.Second / perSecond)
		defer tick.Stop()
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
			i := chance.IntN(c.size)
			all.Go(func() {
				body := c.whatsapp.Body(c.whatsapp.Message(member(i), number, vendors.Content{Text: fmt.Sprintf("And question %d?", n)}))
				if status, err := c.whatsapp.Post(context.Background(), body); err != nil || status != http.StatusOK {
					failed.Add(1)
					return
				}
				said.Add(1)
			})
		}
	})
	return func() int {
		cancel()
		all.Wait()
		if n := failed.Load(); n > 0 {
			c.t.Errorf("%d webhooks failed", n)
		}
		return int(said.Load())
	}
}

// TestLateness: what frames a gap between two of them has in it that came late.
func TestLateness(t *testing.T) {
	const interval = 16.7
	got := lateness([]float64{interval, 8, 25, 25.1, 2 * interval, 41.7, 41.8, 5 * interval}, interval)
	if want := (late{one: 3, more: 2, worst: 5 * interval}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
