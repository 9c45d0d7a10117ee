// Package demo is a server with simulated vendors and customers, started inside the process: a small company with
// chats under way, and customers who go on writing at a calm pace. Everything between the customers and the
// console is the real thing; only the people and the vendor are played. The console opens it when nothing is
// configured, and `parleyd demo` serves it. No port is opened unless a listener is given.
package demo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"parley/backend/internal/vendors"
	"parley/backend/internal/vendors/customers"
	"parley/backend/memnet"
	"parley/backend/server"
	"parley/backend/server/folder"
)

// Config says how a demo is. DataDir must be given.
type Config struct {
	DataDir string // of the demo alone; what is there is gone on with
	Seed    uint64 // who the customers are and what they say
	// Pace is how many times faster than people they are; 0: as people; negative: nobody writes by themselves.
	Pace float64
	Log  *slog.Logger // slog.Default unless given
	// Listener is a further way in beside DialContext; nil: none. It is closed with the demo.
	Listener net.Listener
	// TokenFile keeps the token over several starts, for consoles elsewhere. Empty: each start has a new token,
	// which lies nowhere.
	TokenFile string
	// PublicURL and AllowedOrigins are as in server.Config.
	PublicURL      string
	AllowedOrigins []string
}

// URL is where the demo's server is for those who dial by DialContext.
const URL = "http://localhost"

// Demo is a demo that runs.
type Demo struct {
	URL   string // of the server, over DialContext
	Token string // of the agent who is signed in

	config   Config
	folder   *folder.Folder
	server   *server.Server
	whatsapp *vendors.WhatsApp
	crowd    *customers.Crowd
	inner    *memnet.Listener // to the server
	graph    *memnet.Listener // to the vendor
	stage    stageClock
	stop     context.CancelFunc
	running  sync.WaitGroup
	served   error // once running is done
}

// Start starts a demo and returns when the agent can sign in. It runs until Close, or until ctx ends and Close is
// called. The error is folder.ErrInUse, wrapped, when another process has DataDir.
func Start(ctx context.Context, config Config) (*Demo, error) {
	if config.Log == nil {
		config.Log = slog.Default()
	}
	f, err := folder.Open(ctx, config.DataDir)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	d := &Demo{URL: URL, config: config, folder: f, inner: memnet.Listen(), graph: memnet.Listen()}
	ctx, d.stop = context.WithCancel(ctx)
	if err := d.start(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("demo: %w", err), d.Close())
	}
	return d, nil
}

func (d *Demo) start(ctx context.Context) error {
	access := newSecrets()
	d.whatsapp = vendors.New(d.vendorConfig(access))
	d.crowd = customers.New(customers.Config{WhatsApp: d.whatsapp, Numbers: numberIDs(), Seed: d.config.Seed, Pace: d.config.pace()})
	script, err := d.script()
	if err != nil {
		return err
	}
	d.server, err = server.New(server.Config{Store: d.folder.Store, DataDir: d.config.DataDir, PublicURL: d.config.PublicURL,
		AllowedOrigins: d.config.AllowedOrigins, Transport: over(d.graph), Log: d.config.Log, Clock: d.stage.now})
	if err != nil {
		return err
	}
	d.running.Go(func() { d.served = d.server.Serve(ctx, d.listeners()...) })
	d.running.Go(func() { d.serveGraph(ctx) })
	c, err := d.company(ctx, access)
	if err != nil {
		return err
	}
	if err := d.play(ctx, c, script); err != nil {
		return err
	}
	if err := d.rule(ctx, c); err != nil {
		return err
	}
	if _, err := d.server.Submit(ctx, c.here()); err != nil {
		return err
	}
	d.running.Go(func() { d.heard(ctx, c) })
	d.running.Go(func() { d.whatsapp.Run(ctx) })
	if d.config.Pace >= 0 {
		d.running.Go(func() { d.crowd.Run(ctx) })
		d.running.Go(func() { d.colleagues(ctx, c) })
	}
	return nil
}

func (c *Config) pace() customers.Pace {
	if c.Pace <= 0 {
		return customers.Calm
	}
	p := customers.Calm.Faster(c.Pace)
	p.Open = customers.Calm.Open
	return p
}

// vendorConfig is a vendor whose ids differ from those of every earlier start.
func (d *Demo) vendorConfig(access secrets) vendors.Config {
	faster := max(d.config.Pace, 1)
	second := func(n float64) time.Duration { return time.Duration(n * float64(time.Second) / faster) }
	return vendors.Config{AppSecret: access.app, AccessToken: access.access, Numbers: numbers, Seed: access.seed,
		Webhook: URL + "/hooks/whatsapp/" + credential, Client: &http.Client{Transport: over(d.inner), Timeout: time.Minute},
		Statuses: vendors.Statuses{Delay: second(1), Spread: second(3)}}
}

func (d *Demo) listeners() []net.Listener {
	if d.config.Listener == nil {
		return []net.Listener{d.inner}
	}
	return []net.Listener{d.inner, d.config.Listener}
}

// serveGraph is the vendor's API until ctx ends.
func (d *Demo) serveGraph(ctx context.Context) {
	s := &http.Server{Handler: d.whatsapp, ReadHeaderTimeout: time.Minute,
		ErrorLog: slog.NewLogLogger(d.config.Log.Handler(), slog.LevelDebug)}
	stop := context.AfterFunc(ctx, func() { _ = s.Close() })
	defer stop()
	_ = s.Serve(d.graph) // it ends with ctx
}

// over carries requests to whoever listens at l, whatever their host.
func over(l *memnet.Listener) http.RoundTripper { return &http.Transport{DialContext: l.DialContext} }

// DialContext connects to the server, whatever network and address say.
func (d *Demo) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return d.inner.DialContext(ctx, network, address)
}

// Close ends the demo within 5 seconds and gives its folder free.
func (d *Demo) Close() error {
	d.stop()
	d.running.Wait()
	if d.server != nil {
		d.server.Close()
	}
	err := errors.Join(d.inner.Close(), d.graph.Close())
	return errors.Join(d.served, err, d.folder.Close())
}
