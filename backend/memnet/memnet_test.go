package memnet

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"
	"golang.org/x/net/nettest"
)

// TestConn holds a connection to what the library expects of every net.Conn.
func TestConn(t *testing.T) {
	nettest.TestConn(t, func() (c1, c2 net.Conn, stop func(), err error) {
		l := Listen()
		c1, err = l.DialContext(context.Background(), "", "")
		if err != nil {
			return nil, nil, nil, err
		}
		c2, err = l.Accept()
		return c1, c2, func() { c1.Close(); c2.Close(); l.Close() }, err
	})
}

func TestHTTP(t *testing.T) {
	l := Listen()
	echo := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	server := &http.Server{Handler: echo}
	ended := make(chan error)
	go func() { ended <- server.Serve(l) }()
	client := &http.Client{Transport: &http.Transport{DialContext: l.DialContext}}
	big := strings.Repeat("parcel ", 100_000)
	resp, err := client.Post("http://any.host/", "text/plain", strings.NewReader(big))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(resp.Body)
	if err != nil || string(got) != big {
		t.Errorf("%d of %d bytes came back: %v", len(got), len(big), err)
	}
	resp.Body.Close()
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
	if _, err := client.Get("http://any.host/"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a closed listener: %v", err)
	}
}

// TestWebsocketBothWriteAtOnce: a pipe without a buffer would stand still here.
func TestWebsocketBothWriteAtOnce(t *testing.T) {
	frame := bytes.Repeat([]byte("x"), 1000)
	l := Listen()
	served := make(chan error, 1)
	talk := func(c *websocket.Conn) error {
		for range 40 {
			if err := c.WriteMessage(websocket.BinaryMessage, frame); err != nil {
				return err
			}
		}
		for range 40 {
			if _, got, err := c.ReadMessage(); err != nil || !bytes.Equal(got, frame) {
				return errors.Join(err, errors.New("another frame"))
			}
		}
		return nil
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err == nil {
			defer c.Close()
			err = talk(c)
		}
		served <- err
	})}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	dialer := websocket.Dialer{NetDialContext: l.DialContext}
	c, _, err := dialer.DialContext(t.Context(), "ws://any.host/sync", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := errors.Join(talk(c), <-served); err != nil {
		t.Error(err)
	}
}

func TestCloseResetsWhoWasNotAccepted(t *testing.T) {
	l := Listen()
	c, err := l.DialContext(t.Context(), "", "")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("Read: %v", err)
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept: %v", err)
	}
}

// TestBacklog: a dialer waits while as many as backlog were not accepted, and not longer than its context.
func TestBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := Listen()
		defer l.Close()
		for range backlog {
			if _, err := l.DialContext(t.Context(), "", ""); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := l.DialContext(ctx, "", ""); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("one too many: %v", err)
		}
	})
}

// TestCapacity: a writer waits when the buffer is full, and the deadline frees it.
func TestCapacity(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := pair()
		defer b.Close()
		defer a.Close()
		_ = a.SetWriteDeadline(time.Now().Add(time.Second))
		n, err := a.Write(make([]byte, capacity+1))
		if n != capacity || !isTimeout(err) {
			t.Errorf("wrote %d: %v", n, err)
		}
	})
}

func isTimeout(err error) bool {
	ne, ok := errors.AsType[net.Error](err)
	return ok && ne.Timeout()
}
