package simulation

import (
	"maps"
	"slices"

	"parley/backend/chat"
	"parley/backend/servertest"
	"parley/backend/wire"
)

// draftPause is how long typing must rest before the agent's other devices are told.
const draftPause = 2000

// draft is what is written in a chat and not sent, on this device or, as the server says, on another.
func (c *console) draft(id chat.ID) string {
	if text, here := c.out.Draft(id); here {
		return text
	}
	return c.rep.Draft(id).Text
}

// typeOn writes a word more, or takes all back.
func (c *console) typeOn() {
	it := c.one(c.idx.My())
	if it == nil {
		return
	}
	id := it.Chat.ID
	text := c.words(c.draft(id) + " draft")
	if c.s.rnd.IntN(6) == 0 || len(text) > chat.MaxDraft {
		text = ""
	}
	c.out.SetDraft(id, text, c.rep.Draft(id))
	c.typed(id)
}

// typed is engine's: the others are told when the typing rests.
func (c *console) typed(id chat.ID) {
	c.dirty[id] = true
	c.typing[id] = c.s.world.Now() + draftPause
}

// rest tells of what rests by now; false: nothing does.
func (c *console) rest() bool {
	for _, id := range slices.Sorted(maps.Keys(c.typing)) {
		if c.typing[id] <= c.s.world.Now() {
			c.syncDraft(id)
			c.flush()
			return true
		}
	}
	return false
}

func (c *console) syncDraft(id chat.ID) {
	delete(c.typing, id)
	c.out.SyncDraft(id, c.envelope(chat.Command{Chat: id}), c.rep.Draft(id))
}

func (c *console) syncDrafts() {
	for _, id := range c.out.Unsynced() {
		if c.typing[id] == 0 {
			c.syncDraft(id)
		}
	}
}

func (c *console) heardDraft(id chat.ID) {
	c.out.HeardDraft(c.rep.Draft(id))
	c.dirty[id] = true
}

// keep keeps the token that the server offers, unless the keychain will not; only what is kept is used, and said to
// be kept.
func (c *console) keep(t *wire.Token) {
	if c.s.faulty(4) {
		return
	}
	c.token = t.Token
	if !c.s.faulty(4) {
		c.send(wire.Up{Kept: &wire.Kept{}})
	}
}

// compareDrafts: the agent's drafts are the server's at the position.
func (c *console) compareDrafts(own *servertest.State) {
	for _, id := range c.rep.Chats() {
		if got, want := c.rep.Draft(id), own.Drafts[id]; got.Text != want.Text || want.Text != "" && got.Revision != want.Revision {
			c.s.fail("drafts are the server's at the position", "console %d, chat %s: has %+v, want %+v", c.n, id, got, want)
		}
	}
}
