package simulation

import (
	"parley/backend/wire"
)

// link is the console's end of its connections: when it dials, beats, and takes a connection for dead.
type link struct {
	pipe    *pipe
	number  int64
	tries   int
	at      int64 // when to dial next
	stopped bool  // until somebody signs in
	since   int64
	heard   int64
	said    int64
	asked   bool // the present connection is being left
	wait    int64
	goodbye *wire.Goodbye
}

const (
	silence   = wire.BeatMillis * 5 / 2
	stableFor = 10_000
)

func (l *link) opened(c *console) int64 {
	l.number++
	now := c.s.world.Now()
	l.since, l.heard, l.said, l.goodbye, l.asked = now, now, now, nil, false
	return l.number
}

// hear takes every frame as a sign of life.
func (l *link) hear(c *console, d *wire.Down) {
	l.heard = c.s.world.Now()
	if d.Goodbye != nil {
		l.goodbye = d.Goodbye
	}
}

// ended decides when to dial next, and returns the code of the end.
func (l *link) ended(c *console, code int) int {
	now := c.s.world.Now()
	if l.pipe != nil {
		l.pipe.hungUp = true
		if now-l.since >= stableFor {
			l.tries = 0
		}
	}
	if l.goodbye != nil && !l.asked {
		code = l.goodbye.Code
	}
	l.tries++
	switch {
	case l.asked:
		l.at = now + l.wait
	case code >= 4100:
		l.stopped = true
	case l.goodbye != nil && l.goodbye.RetryMillis > 0:
		l.at = now + l.goodbye.RetryMillis
	case code == wire.CloseChanged && l.tries == 1:
		l.at = now
	default:
		l.at = now + c.s.rnd.Int64N(min(int64(500)<<min(l.tries-1, 7), 60_000))
	}
	l.pipe, l.goodbye, l.asked = nil, nil, false
	return code
}

// again makes the connection anew.
func (l *link) again(c *console, wait int64) {
	if l.pipe == nil {
		l.at, l.stopped = c.s.world.Now()+wait, false
		return
	}
	l.asked, l.wait = true, wait
	l.pipe.hungUp = true
}

// tick does what the link does by itself; false: nothing is due.
func (l *link) tick(c *console) bool {
	now := c.s.world.Now()
	switch {
	case l.pipe == nil && !l.stopped && now >= l.at:
		c.s.dial(c)
	case l.pipe != nil && l.asked:
		c.disconnected(l.pipe, 0)
	case l.pipe != nil && now-l.heard > silence:
		c.disconnected(l.pipe, 0)
	case l.pipe != nil && now-l.said > wire.BeatMillis*3/4:
		c.send(wire.Up{Beat: &wire.Beat{}})
	default:
		return false
	}
	return true
}
