package desk

import (
	"cmp"
	"reflect"

	"parley/backend/chat"
)

// Teams, agents and assets are changed by these three alone, whoever asks for it: each checks all fields, and keeps
// the row with its next revision unless nothing has changed.

// keepTeam keeps a team, whose chats get other clocks if its settings say so.
func (d *decision) keepTeam(t Team) *chat.Problem {
	n, ok := name(t.Name)
	if !ok {
		return chat.NewProblem(chat.BadValue, "name")
	}
	if field := badSetting(&t.Settings); field != "" {
		return chat.NewProblem(chat.BadValue, field)
	}
	before, exists := d.was.Team(t.ID)
	if t.Name = n; exists && t == before {
		return nil
	}
	t.Revision = before.Revision + 1
	d.teams.put(t.ID, t)
	if exists && clocksOf(before.Settings) != clocksOf(t.Settings) {
		d.askReclock(t.ID, "")
	}
	return nil
}

// clocksOf are the settings that clocks go by.
func clocksOf(s chat.TeamSettings) chat.TeamSettings {
	s.OnSignOut, s.AutoAssign = "", ""
	return s
}

// badSetting names the first setting that cannot be so, as it is called on the wire; "" if there is none.
func badSetting(s *chat.TeamSettings) string {
	switch {
	case s.ReleaseMinutes < 0 || s.ReleaseMinutes > chat.MaxRelease:
		return "release_minutes"
	case s.EscalateEvery < 0 || s.EscalateEvery > chat.MaxEscalate:
		return "escalate_every"
	case s.EscalateUnit != "" && s.EscalateUnit != chat.Minutes && s.EscalateUnit != chat.Hours:
		return "escalate_unit"
	case s.HoldDays < 0 || s.HoldDays > chat.MaxDays:
		return "hold_days"
	case s.CloseDays < 0 || s.CloseDays > chat.MaxDays || s.CloseDays != 0 && s.CloseDays <= s.HoldDays:
		return "close_days"
	case s.OnSignOut != "" && s.OnSignOut != chat.KeepChats && s.OnSignOut != chat.QueueChats:
		return "on_sign_out"
	case s.AutoAssign != "" && s.AutoAssign != chat.AssignNobody && !deals(s):
		return "auto_assign"
	}
	return ""
}

// keepAgent keeps an agent. One who is not active any more gives the picked chats back, and has to be heard anew to be
// there again.
func (d *decision) keepAgent(a Agent) *chat.Problem {
	n, ok := name(a.Name)
	a.Role = cmp.Or(a.Role, chat.PlainAgent)
	switch {
	case !ok:
		return chat.NewProblem(chat.BadValue, "name")
	case a.Role != chat.PlainAgent && a.Role != chat.Manager && a.Role != chat.Admin:
		return chat.NewProblem(chat.BadValue, "role")
	case !d.areTeams(a.Teams) || len(inOrder(a.Teams)) > MaxTeams:
		return chat.NewProblem(chat.BadValue, "teams")
	case !d.areTeams(a.Manages):
		return chat.NewProblem(chat.BadValue, "manages")
	case a.Threshold < 1 || a.Threshold > MaxThreshold:
		return chat.NewProblem(chat.BadValue, "threshold")
	}
	a.Name, a.Teams, a.Manages = n, inOrder(a.Teams), inOrder(a.Manages)
	if a.Role != chat.Manager {
		a.Manages = nil
	}
	before, exists := d.was.Agent(a.ID)
	if exists && a.Active != before.Active {
		a.Away = true
	}
	if exists && reflect.DeepEqual(a, before) {
		return nil
	}
	a.Revision = before.Revision + 1
	d.agents.put(a.ID, a)
	if exists && before.Active && !a.Active {
		d.giveBack(&a, "", d.now)
	}
	return nil
}

// keepAsset keeps an asset; the chats that there are keep their team and priority.
func (d *decision) keepAsset(a Asset) *chat.Problem {
	n, ok := name(a.Name)
	switch {
	case !ok:
		return chat.NewProblem(chat.BadValue, "name")
	case !d.areTeams([]chat.TeamID{a.Team}):
		return chat.NewProblem(chat.BadValue, "team")
	case !d.areTeams(a.Shared):
		return chat.NewProblem(chat.BadValue, "shared")
	case a.Priority < chat.Unset || a.Priority > chat.Low:
		return chat.NewProblem(chat.BadValue, "priority")
	}
	a.Name, a.Shared = n, inOrder(a.Shared)
	before, exists := d.was.Asset(a.ID)
	if exists && reflect.DeepEqual(a, before) {
		return nil
	}
	a.Revision = before.Revision + 1
	d.assets.put(a.ID, a)
	return nil
}
