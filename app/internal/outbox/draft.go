package outbox

import (
	"slices"
	"strings"
	"unicode/utf8"

	"parley/backend/chat"
	"parley/backend/wire"
)

// draft is what the agent has written in a chat on this device and the server has not confirmed. What it has
// confirmed is replica's, and is shown where there is none here (Q11).
type draft struct {
	text string
	note bool  // it is for colleagues (Q17)
	base int64 // the revision of the agent's draft that it was written upon
	// edited: it was changed since the last command with it, or the server did not take that.
	edited bool
	sent   string // the text of the last command with it that has ended
}

// Draft returns what this device has of a chat's draft; false: it has nothing that the server has not confirmed.
func (q *Queue) Draft(id chat.ID) (text string, here bool) {
	d, here := q.drafts[id]
	return d.text, here
}

// DraftKind says whom a chat's draft is for: chat.Reply or chat.Note.
func (q *Queue) DraftKind(id chat.ID) chat.Kind {
	if q.drafts[id].note {
		return chat.Note
	}
	return chat.Reply
}

// Seen is the revision of the agent's draft that is in what is shown of a chat's, where the server has on.
func (q *Queue) Seen(id chat.ID, on wire.Draft) int64 {
	if d, here := q.drafts[id]; here {
		return d.base
	}
	return on.Revision
}

// SetDraft keeps what the agent has written to the customer of a chat; on is the draft that the server was known to
// have, with the revision that the agent had seen of it: a newer one is not replaced (rule W3).
func (q *Queue) SetDraft(id chat.ID, text string, on wire.Draft) { q.setDraft(id, text, false, on) }

// SetNote keeps what the agent has written in a chat for colleagues. It stays on this device (Q17).
func (q *Queue) SetNote(id chat.ID, text string, on wire.Draft) { q.setDraft(id, text, text != "", on) }

func (q *Queue) setDraft(id chat.ID, text string, note bool, on wire.Draft) {
	d, here := q.drafts[id]
	switch {
	case d.note == note && (here && d.text == text || !here && on.Text == text):
		return
	case !here:
		d.base = on.Revision
	}
	d.base = min(d.base, on.Revision)
	d.text, d.note, d.edited = text, note, true
	q.keep(id, d)
}

// PutBack puts words behind what is in a chat's draft. With a part of it for colleagues all of it is.
func (q *Queue) PutBack(id chat.ID, kind chat.Kind, text string, on wire.Draft) {
	q.setDraft(id, Joined(q.shown(id, on), text), kind == chat.Note || q.drafts[id].note, on)
}

// PutBefore puts words before what is in a chat's draft.
func (q *Queue) PutBefore(id chat.ID, kind chat.Kind, text string, on wire.Draft) {
	q.setDraft(id, Joined(text, q.shown(id, on)), kind == chat.Note || q.drafts[id].note, on)
}

// shown is a chat's draft as it is shown, where the server has on.
func (q *Queue) shown(id chat.ID, on wire.Draft) string {
	if text, here := q.Draft(id); here {
		return text
	}
	return on.Text
}

func (q *Queue) keep(id chat.ID, d draft) {
	q.drafts[id] = d
	q.touch(bucketDrafts, string(id))
}

func (q *Queue) forgetDraft(id chat.ID) {
	delete(q.drafts, id)
	q.touch(bucketDrafts, string(id))
}

// OnlyHere returns in how many chats something is written that the server has not confirmed.
func (q *Queue) OnlyHere() (n int) {
	for _, d := range q.drafts {
		if d.text != "" {
			n++
		}
	}
	return n
}

// Unsynced returns the chats whose drafts the server is to be told of, by id.
func (q *Queue) Unsynced() []chat.ID {
	var ids []chat.ID
	for id, d := range q.drafts {
		if d.edited && !d.note {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// SyncDraft queues the command that tells the server of a chat's draft, if there is one to tell of: e without its
// command; on is the draft that the server is known to have. One that was not sent is replaced; while one may be on
// its way nothing is added, as only its end tells what it was put together with (Q11): call it again then.
func (q *Queue) SyncDraft(id chat.ID, e Entry, on wire.Draft) {
	d, under := q.drafts[id], q.draftUnderWay(id)
	switch {
	case !d.edited, d.note, utf8.RuneCountInString(d.text) > chat.MaxDraft, under != nil && under.Tried:
		return
	case under == nil && d.text == on.Text:
		q.forgetDraft(id)
		return
	}
	d.edited = false
	q.keep(id, d)
	e.Command = chat.Command{Kind: chat.CmdDraft, Chat: id, Base: d.base, Text: d.text}
	if under == nil {
		q.Add(e)
		return
	}
	merged := *under
	merged.Command = e.Command
	q.put(&merged)
}

// draftUnderWay returns the command with a chat's draft that has no result; nil: there is none.
func (q *Queue) draftUnderWay(id chat.ID) *Entry {
	i := slices.IndexFunc(q.entries, func(e *Entry) bool {
		return e.Command.Kind == chat.CmdDraft && e.Command.Chat == id
	})
	if i < 0 {
		return nil
	}
	return q.entries[i]
}

// draftEnded is told that a command with a draft has ended; taken: the server has it.
func (q *Queue) draftEnded(c *chat.Command, taken bool) {
	d, here := q.drafts[c.Chat]
	switch {
	case !here:
	case !taken:
		d.edited = true
		q.keep(c.Chat, d)
	case d.edited:
		d.sent = c.Text
		q.drafts[c.Chat] = d
	default:
		q.forgetDraft(c.Chat)
	}
}

// HeardDraft is told of the agent's draft that the server has now, after the results that came with it. Where it is
// what this device sent, and was written on here since, what is here goes on from it; where the server has put words
// of another device before ours (it is no one device's then), these come before what is here (Q12). Of another
// device's draft the server is to find out what is new in it, by the old base.
func (q *Queue) HeardDraft(on wire.Draft) {
	id := chat.ID(on.Chat)
	d, here := q.drafts[id]
	if !here || on.Revision <= d.base || q.draftUnderWay(id) != nil {
		return
	}
	theirs, both := strings.CutSuffix(on.Text, "\n"+d.sent)
	switch {
	case both && d.sent != "" && on.Device == "":
		d.text = Joined(theirs, d.text)
	case on.Device != string(q.device):
		return
	}
	d.base = on.Revision
	q.keep(id, d)
}

// Joined puts two pieces of the agent's words together, each on lines of its own.
func Joined(first, then string) string {
	if first == "" || then == "" {
		return first + then
	}
	return first + "\n" + then
}
