//go:build e2e && linux

package crashtest

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"

	"parley/app/view"
	"parley/backend/chat"
	"parley/backend/internal/desk"
)

// tally is what became of the promises.
type tally struct {
	inbound, files   int
	replies, notes   int
	drafts           int // chats with one
	unpromised       int // replies that are there although nobody was told so: the console ended before it could
	held             int // replies that were held and then sent anew
	unsent, unproven int // uncertain ones that the vendor never saw, and that it took and said nothing of
}

// check compares every promise with the database and with what the vendor took.
func (w *world) check(s *state, decisions []view.Decision) tally {
	w.t.Helper()
	var n tally
	w.checkNumbers(s)
	w.checkInbound(s, &n)
	w.checkReplies(s, decisions, &n)
	w.checkDrafts(s, &n)
	w.checkTokens(s)
	w.checkVendor(s)
	return n
}

// checkNumbers: a chat's messages are numbered from 1 without a gap, and the chat counts the customer's.
func (w *world) checkNumbers(s *state) {
	for _, c := range s.chats {
		inbounds := int64(0)
		for i, m := range s.messages[c.ID] {
			if m.Kind == chat.Inbound {
				inbounds++
			}
			if m.Number != int64(i)+1 || m.Inbounds != inbounds {
				w.wrong("message %d of chat %s has number %d and counts %d of the customer's, not %d", i+1, c.ID, m.Number, m.Inbounds, inbounds)
			}
		}
		if len(s.messages[c.ID]) != int(c.LastNumber) || c.InboundCount != inbounds {
			w.wrong("chat %s has %d messages and says %d", c.ID, len(s.messages[c.ID]), c.LastNumber)
		}
	}
}

// checkInbound: a message whose webhook was answered 200 is there once, with its file; nothing else is.
func (w *world) checkInbound(s *state, n *tally) {
	times := map[string]int{}
	for _, all := range s.messages {
		for i := range all {
			if all[i].Kind == chat.Inbound {
				times[all[i].Text]++
			}
		}
	}
	for _, said := range w.ledger.saidSoFar() {
		text := said.message.Content.Text
		m, found := s.byVendor[said.message.ID]
		switch {
		case said.acked && (!found || times[text] != 1):
			w.wrong("the vendor was told that we have %q, and it is there %d times (by its id: %v)", text, times[text], found)
		case times[text] > 1:
			w.wrong("%q is there %d times", text, times[text])
		}
		n.inbound += times[text]
		if f := said.message.Content.File; f != nil && found {
			n.files++
			w.checkFile(&m, f.Data)
		}
		delete(times, text)
	}
	for text := range times {
		w.wrong("%q is there, and no customer wrote it", text)
	}
}

func (w *world) checkFile(m *chat.Message, data []byte) {
	if len(m.Attachments) != 1 || m.Attachments[0].State != chat.MediaReady {
		w.wrong("the file of %q was not fetched", m.Text)
		return
	}
	got, err := os.ReadFile(filepath.Join(w.data, "media", string(m.Attachments[0].ID)))
	if err != nil || !bytes.Equal(got, data) {
		w.wrong("the file of %q is not what the customer sent: %v", m.Text, err)
	}
}

// checkDrafts: a chat's draft is the last that the agent was sure of, or a later one.
func (w *world) checkDrafts(s *state, n *tally) {
	w.ledger.set(func() {
		for id, all := range w.ledger.drafts {
			is := s.drafts[chat.ID(id)]
			if !slices.ContainsFunc(all, func(t typed) bool { return t.text == is }) {
				w.wrong("the draft of chat %s is %q, and not one of %v", id, is, all)
			}
			if w.ledger.drafts[id] = []typed{{text: is}}; is != "" {
				n.drafts++
			}
		}
		for id := range s.drafts {
			if w.ledger.drafts[string(id)] == nil {
				w.wrong("chat %s has a draft, and nobody wrote one", id)
			}
		}
	})
}

// checkReplies: a reply or note that was acknowledged is there once or waits for a decision; one that was refused is not.
func (w *world) checkReplies(s *state, decisions []view.Decision, n *tally) {
	there := map[string][]chat.Message{}
	commands := map[chat.CommandID]bool{}
	for _, all := range s.messages {
		for _, m := range all {
			if m.Kind != chat.Reply && m.Kind != chat.Note {
				continue
			}
			if there[m.Text] = append(there[m.Text], m); commands[m.Command] {
				w.wrong("a command has made two messages")
			}
			commands[m.Command] = true
		}
	}
	waiting := map[string]int{}
	for _, d := range decisions {
		waiting[d.Text]++
	}
	w.ledger.set(func() {
		for text, r := range w.ledger.replies {
			w.checkReply(s, r, there[text], waiting[text], n)
			delete(there, text)
		}
	})
	for text := range there {
		w.wrong("%q is there, and the agent did not write it", text)
	}
}

func (w *world) checkReply(s *state, r *reply, there []chat.Message, waiting int, n *tally) {
	places := len(there) + waiting
	switch {
	case places > 1, r.acked && places == 0, r.refused && places > 0:
		w.wrong("%v is there %d times and waits for a decision %d times", r, len(there), waiting)
	case r.taken > 1, r.taken > 0 && len(there) == 0:
		w.wrong("%v went to the vendor", r)
	case !r.acked && places == 1:
		n.unpromised++
	}
	if r.decided {
		n.held++
	}
	for i := range there {
		if r.note {
			n.notes++
			w.checkNote(s, &there[i], r)
			continue
		}
		n.replies++
		w.checkState(&there[i], r, s.outgoing[there[i].ID].State, n)
	}
}

// checkNote: a note stays in the house.
func (w *world) checkNote(s *state, m *chat.Message, r *reply) {
	if _, goes := s.outgoing[m.ID]; goes || m.Kind != chat.Note || r.taken > 0 || string(m.Chat) != r.chat {
		w.wrong("%v is a %s of chat %s, and is to go to the vendor: %v", r, m.Kind, m.Chat, goes)
	}
}

// checkState: what the vendor has said of a reply holds; one of which nobody knows is uncertain, and is not sent.
func (w *world) checkState(m *chat.Message, r *reply, way desk.OutgoingState, n *tally) {
	switch {
	case m.State == chat.Uncertain && way == desk.OutUnclear && r.taken == 0:
		n.unsent++
	case m.State == chat.Uncertain && way == desk.OutUnclear && r.silent:
		n.unproven++
	case r.taken == 1 && way == desk.OutDone && (r.silent && m.State == chat.Sent || !r.silent && m.State == chat.Seen):
	default:
		w.wrong("%v is %s, and its way to the vendor %s", r, m.State, way)
	}
	if string(m.Chat) != r.chat {
		w.wrong("%v is in chat %s", r, m.Chat)
	}
}

// checkVendor: the vendor was given each reply at most once, under its own name, and those of a chat in the order in
// which they were written.
func (w *world) checkVendor(s *state) {
	numbers := map[string]*chat.Message{}
	for _, c := range s.chats {
		w.checkOrder(s.messages[c.ID])
		for i := range s.messages[c.ID] {
			m := &s.messages[c.ID][i]
			numbers[string(m.ID)] = m
		}
	}
	last := map[chat.ID]int64{}
	asked := map[string]bool{}
	for _, got := range w.whatsapp.Received() {
		m := numbers[got.Callback]
		switch {
		case m == nil || m.Text != got.Text:
			w.wrong("the vendor took %q under another name", got.Text)
			continue
		case asked[got.Callback]:
			w.wrong("the vendor was asked twice to send %q", got.Text)
		case m.Number <= last[m.Chat]:
			w.wrong("the vendor took %q after a later one", got.Text)
		}
		asked[got.Callback], last[m.Chat] = true, m.Number
	}
}

// checkOrder: replies and notes stand in the order of writing, but for those that waited for a decision.
func (w *world) checkOrder(all []chat.Message) {
	w.ledger.set(func() {
		var orders []int
		for i := range all {
			if r := w.ledger.replies[all[i].Text]; r != nil && !r.decided {
				orders = append(orders, r.order)
			}
		}
		if !slices.IsSorted(orders) {
			w.wrong("replies stand in another order than they were written: %v", orders)
		}
	})
}
