package session

import (
	"context"
	"errors"
	"fmt"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// reply is an answer that was read from a state. It is sent in its place in the agent's stream: after all that led
// to that state and before what came later, so that neither it nor a frame brings back what is older.
type reply struct {
	bytes []byte
	after int64 // position in the agent's stream
}

// answer is what became of one command.
type answer struct {
	err      error
	from     int64
	repeated *reply // the stored result of a command that was decided before the connection
}

// submitLoop submits the commands in their order. After one that came out of order it drops those behind it: the
// device sends them again.
func (s *session) submitLoop(ctx context.Context) {
	var expected int64
	for {
		var c wire.Command
		select {
		case c = <-s.commands:
		case <-ctx.Done():
			return
		}
		var a answer
		if expected == 0 || c.Number <= expected {
			a = s.submit(ctx, &c)
			expected = a.from
		}
		select {
		case s.answers <- a:
		case <-ctx.Done():
			return
		}
	}
}

func (s *session) submit(ctx context.Context, c *wire.Command) answer {
	got, err := s.deps.Desk.Submit(ctx, desk.FromAgent{
		Agent: s.who.Agent, Device: s.device.id, Number: c.Number, ID: chat.CommandID(c.ID), Epoch: c.Epoch,
		Age: c.AgeMillis, Command: c.Command(),
	})
	switch {
	case err != nil:
		return answer{err: err}
	case got.From != 0:
		return answer{from: got.From}
	case got.Result == nil:
		return answer{err: unended(got.Problem)}
	case c.Number > s.decided:
		s.decided = c.Number
		return answer{} // its result comes in the agent's stream
	}
	r, err := s.repeat(ctx, got.Result)
	return answer{repeated: r, err: err}
}

// unended is why a command has no result: it can have none, or the agent may give no commands any more.
func unended(p *chat.Problem) error {
	if p == nil {
		return errors.New("session: a command without an end")
	}
	return fmt.Errorf("session: a command without an end: %w", p)
}

// repeat makes the reply to a command that was decided before.
func (s *session) repeat(ctx context.Context, res *desk.Result) (*reply, error) {
	var after int64
	err := s.deps.Store.Read(ctx, func(r store.Reader) error {
		after = r.Head(s.own()).Seq
		return r.Err()
	})
	if err != nil {
		return nil, err
	}
	b, err := wire.EncodeDown(&wire.Down{Result: resultOnWire(*res)})
	return &reply{b, after}, err
}

// answered notes what became of a command.
func (s *session) answered(a answer) *ending {
	switch {
	case a.err != nil:
		if !errors.Is(a.err, context.Canceled) {
			s.deps.Log.Error("session: submit failed", "agent", s.who.Agent, "err", a.err)
		}
		return submitFailed(s.limits, a.err)
	case a.from != 0:
		return s.say(&wire.Down{Refetch: &wire.Refetch{From: a.from}})
	case a.repeated != nil:
		s.replies = append(s.replies, *a.repeated)
	}
	return nil
}

// page answers a More.
func (s *session) page(ctx context.Context, m wire.More) *ending {
	var p wire.Page
	var after int64
	e := s.view(ctx, func(r store.Reader) { p, after = desk.Page(r, s.who.Agent, m), r.Head(s.own()).Seq })
	if e != nil {
		return e
	}
	b, err := wire.EncodeDown(&wire.Down{Page: &p})
	return s.reply(b, after, err)
}

// history answers an Earlier.
func (s *session) history(ctx context.Context, q wire.Earlier) *ending {
	var h wire.History
	var after int64
	e := s.view(ctx, func(r store.Reader) { h, after = desk.Earlier(r, s.who.Agent, q), r.Head(s.own()).Seq })
	if e != nil {
		return e
	}
	b, err := wire.EncodeDown(&wire.Down{History: &h})
	return s.reply(b, after, err)
}

func (s *session) reply(b []byte, after int64, err error) *ending {
	if err != nil {
		s.deps.Log.Error("session: a reply cannot be encoded", "err", err)
		return busy(s.limits, "a fault of the server")
	}
	s.replies = append(s.replies, reply{b, after})
	return nil
}

// nextReply takes the oldest reply if its place has come. A later one never has an earlier place.
func (s *session) nextReply(context.Context) *ending {
	if len(s.replies) == 0 {
		return nil
	}
	if own := s.flow(s.own()); own.resetting || own.sent < s.replies[0].after {
		return nil
	}
	s.pending = &item{bytes: s.replies[0].bytes}
	s.replies = s.replies[1:]
	return nil
}
