package link

import (
	"context"
	"time"
)

// How often the clocks are compared, and by how much they must differ.
const (
	wakeEvery = 5 * time.Second
	wakeGap   = 10 * time.Second
)

// watchSleep probes when the machine has slept: the wall clock ran on, the monotonic one did not.
func (l *Link) watchSleep(ctx context.Context) {
	ticker := time.NewTicker(wakeEvery)
	defer ticker.Stop()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := time.Now()
		if slept(now.Sub(last), now.Round(0).Sub(last.Round(0))) {
			l.Probe()
		}
		last = now
	}
}

// slept reports whether the machine slept while one clock ran by monotonic and the other by wall. Where the monotonic
// clock runs on in sleep, a tick that comes far too late says the same.
func slept(monotonic, wall time.Duration) bool {
	return wall-monotonic > wakeGap || monotonic > wakeEvery+wakeGap
}
