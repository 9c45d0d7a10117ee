package deliver

import (
	"cmp"
	"math/rand/v2"
	"time"
)

// Limits bound what a Deliverer does at once, how long and how often.
type Limits struct {
	Sends, Fetches    int           // calls under way
	SendTime          time.Duration // of one call
	FetchTime         time.Duration // of one file
	Grace             time.Duration // how long a call and noting its end may each take after Run was told to end
	Pause             time.Duration // after the store failed
	SendTries         int           // attempts of a message, after which it has failed
	FetchTries        int           // attempts of a file, after which it has failed
	FirstRetry        time.Duration // doubled with every attempt
	LongestSendRetry  time.Duration
	LongestFetchRetry time.Duration
	FileBytes         int64 // of one file
}

// DefaultLimits try a message for about a quarter of an hour, and a file for about a day. The vendor takes
// documents of up to 100 MB.
var DefaultLimits = Limits{
	Sends: 32, Fetches: 4,
	SendTime: 30 * time.Second, FetchTime: 5 * time.Minute, Grace: 1500 * time.Millisecond, Pause: time.Second,
	SendTries: 12, FetchTries: 30,
	FirstRetry: 2 * time.Second, LongestSendRetry: 2 * time.Minute, LongestFetchRetry: time.Hour,
	FileBytes: 100 << 20,
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits
	return Limits{
		Sends: cmp.Or(l.Sends, d.Sends), Fetches: cmp.Or(l.Fetches, d.Fetches),
		SendTime: cmp.Or(l.SendTime, d.SendTime), FetchTime: cmp.Or(l.FetchTime, d.FetchTime),
		Grace: cmp.Or(l.Grace, d.Grace), Pause: cmp.Or(l.Pause, d.Pause),
		SendTries: cmp.Or(l.SendTries, d.SendTries), FetchTries: cmp.Or(l.FetchTries, d.FetchTries),
		FirstRetry:        cmp.Or(l.FirstRetry, d.FirstRetry),
		LongestSendRetry:  cmp.Or(l.LongestSendRetry, d.LongestSendRetry),
		LongestFetchRetry: cmp.Or(l.LongestFetchRetry, d.LongestFetchRetry),
		FileBytes:         cmp.Or(l.FileBytes, d.FileBytes),
	}
}

// backOff is how long to wait after the given attempt: doubled each time up to longest, of which the second half
// is left to chance so that those who were refused together do not come back together.
func (l Limits) backOff(attempt int, longest time.Duration) time.Duration {
	wait := longest
	if shift := attempt - 1; shift < 20 {
		wait = min(longest, l.FirstRetry<<shift)
	}
	return wait/2 + rand.N(wait/2+1)
}
