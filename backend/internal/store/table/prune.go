package table

import (
	"parley/backend/chat"
	"parley/backend/internal/store"
)

// Prune implements store.Tx.
func (t *Tx) Prune(r store.Retention, now chat.Millis) int {
	dropped := t.pruneFrames(r, now)
	if r.Ended <= 0 {
		return dropped
	}
	dropped += t.pruneResults(r, now, r.Batch-dropped)
	return dropped + t.pruneOutgoing(r, now, r.Batch-dropped)
}

func (t *Tx) pruneFrames(r store.Retention, now chat.Millis) (dropped int) {
	type stream struct{ id, head, floor int64 }
	var streams []stream
	t.each(streamsLeft, nil, func(found Row) error {
		var s stream
		defer func() { streams = append(streams, s) }()
		return found.Scan(&s.id, &s.head, &s.floor)
	})
	for _, s := range streams {
		floor := s.floor
		t.whileOld(oldest, []any{s.id, r.Batch - dropped}, func(seq int64, at chat.Millis) bool {
			if !r.Drops(seq, at, s.head, now) {
				return false
			}
			floor = seq
			return true
		})
		if floor > s.floor {
			t.exec(dropFrames, s.id, floor)
			t.exec(raiseFloor, floor, s.id)
			dropped += int(floor - s.floor)
		}
	}
	return dropped
}

// whileOld calls old for each (number, moment) that query finds, the oldest first, while it returns true.
func (t *Tx) whileOld(query string, args []any, old func(n int64, at chat.Millis) bool) {
	t.each(query, args, func(found Row) error {
		var n, at int64
		if err := found.Scan(&n, &at); err != nil {
			return err
		}
		if !old(n, chat.Millis(at)) {
			return ErrEnough // each row is read with its frame
		}
		return nil
	})
}

// pruneResults drops at most n results. A device's results have grown old in the order of their numbers.
func (t *Tx) pruneResults(r store.Retention, now chat.Millis, n int) (dropped int) {
	type device struct {
		id   string
		last int64
	}
	var devices []device
	t.each(devicesLeft, []any{r.Results, now - r.Ended}, func(found Row) error {
		var d device
		defer func() { devices = append(devices, d) }()
		return found.Scan(&d.id, &d.last)
	})
	for _, d := range devices {
		var upTo int64
		before := dropped
		t.whileOld(oldestResults, []any{d.id, d.last - r.Results, n - dropped}, func(number int64, at chat.Millis) bool {
			if !r.DropsEnded(at, now) {
				return false
			}
			upTo, dropped = number, dropped+1
			return true
		})
		if dropped > before {
			t.exec(dropResults, d.id, upTo)
		}
	}
	return dropped
}

// pruneOutgoing drops at most n rows that are done.
func (t *Tx) pruneOutgoing(r store.Retention, now chat.Millis, n int) int {
	var done []string
	t.each(doneBefore, []any{now - r.Ended, max(n, 0)}, func(found Row) error {
		var message string
		defer func() { done = append(done, message) }()
		return found.Scan(&message)
	})
	for _, message := range done {
		t.exec(dropOutgoing, message)
	}
	return len(done)
}
