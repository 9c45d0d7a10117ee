package simulation

import (
	"bytes"

	"parley/backend/servertest"
	"parley/backend/wire"
)

// pipe is one connection between a console and a server, with what is on its way.
type pipe struct {
	console *console
	life    int   // of the console that dialled
	restore int   // how often the server had been restored then
	number  int64 // of the connection, the console's
	server  *servertest.Conn
	up      []packet
	down    []packet
	slow    bool // the console takes little
	deaf    bool // half-open: what is sent is lost, and neither end is told
	hungUp  bool // the console has closed it
	cut     bool // it is gone; each end is told when it has what arrived before
	told    bool // the console knows its end
}

// packet is a frame on its way.
type packet struct {
	at    int64
	bytes []byte
	again bool // a copy of one that has arrived
}

// window is how many frames of a server may be on their way.
const window = 6

func (s *Sim) dial(c *console) {
	server := s.rnd.IntN(s.cfg.Servers)
	conn, status := s.world.Dial(server, c.token)
	s.note("dial", c.n, int64(server*1000+status))
	if status != 101 {
		c.dialFailed(status)
		return
	}
	p := &pipe{console: c, life: c.life, restore: s.restores, number: c.link.opened(c), server: conn, slow: s.faulty(15)}
	s.pipes = append(s.pipes, p)
	c.link.pipe = p
	c.connected(p.number)
}

// latency is how long a frame takes.
func (s *Sim) latency() int64 {
	if s.faulty(12) {
		s.world.Count(servertest.Delayed)
		return s.rnd.Int64N(20_000)
	}
	return s.rnd.Int64N(200)
}

func (s *Sim) sendUp(p *pipe, b []byte) {
	if p.hungUp || p.cut {
		return
	}
	p.up = append(p.up, packet{at: max(s.world.Now()+s.latency(), last(p.up)), bytes: b})
}

// last is when the newest packet arrives; none overtakes another.
func last(q []packet) int64 {
	if len(q) == 0 {
		return 0
	}
	return q[len(q)-1].at
}

// carry moves one thing of one connection on; false: there was nothing to move.
func (s *Sim) carry(p *pipe) bool {
	now := s.world.Now()
	switch s.rnd.IntN(3) {
	case 0:
		if s.pull(p) {
			return true
		}
	case 1:
		if len(p.down) > 0 && p.down[0].at <= now {
			s.arrive(p)
			return true
		}
	}
	if len(p.up) > 0 && p.up[0].at <= now {
		s.reach(p)
		return true
	}
	return s.endOf(p)
}

// pull takes the next frame from the server.
func (s *Sim) pull(p *pipe) bool {
	if p.cut || len(p.down) >= window {
		return false
	}
	b := p.server.Down()
	if b == nil {
		return false
	}
	if p.hungUp || p.deaf {
		return true
	}
	at := max(s.world.Now()+s.latency(), last(p.down))
	if p.slow {
		at += s.rnd.Int64N(9000)
	}
	p.down = append(p.down, packet{at: at, bytes: b})
	return true
}

var (
	isFrame   = []byte(`{"frame"`)
	isResult  = []byte(`{"result"`)
	isCommand = []byte(`{"command"`)
)

// arrive gives the console the next frame; some come again, or not at all.
func (s *Sim) arrive(p *pipe) {
	next := p.down[0]
	p.down = p.down[1:]
	if p.hungUp {
		return
	}
	frame := bytes.HasPrefix(next.bytes, isFrame)
	if frame && !next.again && s.faulty(250) {
		s.world.Count(servertest.FrameLost)
		return
	}
	if (frame || bytes.HasPrefix(next.bytes, isResult)) && !next.again && s.faulty(60) {
		s.world.Count(servertest.HeardTwice)
		p.down = repeat(p.down, next, s.rnd.IntN(len(p.down)+1))
	}
	d, err := wire.DecodeDown(next.bytes)
	if err != nil {
		s.fail("frames can be read", "%v", err)
		return
	}
	s.hash(next.bytes)
	p.console.received(p, &d)
}

// repeat puts a copy of a packet behind some of q.
func repeat(q []packet, again packet, behind int) []packet {
	again.again = true
	if behind > 0 {
		again.at = q[behind-1].at
	}
	out := append([]packet{}, q[:behind]...)
	return append(append(out, again), q[behind:]...)
}

// reach gives the server the next frame.
func (s *Sim) reach(p *pipe) {
	next := p.up[0]
	p.up = p.up[1:]
	if bytes.HasPrefix(next.bytes, isCommand) && !next.again && s.faulty(60) {
		s.world.Count(servertest.SentTwice)
		p.up = repeat(p.up, next, s.rnd.IntN(len(p.up)+1))
	}
	if !p.deaf {
		p.server.Up(next.bytes)
	}
}

// endOf tells each end that the connection is gone, once it has what arrived before.
func (s *Sim) endOf(p *pipe) bool {
	code, closed := p.server.Closed()
	switch {
	case len(p.up) == 0 && (p.cut || p.hungUp) && !p.deaf && !closed:
		p.server.Drop()
		return true
	case len(p.down) == 0 && !p.told && !p.deaf && (p.cut || closed):
		p.told = true
		if !p.hungUp && p.console.life == p.life {
			p.console.disconnected(p, code)
		}
		return true
	}
	return false
}

// over reports whether nothing will happen on p any more.
func (p *pipe) over() bool {
	_, closed := p.server.Closed()
	return closed && (p.told || p.hungUp || p.console.life != p.life) && len(p.up) == 0
}

// breakOff lets a connection be cut, between two frames or in the middle of one, or be gone without a word.
func (s *Sim) breakOff(p *pipe) {
	if p.cut || p.deaf || p.hungUp {
		return
	}
	switch s.rnd.IntN(3) {
	case 0:
		s.world.Count(servertest.HalfOpen)
		p.deaf = true
		return
	case 1:
		s.world.Count(servertest.Cut)
	default:
		s.tear(p)
	}
	p.cut = true
	p.up, p.down = p.up[:s.rnd.IntN(len(p.up)+1)], p.down[:s.rnd.IntN(len(p.down)+1)]
}

// tear cuts within a frame that is on its way: what there is of it is not taken for a frame.
func (s *Sim) tear(p *pipe) {
	switch {
	case len(p.down) > 0:
		b := p.down[len(p.down)-1].bytes
		if _, err := wire.DecodeDown(b[:s.rnd.IntN(len(b))]); err == nil {
			s.fail("a part of a frame is no frame", "%d bytes of %d", len(b), len(b))
		}
		p.down = p.down[:len(p.down)-1]
	case len(p.up) > 0:
		b := p.up[len(p.up)-1].bytes
		if _, err := wire.DecodeUp(b[:s.rnd.IntN(len(b))]); err == nil {
			s.fail("a part of a frame is no frame", "%d bytes", len(b))
		}
		p.up = p.up[:len(p.up)-1]
	default:
		s.world.Count(servertest.Cut)
		return
	}
	s.world.Count(servertest.CutInFrame)
}
