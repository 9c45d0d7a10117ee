package servertest

import (
	"context"
	"errors"
	"slices"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/hub"
	"parley/backend/internal/store"
)

// process is one server on the store, as far as it is lost when it is killed.
type process struct {
	w       *World
	n       int
	up      bool
	skew    int64 // of its wall clock
	began   int64 // when it was started
	base    chat.Millis
	highest chat.Millis

	upgrades  int
	hub       *hub.Hub
	conns     []*Conn
	waiting   []*job
	calls     []*call
	recovered bool  // what an earlier life left open was ended
	nudged    bool  // somebody else has committed
	noted     int64 // when it was noted last who is connected
}

// job is a command and whoever waits for its answer.
type job struct {
	command desk.Command
	gone    func() bool // nobody waits any more; nil: somebody always does
	outside bool        // who waits outlives the process
	done    func(desk.Answer, error)

	answer  desk.Answer
	skipped bool
}

// Fate is what becomes of a commit.
type Fate int

const (
	Durable     Fate = iota // it is stored and everybody is told
	CrashBefore             // the server dies before it is durable
	CrashAfter              // the server dies after it is durable and before anybody was told
)

var errCrash = errors.New("servertest: killed")

// start begins a life: server time begins at the highest stored or the wall clock, whichever is later.
func (p *process) start() {
	*p = process{w: p.w, n: p.n, up: true, skew: p.skew, began: p.w.now, hub: hub.New()}
	p.w.read(func(r store.Reader) { p.base = max(r.Clock(), chat.Millis(p.w.now+p.skew)) })
	p.highest = p.base
	p.submit(&job{command: desk.Started{}, done: func(desk.Answer, error) {}})
}

// time is the server's time: it runs with the monotonic clock and never goes back.
func (p *process) time() chat.Millis {
	p.highest = max(p.highest, p.base+chat.Millis(p.w.now-p.began))
	return p.highest
}

func (p *process) submit(j *job) { p.waiting = append(p.waiting, j) }

// kill ends a life without a word.
func (p *process) kill() {
	for _, c := range slices.Clone(p.conns) {
		c.die()
	}
	for _, c := range p.calls {
		p.w.faults.add(c.phase.killed())
	}
	for _, j := range p.waiting {
		if j.outside {
			j.done(desk.Answer{}, errCrash)
		}
	}
	p.up, p.waiting, p.calls = false, nil, nil
}

// Waiting is how many commands wait at a server.
func (w *World) Waiting(server int) int { return len(w.processes[server].waiting) }

// Kill kills a server.
func (w *World) Kill(server int) {
	if p := w.processes[server]; p.up {
		w.faults.add(ServerKilled)
		p.kill()
	}
}

// Start starts a killed server; leap moves its wall clock from where it was.
func (w *World) Start(server int, leap int64) {
	p := w.processes[server]
	if p.up {
		return
	}
	if leap != 0 {
		w.faults.add(ServerClock)
	}
	p.skew += leap
	p.start()
}

// Fill makes the server's disk full, or makes room again.
func (w *World) Fill(full bool) { w.full = full }

// Commit takes what waits at a server into one transaction.
func (w *World) Commit(server int, fate Fate) {
	p := w.processes[server]
	if !p.up || len(p.waiting) == 0 {
		return
	}
	n := min(len(p.waiting), w.cfg.Batch)
	batch := p.waiting[:n:n]
	p.waiting = p.waiting[n:]
	frames, err := p.store(batch, fate)
	switch {
	case errors.Is(err, errCrash):
		w.faults.add(CrashedBefore)
		p.abandon(batch)
		return
	case err == nil && fate == CrashAfter:
		w.faults.add(CrashedAfter)
		p.abandon(batch)
		return
	case errors.Is(err, store.ErrNoRoom):
		w.faults.add(ServerFull)
	case err != nil:
		w.fail("no outcome is refused by the store", "%v", err)
	default:
		p.hub.Publish(frames)
		p.tellOthers()
	}
	for _, j := range batch {
		if !j.skipped {
			j.done(j.answer, err)
		}
	}
}

// abandon kills the process in the middle of a batch.
func (p *process) abandon(batch []*job) {
	p.waiting = append(batch, p.waiting...)
	p.kill()
}

// store decides and stores a batch.
func (p *process) store(batch []*job, fate Fate) (frames []store.Frame, err error) {
	w := p.w
	t := w.judge.begin()
	err = w.store.Commit(context.Background(), func(tx store.Tx) error {
		if w.full {
			return store.ErrNoRoom
		}
		now := max(p.time(), tx.Clock())
		for _, j := range batch {
			if j.skipped = j.gone != nil && j.gone(); j.skipped {
				continue
			}
			o := desk.Decide(tx, now, w.ids, j.command)
			t.decided(tx, j.command, &o)
			made := tx.Apply(o, now)
			if err := tx.Err(); err != nil {
				return err
			}
			t.applied(tx, &o, now)
			frames = append(frames, made...)
			j.answer = o.Answer
		}
		tx.SetClock(max(now, tx.Clock()))
		if fate == CrashBefore {
			return errCrash
		}
		return tx.Err()
	})
	if err != nil {
		return nil, err
	}
	t.commit()
	return frames, nil
}

// tellOthers wakes the other servers, or does not: nothing depends on it.
func (p *process) tellOthers() {
	for _, other := range p.w.processes {
		switch {
		case other == p || !other.up:
		case p.w.rnd.IntN(3) == 0:
			p.w.faults.add(WakeLost)
		default:
			other.nudged = true
		}
	}
	if len(p.w.processes) > 1 {
		p.w.faults.add(TwoServers)
	}
}

// Nudge lets a server that was told of another's commit look.
func (w *World) Nudge(server int) {
	p := w.processes[server]
	if !p.up || !p.nudged {
		return
	}
	p.nudged = false
	for _, c := range slices.Clone(p.conns) {
		c.check()
	}
}

// Prune lets a server drop a batch of what need not be kept, and returns how much that was.
func (w *World) Prune(server int) (dropped int) {
	p := w.processes[server]
	if !p.up || w.full {
		return 0
	}
	kept := store.Retention{Frames: w.cfg.KeepFrames, Age: 1 << 50, Batch: 50, Results: w.cfg.KeepResults, Ended: 3_600_000}
	err := w.store.Commit(context.Background(), func(tx store.Tx) error {
		dropped = tx.Prune(kept, p.time())
		return tx.Err()
	})
	if err != nil {
		w.fail("store", "the log cannot be pruned: %v", err)
	}
	if dropped > 0 {
		w.faults.add(LogTruncated)
	}
	return dropped
}
