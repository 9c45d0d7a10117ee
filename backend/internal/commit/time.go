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
	base    atomic.Int64 // the time when it began, as far on as the servers that it has met
	highest atomic.Int64
	log     *slog.Logger
}

func (s *serverTime) start(stored chat.Millis, clock func() time.Time, log *slog.Logger) {
	s.clock, s.began, s.log = clock, clock(), log
	wall := chat.Millis(s.began.UnixMilli())
	s.base.Store(int64(max(stored, wall)))
	s.highest.Store(s.base.Load())
	if stored != 0 {
		s.report(wall - stored)
	}
}

// report tells of a leap that is none of seconds.
func (s *serverTime) report(millis chat.Millis) {
	if leap := time.Duration(millis) * time.Millisecond; leap.Abs() > day {
		s.log.Warn("commit: the clock is more than a day from where it stood at the last commit", "leap", leap)
	}
}

// raise lets the time not be earlier than at, which another server has stored, and returns it. It runs on from there:
// did it wait to be caught up with, nothing would be due here until then. One goroutine raises.
func (s *serverTime) raise(at chat.Millis) chat.Millis {
	if behind := at - s.now(); behind > 0 {
		s.base.Add(int64(behind))
		s.report(behind)
	}
	return s.now()
}

func (s *serverTime) now() chat.Millis {
	now := s.base.Load() + s.clock().Sub(s.began).Milliseconds()
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
