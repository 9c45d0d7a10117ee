package desk

import (
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
	n, ok := name(c.Name)
	switch {
	case !ok:
		return bad("name")
	case len(c.Prefix) != 3 || strings.IndexFunc(c.Prefix, notOfID) >= 0:
		return bad("prefix")
	}
	if _, taken := d.was.TeamByPrefix(c.Prefix); taken {
		return problem(chat.Duplicate, "prefix")
	}
	t := Team{ID: chat.TeamID(d.ids.Opaque()), Name: n, Prefix: c.Prefix}
	d.teams.put(t.ID, t)
	return Answer{Created: string(t.ID)}
}

// notOfID reports whether r cannot stand in a chat's id.
func notOfID(r rune) bool { return (r < 'A' || r > 'Z') && (r < '0' || r > '9') }

func (d *decision) setTeam(c SetTeam) Answer {
	t, ok := d.was.Team(c.ID)
	if !ok {
		return problem(chat.NotFound, "team")
	}
	if !set(&t.Name, c.Name) {
		return bad("name")
	}
	d.teams.put(t.ID, t)
	return Answer{}
}

// set puts a name into field unless it is empty, and reports whether it can be one.
func set(field *string, s string) bool {
	if s == "" {
		return true
	}
	n, ok := name(s)
	if ok {
		*field = n
	}
	return ok
}

func (d *decision) createAgent(c CreateAgent) Answer {
	n, ok := name(c.Name)
	if c.Threshold == 0 {
		c.Threshold = DefaultThreshold
	}
	switch {
	case !ok:
		return bad("name")
	case !d.areTeams(c.Teams) || len(c.Teams) > MaxTeams:
		return bad("teams")
	case c.Threshold < 1 || c.Threshold > MaxThreshold:
		return bad("threshold")
	}
	a := Agent{ID: chat.AgentID(d.ids.Opaque()), Name: n, Teams: inOrder(c.Teams), Availability: chat.Available,
		Threshold: c.Threshold, Active: true}
	d.agents.put(a.ID, a)
	return Answer{Created: string(a.ID)}
}

func (d *decision) setAgent(c SetAgent) Answer {
	a, ok := d.was.Agent(c.ID)
	if !ok {
		return problem(chat.NotFound, "agent")
	}
	switch {
	case !set(&a.Name, c.Name):
		return bad("name")
	case !d.areTeams(c.Teams) || len(c.Teams) > MaxTeams:
		return bad("teams")
	case c.Threshold < 0 || c.Threshold > MaxThreshold:
		return bad("threshold")
	}
	if c.Teams != nil {
		a.Teams = inOrder(c.Teams)
	}
	if c.Threshold != 0 {
		a.Threshold = c.Threshold
	}
	if c.Active != nil {
		a.Active = *c.Active
	}
	d.agents.put(a.ID, a)
	return Answer{}
}

func (d *decision) areTeams(ids []chat.TeamID) bool {
	return !slices.ContainsFunc(ids, func(id chat.TeamID) bool {
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
	if full := d.full(&a); full != nil {
		return Answer{Problem: full}
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
