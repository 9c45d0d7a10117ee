package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"parley/backend/wire"
)

// atOnce are how many consoles wait for a result at the same time.
var atOnce = []int{1, 16, 64, 256}

// commands prints how many commands a second consoles get confirmed that each send the next when they have the
// result of the one before, on both stores. A command is a note: rules, message, chat, result and frame, and nothing
// for a vendor.
func commands(ctx context.Context, o options) error {
	if err := commandsOn(ctx, o, "SQLite", ""); err != nil {
		return err
	}
	url, end, err := postgres(ctx)
	if err != nil {
		fmt.Printf("commands on PostgreSQL: not run: %v\n", err)
		return nil
	}
	defer end()
	return commandsOn(ctx, o, "PostgreSQL", url)
}

func commandsOn(ctx context.Context, o options, name, database string) error {
	w, err := newWorld(ctx, o.dir, database)
	if err != nil {
		return err
	}
	defer w.close()
	lines, err := w.holders(ctx, max(2, atOnce[len(atOnce)-1]/o.scale))
	if err != nil {
		return err
	}
	for _, n := range atOnce {
		if n > len(lines) { // there are less of them in a quick run
			break
		}
		if err := rate(ctx, o, name, lines[:n]); err != nil {
			return err
		}
	}
	return nil
}

// rate prints it for the lines of some consoles.
func rate(ctx context.Context, o options, name string, lines []holder) error {
	d := 3 * time.Second / time.Duration(o.scale)
	bare, err := fsyncs(o.dir, 300)
	if err != nil {
		return err
	}
	words, err := pings(ctx, len(lines), d/3)
	if err != nil {
		return err
	}
	took, total, err := repeated(lines, d, func(h holder) error {
		if err := h.note("The customer's line was measured, and it is the splitter."); err != nil {
			return err
		}
		return h.results(1)
	})
	if err != nil {
		return err
	}
	perSecond := float64(len(took)) / total.Seconds()
	fmt.Printf("commands on %-10s %3d at once: %5.0f/s (%.2f x one bare fsync after the other, %5.0f/s; %.2f x words that a bare websocket server gives back, %5.0f/s)  p50 %7s  p99 %7s\n",
		name, len(lines), perSecond, perSecond*bare.Seconds(), 1/bare.Seconds(), perSecond/words, words,
		percentile(took, 0.5).Round(10*time.Microsecond), percentile(took, 0.99).Round(10*time.Microsecond))
	return nil
}

// pings returns how many words a second a bare websocket server gives back to n at once.
func pings(ctx context.Context, n int, d time.Duration) (perSecond float64, err error) {
	server, end, err := startBare(ctx)
	if err != nil {
		return 0, err
	}
	defer end()
	lines := make([]*line, n)
	for i := range lines {
		lines[i] = newLine(person{})
		if err := lines[i].greet(ctx, server.url); err != nil {
			return 0, err
		}
		defer lines[i].close()
	}
	took, total, err := repeated(lines, d, func(l *line) error {
		if err := l.send(&wire.Up{Beat: &wire.Beat{}}); err != nil {
			return err
		}
		_, _, err := l.conn.ReadMessage()
		return err
	})
	return float64(len(took)) / total.Seconds(), err
}

// holder is a console whose agent holds a chat.
type holder struct {
	*line
	chat string
}

// holders makes n agents with a chat each, and connects them.
func (w *world) holders(ctx context.Context, n int) ([]holder, error) {
	people, err := w.people(ctx, n)
	if err != nil {
		return nil, err
	}
	all := make([]holder, n)
	for i := range all { // one after the other, since everybody who is connected is told of what is queued
		all[i].line = newLine(people[i])
		if err := all[i].join(ctx, w.url); err != nil {
			return nil, err
		}
		if err := w.webhook(ctx, fmt.Sprintf("wamid.hold.%d", i), fmt.Sprintf("4916%08d", i), "My router has been blinking red since this morning."); err != nil {
			return nil, err
		}
		if all[i].chat, err = all[i].pick(); err != nil {
			return nil, err
		}
		all[i].close()
	}
	for i := range all {
		if err := all[i].join(ctx, w.url); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// repeated has everybody do the same again and again for d, and returns how long each took and all together.
func repeated[T any](all []T, d time.Duration, do func(T) error) (took []time.Duration, total time.Duration, err error) {
	var mu sync.Mutex
	start := time.Now()
	err = inParallel(len(all), func(i int) error {
		var mine []time.Duration
		var failed error
		for began := time.Now(); failed == nil && began.Sub(start) < d; began = time.Now() {
			failed = do(all[i])
			mine = append(mine, time.Since(began))
		}
		mu.Lock()
		defer mu.Unlock()
		took = append(took, mine...)
		return failed
	})
	return took, time.Since(start), err
}

func (h *holder) note(text string) error {
	return h.command(wire.Command{Kind: "note", Chat: h.chat, Text: text})
}

// fsyncs returns the median of n writes of a page, each made durable.
func fsyncs(dir string, n int) (time.Duration, error) {
	f, err := os.Create(filepath.Join(dir, "fsync"))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	took := make([]time.Duration, 0, n)
	page := make([]byte, 4096)
	for range n {
		start := time.Now()
		if _, err := f.WriteAt(page, 0); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		took = append(took, time.Since(start))
	}
	return percentile(took, 0.5), nil
}

// postgres starts the system's PostgreSQL on files of its own, as the tests do, and returns where its database is.
func postgres(ctx context.Context) (url string, end func(), err error) {
	c, url, err := attend(ctx, "go", "run", "./backend/internal/store/postgres/pgtest/serve")
	if err != nil {
		return "", nil, fmt.Errorf("PostgreSQL: %w", err)
	}
	return url, c.end, nil
}
