package chat

import "slices"

// Standing is what an agent is to a chat: one of these, several, or 0, nothing.
type Standing uint8

const (
	Holding  Standing = 1 << iota // holds it, picked or on hold
	Managing                      // manages its present team, and is in it
	Member                        // is in its present team
)

// Position is an agent as the rules of who may do what see one.
type Position struct {
	ID      AgentID
	Role    Role
	Teams   []TeamID
	Manages []TeamID
}

// To returns what the agent is to c. To manage a team is to be something to its chats for who is in it alone, so
// that nobody may do anything to a chat that they may not read (rules C1, S4).
func (p *Position) To(c *Chat) (s Standing) {
	if c.Assignee == p.ID && (c.Status == Picked || c.Status == OnHold) {
		s |= Holding
	}
	if slices.Contains(p.Teams, c.Team) {
		s |= Member
		if Manages(p.Role, p.Manages, c.Team) {
			s |= Managing
		}
	}
	return s
}

// already stands where nobody needs to do it: it is so.
const already Standing = 1 << 7

// may says who may do what to a chat, by how it stands: in the queue, picked, on hold, or left, which is on hold with
// nobody to hold it (rules G2, G8, G11, H1).
var may = map[CommandKind]struct{ queued, picked, onHold, left Standing }{
	//             queued    picked              on hold             left
	CmdTransfer: {Managing, Holding | Managing, Holding | Managing, Managing},
	CmdHold:     {Managing, Holding | Managing, already, already},
	CmdResume:   {already, already, Holding | Managing, Managing},
	CmdClose:    {Managing, Holding | Managing, Holding | Managing, Managing},
	CmdExtend:   {0, Holding, Holding, 0},
	CmdPriority: {Member, Holding | Managing, Holding | Managing, Member},
	CmdAlias:    {Member, Holding | Managing, Holding | Managing, Member},
	CmdTags:     {Member, Holding | Managing, Holding | Managing, Member},
}

// May reports whether an agent of that standing may do something to c as it stands now; is: there is nothing to do, it
// is so. To a closed chat nobody may do any of it.
func May(kind CommandKind, c *Chat, s Standing) (can, is bool) {
	var needed Standing
	row := may[kind]
	switch {
	case c.Status == Queued:
		needed = row.queued
	case c.Status == Picked:
		needed = row.picked
	case c.Status == OnHold && c.Assignee != "":
		needed = row.onHold
	case c.Status == OnHold:
		needed = row.left
	}
	return needed&s != 0, needed&already != 0
}

// Manages reports whether somebody of that role, who as a Manager manages some teams, manages a team (rule C1).
func Manages(role Role, some []TeamID, t TeamID) bool {
	return role == Admin || role == Manager && slices.Contains(some, t)
}
