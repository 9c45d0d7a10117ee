package app

import (
	"parley/app/internal/engine"
	"parley/app/internal/inbox"
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
	patch := view.Patch{Status: []view.Status{}, Rows: []view.Rows{}, Thread: []view.Thread{}}
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
	return patch
}

func (c *Console) status(p *engine.Picture) view.Status {
	s := &p.Status
	v := view.Status{
		Seq: p.StatusSeq, Phase: view.Phase(s.Phase), Since: s.Since, DataAt: s.DataAt, ClockOffset: s.Offset,
		Demo: c.demo, Server: c.server, Keychain: c.keychain, Troubles: []view.Trouble{}, NextTryAt: s.NextTryAt, AgentID: s.Agent.ID,
		AgentName: s.Agent.Name, Available: s.Available, Held: s.Counts.Held, Pending: s.Counts.Pending,
		Waiting: s.Counts.Waiting, Badge: engine.Badge(s.Counts.Pending), QueueTotal: len(p.Queue), Title: s.Title,
		Outbox: s.Outbox, Queued: []view.Queued{}, Notices: []view.Notice{}, Decisions: []view.Decision{},
		PendingIDs: []string{},
		LastChat:   string(s.LastChat),
	}
	for _, t := range s.Troubles {
		v.Troubles = append(v.Troubles, view.Trouble{Code: view.TroubleCode(t.Code), Args: append([]string{}, t.Args...)})
	}
	for _, e := range s.Queued {
		v.Queued = append(v.Queued, queued(e))
	}
	for _, n := range s.Notices {
		v.Notices = append(v.Notices, view.Notice{ID: n.ID, Chat: string(n.Chat), Command: string(n.Command),
			Problem: problem(n.Problem)})
	}
	for _, d := range s.Decisions {
		v.Decisions = append(v.Decisions, decision(d))
	}
	for _, id := range s.Pending {
		v.PendingIDs = append(v.PendingIDs, string(id))
	}
	return v
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

func rowsOf(p *engine.Picture, ask view.ListAsk) view.Rows {
	list, seq := p.My, p.MySeq
	if ask.List == view.Queue {
		list, seq = p.Queue, p.QueueSeq
	}
	r := view.Rows{Seq: seq, List: ask.List, Total: len(list), From: min(max(ask.From, 0), len(list)), Rows: []view.Row{}}
	if seq == ask.Seq {
		return r
	}
	for _, it := range inbox.Window(list, ask.From, min(ask.Count, maxRows)) {
		r.Rows = append(r.Rows, row(it, chat.AgentID(p.Status.Agent.ID)))
	}
	return r
}

func row(it *inbox.Item, me chat.AgentID) view.Row {
	c := &it.Chat
	return view.Row{
		ID: string(c.ID), Alias: c.Alias, Customer: it.Customer, Channel: string(c.Channel),
		Dot: string(chat.DotFor(c, me)), Unread: int(c.Unread), WaitingSince: int64(c.WaitingSince),
		LastInboundAt: int64(c.LastInboundAt), LastText: c.LastText, LastKind: string(c.LastKind),
		Priority: int(c.Priority), ReplyQueued: it.ReplyQueued, PickQueued: it.PickQueued, Draft: it.Draft,
	}
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
