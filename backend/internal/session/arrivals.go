package session

import (
	"context"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/desk"
)

// arrives has it noted that an agent's console is here. What is noted goes to every console, so those that come at once
// are noted together: a thousand that come back after the server was away cost a few frames each, not a thousand.
func (ss *Sessions) arrives(s *session) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	ss.arrived = append(ss.arrived, s)
	if !ss.noting {
		ss.noting = true
		ss.idle.Add(1) // s has not left, so nobody has stopped waiting
		go ss.noteArrivals()
	}
}

// noteArrivals notes who has come until nobody has for a while, or Shutdown begins. What cannot be stored is when
// everybody's consoles are noted.
func (ss *Sessions) noteArrivals() {
	defer ss.idle.Done()
	rest := time.NewTimer(0)
	defer rest.Stop()
	for {
		select {
		case <-rest.C:
		case <-ss.stop:
			return
		}
		if !ss.noteArrived() {
			return
		}
		rest.Reset(ss.deps.Limits.Arrivals)
	}
}

// noteArrived notes who has come since it last did, and reports whether there was anybody.
func (ss *Sessions) noteArrived() bool {
	ss.hearing <- struct{}{}
	defer func() { <-ss.hearing }()
	here, came := ss.takeArrived()
	if len(here) > 0 {
		if _, err := ss.deps.Desk.Submit(context.Background(), desk.Heard{Agents: here}); err != nil {
			ss.deps.Log.Error("session: whose consoles have come was not noted", "err", err)
		}
	}
	return came
}

// takeArrived returns the agents whose consoles have come, each once, without those about to sign out, and whether any
// console had come; if none had, noting is over.
func (ss *Sessions) takeArrived() (here []chat.AgentID, came bool) {
	ss.mu.Lock()
	defer ss.mu.Unlock()
	seen := map[chat.AgentID]bool{}
	for _, s := range ss.arrived {
		if a := s.who.Agent; !s.leaving && !seen[a] {
			seen[a] = true
			here = append(here, a)
		}
	}
	came = len(ss.arrived) > 0
	ss.arrived, ss.noting = nil, came
	return here, came
}
