package servertest

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"parley/backend/chat"
	"parley/backend/internal/auth"
	"parley/backend/internal/desk"
	"parley/backend/internal/feed"
	"parley/backend/internal/hub"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// Conn is the server's end of one connection: what package session does with a socket, by hand.
type Conn struct {
	p       *process
	order   int // of its upgrade
	who     auth.Grant
	feed    *feed.Feed
	watcher *hub.Watcher
	gate    feed.Gate

	ups        []wire.Up
	greeting   bool // the streams are watched, the welcome is not read
	hello      *wire.Hello
	named      []wire.StreamPosition // in the hello
	floors     map[wire.Stream]int64 // when the welcome was read
	commands   []desk.FromAgent
	submitting bool
	leaving    bool // its agent signs out

	pending feed.Item
	since   int64 // that pending waits to be taken
	heard   int64
	opened  int64
	beatAt  int64
	end     *feed.Ending
	said    bool // the goodbye was taken
	dead    bool // the process was killed, or the network said that the console is gone

	sent map[wire.Stream]wire.Position // where the console is when it has read all that was taken
}

const (
	silence   = wire.BeatMillis * 5 / 2
	helloTime = 10_000
	// renewAfter is how old a token is before another is offered in its place.
	renewAfter = 120_000
)

// Dial opens a connection to a server with a token. The status is that of the upgrade: 101, 401, 503; 0: the server
// is down.
func (w *World) Dial(server int, token string) (*Conn, int) {
	p := w.processes[server]
	if !p.up {
		return nil, 0
	}
	who, err := auth.New(w.store, p.time).Authenticate(context.Background(), token)
	switch {
	case errors.Is(err, auth.ErrDenied):
		return nil, 401
	case err != nil:
		return nil, 503
	}
	c := &Conn{p: p, who: who, heard: w.now, opened: w.now, sent: map[wire.Stream]wire.Position{}}
	c.feed = feed.New(who, feed.Limits{LogBatch: w.cfg.LogBatch, Requests: w.cfg.Requests, SnapshotBytes: w.cfg.SnapshotBytes,
		RenewMillis: renewAfter, DigestMillis: 1}, nil)
	if who.Keep {
		c.keep(desk.KeepToken{Hash: who.Hash})
	}
	c.beatAt = w.now + c.untilBeat()
	p.upgrades++
	c.order = p.upgrades
	p.conns = append(p.conns, c)
	return c, 101
}

func (c *Conn) untilBeat() int64 { return wire.BeatMillis*3/4 + c.p.w.rnd.Int64N(wire.BeatMillis/4) }

// read is the feed's way to the store.
func (c *Conn) read(do func(store.Reader)) *feed.Ending {
	err := c.p.w.store.Read(context.Background(), func(r store.Reader) error {
		do(r)
		return r.Err()
	})
	if err != nil {
		return feed.Busy(1000, "the store could not be read")
	}
	return nil
}

// Up takes a frame of the console.
func (c *Conn) Up(frame []byte) {
	if c.over() {
		return
	}
	c.heard = c.p.w.now
	u, err := wire.DecodeUp(frame)
	if err != nil {
		c.p.w.fail("consoles keep to the protocol", "%v", err)
		return
	}
	c.ups = append(c.ups, u)
	c.serve()
}

func (c *Conn) over() bool { return c.end != nil || c.dead }

// serve takes what the console said, as far as it may be taken now.
func (c *Conn) serve() {
	for len(c.ups) > 0 && !c.over() && !c.greeting && c.feed.Room() && len(c.commands) < wire.MaxUnacked {
		u := c.ups[0]
		c.ups = c.ups[1:]
		c.finish(c.take(&u))
	}
	c.submit()
}

func (c *Conn) take(u *wire.Up) *feed.Ending {
	if e := c.feed.Expects(u); e != nil {
		return e
	}
	switch {
	case u.Hello != nil:
		return c.greet(u.Hello)
	case u.Command != nil:
		c.commands = append(c.commands, c.feed.Command(u.Command))
	case u.More != nil:
		return c.feed.More(c.read, *u.More)
	case u.Earlier != nil:
		return c.feed.Earlier(c.read, *u.Earlier)
	case u.Aim != nil:
		return c.feed.Aim(c.read, *u.Aim, c.p.time())
	case u.Kept != nil:
		if command, ok := c.feed.Kept(); ok {
			c.keep(command)
		}
	}
	return nil
}

// keep ends the token in whose place the console has another.
func (c *Conn) keep(command desk.KeepToken) {
	c.p.submit(&job{command: command, done: func(a desk.Answer, err error) {
		if err == nil && a.Problem == nil {
			c.p.w.faults.add(TokenRenewed)
		}
	}})
}

// renew offers a new token in the place of one that has grown old.
func (c *Conn) renew() {
	if c.over() || !c.feed.Renews(c.p.time()) {
		return
	}
	token := c.p.w.newToken()
	command := c.feed.Renew(auth.Hash(token), c.p.time())
	c.p.submit(&job{command: command, gone: c.over, done: func(a desk.Answer, err error) {
		if err == nil && a.Problem == nil && !c.over() {
			c.finish(c.feed.Renewed(token, command))
		}
	}})
}

// greet begins to watch; the welcome is read later, so that there are commits between the two.
func (c *Conn) greet(h *wire.Hello) *feed.Ending {
	streams, e := c.feed.Hello(c.read, h)
	if e != nil {
		return e
	}
	c.hello, c.named = h, slices.Clone(h.At)
	for _, other := range slices.Clone(c.p.conns) {
		if other == c || other.who.Agent != c.who.Agent || other.feed.Device() != c.feed.Device() {
			continue
		}
		replaced := &feed.Ending{Code: wire.CloseReplaced, Reason: "the same device connected again"}
		if other.order > c.order {
			return replaced
		}
		other.finish(replaced)
	}
	c.watcher = c.p.hub.Watch(streams, c.p.w.cfg.Watched)
	c.greeting = true
	return nil
}

// submit submits the next command unless one is under way.
func (c *Conn) submit() {
	for len(c.commands) > 0 && !c.submitting && !c.over() {
		next := c.commands[0]
		c.commands = c.commands[1:]
		if !c.gate.Lets(next.Number) {
			continue
		}
		c.submitting = true
		c.leaving = c.leaving || next.Command.Kind == chat.CmdSignOut
		c.p.submit(&job{command: next, gone: c.over, done: func(a desk.Answer, err error) {
			c.submitting = false
			if c.over() {
				return
			}
			c.gate.Answered(a)
			c.finish(c.feed.Submitted(c.read, next.Number, a, err))
			if next.Command.Kind == chat.CmdSignOut {
				c.signedOut(a)
			}
			c.serve()
		}})
	}
}

// signedOut revokes the token of an agent who has signed out on this connection.
func (c *Conn) signedOut(a desk.Answer) {
	if c.over() {
		return
	}
	revoke, ok, e := c.feed.SignedOut(c.read, a)
	c.finish(e)
	if ok {
		c.p.submit(&job{command: revoke, done: func(desk.Answer, error) {}})
	}
}

// check looks whether the connection may go on.
func (c *Conn) check() {
	if !c.over() {
		c.finish(c.feed.Check(c.read, c.p.time()))
	}
}

// finish ends the connection unless e is nil.
func (c *Conn) finish(e *feed.Ending) {
	if e == nil || c.over() {
		return
	}
	c.end = e
	switch e.Code {
	case wire.CloseMalformed, wire.CloseVersion:
		c.p.w.fail("consoles keep to the protocol", "%d %s", e.Code, e.Reason)
	case wire.CloseLagging:
		c.p.w.faults.add(TooSlow)
	case wire.CloseSilent:
		c.p.w.faults.add(Silent)
	}
	if e.Cause != nil && e.Code == wire.CloseLagging {
		c.p.w.fail("the log has no hole", "%v", e.Cause)
	}
	c.leave()
}

func (c *Conn) leave() {
	if c.watcher != nil {
		c.watcher.Close()
	}
	c.p.conns = slices.DeleteFunc(c.p.conns, func(x *Conn) bool { return x == c })
}

// die is the end without a word.
func (c *Conn) die() {
	c.dead = true
	c.leave()
}

// Drop tells the server that the connection is gone.
func (c *Conn) Drop() {
	if !c.dead {
		c.die()
	}
}

// Closed reports whether the server has closed, and everything that it said was taken.
func (c *Conn) Closed() (code int, closed bool) {
	switch {
	case c.dead:
		return 0, true
	case c.end == nil:
		return 0, false
	}
	return c.end.Code, c.said || c.end.Code == 0
}

// Work lets the session do what is due without anybody's asking: its clocks, and taking what the hub has.
func (c *Conn) Work() {
	w := c.p.w
	if c.over() {
		return
	}
	switch {
	case w.now-c.heard > silence || c.hello == nil && w.now-c.opened > helloTime:
		c.finish(&feed.Ending{Code: wire.CloseSilent, Reason: "nothing was heard"})
		return
	case c.pending.Bytes != nil && w.now-c.since > silence:
		c.finish(feed.Lagging)
		return
	case c.greeting:
		c.greeting = false
		c.floors = map[wire.Stream]int64{}
		w.read(func(r store.Reader) {
			for _, at := range c.named {
				c.floors[at.Stream] = r.Floor(at.Stream)
			}
		})
		c.finish(c.feed.Welcome(c.read, c.p.time()))
		c.renew()
	case w.now >= c.beatAt:
		c.beatAt = w.now + c.untilBeat()
		c.finish(c.feed.Beat(c.read, c.p.time()))
		c.renew()
	}
	if c.watcher != nil && c.feed.Hungry() {
		frames, lagging := c.watcher.Take()
		if lagging {
			w.faults.add(Lagging)
		}
		c.feed.Live(frames, lagging)
	}
	c.prepare()
	c.serve()
}

// prepare makes pending the next thing to be sent.
func (c *Conn) prepare() {
	if c.over() || c.pending.Bytes != nil {
		return
	}
	it, e := c.feed.Next(c.read, c.p.time())
	if e == nil && it.Bytes == nil && c.feed.Left() {
		e = feed.Revoked
	}
	c.finish(e)
	c.pending, c.since = it, c.p.w.now
}

// Down gives the next frame to the network; none: nil.
func (c *Conn) Down() []byte {
	if c.dead {
		return nil
	}
	if c.end != nil {
		if c.said || c.end.Code == 0 {
			return nil
		}
		c.said = true
		b, err := wire.EncodeDown(c.end.Goodbye())
		if err != nil {
			c.p.w.fail("every frame can be encoded", "%v", err)
		}
		return b
	}
	c.Work()
	b := c.pending.Bytes
	c.pending = feed.Item{}
	if b != nil {
		c.judge(b)
	}
	return b
}

var frameBegins = []byte(`{"frame"`)

// judge: a connection carries each stream without a gap from where its welcome began.
func (c *Conn) judge(b []byte) {
	d, err := wire.DecodeDown(b)
	if err != nil {
		c.p.w.fail("servers keep to the protocol", "%v", err)
		return
	}
	switch {
	case d.Welcome != nil:
		for _, s := range d.Welcome.Streams {
			c.begin(&s)
		}
	case d.Snapshot != nil && d.Snapshot.Last:
		c.sent[d.Snapshot.Stream] = d.Snapshot.At
	case bytes.HasPrefix(b, frameBegins):
		f := d.Frame
		if at := c.sent[f.Stream]; at.Epoch != f.Epoch || f.Seq != at.Seq+1 {
			c.p.w.fail("a stream is sent without a gap", "%s stream %q: %s/%d after %s/%d", f.Stream.Kind, f.Stream.ID, f.Epoch, f.Seq, at.Epoch, at.Seq)
		}
		c.sent[f.Stream] = wire.Position{Epoch: f.Epoch, Seq: f.Seq}
	}
}

// begin notes where a stream begins, and judges the choice between resuming and reset.
func (c *Conn) begin(s *wire.WelcomedStream) {
	i := slices.IndexFunc(c.named, func(p wire.StreamPosition) bool { return p.Stream == s.Stream })
	if !s.Resumed {
		if i >= 0 {
			c.p.w.faults.add(Reset)
			if c.named[i].Position.Epoch == s.Head.Epoch {
				c.p.w.faults.add(TooFarBehind)
			}
		}
		return
	}
	if i < 0 || c.named[i].Position.Epoch != s.Head.Epoch || c.named[i].Position.Seq < c.floors[s.Stream] {
		c.p.w.fail("a position that cannot be continued is reset", "%s stream %q", s.Stream.Kind, s.Stream.ID)
		return
	}
	c.sent[s.Stream] = c.named[i].Position
}
