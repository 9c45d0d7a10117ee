package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"parley/backend/demo"
)

// runDemo serves a demo until ctx ends.
func runDemo(ctx context.Context, w world, args []string) int {
	s := newServing(w, "demo", "runs the server with simulated customers", demoFolder(w))
	seed := s.Uint64("seed", 1, "who the customers are and what they say")
	pace := s.Float64("pace", 1, "how many times `faster` than people the customers are; below 0 nobody writes by themselves")
	if code, done := s.parse(w, args); done {
		return code
	}
	if err := s.runDemo(ctx, w, demo.Config{DataDir: s.data, Seed: *seed, Pace: *pace, Log: s.log,
		PublicURL: s.publicURL, AllowedOrigins: s.origins}); err != nil {
		fmt.Fprintf(w.stderr, "parleyd: %v\n", s.explain(err))
		return exitFailed
	}
	return exitDone
}

// demoFolder is where a demo lies unless --data says otherwise.
func demoFolder(w world) string {
	if dir := w.env("PARLEY_DATA"); dir != "" {
		return dir
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return filepath.Join(dir, "parleyd-demo")
}

func (s *serving) runDemo(ctx context.Context, w world, config demo.Config) error {
	l, err := s.open()
	if err != nil {
		return err
	}
	config.Listener, config.TokenFile = l, filepath.Join(config.DataDir, "token")
	d, err := demo.Start(ctx, config)
	if err != nil {
		_ = l.Close() // the demo may have closed it
		return err
	}
	fmt.Fprintf(w.stdout, "The demo is at %s\nIts data are in %s\n\nConnect a console to it:\n\n  parley --server %s --token-file %s\n\n",
		s.url(l), config.DataDir, s.url(l), config.TokenFile)
	<-ctx.Done()
	return d.Close()
}
