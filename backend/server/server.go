// Package server wires the rooms of Parley's server into one: vendors' webhooks and agents' websockets come in
// over a listener, commands go through one committer into the store, deliver and clock carry out what is due. The
// same Server runs standalone, in the demo desk inside the console's process, and in tests. It opens no store and
// chooses no address; package folder and its callers do.
package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/auth"
	"parley/backend/internal/channel"
	"parley/backend/internal/channel/whatsapp"
	"parley/backend/internal/clock"
	"parley/backend/internal/commit"
	"parley/backend/internal/deliver"
	"parley/backend/internal/desk"
	"parley/backend/internal/hub"
	"parley/backend/internal/ids"
	"parley/backend/internal/session"
	"parley/backend/internal/store"
	"parley/backend/server/admin"
	"parley/backend/server/folder"
)

// Config says what a Server works with. Store and DataDir must be given.
type Config struct {
	Store   store.Store // stays its owner's to close, after Serve has returned
	DataDir string      // where attachments lie, and the socket for `parleyd admin`
	// PublicURL is where vendors reach the server, if it is behind a proxy; its origin may connect to /sync.
	PublicURL string
	// AllowedOrigins are further values of the Origin header that may connect to /sync.
	AllowedOrigins []string
	// Transport carries calls to vendors; http.DefaultTransport unless given.
	Transport http.RoundTripper
	Log       *slog.Logger     // slog.Default unless given
	Clock     func() time.Time // time.Now unless given
	IDs       desk.IDs         // ids.Random unless given
	Sessions  session.Limits   // zero: the defaults
	Heard     time.Duration    // between two notes of whose consoles are connected; DefaultHeard unless given
}

func (c Config) withDefaults() Config {
	if c.Transport == nil {
		c.Transport = http.DefaultTransport
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.IDs == nil {
		c.IDs = ids.Random()
	}
	if c.Heard == 0 {
		c.Heard = DefaultHeard
	}
	return c
}

// How long ending takes at most: together less than the 5 seconds that a service manager is promised.
const (
	sessionsEnd = 1500 * time.Millisecond
	requestsEnd = 1500 * time.Millisecond
)

// Server is one tenant's server. It is used once: New, Serve until its context ends.
type Server struct {
	Config
	figures   *figures
	numbers   numbers
	store     *meteredStore
	committer *commit.Committer
	door      *auth.Door
	sessions  *session.Sessions
	vendor    channel.Vendor
	follower  *follower
	deliverer *deliver.Deliverer
	clock     *clock.Clock
	end       sync.Once
}

// New makes a server on config's store. Whoever does not call Serve calls Close.
func New(config Config) (*Server, error) {
	s := &Server{Config: config.withDefaults(), figures: newFigures(config.Store)}
	s.numbers.known = map[numberKey]*admin.UnknownNumber{}
	s.store = &meteredStore{Store: config.Store, figures: s.figures}
	origins, err := s.origins()
	if err != nil {
		return nil, err
	}
	watchers := hub.New()
	s.follower = newFollower(watchers, config.Store)
	s.committer, err = commit.New(commit.Config{Store: s.store, IDs: s.IDs, Clock: s.Clock, Log: s.Log,
		Sink: func(frames []store.Frame) {
			s.figures.frames.Add(float64(len(frames)))
			watchers.Publish(frames)
			s.follower.passed(frames)
		}})
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	s.door = auth.New(s.store, s.Now)
	s.vendor = whatsapp.New(&http.Client{Transport: s.Transport})
	s.sessions = session.New(session.Deps{Store: s, Desk: s, Hub: watchers, Door: s.door,
		Now: s.Now, Log: s.Log, Origins: origins, Limits: s.Sessions})
	s.figures.watch(s.sessions.Open)
	if err := s.makeLoops(); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// makeLoops makes what carries out due rows.
func (s *Server) makeLoops() error {
	vendors := map[chat.Channel]channel.Vendor{chat.WhatsApp: s.vendor}
	d, err := deliver.New(deliver.Config{Store: s.store, Commit: s, Bell: s.committer.Bell(), Vendors: vendors,
		Media: folder.Media(s.DataDir), Log: s.Log, Lease: s.lease()})
	if err != nil {
		return fmt.Errorf("server: %w", err)
	}
	s.deliverer = d
	s.clock = clock.New(s.store, s, s.committer.Bell(), s.Log)
	return nil
}

// lease is how long an attempt to send is another server's, if there may be one.
func (s *Server) lease() time.Duration {
	if _, shared := s.Config.Store.(elsewhere); shared {
		return deliver.DefaultLease
	}
	return 0
}

// follow lets this server hear of the commits of others on the same store, until ctx ends.
func (s *Server) follow(ctx context.Context) {
	if shared, ok := s.Config.Store.(elsewhere); ok {
		s.follower.run(ctx, shared.Elsewhere(), s.committer.Ring)
	}
}

// Office carries out what `parleyd admin` and the demo ask for.
func (s *Server) Office() *admin.Office {
	return &admin.Office{Submit: s.Submit, Read: s.Read, Now: s.Now, PublicURL: s.PublicURL, Unknown: s.numbers.list,
		Backup: func(ctx context.Context, w io.Writer) error {
			return admin.Write(ctx, w, s.Config.Store, s.DataDir)
		}}
}

// Now is the server's time.
func (s *Server) Now() chat.Millis { return s.committer.Now() }

// Read runs f on one consistent state.
func (s *Server) Read(ctx context.Context, f func(store.Reader) error) error {
	return s.store.Read(ctx, f)
}

// Submit is the way of every command: committed, counted, and followed by a look at the sessions that it may end.
func (s *Server) Submit(ctx context.Context, c desk.Command) (desk.Answer, error) {
	a, err := s.committer.Submit(ctx, c)
	s.figures.count(c, a, err)
	if mayEnd(c) {
		s.sessions.Recheck()
	}
	return a, err
}

// mayEnd reports whether a command may end sessions, or change what they may see.
func mayEnd(c desk.Command) bool {
	switch c := c.(type) {
	case desk.RevokeToken, desk.SetAgent:
		return true
	case desk.FromAgent:
		return c.Command.Kind == chat.CmdPutAgent
	}
	return false
}

// SubmitAll is Submit for the parts of one webhook, see commit.Committer.
func (s *Server) SubmitAll(ctx context.Context, commands []desk.Command) ([]desk.Answer, error) {
	answers, err := s.committer.SubmitAll(ctx, commands)
	if unfit(err) {
		return nil, err // each is submitted again by itself, and counted then
	}
	for i, c := range commands {
		if err != nil {
			s.figures.count(c, desk.Answer{}, err)
			continue
		}
		s.figures.count(c, answers[i], nil)
	}
	return answers, err
}

// origins lists what may stand in the Origin header of a websocket's upgrade.
func (s *Server) origins() ([]string, error) {
	all := s.AllowedOrigins
	if s.PublicURL != "" {
		u, err := url.Parse(s.PublicURL)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return nil, fmt.Errorf("server: the public URL must be one such as https://parley.example.com, not %q", s.PublicURL)
		}
		all = append([]string{u.Scheme + "://" + u.Host}, all...)
	}
	return all, nil
}

// Serve answers what comes over the listeners and carries out what is due until ctx ends or a listener fails,
// then ends everything that it began, within 5 seconds, and closes the listeners. It returns nil if ctx ended it.
func (s *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	defer s.Close()
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() { s.deliverer.Run(work) })
	running.Go(func() { s.clock.Run(work) })
	running.Go(func() { s.follow(work) })
	running.Go(func() { s.notePresence(work) })
	endAdmin := s.listenForAdmin()
	public := s.httpServer(s.routes())
	failed := make(chan error, len(listeners))
	for _, l := range listeners {
		running.Go(func() { failed <- public.Serve(l) })
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	stop()
	s.endRequests(public)
	endAdmin()
	running.Wait()
	if err != nil {
		return fmt.Errorf("server: serve: %w", err)
	}
	return nil
}

// endRequests tells the consoles that the server goes, lets requests under way be answered, and cuts what is left.
func (s *Server) endRequests(public *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), sessionsEnd)
	defer cancel()
	s.sessions.Shutdown(ctx)
	ctx, cancel = context.WithTimeout(context.Background(), requestsEnd)
	defer cancel()
	if err := public.Shutdown(ctx); err != nil {
		s.Log.Warn("server: some requests were cut at the end", "error", errors.Join(err, public.Close()))
	}
}

// Close ends what New began. It may be called more than once.
func (s *Server) Close() { s.end.Do(s.committer.Close) }
