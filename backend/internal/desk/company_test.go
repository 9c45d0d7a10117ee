package desk_test

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// company does what no agent does to clocks and to the company: heard NAMES, started, clock (fires what is due until
// nothing is), fire ID, settings TEAM KEY=VALUE….
func (s *story) company(verb string) (string, bool) {
	switch verb {
	case "heard":
		var all []chat.AgentID
		for n := range strings.SplitSeq(s.word(1), ",") {
			_, id, _ := s.named(n)
			all = append(all, id)
		}
		return s.print(desk.Heard{Agents: all})
	case "started":
		return s.print(desk.Started{})
	case "clock":
		return s.clock(), true
	case "fire":
		return s.print(desk.TimerDue{ID: s.timerID(s.word(1))})
	case "settings":
		settings := s.settings()
		return s.print(desk.SetTeam{ID: s.team(s.word(1)), Settings: &settings})
	}
	return "", false
}

// clock fires the timers that are due, the earliest first, until none is.
func (s *story) clock() string {
	var all []string
	for range 100 {
		var due []desk.Timer
		if s.Read(func(v store.Reader) { due = v.DueTimers(s.Now, 1) }); len(due) == 0 {
			break
		}
		out, _ := s.print(desk.TimerDue{ID: due[0].ID})
		all = append(all, "fired "+newPrinter(s.World).short.Replace(due[0].ID), strings.TrimPrefix(out, "ok\n"))
	}
	return strings.Join(all, "\n")
}

// timerID reads "chat/c1", "away/Ana" or "assign/Support".
func (s *story) timerID(name string) string {
	kind, target, _ := strings.Cut(name, "/")
	teams, agent, _ := s.named(target)
	switch {
	case len(teams) > 0:
		target = string(teams[0])
	case agent != "":
		target = string(agent)
	default:
		target = string(s.chatID(target))
	}
	return kind + "/" + target
}

// settings reads release=MINUTES escalate=N/UNIT unset=yes hold=DAYS close=DAYS signout=queue assign=least_loaded.
func (s *story) settings() chat.TeamSettings {
	every, unit, _ := strings.Cut(s.keys["escalate"], "/")
	n, _ := strconv.Atoi(every)
	return chat.TeamSettings{ReleaseMinutes: int(s.number("release", 0)), EscalateEvery: n, EscalateUnit: chat.SpanUnit(unit),
		EscalateUnset: s.keys["unset"] == "yes", HoldDays: int(s.number("hold", 0)), CloseDays: int(s.number("close", 0)),
		OnSignOut: chat.SignedOut(s.keys["signout"]), AutoAssign: chat.AutoAssign(strings.ReplaceAll(s.keys["assign"], " ", "_"))}
}

// sets fills in what a command sets: NAME put_team TEAM …, NAME put_agent AGENT …, NAME put_asset ASSET …; "new" makes one.
// What is not said is as it is.
func (s *story) sets(cmd *desk.FromAgent) {
	name := s.word(2)
	teams, agent, asset := s.named(name)
	s.Read(func(v store.Reader) {
		switch cmd.Kind {
		case chat.CmdPutTeam:
			set, revision := &chat.TeamSet{ID: chat.TeamID(name), Prefix: s.keys["prefix"], Settings: s.settings()}, int64(0)
			if len(teams) > 0 {
				t, _ := v.Team(teams[0])
				set.ID, set.Name, revision = t.ID, t.Name, t.Revision
			}
			cmd.TeamSet, cmd.Base = set, s.number("base", revision)
			s.said(&set.Name, "name")
		case chat.CmdPutAgent:
			a, _ := v.Agent(agent)
			cmd.AgentSet, cmd.Base = s.agentSet(&a), s.number("base", a.Revision)
		case chat.CmdPutAsset:
			shared, _, _ := s.named(s.keys["shared"])
			set := &chat.AssetSet{ID: asset.ID, Name: asset.Name, Team: asset.Team, Shared: append(asset.Shared, shared...),
				Priority: chat.Priority(s.number("priority", int64(asset.Priority))), Active: s.keys["active"] != "no"}
			if s.said(&set.Name, "name"); s.keys["team"] != "" {
				set.Team = s.team(s.keys["team"])
			}
			set.Channel, set.Address = chat.Channel(s.keys["channel"]), s.keys["address"]
			set.VendorID, set.Credential = s.keys["vendor"], s.keys["credential"]
			cmd.AssetSet, cmd.Base = set, s.number("base", asset.Revision)
		}
	})
	if name == "new" && cmd.TeamSet != nil {
		cmd.TeamSet.ID = ""
	}
	if name != "new" && cmd.AgentSet != nil {
		cmd.AgentSet.ID = cmp.Or(agent, chat.AgentID(name))
	}
	if name != "new" && cmd.AssetSet != nil {
		cmd.AssetSet.ID = cmp.Or(asset.ID, chat.AssetID(name))
	}
}

func (s *story) agentSet(a *desk.Agent) *chat.AgentSet {
	set := &chat.AgentSet{ID: a.ID, Name: a.Name, Role: a.Role, Teams: a.Teams, Manages: a.Manages,
		Threshold: int(s.number("threshold", int64(a.Threshold))), Active: s.keys["active"] != "no"}
	s.said(&set.Name, "name")
	if role, ok := s.keys["role"]; ok {
		set.Role = chat.Role(role)
	}
	if names, ok := s.keys["teams"]; ok {
		set.Teams, _, _ = s.named(names)
	}
	if names, ok := s.keys["manages"]; ok {
		set.Manages, _, _ = s.named(names)
	}
	if hash, ok := s.keys["hash"]; ok {
		set.TokenHash, set.TokenLabel = s.hash(hash), "desk"
	}
	return set
}

// said puts what a step says under a key into field, if it says something.
func (s *story) said(field *string, key string) {
	if v, ok := s.keys[key]; ok {
		*field = v
	}
}

// agent shows what is set of an agent, beside the usual.
func (p printer) agent(a *wire.Agent) string {
	s := fmt.Sprintf("agent %s %s %v", a.Name, a.Availability, a.Teams)
	if a.Away {
		s += " away"
	}
	if a.Inactive {
		s += " inactive"
	}
	if a.Role != string(chat.PlainAgent) {
		s += fmt.Sprintf(" %s %v", a.Role, a.Manages)
	}
	if a.Threshold != desk.DefaultThreshold {
		s += fmt.Sprintf(" threshold=%d", a.Threshold)
	}
	return s
}

func (p printer) team(t *wire.Team) string {
	if (t.Settings == wire.TeamSettings{}) {
		return "team " + t.Name
	}
	return fmt.Sprintf("team %s %+v", t.Name, t.Settings)
}

func (p printer) asset(a *wire.Asset) string {
	s := fmt.Sprintf("asset %s %s", a.Name, a.Address)
	if len(a.Shared) > 0 {
		s += fmt.Sprintf(" shared=%v", a.Shared)
	}
	if a.Inactive {
		s += " inactive"
	}
	return s
}
