package linktest

import (
	"slices"
	"strconv"
	"time"

	"parley/backend/chat"
	"parley/backend/wire"
)

// handle is effect for what changes a chat's place or what is set.
func (s *Server) handle(cmd wire.Command, c *chat.Chat, result wire.Change) {
	switch chat.CommandKind(cmd.Kind) {
	case chat.CmdTransfer:
		s.many(cmd, result, func(id string, _ int64) ([]wire.Change, *wire.Problem) { return s.give(id, cmd.Agent) })
		return
	case chat.CmdUndo:
		s.many(cmd, result, s.takeBack)
		return
	case chat.CmdHold:
		c.Status = chat.OnHold
	case chat.CmdResume:
		c.Status = chat.Picked
	case chat.CmdClose:
		s.shut(c, "Me", result)
		return
	case chat.CmdExtend:
		c.Extended, c.ReleaseAt = true, c.ReleaseAt+chat.Millis(5*60_000)
	case chat.CmdPriority:
		c.Priority = chat.Priority(cmd.Priority)
	case chat.CmdAlias:
		c.Alias = cmd.Text
	case chat.CmdTags:
		c.Tags = append(slices.DeleteFunc(slices.Clone(c.Tags), func(t string) bool { return slices.Contains(cmd.Untags, t) }), cmd.Tags...)
	case chat.CmdOrder:
		s.write(agentStream, s.order(cmd.List, cmd.Order), result)
		return
	}
	if c == nil {
		s.write(agentStream, result)
		return
	}
	s.write(agentStream, wire.Change{Chat: wire.FromChat(*c)}, result)
}

// Shut closes a chat of the agent's, as a manager of that name does; with "" as a clock does.
func (s *Server) Shut(id, by string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shut(s.chats[id], by)
}

func (s *Server) shut(c *chat.Chat, by string, more ...wire.Change) {
	line := &chat.Line{Code: "closed"}
	if by != "" {
		line.Args = []string{by}
	}
	s.add(c, chat.Message{Kind: chat.System, Line: line})
	delete(s.chats, string(c.ID))
	s.write(agentStream, append([]wire.Change{{ChatGone: &wire.ChatGone{ID: string(c.ID)}}}, more...)...)
}

// many does something to each chat of a command, all in one frame.
func (s *Server) many(cmd wire.Command, result wire.Change, do func(id string, index int64) ([]wire.Change, *wire.Problem)) {
	r := result.Result
	r.Outcome, r.Problem = wire.Refused, nil
	var changes []wire.Change
	for i, p := range cmd.Chats {
		item := wire.Item{Chat: p.Chat, Outcome: wire.Done}
		more, problem := do(p.Chat, int64(i))
		if problem != nil {
			item.Outcome, item.Problem = wire.Refused, problem
		} else {
			r.Outcome = wire.Done
		}
		r.Items, changes = append(r.Items, item), append(changes, more...)
	}
	if r.Outcome == wire.Refused {
		r.Problem = r.Items[0].Problem
	}
	s.write(agentStream, append(changes, result)...)
}

func (s *Server) pickOne(id string, index int64) ([]wire.Change, *wire.Problem) {
	c := s.chats[id]
	if c == nil || c.Status != chat.Queued {
		return nil, &wire.Problem{Kind: int(chat.AlreadyTaken), Args: []string{"Bob"}}
	}
	s.now++
	c.Status, c.Assignee, c.AssignedAt, c.AssignedIndex, c.OpenedAt = chat.Picked, Agent, chat.Millis(s.now), index, 0
	c.Assignment++
	s.write(queueStream, wire.Change{ChatGone: &wire.ChatGone{ID: id, To: Agent}})
	return s.entering(c), nil
}

// entering is what a frame says of a chat that becomes the agent's.
func (s *Server) entering(c *chat.Chat) []wire.Change {
	changes := s.facts(c)
	for _, m := range s.messages[string(c.ID)] {
		changes = append(changes, wire.Change{Message: wire.FromMessage(m)})
	}
	return changes
}

// give gives a chat away: to a colleague as long as there is room, or to the queue.
func (s *Server) give(id, agent string) ([]wire.Change, *wire.Problem) {
	c := s.chats[id]
	switch {
	case c == nil || c.Assignee != Agent:
		return nil, &wire.Problem{Kind: int(chat.NotFound), Args: []string{"chat"}}
	case agent != "" && s.room == 0:
		return nil, &wire.Problem{Kind: int(chat.Full), Args: []string{strconv.Itoa(100), strconv.Itoa(100)}}
	}
	was := c.Clone()
	s.given[id] = &was
	gone := []wire.Change{{ChatGone: &wire.ChatGone{ID: id, To: agent}}}
	c.Assignment++
	if agent == "" {
		c.Status, c.Assignee, c.OpenedAt = chat.Queued, "", 0
		s.write(queueStream, s.facts(c)...)
		return gone, nil
	}
	s.room--
	delete(s.chats, id)
	return gone, nil
}

// takeBack undoes give.
func (s *Server) takeBack(id string, _ int64) ([]wire.Change, *wire.Problem) {
	was := s.given[id]
	if was == nil {
		return nil, &wire.Problem{Kind: int(chat.UndoTaken), Args: []string{"Bob"}}
	}
	delete(s.given, id)
	if s.chats[id] != nil {
		s.write(queueStream, wire.Change{ChatGone: &wire.ChatGone{ID: id, To: Agent}})
	}
	c := was.Clone()
	c.Assignment += 2
	s.chats[id] = &c
	return s.entering(&c), nil
}

// Room is how many chats a colleague still takes.
func (s *Server) Room(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.room = n
}

// Opened lets the colleague open a chat that was given away, so that it cannot be taken back.
func (s *Server) Opened(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.given, id)
}

// Clock lets a clock run for a chat of the agent's that ends after so many milliseconds, by the time that the last welcome
// told; 0: none runs.
func (s *Server) Clock(id string, left int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[id]
	if c.ReleaseAt = 0; left > 0 {
		c.ReleaseAt = chat.Millis(s.told + time.Since(s.toldAt).Milliseconds() + left)
	}
	s.write(agentStream, wire.Change{Chat: wire.FromChat(*c)})
}

// Suspend puts a chat of the agent's on hold, or takes it back.
func (s *Server) Suspend(id string, on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[id]
	if c.Status = chat.Picked; on {
		c.Status, c.ReleaseAt = chat.OnHold, 0
	}
	s.write(agentStream, wire.Change{Chat: wire.FromChat(*c)})
}

// Company says what is set of teams, agents and assets.
func (s *Server) Company(changes ...wire.Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.company = append(s.company, changes...)
	s.write(tenant, changes...)
}

// Order sorts a list on another device of the agent.
func (s *Server) Order(list, order string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write(agentStream, s.order(list, order))
}

func (s *Server) order(list, order string) wire.Change {
	if list == string(chat.QueueList) {
		s.orders.Queue = order
	} else {
		s.orders.My = order
	}
	o := s.orders
	return wire.Change{Orders: &o}
}

// aim answers with every colleague of the one team, who has 3 of 10.
func (s *Server) aim(a *wire.Aim) {
	s.Aims = append(s.Aims, *a)
	if s.mute {
		return
	}
	t := &wire.Targets{At: s.now, Teams: []wire.TargetTeam{{Team: Team}}}
	for i := range s.company {
		if c := s.company[i].Agent; c != nil && c.ID != Agent {
			t.Agents = append(t.Agents, wire.TargetAgent{Agent: c.ID, Team: Team, Load: 3, Threshold: 10})
		}
	}
	s.send(wire.Down{Targets: t})
}

// Asked are the questions that came whom chats could be given to.
func (s *Server) Asked() []wire.Aim {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.Aims)
}
