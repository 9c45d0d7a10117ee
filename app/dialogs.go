package app

import (
	"parley/app/internal/engine"
	"parley/app/view"
	"parley/backend/chat"
	"parley/backend/wire"
)

func batch(b *engine.Batch) view.Batch {
	c := &b.Command
	v := view.Batch{Command: string(b.ID), Kind: string(c.Kind), To: b.To, ToQueue: c.Kind == chat.CmdTransfer && c.Agent == "",
		Note: c.Text, Total: len(c.Chats), State: b.State, Done: b.Done, Failed: []view.BatchFailed{}, UndoUntil: b.UndoUntil,
		Cancellable: b.State == view.BatchQueued && b.Cancellable()}
	for _, f := range b.Failed {
		v.Failed = append(v.Failed, view.BatchFailed{Chat: string(f.Chat), Customer: f.Customer, Problem: problem(f.Problem)})
	}
	return v
}

func targets(t *engine.Targets) view.Targets {
	v := view.Targets{Seq: t.Seq, Chats: t.Chats, Names: texts(t.Names), Live: t.Live, At: t.At, Teams: []view.TargetTeam{}}
	for _, to := range t.Teams {
		team := view.TargetTeam{ID: string(to.ID), Name: to.Name, Own: to.Own, Problem: problems(to.Problem), Agents: []view.TargetAgent{}}
		for _, a := range to.Agents {
			team.Agents = append(team.Agents, view.TargetAgent{ID: string(a.ID), Name: a.Name, Load: a.Load, Threshold: a.Threshold,
				Problem: problems(a.Problem)})
		}
		v.Teams = append(v.Teams, team)
	}
	return v
}

func company(c *engine.Company) view.Company {
	v := view.Company{Seq: c.Seq, Teams: []view.TeamSet{}, Agents: []view.AgentSet{}, Assets: []view.AssetSet{}, Channels: texts(chat.SpokenChannels())}
	for i := range c.Teams {
		v.Teams = append(v.Teams, teamSet(&c.Teams[i]))
	}
	for i := range c.Agents {
		v.Agents = append(v.Agents, agentSet(&c.Agents[i]))
	}
	for i := range c.Assets {
		a := &c.Assets[i]
		v.Assets = append(v.Assets, view.AssetSet{ID: a.ID, Revision: a.Revision, Channel: a.Channel, Name: a.Name, Address: a.Address,
			Team: a.Team, Shared: texts(a.Shared), Priority: a.Priority, Active: !a.Inactive})
	}
	return v
}

// teamSet is what is set of a team, with the words for what is left out on the wire.
func teamSet(t *wire.Team) view.TeamSet {
	s := &t.Settings
	return view.TeamSet{ID: t.ID, Revision: t.Revision, Name: t.Name, Prefix: t.Prefix, ReleaseMinutes: s.ReleaseMinutes,
		EscalateEvery: s.EscalateEvery, EscalateUnit: or(s.EscalateUnit, chat.Minutes), EscalateUnset: s.EscalateUnset,
		HoldDays: s.HoldDays, CloseDays: s.CloseDays, OnSignOut: or(s.OnSignOut, chat.KeepChats),
		AutoAssign: or(s.AutoAssign, chat.AssignNobody)}
}

func agentSet(a *wire.Agent) view.AgentSet {
	return view.AgentSet{ID: a.ID, Revision: a.Revision, Name: a.Name, Role: or(a.Role, chat.PlainAgent), Teams: texts(a.Teams),
		Manages: texts(a.Manages), Threshold: a.Threshold, Active: !a.Inactive}
}

// or is s, or what it means when it is left out.
func or[T ~string](s string, without T) string {
	if s == "" {
		return string(without)
	}
	return s
}
