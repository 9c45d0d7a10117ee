package servertest

import (
	"slices"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// call is one attempt to hand a message to the vendor.
type call struct {
	row     desk.Outgoing
	attempt int
	phase   phase
	end     desk.SendEnded
}

type phase int

const (
	asked  phase = iota // its beginning lies before the commit
	begun               // committed; the vendor was not called
	called              // the vendor was called, and nothing was noted
	noted               // its end lies before the commit
)

func (p phase) killed() Fault {
	if p == asked || p == begun {
		return KilledBegun
	}
	return KilledCalled
}

const (
	// lease is how long a row may be sending where several servers share the store, before whoever sees it takes
	// its caller for dead; no call lasts so long.
	lease     chat.Millis = 120_000
	sendTries             = 4
	atOnce                = 4 // calls
)

// Deliver lets a server do one thing for what goes out, as deliver does it.
func (w *World) Deliver(server int) {
	p := w.processes[server]
	if !p.up {
		return
	}
	if p.recover() {
		return
	}
	if len(p.calls) > 0 && w.rnd.IntN(3) != 0 {
		p.goOn(p.calls[w.rnd.IntN(len(p.calls))])
		return
	}
	p.sendNext()
}

// recover ends what was begun and whose caller is dead; it reports whether there was something.
func (p *process) recover() bool {
	if p.recovered && len(p.w.processes) == 1 {
		return false
	}
	var dead []desk.Outgoing
	p.w.read(func(r store.Reader) {
		for _, row := range r.Sending() {
			if len(p.w.processes) == 1 || row.Since <= p.time()-lease {
				dead = append(dead, row)
			}
		}
	})
	if len(dead) == 0 {
		p.recovered = true
		return false
	}
	if slices.ContainsFunc(p.waiting, func(j *job) bool { _, ok := j.command.(desk.SendEnded); return ok }) {
		return true // under way
	}
	for _, row := range dead {
		p.submit(&job{command: desk.SendEnded{Message: row.Message, Attempt: row.Attempt, Ended: desk.EndUnclear},
			done: func(desk.Answer, error) {}})
	}
	return true
}

// sendNext begins an attempt that is due.
func (p *process) sendNext() {
	if len(p.calls) >= atOnce {
		return
	}
	var due []desk.Outgoing
	p.w.read(func(r store.Reader) { due = r.DueOutgoing(p.time(), atOnce+len(p.calls)) })
	due = slices.DeleteFunc(due, func(row desk.Outgoing) bool {
		return slices.ContainsFunc(p.calls, func(c *call) bool { return c.row.Chat == row.Chat })
	})
	if len(due) == 0 {
		return
	}
	c := &call{row: due[p.w.rnd.IntN(len(due))]}
	c.attempt = c.row.Attempt + 1
	p.calls = append(p.calls, c)
	p.submit(&job{command: desk.SendBegun{Message: c.row.Message, Attempt: c.attempt}, done: func(a desk.Answer, err error) {
		if err != nil || a.Problem != nil {
			p.over(c)
			return
		}
		c.phase = begun
	}})
}

func (p *process) over(c *call) {
	p.calls = slices.DeleteFunc(p.calls, func(x *call) bool { return x == c })
}

// goOn makes the next step of a call.
func (p *process) goOn(c *call) {
	switch c.phase {
	case begun:
		p.call(c)
	case called:
		c.phase = noted
		p.submit(&job{command: c.end, done: func(a desk.Answer, err error) {
			if err != nil {
				c.phase = called // it is noted until the store takes it
				return
			}
			if a.Problem != nil && a.Problem.Kind != chat.NotFound {
				p.w.fail("the end of a call is taken", "%v", a.Problem)
			}
			p.over(c)
		}})
	}
}

// call hands the message to the vendor. What came of it is not always known.
func (p *process) call(c *call) {
	w := p.w
	c.phase = called
	c.end = desk.SendEnded{Message: c.row.Message, Attempt: c.attempt, Ended: desk.EndAccepted}
	switch w.rnd.IntN(12) {
	case 0: // not taken, and the vendor says so
		w.faults.add(VendorSlow)
		c.end.Ended, c.end.RetryAt = desk.EndRetry, p.time()+chat.Millis(1000+w.rnd.IntN(30_000))
		if c.attempt >= sendTries {
			c.end.Ended, c.end.Failure = desk.EndFailed, &chat.Failure{Reason: chat.VendorDown}
		}
	case 1: // taken, and nobody said so
		w.faults.add(VendorSilent)
		w.take(&c.row)
		c.end.Ended = desk.EndUnclear
	case 2: // not taken, and nobody said so
		w.faults.add(VendorSilent)
		c.end.Ended = desk.EndUnclear
	case 3:
		c.end.Ended, c.end.Failure = desk.EndFailed, &chat.Failure{Code: "100", Reason: chat.Rejected}
	default:
		c.end.VendorID = w.take(&c.row)
	}
}

// Clock lets a server fire some timers, or fetch one file, that are due, and note who is connected.
func (w *World) Clock(server int) {
	p := w.processes[server]
	if !p.up || slices.ContainsFunc(p.waiting, isClocks) {
		return
	}
	p.note()
	var timers []desk.Timer
	var files []desk.Media
	w.read(func(r store.Reader) {
		timers, files = r.DueTimers(p.time(), timersAtOnce), r.DueMedia(p.time(), 1)
	})
	for _, t := range timers {
		p.submit(&job{command: desk.TimerDue{ID: t.ID}, done: func(desk.Answer, error) {}})
	}
	for _, m := range files {
		end := desk.MediaEnded{Media: m.ID, Attempt: m.Attempt + 1, Ready: w.rnd.IntN(3) != 0, Size: 1000}
		if !end.Ready && m.Attempt < 2 {
			end.RetryAt = p.time() + 5000
		}
		p.submit(&job{command: end, done: func(desk.Answer, error) {}})
	}
}

// timersAtOnce is how many timers a server has under way.
const timersAtOnce = 8

// heardEvery is how often a server notes whose consoles are connected.
const heardEvery = 30_000

func (p *process) note() {
	if p.w.now-p.noted < heardEvery {
		return
	}
	p.noted = p.w.now
	var here []chat.AgentID
	for _, c := range p.conns {
		if c.hello != nil && !c.leaving && !slices.Contains(here, c.who.Agent) {
			here = append(here, c.who.Agent)
		}
	}
	if len(here) > 0 {
		p.submit(&job{command: desk.Heard{Agents: here}, done: func(desk.Answer, error) {}})
	}
}

func isClocks(j *job) bool {
	switch j.command.(type) {
	case desk.TimerDue, desk.MediaEnded:
		return true
	}
	return false
}

// Busy reports whether anything waits to be sent, told or committed; what is due later counts too.
func (w *World) Busy() bool {
	busy := len(w.vendor.posts) > 0
	for _, p := range w.processes {
		busy = busy || len(p.waiting) > 0 || len(p.calls) > 0
	}
	w.read(func(r store.Reader) {
		outgoing, media, _ := r.NextDue()
		busy = busy || outgoing != 0 || media != 0 || len(r.Sending()) > 0
	})
	return busy
}
