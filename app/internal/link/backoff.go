package link

import "time"

// The least and the greatest bound of the wait before a dial.
const (
	firstBackoff = 500 * time.Millisecond
	maxBackoff   = time.Minute
)

// Backoff is the wait before a dial after tries that failed before it (0: the first): somewhere between nothing and
// a bound that doubles from half a second to a minute. chance (0 ≤ chance < 1) says where, so that consoles that lost
// their server together do not come back together.
func Backoff(tries int, chance float64) time.Duration {
	bound := maxBackoff
	if tries < 7 {
		bound = min(firstBackoff<<max(tries, 0), maxBackoff)
	}
	return time.Duration(chance * float64(bound))
}

// jittered is the time to the next beat: a little less than the agreed one, at which something must have been said.
func jittered(beat time.Duration, chance float64) time.Duration {
	return beat - time.Duration(chance*float64(beat)/4)
}
