package link

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/app/internal/engine"
	"parley/backend/wire"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"
)

func TestSaysHelloHearsAndSends(t *testing.T) {
	bubble(t, func(t *testing.T) {
		heard := make(chan wire.Up, 10)
		d := newDesk(t, func(ws *websocket.Conn) {
			_ = say(ws, welcome(15_000))
			_ = hear(ws, func(up wire.Up) { heard <- up })
		})
		c := run(t, d, "token")
		conn := next[engine.Connected](t, c).Conn
		hello := wire.Up{Hello: &wire.Hello{MinVersion: 1, MaxVersion: 1, Device: "d"}}
		c.Send(conn, hello)
		c.Send(conn+1, wire.Up{More: &wire.More{Chat: "never sent", Before: 1, Count: 1}})
		c.Send(conn, wire.Up{Command: &wire.Command{Number: 1, ID: "c", Kind: "open"}})
		if got := next[engine.Received](t, c); got.Conn != conn || got.Down.Welcome == nil {
			t.Errorf("received %+v", got)
		}
		var got []wire.Up
		for len(got) < 2 {
			if up := <-heard; up.Beat == nil {
				got = append(got, up)
			}
		}
		want := []wire.Up{hello, {Command: &wire.Command{Number: 1, ID: "c", Kind: "open"}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		c.stop()
		c.Send(conn, hello)
		if len(c.events) != 0 {
			t.Errorf("after the end: %T", <-c.events)
		}
	})
}

func TestBeatsAndStaysForHours(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var mu sync.Mutex
		longest, last, heard := time.Duration(0), time.Now(), 0
		d := newDesk(t, func(ws *websocket.Conn) {
			beating(ws, func(wire.Up) {
				mu.Lock()
				defer mu.Unlock()
				longest, last, heard = max(longest, time.Since(last)), time.Now(), heard+1
			})
		})
		c := run(t, d, "token")
		next[engine.Connected](t, c)
		for end := time.Now().Add(2 * time.Hour); time.Now().Before(end); {
			next[engine.Received](t, c)
		}
		mu.Lock()
		defer mu.Unlock()
		if longest > 15*time.Second || heard < 2*60*4 {
			t.Errorf("silent for %v, %d beats", longest, heard)
		}
	})
}

func TestASilentServerIsLeft(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDesk(t, func(ws *websocket.Conn) {
			_ = say(ws, welcome(4_000))
			_ = hear(ws, func(wire.Up) {})
		})
		c := run(t, d, "token")
		next[engine.Connected](t, c)
		next[engine.Received](t, c)
		began := time.Now()
		end := next[engine.Disconnected](t, c)
		if waited := time.Since(began); !errors.Is(end.Err, errSilent) || waited < 10*time.Second || waited > 38*time.Second {
			t.Errorf("after %v: %v", waited, end.Err)
		}
		if next[engine.Connected](t, c).Conn != 2 {
			t.Error("the numbers of connections do not grow")
		}
	})
}

// TestOneSlowFrameIsALife: a line of 2 KB/s needs two minutes for the longest frame.
func TestOneSlowFrameIsALife(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDesk(t, func(ws *websocket.Conn) {
			ws.EnableWriteCompression(false)
			var pump sync.WaitGroup
			pump.Go(func() { _ = hear(ws, func(wire.Up) {}) })
			defer pump.Wait()
			w, err := ws.NextWriter(websocket.TextMessage)
			if err != nil {
				return
			}
			text := `{"frame":{"stream":{"kind":"tenant"},"epoch":"e","seq":1,"at":1,"changes":[{"team":{"id":"t","name":"` +
				strings.Repeat("x", 200<<10) + `"}}]}}`
			for text != "" {
				n := min(2<<10, len(text))
				if _, err := w.Write([]byte(text[:n])); err != nil {
					return
				}
				text = text[n:]
				time.Sleep(time.Second)
			}
			_ = w.Close()
		})
		c := run(t, d, "token")
		next[engine.Connected](t, c)
		if got := next[engine.Received](t, c); got.Down.Frame == nil {
			t.Errorf("received %+v", got.Down)
		}
	})
}

func TestCloseCodesSayWhetherToTryAgain(t *testing.T) {
	for _, tt := range []struct {
		code  int
		retry int64
		words bool // a goodbye before the close frame
		wait  time.Duration
	}{
		{wire.CloseShutdown, 0, true, 500 * time.Millisecond},
		{wire.CloseShutdown, 7_000, true, 7 * time.Second},
		{wire.CloseLagging, 0, false, 500 * time.Millisecond},
		{wire.CloseChanged, 0, false, 0},
		{websocket.CloseGoingAway, 0, false, 500 * time.Millisecond},
		{wire.CloseMalformed, 0, true, never},
		{wire.CloseVersion, 0, false, never},
		{wire.CloseRevoked, 0, true, never},
		{wire.CloseReplaced, 0, false, never},
	} {
		t.Run(fmt.Sprint(tt.code, tt.words), func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				d := newDesk(t, func(ws *websocket.Conn) {
					if tt.words {
						_ = say(ws, wire.Down{Goodbye: &wire.Goodbye{Code: tt.code, Reason: "r", RetryMillis: tt.retry}})
					}
					_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(tt.code, ""), time.Now().Add(time.Second))
					_ = hear(ws, func(wire.Up) {})
				})
				c := run(t, d, "token")
				next[engine.Connected](t, c)
				if tt.words {
					next[engine.Received](t, c)
				}
				end := next[engine.Disconnected](t, c)
				if want := tt.code; end.Code != want && (want >= 4000 || end.Code != 0) || end.Conn != 1 {
					t.Errorf("%+v", end)
				}
				began := time.Now()
				if tt.wait == never {
					staysAway(t, c)
					return
				}
				next[engine.Connected](t, c)
				if waited := time.Since(began); waited != tt.wait {
					t.Errorf("waited %v", waited)
				}
			})
		})
	}
}

// staysAway: the link does nothing for an hour, also when probed, and dials again when it is told to.
func staysAway(t *testing.T, c *console) {
	t.Helper()
	time.Sleep(time.Hour)
	c.Probe()
	synctest.Wait()
	if len(c.events) != 0 {
		t.Errorf("%T, without being told", <-c.events)
	}
	c.Reconnect(0)
	next[engine.Connected](t, c)
}

func TestARefusedTokenIsNotTriedAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDesk(t, beats)
		c := run(t, d, "wrong")
		if end := next[engine.Disconnected](t, c); end.Code != wire.CloseRevoked || end.Conn != 0 {
			t.Errorf("%+v", end)
		}
		time.Sleep(time.Hour)
		if d.net.dials != 1 {
			t.Errorf("%d dials", d.net.dials)
		}
	})
}

func TestBacksOffAndComesBack(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDesk(t, beats)
		_ = d.net.Close()
		c := run(t, d, "token")
		var waits []time.Duration
		for last := time.Now(); len(waits) < 10; last = time.Now() {
			if end := next[engine.Disconnected](t, c); end.Conn != 0 || end.Code != 0 || !errors.Is(end.Err, errDown) {
				t.Fatalf("%+v", end)
			}
			waits = append(waits, time.Since(last))
		}
		s := time.Second
		want := []time.Duration{0, s / 2, s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 60 * s, 60 * s}
		if diff := cmp.Diff(want, waits); diff != "" {
			t.Error(diff)
		}
		began := time.Now()
		c.Probe()
		next[engine.Disconnected](t, c)
		if waited := time.Since(began); waited != 0 {
			t.Errorf("a probe waited %v", waited)
		}
	})
}

func TestReconnectReplacesTheConnection(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDesk(t, beats)
		c := run(t, d, "token")
		first := next[engine.Connected](t, c).Conn
		began := time.Now()
		c.Reconnect(3 * time.Second)
		if end := next[engine.Disconnected](t, c); end.Conn != first || !errors.Is(end.Err, errAsked) {
			t.Errorf("%+v", end)
		}
		if next[engine.Connected](t, c).Conn != first+1 || time.Since(began) != 3*time.Second {
			t.Errorf("after %v", time.Since(began))
		}
		time.Sleep(stableAfter)
		c.Reconnect(time.Hour)
		c.Reconnect(0)
		next[engine.Disconnected](t, c)
		next[engine.Connected](t, c)
		if time.Since(began) != 3*time.Second+stableAfter {
			t.Error("the newest order does not count")
		}
	})
}

func TestAProbeFindsADeadConnectionWithinABeat(t *testing.T) {
	bubble(t, func(t *testing.T) {
		first := true
		d := newDesk(t, func(ws *websocket.Conn) {
			if first {
				first = false
				_ = hear(ws, func(wire.Up) {})
				return
			}
			beats(ws)
		})
		c := run(t, d, "token")
		next[engine.Connected](t, c)
		synctest.Wait()
		began := time.Now()
		c.Probe()
		end := next[engine.Disconnected](t, c)
		if waited := time.Since(began); !errors.Is(end.Err, errSilent) || waited > 20*time.Second {
			t.Errorf("%v after %v", end.Err, waited)
		}
		next[engine.Connected](t, c)
		c.Probe()
		for range 5 {
			next[engine.Received](t, c)
		}
	})
}

// TestALagOfTheSocketEndsIt: a server that reads nothing does not make the queue grow without end.
func TestALagOfTheSocketEndsIt(t *testing.T) {
	bubble(t, func(t *testing.T) {
		free := make(chan struct{})
		d := newDesk(t, func(*websocket.Conn) { <-free })
		c := run(t, d, "token")
		conn := next[engine.Connected](t, c).Conn
		for range queueLength + 2 {
			c.Send(conn, wire.Up{Beat: &wire.Beat{}})
		}
		if end := next[engine.Disconnected](t, c); !errors.Is(end.Err, errSlow) {
			t.Errorf("%+v", end)
		}
		close(free)
	})
}

func TestWhatIsNotTheProtocolEndsTheConnection(t *testing.T) {
	long := `{"goodbye":{"code":4000,"reason":"` + strings.Repeat("x", wire.MaxDownBytes) + `"}}`
	for name, tt := range map[string]struct {
		kind   int
		text   string
		packed bool
		want   error
		code   int
	}{
		"binary":          {websocket.BinaryMessage, `{"beat":{}}`, false, wire.ErrMalformed, 0},
		"not JSON":        {websocket.TextMessage, `beat`, false, wire.ErrMalformed, 0},
		"too long":        {websocket.TextMessage, long, false, websocket.ErrReadLimit, 0},
		"too long packed": {websocket.TextMessage, long, true, wire.ErrTooLarge, 0},
		"critical":        {websocket.TextMessage, `{"wink":{},"critical":true}`, false, wire.ErrCritical, wire.CloseVersion},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				d := newDesk(t, func(ws *websocket.Conn) {
					ws.EnableWriteCompression(tt.packed)
					_ = ws.WriteMessage(websocket.TextMessage, []byte(`{"wave":{}}`)) // newer, and to be ignored
					_ = ws.WriteMessage(tt.kind, []byte(tt.text))
					_ = hear(ws, func(wire.Up) {})
				})
				c := run(t, d, "token")
				next[engine.Connected](t, c)
				if end := next[engine.Disconnected](t, c); !errors.Is(end.Err, tt.want) || end.Code != tt.code {
					t.Errorf("%+v", end)
				}
			})
		})
	}
}

func TestEndsWhileDialling(t *testing.T) {
	bubble(t, func(t *testing.T) {
		for name, dial := range map[string]func(context.Context, string, string) (net.Conn, error){
			"no answer to the dial": func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			},
			"no answer to the upgrade": func(context.Context, string, string) (net.Conn, error) {
				here, there := net.Pipe()
				t.Cleanup(func() { _ = there.Close() })
				return here, nil
			},
		} {
			slow := New(Config{Server: InProcess("desk"), DialContext: dial})
			ctx, cancel := context.WithCancel(t.Context())
			var running sync.WaitGroup
			running.Go(func() { slow.Run(ctx, func(engine.LinkEvent) { t.Errorf("%s: an event", name) }) })
			synctest.Wait()
			began := time.Now()
			cancel()
			running.Wait()
			if waited := time.Since(began); waited > time.Second {
				t.Errorf("%s: ended after %v", name, waited)
			}
		}
	})
}

func TestMedia(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDesk(t, beats)
		l := New(Config{Server: InProcess("desk"), Token: "token", DialContext: d.net.dial})
		defer l.client.CloseIdleConnections()
		var got bytes.Buffer
		if err := l.Fetch(t.Context(), "a/b", &got); err != nil || got.String() != "content" {
			t.Errorf("%q, %v", got.String(), err)
		}
		if err := l.Fetch(t.Context(), "none", &got); !errors.Is(err, ErrNoFile) {
			t.Errorf("a file that is not there: %v", err)
		}
		if err := l.Fetch(t.Context(), "elsewhere", &got); err == nil || !strings.Contains(err.Error(), "302") {
			t.Errorf("a redirect: %v", err)
		}
		began := time.Now()
		if err := l.Fetch(t.Context(), "stuck", &got); err == nil || time.Since(began) > 2*mediaSilence {
			t.Errorf("a file that stops: %v after %v", err, time.Since(began))
		}
	})
}

func TestOverLoopback(t *testing.T) {
	up := websocket.Upgrader{}
	serve := http.HandlerFunc(func(w http.ResponseWriter, rq *http.Request) {
		ws, err := up.Upgrade(w, rq, nil)
		if err != nil {
			return
		}
		defer ws.Close()
		_ = say(ws, welcome(0))
		_ = hear(ws, func(wire.Up) {})
	})
	plain := httptest.NewServer(serve)
	defer plain.Close()
	strange := httptest.NewUnstartedServer(serve)
	strange.Config.ErrorLog = log.New(io.Discard, "", 0)
	strange.TLS = &tls.Config{MinVersion: tls.VersionTLS13}
	strange.StartTLS()
	defer strange.Close()

	c := runAt(t, plain.URL)
	next[engine.Connected](t, c)
	next[engine.Received](t, c)
	c.stop()
	if end := ended(runAt(t, strings.Replace(plain.URL, "http", "https", 1))); !end.Stranger {
		t.Errorf("a server that does not speak TLS: %+v", end)
	}
	if end := next[engine.Disconnected](t, runAt(t, strange.URL)); end.Conn != 0 || !strings.Contains(end.Err.Error(), "certificate") {
		t.Errorf("a certificate that nobody vouches for: %+v", end)
	}
}

func runAt(t *testing.T, url string) *console {
	t.Helper()
	server, err := ParseServer(url)
	if err != nil {
		t.Fatal(err)
	}
	c := &console{Link: New(Config{Server: server, Token: "token"}), events: make(chan engine.LinkEvent, 10)}
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

func TestBackoffIsBounded(t *testing.T) {
	for tries := range 100 {
		bound := Backoff(tries, 0.999999)
		if Backoff(tries, 0) != 0 || bound > maxBackoff || bound < min(firstBackoff, maxBackoff)/2 {
			t.Errorf("after %d tries up to %v", tries, bound)
		}
	}
	if Backoff(-1, 1) != firstBackoff {
		t.Error("before any try")
	}
}

func TestKnowsThatTheMachineSlept(t *testing.T) {
	s := time.Second
	for _, tt := range []struct {
		monotonic, wall time.Duration
		want            bool
	}{{5 * s, 5 * s, false}, {5 * s, 3600 * s, true}, {3600 * s, 3600 * s, true}, {6 * s, 8 * s, false}, {5 * s, -3600 * s, false}} {
		if slept(tt.monotonic, tt.wall) != tt.want {
			t.Errorf("%v by one clock, %v by the other", tt.monotonic, tt.wall)
		}
	}
}
