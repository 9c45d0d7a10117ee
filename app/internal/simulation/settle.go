package simulation

import "fmt"

// rounds is how long it may take to become quiet.
const rounds = 4000

// patience is how many rounds without a move it takes in which every decayed cache must be found out: many beats.
const patience = 60

// settle ends the faults, waits until nothing is under way, and judges the whole.
func (s *Sim) settle() {
	s.quiet = true
	defer func() { s.quiet = false }()
	s.note("settle", 0, 0)
	s.world.Fill(false)
	for _, c := range s.consoles {
		c.disk.full = false
		if !c.alive {
			c.start()
		}
	}
	s.round() // what an admin has set at one server is not to overtake the calm at another
	s.world.Calm()
	wait := 0
	if s.cfg.Rot {
		wait = patience
	}
	for n := range rounds {
		moved := s.round()
		if s.isBroken() {
			return
		}
		if (!moved || n%16 == 0) && s.still() {
			if wait--; wait < 0 {
				s.judge()
				return
			}
		}
		s.world.Advance(20)
		if !moved || n > rounds/2 {
			s.world.Advance(3000)
		}
	}
	s.fail("everything comes to its end", "%s", s.restless())
}

// round lets everybody do what there is to do.
func (s *Sim) round() (moved bool) {
	s.steps++
	s.startServers()
	for n := range s.cfg.Servers {
		for s.world.Waiting(n) > 0 && !s.isBroken() {
			s.world.Commit(n, 0)
			moved = true
		}
		s.world.Nudge(n)
		s.world.Deliver(n)
		s.world.Clock(n)
		s.world.Post()
		moved = moved || s.world.Waiting(n) > 0
	}
	for _, c := range s.consoles {
		s.signIn(c)
		moved = c.link.tick(c) || moved
		moved = c.rest() || moved
		for range 3 {
			moved = s.diskOf(c) || moved
		}
	}
	for _, p := range append([]*pipe{}, s.pipes...) {
		p.server.Work()
		for range 6 {
			moved = s.carry(p) || moved
		}
	}
	s.sweep()
	return moved
}

// still reports whether nothing is under way.
func (s *Sim) still() bool {
	if s.world.Busy() {
		return false
	}
	for _, c := range s.consoles {
		if !s.current(c) {
			return false
		}
	}
	return true
}

// restless says what is still under way.
func (s *Sim) restless() string {
	text := fmt.Sprintf("server busy: %v", s.world.Busy())
	for _, c := range s.consoles {
		phase, _ := c.rep.Phase()
		text += fmt.Sprintf("; console %d: %s, %d commands, %d disk jobs, stopped %v, positions %v", c.n, phase, c.out.Len(),
			len(c.disk.jobs), c.link.stopped, c.positions())
		for _, at := range c.positions() {
			text += fmt.Sprintf(" head %v", s.world.Head(at.Stream))
		}
	}
	return text
}

// judge is the last word when everything is quiet.
func (s *Sim) judge() {
	s.judging = true
	defer func() { s.judging = false }()
	s.world.Settled()
	for _, c := range s.consoles {
		c.checkView()
		c.diary.settled()
		if got, want := len(c.positions()), len(s.world.StreamsOf(s.world.Agent(c.agent))); got != want {
			s.fail("a console has every stream", "console %d has %d of %d", c.n, got, want)
		}
		for _, id := range c.rep.Chats() {
			known, _ := c.rep.Chat(id)
			if got, _ := c.rep.Customer(known.Customer); got != s.world.Customer(known.Customer) {
				s.fail("customers are the server's", "console %d has %+v, want %+v", c.n, got, s.world.Customer(known.Customer))
			}
		}
		if got, want := c.rep.Self().Availability, string(s.world.Availability(c.rep.Me())); got != want {
			s.fail("colleagues are the server's", "console %d is %s, want %s", c.n, got, want)
		}
	}
}
