package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"time"

	"parley/backend/internal/vendors"
)

// simulated is what `simulate` was asked to be.
type simulated struct {
	*flag.FlagSet
	listen, webhook, number string
	quiet                   bool
}

// simulate runs WhatsApp's simulator alone, for those who try a server by hand: it answers as the Graph API, prints
// each message that it was asked to send as one line of JSON, and posts the statuses that follow.
func simulate(ctx context.Context, w world, args []string) int {
	s := &simulated{FlagSet: newFlags("parleyd simulate", "plays WhatsApp's side for a server that is being tried; "+
		"the secrets are taken from PARLEY_APP_SECRET and PARLEY_ACCESS_TOKEN in the environment")}
	s.StringVar(&s.listen, "listen", "127.0.0.1:8430", "the `address` of the simulated Graph API, on loopback")
	s.StringVar(&s.webhook, "webhook", "", "the `URL` of the server's webhook, where statuses are posted")
	s.StringVar(&s.number, "phone-number-id", "", "WhatsApp's `id` of the company's number")
	s.BoolVar(&s.quiet, "no-statuses", false, "do not post sent, delivered and read by itself")
	err := s.Parse(args)
	if errors.Is(err, flag.ErrHelp) {
		printUsage(w.stdout, s.FlagSet)
		return exitDone
	}
	if err == nil && (s.webhook == "" || s.number == "" || w.env("PARLEY_APP_SECRET") == "" || w.env("PARLEY_ACCESS_TOKEN") == "") {
		err = errors.New("--webhook, --phone-number-id and both secrets are needed")
	}
	if err != nil {
		fmt.Fprintf(w.stderr, "parleyd simulate: %v; see parleyd simulate -h\n", err)
		return exitUsage
	}
	if err := s.run(ctx, w); err != nil {
		fmt.Fprintf(w.stderr, "parleyd: %v\n", err)
		return exitFailed
	}
	return exitDone
}

func (s *simulated) run(ctx context.Context, w world) error {
	l, err := net.Listen("tcp", s.listen)
	if err != nil {
		return err
	}
	if ip := l.Addr().(*net.TCPAddr).IP; !ip.IsLoopback() {
		return errors.Join(fmt.Errorf("the simulator listens on loopback only, not on %s", ip), l.Close())
	}
	config := vendors.Config{AppSecret: w.env("PARLEY_APP_SECRET"), AccessToken: w.env("PARLEY_ACCESS_TOKEN"), Webhook: s.webhook,
		Numbers: []vendors.Number{{ID: s.number, Display: s.number}}, Statuses: vendors.Statuses{Delay: 300 * time.Millisecond}}
	if s.quiet {
		config.Statuses.Names = []string{}
	}
	whatsapp := vendors.New(config)
	whatsapp.Listen(func(r vendors.Received) { fmt.Fprintf(w.stdout, "%s %s\n", r.ID, r.Body) })
	api := &http.Server{Handler: whatsapp, ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- api.Serve(l) }()
	fmt.Fprintf(w.stderr, "The simulated Graph API is at http://%s\n", l.Addr())
	whatsapp.Run(ctx)
	err = api.Close()
	<-served
	return err
}
