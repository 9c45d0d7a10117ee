package server

import (
	"context"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/desk"
)

// DefaultHeard is how often it is noted whose consoles are connected: several times in the 2 minutes after which an agent
// who was not heard is away.
const DefaultHeard = 30 * time.Second

// notePresence notes that the server has started and, until ctx ends, whose consoles are connected to it: in one command
// for all, so that a thousand agents cost as much as one. What could not be stored is the next time.
func (s *Server) notePresence(ctx context.Context) {
	tick := time.NewTicker(s.Heard)
	defer tick.Stop()
	started := s.noted(ctx, desk.Started{})
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if !started {
			started = s.noted(ctx, desk.Started{})
		}
		s.sessions.Hear(func(here []chat.AgentID) {
			if len(here) > 0 {
				s.noted(ctx, desk.Heard{Agents: here})
			}
		})
	}
}

// noted reports whether c was stored.
func (s *Server) noted(ctx context.Context, c desk.Command) bool {
	a, err := s.Submit(ctx, c)
	if err == nil && a.Problem != nil {
		err = a.Problem
	}
	if err != nil && ctx.Err() == nil {
		s.Log.Error("server: who is connected could not be noted", "error", err)
	}
	return err == nil
}
