package commit

import (
	"log/slog"
	"sync/atomic"
	"time"

	"parley/backend/chat"
)

// day is how far the wall clock may be from the highest stored time before that is reported.
const day = 24 * time.Hour

// serverTime is the server's time: it begins at the highest time stored or the wall clock, whichever is later,
// runs with the monotonic clock, and never goes back.
type serverTime struct {
	clock   func() time.Time
	began   time.Time
	base    chat.Millis
	highest atomic.Int64
}

func (s *serverTime) start(stored chat.Millis, clock func() time.Time, log *slog.Logger) {
	s.clock, s.began = clock, clock()
	wall := chat.Millis(s.began.UnixMilli())
	s.base = max(stored, wall)
	s.highest.Store(int64(s.base))
	leap := time.Duration(wall-stored) * time.Millisecond
	if stored != 0 && leap.Abs() > day {
		log.Warn("commit: the clock is more than a day from where it stood at the last commit", "leap", leap)
	}
}

// raise lets the time not be earlier than at, which another server has stored, and returns it.
func (s *serverTime) raise(at chat.Millis) chat.Millis {
	for {
		highest := s.highest.Load()
		if int64(at) <= highest || s.highest.CompareAndSwap(highest, int64(at)) {
			return s.now()
		}
	}
}

func (s *serverTime) now() chat.Millis {
	now := int64(s.base) + s.clock().Sub(s.began).Milliseconds()
	for {
		highest := s.highest.Load()
		if now <= highest {
			return chat.Millis(highest)
		}
		if s.highest.CompareAndSwap(highest, now) {
			return chat.Millis(now)
		}
	}
}
