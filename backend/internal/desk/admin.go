package desk

import (
	"cmp"
	"slices"
	"strings"

	"parley/backend/chat"
	"parley/backend/wire"
)

// Limits of what an admin sets.
const (
	MaxThreshold = 99_999
	// MaxTeams is how many teams an agent may be in: a hello names the position in each one's queue.
	MaxTeams = wire.MaxStreams - 2
)

func bad(field string) Answer { return problem(chat.BadValue, field) }

// name returns s as a name is kept, false if it cannot be one.
func name(s string) (string, bool) {
	n := line(s, MaxName+1)
	return n, n != "" && len([]rune(n)) <= MaxName
}

func (d *decision) createTeam(c CreateTeam) Answer {
	id, p := d.newTeam(c.Name, c.Prefix, chat.TeamSettings{})
	return created(string(id), p)
}

// created is the answer to an admin who makes something.
func created(id string, p *chat.Problem) Answer {
	if p != nil {
		return Answer{Problem: p}
	}
	return Answer{Created: id}
}

// newTeam makes a team.
func (d *decision) newTeam(name, prefix string, s chat.TeamSettings) (chat.TeamID, *chat.Problem) {
	if len(prefix) != 3 || strings.IndexFunc(prefix, notOfID) >= 0 {
		return "", chat.NewProblem(chat.BadValue, "prefix")
	}
	if _, taken := d.was.TeamByPrefix(prefix); taken {
		return "", chat.NewProblem(chat.Duplicate, "prefix")
	}
	t := Team{ID: chat.TeamID(d.ids.Opaque()), Name: name, Prefix: prefix, Settings: s}
	return t.ID, d.keepTeam(t)
}

// notOfID reports whether r cannot stand in a chat's id.
func notOfID(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') }

func (d *decision) setTeam(c SetTeam) Answer {
	t, ok := d.was.Team(c.ID)
	if !ok {
		return problem(chat.NotFound, "team")
	}
	t.Name = cmp.Or(c.Name, t.Name)
	if c.Settings != nil {
		t.Settings = *c.Settings
	}
	return Answer{Problem: d.keepTeam(t)}
}

// newAgent is an agent who was not heard yet, with nothing set.
func (d *decision) newAgent() Agent {
	return Agent{ID: chat.AgentID(d.ids.Opaque()), Availability: chat.Available, Away: true, Active: true}
}

func (d *decision) createAgent(c CreateAgent) Answer {
	a := d.newAgent()
	a.Name, a.Teams, a.Threshold = c.Name, c.Teams, cmp.Or(c.Threshold, DefaultThreshold)
	a.Role, a.Manages = c.Role, c.Manages
	return created(string(a.ID), d.keepAgent(a))
}

func (d *decision) setAgent(c SetAgent) Answer {
	a, ok := d.was.Agent(c.ID)
	if !ok {
		return problem(chat.NotFound, "agent")
	}
	a.Name, a.Threshold, a.Role = cmp.Or(c.Name, a.Name), cmp.Or(c.Threshold, a.Threshold), cmp.Or(c.Role, a.Role)
	if c.Teams != nil {
		a.Teams = c.Teams
	}
	if c.Manages != nil {
		a.Manages = c.Manages
	}
	if c.Active != nil {
		a.Active = *c.Active
	}
	return Answer{Problem: d.keepAgent(a)}
}

// areTeams reports whether there are teams with all these ids.
func (d *decision) areTeams(ids []chat.TeamID) bool {
	return !slices.ContainsFunc(ids, func(id chat.TeamID) bool {
		if !key(string(id)) {
			return true
		}
		_, ok := d.was.Team(id)
		return !ok
	})
}

// inOrder returns teams by id, each once.
func inOrder(ids []chat.TeamID) []chat.TeamID {
	return slices.Compact(slices.Sorted(slices.Values(ids)))
}

// assignChat gives a chat to an agent, also one that somebody else holds (rules P2, P3).
func (d *decision) assignChat(c AssignChat) Answer {
	ch, ok := d.chat(c.Chat)
	if !ok {
		return problem(chat.NotFound, "chat")
	}
	a, ok := d.was.Agent(c.Agent)
	switch {
	case !ok:
		return problem(chat.NotFound, "agent")
	case ch.Status == chat.Closed:
		return problem(chat.ChatClosed)
	case ch.Status == chat.Picked && ch.Assignee == a.ID:
		return Answer{}
	}
	team, ok := d.teamFor(&a, &ch)
	if !ok {
		return problem(chat.NotAllowed)
	}
	if why := full(&a, d.load(a.ID)); why != nil {
		return Answer{Problem: why}
	}
	args := []string{a.Name}
	if from := d.agentName(chat.AgentID(holder(&ch))); from != "" {
		args = append(args, from)
	}
	d.note(&ch, "assigned", args...)
	ch.Team = team
	d.assign(&ch, a.ID)
	d.putChat(&ch)
	return Answer{}
}

// teamFor is the team that c is in when a holds it: its own, or one of a's that shares its asset (rule P3).
func (d *decision) teamFor(a *Agent, c *chat.Chat) (chat.TeamID, bool) {
	if !a.Active || slices.Contains(a.Teams, c.Team) {
		return c.Team, a.Active
	}
	asset, _ := d.was.Asset(c.Asset)
	i := slices.IndexFunc(a.Teams, func(t chat.TeamID) bool { return t == asset.Team || slices.Contains(asset.Shared, t) })
	if i < 0 {
		return "", false
	}
	return a.Teams[i], true
}
