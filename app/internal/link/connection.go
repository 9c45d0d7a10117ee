package link

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"parley/app/internal/engine"
	"parley/backend/crash"
	"parley/backend/wire"

	"github.com/gorilla/websocket"
)

// queueLength is how many frames may wait for the socket: all unconfirmed commands, and questions beside them.
const queueLength = wire.MaxUnacked + 64

// The bounds of the beat that a server may ask for.
const (
	minBeat = time.Second
	maxBeat = 2 * time.Minute
)

// Why a connection ended, apart from what the server said.
var (
	errSilent       = errors.New("link: nothing was heard for 2.5 beats")
	errSlow         = errors.New("link: the socket takes less than is to be sent")
	errUnauthorized = errors.New("link: the server does not know the token")
	errStranger     = errors.New("link: this is no Parley server")
	errNoToken      = errors.New("link: there is no token to sign in with")
)

// connection is one websocket. The goroutine of Link.Run dials and reads; one more writes.
type connection struct {
	link   *Link
	number int64 // 0 until it is open
	ctx    context.Context
	cancel context.CancelCauseFunc
	raw    *quiet
	ws     *websocket.Conn
	out    chan wire.Up
	probes chan struct{}
	beat   atomic.Int64 // nanoseconds between beats

	welcomed bool          // the server has shown that it is one
	goodbye  *wire.Goodbye // the server's last words
}

func newConnection(ctx context.Context, l *Link) *connection {
	c := &connection{link: l, out: make(chan wire.Up, queueLength), probes: make(chan struct{}, 1)}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	c.beat.Store(int64(wire.BeatMillis * time.Millisecond))
	return c
}

// end brings the connection to its end, from any goroutine and as often as you like.
func (c *connection) end(why error) { c.cancel(why) }

func (c *connection) beatTime() time.Duration { return time.Duration(c.beat.Load()) }
func (c *connection) silence() time.Duration  { return c.beatTime() * 5 / 2 }

// dial opens the websocket. It ends early with the connection's context.
func (c *connection) dial() ending {
	if !c.link.hasToken() {
		return ending{code: wire.CloseRevoked, err: errNoToken}
	}
	d := websocket.Dialer{
		NetDialContext:    c.dialRaw,
		TLSClientConfig:   tlsConfig(),
		HandshakeTimeout:  dialTimeout,
		EnableCompression: true,
	}
	if c.link.config.DialContext == nil {
		d.Proxy = http.ProxyFromEnvironment
	}
	header := http.Header{"Authorization": {"Bearer " + c.link.token()}}
	ws, answer, err := d.DialContext(c.ctx, c.link.config.Server.syncURL(), header)
	switch {
	case err != nil && answer != nil:
		return refused(answer.StatusCode)
	case err != nil:
		return ending{stranger: speaksOtherwise(err), err: fmt.Errorf("link: dial: %w", errors.Join(context.Cause(c.ctx), err))}
	}
	ws.SetReadLimit(wire.MaxDownBytes)
	c.ws = ws
	return ending{}
}

// refused is how an upgrade ends that was answered with another status than 101. A server that is busy, and what
// stands before one that is away, answer from 500 on, or that there are too many.
func refused(status int) ending {
	switch {
	case status == http.StatusUnauthorized:
		return ending{code: wire.CloseRevoked, err: errUnauthorized}
	case status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout:
		return ending{err: fmt.Errorf("link: dial: the server answered %d", status)}
	}
	return ending{stranger: true, err: fmt.Errorf("link: dial: %w: it answered %d", errStranger, status)}
}

// speaksOtherwise reports whether a dial has failed because something answered that is not HTTP, or not TLS.
func speaksOtherwise(err error) bool {
	_, clear := errors.AsType[tls.RecordHeaderError](err)
	return clear || errors.Is(err, websocket.ErrBadHandshake) || strings.Contains(err.Error(), "malformed HTTP")
}

// dialRaw makes what lies below TLS. It is cut if the connection is ended before the websocket is open.
func (c *connection) dialRaw(ctx context.Context, network, address string) (net.Conn, error) {
	dial := c.link.config.DialContext
	if dial == nil {
		dial = (&net.Dialer{}).DialContext
	}
	conn, err := dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	c.raw = &quiet{Conn: conn, limit: c.silence}
	// Not ctx: the dialler ends that as soon as it is done.
	context.AfterFunc(c.ctx, func() {
		if !c.raw.armed.Load() {
			_ = conn.Close()
		}
	})
	return c.raw, nil
}

// serve reads until the connection ends and waits for its writer.
func (c *connection) serve(event func(engine.LinkEvent)) ending {
	began := time.Now()
	c.raw.arm()
	var writer sync.WaitGroup
	writer.Go(c.write)
	c.end(c.read(event))
	writer.Wait()

	end := ending{lived: time.Since(began), err: context.Cause(c.ctx)}
	end.code = codeOf(end.err)
	end.stranger = !c.welcomed && errors.Is(end.err, wire.ErrMalformed)
	if c.goodbye != nil && !errors.Is(end.err, errAsked) {
		end.problem = c.goodbye.Problem
		end.code, end.retry = c.goodbye.Code, time.Duration(min(c.goodbye.RetryMillis, maxRetryWait.Milliseconds()))*time.Millisecond
	}
	return end
}

// codeOf is the code that the server closed with, or that what we found stands for; 0: none.
func codeOf(err error) int {
	if closed, ok := errors.AsType[*websocket.CloseError](err); ok && closed.Code >= 4000 && closed.Code <= 4199 {
		return closed.Code
	}
	if errors.Is(err, wire.ErrCritical) {
		return wire.CloseVersion
	}
	return 0
}

// read hands on what comes, and returns why no more does.
func (c *connection) read(event func(engine.LinkEvent)) error {
	for {
		down, err := c.next()
		switch {
		case errors.Is(err, wire.ErrUnknownKind):
			continue
		case err != nil:
			return err
		}
		c.note(&down)
		if w := down.Welcome; w != nil && (w.Version < wire.MinVersion || w.Version > wire.MaxVersion) {
			return fmt.Errorf("link: %w: version %d", wire.ErrCritical, w.Version)
		}
		if c.ctx.Err() != nil {
			return context.Cause(c.ctx)
		}
		event(engine.Received{Conn: c.number, Down: down})
	}
}

// next reads one frame. What was compressed may not be longer than what was not.
func (c *connection) next() (wire.Down, error) {
	kind, r, err := c.ws.NextReader()
	if err != nil {
		return wire.Down{}, c.explain(err)
	}
	if kind != websocket.TextMessage {
		return wire.Down{}, fmt.Errorf("link: %w: not text", wire.ErrMalformed)
	}
	data, err := io.ReadAll(io.LimitReader(r, wire.MaxDownBytes+1))
	if err != nil {
		return wire.Down{}, c.explain(err)
	}
	return wire.DecodeDown(data)
}

// explain names silence as such.
func (c *connection) explain(err error) error {
	if late, ok := errors.AsType[net.Error](err); ok && late.Timeout() {
		return errSilent
	}
	return fmt.Errorf("link: read: %w", err)
}

// note takes from a frame what concerns the link itself.
func (c *connection) note(down *wire.Down) {
	if w := down.Welcome; w != nil && w.BeatMillis > 0 {
		asked := time.Duration(min(w.BeatMillis, maxBeat.Milliseconds())) * time.Millisecond
		c.beat.Store(int64(max(asked, minBeat)))
		c.nudge()
	}
	c.welcomed = c.welcomed || down.Welcome != nil
	if down.Goodbye != nil {
		c.goodbye = down.Goodbye
	}
}

// queue hands a frame to the writer; a connection that is too slow is ended.
func (c *connection) queue(up wire.Up) {
	select {
	case c.out <- up:
	default:
		c.end(errSlow)
	}
}

// probe makes the writer beat, and the reader wait no longer than a little over one beat.
func (c *connection) probe() {
	if c.number == 0 {
		return
	}
	c.raw.expect(c.beatTime() * 5 / 4)
	c.nudge()
}

// nudge makes the writer beat now.
func (c *connection) nudge() {
	select {
	case c.probes <- struct{}{}:
	default:
	}
}

// write sends what is queued, a beat whenever nothing else was sent for so long, and a goodbye at the end.
func (c *connection) write() {
	cut := time.AfterFunc(time.Hour, func() { _ = c.raw.Close() })
	cut.Stop()
	defer cut.Stop()
	defer context.AfterFunc(c.ctx, func() { cut.Reset(closeGrace) })()
	defer c.close()
	beat := wire.Up{Beat: &wire.Beat{}}
	timer := time.NewTimer(c.nextBeat())
	defer timer.Stop()
	for {
		up := beat
		select {
		case <-c.ctx.Done():
			return
		case up = <-c.out:
		case <-c.probes:
		case <-timer.C:
		}
		if err := c.send(up); err != nil {
			c.end(err)
			return
		}
		timer.Reset(c.nextBeat())
	}
}

func (c *connection) nextBeat() time.Duration {
	return jittered(c.beatTime(), c.link.config.Chance())
}

// send writes one frame. One that cannot be encoded is a mistake of ours that a new connection would not mend.
func (c *connection) send(up wire.Up) error {
	data, err := wire.EncodeUp(&up)
	if err != nil {
		slog.Error("a frame was not sent", "why", err)
		return nil
	}
	_ = c.ws.SetWriteDeadline(time.Now().Add(c.silence()))
	if err := c.ws.WriteMessage(websocket.TextMessage, data); err != nil {
		return fmt.Errorf("link: write: %w", err)
	}
	if up.Command != nil {
		crash.Point(crash.OutboxSent)
	}
	return nil
}

// close says why, if the socket still takes it, and closes.
func (c *connection) close() {
	code := websocket.CloseNormalClosure
	switch why := context.Cause(c.ctx); {
	case errors.Is(why, wire.ErrCritical):
		code = wire.CloseVersion
	case errors.Is(why, wire.ErrMalformed), errors.Is(why, wire.ErrTooLarge):
		code = wire.CloseMalformed
	case errors.Is(why, errSilent):
		code = wire.CloseSilent
	}
	_ = c.ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""), time.Now().Add(closeGrace))
	_ = c.ws.Close()
}
