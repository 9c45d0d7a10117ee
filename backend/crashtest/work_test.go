//go:build e2e && linux

package crashtest

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"parley/app/view"
	"parley/backend/chat"
	"parley/backend/internal/vendors"
)

// people are the customers. One hides the phone.
var people = []vendors.Person{
	{Name: "Ana Lima", Phone: "5511987654321"},
	{Name: "Jörg Weiß", Phone: "4915112345678"},
	{Name: "ליאור כהן", Phone: "972501234567", UserID: "IL.2231208655302741"},
	{Name: "Sam Okafor", UserID: "US.13491208655302741918"},
	{Name: "Yuki Tanaka", Phone: "819012345678"},
	{Name: "Zoë 🛵", Phone: "33612345678"},
}

// words are what customers and the agent say; the ledger makes each unique.
var words = []string{"Where is my parcel?", "Der Router blinkt rot.", "أين طلبي؟", "👍", "La factura está mal, otra vez.",
	"It went out this morning.\nYou get a link when it is on the van.", "ok"}

const (
	writing  = 3                     // customers who write in a round
	pace     = 60 * time.Millisecond // between the messages of one
	answers  = 25 * time.Millisecond // between the replies of the agent
	fileSize = 20 << 10
)

// begin has customers write and the agent answer until end is called, which returns when everybody has stopped and
// every webhook was answered 200.
func (w *world) begin(round int) (end func()) {
	ctx, stop := context.WithCancel(w.ctx)
	var all sync.WaitGroup
	work := func(does func()) {
		all.Add(1)
		w.working.Go(func() { defer all.Done(); does() })
	}
	for who := range writing {
		person := people[(round+who*2)%len(people)]
		work(func() { w.customer(ctx, w.chance(round, who), person) })
	}
	work(func() { w.agentWorks(ctx, w.chance(round, writing)) })
	return func() { stop(); all.Wait() }
}

// every calls act again and again until ctx ends.
func every(ctx context.Context, d time.Duration, act func()) {
	again := time.NewTicker(d)
	defer again.Stop()
	for {
		act()
		select {
		case <-ctx.Done():
			return
		case <-again.C:
		}
	}
}

// customer writes one or two messages at a time, now and then with a file. Some webhooks come twice.
func (w *world) customer(ctx context.Context, chance *rand.Rand, who vendors.Person) {
	every(ctx, pace, func() {
		var messages []vendors.Message
		var promises []*said
		for range 1 + chance.IntN(5)/4 {
			m := w.whatsapp.Message(who, number, w.content(chance))
			messages, promises = append(messages, m), append(promises, w.ledger.says(m))
		}
		body := w.whatsapp.Body(messages...)
		if !w.post(body) {
			return
		}
		w.ledger.set(func() {
			for _, s := range promises {
				s.acked = true
			}
		})
		if chance.IntN(8) == 0 {
			w.post(body)
		}
	})
}

func (w *world) content(chance *rand.Rand) vendors.Content {
	c := vendors.Content{Text: w.ledger.word(words[chance.IntN(len(words))])}
	if chance.IntN(6) == 0 {
		data := make([]byte, 1+chance.IntN(fileSize))
		for i := range data {
			data[i] = byte(chance.Uint32())
		}
		c.File = &vendors.File{Kind: "document", Name: "bill.pdf", MIME: "application/pdf", Data: data}
	}
	return c
}

// agentWorks picks what is queued, opens, reads and answers. While there is no console nothing happens.
func (w *world) agentWorks(ctx context.Context, chance *rand.Rand) {
	every(ctx, answers, func() {
		c := w.console.Load()
		if c == nil {
			return
		}
		_, queue, _, err := c.look(view.Queue, "")
		for _, row := range queue {
			_ = c.call("Pick", nil, row.ID, chance.IntN(2) == 0) // it is picked again if it stays
		}
		status, mine, _, err2 := c.look(view.MyChats, "")
		if err != nil || err2 != nil || len(mine) == 0 {
			return // the console ended meanwhile
		}
		w.decide(c, status.Decisions)
		if chance.IntN(3) == 0 {
			w.types(c, mine[chance.IntN(len(mine))].ID, words[chance.IntN(len(words))])
		}
		w.answer(c, mine[chance.IntN(len(mine))].ID, words[chance.IntN(len(words))], chance.IntN(4) == 0)
	})
}

// types writes in a chat and sends nothing. The server is told when the agent looks elsewhere; until then only this
// console has it.
func (w *world) types(c *console, id, text string) {
	text = w.ledger.word(text)
	taken := w.ledger.types(id, text)
	_ = c.call("Looking", nil, id, true) // this one is promised nothing
	if c.call("SaveDraft", nil, id, text) == nil {
		taken(c)
	}
}

// answer opens, reads and answers a chat, or leaves a note in it. With that its draft is sent.
func (w *world) answer(c *console, id, text string, note bool) {
	_, _, thread, err := c.look(view.MyChats, id)
	if err != nil || len(thread) == 0 {
		return // it is read from the disk first
	}
	newest := slices.MaxFunc(append(thread[0].Messages, view.Message{}), func(a, b view.Message) int { return int(a.Number - b.Number) })
	_ = c.call("Open", nil, id) // these two are promised nothing
	_ = c.call("Read", nil, id, newest.Number)
	r, method := w.ledger.writes(id, w.ledger.word(text), note), "Send"
	if note {
		method = "Note"
	}
	taken := w.ledger.types(id, "")
	var problems []view.Problem
	err = c.call(method, &problems, id, r.text)
	switch {
	case err == nil && len(problems) == 0:
		taken(c)
		w.ledger.promises(c)
	case err == nil:
		w.ledger.untypes(id)
	}
	w.ledger.set(func() {
		r.acked = err == nil && len(problems) == 0
		r.refused = err == nil && len(problems) > 0
	})
}

// decide has replies that were held sent anew, and notes left.
func (w *world) decide(c *console, decisions []view.Decision) {
	for _, d := range decisions {
		w.ledger.set(func() {
			if r := w.ledger.replies[d.Text]; r != nil {
				r.decided = true
			} else {
				w.wrong("a decision is asked about a text that nobody wrote: %s", d.Text)
			}
		})
		choice := view.ChooseSend
		if d.Kind == string(chat.CmdNote) {
			choice = view.ChooseNote
		}
		_ = c.call("Decide", nil, d.Command, choice) // it is decided again if it stays
	}
}

// more waits until the ledger has n more of what count counts.
func (w *world) more(n int, count func() int) {
	w.t.Helper()
	before := count()
	if !until(w.ctx, func() bool { return count() >= before+n }) {
		w.t.Fatalf("PARLEY_SEED=%d, %s: nobody could go on", w.seed, w.now)
	}
}
