package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"parley/backend/wire"
)

// customers is how many people write in the measurements of the server.
const customers = 200

// from is the number of the nth customer.
func from(n int) string { return fmt.Sprintf("4915%08d", n) }

// latencies prints how long a customer's message takes from its signed webhook, stored, to an agent's socket.
func latencies(ctx context.Context, o options) error {
	w, err := newWorld(ctx, o.dir, "")
	if err != nil {
		return err
	}
	defer w.close()
	agent, err := w.connect(ctx)
	if err != nil {
		return err
	}
	defer agent.close()
	for _, rate := range []int{1, 50, 500} {
		n := max(20, min(rate*10, 5000)/o.scale)
		base, err := takeFloor(w.dir, 300)
		if err != nil {
			return err
		}
		took, err := w.paced(ctx, agent, rate, n)
		if err != nil {
			return err
		}
		p50, p99 := percentile(took, 0.5), percentile(took, 0.99)
		fmt.Printf("webhook to socket at %3d/s, %5d messages: p50 %7s (%.1f x floor %s)  p99 %7s (%.1f x floor %s)\n", rate, n,
			p50.Round(time.Microsecond), ratio(p50, base.p50), base.p50.Round(time.Microsecond),
			p99.Round(time.Microsecond), ratio(p99, base.p99), base.p99.Round(time.Microsecond))
	}
	return nil
}

// paced sends n messages at a rate and returns how long each took to reach the agent.
func (w *world) paced(ctx context.Context, agent *socket, rate, n int) ([]time.Duration, error) {
	run := uuid.NewString()[:8]
	tick := time.NewTicker(time.Second / time.Duration(rate))
	defer tick.Stop()
	var senders sync.WaitGroup
	var failed atomic.Pointer[error]
	sent := make([]time.Time, n)
	seen := agent.expect(run, n)
	for i := range n {
		<-tick.C
		sent[i] = time.Now()
		senders.Go(func() {
			if err := w.webhook(ctx, "wamid."+run+fmt.Sprint(i), from(i%customers), fmt.Sprintf("%s %d where is my parcel?", run, i)); err != nil {
				failed.Store(&err)
			}
		})
	}
	senders.Wait()
	if err := failed.Load(); err != nil {
		return nil, *err
	}
	took := make([]time.Duration, 0, n)
	for range n {
		select {
		case s := <-seen:
			took = append(took, s.at.Sub(sent[s.index]))
		case <-time.After(30 * time.Second):
			return nil, fmt.Errorf("%d of %d messages reached the agent's socket", len(took), n)
		}
	}
	return took, nil
}

// throughput prints how many webhooks a second 64 senders get acknowledged, beside bare fsyncs of the same run.
func throughput(ctx context.Context, o options) error {
	w, err := newWorld(ctx, o.dir, "")
	if err != nil {
		return err
	}
	defer w.close()
	base, err := takeFloor(w.dir, 300)
	if err != nil {
		return err
	}
	const senders = 64
	each := 200 / o.scale
	run := uuid.NewString()[:8]
	start := time.Now()
	err = inParallel(senders, func(sender int) error {
		for i := range each {
			if err := w.webhook(ctx, fmt.Sprintf("wamid.%s.%d.%d", run, sender, i), from(sender), "throughput"); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	took := time.Since(start)
	perSecond := float64(senders*each) / took.Seconds()
	fmt.Printf("webhooks with %d senders: %.0f/s (%.1f x one floor after the other, %.0f/s)\n", senders, perSecond,
		perSecond*base.p50.Seconds(), 1/base.p50.Seconds())
	return nil
}

// inParallel does the same n times at once.
func inParallel(n int, do func(which int) error) error {
	var group sync.WaitGroup
	var failed atomic.Pointer[error]
	for which := range n {
		group.Go(func() {
			if err := do(which); err != nil {
				failed.Store(&err)
			}
		})
	}
	group.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// write has n customers write a message.
func (w *world) write(ctx context.Context, n int) error {
	const senders = 64
	run := uuid.NewString()[:8]
	return inParallel(senders, func(sender int) error {
		for i := sender; i < n; i += senders {
			if err := w.webhook(ctx, fmt.Sprintf("wamid.%s.%d", run, i), fmt.Sprintf("4917%08d", i), "My router has been blinking red since this morning."); err != nil {
				return err
			}
		}
		return nil
	})
}

// socket is an agent's connection that speaks the protocol.
type socket struct {
	conn   *websocket.Conn
	mu     sync.Mutex
	prefix string
	seen   chan sighting
	chats  chan string // ids of chats that came into the queue
	number int64
	device string
	epoch  string
	mine   atomic.Int64 // results of commands
}

// sighting is a message that reached the socket.
type sighting struct {
	index int
	at    time.Time
}

func (w *world) connect(ctx context.Context) (*socket, error) {
	l := newLine(w.agent)
	if err := l.dial(ctx, w.url); err != nil {
		return nil, err
	}
	s := &socket{conn: l.conn, device: l.device, chats: make(chan string, 1<<20)}
	go s.read()
	go s.beat(ctx)
	return s, nil
}

func (s *socket) close() { _ = s.conn.Close() }

// beat keeps the connection alive.
func (s *socket) beat(ctx context.Context) {
	for t := time.NewTicker(5 * time.Second); ; {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if s.send(&wire.Up{Beat: &wire.Beat{}}) != nil {
				return
			}
		}
	}
}

func (s *socket) send(u *wire.Up) error {
	b, err := wire.EncodeUp(u)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.conn.WriteMessage(websocket.TextMessage, b)
}

// expect makes the reader report the chats' newest texts that begin with prefix and a number.
func (s *socket) expect(prefix string, n int) <-chan sighting {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prefix, s.seen = prefix, make(chan sighting, n)
	return s.seen
}

func (s *socket) read() {
	for {
		_, raw, err := s.conn.ReadMessage()
		if err != nil {
			return
		}
		at := time.Now()
		d, err := wire.DecodeDown(raw)
		if err != nil {
			continue
		}
		if d.Welcome != nil {
			s.epoch = d.Welcome.Streams[0].Head.Epoch
		}
		if d.Frame != nil {
			for _, c := range d.Frame.Changes {
				s.note(c)
				s.sight(c, at)
			}
		}
		if d.Snapshot != nil {
			for _, c := range d.Snapshot.Changes {
				s.note(c)
			}
		}
	}
}

// note keeps what a change says of commands and of the queue.
func (s *socket) note(c wire.Change) {
	if c.Result != nil {
		s.mine.Add(1)
	}
	if c.Chat == nil || c.Chat.Status != "queued" {
		return
	}
	select {
	case s.chats <- c.Chat.ID:
	default:
	}
}

// sight reports a message that is waited for.
func (s *socket) sight(c wire.Change, at time.Time) {
	if c.Chat == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var index int
	if rest, ok := strings.CutPrefix(c.Chat.LastText, s.prefix+" "); ok && s.seen != nil {
		if _, err := fmt.Sscan(rest, &index); err == nil {
			s.seen <- sighting{index, at}
		}
	}
}

// pickAll picks the first n chats that come into the queue.
func (s *socket) pickAll(n int) error {
	ids := make([]string, 0, n)
	unique := map[string]bool{}
	for len(ids) < n {
		select {
		case id := <-s.chats:
			if !unique[id] {
				unique[id] = true
				ids = append(ids, id)
			}
		case <-time.After(30 * time.Second):
			return fmt.Errorf("%d of %d chats came into the queue", len(ids), n)
		}
	}
	return s.pick(ids)
}

// pick takes every chat of ids and waits for the results.
func (s *socket) pick(ids []string) error {
	before := s.mine.Load()
	for i, id := range ids {
		for s.mine.Load() < before+int64(i)-wire.MaxUnacked/2 {
			time.Sleep(time.Millisecond)
		}
		s.number++
		err := s.send(&wire.Up{Command: &wire.Command{Number: s.number, ID: uuid.Must(uuid.NewV7()).String(), Epoch: s.epoch, Kind: "pick", Chat: id}})
		if err != nil {
			return err
		}
	}
	for deadline := time.Now().Add(time.Minute); s.mine.Load() < before+int64(len(ids)); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("%d of %d picks were answered", s.mine.Load()-before, len(ids))
		}
	}
	return nil
}
