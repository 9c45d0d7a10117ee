package commit

import (
	"context"
	"errors"
	"fmt"

	"parley/backend/chat"
	"parley/backend/crash"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// commit commits a batch and answers it. Where the batch as a whole cannot be stored although there is a store
// and room, each command is committed alone, so that one does not stop the others.
func (c *Committer) commit(batch []*waiting) {
	err := c.store(batch, c.decide)
	if err == nil || len(batch) > 1 && hopeless(err) {
		answer(batch, err)
		return
	}
	for _, w := range batch {
		alone := []*waiting{w}
		if len(batch) > 1 {
			err = c.store(alone, c.decide)
		}
		if len(w.commands) == 1 && (errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrUnfit)) {
			c.Log.Error("commit: an outcome does not fit the state", "command", name(w.commands[0]), "error", err)
			err = c.storePoisoned(alone, err)
		}
		answer(alone, err)
	}
}

// hopeless reports whether err would meet every command of a batch.
func hopeless(err error) bool {
	return errors.Is(err, store.ErrNoRoom) || errors.Is(err, store.ErrClosed)
}

// storePoisoned ends an agent's command that can never be stored with a refusal; everybody else is told err and
// may try again.
func (c *Committer) storePoisoned(alone []*waiting, err error) error {
	if _, ok := alone[0].commands[0].(desk.FromAgent); !ok {
		return err
	}
	return c.store(alone, func(v desk.View, _ chat.Millis, command desk.Command) desk.Outcome {
		return poisoned(v, command)
	})
}

type decider func(v desk.View, now chat.Millis, command desk.Command) desk.Outcome

// store decides and stores a batch in one transaction, and when that is durable passes on what it made.
func (c *Committer) store(batch []*waiting, decide decider) error {
	var frames []store.Frame
	var rows bool
	err := c.Store.Commit(context.Background(), func(tx store.Tx) error {
		now := c.Now()
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
		c.ring()
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
