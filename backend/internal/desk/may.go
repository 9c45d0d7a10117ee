package desk

import (
	"slices"

	"parley/backend/chat"
)

// standing is what an agent is to c; 0: nothing, so that the agent does not know of it.
func standing(a *Agent, c *chat.Chat) (s chat.Standing) {
	if home(c) == AgentStream(a.ID) {
		s |= chat.Holding
	}
	if manages(a, c.Team) {
		s |= chat.Managing | chat.Member
	}
	if slices.Contains(a.Teams, c.Team) {
		s |= chat.Member
	}
	return s
}

// theirs returns a chat to which me may do something as it stands now. Otherwise it says how the command ends.
func (d *decision) theirs(me *Agent, kind chat.CommandKind, id chat.ID) (chat.Chat, ending) {
	c, ok := d.chat(id)
	mine := standing(me, &c)
	can, is := chat.May(kind, &c, mine)
	switch {
	case !ok || mine == 0:
		return c, refused(chat.NotFound, "chat")
	case c.Status == chat.Closed && kind == chat.CmdClose:
		return c, nothing
	case c.Status == chat.Closed:
		return c, refused(chat.ChatClosed)
	case is:
		return c, nothing
	case !can:
		return c, refused(chat.NotHolder, d.agentName(chat.AgentID(holder(&c))))
	}
	return c, ending{}
}

// still is theirs for what was asked of the chat in one assignment, and does not apply in another. Whoever names an
// assignment that is over knew the chat, and is told who has it (as with a reply, rule D1).
func (d *decision) still(me *Agent, kind chat.CommandKind, p chat.Place) (chat.Chat, ending) {
	c, why := d.theirs(me, kind, p.Chat)
	over := c.ID != "" && c.Assignment != p.Assignment
	if over && (why.outcome == "" || standing(me, &c) == 0) {
		why = refused(chat.AssignmentChange, d.agentName(chat.AgentID(holder(&c))))
	}
	return c, why
}
