package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"parley/backend/wire"
)

// snapshotChats is how many chats the cold snapshot has, each with messagesEach.
const (
	snapshotChats = 500
	messagesEach  = 5
)

// resume prints how long a console that was away takes from its hello until it has every frame that it missed.
func resume(ctx context.Context, o options) error {
	w, err := newWorld(ctx, o.dir, "")
	if err != nil {
		return err
	}
	defer w.close()
	holders, err := w.holders(ctx, 1)
	if err != nil {
		return err
	}
	writer := &holders[0]
	defer writer.close()
	for _, frames := range []int{1000 / o.scale, 10_000 / o.scale} {
		away := newLine(writer.who)
		if err := away.join(ctx, w.url); err != nil {
			return err
		}
		away.close()
		if err := writer.write(frames); err != nil {
			return err
		}
		if err := away.measure(ctx, w, fmt.Sprintf("resume of %6d frames", frames), 5); err != nil {
			return err
		}
	}
	return nil
}

// write writes n notes, as many at once as a console may.
func (h *holder) write(n int) error {
	const flight = wire.MaxUnacked / 2
	for sent := 0; sent < n; sent += flight {
		these := min(flight, n-sent)
		for range these {
			if err := h.note("The customer's line was measured, and it is the splitter."); err != nil {
				return err
			}
		}
		if err := h.results(these); err != nil {
			return err
		}
	}
	return nil
}

// measure prints how long the line takes from its hello until it is current, from the same position again and
// again, beside as many bytes that come back over loopback.
func (l *line) measure(ctx context.Context, w *world, name string, rounds int) error {
	from := make(map[wire.Stream]wire.Position, len(l.at))
	for s, p := range l.at {
		from[s] = p
	}
	var took, bare []time.Duration
	for range rounds {
		clear(l.at)
		for s, p := range from {
			l.at[s] = p
		}
		start := time.Now()
		if err := l.join(ctx, w.url); err != nil {
			return err
		}
		took = append(took, time.Since(start))
		l.close()
		back, err := echoed(l.bytes)
		if err != nil {
			return err
		}
		bare = append(bare, back)
	}
	a, b := percentile(took, 0.5), percentile(bare, 0.5)
	fmt.Printf("%s, %5d frames read, %5.2f MB: %7s (%.1f x a loopback echo of the same bytes, %s; medians of %d)\n", name, l.frames,
		float64(l.bytes)/1e6, a.Round(100*time.Microsecond), ratio(a, b), b.Round(10*time.Microsecond), rounds)
	return nil
}

// echoed is how long n bytes take to a server on loopback and back, with the connection.
func echoed(n int64) (time.Duration, error) {
	start := time.Now()
	conn, done, err := echo()
	if err != nil {
		return 0, err
	}
	defer done()
	wrote := make(chan error, 1)
	go func() {
		_, err := io.CopyN(conn, zeros{}, n)
		wrote <- err
	}()
	if _, err := io.CopyN(io.Discard, conn, n); err != nil {
		return 0, err
	}
	return time.Since(start), <-wrote
}

// zeros has no end.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// snapshot prints how long a console that has nothing takes from its hello until it has all of an agent's chats.
func snapshot(ctx context.Context, o options) error {
	w, err := newWorld(ctx, o.dir, "")
	if err != nil {
		return err
	}
	defer w.close()
	chats := snapshotChats / o.scale
	for range messagesEach {
		if err := w.write(ctx, chats); err != nil {
			return err
		}
	}
	agent, err := w.connect(ctx)
	if err != nil {
		return err
	}
	defer agent.close()
	if err := agent.pickAll(chats); err != nil {
		return err
	}
	cold := newLine(w.agent)
	return cold.measure(ctx, w, fmt.Sprintf("cold snapshot of %d chats with %d messages each", chats, messagesEach), 5)
}
