package session

import (
	"context"
	"fmt"

	"parley/backend/chat"
	"parley/backend/internal/auth"
	"parley/backend/internal/desk"
	"parley/backend/internal/feed"
)

// command submits a command of the console.
func (s *session) command(ctx context.Context, read feed.Read, c desk.FromAgent) {
	if leaves(c) {
		s.all.leaves(s, true)
	}
	s.submit(ctx, job{c, func(a answer) *feed.Ending {
		s.gate.Answered(a.got)
		e := s.feed.Submitted(read, c.Number, a.got, a.err)
		if e == nil && leaves(c) {
			e = s.signedOut(ctx, read, a)
		}
		return e
	}})
}

// leaves reports whether a command signs its agent out.
func leaves(c desk.Command) bool {
	from, ok := c.(desk.FromAgent)
	return ok && from.Kind == chat.CmdSignOut
}

// signedOut revokes the token of an agent who has signed out here. If it could not be revoked it expires: the console has
// forgotten it.
func (s *session) signedOut(ctx context.Context, read feed.Read, a answer) *feed.Ending {
	c, ok, e := s.feed.SignedOut(read, a.got)
	s.all.leaves(s, ok)
	if s.revoking = ok; ok {
		s.submit(ctx, job{c, func(a answer) *feed.Ending {
			s.revoking = false
			s.failed("a token was not revoked", a)
			return nil
		}})
	}
	return e
}

// renew offers the console a new token if it is time for one. That it could not be made ends nothing: the old one is
// valid.
func (s *session) renew(ctx context.Context) {
	now := s.deps.Now()
	if !s.feed.Renews(now) {
		return
	}
	token, hash := auth.NewToken()
	c := s.feed.Renew(hash, now)
	s.submit(ctx, job{c, func(a answer) *feed.Ending {
		if s.failed("a token was not renewed", a) {
			return nil
		}
		return s.feed.Renewed(token, c)
	}})
}

// kept takes the console's word that it has the new token. If that cannot be noted the next upgrade with the new token
// is noted.
func (s *session) kept(ctx context.Context) {
	c, ok := s.feed.Kept()
	if !ok {
		return
	}
	s.submit(ctx, job{c, func(a answer) *feed.Ending {
		s.failed("a token was not kept", a)
		return nil
	}})
}

// failed reports whether a command that no agent gave had no effect, and logs why.
func (s *session) failed(what string, a answer) bool {
	err := a.err
	if err == nil && a.got.Problem != nil {
		err = fmt.Errorf("refused: %w", a.got.Problem)
	}
	if err == nil {
		return false
	}
	s.deps.Log.Error("session: "+what, "agent", s.who.Agent, "err", err)
	return true
}

// submit submits a command when those before it have been answered.
func (s *session) submit(ctx context.Context, j job) {
	if s.jobs = append(s.jobs, j); len(s.jobs) == 1 {
		s.submitNext(ctx)
	}
}

// submitNext begins to submit the first command that the gate lets pass, if there is one.
func (s *session) submitNext(ctx context.Context) {
	for len(s.jobs) > 0 && !s.passes(s.jobs[0].command) {
		s.jobs = s.jobs[1:]
	}
	if len(s.jobs) == 0 {
		s.jobs = nil
		return
	}
	c := s.jobs[0].command
	s.submitting.Go(func() {
		if leaves(c) {
			s.all.heard(ctx)
		}
		var a answer
		a.got, a.err = s.deps.Desk.Submit(ctx, c)
		s.answers <- a // one at a time is under way, so there is room
	})
}

func (s *session) passes(c desk.Command) bool {
	from, ok := c.(desk.FromAgent)
	return !ok || s.gate.Lets(from.Number)
}

// submitted takes the answer to the first command and goes on with the next. What follows from the answer may submit
// further ones: while the first is in its place they wait their turn.
func (s *session) submitted(ctx context.Context, a answer) *feed.Ending {
	e := s.jobs[0].then(a)
	s.jobs = s.jobs[1:]
	s.submitNext(ctx)
	return e
}
