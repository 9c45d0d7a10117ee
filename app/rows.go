package app

import (
	"slices"

	"parley/app/internal/engine"
	"parley/app/internal/inbox"
	"parley/app/view"
	"parley/backend/chat"
)

// maxPending is how many chats answer "why 7?".
const maxPending = 200

// rowsOf is the part of a list that is asked for; without rows if the page has them already.
func rowsOf(p *engine.Picture, ask view.ListAsk) view.Rows {
	list, seq, orders := p.MyView, p.MySeq, chat.MyOrders
	if ask.List == view.Queue {
		list, seq, orders = p.QueueView, p.QueueSeq, chat.QueueOrders
	}
	r := view.Rows{Seq: seq, List: ask.List, Total: list.Total, From: min(max(ask.From, 0), list.Total), Rows: []view.Row{},
		All: list.All, Order: string(list.Order), Orders: texts(orders), Filter: filter(&list.Filter), Searching: list.Searching,
		Moved: list.Moved, Selected: list.Selected, Selectable: list.Selectable}
	if seq == ask.Seq {
		return r
	}
	for _, it := range list.Rows(ask.From, min(ask.Count, maxRows)) {
		v := row(p, it.Item)
		v.Gone, v.GoneTo, v.Selected, v.Found = it.Gone, it.GoneTo, it.Selected, it.Found
		r.Rows = append(r.Rows, v)
	}
	return r
}

// texts makes what the page gets of words that are typed here; never nil.
func texts[T ~string](l []T) []string {
	to := make([]string, 0, len(l))
	for _, s := range l {
		to = append(to, string(s))
	}
	return to
}

func dots(l []chat.Dot) []string {
	to := texts(l)
	if i := slices.Index(to, string(chat.NoDot)); i >= 0 {
		to[i] = view.NoDot
	}
	return to
}

func filter(f *inbox.Filter) view.Filter {
	return view.Filter{Channels: texts(f.Channels), Dots: dots(f.Dots), Teams: texts(f.Teams), OnHold: f.OnHold, Query: f.Query}
}

func row(p *engine.Picture, it *inbox.Item) view.Row {
	c, me := &it.Chat, chat.AgentID(p.Status.Agent.ID)
	v := view.Row{
		ID: string(c.ID), Alias: c.Alias, Customer: it.Customer, Channel: string(c.Channel),
		Dot: string(chat.DotFor(c, me)), Unread: int(c.Unread), WaitingSince: int64(c.WaitingSince),
		LastInboundAt: int64(c.LastInboundAt), LastText: c.LastText, LastKind: string(c.LastKind),
		Priority: int(c.Priority), ReplyQueued: it.ReplyQueued, PickQueued: it.PickQueued, Draft: it.Draft,
		Status: string(c.Status), Tags: texts(c.Tags), ReleaseAt: int64(c.ReleaseAt), Queued: string(it.Queued), Extends: it.Extends,
	}
	team := p.Teams[c.Team]
	if len(p.Status.Agent.Teams) > 1 {
		v.Team = team.Name
	}
	if c.ReleaseAt != 0 {
		v.Period = int64(team.Settings.ReleaseMinutes) * 60_000
	}
	return v
}

// pending are the chats that the pending count counts, of all teams and whatever is filtered.
func pending(p *engine.Picture) view.Pending {
	v := view.Pending{Seq: p.ChatsSeq, Rows: []view.Row{}}
	for _, it := range inbox.Pending(p.My, chat.AgentID(p.Status.Agent.ID), maxPending) {
		v.Rows = append(v.Rows, row(p, it))
	}
	return v
}
