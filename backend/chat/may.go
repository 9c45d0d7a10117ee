package chat

import "slices"

// Standing is what an agent is to a chat: one of these, several, or 0, nothing.
type Standing uint8

const (
	Holding  Standing = 1 << iota // holds it, picked or on hold
	Managing                      // manages its present team
	Member                        // is in its present team, or manages it
)

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
