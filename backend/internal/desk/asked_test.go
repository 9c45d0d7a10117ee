package desk_test

import (
	"fmt"
	"strconv"
	"strings"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// asked fills in what a command says beside its chat: NAME transfer c1,c2 team=… agent=…: note, NAME undo c1 of=NAME
// for that one's last transfer, NAME pick c1,c2, NAME set_priority c1 priority=…, NAME set_alias c1: …, NAME tag c1 tags=a,b untags=c,
// NAME set_order list=… order=….
func (s *story) asked(cmd *desk.FromAgent) {
	names := s.word(2)
	if cmd.Kind == chat.CmdTransfer || cmd.Kind == chat.CmdUndo || strings.Contains(names, ",") {
		cmd.Chat, cmd.Chats = "", s.places(names)
	}
	_, to, _ := s.named(s.keys["agent"])
	if name := s.keys["agent"]; to == "" {
		to = chat.AgentID(name)
	}
	cmd.Team, cmd.Command.Agent, cmd.Of = s.team(s.keys["team"]), to, s.gave[s.keys["of"]]
	cmd.Priority = chat.Priority(s.number("priority", 0))
	cmd.Tags, cmd.Untags = list(s.keys["tags"]), list(s.keys["untags"])
	cmd.List, cmd.Order = chat.ListName(s.keys["list"]), chat.Order(strings.ReplaceAll(s.keys["order"], " ", "_"))
}

// remember keeps which transfer was an agent's last that gave something.
func (s *story) remember(name string, cmd *desk.FromAgent) {
	s.Read(func(v store.Reader) {
		if r, _ := v.Result(cmd.Device, cmd.Number); cmd.Kind == chat.CmdTransfer && r.Outcome == wire.Done {
			s.gave[name] = cmd.ID
		}
	})
}

func list(words string) []string {
	if words == "" {
		return nil
	}
	return strings.Split(words, ",")
}

// places reads "c1,c2", as things are now unless assignment= says otherwise.
func (s *story) places(names string) (all []chat.Place) {
	for _, n := range list(names) {
		all = append(all, chat.Place{Chat: s.chatID(n), Assignment: s.number("assignment", s.chat(n).Assignment)})
	}
	return all
}

// around is what happens around the agents: heard NAME,NAME says whose devices are connected; minutes TEAM N sets the
// automatic move to the queue.
func (s *story) around(verb string) (string, bool) {
	if verb == "minutes" {
		n, err := strconv.Atoi(s.word(2))
		if err != nil {
			s.T.Fatal(err)
		}
		return s.print(desk.SetTeam{ID: s.team(s.word(1)), Settings: &chat.TeamSettings{ReleaseMinutes: n}})
	}
	if verb != "heard" {
		return "", false
	}
	var c desk.Heard
	for _, n := range list(s.word(1)) {
		_, id, _ := s.named(n)
		c.Agents = append(c.Agents, id)
	}
	return s.print(c)
}

// askMore reads: targets NAME c1,c2, course CHAT, orders NAME.
func (s *story) askMore(verb string) (out string, ok bool) {
	_, who, _ := s.named(s.word(1))
	p := newPrinter(s.World)
	s.Read(func(v store.Reader) {
		switch verb {
		case "targets":
			var aim wire.Aim
			for _, n := range list(s.word(2)) {
				aim.Chats = append(aim.Chats, string(s.chatID(n)))
			}
			out, ok = p.targets(desk.Targets(v, who, aim, s.Now)), true
		case "course":
			c, _ := v.Chat(s.chatID(s.word(1)))
			out, ok = p.course(&c), true
		case "orders":
			changes, _ := desk.Snapshot(v, desk.AgentStream(who))
			for _, c := range changes {
				if c.Orders != nil {
					out = p.change(&c)
				}
			}
			ok = true
		}
	})
	return p.short.Replace(out), ok
}

func (p printer) targets(t wire.Targets) string {
	out := []string{"at " + p.time(chat.Millis(t.At))}
	for _, team := range t.Teams {
		s := "queue of " + team.Team
		if team.Problem != nil {
			s += ": " + p.problem(team.Problem)
		}
		out = append(out, s)
	}
	for _, a := range t.Agents {
		s := fmt.Sprintf("%s in %s %d/%d", a.Agent, a.Team, a.Load, a.Threshold)
		if a.Problem != nil {
			s += ": " + p.problem(a.Problem)
		}
		out = append(out, s)
	}
	return strings.Join(out, "\n")
}

// course says what consoles see little of.
func (p printer) course(c *chat.Chat) string {
	s := fmt.Sprintf("%s in %s", c.Status, c.Team)
	if c.AssignedAt != 0 {
		s += fmt.Sprintf(", assigned %s/%d", p.time(c.AssignedAt), c.AssignedIndex)
	}
	if c.OpenedAt != 0 {
		s += ", opened " + p.time(c.OpenedAt)
	}
	if k := &c.Course; k.LastHolder != "" {
		s += ", last held by " + string(k.LastHolder)
	}
	if c.Course.LetGo != "" {
		s += ", let go by " + string(c.Course.LetGo)
	}
	if g := c.Course.Given; g != nil {
		s += fmt.Sprintf(", given by %s in %s at %s", g.By, g.Command, p.time(g.At))
	}
	return s
}
