package desk

import (
	"cmp"

	"parley/backend/chat"
	"parley/backend/wire"
)

// change does something to a chat that me may do it to, in the assignment that was seen (rule G8).
func (d *decision) change(me *Agent, cmd *chat.Command, do func(c *chat.Chat) ending) ending {
	c, why := d.still(me, cmd.Kind, chat.Place{Chat: cmd.Chat, Assignment: cmd.Assignment})
	return d.unless(why, &c, do)
}

// unless does something to c and keeps it, unless there is a reason why not.
func (d *decision) unless(why ending, c *chat.Chat, do func(c *chat.Chat) ending) ending {
	if why.outcome != "" {
		return why
	}
	end := do(c)
	if end.outcome == wire.Done {
		d.putChat(c)
	}
	return end
}

// hold puts a chat on hold: its holder keeps it, and it counts nowhere.
func (d *decision) hold(me *Agent, cmd *chat.Command) ending {
	return d.change(me, cmd, func(c *chat.Chat) ending {
		d.suspend(c, me.Name)
		return done
	})
}

// suspend puts c on hold; by is the name of who does it, none for the clock.
func (d *decision) suspend(c *chat.Chat, by ...string) {
	d.note(c, "on_hold", by...)
	c.Status = chat.OnHold
}

// resume takes a chat back from hold, to its holder in the same assignment, or to the queue.
func (d *decision) resume(me *Agent, cmd *chat.Command) ending {
	return d.change(me, cmd, func(c *chat.Chat) ending {
		d.note(c, "resumed", me.Name)
		if c.Status = chat.Picked; c.Assignee == "" {
			c.Status = chat.Queued
		}
		d.orphan(c)
		return done
	})
}

// orphan gives a picked chat to its queue whose holder's account is not active any more (rule G9).
func (d *decision) orphan(c *chat.Chat) {
	if a, _ := d.agent(c.Assignee); c.Status == chat.Picked && !a.Active {
		d.note(c, "queued", a.Name)
		d.release(c)
	}
}

func (d *decision) close(me *Agent, cmd *chat.Command) ending {
	return d.change(me, cmd, func(c *chat.Chat) ending {
		d.shut(c, me.Name)
		return done
	})
}

// shut closes c, which ends the waiting (rule A7); by is as suspend's. It remembers who held it last: who held it to the
// end has not let it go (rule G4).
func (d *decision) shut(c *chat.Chat, by ...string) {
	d.note(c, "closed", by...)
	if c.Assignee != "" {
		c.Course.LetGo = ""
	}
	c.Status, c.SettledTo = chat.Closed, c.LastNumber
	c.Assignee = cmp.Or(c.Assignee, c.Course.LastHolder)
	c.Course.Given = nil
	d.refresh(c)
}

// extend adds a period to the clock that runs (rule G2).
func (d *decision) extend(me *Agent, cmd *chat.Command) ending {
	return d.change(me, cmd, func(c *chat.Chat) ending {
		if chat.IsExtended(c) || chat.ReleaseAt(c, d.settings(c.Team)) == 0 {
			return refused(chat.NoClock)
		}
		d.note(c, "extended", me.Name)
		c.Course.ExtendedFor, c.Course.ExtendedAt = c.WaitingSince, d.now
		return done
	})
}
