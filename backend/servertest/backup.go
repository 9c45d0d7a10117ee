package servertest

import (
	"context"
	"errors"
	"maps"

	"parley/backend/chat"
	"parley/backend/internal/archive"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/wire"
)

// backup is the rows at a moment, and what the judge held for true then.
type backup struct {
	rows    []desk.Write
	clock   chat.Millis
	commits int64
	devices map[chat.DeviceID]int64
}

// Backup keeps a copy of the server's rows while it runs.
func (w *World) Backup() {
	w.backups = append(w.backups, w.copy())
	if len(w.backups) > 3 {
		w.backups = w.backups[1:]
	}
}

func (w *World) copy() *backup {
	b := &backup{commits: w.commits, devices: maps.Clone(w.judge.devices)}
	w.read(func(r store.Reader) {
		r.Rows(func(row desk.Write) bool {
			b.rows = append(b.rows, row)
			return true
		})
		b.clock = r.Clock()
	})
	return b
}

// Restore puts some backup in the store's place: all servers are stopped, and what was committed since is lost. It
// reports whether there was a backup.
func (w *World) Restore() bool {
	if len(w.backups) == 0 {
		return false
	}
	w.faults.add(Restored)
	w.rebuild(w.backups[w.rnd.IntN(len(w.backups))])
	return true
}

// rebuild makes a new store of b, with a new epoch.
func (w *World) rebuild(b *backup) {
	for _, p := range w.processes {
		if p.up {
			p.kill()
		}
	}
	w.full = false
	w.store = memory.New("")
	epoch := w.newEpoch()
	err := w.store.Commit(context.Background(), func(tx store.Tx) error {
		tx.Apply(desk.Outcome{Writes: b.rows}, b.clock)
		uncertain, err := archive.Settle(tx, b.clock, true)
		w.faults.addN(RestoreUnclear, uncertain)
		tx.Renew(epoch)
		tx.SetClock(b.clock)
		return errors.Join(err, tx.Err())
	})
	if err != nil {
		w.fail("a backup can be restored", "%v", err)
	}
	w.judge.rollBack(b)
	w.baseline()
}

// rollBack forgets what a restore has lost.
func (j *judge) rollBack(b *backup) {
	j.devices, j.stamped = maps.Clone(b.devices), map[wire.Stream]chat.Millis{}
	var kept []heard
	for _, h := range j.heard {
		if h.commit <= b.commits {
			kept = append(kept, h)
		}
	}
	j.heard = kept
}

// baseline notes what every stream has at its position now: a new epoch begins with everything there.
func (w *World) baseline() {
	w.history.last = map[wire.Stream]*State{}
	w.read(func(r store.Reader) {
		streams := []wire.Stream{desk.TenantStream()}
		for _, a := range w.agents {
			streams = append(streams, desk.AgentStream(a))
		}
		for _, t := range w.teams {
			streams = append(streams, desk.QueueStream(t))
		}
		for _, s := range streams {
			w.history.put(place{s, r.Head(s)}, stateOf(r, s, nil, nil))
		}
	})
}

// Archive rebuilds the store without the chats that have grown long or are closed, and without the tokens that let
// nobody in, as an export and import that leaves them out. A long run's state stays bounded by it.
func (w *World) Archive(longerThan int64) {
	b := w.copy()
	old := map[chat.ID]bool{}
	for _, row := range b.rows {
		if c, ok := row.(desk.PutChat); ok && (c.Chat.LastNumber > longerThan || c.Chat.Status == chat.Closed) {
			old[c.Chat.ID] = true
		}
	}
	rows := b.rows[:0]
	for _, row := range b.rows {
		if t, ok := row.(desk.PutToken); !old[chatOf(row)] && (!ok || t.Token.Valid(b.clock)) {
			rows = append(rows, row)
		}
	}
	b.rows = rows
	w.backups = nil
	w.rebuild(b)
}

// chatOf is the chat that a row belongs to.
func chatOf(row desk.Write) chat.ID {
	switch row := row.(type) {
	case desk.PutChat:
		return row.Chat.ID
	case desk.PutMessage:
		return row.Message.Chat
	case desk.PutMedia:
		return row.Media.Chat
	case desk.PutOutgoing:
		return row.Outgoing.Chat
	case desk.PutDraft:
		return row.Draft.Chat
	}
	return ""
}
