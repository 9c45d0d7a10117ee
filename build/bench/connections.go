package main

import (
	"context"
	"fmt"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/wire"
)

// The sizes of the measurements with many connections. The server lets in 5,000, and 32 of one agent.
const (
	reconnecting = 1000
	missed       = 20 // frames that each of them has missed
	idle         = 5000
	idleFor      = time.Minute
)

// connections prints how long the agents of a large company take to be current again when their server was started
// anew, and what connections cost at which nothing happens, each beside a bare websocket server.
func connections(ctx context.Context, o options) error {
	w, err := newWorld(ctx, o.dir, "")
	if err != nil {
		return err
	}
	defer func() { w.close() }()
	people, err := w.people(ctx, reconnecting/o.scale)
	if err != nil {
		return err
	}
	if err := w.reconnect(ctx, people); err != nil {
		return err
	}
	if err := w.restart(ctx); err != nil { // what the storm left in its memory is not what idle ones cost
		return err
	}
	return w.idle(ctx, people, o)
}

// reconnect has everybody connect, starts the server anew, has customers write, and everybody come back at once.
func (w *world) reconnect(ctx context.Context, people []person) error {
	lines := make([]*line, len(people))
	for i, p := range people {
		lines[i] = newLine(p)
	}
	join := func(l *line) error { return l.join(ctx, w.url) }
	if _, err := together(lines, join); err != nil {
		return err
	}
	for _, l := range lines {
		l.close()
	}
	if err := w.restart(ctx); err != nil {
		return err
	}
	if err := w.write(ctx, missed); err != nil {
		return err
	}
	took, err := together(lines, join)
	if err != nil {
		return err
	}
	peak, err := memoryOf(w.server.Process.Pid, "VmHWM")
	for _, l := range lines {
		l.close()
	}
	if err != nil {
		return err
	}
	bare, end, err := startBare(ctx)
	if err != nil {
		return err
	}
	defer end()
	base, err := together(lines, func(l *line) error { return l.greet(ctx, bare.url) })
	if err != nil {
		return err
	}
	barePeak, err := memoryOf(bare.pid, "VmHWM")
	for _, l := range lines {
		l.close()
	}
	fmt.Printf("%d agents reconnect at once, each with %d frames missed: the last is current after %s (%.1f x a bare websocket server that says one word, %s); peak RSS %.0f MB (%.1f x its %.0f MB)\n",
		len(lines), missed, took.Round(time.Millisecond), ratio(took, base), base.Round(time.Millisecond), mb(peak), float64(peak)/float64(barePeak), mb(barePeak))
	return err
}

// together has all lines do the same at once and returns when the last was ready.
func together(lines []*line, do func(*line) error) (time.Duration, error) {
	start := time.Now()
	err := inParallel(len(lines), func(i int) error { return do(lines[i]) })
	return time.Since(start), err
}

// greet connects to a bare server and waits for its word.
func (l *line) greet(ctx context.Context, url string) error {
	if err := l.dial(ctx, url); err != nil {
		return err
	}
	_, _, err := l.conn.ReadMessage()
	return err
}

// cost is what a server's connections take at which nothing happens.
type cost struct {
	memory float64 // bytes of RSS for each
	cpu    time.Duration
}

// idle prints what idle connections cost.
func (w *world) idle(ctx context.Context, people []person, o options) error {
	n, d := most(idle/o.scale), idleFor/time.Duration(o.scale)
	ours, err := costs(people, n, d, w.server.Process.Pid, func(l *line) error { return l.join(ctx, w.url) })
	if err != nil {
		return err
	}
	bare, end, err := startBare(ctx)
	if err != nil {
		return err
	}
	defer end()
	base, err := costs(people, n, d/4, bare.pid, func(l *line) error { return l.greet(ctx, bare.url) })
	if err != nil {
		return err
	}
	fmt.Printf("%d idle connections of %d agents: %.1f KB of RSS each (%.1f x a bare websocket server's %.1f KB); %.2f s of CPU a minute (%.1f x its %.2f s), beats every %d s\n",
		n, len(people), ours.memory/1e3, ours.memory/base.memory, base.memory/1e3,
		ours.cpu.Seconds(), ratio(ours.cpu, base.cpu), base.cpu.Seconds(), wire.BeatMillis/1000)
	return nil
}

// costs opens n connections and looks at the server for d, while both sides say that they are alive.
func costs(people []person, n int, d time.Duration, pid int, open func(*line) error) (c cost, err error) {
	before, err := memoryOf(pid, "VmRSS")
	if err != nil {
		return c, err
	}
	lines := make([]*line, n)
	for i := range lines {
		lines[i] = newLine(people[i%len(people)])
	}
	defer func() {
		for _, l := range lines {
			l.close()
		}
	}()
	const wave = 100 // not all at once: what is looked at is the rest
	for i := 0; i < n; i += wave {
		if _, err := together(lines[i:min(i+wave, n)], open); err != nil {
			return c, fmt.Errorf("connection %d: %w", i, err)
		}
	}
	ended := make(chan error, n)
	for _, l := range lines {
		go l.drain(ended)
	}
	if err := beats(lines, 2*time.Second, ended); err != nil { // let it come to rest
		return c, err
	}
	began, err := cpuOf(pid)
	if err != nil {
		return c, err
	}
	if err := beats(lines, d, ended); err != nil {
		return c, err
	}
	after, err := memoryOf(pid, "VmRSS")
	if err != nil {
		return c, err
	}
	c.memory = float64(after-before) / float64(n)
	used, err := cpuOf(pid)
	c.cpu = time.Duration(float64(used-began) * float64(time.Minute) / float64(d))
	return c, err
}

// drain reads and forgets.
func (l *line) drain(ended chan<- error) {
	for {
		if _, _, err := l.conn.NextReader(); err != nil {
			ended <- err
			return
		}
	}
}

// beats has each line say that it is alive once in a beat, one after the other, for d.
func beats(lines []*line, d time.Duration, ended <-chan error) error {
	b, err := wire.EncodeUp(&wire.Up{Beat: &wire.Beat{}})
	if err != nil {
		return err
	}
	message, err := websocket.NewPreparedMessage(websocket.TextMessage, b)
	if err != nil {
		return err
	}
	tick := time.NewTicker(wire.BeatMillis * time.Millisecond / 100)
	defer tick.Stop()
	end := time.After(d)
	each := len(lines)/100 + 1
	for at := 0; ; {
		select {
		case err := <-ended:
			return fmt.Errorf("an idle connection ended: %w", err)
		case <-end:
			return nil
		case <-tick.C:
		}
		for range each {
			if err := lines[at].conn.WritePreparedMessage(message); err != nil {
				return err
			}
			at = (at + 1) % len(lines)
		}
	}
}
