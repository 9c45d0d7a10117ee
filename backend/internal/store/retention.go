package store

import "parley/backend/chat"

// Retention says how much of each stream's log is kept. A console that is further behind is sent a snapshot.
type Retention struct {
	Frames int64       // the newest so many of each stream
	Age    chat.Millis // and of these, those not older than this
	Batch  int         // how many frames one Prune drops at most, which bounds how long commits wait for it
}

// DefaultRetention keeps a week, and more frames than an agent sees in a busy day.
var DefaultRetention = Retention{Frames: 20_000, Age: 7 * 24 * 3_600_000, Batch: 2_000}

// Drops reports whether the frame seq, stamped at, is not kept in a stream whose newest frame is head.
func (r Retention) Drops(seq int64, at chat.Millis, head int64, now chat.Millis) bool {
	return seq <= head-r.Frames || at < now-r.Age
}
