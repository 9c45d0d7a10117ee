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
	Token  string // to sign in with; see Use
	// DialContext replaces the machine's network by one inside the process; nil: the machine's, by way of the
	// proxy that the environment names.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
	// Chance gives the jitter of waits and beats, 0 ≤ chance < 1; nil: at random.
	Chance func() float64
}

// Link is the connection. Send, Reconnect, TryNow, Use and Probe may be called at any time from any goroutine.
type Link struct {
	config Config
	client *http.Client
	orders chan order // the newest

	mu      sync.Mutex
	tokens  tokens
	present *connection   // being dialled or open; nil between connections
	resting bool          // waiting for the next try
	asleep  bool          // and that is not planned
	number  int64         // of the last connection
	tries   int           // dials since the last stable connection
	least   time.Duration // that Reconnect waits now: a server that makes us come again and again is not beset
}

// order is a wait in the place of the present one.
type order struct {
	wait   time.Duration
	person bool // asked for it, or the machine woke up: it is not made longer
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
	l := &Link{config: c, orders: make(chan order, 1), tokens: tokens{all: []string{c.Token}}}
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
	for wait := time.Duration(0); l.rest(ctx, wait, event); {
		wait = l.connect(ctx, event)
	}
}

// rest waits until the next dial is due, tells when that is, and reports false when ctx has ended.
func (l *Link) rest(ctx context.Context, wait time.Duration, event func(engine.LinkEvent)) bool {
	l.setResting(true, wait == never)
	defer l.setResting(false, false)
	timer := time.NewTimer(max(wait, 0))
	defer timer.Stop()
	if wait == never {
		timer.Stop()
	}
	told := plan(event, wait, false)
	for {
		select {
		case <-ctx.Done():
			return false
		case <-timer.C:
			if told {
				event(engine.Planned{})
			}
			return ctx.Err() == nil
		case o := <-l.orders:
			if !o.person {
				o.wait = max(o.wait, l.leastWait())
			}
			timer.Reset(o.wait)
			l.setResting(true, false)
			told = plan(event, o.wait, told)
		}
	}
}

// plan tells when the next dial is due, or, if something else was told, that none is planned. It reports whether a
// time is told.
func plan(event func(engine.LinkEvent), wait time.Duration, told bool) bool {
	switch {
	case wait > 0:
		event(engine.Planned{At: time.Now().Add(wait)})
	case told:
		event(engine.Planned{})
	}
	return wait > 0
}

func (l *Link) leastWait() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.least
}

func (l *Link) setResting(on, asleep bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.resting, l.asleep = on, asleep
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
	if end.code == wire.CloseRevoked && l.nextToken() {
		if c.number != 0 {
			event(engine.Disconnected{Conn: c.number, Err: end.err})
		}
		return 0
	}
	wait := l.wait(end)
	l.setPresent(nil) // before it is told: who hears of it may have it dial at once
	l.setResting(true, wait == never)
	event(engine.Disconnected{Conn: c.number, Code: end.code, Problem: end.problem, Stranger: end.stranger, Err: end.err})
	return wait
}

// ending is how a connection, or a try to make one, came to its end.
type ending struct {
	code     int           // a close code of wire, or 0
	retry    time.Duration // that a goodbye asked for, or 0
	problem  *wire.Problem // that a goodbye told of
	stranger bool          // what answered is no Parley server
	lived    time.Duration // how long the connection was open
	err      error
}

// wait decides how long to wait after an end.
func (l *Link) wait(end ending) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if end.lived >= stableAfter {
		l.tries = 0
	}
	l.tries++
	backoff := Backoff(l.tries-1, l.config.Chance())
	if l.least = backoff; l.tries == 1 {
		l.least = 0
	}
	switch {
	case end.code >= 4100 && end.code <= 4199:
		return never
	case end.retry > 0:
		return min(end.retry, maxRetryWait)
	case end.code == wire.CloseChanged && l.tries == 1:
		return 0
	}
	return backoff
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
	l.order(order{wait: max(wait, 0)})
	if l.present != nil {
		l.present.end(errAsked)
	}
}

// TryNow implements engine.Link.
func (l *Link) TryNow() {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.present != nil:
		l.present.probe()
	case l.resting:
		l.order(order{person: true})
	}
}

// order replaces what was asked for before. l.mu is held.
func (l *Link) order(o order) {
	select {
	case <-l.orders:
	default:
	}
	l.orders <- o
}

// Probe finds out soon whether the server can still be reached: an open connection must be heard from within about
// one beat, and the wait for the next dial ends at once. Call it when the machine woke up or its network changed.
func (l *Link) Probe() {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.present != nil:
		l.present.probe()
	case l.resting && !l.asleep:
		l.order(order{person: true})
	}
}

// tlsConfig is the machine's trust and nothing weaker.
func tlsConfig() *tls.Config { return &tls.Config{MinVersion: tls.VersionTLS12} }
