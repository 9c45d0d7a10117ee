package nettest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"parley/app/internal/engine"
	"parley/backend/chat"
	"parley/backend/worldtest"
)

// fate is what the agent did about words that were sent.
type fate string

const (
	meant     fate = "meant" // they are to reach the customer
	cancelled fate = "cancelled"
	noted     fate = "noted"     // after the server had held them: they are for colleagues
	withdrawn fate = "withdrawn" // likewise: for nobody
)

// worker is an agent with a client: the only one who touches it.
type worker struct {
	d       *day
	c       *client
	net     *network
	chance  *rand.Rand
	fates   map[string]fate // of each text
	wakes   time.Duration   // when the lid is opened again; 0: it is open
	settled map[chat.MessageID]bool

	first                                    bool // of the agent's devices
	sleeps, cuts, restarts, offline, decided int
}

func newWorker(d *day, n int, a worldtest.Agent, files bool) *worker {
	w := &worker{d: d, first: n < agents, net: newNetwork(d.world.DialContext), chance: d.chance(uint64(n)), fates: map[string]fate{},
		settled: map[chat.MessageID]bool{}}
	a.Name = fmt.Sprintf("%s on device %d", a.Name, n+1)
	w.c = newClient(d.t, a, w.net.dial, files)
	return w
}

// work is the worker's day: asleep or idle until it begins, then one thing after the other, then the evening.
func (w *worker) work() {
	idles := w.chance.IntN(4) == 0 // the machine stays on over night
	if !idles {
		w.closeLid(early - time.Hour + some(w.chance, 10*time.Minute))
	}
	for w.d.at(max(early, w.d.now()+some(w.chance, 70*time.Second*w.d.pace))) && w.d.now() < late {
		w.lid()
		w.act()
	}
	if !idles {
		w.openLid()
		w.closeLid(dayEnds)
	}
	w.d.at(dayEnds)
	w.openLid()
}

// lid lets happen what happens to a laptop. While it is closed the machine sleeps; our goroutines cannot, so that
// they meet a network which swallows everything, and when it is opened the probe that wake.go makes.
func (w *worker) lid() {
	switch now := w.d.now(); {
	case w.wakes != 0 && now >= w.wakes:
		w.openLid()
	case w.wakes != 0:
	case w.chance.IntN(int(60/w.d.pace)) == 0:
		w.closeLid(now + some(w.chance, 20*time.Minute))
	case w.chance.IntN(int(60/w.d.pace)) == 0:
		w.cuts++
		w.net.set(down)
		w.wakes = now + some(w.chance, 3*time.Minute)
	case w.chance.IntN(100) == 0:
		w.restarts++
		w.c.stop()
		w.c.start()
	}
}

// closeLid ends what the line carries, at once or only what comes: then a last thing that the agent did arrives.
func (w *worker) closeLid(until time.Duration) {
	w.sleeps++
	w.wakes = until
	if w.chance.IntN(2) == 0 {
		w.net.set(silent)
		return
	}
	w.net.set(fading)
	w.act()
}

func (w *worker) openLid() {
	if w.wakes != 0 {
		w.wakes = 0
		w.net.set(up)
		w.c.link.Probe()
	}
}

// act does one thing that an agent does, having looked.
func (w *worker) act() {
	time.Sleep(time.Second)
	p := w.c.Picture()
	switch {
	case w.decide(p):
	case len(p.My) < 15 && len(p.Queue) > 0 && w.chance.IntN(2) == 0:
		w.c.Pick(p.Queue[w.chance.IntN(len(p.Queue))].Chat.ID, w.chance.IntN(2) == 0)
	case w.chance.IntN(100) == 0:
		w.c.SetAvailable([]chat.Availability{chat.Available, chat.Unavailable}[w.chance.IntN(2)])
	case len(p.My) > 0:
		w.answer(p, w.choose(p))
	}
}

// choose prefers chats that wait.
func (w *worker) choose(p *engine.Picture) chat.ID {
	for range 5 {
		if it := p.My[w.chance.IntN(len(p.My))]; it.Chat.WaitingSince != 0 {
			return it.Chat.ID
		}
	}
	return p.My[w.chance.IntN(len(p.My))].Chat.ID
}

// decide answers a decision about words that were held, if there is one that waits for it.
func (w *worker) decide(p *engine.Picture) bool {
	for _, d := range p.Status.Decisions {
		if d.Answer != "" {
			continue
		}
		a := d.Answers[w.chance.IntN(len(d.Answers))]
		if a.Problem == nil {
			w.fates[d.Text] = map[engine.Choice]fate{engine.SendAnew: meant, engine.AsNote: noted, engine.Discard: withdrawn,
				engine.KeepAsDraft: withdrawn}[a.Choice]
		}
		w.decided++
		w.c.Decide(d.ID, a.Choice)
		return true
	}
	return false
}

// answer opens a chat, reads it, and most often replies; now and then the words are taken back in time.
func (w *worker) answer(p *engine.Picture, id chat.ID) {
	w.c.Watch(id)
	w.c.Open(id)
	w.c.Read(id, 1<<40)
	if th := p.Threads[id]; th != nil {
		w.look(th)
	}
	if w.chance.IntN(10) == 0 {
		w.c.SaveDraft(id, fmt.Sprintf("draft %d", len(w.fates)), math.MaxInt64)
		return
	}
	time.Sleep(some(w.chance, 5*time.Second)) // for writing
	text := fmt.Sprintf("answer %d of %s 👍", len(w.fates), w.c.agent.Name)
	if w.c.Send(id, text) != nil {
		return
	}
	w.fates[text] = meant
	if w.c.Picture().Status.Phase != "current" {
		w.offline++
		w.regret(id, text)
	}
}

// regret takes back, at times, what was not sent yet.
func (w *worker) regret(id chat.ID, text string) {
	th := w.c.Picture().Threads[id]
	if th == nil || w.chance.IntN(4) != 0 {
		return
	}
	for _, e := range th.Queued {
		if e.Command.Text == text && w.c.Cancel(e.ID) {
			w.fates[text] = cancelled
		}
	}
}

// look deals with replies that failed, and tells of those that nobody knows about what the vendor says.
func (w *worker) look(th *engine.Thread) {
	for i := range th.Messages {
		m := &th.Messages[i]
		switch {
		case w.settled[m.ID]:
		case m.State == chat.Failed && m.Author == w.c.agent.ID && w.first:
			w.settled[m.ID] = true
			w.c.Retry(th.Chat, m.ID)
		case m.Asks:
			w.settled[m.ID] = true
			w.c.Settle(th.Chat, m.ID, w.d.wentOut(m.ID))
		}
	}
}
