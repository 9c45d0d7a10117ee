package wire

import (
	"fmt"
	"slices"
	"strings"
)

func (u *Up) check() error {
	if members(u) != 1 {
		return fmt.Errorf("%w: %d members", ErrMalformed, members(u))
	}
	switch {
	case u.Hello != nil:
		return u.Hello.check()
	case u.Command != nil:
		return u.Command.check()
	case u.More != nil:
		return sound(id(u.More.Chat), u.More.Before >= 0, u.More.Count >= 1)
	case u.Earlier != nil:
		return sound(id(u.Earlier.Customer))
	case u.Beat != nil:
		return checkHeads(u.Beat.Heads)
	}
	return nil
}

func (d *Down) check() error {
	if members(d) != 1 {
		return fmt.Errorf("%w: %d members", ErrMalformed, members(d))
	}
	switch {
	case d.Welcome != nil:
		return d.Welcome.check()
	case d.Frame != nil:
		return checkStep(d.Frame.Stream, Position{d.Frame.Epoch, d.Frame.Seq}, &d.Frame.Changes)
	case d.Snapshot != nil:
		return checkStep(d.Snapshot.Stream, d.Snapshot.At, &d.Snapshot.Changes)
	case d.Token != nil:
		return sound(id(d.Token.Token), d.Token.ExpiresAt >= 0)
	}
	return nil
}

func (h *Hello) check() error {
	if err := sound(id(h.Device), len(h.App) <= MaxID, h.Unconfirmed >= 0); err != nil {
		return err
	}
	return checkPositions(h.At)
}

// check: without the agent's own stream a console would show an empty list as if it were current.
func (w *Welcome) check() error {
	own := Stream{AgentStream, w.Agent.ID}
	return sound(id(w.Agent.ID), slices.ContainsFunc(w.Streams, func(s WelcomedStream) bool { return s.Stream == own }))
}

func (c *Command) check() error {
	return sound(c.Number >= 1, id(c.ID), len(c.Epoch) <= MaxID, c.AgeMillis >= 0, len(c.Kind) <= MaxID,
		c.Chat == "" || id(c.Chat), c.Assignment >= 0, c.Base >= 0, c.UpTo >= 0, len(c.Availability) <= MaxID,
		c.Message == "" || id(c.Message))
}

// checkStep checks what a frame and a part of a snapshot have in common, and leaves out changes of unknown kinds.
func checkStep(s Stream, at Position, changes *[]Change) error {
	if err := sound(s.sound(), id(at.Epoch), at.Seq >= 0); err != nil {
		return err
	}
	*changes = slices.DeleteFunc(*changes, func(c Change) bool { return c == Change{} })
	for i := range *changes {
		if n := members(&(*changes)[i]); n != 1 {
			return fmt.Errorf("%w: a change with %d members", ErrMalformed, n)
		}
	}
	return nil
}

func checkPositions(at []StreamPosition) error {
	if len(at) > MaxStreams {
		return fmt.Errorf("%w: %d positions", ErrMalformed, len(at))
	}
	for _, p := range at {
		if err := sound(p.Stream.sound(), id(p.Position.Epoch), p.Position.Seq >= 0); err != nil {
			return err
		}
	}
	return nil
}

func checkHeads(heads []Head) error {
	at := make([]StreamPosition, len(heads))
	for i, h := range heads {
		at[i] = StreamPosition{h.Stream, h.Position}
	}
	return checkPositions(at)
}

// sound reports whether the stream can exist: a newer kind is allowed, a missing one is not.
func (s Stream) sound() bool { return id(string(s.Kind)) && len(s.ID) <= MaxID }

// id reports whether s can be an id: printable ASCII without spaces.
func id(s string) bool {
	return s != "" && len(s) <= MaxID && strings.IndexFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

// sound returns ErrMalformed unless all of facts hold.
func sound(facts ...bool) error {
	if i := slices.Index(facts, false); i >= 0 {
		return fmt.Errorf("%w: member %d is out of range", ErrMalformed, i+1)
	}
	return nil
}
