// Package webhost shows the console's page in a browser on this machine: it serves the page, calls the same methods
// that the window binds, and sends the same events. It is for tests and for machines without a display. Only a
// browser that was opened with the run's token is answered, and only under the address that it listens on.
package webhost

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Limits of a host.
const (
	MaxCallBytes  = 256 << 10 // arguments of one call
	MaxHeader     = 16 << 10
	maxListeners  = 64 // open streams of events
	beatEvery     = 15 * time.Second
	shutdownGrace = 2 * time.Second
)

// Config says what is shown.
type Config struct {
	Page   fs.FS  // the built page, index.html at its root
	Policy string // the page's content security policy
	Bound  any    // its exported methods can be called
	// Media writes the content of an attachment; nil: there is none.
	Media func(ctx context.Context, id string, w io.Writer) error
}

// Host is one run of the console for a browser.
type Host struct {
	config  Config
	token   string
	methods map[string]method
	events  *events
}

// New makes a host with a token of its own.
func New(c Config) *Host {
	return &Host{config: c, token: rand.Text(), methods: methodsOf(c.Bound), events: newEvents()}
}

// ErrNotLoopback is returned by Listen for an address that other machines could reach.
var ErrNotLoopback = errors.New("webhost: the page is served to this machine only: use an address such as 127.0.0.1:0")

// Listen opens a port on loopback.
func Listen(address string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("webhost: listen: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, ErrNotLoopback
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("webhost: listen: %w", err)
	}
	if ip := l.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
		return nil, errors.Join(ErrNotLoopback, l.Close())
	}
	return l, nil
}

// URL is the address to open for a listener of Listen. It holds the token: print it, do not log it.
func (h *Host) URL(l net.Listener) string {
	return fmt.Sprintf("http://%s/?token=%s", l.Addr(), h.token)
}

// Emit sends an event to every page: "changed" without a payload, or one with a payload of text. It never blocks.
func (h *Host) Emit(name, payload string) { h.events.emit(event{name, payload}) }

// Serve answers until ctx ends; it returns when every request has ended.
func (h *Host) Serve(ctx context.Context, l net.Listener) error {
	base, stop := context.WithCancel(context.Background())
	defer stop()
	server := &http.Server{
		Handler:           h.Handler(l.Addr()),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    MaxHeader,
		BaseContext:       func(net.Listener) context.Context { return base },
		ErrorLog:          slog.NewLogLogger(slog.Default().Handler(), slog.LevelDebug),
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return fmt.Errorf("webhost: serve: %w", err)
	case <-ctx.Done():
	}
	stop() // ends the streams of events
	grace, cancel := context.WithTimeout(context.Background(), shutdownGrace)
	defer cancel()
	err := server.Shutdown(grace)
	if err != nil {
		err = server.Close()
	}
	<-ended
	return err
}
