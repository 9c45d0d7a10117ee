package desk

import (
	"slices"

	"parley/backend/chat"
)

// standing is what an agent is to c; 0: nothing, so that the agent cannot see it.
func standing(a *Agent, c *chat.Chat) chat.Standing {
	if !a.Active {
		return 0
	}
	p := chat.Position{ID: a.ID, Role: a.Role, Teams: a.Teams, Manages: a.Manages}
	return p.To(c)
}

// sees reports whether an agent may read c: it is of one of the agent's teams, or in the agent's list (rule S4).
func sees(a *Agent, c *chat.Chat) bool { return standing(a, c) != 0 }

// knows reports whether an agent may learn who has c: who sees it, and who had it, or gave it, until its present
// assignment began (rule S4).
func knows(a *Agent, c *chat.Chat) bool { return sees(a, c) || slices.Contains(c.Course.Knew, a.ID) }

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

// still is theirs for what was asked of the chat in one assignment, and does not apply in another. Whoever knew the
// chat in it is told who has it.
func (d *decision) still(me *Agent, kind chat.CommandKind, p chat.Place) (chat.Chat, ending) {
	c, why := d.theirs(me, kind, p.Chat)
	over := c.ID != "" && c.Assignment != p.Assignment
	if over && (why.outcome == "" || !sees(me, &c) && knows(me, &c)) {
		why = refused(chat.AssignmentChange, d.agentName(chat.AgentID(holder(&c))))
	}
	return c, why
}
