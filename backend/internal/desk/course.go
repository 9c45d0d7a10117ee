package desk

import (
	"slices"
	"strconv"

	"parley/backend/chat"
)

// settings are what is set for a team's chats; of an unknown team nothing is.
func (d *decision) settings(id chat.TeamID) *chat.TeamSettings {
	t, _ := d.team(id)
	return &t.Settings
}

func (d *decision) team(id chat.TeamID) (Team, bool) {
	if t, ok := d.teams.get(id); ok {
		return t, true
	}
	return d.oldTeams.get(id, d.was.Team)
}

func (d *decision) agent(id chat.AgentID) (Agent, bool) {
	if a, ok := d.agents.get(id); ok {
		return a, true
	}
	return d.oldAgents.get(id, d.was.Agent)
}

// manages reports whether an agent runs a team (rule C1).
func manages(a *Agent, t chat.TeamID) bool {
	return a.Active && chat.Manages(a.Role, a.Manages, t)
}

// letGo notes before c is released who let it go: its holder, whose clock ran out or who gave it up (rule G4). What
// somebody else takes from its holder nobody has let go.
func (d *decision) letGo(c *chat.Chat, by chat.AgentID) { c.Course.LetGo = by }

// held is for how many whole minutes c's holder has held it, in digits (rule G3).
func (d *decision) held(c *chat.Chat) string {
	return strconv.FormatInt(int64(max(d.now-c.AssignedAt, 0)/60_000), 10)
}

// reckon sets afresh what follows from c's state and its team's settings, whatever has changed: when it came back from
// hold, who knows that it has changed hands, who held it last, who is not given it, whether a transfer of it can be
// undone, the clock that is shown, and the timer.
func (d *decision) reckon(c *chat.Chat) {
	k := &c.Course
	before, _ := d.chat(c.ID)
	if before.Status == chat.OnHold && (c.Status == chat.Picked || c.Status == chat.Queued) {
		k.ResumedAt = d.now
		chat.Passed(c, d.settings(c.Team), d.now)
	}
	if before.Assignment != c.Assignment {
		k.Knew = d.knew(&before, c)
	}
	if c.Assignee != "" && c.Status != chat.Queued {
		k.LastHolder = c.Assignee
		if k.LetGo != c.Assignee {
			k.LetGo = ""
		}
	}
	if g := k.Given; g != nil && (g.Assignment != c.Assignment || c.OpenedAt != 0 || c.Status == chat.Closed) {
		k.Given = nil
	}
	s := d.settings(c.Team)
	c.ReleaseAt, c.Extended = chat.ReleaseAt(c, s), chat.IsExtended(c)
	due, _ := nextClock(c, s)
	d.schedule(c, due)
}

// knewAtMost is how many are remembered of those who had a chat before.
const knewAtMost = 8

// knew are those who know that c is in another assignment than before: who held it, who has given it, and who knew of
// the one before while what began that one could be undone.
func (d *decision) knew(before, c *chat.Chat) []chat.AgentID {
	all := []chat.AgentID{chat.AgentID(holder(before))}
	if g := c.Course.Given; g != nil && g.Assignment == c.Assignment {
		all = append(all, g.By)
	}
	began := before.AssignedAt
	if g := before.Course.Given; g != nil {
		began = g.At
	}
	if d.now-began <= chat.UndoWithin {
		all = append(all, before.Course.Knew...)
	}
	var once []chat.AgentID
	for _, id := range all {
		if id != "" && !slices.Contains(once, id) && len(once) < knewAtMost {
			once = append(once, id)
		}
	}
	return once
}

// schedule puts c's timer unless it fires by then anyway. A timer that fires early puts the next, so that it need not
// be moved with every answer.
func (d *decision) schedule(c *chat.Chat, due chat.Millis) {
	if due == 0 || c.Course.DueAt != 0 && c.Course.DueAt <= due {
		return
	}
	c.Course.DueAt = due
	d.putTimer(Timer{ID: chatTimer(c.ID), At: due, Kind: TimerChat, Target: string(c.ID)})
}

func chatTimer(id chat.ID) string { return string(TimerChat) + "/" + string(id) }

func (d *decision) timer(id string) (Timer, bool) {
	if t, ok := d.timers.get(id); ok {
		return t, t.ID != ""
	}
	return d.was.Timer(id)
}

func (d *decision) putTimer(t Timer) { d.timers.put(t.ID, t) }

func (d *decision) dropTimer(id string) { d.timers.put(id, Timer{}) }
