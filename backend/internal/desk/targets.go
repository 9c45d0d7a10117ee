package desk

import (
	"slices"

	"parley/backend/chat"
	"parley/backend/wire"
)

// Targets answers a console that asks whom some chats could be given to (rule H1). Chats that the agent may not give
// away are left out of it, and so are agents who are not active or hold all of the chats already. A Problem is that
// of the first of the chats that cannot go there.
func Targets(v View, agent chat.AgentID, q wire.Aim, now chat.Millis) wire.Targets {
	out := wire.Targets{At: int64(now), Teams: []wire.TargetTeam{}, Agents: []wire.TargetAgent{}}
	me, ok := v.Agent(agent)
	if !ok || !me.Active {
		return out
	}
	aimed := aim(v, &me, q.Chats)
	agents := v.Agents()
	for _, t := range v.Teams() {
		to := target{team: t}
		why, legal := aimed.at(&to)
		if !legal {
			continue
		}
		out.Teams = append(out.Teams, wire.TargetTeam{Team: string(t.ID), Problem: wire.FromProblem(why)})
		for i := range agents {
			if a := &agents[i]; a.Active && slices.Contains(a.Teams, t.ID) && !aimed.allAt(t.ID, a.ID) {
				out.Agents = append(out.Agents, aimed.targetAgent(v, &to, a))
			}
		}
	}
	return out
}

// aimed are chats that somebody may give away: one of those that are the same to the rules of transfer.
type aimed struct {
	chats  []chat.Chat
	assets []*chat.Sharing
	loads  map[chat.AgentID]int
}

func aim(v View, me *Agent, ids []string) *aimed {
	a := &aimed{loads: map[chat.AgentID]int{}}
	assets := sharings{}
	d := &decision{was: v}
	for _, id := range ids[:min(len(ids), wire.MaxBatch)] {
		if !key(id) {
			continue
		}
		c, why := d.theirs(me, chat.CmdTransfer, chat.ID(id))
		if why.outcome != "" {
			continue
		}
		same := func(b chat.Chat) bool {
			return b.Team == c.Team && b.Asset == c.Asset && b.Assignee == c.Assignee && b.Status == c.Status
		}
		if !slices.ContainsFunc(a.chats, same) {
			a.chats, a.assets = append(a.chats, c), append(a.assets, assets.of(v, &c))
		}
	}
	return a
}

// allAt reports whether an agent has all of the chats in a team.
func (a *aimed) allAt(team chat.TeamID, id chat.AgentID) bool {
	return !slices.ContainsFunc(a.chats, func(c chat.Chat) bool { return !chat.IsAt(&c, team, id) })
}

// at says why not all of the chats can go to a target; legal: one of them could, by its team and asset.
func (a *aimed) at(to *target) (why *chat.Problem, legal bool) {
	for i := range a.chats {
		legal = legal || chat.MayQueue(&a.chats[i], a.assets[i], to.team.ID, "") == nil
		if p := to.cannotTake(&a.chats[i], a.assets[i]); why == nil {
			why = p
		}
	}
	return why, legal
}

func (a *aimed) targetAgent(v View, to *target, who *Agent) wire.TargetAgent {
	load, ok := a.loads[who.ID]
	if !ok {
		load = v.CountsOf(who.ID).Held
		a.loads[who.ID] = load
	}
	one := target{team: to.team, agent: receiver(who, load)}
	why, _ := a.at(&one)
	return wire.TargetAgent{Agent: string(who.ID), Team: string(to.team.ID), Load: load, Threshold: who.Threshold,
		Problem: wire.FromProblem(why)}
}
