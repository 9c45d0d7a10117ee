package desk

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"parley/backend/chat"
)

// takeNote appends an agent's words for colleagues (rule W1).
func (d *decision) takeNote(me *Agent, cmd *FromAgent) ending {
	text, why := said(cmd.Text, chat.MaxText)
	c, ok := d.chat(cmd.Chat)
	switch {
	case why.outcome != "":
		return why
	case strings.TrimSpace(text) == "":
		return refused(chat.EmptyText)
	case !ok || !sees(me, &c):
		return refused(chat.NotFound, "chat")
	}
	d.say(&c, chat.Message{Kind: chat.Note, Author: me.ID, AuthorName: me.Name, Text: text, Command: cmd.ID}, VendorKey{})
	d.putChat(&c)
	return done
}

// remembered is how long it is remembered that a draft is no more. A new draft in its place has a higher revision
// then, so that a device that saw the old one never takes the new one for it.
const remembered chat.Millis = 3_600_000

// keepDraft takes what an agent is writing (rules W2-W4).
func (d *decision) keepDraft(me *Agent, cmd *FromAgent) ending {
	text, why := said(cmd.Text, chat.MaxDraft)
	c, there := d.chat(cmd.Chat)
	old, _ := d.was.Draft(me.ID, cmd.Chat)
	switch {
	case why.outcome != "":
		return why
	case cmd.Base < 0:
		return refused(chat.Malformed)
	case old.Text == "" && (!there || !sees(me, &c)):
		return refused(chat.NotFound, "chat")
	case text == old.Text:
		return nothing
	}
	device := cmd.Device
	if d.unseen(&old, cmd) && !strings.HasPrefix(text, old.Text) {
		if text == "" {
			return nothing
		}
		text, device = old.Text+"\n"+text, ""
		if n := utf8.RuneCountInString(text); n > chat.MaxDraft {
			return refused(chat.TooLong, strconv.Itoa(n), strconv.Itoa(chat.MaxDraft))
		}
	}
	if n := d.tidyDrafts(me); old.Text == "" && n >= chat.MaxDrafts {
		return refused(chat.Full, strconv.Itoa(n), strconv.Itoa(chat.MaxDrafts))
	}
	d.drafts.put(cmd.Chat, Draft{Agent: me.ID, Chat: cmd.Chat, Text: text, Revision: max(old.Revision+1, int64(d.now)),
		Device: device, At: d.now})
	return done
}

// unseen reports whether old has words that the device of cmd had not seen: they are lost if they are replaced.
func (d *decision) unseen(old *Draft, cmd *FromAgent) bool {
	base := cmd.Base
	if d.stale(cmd) {
		base = 0
	}
	return old.Text != "" && old.Device != cmd.Device && old.Revision > base
}

// tidyDrafts forgets what need not be remembered any more, and returns how many drafts an agent has.
func (d *decision) tidyDrafts(me *Agent) (n int) {
	for _, t := range d.was.DraftsOf(me.ID) {
		switch {
		case t.Text != "":
			n++
		case d.now-t.At > remembered:
			d.drops = append(d.drops, DropDraft{Agent: t.Agent, Chat: t.Chat})
		}
	}
	return n
}
