package nettest

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"parley/app/internal/cache"
	"parley/app/internal/engine"
	"parley/app/internal/link"
)

// TestAWrongCertificateEndsIt: where the certificate is from nobody that the machine trusts, or for another name,
// nothing is sent, the token least of all.
func TestAWrongCertificateEndsIt(t *testing.T) {
	var requests atomic.Int64
	desk := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	desk.Config.ErrorLog = discarded()
	desk.StartTLS()
	defer desk.Close()
	for _, host := range []string{"127.0.0.1", "localhost"} {
		address := "wss://" + net.JoinHostPort(host, desk.Listener.Addr().(*net.TCPAddr).AddrPort().String()[len("127.0.0.1:"):])
		failed := firstEnd(t, address)
		t.Logf("%s: %v", host, failed.Err)
		if bad, ok := errors.AsType[*tls.CertificateVerificationError](failed.Err); !ok || failed.Code != 0 {
			t.Errorf("it ended with code %d, %v (%v)", failed.Code, failed.Err, bad)
		}
	}
	if n := requests.Load(); n != 0 {
		t.Errorf("%d requests came through", n)
	}
}

// TestOldTLSIsRefused: a server that speaks TLS 1.1 at most is not spoken to.
func TestOldTLSIsRefused(t *testing.T) {
	desk := httptest.NewUnstartedServer(http.NotFoundHandler())
	desk.Config.ErrorLog = discarded()
	desk.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11} //nolint:gosec // it is what is refused
	desk.StartTLS()
	defer desk.Close()
	failed := firstEnd(t, "wss://"+desk.Listener.Addr().String())
	t.Log(failed.Err)
	if failed.Err == nil || !strings.Contains(failed.Err.Error(), "protocol version") {
		t.Errorf("it ended with %v", failed.Err)
	}
}

// firstEnd is how the first connection to an address ended, of a console that is told to connect there.
func firstEnd(t *testing.T, address string) engine.Disconnected {
	t.Helper()
	server, err := link.ParseServer(address)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	spy := &ends{Link: link.New(link.Config{Server: server, Token: "token"}), first: make(chan engine.Disconnected, 1)}
	c := engine.New(engine.Config{Disk: cache.NewMemory(), Link: spy, Log: quietLog(), Changed: func() {}})
	done := make(chan error)
	go func() { done <- c.Run(ctx) }()
	end := <-spy.first
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
	return end
}

// ends is a link that tells of its first end.
type ends struct {
	*link.Link
	first chan engine.Disconnected
}

// Run implements engine.Link.
func (e *ends) Run(ctx context.Context, event func(engine.LinkEvent)) {
	e.Link.Run(ctx, func(ev engine.LinkEvent) {
		if d, ok := ev.(engine.Disconnected); ok {
			select {
			case e.first <- d:
			default:
			}
		}
		event(ev)
	})
}

// TestOnlyEncryptedOffLoopback: the console does not even begin where the token would travel in the clear.
func TestOnlyEncryptedOffLoopback(t *testing.T) {
	for address, refused := range map[string]bool{
		"ws://desk.example.com": true, "http://desk.example.com": true, "ws://192.0.2.7:8080": true, "ws://localhost.example.com": true,
		"ws://127.0.0.1.example.com": true, "ws://[2001:db8::1]": true, "ws://127.0.0.1:8080": false, "ws://[::1]:8080": false,
		"ws://localhost": false, "desk.example.com": false, "wss://desk.example.com": false,
	} {
		server, err := link.ParseServer(address)
		if got := errors.Is(err, link.ErrNotSecure); got != refused {
			t.Errorf("%s: %v", address, err)
		}
		t.Logf("%s: %v %v", address, server, err)
		if !refused && !strings.HasPrefix(server.String(), "wss://") && !strings.Contains(address, "ws://") {
			t.Errorf("%s became %v", address, server)
		}
	}
}
