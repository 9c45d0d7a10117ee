package engine

import (
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"parley/app/internal/outbox"
	"parley/app/view"
	"parley/backend/chat"
	"parley/backend/wire"
)

// Batch is a command of many chats, also of one, and what came of it.
type Batch struct {
	outbox.Ended // while it has not ended, without what came of it
	State        view.BatchState
}

// told is what is kept of a batch beside its command: what the page is to know of its chats when they are gone.
type told struct {
	customers map[chat.ID]string
	from      chat.ListName // whose ticked chats it is of; "": they were not ticked
}

// Transfer gives chats, those ticked in My Chats if none are named, to an agent of a team or to the team's queue. It
// returns when that is on the disk, or why it was not queued; whether it can be done, the server decides.
func (e *Engine) Transfer(chats []chat.ID, team chat.TeamID, agent chat.AgentID, note string) *chat.Problem {
	note = clean(note)
	return e.await(func(answer chan *chat.Problem) {
		var from chat.ListName
		if len(chats) == 0 {
			from, chats = chat.MyList, e.idx.Selected(chat.MyList)
		}
		cmd := chat.Command{Kind: chat.CmdTransfer, Team: team, Agent: agent, Text: note, Chats: e.places(chats)}
		if p := e.mayNotBatch(&cmd); p != nil {
			answer <- p
			return
		}
		e.waiters[e.addBatch(cmd, from).ID] = answer
	})
}

// mayNotBatch says why a command of many chats needs not be sent at all; nil: the server is to decide.
func (e *Engine) mayNotBatch(cmd *chat.Command) *chat.Problem {
	n := utf8.RuneCountInString(cmd.Text)
	switch {
	case len(cmd.Chats) == 0:
		return chat.NewProblem(chat.BadValue, "chats")
	case len(cmd.Chats) > chat.MaxBatch:
		return chat.NewProblem(chat.TooMany, strconv.Itoa(chat.MaxBatch))
	case n > chat.MaxText:
		return chat.NewProblem(chat.TooLong, strconv.Itoa(n), strconv.Itoa(chat.MaxText))
	case cmd.Kind == chat.CmdTransfer && e.rep.Team(cmd.Team).ID == "":
		return chat.NewProblem(chat.NotFound, "team")
	}
	return nil
}

// places are chats as they are seen, each once, without those that are not here and those that are being given away.
func (e *Engine) places(chats []chat.ID) []chat.Place {
	var l []chat.Place
	seen := map[chat.ID]bool{}
	for _, id := range chats {
		if c, ok := e.rep.Chat(id); ok && !seen[id] && !e.moving(id) {
			l = append(l, chat.Place{Chat: id, Assignment: c.Assignment})
		}
		seen[id] = true
	}
	return l
}

// moving reports whether a chat was asked to be picked, given away or closed already.
func (e *Engine) moving(id chat.ID) bool {
	return slices.ContainsFunc(e.out.Of(id), func(x *outbox.Entry) bool {
		k := x.Command.Kind
		return k == chat.CmdTransfer || k == chat.CmdPick || k == chat.CmdClose
	})
}

// addBatch queues a command of many chats. What was ticked for it is ticked no more, so that the list is free.
func (e *Engine) addBatch(cmd chat.Command, from chat.ListName) *outbox.Entry {
	t := told{customers: map[chat.ID]string{}, from: from}
	for _, p := range cmd.Chats {
		if c, ok := e.rep.Chat(p.Chat); ok {
			t.customers[p.Chat] = e.rep.CustomerName(c.Customer)
		}
		if from != "" {
			e.idx.Select(from, p.Chat, false)
		}
	}
	entry := e.add(cmd)
	e.batches.told[entry.ID] = t
	e.dirtyLists = true
	return entry
}

// PickSelected asks for the queued chats that are ticked.
func (e *Engine) PickSelected() {
	e.post(func() {
		cmd := chat.Command{Kind: chat.CmdPick, Chats: e.places(e.idx.Selected(chat.QueueList))}
		if e.mayNotBatch(&cmd) == nil {
			e.addBatch(cmd, chat.QueueList)
		}
	})
}

// Return gives a chat back to its team's queue, which is a transfer that can be undone.
func (e *Engine) Return(id chat.ID) {
	e.post(func() {
		c, ok := e.rep.Chat(id)
		if !ok || c.Assignee == "" || !e.may(chat.CmdTransfer, c) {
			return
		}
		cmd := chat.Command{Kind: chat.CmdTransfer, Team: c.Team, Chats: e.places([]chat.ID{id})}
		if len(cmd.Chats) > 0 {
			e.addBatch(cmd, "")
		}
	})
}

// Undo takes a transfer back that has ended, as far as the server still can.
func (e *Engine) Undo(id chat.CommandID) {
	e.post(func() {
		ended := e.out.Ended()
		i := slices.IndexFunc(ended, func(b *outbox.Ended) bool { return b.ID == id })
		if i < 0 || e.undoUntil(ended[i]) == 0 {
			return
		}
		b := ended[i]
		cmd := chat.Command{Kind: chat.CmdUndo, Of: id}
		for _, p := range b.Command.Chats {
			if !slices.ContainsFunc(b.Failed, func(f outbox.Failed) bool { return f.Chat == p.Chat }) {
				cmd.Chats = append(cmd.Chats, chat.Place{Chat: p.Chat, Assignment: p.Assignment + 1})
			}
		}
		e.batches.told[e.addBatch(cmd, "").ID] = told{customers: e.batches.told[id].customers}
	})
}

// undoUntil is up to when a batch can be undone; 0: it cannot, or no more.
func (e *Engine) undoUntil(b *outbox.Ended) int64 {
	undone := func(c *chat.Command) bool { return c.Kind == chat.CmdUndo && c.Of == b.ID }
	if nowMillis()+e.rep.Offset() > b.UndoUntil || e.out.Any(undone) ||
		slices.ContainsFunc(e.out.Ended(), func(x *outbox.Ended) bool { return undone(&x.Command) }) {
		return 0
	}
	return b.UndoUntil
}

// DismissBatch forgets a batch that has ended.
func (e *Engine) DismissBatch(id chat.CommandID) {
	e.post(func() {
		e.out.ForgetEnded(id)
		delete(e.batches.told, id)
		e.dirtyStatus = true
	})
}

// batches is what is kept here of the commands of many chats, which are the outbox's.
type batches struct {
	told  map[chat.CommandID]told
	again []again
}

// again are chats that are to be ticked again.
type again struct {
	in    chat.ListName
	chats []chat.ID
}

// isBatch reports whether a command is of many chats.
func isBatch(c *chat.Command) bool { return len(c.Chats) > 0 }

// allBatches are those of the outbox and those that have ended, in the order in which they were given.
func (e *Engine) allBatches() []Batch {
	var l []Batch
	for _, b := range e.out.Ended() {
		now := Batch{Ended: *b, State: view.BatchEnded}
		now.UndoUntil = e.undoUntil(b)
		l = append(l, now)
	}
	for _, entry := range e.out.Each(isBatch) {
		b := Batch{Ended: outbox.Ended{Entry: entry, To: e.targetName(&entry.Command)}, State: view.BatchQueued}
		if entry.Tried {
			b.State = view.BatchSent
		}
		l = append(l, b)
	}
	slices.SortStableFunc(l, func(a, b Batch) int { return int(min(max(a.Number-b.Number, -1), 1)) })
	return l
}

// targetName names whom the chats of a transfer go to, or went to, and of an undone one, had gone to.
func (e *Engine) targetName(c *chat.Command) string {
	if c.Kind == chat.CmdUndo {
		for _, b := range e.out.Ended() {
			if b.ID == c.Of {
				return b.To
			}
		}
	}
	if c.Agent != "" {
		return e.rep.AgentName(c.Agent)
	}
	return e.rep.Team(c.Team).Name
}

// batchEnded keeps what came of a command of many chats at the server time at; 0: that is not known. What failed is
// ticked again where it was.
func (e *Engine) batchEnded(entry *outbox.Entry, r *wire.Result, at int64) {
	b := &outbox.Ended{Entry: entry, To: e.targetName(&entry.Command)}
	t := e.batches.told[entry.ID]
	var failed []chat.ID
	for i, p := range entry.Command.Chats {
		problem := failure(r, i)
		if problem == nil {
			b.Done++
			continue
		}
		b.Failed = append(b.Failed, outbox.Failed{Chat: p.Chat, Customer: e.customerIn(p.Chat, &t), Problem: *problem})
		failed = append(failed, p.Chat)
	}
	e.tickAgain(entry.ID, failed)
	if entry.Command.Kind == chat.CmdTransfer && b.Done > 0 && at > 0 && r.Outcome == wire.Done {
		b.UndoUntil = at + int64(chat.UndoWithin)
		e.endUndo(b.UndoUntil)
	}
	if entry.Command.Kind == chat.CmdUndo {
		e.undone(entry.Command.Of)
	}
	e.out.KeepEnded(b)
	maps.DeleteFunc(e.batches.told, func(id chat.CommandID, _ told) bool { return !e.knownBatch(id) })
}

// undone has a transfer that was taken back, as far as it could be, offer that no more; where all had gone, it says
// nothing any more.
func (e *Engine) undone(id chat.CommandID) {
	ended := e.out.Ended()
	i := slices.IndexFunc(ended, func(b *outbox.Ended) bool { return b.ID == id })
	if i < 0 {
		return
	}
	b := *ended[i]
	b.UndoUntil = 0
	e.out.ForgetEnded(id)
	if len(b.Failed) > 0 {
		e.out.KeepEnded(&b)
	}
}

// knownBatch reports whether the page is told of a command of many chats.
func (e *Engine) knownBatch(id chat.CommandID) bool {
	_, waits := e.out.Find(id)
	return waits || slices.ContainsFunc(e.out.Ended(), func(b *outbox.Ended) bool { return b.ID == id })
}

// endUndo has the page told when a transfer cannot be undone any more.
func (e *Engine) endUndo(until int64) {
	left := until - e.rep.Offset() - nowMillis()
	time.AfterFunc(time.Duration(max(0, left)+1)*time.Millisecond, func() { e.post(func() { e.dirtyStatus = true }) })
}

// restoreBatches forgets, at a start, the ends that say nothing any more: all went, and it cannot be undone.
func (e *Engine) restoreBatches() {
	for _, b := range e.out.Ended() {
		switch until := e.undoUntil(b); {
		case until != 0:
			e.endUndo(until)
		case len(b.Failed) == 0:
			e.out.ForgetEnded(b.ID)
		}
	}
}

// failure is why the chat that is number i of a command stayed where it was; nil: it did not.
func failure(r *wire.Result, i int) *chat.Problem {
	outcome, problem := r.Outcome, r.Problem
	if i < len(r.Items) {
		outcome, problem = r.Items[i].Outcome, r.Items[i].Problem
	}
	if outcome == wire.Done || outcome == wire.Nothing {
		return nil
	}
	if p := problem.Problem(); p != nil {
		return p
	}
	return chat.NewProblem(chat.Internal)
}

// customerIn is the name of a chat's customer, also of one that has gone.
func (e *Engine) customerIn(id chat.ID, t *told) string {
	if c, ok := e.rep.Chat(id); ok {
		return e.rep.CustomerName(c.Customer)
	}
	return t.customers[id]
}

// batchDropped is told that a command will not be sent: the chats of a batch are ticked again.
func (e *Engine) batchDropped(entry *outbox.Entry) {
	var chats []chat.ID
	for _, p := range entry.Command.Chats {
		chats = append(chats, p.Chat)
	}
	e.tickAgain(entry.ID, chats)
	delete(e.batches.told, entry.ID)
}

// tickAgain has chats of a batch ticked where they were: all of one that was taken back, those that failed of one that
// has ended.
func (e *Engine) tickAgain(id chat.CommandID, chats []chat.ID) {
	if from := e.batches.told[id].from; from != "" {
		e.batches.again = append(e.batches.again, again{from, chats})
		e.dirtyLists = true
	}
}

// tick does so when the lists are up to date: ticks hold the rows that there are.
func (e *Engine) tick() {
	for _, a := range e.batches.again {
		for _, c := range a.chats {
			e.idx.Select(a.in, c, true)
		}
	}
	e.batches.again = nil
}
