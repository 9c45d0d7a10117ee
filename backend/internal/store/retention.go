package store

import (
	"parley/backend/chat"
	"parley/backend/wire"
)

// Retention says how much is kept of what is not needed for ever. A console that is further behind than its stream's
// log is sent a snapshot; one that repeats a command whose result is gone is answered as desk says.
type Retention struct {
	Frames int64       // the newest so many of each stream
	Age    chat.Millis // and of these, those not older than this
	Batch  int         // how many rows one Prune drops at most, which bounds how long commits wait for it

	// Results is how many of the newest numbers of each device keep their results whatever their age.
	Results int64
	// Ended is how long other results, and outgoing rows that are done, are kept; 0: for ever.
	Ended chat.Millis
}

const day chat.Millis = 24 * 3_600_000

// DefaultRetention keeps a week of frames, and more of them than an agent sees in a busy day; and of results and
// done rows a month. A device may have wire.MaxUnacked commands under way, so that none of these is ever dropped.
var DefaultRetention = Retention{Frames: 20_000, Age: 7 * day, Batch: 2_000, Results: 4 * wire.MaxUnacked, Ended: 30 * day}

// Drops reports whether the frame seq, stamped at, is not kept in a stream whose newest frame is head.
func (r Retention) Drops(seq int64, at chat.Millis, head int64, now chat.Millis) bool {
	return seq <= head-r.Frames || at < now-r.Age
}

// DropsEnded reports whether what ended at a moment is not kept for its age.
func (r Retention) DropsEnded(at, now chat.Millis) bool { return r.Ended > 0 && at < now-r.Ended }
