// Package feed decides what one console is sent next: the welcome, each stream first whole or from the log and then
// live, answers in their place, beats. It is pure: it is told what happened and the time, reads a state that it is
// handed, and gives out frames one after the other; it has no socket, no goroutine, no clock and no log. Session
// drives it behind a websocket and servertest behind a simulated one; a Feed is for one caller at a time.
//
// A driver asks Expects of every frame of the console, calls Hello, watches the streams that it returns, and only
// then Welcome; after that it tells what happens (Live, More, Earlier, Aim, Submitted, Beat, Check) and takes what is to
// be sent with Next until there is nothing. It ends the connection when Left says so.
package feed

import (
	"parley/backend/chat"
	"parley/backend/internal/auth"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// Limits of a feed. A zero field takes the default, which stands beside it.
type Limits struct {
	LogBatch      int   // frames read from the log at once: 32
	Requests      int   // pages, histories, targets and repeated results not yet sent, before Room says no: 16
	SnapshotBytes int   // of a part of a snapshot: wire.SnapshotBytes
	BeatMillis    int64 // that the welcome names: wire.BeatMillis
	BusyMillis    int64 // how long a console is told to wait after a fault of the server: 5 s
	RenewMillis   int64 // how old a token may be before a new one is offered: 12 h
	DigestMillis  int64 // between two looks at a stream that moves, over all connections: 5 s
}

func (l Limits) withDefaults() Limits {
	if l.LogBatch == 0 {
		l.LogBatch = 32
	}
	if l.Requests == 0 {
		l.Requests = 16
	}
	if l.SnapshotBytes == 0 {
		l.SnapshotBytes = wire.SnapshotBytes
	}
	if l.BeatMillis == 0 {
		l.BeatMillis = wire.BeatMillis
	}
	if l.BusyMillis == 0 {
		l.BusyMillis = 5000
	}
	if l.RenewMillis == 0 {
		l.RenewMillis = 12 * 60 * 60 * 1000
	}
	if l.DigestMillis == 0 {
		l.DigestMillis = 5000
	}
	return l
}

// Read runs do on one consistent state. When the state cannot be read it says how the connection ends; what do saw
// is then not used.
type Read func(do func(store.Reader)) *Ending

// Feed is what one connection is sent.
type Feed struct {
	who    auth.Grant
	limits Limits
	shared Shared

	hello    *wire.Hello
	streams  []wire.Stream // what the driver watches
	device   chat.DeviceID
	decided  int64 // the number of the device's last command that has a result, as far as the feed was told
	welcomed bool

	issued, lasts chat.Millis // of the token that the connection was opened with
	offered       string      // the hash of the token in its place, until it is kept
	offeredAt     chat.Millis
	sent          bool // the console was told of it

	leaving    bool  // the agent has signed out here
	leaveAfter int64 // the position in the agent's stream that has the result

	flows   []*flow
	urgent  []Item // waits for no stream
	beatDue bool
	replies []reply
	backlog []store.Frame // read from the log, to be sent
	live    []store.Frame // told by Live, to be sent
}

// New returns the feed of a connection that was let in as who. The feeds of one server share what they
// remember; nil: this one remembers for itself.
func New(who auth.Grant, limits Limits, shared Shared) *Feed {
	if shared == nil {
		shared = Memo{}
	}
	return &Feed{who: who, limits: limits.withDefaults(), shared: shared}
}

// Item is one encoded frame on its way to the console. Its bytes are shared and must not be changed.
type Item struct {
	Bytes    []byte
	Compress bool
}

// Expects says how the connection ends if u must not come now: a hello comes first, and once.
func (f *Feed) Expects(u *wire.Up) *Ending {
	if (f.hello != nil) == (u.Hello != nil) {
		return Malformed("hello must come first, once")
	}
	return nil
}

// Welcomed reports whether Welcome has succeeded.
func (f *Feed) Welcomed() bool { return f.welcomed }

// Device is the installation of the console that said hello.
func (f *Feed) Device() chat.DeviceID { return f.device }

// Room reports whether another More, Earlier, Aim or Command may be taken from the console: while it was not sent what it
// asked for, what it says further waits.
func (f *Feed) Room() bool { return len(f.replies) < f.limits.Requests }

// Hungry reports whether the feed has use for what the hub has: not while what it was given before is not sent.
func (f *Feed) Hungry() bool { return f.welcomed && len(f.live) == 0 }

// Live takes frames of the watched streams in the order of their commits. dropped says that there were more: they
// lie in the log.
func (f *Feed) Live(frames []store.Frame, dropped bool) {
	f.live = append(f.live, frames...)
	if !dropped {
		return
	}
	for _, fl := range f.flows {
		fl.behind = true
	}
}

// Next gives the next frame to be sent, or none (no Bytes) while there is nothing to say. What was given counts as
// sent: the driver keeps the order and loses nothing, or ends the connection. now is the server's time.
func (f *Feed) Next(read Read, now chat.Millis) (Item, *Ending) {
	steps := []func(Read, chat.Millis) (Item, *Ending){f.nextUrgent, f.nextPart, f.nextReply, f.nextLogged, f.nextLive}
	for _, next := range steps {
		if it, e := next(read, now); e != nil || it.Bytes != nil {
			return it, e
		}
	}
	return Item{}, nil
}

// nextUrgent takes what waits for no stream: welcome, refetch and beat.
func (f *Feed) nextUrgent(_ Read, now chat.Millis) (Item, *Ending) {
	if len(f.urgent) > 0 {
		return pop(&f.urgent), nil
	}
	if !f.beatDue || !f.welcomed {
		return Item{}, nil
	}
	f.beatDue = false
	return f.encode(&wire.Down{Beat: f.beat(now)}, false)
}

// say queues d to be sent before everything else.
func (f *Feed) say(d *wire.Down) *Ending {
	it, e := f.encode(d, false)
	f.urgent = append(f.urgent, it)
	return e
}

func (f *Feed) encode(d *wire.Down, compress bool) (Item, *Ending) {
	b, err := wire.EncodeDown(d)
	if err != nil {
		return Item{}, f.fault(err)
	}
	return Item{b, compress}, nil
}

// pop takes the first of a queue and lets go of what it held.
func pop[T any](queue *[]T) T {
	var none T
	q := *queue
	first := q[0]
	q[0] = none
	if *queue = q[1:]; len(q) == 1 {
		*queue = nil
	}
	return first
}
