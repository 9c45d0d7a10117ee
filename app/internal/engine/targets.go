package engine

import (
	"cmp"
	"slices"
	"time"

	"parley/backend/chat"
	"parley/backend/wire"
)

// aimEvery is how often the server is asked again whom chats could be given to while that is looked at, and how long
// an answer is waited for.
const aimEvery = 5 * time.Second

// Targets is whom some chats could be given to.
type Targets struct {
	Seq   int64
	given []chat.ID
	Chats int
	Names []string // customers of the first 3
	Live  bool     // as the server has it; false: reckoned, loads unknown
	At    int64    // server time
	Teams []TargetTeam
}

// Of reports whether they are of the chats that Aim was given.
func (t *Targets) Of(chats []chat.ID) bool { return slices.Equal(t.given, chats) }

// TargetTeam is a team whose queue could take the chats, with its agents.
type TargetTeam struct {
	ID      chat.TeamID
	Name    string
	Own     bool // the chats' own
	Problem *chat.Problem
	Agents  []TargetAgent
}

// TargetAgent is an agent who could take the chats. Load -1: not known.
type TargetAgent struct {
	ID              chat.AgentID
	Name            string
	Load, Threshold int
	Problem         *chat.Problem
}

// aim is what the page wants to know targets of, and how far the server was asked.
type aim struct {
	open   bool
	given  []chat.ID // none: those ticked
	chats  []chat.ID
	asked  []chat.ID     // what the server was asked about and has not answered; nil: nothing
	heard  *wire.Targets // of chats
	rounds int64         // of the alarm: one that was set before does nothing
}

// Aim says whether, and of which chats, the page wants to know whom they could be given to; none: those ticked in My
// Chats.
func (e *Engine) Aim(open bool, chats []chat.ID) {
	e.post(func() {
		a := &e.aim
		if open == a.open && slices.Equal(chats, a.given) && (!open || slices.Equal(e.aimedAt(chats), a.chats)) {
			return
		}
		*a = aim{open: open, given: slices.Clone(chats), asked: a.asked, rounds: a.rounds + 1}
		e.dirtyStatus = true
		if open {
			a.chats = e.aimedAt(chats)
			e.askTargets()
		}
	})
}

// aimedAt are the chats that targets are wanted of, as many as one command takes.
func (e *Engine) aimedAt(chats []chat.ID) []chat.ID {
	if len(chats) == 0 {
		return e.idx.Selected(chat.MyList)
	}
	return chats[:min(len(chats), chat.MaxBatch)]
}

// askTargets asks the server, and has itself called again. While an answer is on its way nothing else is asked: it does
// not say what it answers.
func (e *Engine) askTargets() {
	a := &e.aim
	if !a.open || len(a.chats) == 0 {
		return
	}
	a.rounds++
	round := a.rounds
	time.AfterFunc(aimEvery, func() {
		e.post(func() {
			if e.aim.rounds == round {
				e.aim.asked = nil
				e.askTargets()
			}
		})
	})
	if a.asked == nil && e.rep.Online() && e.conn != 0 && e.conn != e.left {
		a.asked = a.chats
		up := wire.Aim{}
		for _, id := range a.chats {
			up.Chats = append(up.Chats, string(id))
		}
		e.cfg.Link.Send(e.conn, wire.Up{Aim: &up})
	}
}

// aimHeard takes the server's answer. What it says of chats that are not looked at any more is not shown.
func (e *Engine) aimHeard(t *wire.Targets) {
	a := &e.aim
	asked := a.asked
	a.asked = nil
	switch {
	case !a.open || asked == nil:
	case slices.Equal(asked, a.chats):
		a.heard, e.dirtyStatus = t, true
	default:
		e.askTargets()
	}
}

// aimLost is told that the connection has ended, or that there is another: what was asked on it is not answered.
func (e *Engine) aimLost() {
	e.aim.asked, e.aim.heard = nil, nil
	e.askTargets()
}

// targets is what the page wants to know; nil: nothing.
func (e *Engine) targets() *Targets {
	if !e.aim.open {
		return nil
	}
	var chats []*chat.Chat
	t := &Targets{Seq: e.seq, At: e.rep.DataAt(), given: e.aim.given}
	for _, id := range e.aim.chats {
		if c, ok := e.rep.Chat(id); ok {
			chats = append(chats, c)
			if len(t.Names) < 3 {
				t.Names = append(t.Names, e.rep.CustomerName(c.Customer))
			}
		}
	}
	t.Chats = len(chats)
	if h := e.aim.heard; h != nil && e.rep.Online() {
		t.Live, t.At = true, h.At
		t.Teams = e.heardTargets(h)
	} else {
		t.Teams = e.reckoned(chats)
	}
	for i := range t.Teams {
		to := &t.Teams[i]
		to.Own = len(chats) > 0 && !slices.ContainsFunc(chats, func(c *chat.Chat) bool { return c.Team != to.ID })
		slices.SortStableFunc(to.Agents, compareTargets)
	}
	slices.SortStableFunc(t.Teams, func(a, b TargetTeam) int {
		return cmp.Or(-compareBools(a.Own, b.Own), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return t
}

// compareTargets puts those that can be chosen first, then the least loaded.
func compareTargets(a, b TargetAgent) int {
	return cmp.Or(compareBools(a.Problem != nil, b.Problem != nil), cmp.Compare(a.Load, b.Load), cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.ID, b.ID))
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// heardTargets are those that the server has named.
func (e *Engine) heardTargets(h *wire.Targets) []TargetTeam {
	var l []TargetTeam
	for _, t := range h.Teams {
		to := TargetTeam{ID: chat.TeamID(t.Team), Name: e.rep.Team(chat.TeamID(t.Team)).Name, Problem: t.Problem.Problem()}
		for _, a := range h.Agents {
			if a.Team == t.Team {
				to.Agents = append(to.Agents, TargetAgent{chat.AgentID(a.Agent), e.rep.AgentName(chat.AgentID(a.Agent)), a.Load,
					a.Threshold, a.Problem.Problem()})
			}
		}
		l = append(l, to)
	}
	return l
}

// reckoned are the targets by what is known here, as the server would have them but for the loads (rules H1, H2).
func (e *Engine) reckoned(chats []*chat.Chat) []TargetTeam {
	var l []TargetTeam
	for _, t := range e.rep.Teams() {
		team := chat.TeamID(t.ID)
		queue := func(c *chat.Chat) *chat.Problem { return chat.MayQueue(c, e.sharing(c), team, t.Name) }
		if !slices.ContainsFunc(chats, func(c *chat.Chat) bool { return queue(c) == nil }) {
			continue
		}
		to := TargetTeam{ID: team, Name: t.Name, Problem: first(chats, queue)}
		for _, a := range e.rep.Agents() {
			if !a.Inactive && slices.Contains(a.Teams, t.ID) && !allAt(chats, team, chat.AgentID(a.ID)) {
				to.Agents = append(to.Agents, e.reckonedAgent(chats, &to, &a))
			}
		}
		l = append(l, to)
	}
	return l
}

func (e *Engine) reckonedAgent(chats []*chat.Chat, to *TargetTeam, a *wire.Agent) TargetAgent {
	r := &chat.Receiver{ID: chat.AgentID(a.ID), Name: a.Name, Teams: ids[chat.TeamID](a.Teams), Active: !a.Inactive,
		Available: a.Availability == string(chat.Available) && !a.Away, Load: -1, Threshold: a.Threshold}
	return TargetAgent{r.ID, r.Name, r.Load, r.Threshold, first(chats, func(c *chat.Chat) *chat.Problem {
		return chat.MayReceive(c, e.sharing(c), to.ID, to.Name, r)
	})}
}

// first is the problem of the first of the chats that has one.
func first(chats []*chat.Chat, problem func(*chat.Chat) *chat.Problem) *chat.Problem {
	for _, c := range chats {
		if p := problem(c); p != nil {
			return p
		}
	}
	return nil
}

// allAt reports whether an agent has all of the chats in a team already.
func allAt(chats []*chat.Chat, team chat.TeamID, id chat.AgentID) bool {
	return !slices.ContainsFunc(chats, func(c *chat.Chat) bool { return !chat.IsAt(c, team, id) })
}

func (e *Engine) sharing(c *chat.Chat) *chat.Sharing {
	a := e.rep.Asset(c.Asset)
	return &chat.Sharing{Team: chat.TeamID(a.Team), Shared: ids[chat.TeamID](a.Shared)}
}
