// Package simulation runs the client's pure rooms against the server's (backend/servertest) in one goroutine, with
// everything from one seed: who does what, how long a frame takes, and what fails. After every frame that a console
// applies its promises are judged (sync.md), and when the faults stop, that everything comes to its end. A seed that
// fails can be run again and fails in the same way. It is for tests only.
package simulation

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"parley/app/internal/replica"
	"parley/backend/servertest"
	"parley/backend/wire"
)

// Config says what is simulated. What is zero follows from the seed.
type Config struct {
	Seed     uint64
	Steps    int // before each quiet time
	Episodes int // how often it becomes quiet

	Servers  int
	Consoles int
	Agents   int
	// Rot lets the consoles' caches decay: what is judged then is that the digests find it.
	Rot bool
	// Busy is for a long run: more customers, fewer faults among what happens, always the same agents.
	Busy bool
	// Histories bounds the memory of a long run, see servertest.Config.
	Histories int
}

// Report is what a run was.
type Report struct {
	Seed     uint64
	Steps    int
	Commands int64 // decided and committed
	Agents   int64 // of these, agents'
	Frames   int64 // that consoles took
	Faults   servertest.Faults
	Hash     uint64 // of everything that happened
	Broken   *servertest.Violation
	Last     []string // the last steps, if something broke
}

// Sim is one run.
type Sim struct {
	cfg      Config
	rnd      *rand.Rand
	world    *servertest.World
	consoles []*console
	pipes    []*pipe
	actions  []action
	quiet    bool // nothing fails any more
	judging  bool // and nothing is under way
	steps    int
	frames   int64
	made     int
	restores int
	broken   *servertest.Violation
	trace    trace
}

// trace is what happened, as a hash and the last steps.
type trace struct {
	sum  uint64
	ring [64]event
	next int
}

type event struct {
	step int
	at   int64
	what string
	who  int
	n    int64
}

// note adds a step to the trace.
func (s *Sim) note(what string, who int, n int64) {
	t := &s.trace
	t.ring[t.next%len(t.ring)] = event{s.steps, s.world.Now(), what, who, n}
	t.next++
	for _, c := range []byte(what) {
		t.sum = (t.sum ^ uint64(c)) * 1099511628211
	}
	t.sum = (t.sum ^ uint64(who)<<32 ^ uint64(n) ^ uint64(s.world.Now())) * 1099511628211
}

// hash adds bytes to the trace.
func (s *Sim) hash(b []byte) {
	h := fnv.New64a()
	_, _ = h.Write(b) // a hash never fails
	s.trace.sum = s.trace.sum*31 + h.Sum64()
}

// fail keeps the first promise that was not kept.
func (s *Sim) fail(invariant, format string, args ...any) {
	if s.broken == nil {
		s.broken = &servertest.Violation{Invariant: invariant, Detail: fmt.Sprintf(format, args...)}
	}
}

func (s *Sim) isBroken() bool {
	if s.broken == nil {
		s.broken = s.world.Broken()
	}
	return s.broken != nil
}

// faulty reports whether something that happens once in n goes wrong now.
func (s *Sim) faulty(n int) bool { return !s.quiet && s.rnd.IntN(n) == 0 }

// New sets up a run.
func New(cfg Config) *Sim {
	r := rand.New(rand.NewPCG(cfg.Seed, 0x9e3779b97f4a7c15))
	def := func(n *int, v int) {
		if *n == 0 {
			*n = v
		}
	}
	def(&cfg.Steps, 2500)
	def(&cfg.Episodes, 2)
	def(&cfg.Servers, 1+int(cfg.Seed%2))
	def(&cfg.Agents, 2+r.IntN(2))
	def(&cfg.Consoles, cfg.Agents+1+r.IntN(2))
	s := &Sim{cfg: cfg, rnd: r, actions: actions}
	customers := 3 + r.IntN(10)
	if cfg.Busy {
		s.actions, customers = busy, 60
	}
	s.world = servertest.New(servertest.Config{Rand: r, Servers: cfg.Servers, Agents: cfg.Agents, Teams: 1 + r.IntN(3),
		Customers: customers, KeepFrames: 20 + r.Int64N(60), KeepResults: wire.MaxUnacked, Watched: 2 + r.IntN(6),
		LogBatch: 2 + r.IntN(6), Requests: 2 + r.IntN(4), SnapshotBytes: 300 + r.IntN(3000), Batch: 1 + r.IntN(6),
		Histories: cfg.Histories})
	for n := range cfg.Consoles {
		c := &console{s: s, n: n, agent: n % cfg.Agents, disk: newDisk(), diary: newDiary(s)}
		s.consoles = append(s.consoles, c)
		c.token = s.world.Token(c.agent)
		c.start()
	}
	return s
}

// Run runs a simulation to its end, or to the first promise that is not kept.
func Run(cfg Config) (r *Report) {
	s := New(cfg)
	defer func() {
		if p := recover(); p != nil {
			s.fail("nothing panics", "%v", p)
			r = s.report()
			r.Last = append(r.Last, stack())
		}
	}()
	for range s.cfg.Episodes {
		for range s.cfg.Steps {
			s.step()
			if s.isBroken() {
				return s.report()
			}
		}
		if s.settle(); s.isBroken() {
			return s.report()
		}
	}
	return s.report()
}

func (s *Sim) report() *Report {
	r := &Report{Seed: s.cfg.Seed, Steps: s.steps, Frames: s.frames, Faults: s.world.Faults(), Hash: s.trace.sum, Broken: s.broken}
	r.Commands, r.Agents = s.world.Commands()
	if s.broken != nil {
		for i := range s.trace.ring {
			e := &s.trace.ring[(s.trace.next+i)%len(s.trace.ring)]
			if e.what != "" {
				r.Last = append(r.Last, fmt.Sprintf("step %d at %d: %s %d %d", e.step, e.at, e.what, e.who, e.n))
			}
		}
	}
	return r
}

// step lets one thing happen.
func (s *Sim) step() {
	s.steps++
	s.world.Advance(s.pause())
	what := s.actions[s.rnd.IntN(len(s.actions))]
	what.do(s)
	if s.steps%64 == 0 {
		s.sweep()
	}
}

// pause is how much time passes: mostly little.
func (s *Sim) pause() int64 {
	switch n := s.rnd.IntN(2000); {
	case n == 0:
		return s.rnd.Int64N(3 * 3_600_000)
	case n < 10:
		return s.rnd.Int64N(60_000)
	case n < 60:
		return s.rnd.Int64N(3000)
	}
	return s.rnd.Int64N(60)
}

// sweep forgets connections on which nothing happens any more.
func (s *Sim) sweep() {
	s.pipes = slices.DeleteFunc(s.pipes, func(p *pipe) bool { return p.over() })
}

type action struct {
	name string
	do   func(*Sim)
}

// actions is what may happen, each as often as its weight says.
var actions = weighted(
	weight{40, action{"carry", (*Sim).carryOne}},
	weight{14, action{"disk", (*Sim).diskOne}},
	weight{9, action{"act", (*Sim).actOne}},
	weight{12, action{"commit", (*Sim).commitOne}},
	weight{8, action{"deliver", func(s *Sim) { s.world.Deliver(s.server()) }}},
	weight{2, action{"clock", func(s *Sim) { s.world.Clock(s.server()) }}},
	weight{2, action{"nudge", func(s *Sim) { s.world.Nudge(s.server()) }}},
	weight{6, action{"post", func(s *Sim) { s.world.Post() }}},
	weight{4, action{"write", func(s *Sim) { s.world.Write() }}},
	weight{8, action{"tick", (*Sim).tickOne}},
	weight{1, action{"prune", func(s *Sim) { s.world.Prune(s.server()) }}},
	weight{1, action{"admin", (*Sim).administer}},
	weight{3, action{"fault", (*Sim).fault}},
)

// busy is actions for many consoles and few faults, so that most of what is asked for comes to its end.
var busy = append(slices.Clone(actions), weighted(
	weight{110, action{"carry", (*Sim).carryOne}},
	weight{45, action{"disk", (*Sim).diskOne}},
	weight{14, action{"act", (*Sim).actOne}},
	weight{20, action{"commit", (*Sim).commitOne}},
	weight{30, action{"deliver", func(s *Sim) { s.world.Deliver(s.server()) }}},
	weight{12, action{"tick", (*Sim).tickOne}},
	weight{14, action{"post", func(s *Sim) { s.world.Post() }}},
	weight{3, action{"mend", (*Sim).mend}},
)...)

type weight struct {
	n int
	a action
}

func weighted(all ...weight) []action {
	var l []action
	for _, w := range all {
		for range w.n {
			l = append(l, w.a)
		}
	}
	return l
}

func (s *Sim) server() int { return s.rnd.IntN(s.cfg.Servers) }

func (s *Sim) someone() *console { return s.consoles[s.rnd.IntN(len(s.consoles))] }

func (s *Sim) carryOne() {
	if len(s.pipes) == 0 {
		return
	}
	p := s.pipes[s.rnd.IntN(len(s.pipes))]
	if s.carry(p) {
		s.note("carry", p.console.n, p.number)
	}
}

func (s *Sim) diskOne() { s.diskOf(s.someone()) }

// diskOf does the next thing that a console's disk has to do.
func (s *Sim) diskOf(c *console) bool {
	if !c.alive {
		return false
	}
	worked, refused := c.disk.work(s.rnd)
	if refused {
		s.world.Count(servertest.ConsoleFull)
	}
	if worked {
		s.note("disk", c.n, int64(len(c.disk.jobs)))
		c.flush()
	}
	return worked
}

func (s *Sim) actOne() {
	if c := s.someone(); c.alive {
		s.note("act", c.n, int64(c.out.Len()))
		c.act()
	}
}

func (s *Sim) tickOne() {
	c := s.someone()
	if c.alive && (c.link.tick(c) || c.rest()) {
		s.note("tick", c.n, c.link.number)
	}
	if len(s.pipes) > 0 {
		s.pipes[s.rnd.IntN(len(s.pipes))].server.Work()
	}
}

// commitOne lets a server commit what waits; some die of it.
func (s *Sim) commitOne() {
	n := s.server()
	if s.world.Waiting(n) == 0 {
		return
	}
	fate := servertest.Durable
	switch {
	case s.faulty(150):
		fate = servertest.CrashBefore
	case s.faulty(150):
		fate = servertest.CrashAfter
	}
	s.note("commit", n, int64(fate))
	s.world.Commit(n, fate)
}

// current reports whether a console has everything that the server has.
func (s *Sim) current(c *console) bool {
	if phase, _ := c.rep.Phase(); phase != replica.Current || c.rep.Me() != s.world.Agent(c.agent) {
		return false
	}
	for _, at := range c.positions() {
		if s.world.Head(at.Stream) != at.Position {
			return false
		}
	}
	return c.out.Len() == 0 && len(c.disk.jobs) == 0 && len(c.disk.unsaved) == 0
}
