package link

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"parley/app/internal/engine"
	"parley/backend/wire"
)

// TestWhatIsNoParleyServer: what answers is told apart from a server that is away, and is tried again.
func TestWhatIsNoParleyServer(t *testing.T) {
	for name, tt := range map[string]struct {
		answer   http.HandlerFunc
		stranger bool
	}{
		"a page":                  {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }, true},
		"another server":          {http.NotFound, true},
		"moved":                   {func(w http.ResponseWriter, rq *http.Request) { http.Redirect(w, rq, "/login", http.StatusFound) }, true},
		"a busy server":           {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, false},
		"a proxy without":         {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, false},
		"too many":                {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTooManyRequests) }, false},
		"no HTTP":                 {hijack("SSH-2.0-OpenSSH\r\n"), true},
		"an upgrade that is none": {hijack("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n"), true},
		"another protocol":        {upgraded(func(ws *websocket.Conn) { _ = ws.WriteMessage(websocket.TextMessage, []byte("hello there")) }), true},
		"one that goes mad": {upgraded(func(ws *websocket.Conn) {
			_ = say(ws, welcome(15_000))
			_ = ws.WriteMessage(websocket.TextMessage, []byte("hello there"))
		}), false},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				c := run(t, serve(t, tt.answer), "token")
				for range 2 {
					if end := ended(c); end.Stranger != tt.stranger || end.Code != 0 {
						t.Errorf("%+v", end)
					}
				}
			})
		})
	}
}

// ended waits for the end of a connection or a dial.
func ended(c *console) engine.Disconnected {
	for {
		if end, ok := (<-c.events).(engine.Disconnected); ok {
			return end
		}
	}
}

func hijack(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = conn.Write([]byte(text))
			_ = conn.Close()
		}
	}
}

func upgraded(talk func(*websocket.Conn)) http.HandlerFunc {
	return func(w http.ResponseWriter, rq *http.Request) {
		up := websocket.Upgrader{}
		if ws, err := up.Upgrade(w, rq, nil); err == nil {
			talk(ws)
			_ = hear(ws, func(wire.Up) {})
			_ = ws.Close()
		}
	}
}

// TestTheServersReasonComesWithTheEnd: why it takes nothing, for people.
func TestTheServersReasonComesWithTheEnd(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDesk(t, func(ws *websocket.Conn) {
			_ = say(ws, wire.Down{Goodbye: &wire.Goodbye{Code: wire.CloseServerBusy, RetryMillis: 5000, Problem: &wire.Problem{Kind: 60}}})
			_ = hear(ws, func(wire.Up) {})
		})
		c := run(t, d, "token")
		if end := ended(c); end.Code != wire.CloseServerBusy || end.Problem == nil || end.Problem.Kind != 60 {
			t.Errorf("%+v", end)
		}
		if at := next[engine.Planned](t, c).At; !at.Equal(time.Now().Add(5 * time.Second)) {
			t.Errorf("the next try is at %v", at)
		}
	})
}

// asked is a server that knows some tokens, and notes those that came.
func asked(t *testing.T, known map[string]bool, talk func(*websocket.Conn)) (*desk, *[]string) {
	var came []string
	inner := upgraded(talk)
	return serve(t, http.HandlerFunc(func(w http.ResponseWriter, rq *http.Request) {
		token := strings.TrimPrefix(rq.Header.Get("Authorization"), "Bearer ")
		if came = append(came, token); !known[token] {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		inner(w, rq)
	})), &came
}

// TestATokenFromBefore: a server that was put back from a backup does not know the newest one.
func TestATokenFromBefore(t *testing.T) {
	bubble(t, func(t *testing.T) {
		known := map[string]bool{"old": true}
		d, came := asked(t, known, beats)
		c := run(t, d, "new", "old", "oldest")
		next[engine.Connected](t, c)
		*came = nil
		time.Sleep(time.Minute)
		c.Reconnect(0)
		ended(c)
		next[engine.Connected](t, c)
		if diff := cmp.Diff([]string{"old"}, *came); diff != "" {
			t.Errorf("what was taken is not used again: %s", diff)
		}
		c.Use("newer", "new")
		clear(known)
		*came = nil
		time.Sleep(time.Minute)
		c.Reconnect(0)
		ended(c)
		if end := ended(c); end.Code != wire.CloseRevoked || end.Conn != 0 {
			t.Errorf("%+v", end)
		}
		time.Sleep(time.Hour)
		known["newer"] = true
		c.TryNow()
		next[engine.Connected](t, c)
		if diff := cmp.Diff([]string{"newer", "new", "newer"}, *came); diff != "" {
			t.Error(diff)
		}
	})
}

// TestATokenThatIsRevokedInASession: the connection's end is told, and the one before is tried.
func TestATokenThatIsRevokedInASession(t *testing.T) {
	bubble(t, func(t *testing.T) {
		known := map[string]bool{"new": true}
		d, came := asked(t, known, func(ws *websocket.Conn) {
			_ = ws.WriteControl(websocket.CloseMessage, websocket.FormatCloseMessage(wire.CloseRevoked, ""), time.Now().Add(time.Second))
		})
		c := run(t, d, "new", "old")
		next[engine.Connected](t, c)
		if end := ended(c); end.Conn != 1 || end.Code != 0 {
			t.Errorf("%+v: another token is there", end)
		}
		if end := ended(c); end.Conn != 0 || end.Code != wire.CloseRevoked {
			t.Errorf("%+v", end)
		}
		if diff := cmp.Diff([]string{"new", "old"}, *came); diff != "" {
			t.Error(diff)
		}
	})
}

// FuzzSocket gives a link arbitrary bytes after the upgrade: it ends, and what it hands on is of the protocol.
func FuzzSocket(f *testing.F) {
	frame := func(text string) []byte { return append([]byte{0x81, byte(len(text))}, text...) }
	f.Add(frame(`{"beat":{"now":1}}`))
	f.Add(frame(`{"goodbye":{"code":4003,"reason":"r","retry_millis":9000000000000}}`))
	f.Add(append(frame(`{"token":{"token":"x"}}`), frame(`{"frame":{}}`)...))
	f.Add([]byte{0x88, 2, 0x0f, 0xa1})                     // closed with 4001
	f.Add([]byte{0x82, 1, 'x'})                            // not text
	f.Add([]byte{0x81, 127, 0xff, 0xff, 0, 0, 0, 0, 0, 0}) // longer than there can be
	f.Add([]byte{0xc1, 3, 1, 2, 3})                        // compressed, and not
	f.Fuzz(func(t *testing.T, data []byte) {
		bubble(t, func(t *testing.T) {
			d := serve(t, http.HandlerFunc(func(w http.ResponseWriter, rq *http.Request) {
				up := websocket.Upgrader{EnableCompression: true}
				ws, err := up.Upgrade(w, rq, nil)
				if err != nil {
					return
				}
				go func() { _, _ = ws.NetConn().Write(data) }()
				_, _ = io.Copy(io.Discard, ws.NetConn()) // until the link has closed
				_ = ws.Close()
			}))
			c := run(t, d, "token")
			next[engine.Connected](t, c)
			for {
				switch ev := (<-c.events).(type) {
				case engine.Received:
					if _, err := wire.EncodeDown(&ev.Down); err != nil {
						t.Errorf("%+v: %v", ev.Down, err)
					}
				case engine.Disconnected:
					c.stop()
					return
				}
			}
		})
	})
}

// TestWhenTheNextDialIsDue: it is told when it is planned, when it is planned anew, and when it begins.
func TestWhenTheNextDialIsDue(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDesk(t, beats)
		_ = d.net.Close()
		c := run(t, d, "token")
		for _, wait := range []time.Duration{time.Second / 2, time.Second, 2 * time.Second} {
			ended(c)
			if at := next[engine.Planned](t, c).At; !at.Equal(time.Now().Add(wait)) {
				t.Errorf("in %v, want %v", time.Until(at), wait)
			}
			if next[engine.Planned](t, c).At != (time.Time{}) {
				t.Error("it is under way, and planned")
			}
		}
		ended(c)
		next[engine.Planned](t, c)
		began := time.Now()
		c.TryNow()
		ended(c)
		if time.Since(began) != 0 {
			t.Errorf("asked for, and it came after %v", time.Since(began))
		}
	})
}

// TestAServerThatMakesUsComeAgain: who is asked to connect anew again and again waits longer each time, until a
// connection has stood; a person does not wait.
func TestAServerThatMakesUsComeAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		c := run(t, newDesk(t, beats), "token")
		next[engine.Connected](t, c)
		for _, wait := range []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second} {
			began := time.Now()
			c.Reconnect(0)
			next[engine.Disconnected](t, c)
			next[engine.Connected](t, c)
			if waited := time.Since(began); waited != wait {
				t.Errorf("waited %v, want %v", waited, wait)
			}
		}
		time.Sleep(stableAfter)
		began := time.Now()
		c.Reconnect(0)
		next[engine.Disconnected](t, c)
		next[engine.Connected](t, c)
		if waited := time.Since(began); waited != 0 {
			t.Errorf("after a connection that stood: waited %v", waited)
		}
	})
}

// TestWithoutATokenNothingIsDialled: the server would only count it among those who try.
func TestWithoutATokenNothingIsDialled(t *testing.T) {
	bubble(t, func(t *testing.T) {
		d := newDesk(t, beats)
		c := run(t, d, "token")
		next[engine.Connected](t, c)
		c.Use()
		c.Reconnect(0)
		ended(c)
		if end := ended(c); end.Code != wire.CloseRevoked || end.Conn != 0 || d.net.dials != 1 {
			t.Errorf("%+v, %d dials", end, d.net.dials)
		}
		time.Sleep(time.Hour)
		c.Use("token")
		c.TryNow()
		next[engine.Connected](t, c)
	})
}
