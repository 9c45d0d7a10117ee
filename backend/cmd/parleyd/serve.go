package main

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"strings"

	"parley/backend/server"
	"parley/backend/server/folder"
)

// serving is what `serve` and `demo` have in common.
type serving struct {
	*flag.FlagSet
	listen, data    string
	database        string // only of serve
	publicURL       string
	tlsCert, tlsKey string
	origins         []string
	log             *slog.Logger
}

// databaseUsage is the help of --database.
const databaseUsage = "`where` a PostgreSQL database is that keeps everything but files, such as postgres://user@host/name\n" +
	"(or PARLEY_DATABASE in the environment; a password is better put there or in ~/.pgpass, for others see command lines)"

func newServing(w world, name, summary, data string) *serving {
	s := &serving{FlagSet: newFlags("parleyd "+name, summary), log: slog.New(slog.NewTextHandler(w.stderr, nil))}
	s.StringVar(&s.listen, "listen", "127.0.0.1:8420", "the `address` to listen on")
	s.StringVar(&s.data, "data", data, "the data `folder` (or PARLEY_DATA in the environment); made if it is missing")
	s.StringVar(&s.tlsCert, "tls-cert", "", "the `file` with the certificate (PEM); with --tls-key the server speaks https and wss")
	s.StringVar(&s.tlsKey, "tls-key", "", "the `file` with the certificate's private key (PEM)")
	s.StringVar(&s.publicURL, "public-url", "", "`where` vendors and consoles reach the server, if it is behind a proxy")
	s.Func("allow-origin", "an `origin` whose pages may connect to /sync; may be given more than once", func(o string) error {
		s.origins = append(s.origins, o)
		return nil
	})
	return s
}

// parse reads args. done is true when there is nothing left to do; then code is the exit code.
func (s *serving) parse(w world, args []string) (code int, done bool) {
	err := s.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		printUsage(w.stdout, s.FlagSet)
		return exitDone, true
	case err == nil && s.NArg() > 0:
		err = fmt.Errorf("%q is not a flag", s.Arg(0))
	case err == nil && s.data == "":
		err = errors.New("--data is missing: the folder where the server keeps everything")
	case err == nil && (s.tlsCert == "") != (s.tlsKey == ""):
		err = errors.New("--tls-cert and --tls-key go together")
	}
	if err != nil {
		fmt.Fprintf(w.stderr, "%s: %v; see %s -h\n", s.Name(), err, s.Name())
		return exitUsage, true
	}
	s.publicURL = strings.TrimSuffix(s.publicURL, "/")
	return 0, false
}

// serve runs the server until ctx ends.
func serve(ctx context.Context, w world, args []string) int {
	s := newServing(w, "serve", "runs the server", w.env("PARLEY_DATA"))
	s.StringVar(&s.database, "database", w.env("PARLEY_DATABASE"), databaseUsage)
	if code, done := s.parse(w, args); done {
		return code
	}
	if err := s.run(ctx); err != nil {
		fmt.Fprintf(w.stderr, "parleyd: %v\n", s.explain(err))
		return exitFailed
	}
	return exitDone
}

func (s *serving) run(ctx context.Context) (err error) {
	f, err := folder.OpenAt(ctx, s.data, s.database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	srv, err := server.New(server.Config{Store: f.Store, DataDir: s.data, PublicURL: s.publicURL, AllowedOrigins: s.origins, Log: s.log})
	if err != nil {
		return err
	}
	l, err := s.open()
	if err != nil {
		srv.Close()
		return err
	}
	s.log.Info("listening", "url", s.url(l), "data", s.data, "store", folder.Kind(f.Store))
	err = srv.Serve(ctx, l)
	s.log.Info("ended")
	return err
}

// explain words what people meet when they start a server.
func (s *serving) explain(err error) error {
	if errors.Is(err, folder.ErrInUse) {
		return fmt.Errorf("a server already runs on %s; end it first, or give another folder with --data", s.data)
	}
	return err
}

// open listens, with TLS if there is a certificate.
func (s *serving) open() (net.Listener, error) {
	l, err := net.Listen("tcp", s.listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w; another --listen may be free", s.listen, err)
	}
	if s.tlsCert == "" {
		if reachable(l.Addr()) {
			s.log.Warn("without TLS anybody on the way can read along: give --tls-cert and --tls-key, or listen on "+
				"127.0.0.1 behind a proxy that speaks TLS; consoles refuse to connect otherwise", "listen", l.Addr().String())
		}
		return l, nil
	}
	cert, err := tls.LoadX509KeyPair(s.tlsCert, s.tlsKey)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the certificate: %w", err), l.Close())
	}
	// A websocket's upgrade is HTTP/1.1.
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"}}), nil
}

// reachable reports whether other machines may reach a listener.
func reachable(a net.Addr) bool {
	tcp, ok := a.(*net.TCPAddr)
	return !ok || !tcp.IP.IsLoopback()
}

// url is where a console on this machine reaches l.
func (s *serving) url(l net.Listener) string {
	if s.tlsCert != "" {
		return "https://" + l.Addr().String()
	}
	return "http://" + l.Addr().String()
}
