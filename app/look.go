package app

import (
	"cmp"
	"slices"

	"parley/app/internal/engine"
	"parley/app/internal/outbox"
	"parley/app/view"
	"parley/backend/chat"
)

// Limits of what one Look answers.
const (
	maxRows     = 200
	maxMessages = 5000
	maxPatch    = 96 << 10 // bytes of messages, roughly, for the first 100 messages; the newest are always there
	morePatch   = 1 << 10  // and so much for each further one, so that scrolling up always brings some
)

// Look answers with the parts of ask that the page does not have. It never waits for disk or network: a
// conversation that is not in memory yet is left out, and "changed" follows when it is.
func (c *Console) Look(ask view.Ask) view.Patch {
	p := c.engine.Picture()
	patch := view.Patch{Status: []view.Status{}, Rows: []view.Rows{}, Thread: []view.Thread{},
		Targets: []view.Targets{}, Company: []view.Company{}, Pending: []view.Pending{}}
	if ask.Status != p.StatusSeq {
		patch.Status = append(patch.Status, c.status(p))
	}
	if rows := rowsOf(p, ask.List); rows.Seq != ask.List.Seq {
		patch.Rows = append(patch.Rows, rows)
	}
	if id := chat.ID(ask.Thread.Chat); id != "" {
		c.engine.Watch(id)
		if t := p.Threads[id]; t != nil && t.Seq != ask.Thread.Seq {
			patch.Thread = append(patch.Thread, threadOf(p, t, ask.Thread.Count))
		}
	}
	c.lookAtDialogs(&ask, p, &patch)
	return patch
}

// lookAtDialogs answers with what is open besides a list and a conversation.
func (c *Console) lookAtDialogs(ask *view.Ask, p *engine.Picture, patch *view.Patch) {
	var chats []chat.ID
	for _, id := range ask.Targets.Chats {
		chats = append(chats, chat.ID(id))
	}
	if ask.Targets.Open || p.Targets != nil {
		c.engine.Aim(ask.Targets.Open, chats)
	}
	if ask.Company.Open || p.Company != nil {
		c.engine.Company(ask.Company.Open)
	}
	if ask.Targets.Open && p.Targets != nil && p.Targets.Seq != ask.Targets.Seq && p.Targets.Of(chats) {
		patch.Targets = append(patch.Targets, targets(p.Targets))
	}
	if ask.Company.Open && p.Company != nil && p.Company.Seq != ask.Company.Seq {
		patch.Company = append(patch.Company, company(p.Company))
	}
	if ask.Pending.Open && p.ChatsSeq != ask.Pending.Seq {
		patch.Pending = append(patch.Pending, pending(p))
	}
}

func (c *Console) status(p *engine.Picture) view.Status {
	s := &p.Status
	v := view.Status{
		Seq: p.StatusSeq, Phase: view.Phase(s.Phase), Since: s.Since, DataAt: s.DataAt, ClockOffset: s.Offset,
		Demo: c.demo, Server: c.server, Troubles: []view.Trouble{}, NextTryAt: s.NextTryAt, AgentID: s.Agent.ID,
		AgentName: s.Agent.Name, Available: s.Available, Held: s.Counts.Held, Pending: s.Counts.Pending,
		Waiting: s.Counts.Waiting, Badge: engine.Badge(s.Counts.Pending), QueueTotal: p.QueueOpen, Title: s.Title,
		Drafts: s.Drafts, Outbox: s.Outbox, Queued: []view.Queued{}, Notices: []view.Notice{}, Decisions: []view.Decision{},
		LastChat: string(s.LastChat), Batches: []view.Batch{}, Teams: teams(p), Admin: chat.Role(s.Agent.Role) == chat.Admin,
		Channels: append([]string{}, p.Channels...),
	}
	if k := c.keychain.Load(); k != nil {
		v.Keychain = string(*k)
	}
	for _, t := range s.Troubles {
		v.Troubles = append(v.Troubles, view.Trouble{Code: view.TroubleCode(t.Code), Args: append([]string{}, t.Args...)})
	}
	for _, e := range s.Queued {
		v.Queued = append(v.Queued, queued(e))
	}
	for _, n := range s.Notices {
		v.Notices = append(v.Notices, view.Notice{ID: n.ID, Chat: string(n.Chat), Customer: n.Customer, Command: string(n.Command),
			Problem: problem(n.Problem)})
	}
	for _, d := range s.Decisions {
		v.Decisions = append(v.Decisions, decision(d))
	}
	for i := range s.Batches {
		v.Batches = append(v.Batches, batch(&s.Batches[i]))
	}
	return v
}

// teams are the agent's by name: those that the agent is in, and those that the agent manages.
func teams(p *engine.Picture) []view.Team {
	l := []view.Team{}
	for id, t := range p.Teams {
		in, manages := slices.Contains(p.Status.Agent.Teams, t.ID), p.Status.Manages[id]
		if in || manages {
			l = append(l, view.Team{ID: t.ID, Name: t.Name, Manages: manages})
		}
	}
	slices.SortFunc(l, func(a, b view.Team) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return l
}

func queued(e *outbox.Entry) view.Queued {
	return view.Queued{Command: string(e.ID), Kind: string(e.Command.Kind), Chat: string(e.Command.Chat),
		Customer: e.Customer, Text: e.Command.Text, At: e.WrittenAt, Sent: e.Tried, Cancellable: e.Cancellable()}
}

func decision(d engine.Decision) view.Decision {
	v := view.Decision{Command: string(d.ID), Kind: string(d.Kind), Chat: string(d.Chat), Customer: d.Customer,
		Text: d.Text, At: d.At, Problem: problem(d.Problem), Answers: []view.Answer{}, Sending: d.Answer != ""}
	for _, a := range d.Answers {
		v.Answers = append(v.Answers, view.Answer{Choice: view.Choice(a.Choice), Picks: a.Picks, Problem: problems(a.Problem)})
	}
	return v
}

// problems is none or one.
func problems(p *chat.Problem) []view.Problem {
	if p == nil {
		return []view.Problem{}
	}
	return []view.Problem{problem(*p)}
}

func problem(p chat.Problem) view.Problem {
	return view.Problem{Kind: int(p.Kind), Args: append([]string{}, p.Args...)}
}
