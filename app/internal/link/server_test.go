package link

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"parley/app/internal/engine"
	"parley/backend/wire"
)

// pipes is a network of net.Pipe inside a bubble: what it dials arrives at its listener.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
	dials int
	last  net.Conn // the client's end of the newest
}

var errDown = errors.New("the server is down")

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	p.dials++
	here, there := net.Pipe()
	p.last = here
	select {
	case p.conns <- there:
		return here, nil
	case <-p.done:
		return nil, errDown
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}
func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "unix"} }

// desk is a server that does with each connection what a test says.
type desk struct {
	net    *pipes
	http   *http.Server
	served sync.WaitGroup
}

// newDesk serves; each upgraded connection is given to talk, which ends it by returning.
func newDesk(t *testing.T, talk func(*websocket.Conn)) *desk {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sync", func(w http.ResponseWriter, rq *http.Request) {
		if rq.Header.Get("Authorization") != "Bearer token" || rq.Header.Get("Origin") != "" {
			http.Error(w, "no", http.StatusUnauthorized)
			return
		}
		up := websocket.Upgrader{EnableCompression: true}
		ws, err := up.Upgrade(w, rq, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		talk(ws)
	})
	mux.HandleFunc("GET /media/{id}", media)
	return serve(t, mux)
}

// serve serves what a test says.
func serve(t *testing.T, h http.Handler) *desk {
	d := &desk{net: newPipes()}
	d.http = &http.Server{Handler: h}
	d.served.Go(func() { _ = d.http.Serve(d.net) })
	t.Cleanup(func() {
		_ = d.http.Close()
		d.served.Wait()
	})
	return d
}

// say sends a frame as a server does.
func say(ws *websocket.Conn, down wire.Down) error {
	b, err := wire.EncodeDown(&down)
	if err != nil {
		return err
	}
	return ws.WriteMessage(websocket.TextMessage, b)
}

// welcome is a server's first frame.
func welcome(beatMillis int64) wire.Down {
	return wire.Down{Welcome: &wire.Welcome{Version: 1, Agent: wire.Agent{ID: "me"}, BeatMillis: beatMillis,
		Streams: []wire.WelcomedStream{{Stream: wire.Stream{Kind: wire.AgentStream, ID: "me"}, Head: wire.Position{Epoch: "e"}}}}}
}

// hear reads frames until the connection ends and passes them on.
func hear(ws *websocket.Conn, each func(wire.Up)) error {
	for {
		_, b, err := ws.ReadMessage()
		if err != nil {
			return err
		}
		up, err := wire.DecodeUp(b)
		if err != nil {
			return err
		}
		each(up)
	}
}

// console is a running link and what it has said, in order.
type console struct {
	*Link
	events chan engine.LinkEvent
	stop   func()
}

// run starts a link to d. chance 1 makes every wait as long as it may be.
func run(t *testing.T, d *desk, tokens ...string) *console {
	c := &console{events: make(chan engine.LinkEvent, 1000)}
	c.Link = New(Config{Server: InProcess("desk"), DialContext: d.net.dial, Chance: func() float64 { return 1 }})
	c.Use(tokens...)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { c.Run(ctx, func(e engine.LinkEvent) { c.events <- e }) })
	c.stop = func() {
		cancel()
		running.Wait()
	}
	t.Cleanup(c.stop)
	return c
}

// next waits for the next event, which must be an E; what is planned is passed over unless it is asked for.
func next[E engine.LinkEvent](t *testing.T, c *console) E {
	t.Helper()
	came := <-c.events
	for _, plan := came.(engine.Planned); plan; _, plan = came.(engine.Planned) {
		if e, ok := came.(E); ok {
			return e
		}
		came = <-c.events
	}
	e, ok := came.(E)
	if !ok {
		t.Fatalf("the event is not the one expected, but %+v", came)
	}
	return e
}

// bubble runs a test on a clock of its own.
func bubble(t *testing.T, f func(*testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// beats answers nothing and says something every 15 s, until the connection ends.
func beats(ws *websocket.Conn) { beating(ws, func(wire.Up) {}) }

// beating is beats with an ear for what comes.
func beating(ws *websocket.Conn, each func(wire.Up)) {
	var pump sync.WaitGroup
	gone := make(chan struct{})
	pump.Go(func() {
		for {
			select {
			case <-gone:
				return
			case <-time.After(wire.BeatMillis * time.Millisecond):
				_ = say(ws, wire.Down{Beat: &wire.Beat{Now: 1}})
			}
		}
	})
	_ = hear(ws, each)
	close(gone)
	pump.Wait()
}

func media(w http.ResponseWriter, rq *http.Request) {
	switch id := rq.PathValue("id"); {
	case rq.Header.Get("Authorization") != "Bearer token":
		http.Error(w, "no", http.StatusUnauthorized)
	case id == "a/b":
		_, _ = io.WriteString(w, "content")
	case id == "elsewhere":
		http.Redirect(w, rq, "http://other.example.com/", http.StatusFound)
	case id == "stuck":
		_, _ = io.WriteString(w, "begun")
		w.(http.Flusher).Flush()
		<-rq.Context().Done()
	default:
		http.NotFound(w, rq)
	}
}
