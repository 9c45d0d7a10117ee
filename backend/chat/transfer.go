package chat

import (
	"slices"
	"strconv"
)

// UndoWithin is how long a transfer may be undone, in milliseconds of server time (rule H4).
const UndoWithin Millis = 10_000

// Sharing is the teams of an asset: the one that it belongs to and those that it is shared with.
type Sharing struct {
	Team   TeamID
	Shared []TeamID
}

// With reports whether a team may have the asset's chats.
func (s *Sharing) With(t TeamID) bool { return s.Team == t || slices.Contains(s.Shared, t) }

// Receiver is an agent whom a chat may be given to.
type Receiver struct {
	ID        AgentID
	Name      string
	Teams     []TeamID
	Active    bool
	Available bool // and heard (rule G6)
	Load      int  // picked chats; -1: not known, which no rule is held up by
	Threshold int
}

// IsAt reports whether c is where it would be given to: with that agent in that team, or nobody's in the team.
func IsAt(c *Chat, team TeamID, agent AgentID) bool {
	return c.Status != Closed && c.Team == team && c.Assignee == agent
}

// MayQueue says why c cannot be given to a team's queue, nil if it can: its own is always open, another's if the chat's
// asset is shared with it (rule H1).
func MayQueue(c *Chat, asset *Sharing, team TeamID, teamName string) *Problem {
	if team == c.Team || asset.With(team) {
		return nil
	}
	return NewProblem(NotShared, teamName)
}

// MayReceive says why c cannot be given to an agent of a team, nil if it can (rules H1, H2). Who has picked it already
// takes nothing on with it, and is asked neither for a place nor to be there.
func MayReceive(c *Chat, asset *Sharing, team TeamID, teamName string, to *Receiver) *Problem {
	switch p := MayQueue(c, asset, team, teamName); {
	case p != nil:
		return p
	case !to.Active:
		return NewProblem(AgentInactive, to.Name)
	case !slices.Contains(to.Teams, team):
		return NewProblem(NotInTeam, to.Name, teamName)
	case c.Status == Picked && c.Assignee == to.ID:
		return nil
	case !to.Available:
		return NewProblem(AgentAway, to.Name)
	case to.Load >= to.Threshold && to.Load >= 0:
		return NewProblem(Full, strconv.Itoa(to.Load), strconv.Itoa(to.Threshold))
	}
	return nil
}
