package desk

import (
	"strings"

	"parley/backend/chat"
)

// target is whom chats are given to: an agent in a team, or the team's queue.
type target struct {
	team  Team
	agent *chat.Receiver // nil: the queue
	why   *chat.Problem  // there is no such target
	note  string         // what the giver says of it
}

// who is the agent, "" for a queue.
func (t *target) who() chat.AgentID {
	if t.agent == nil {
		return ""
	}
	return t.agent.ID
}

// transfer gives chats away, at once and without asking whoever gets them (rules H1-H3).
func (d *decision) transfer(me *Agent, cmd *FromAgent) ending {
	to := d.target(&cmd.Command)
	assets := sharings{}
	return d.each(&cmd.Command, func(i int64, p chat.Place) ending {
		c, why := d.still(me, cmd.Kind, p)
		switch {
		case why.outcome != "":
			return why
		case to.why != nil:
			return refusal(to.why)
		case chat.IsAt(&c, to.team.ID, to.who()):
			return nothing
		}
		if why := to.cannotTake(&c, assets.of(d.was, &c)); why != nil {
			return refusal(why)
		}
		had := c.Status == chat.Picked && c.Assignee == to.who()
		d.give(&c, me, cmd.ID, &to)
		if to.agent != nil {
			c.AssignedIndex = i
		}
		if to.agent != nil && !had {
			to.agent.Load++
		}
		d.putChat(&c)
		return done
	})
}

func (d *decision) target(cmd *chat.Command) target {
	t := target{}
	note, why := said(cmd.Text, chat.MaxText)
	if why.outcome != "" {
		return target{why: why.problem}
	}
	if strings.TrimSpace(note) != "" {
		t.note = note
	}
	var ok bool
	if t.team, ok = d.was.Team(cmd.Team); !ok {
		return target{why: chat.NewProblem(chat.NotFound, "team")}
	}
	if cmd.Agent == "" {
		return t
	}
	a, ok := d.was.Agent(cmd.Agent)
	if !ok {
		return target{why: chat.NewProblem(chat.NotFound, "agent")}
	}
	t.agent = receiver(&a, d.load(a.ID))
	return t
}

// receiver is a as the rules of transfer see an agent who has load picked chats.
func receiver(a *Agent, load int) *chat.Receiver {
	return &chat.Receiver{ID: a.ID, Name: a.Name, Teams: a.Teams, Active: a.Active,
		Available: there(a), Load: load, Threshold: a.Threshold}
}

func (t *target) cannotTake(c *chat.Chat, asset *chat.Sharing) *chat.Problem {
	if t.agent == nil {
		return chat.MayQueue(c, asset, t.team.ID, t.team.Name)
	}
	return chat.MayReceive(c, asset, t.team.ID, t.team.Name, t.agent)
}

// sharings are the teams of the assets that were asked for.
type sharings map[chat.AssetID]*chat.Sharing

func (s sharings) of(v View, c *chat.Chat) *chat.Sharing {
	if s[c.Asset] == nil {
		a, _ := v.Asset(c.Asset)
		s[c.Asset] = &chat.Sharing{Team: a.Team, Shared: a.Shared}
	}
	return s[c.Asset]
}

// give gives c to a target that may have it, as a new assignment whatever c was (rules H2, P7).
func (d *decision) give(c *chat.Chat, me *Agent, id chat.CommandID, to *target) {
	g := chat.Given{Command: id, By: me.ID, At: d.now, Team: c.Team, Assignee: c.Assignee, Status: c.Status,
		AssignedAt: c.AssignedAt, AssignedIndex: c.AssignedIndex, OpenedAt: c.OpenedAt, ReadTo: c.ReadTo,
		LastHolder: c.Course.LastHolder, LetGo: c.Course.LetGo}
	number := c.Assignment
	d.sayGiven(c, me, id, to)
	c.Team = to.team.ID
	if to.agent != nil {
		d.assign(c, to.agent.ID)
	} else {
		if c.Assignee == me.ID {
			d.letGo(c, me.ID)
		}
		d.release(c)
	}
	c.Assignment = number + 1
	g.Assignment = c.Assignment
	c.Course.Given = &g
}

// sayGiven appends the line that says who gave c to whom, and the giver's note.
func (d *decision) sayGiven(c *chat.Chat, me *Agent, id chat.CommandID, to *target) {
	switch {
	case to.agent != nil:
		d.note(c, "transferred", me.Name, to.agent.Name, to.team.Name)
	case c.Team != to.team.ID:
		d.note(c, "transferred", me.Name, "", to.team.Name)
	default:
		d.note(c, "returned", d.returned(c, me)...)
	}
	if to.note != "" {
		d.say(c, chat.Message{Kind: chat.Note, Author: me.ID, AuthorName: me.Name, Text: to.note, Command: id}, VendorKey{})
	}
}

// returned says who returns c, how long it was held, and by whom if that was somebody else (rule G3).
func (d *decision) returned(c *chat.Chat, me *Agent) []string {
	args := []string{me.Name, d.held(c)}
	if c.Assignee != me.ID {
		args = append(args, d.agentName(c.Assignee))
	}
	return args
}

// undo takes a transfer back while nothing has come of it (rule H4).
func (d *decision) undo(me *Agent, cmd *FromAgent) ending {
	return d.each(&cmd.Command, func(_ int64, p chat.Place) ending {
		c, ok := d.chat(p.Chat)
		g := c.Course.Given
		switch {
		case !ok || !knows(me, &c):
			return refused(chat.NotFound, "chat")
		case c.Status == chat.Closed:
			return refused(chat.ChatClosed)
		case g == nil || g.Command != cmd.Of || g.Assignment != c.Assignment || c.OpenedAt != 0:
			return d.taken(&c, cmd.Of)
		case g.By != me.ID:
			return refused(chat.NotAllowed)
		case d.now-g.At > chat.UndoWithin:
			return refused(chat.UndoTooLate)
		}
		d.takeBack(&c, me, g)
		d.putChat(&c)
		return done
	})
}

// taken is the end of undoing a transfer of c that cannot be undone any more. One that was undone already, perhaps on
// another device, needs nothing.
func (d *decision) taken(c *chat.Chat, of chat.CommandID) ending {
	if of != "" && of == c.Course.Undone {
		return nothing
	}
	return refused(chat.UndoTaken, d.agentName(chat.AgentID(holder(c))))
}

// takeBack makes c what it was before it was given.
func (d *decision) takeBack(c *chat.Chat, me *Agent, g *chat.Given) {
	d.note(c, "undone", me.Name)
	c.Assignment++
	c.Team, c.Assignee, c.Status = g.Team, g.Assignee, g.Status
	c.AssignedAt, c.AssignedIndex, c.OpenedAt, c.ReadTo = g.AssignedAt, g.AssignedIndex, g.OpenedAt, g.ReadTo
	c.Course.LastHolder, c.Course.LetGo, c.Course.Given, c.Course.Undone = g.LastHolder, g.LetGo, nil, g.Command
	d.refresh(c)
	if c.LastInboundAt >= g.At {
		d.wake(c)
	}
	d.orphan(c)
}

// follow lets the transfer that brought c to a queue be undone also after it was given on by itself: nobody has taken it
// (rule H4).
func follow(c *chat.Chat) {
	if g := c.Course.Given; g != nil && g.Assignment == c.Assignment-1 {
		g.Assignment = c.Assignment
	}
}
