package engine

import (
	"strings"
	"time"

	"parley/backend/chat"
	"parley/backend/wire"
)

// draftPause is how long typing must rest before the agent's other devices are told.
const draftPause = 2 * time.Second

// draft is what is written in a chat and not sent, on this device or, as the server says, on another.
func (e *Engine) draft(id chat.ID) string {
	if text, here := e.out.Draft(id); here {
		return text
	}
	return e.rep.Draft(id).Text
}

// SaveDraft keeps what was written to the customer and not sent. seen is Thread.DraftSeen of what the text goes on
// from: what has come from another device since is not replaced.
func (e *Engine) SaveDraft(id chat.ID, text string, seen int64) {
	e.post(func() {
		e.out.SetDraft(id, cut(clean(text), maxDraft), e.seenDraft(id, seen))
		e.typed(id)
	})
}

// SaveNote keeps what was written for colleagues and not added, as SaveDraft does.
func (e *Engine) SaveNote(id chat.ID, text string, seen int64) {
	e.post(func() {
		e.out.SetNote(id, cut(clean(text), maxDraft), e.seenDraft(id, seen))
		e.typed(id)
	})
}

// seenDraft is the server's draft of a chat, of which no more was seen than the given revision.
func (e *Engine) seenDraft(id chat.ID, seen int64) wire.Draft {
	d := e.rep.Draft(id)
	d.Revision = min(d.Revision, seen)
	return d
}

// draftSaid throws away what was written in a chat, if all of it is in the words that were said. What is not, as of
// another device a moment ago, stays: the page says itself what it throws away.
func (e *Engine) draftSaid(c *chat.Command) {
	if strings.Contains(c.Text, strings.TrimSpace(e.draft(c.Chat))) {
		e.out.SetDraft(c.Chat, "", e.rep.Draft(c.Chat))
		e.syncDraft(c.Chat)
	}
}

// typed marks a chat whose draft is to be told when the typing rests.
func (e *Engine) typed(id chat.ID) {
	e.touch(id)
	e.typings++
	n := e.typings
	e.typing[id] = n
	time.AfterFunc(draftPause, func() {
		e.post(func() {
			if e.typing[id] == n {
				e.syncDraft(id)
			}
		})
	})
}

// syncDraft queues what the agent's other devices are to know of a chat's draft.
func (e *Engine) syncDraft(id chat.ID) {
	delete(e.typing, id)
	e.out.SyncDraft(id, e.envelope(chat.Command{Chat: id}), e.rep.Draft(id))
}

// syncDrafts does so for all drafts that rest.
func (e *Engine) syncDrafts() {
	for _, id := range e.out.Unsynced() {
		if e.typing[id] == 0 {
			e.syncDraft(id)
		}
	}
}

// heardDraft is told that the server's draft of a chat may be another one.
func (e *Engine) heardDraft(id chat.ID) {
	e.out.HeardDraft(e.rep.Draft(id))
	e.touch(id)
}

// draftEnded is told that a command with a chat's draft has ended. What was written meanwhile follows; what the
// server would not take is told again with its next change, or on the next connection.
func (e *Engine) draftEnded(id chat.ID, r *wire.Result) {
	e.heardDraft(id)
	if (r.Outcome == wire.Done || r.Outcome == wire.Nothing) && e.typing[id] == 0 {
		e.syncDraft(id)
	}
}
