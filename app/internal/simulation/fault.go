package simulation

import (
	"runtime/debug"

	"parley/backend/servertest"
)

func stack() string { return string(debug.Stack()) }

// administer lets an admin do something.
func (s *Sim) administer() {
	n := s.rnd.IntN(40)
	s.note("admin", n, 0)
	switch {
	case n < 26:
		s.world.Assign()
	case n < 29:
		s.world.ChangeTeams()
	case n < 32:
		s.world.ChangeCapacity()
	case n < 34:
		s.world.Rename()
	case n < 36:
		s.world.ChangeSettings()
	default:
		c := s.someone()
		s.world.Revoke(c.token)
	}
}

// fault lets something go wrong, or what went wrong end.
func (s *Sim) fault() {
	n := s.rnd.IntN(100)
	s.note("fault", n, 0)
	switch {
	case n < 22:
		if len(s.pipes) > 0 {
			s.breakOff(s.pipes[s.rnd.IntN(len(s.pipes))])
		}
	case n < 40:
		s.faultOfConsole(s.someone())
	case n < 52:
		s.signIn(s.someone())
	case n < 62:
		s.startServers()
	case n < 66:
		s.world.Kill(s.server())
	case n < 72:
		s.world.Backup()
	case n < 73:
		if !s.cfg.Busy || s.rnd.IntN(5) == 0 {
			s.restore()
		}
	case n < 75:
		s.world.Fill(true)
	case n < 83:
		s.world.Fill(false)
	case n < 85:
		s.someone().disk.full = true
	case n < 94:
		s.someone().disk.full = false
	default:
		s.setClock(s.someone())
	}
}

// mend ends what went wrong with one console, and with the servers.
func (s *Sim) mend() {
	c := s.someone()
	if !c.alive {
		c.start()
	}
	c.disk.full = false
	s.signIn(c)
	s.startServers()
	s.world.Fill(false)
}

func (s *Sim) restore() {
	if s.world.Restore() {
		s.restores++
	}
}

// startServers starts those that are down, some with another wall clock.
func (s *Sim) startServers() {
	for n := range s.cfg.Servers {
		leap := int64(0)
		switch s.rnd.IntN(8) {
		case 0:
			leap = -s.rnd.Int64N(3 * 86_400_000)
		case 1:
			leap = s.rnd.Int64N(600_000)
		}
		if s.quiet {
			leap = 0
		}
		s.world.Start(n, leap)
	}
}

// faultOfConsole kills a console in one of several ways, or starts one that was killed.
func (s *Sim) faultOfConsole(c *console) {
	if !c.alive {
		c.start()
		return
	}
	c.kill()
	switch s.rnd.IntN(5) {
	case 0, 1:
		s.world.Count(servertest.ConsoleKilled)
		c.disk.killed()
	case 2, 3:
		if c.disk.powerless(s.rnd) {
			s.world.Count(servertest.ConsoleLost)
		}
	default:
		s.world.Count(servertest.CacheTorn)
		c.disk.torn()
	}
	if s.cfg.Rot {
		c.disk.decay(s.rnd)
	}
	if s.rnd.IntN(2) == 0 {
		c.start()
	}
}

// signIn gives a console a token that is valid, if it has none; now and then somebody else signs in.
func (s *Sim) signIn(c *console) {
	if !s.cfg.Busy && s.faulty(40) {
		s.world.Count(servertest.OtherAgent)
		c.agent = s.rnd.IntN(s.cfg.Agents)
		c.token = s.world.Token(c.agent)
		if c.alive {
			c.reconnect(0)
		}
	}
	if !s.world.Valid(c.token) {
		c.token = s.world.Token(c.agent)
	}
	if c.alive && c.link.stopped {
		c.link.stopped, c.link.at = false, s.world.Now()
	}
}

// setClock sets a console's wall clock, forwards or back.
func (s *Sim) setClock(c *console) {
	s.world.Count(servertest.ConsoleClock)
	switch s.rnd.IntN(4) {
	case 0:
		c.skew = -s.world.Now() + s.rnd.Int64N(1000) // 1970
	case 1:
		c.skew = 70 * 365 * 86_400_000 // 2099 and so
	default:
		c.skew = s.rnd.Int64N(20_000) - 10_000
	}
}
