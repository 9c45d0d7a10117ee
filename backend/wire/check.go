package wire

import (
	"fmt"
	"slices"
	"strings"

	"parley/backend/chat"
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
	case u.Aim != nil:
		return u.Aim.check()
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
	err := sound(c.Number >= 1, id(c.ID), len(c.Epoch) <= MaxID, c.AgeMillis >= 0, len(c.Kind) <= MaxID,
		idOrNone(c.Chat), c.Assignment >= 0, c.Base >= 0, c.UpTo >= 0, len(c.Availability) <= MaxID,
		idOrNone(c.Message), idOrNone(c.Team), idOrNone(c.Agent), idOrNone(c.Of), c.Priority >= 0,
		len(c.Tags) <= chat.MaxTags, words(c.Tags...), len(c.Untags) <= chat.MaxTags, words(c.Untags...), len(c.List) <= MaxID, len(c.Order) <= MaxID)
	if err != nil {
		return err
	}
	for _, p := range c.Chats {
		if p.Assignment < 0 {
			return fmt.Errorf("%w: assignment %d", ErrMalformed, p.Assignment)
		}
	}
	return sound(batch(len(c.Chats), func(i int) string { return c.Chats[i].Chat }),
		c.TeamSet == nil || c.TeamSet.sound(), c.AgentSet == nil || c.AgentSet.sound(), c.AssetSet == nil || c.AssetSet.sound())
}

// sound reports whether the set can be read. What cannot be so is refused with a reason, for the person who has set it.
func (t *TeamSet) sound() bool {
	s := &t.Settings
	return idOrNone(t.ID) && words(t.Name) && len(t.Prefix) <= MaxID && s.ReleaseMinutes >= 0 && s.EscalateEvery >= 0 &&
		s.HoldDays >= 0 && s.CloseDays >= 0 && len(s.EscalateUnit) <= MaxID && len(s.OnSignOut) <= MaxID && len(s.AutoAssign) <= MaxID
}

func (a *AgentSet) sound() bool {
	return idOrNone(a.ID) && words(a.Name, a.TokenLabel) && len(a.Role) <= MaxID && teams(a.Teams) && teams(a.Manages) && a.Threshold >= 0 &&
		idOrNone(a.TokenHash)
}

func (a *AssetSet) sound() bool {
	return idOrNone(a.ID) && words(a.Name, a.Address, a.VendorID, a.Credential) && idOrNone(a.Team) && teams(a.Shared) && a.Priority >= 0 &&
		len(a.Channel) <= MaxID
}

func (a *Aim) check() error {
	return sound(len(a.Chats) > 0, batch(len(a.Chats), func(i int) string { return a.Chats[i] }))
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

func idOrNone(s string) bool { return s == "" || id(s) }

// words reports whether names, tags and labels are short enough to be looked at. What is too long for what it is, is
// refused with a reason.
func words(list ...string) bool {
	return !slices.ContainsFunc(list, func(s string) bool { return len(s) > MaxWords })
}

// batch reports whether n chats can be those of one frame: at most MaxBatch, none twice.
func batch(n int, chat func(int) string) bool {
	if n > MaxBatch {
		return false
	}
	seen := make(map[string]bool, n)
	for i := range n {
		if c := chat(i); !id(c) || seen[c] {
			return false
		}
		seen[chat(i)] = true
	}
	return true
}

func teams(list []string) bool {
	return len(list) <= MaxBatch && !slices.ContainsFunc(list, func(s string) bool { return !id(s) })
}

// sound returns ErrMalformed unless all of facts hold.
func sound(facts ...bool) error {
	if i := slices.Index(facts, false); i >= 0 {
		return fmt.Errorf("%w: member %d is out of range", ErrMalformed, i+1)
	}
	return nil
}
