package engine

import (
	"slices"

	"parley/app/internal/inbox"
	"parley/app/view"
	"parley/backend/chat"
	"parley/backend/wire"
)

// Left says what became of a chat that is not here any more while its conversation is on the screen.
type Left struct {
	How  string // view.LeftClosed, view.LeftTaken, view.LeftAway
	By   string // who closed it or has it, by name; "": unknown, or a clock
	ByMe bool
	At   int64 // server time; 0: unknown
}

// departure is what is known of a chat that has left while it was looked at.
type departure struct {
	left  Left
	asked bool           // the server, on this connection, how it ended
	after []chat.Message // what it answered: the newest of its messages
}

// remains keeps a conversation that was looked at as it stood when its chat left, with what is still to be done about
// it here. was is the conversation as it was shown; where that is nothing, so is what remains.
func (e *Engine) remains(was, now *Thread) *Thread {
	if was == nil || was.Item == nil {
		return now
	}
	d := e.departed(now.Chat)
	e.askAfter(now.Chat, d)
	kept := *was
	kept.Seq, kept.Mine, kept.Actions, kept.More = now.Seq, false, nil, false
	kept.GoneTo, kept.Online, kept.Queued, kept.Decisions = now.GoneTo, now.Online, now.Queued, now.Decisions
	kept.Draft, kept.DraftKind, kept.DraftSeen = now.Draft, now.DraftKind, now.DraftSeen
	kept.Messages = continued(was.Messages, d.after)
	left := d.left
	if now.GoneTo != "" && left.How != view.LeftClosed {
		left.How, left.By = view.LeftTaken, now.GoneTo
	}
	kept.Left, kept.Item = &left, parted(was.Item, left.How)
	return &kept
}

// parted is a chat as it was, without what no longer holds when it has left: nothing waits to be done with it.
func parted(was *inbox.Item, how string) *inbox.Item {
	it := *was
	it.ReplyQueued, it.PickQueued, it.Extends, it.Queued = false, false, false, ""
	it.Chat.ReleaseAt = 0
	if how == view.LeftClosed {
		it.Chat.Status = chat.Closed
	}
	return &it
}

func (e *Engine) departed(id chat.ID) *departure {
	if e.departures[id] == nil {
		e.departures[id] = &departure{left: Left{How: view.LeftAway}}
	}
	return e.departures[id]
}

// askAfter asks the server for the end of a conversation whose chat is not here any more.
func (e *Engine) askAfter(id chat.ID, d *departure) {
	if d.asked {
		return
	}
	if up, ok := e.rep.MoreOfGone(id); ok {
		d.asked = true
		e.cfg.Link.Send(e.conn, up)
	}
}

// askAgain has asked anew on the next connection what was not answered on the one that is gone.
func (e *Engine) askAgain() {
	for _, d := range e.departures {
		d.asked = d.after != nil
	}
}

// heardAfter takes the end of such a conversation.
func (e *Engine) heardAfter(p *wire.Page) {
	d := e.departures[chat.ID(p.Chat)]
	if d == nil {
		return
	}
	d.after = nil
	for i := range p.Messages {
		d.after = append(d.after, p.Messages[i].Message())
	}
	for _, m := range slices.Backward(d.after) {
		if m.Line != nil && moves[m.Line.Code] {
			d.left.At = int64(m.At)
			if m.Line.Code == "closed" {
				name := ""
				if len(m.Line.Args) > 0 {
					name = m.Line.Args[0]
				}
				d.left = Left{How: view.LeftClosed, By: name, ByMe: d.left.ByMe, At: int64(m.At)}
			}
			break
		}
	}
	e.dirty[chat.ID(p.Chat)] = true
}

// moves are the lines of the history with which a chat comes or goes.
var moves = map[string]bool{"closed": true, "picked": true, "assigned": true, "transferred": true, "undone": true,
	"released": true, "returned": true, "queued": true, "reopened": true}

// closedHere notes that the agent has closed a chat at the server time at.
func (e *Engine) closedHere(id chat.ID, at int64) {
	if _, here := e.rep.Chat(id); !here && e.threads[id] != nil {
		e.departed(id).left = Left{How: view.LeftClosed, By: e.rep.Self().Name, ByMe: true, At: at}
	}
}

// forgetLeft forgets the conversation of a chat that is not here any more: it is not on the screen any more.
func (e *Engine) forgetLeft(id chat.ID) {
	if e.departures[id] != nil {
		e.drop(id)
	}
}

// drop takes a conversation out of memory and out of the next picture; looked at again, it begins anew.
func (e *Engine) drop(id chat.ID) {
	delete(e.departures, id)
	delete(e.threads, id)
	e.dropped[id], e.dirty[id] = true, true
}

// continued puts newer messages behind those kept, where they follow without a gap.
func continued(kept, after []chat.Message) []chat.Message {
	last := int64(0)
	if len(kept) > 0 {
		last = kept[len(kept)-1].Number
	}
	i := slices.IndexFunc(after, func(m chat.Message) bool { return m.Number == last+1 })
	if i < 0 {
		return kept
	}
	return append(slices.Clone(kept), after[i:]...)
}
