package commit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"parley/backend/chat"
	"parley/backend/crash"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// commit commits a batch and answers it. Where the batch as a whole cannot be stored although there is a store
// and room, each command is committed alone, so that one does not stop the others.
func (c *Committer) commit(batch []*waiting) {
	ctx := context.Background()
	err := c.store(ctx, batch, c.decide)
	if errors.Is(err, store.ErrNoRoom) {
		batch = c.refuse(batch, err) // what ends something may use the last room
		if len(batch) == 0 {
			return
		}
		ctx = store.Ending(ctx)
		err = c.store(ctx, batch, c.decide)
	}
	if err == nil || len(batch) > 1 && hopeless(err) {
		answer(batch, err)
		return
	}
	for _, w := range batch {
		alone := []*waiting{w}
		if len(batch) > 1 {
			err = c.store(ctx, alone, c.decide)
		}
		if len(w.commands) == 1 && (errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrUnfit)) {
			c.Log.Error("commit: an outcome does not fit the state", "command", name(w.commands[0]), "error", err)
			err = c.storePoisoned(ctx, alone, err)
		}
		answer(alone, err)
	}
}

// hopeless reports whether err would meet every command of a batch.
func hopeless(err error) bool {
	for _, kind := range []error{store.ErrNoRoom, store.ErrReadOnly, store.ErrDisk, store.ErrClosed} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// expected are the vendors' ids by which the rules will look for messages.
func expected(batch []*waiting) (keys []desk.VendorKey) {
	for _, w := range batch {
		for _, command := range w.commands {
			switch c := command.(type) {
			case desk.Inbound:
				keys = append(keys, desk.VendorKey{Channel: c.Channel, ID: c.VendorID})
			case desk.StatusReport:
				keys = append(keys, desk.VendorKey{Channel: c.Channel, ID: c.VendorID})
			case desk.SendEnded:
				if c.VendorID != "" {
					keys = append(keys, desk.VendorKey{Channel: chat.WhatsApp, ID: c.VendorID})
				}
			}
		}
	}
	return keys
}

// refuse answers those commands of a batch that do not end something with err, and returns the others.
func (c *Committer) refuse(batch []*waiting, err error) (endings []*waiting) {
	for _, w := range batch {
		if slices.ContainsFunc(w.commands, func(c desk.Command) bool { return !ends(c) }) {
			answer([]*waiting{w}, err)
			continue
		}
		endings = append(endings, w)
	}
	return endings
}

// ends reports whether a command ends something: what came of a call, or a way in. Of the timers that is the one that
// asks what came of a call; the others begin something, and fire when there is room.
func ends(c desk.Command) bool {
	switch c := c.(type) {
	case desk.SendEnded, desk.StatusReport, desk.MediaEnded, desk.RevokeToken, desk.KeepToken:
		return true
	case desk.TimerDue:
		return strings.HasPrefix(c.ID, string(desk.TimerAskUncertain)+"/")
	}
	return false
}

// storePoisoned ends an agent's command that can never be stored with a refusal; everybody else is told err and
// may try again.
func (c *Committer) storePoisoned(ctx context.Context, alone []*waiting, err error) error {
	if _, ok := alone[0].commands[0].(desk.FromAgent); !ok {
		return err
	}
	return c.store(ctx, alone, func(v desk.View, _ chat.Millis, command desk.Command) desk.Outcome {
		return poisoned(v, command)
	})
}

type decider func(v desk.View, now chat.Millis, command desk.Command) desk.Outcome

// store decides and stores a batch in one transaction, and when that is durable passes on what it made.
func (c *Committer) store(ctx context.Context, batch []*waiting, decide decider) error {
	var frames []store.Frame
	var rows bool
	err := c.Store.Commit(ctx, func(tx store.Tx) error {
		now := c.time.raise(tx.Clock())
		tx.Expect(expected(batch))
		for _, w := range batch {
			if w.err = w.ctx.Err(); w.err != nil {
				continue
			}
			w.answers = nil
			for _, command := range w.commands {
				o := decide(tx, now, command)
				frames = append(frames, tx.Apply(o, now)...)
				rows = rows || wakes(o.Writes)
				w.answers = append(w.answers, o.Answer)
				if err := tx.Err(); err != nil {
					return err
				}
			}
		}
		if now > tx.Clock() {
			tx.SetClock(now)
		}
		crash.Point(crash.CommitBefore)
		return tx.Err()
	})
	if err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	crash.Point(crash.CommitAfter)
	if len(frames) > 0 {
		c.Sink(frames)
	}
	if rows {
		c.Ring()
	}
	return nil
}

func answer(batch []*waiting, err error) {
	for _, w := range batch {
		if err != nil {
			w.answers, w.err = nil, err
		}
		close(w.ended)
	}
}

// wakes reports whether writes may have made something due.
func wakes(writes []desk.Write) bool {
	for _, w := range writes {
		switch w.(type) {
		case desk.PutOutgoing, desk.PutMedia, desk.PutTimer:
			return true
		}
	}
	return false
}
