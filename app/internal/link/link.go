// Package link is the console's one connection to its server: it dials, beats, notices silence, dials again with
// back-off, and fetches the content of attachments. It knows the frames of package wire and nothing of what they
// mean. The engine runs it and is told what happens in order.
package link

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"parley/app/internal/engine"
	"parley/backend/wire"
)

// Limits of a link.
const (
	dialTimeout  = 15 * time.Second
	closeGrace   = time.Second       // how long saying goodbye may take
	stableAfter  = 10 * time.Second  // a connection that lived so long begins the back-off anew
	maxRetryWait = 10 * time.Minute  // of what a goodbye may ask for
	never        = time.Duration(-1) // of a wait: until Reconnect
)

// Config says where to connect.
type Config struct {
	Server Server
	Token  string
	// DialContext replaces the machine's network by one inside the process; nil: the machine's, by way of the
	// proxy that the environment names.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// Chance gives the jitter of waits and beats, 0 ≤ chance < 1; nil: at random.
	Chance func() float64
}

// Link is the connection. Send, Reconnect and Probe may be called at any time from any goroutine.
type Link struct {
	config Config
	client *http.Client
	orders chan time.Duration // the newest wait that Reconnect asked for

	mu      sync.Mutex
	present *connection // being dialled or open; nil between connections
	resting bool        // waiting for the next try by itself
	number  int64       // of the last connection
	tries   int         // dials since the last stable connection
}

var (
	_ engine.Link  = (*Link)(nil)
	_ engine.Files = (*Link)(nil)
)

// New makes a link that does nothing until Run.
func New(c Config) *Link {
	if c.Chance == nil {
		c.Chance = rand.Float64
	}
	l := &Link{config: c, orders: make(chan time.Duration, 1)}
	l.client = l.newClient()
	return l
}

// errAsked ends a connection that Reconnect replaces.
var errAsked = errors.New("link: connecting anew was asked for")

// Run implements engine.Link. After ctx has ended it calls event no more.
func (l *Link) Run(ctx context.Context, event func(engine.LinkEvent)) {
	defer l.client.CloseIdleConnections()
	var watch sync.WaitGroup
	watch.Go(func() { l.watchSleep(ctx) })
	defer watch.Wait()
	for wait := time.Duration(0); l.rest(ctx, wait); {
		wait = l.connect(ctx, event)
	}
}

// rest waits until the next dial is due, and reports false when ctx has ended.
func (l *Link) rest(ctx context.Context, wait time.Duration) bool {
	l.setResting(wait != never)
	defer l.setResting(false)
	timer := time.NewTimer(max(wait, 0))
	defer timer.Stop()
	if wait == never {
		timer.Stop()
	}
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			return ctx.Err() == nil
		case asked := <-l.orders:
			timer.Reset(asked)
		}
	}
}

func (l *Link) setResting(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.resting = on
}

// connect makes one connection, serves it to its end, and returns how long to wait before the next.
func (l *Link) connect(ctx context.Context, event func(engine.LinkEvent)) time.Duration {
	c := newConnection(ctx, l)
	l.setPresent(c)
	defer l.setPresent(nil)
	defer c.end(nil)

	end := c.dial()
	if end.err == nil {
		c.number = l.opened()
		event(engine.Connected{Conn: c.number})
		end = c.serve(event)
	}
	if ctx.Err() != nil {
		return never
	}
	slog.Info("disconnected", "connection", c.number, "code", end.code, "why", end.err)
	event(engine.Disconnected{Conn: c.number, Code: end.code, Err: end.err})
	return l.wait(end)
}

// ending is how a connection, or a try to make one, came to its end.
type ending struct {
	code  int           // a close code of wire, or 0
	retry time.Duration // that a goodbye asked for, or 0
	lived time.Duration // how long the connection was open
	err   error
}

// wait decides how long to wait after an end.
func (l *Link) wait(end ending) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if end.lived >= stableAfter {
		l.tries = 0
	}
	l.tries++
	switch {
	case end.code >= 4100 && end.code <= 4199:
		return never
	case end.retry > 0:
		return min(end.retry, maxRetryWait)
	case end.code == wire.CloseChanged && l.tries == 1:
		return 0
	}
	return Backoff(l.tries-1, l.config.Chance())
}

func (l *Link) setPresent(c *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.present = c
}

// opened numbers a connection.
func (l *Link) opened() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.number++
	return l.number
}

// Send implements engine.Link.
func (l *Link) Send(conn int64, up wire.Up) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.present != nil && l.present.number == conn && conn == l.number {
		l.present.queue(up)
	}
}

// Reconnect implements engine.Link.
func (l *Link) Reconnect(wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.order(max(wait, 0))
	if l.present != nil {
		l.present.end(errAsked)
	}
}

// order replaces what was asked for before. l.mu is held.
func (l *Link) order(wait time.Duration) {
	select {
	case <-l.orders:
	default:
	}
	l.orders <- wait
}

// Probe finds out soon whether the server can still be reached: an open connection must be heard from within about
// one beat, and the wait for the next dial ends at once. Call it when the machine woke up or its network changed.
func (l *Link) Probe() {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.present != nil:
		l.present.probe()
	case l.resting:
		l.order(0)
	}
}

// tlsConfig is the machine's trust and nothing weaker.
func tlsConfig() *tls.Config { return &tls.Config{MinVersion: tls.VersionTLS12} }
