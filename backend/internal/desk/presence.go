package desk

import "parley/backend/chat"

// awayAfter is how long after one of an agent's devices was heard the agent's availability has effect (rule G6).
const awayAfter chat.Millis = 120_000

// hearAgents notes that agents are connected.
func (d *decision) hearAgents(c Heard) Answer {
	for _, id := range c.Agents {
		a, ok := d.agent(id)
		if !ok || !a.Active {
			continue
		}
		if a.Away {
			a.Away = false
			d.agents.put(a.ID, a)
		}
		d.expectAgent(id)
	}
	return Answer{}
}

// begin gives everybody who was not away when a server stopped the time to be heard again.
func (d *decision) begin() Answer {
	for _, a := range d.was.Agents() {
		if a.Active && !a.Away {
			d.expectAgent(a.ID)
		}
	}
	return Answer{}
}

// expectAgent puts the timer that makes an agent away who is not heard until then.
func (d *decision) expectAgent(id chat.AgentID) {
	d.putTimer(Timer{ID: awayTimer(id), At: d.now + awayAfter, Kind: TimerAway, Target: string(id)})
}

func awayTimer(id chat.AgentID) string { return string(TimerAway) + "/" + string(id) }

// goAway ends the effect of an agent's availability, which the agent keeps.
func (d *decision) goAway(id chat.AgentID) {
	if a, ok := d.agent(id); ok && !a.Away {
		a.Away = true
		d.agents.put(a.ID, a)
	}
}

// signOut gives back what the teams' settings say that an agent who leaves does not keep (rule G9).
func (d *decision) signOut(me *Agent) ending {
	d.leaves(me.ID)
	d.giveBack(me, "", d.now)
	return done
}

// leaves makes an agent away who is not heard any more, unless by another device.
func (d *decision) leaves(id chat.AgentID) {
	d.goAway(id)
	if _, ok := d.timer(awayTimer(id)); ok {
		d.dropTimer(awayTimer(id))
	}
}

// giveBack returns an agent's picked chats to their queues: of an agent who signs out those of the teams that want
// it so, of one who is not active any more all. It takes those after after that were the agent's by since, as many
// as one frame carries, and leaves the others to a timer.
func (d *decision) giveBack(a *Agent, after chat.ID, since chat.Millis) {
	n := 0
	for _, c := range d.was.ChatsHeldBy(a.ID) {
		leaves := !a.Active || d.settings(c.Team).OnSignOut == chat.QueueChats
		if c.ID <= after || c.Status != chat.Picked || c.AssignedAt > since || !leaves {
			continue
		}
		if n++; n > chat.MaxBatch {
			d.putTimer(Timer{ID: string(TimerReturn) + "/" + string(a.ID), At: since, Kind: TimerReturn, Target: string(a.ID),
				Cursor: string(after)})
			return
		}
		after = c.ID
		c = c.Clone()
		d.leave(&c, a)
	}
}

// leave returns c, whose holder has gone. Who could have kept it has let it go (rule G4).
func (d *decision) leave(c *chat.Chat, a *Agent) {
	if a.Active {
		d.note(c, "returned", d.returned(c, a)...)
		d.letGo(c, a.ID)
	} else {
		d.note(c, "queued", a.Name)
	}
	d.release(c)
	d.putChat(c)
}
