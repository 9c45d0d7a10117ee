package engine

import (
	"time"

	"parley/app/internal/record"
	"parley/app/internal/replica"
	"parley/backend/chat"
	"parley/backend/crash"
	"parley/backend/wire"
)

// fromLink is called on the link's goroutine. It waits while the disk is behind, so that the socket is not read.
func (e *Engine) fromLink(ev LinkEvent) {
	e.disk.wait()
	e.post(func() { e.linkEvent(ev) })
}

func (e *Engine) linkEvent(ev LinkEvent) {
	switch ev := ev.(type) {
	case Planned:
		e.nextTry, e.dirtyStatus = ev.At, true
	case Connected:
		e.conn = ev.Conn
		e.step(replica.Connected{Device: e.out.Device(), Unconfirmed: e.out.Unconfirmed(), App: e.cfg.App})
	case Received:
		if ev.Conn == e.conn && ev.Conn != e.left {
			e.step(replica.Received{Down: ev.Down})
		}
	case Disconnected:
		if ev.Conn != e.conn && ev.Conn != 0 {
			return
		}
		e.cfg.Log.Info("not connected", "code", ev.Code, "err", ev.Err)
		e.conn, e.faults.stranger = 0, ev.Stranger
		e.askAgain()
		e.refusing(ev.Problem)
		e.out.Disconnected()
		e.step(replica.Disconnected{Code: ev.Code})
		e.touchThreads()
		e.aimLost()
		if ev.Code == wire.CloseRevoked && e.leaving != "" {
			e.revoked()
		}
	}
}

// touchThreads marks the conversations as changed: what they say of the connection, and what they lack and is to
// be asked for on it.
func (e *Engine) touchThreads() {
	for id := range e.threads {
		e.dirty[id] = true
	}
}

// step gives the replica an input and does what follows from it. The frame goes to the disk before the end of the
// commands that it answers, so that a crash between the two only makes the result come again.
func (e *Engine) step(in replica.Input) {
	was := e.rep.Self()
	eff := e.rep.Step(nowMillis(), in)
	e.dirtyStatus = true
	for id := range eff.Chats {
		e.dirty[id] = true
	}
	e.disk.save(record.Cache, eff.Batch, nil)
	for _, up := range eff.Up {
		e.cfg.Link.Send(e.conn, up)
	}
	if eff.Welcome != nil {
		e.welcomed(eff.Welcome, &was)
	}
	if eff.Refetch > 0 {
		e.out.Refetch(eff.Refetch, newCommandID)
	}
	e.tellNews(eff.News)
	for _, r := range eff.Results {
		e.answered(r, eff.ResultsAt)
	}
	for _, id := range eff.Drafts {
		e.heardDraft(id)
	}
	if eff.After != nil {
		e.heardAfter(eff.After)
	}
	e.heardOf(eff)
	if eff.Reconnect != nil {
		e.cfg.Log.Warn("the connection is made anew", "why", eff.Reconnect.Why, "mismatches", e.rep.Mismatches())
		e.reconnect(time.Duration(eff.Reconnect.WaitMillis) * time.Millisecond)
	}
}

// heardOf does what concerns the connection, the lists as such and the company, and not the chats.
func (e *Engine) heardOf(eff *replica.Effects) {
	if eff.Orders {
		e.sortLists()
	}
	if eff.Targets != nil {
		e.aimHeard(eff.Targets)
	}
	if eff.Company {
		e.dirtyCompany = true
		e.touchThreads()
	}
	if eff.Token != nil {
		e.tokenOffered(eff.Token)
	}
	if eff.Restored {
		e.serverRestored()
	}
	if eff.Welcome != nil {
		e.faults.stranger = false
	}
	if phase, _ := e.rep.Phase(); phase == replica.Current && e.out.Len() == 0 {
		e.faults.server = ""
	}
}

func (e *Engine) reconnect(wait time.Duration) {
	e.left = e.conn
	e.out.Disconnected()
	e.cfg.Link.Reconnect(wait)
}

// welcomed is told that the server has let the console in; was is the agent before.
func (e *Engine) welcomed(w *wire.Welcome, was *wire.Agent) {
	if e.idxOf != e.rep.Me() {
		e.everything()
	}
	e.touchThreads()
	e.aimLost()
	if e.out.Welcomed(chat.AgentID(w.Agent.ID), w.LastCommand, newCommandID) {
		e.syncDrafts()
		return
	}
	e.cfg.Log.Warn("the outbox was another agent's: its replies are kept for a decision", "commands", e.out.Len())
	name := ""
	if was.ID == string(e.out.Agent()) {
		name = was.Name
	}
	e.out.Disown(newDevice(), chat.AgentID(w.Agent.ID), *chat.NewProblem(chat.OtherAgent, name))
	e.reconnect(0)
}

// answered ends a command that took effect at the server time at; 0: that is not known.
func (e *Engine) answered(r *wire.Result, at int64) {
	a := e.out.Answer(r)
	if a.Entry == nil {
		return
	}
	crash.Point(crash.OutboxAnswered)
	c := &a.Entry.Command
	e.touchAll(c)
	if a.Decision {
		e.notRetried(a.Entry.ID)
	}
	switch known := e.answeredTo(a.Entry.ID, r); {
	case a.Entry.ID == e.leaving:
		e.leftLate(a.Notice)
	case c.Kind == chat.CmdDraft:
		e.draftEnded(c.Chat, r)
	case c.Kind == chat.CmdOrder:
		e.sortLists()
	case isBatch(c):
		e.batchEnded(a.Entry, r, at)
	case c.Kind == chat.CmdClose && a.Notice == nil:
		e.closedHere(c.Chat, at)
	case a.Notice != nil && !known:
		e.addNotice(c, a.Entry.Customer, *a.Notice)
	}
}

func (e *Engine) addNotice(c *chat.Command, customer string, p chat.Problem) {
	e.lastID++
	notices := append([]Notice{}, e.notices...)
	notices = append(notices, Notice{ID: e.lastID, Chat: c.Chat, Customer: customer, Command: c.Kind, Problem: p})
	e.notices = notices[max(0, len(notices)-maxNotices):]
}

// sendNext sends the commands that may go out now.
func (e *Engine) sendNext() {
	if e.conn == 0 || e.conn == e.left {
		return
	}
	for _, c := range e.out.Next(nowMillis()) {
		e.cfg.Link.Send(e.conn, wire.Up{Command: &c})
	}
}

// saveOutbox begins a transaction of the outbox file if there is something to write and none is under way. What
// comes meanwhile goes into the next one together.
func (e *Engine) saveOutbox() {
	if e.saving {
		return
	}
	if b := e.out.Take(); len(b) > 0 {
		e.saving = true
		e.disk.save(record.Outbox, b, e.outboxSaved)
	}
}

func (e *Engine) outboxSaved(err error) {
	for id := range e.out.Writing() {
		e.dirty[id] = true
	}
	e.dirtyStatus = true
	if err != nil {
		e.refuse(err)
		time.AfterFunc(saveAgain, func() { e.post(func() { e.saving = false }) })
		return
	}
	e.saving = false
	e.out.Saved()
	for id, ch := range e.waiters {
		if e.out.OnDisk(id) {
			ch <- nil
			delete(e.waiters, id)
		}
	}
}

// refuse tells whoever waits that their command could not be kept. The words stay as drafts, also beside one that
// has been begun; only whoever waits has them still.
func (e *Engine) refuse(err error) {
	for _, d := range e.out.Failed() {
		c := &d.Command
		e.touchAll(c)
		e.notRetried(d.ID)
		e.batchDropped(d.Entry)
		p, ch := diskProblem(err), e.waiters[d.ID]
		if draft := e.draft(c.Chat); d.Lost && (draft == "" || ch == nil) {
			e.out.PutBefore(c.Chat, d.Kind, c.Text, e.rep.Draft(c.Chat))
		}
		switch {
		case ch != nil:
			ch <- p
			delete(e.waiters, d.ID)
		case e.awaited[d.ID] != nil:
			e.awaited[d.ID] <- p
			delete(e.awaited, d.ID)
		case c.Kind == chat.CmdOrder:
			e.sortLists()
		case d.Told():
			e.addNotice(c, d.Customer, *p)
		}
	}
}
