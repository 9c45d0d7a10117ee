//go:build e2e && linux

package crashtest

import (
	"context"
	"path/filepath"

	"parley/backend/chat"
	"parley/backend/chat/chattest"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/sqlite"
	"parley/backend/wire"
)

// rest waits until every reply has its answer and nothing is due or to be sent, and stops the server.
func (r *rush) rest(end func()) {
	r.t.Helper()
	end()
	if !until(r.ctx, func() bool { return r.atRest() }) {
		r.wrong("something is still due, or to be sent")
	}
	r.stopServer()
}

// atRest looks at a copy of the database.
func (r *rush) atRest() bool {
	dir := r.t.TempDir()
	if !until(r.ctx, func() bool { return r.copyTo(dir) }) {
		return false
	}
	db, err := sqlite.Open(context.Background(), filepath.Join(dir, "parley.db"), sqlite.Options{})
	if err != nil {
		r.t.Fatal(err)
	}
	defer db.Close()
	rest := true
	read(r, db, func(v store.Reader) {
		rest = v.OutgoingIn(desk.OutPending)+v.OutgoingIn(desk.OutSending) == 0
		for _, id := range r.chats {
			c, _ := v.Chat(id)
			rest = rest && c.ReleaseAt == 0
		}
	})
	return rest
}

// judge looks at every chat in the database, every reply, and what the vendor took.
func (r *rush) judge() {
	r.t.Helper()
	states, in := map[string]chat.State{}, map[string]chat.ID{}
	var latest chat.Millis
	released := 0
	db := r.database()
	defer db.Close()
	read(r, db, func(v store.Reader) {
		for _, id := range r.chats {
			c, _ := v.Chat(id)
			messages := v.MessagesBefore(id, 0, int(c.LastNumber)+1)
			told := chattest.Retell(messages, oneMinute)
			r.judgeChat(&c, told)
			for _, m := range messages {
				if m.Kind == chat.Reply {
					states[m.Text], in[m.Text] = m.State, id
				}
			}
			for _, x := range told.Releases {
				released, latest = released+1, max(latest, x.At-x.Due)
			}
		}
	})
	n := r.judgeReplies(in, states)
	dials := 0
	for _, a := range r.agents {
		dials += a.dials
	}
	r.t.Logf("seed %d: %d chats due within a second, %d released, the latest %d ms late; %d replies accepted (%d uncertain), %d held; "+
		"killed %d times while chats were due, at %v; %d connections", r.seed, len(r.chats), released, latest, len(in), n.uncertain, n.held,
		r.kills, r.points, dials)
	if r.kills < rushKills || len(in) == 0 || n.held == 0 || released == 0 {
		r.wrong("this run proves too little")
	}
}

// judgeChat: a chat has one outcome, and its row is what its messages tell.
func (r *rush) judgeChat(c *chat.Chat, told *chattest.Told) {
	for _, why := range told.Amiss {
		r.wrong("%s: %s", c.ID, why)
	}
	if len(told.Releases)+len(told.Replies) != 1 {
		r.wrong("%s was released %d times and answered %d times", c.ID, len(told.Releases), len(told.Replies))
	}
	if c.Status != told.Status || c.WaitingSince != told.WaitingSince || c.ReleaseAt != told.DueAt || (c.Assignee == "") != (told.Holder == "") {
		r.wrong("%s is %s, waits since %d and is due at %d; by its messages it is %s, since %d and at %d", c.ID, c.Status, c.WaitingSince,
			c.ReleaseAt, told.Status, told.WaitingSince, told.DueAt)
	}
}

// ends counts how replies ended.
type ends struct{ held, uncertain int }

// judgeReplies: what was answered "done" is in its chat and went out once, or is uncertain; what was held is nowhere.
func (r *rush) judgeReplies(in map[string]chat.ID, states map[string]chat.State) (n ends) {
	taken := map[string]int{}
	for _, got := range r.whatsapp.Accepted() {
		taken[got.Text]++
	}
	for _, a := range r.agents {
		for _, cmd := range a.sent {
			id, accepted := in[cmd.Text]
			went, state, told := taken[cmd.Text], states[cmd.Text], a.told[cmd.Number]
			switch {
			case told == wire.Held && !accepted && went == 0:
				n.held++
			case told == wire.Done && id == chat.ID(cmd.Chat) && state == chat.Uncertain && went <= 1:
				n.uncertain++
			case told == wire.Done && id == chat.ID(cmd.Chat) && state == chat.Sent && went == 1:
			default:
				r.wrong("%q: told %v, in the chat %v as %q, at the vendor %d times", cmd.Text, told, accepted, state, went)
			}
		}
	}
	return n
}
