package nettest

import (
	"testing/synctest"
	"time"

	"parley/backend/chat"
)

// vendorFails has a reply now and then meet a fault of the vendor.
func (d *day) vendorFails() {
	r := d.chance(102)
	for d.at(max(early, d.now()+some(r, 15*time.Minute))) && d.now() < late {
		d.world.Trouble(r)
	}
}

// wentOut reports whether the vendor has accepted a message: what an agent learns by asking the customer.
func (d *day) wentOut(id chat.MessageID) bool {
	for _, l := range d.world.Letters() {
		if l.Message == id {
			return true
		}
	}
	return false
}

// judge compares what everybody has when the day is over.
func (d *day) judge() {
	for _, w := range d.workers {
		desk := d.world.Desk(w.c.agent.ID)
		w.c.readAll(desk, func() {
			time.Sleep(time.Minute)
			synctest.Wait()
		})
		equalViews(d.t, w.c, d.world.Desk(w.c.agent.ID))
	}
	d.judgeReplies()
	d.report(d.judgeTokens())
}

// judgeReplies: nothing that an agent sent is lost, and nothing went out twice.
func (d *day) judgeReplies() {
	texts, messages := map[string]int{}, map[chat.MessageID]int{}
	for _, l := range d.world.Letters() {
		texts[l.Text]++
		messages[l.Message]++
	}
	replies := map[string]bool{} // texts that the server has as a reply
	for _, m := range d.world.Said(chat.Reply) {
		replies[m.Text] = true
		want := 0
		switch m.State {
		case chat.Sent, chat.Delivered, chat.Seen:
			want = 1
		case chat.Failed:
		default:
			d.t.Errorf("a reply is still %s when the day is over", m.State)
		}
		if messages[m.ID] != want {
			d.t.Errorf("the vendor has a reply that is %s %d times", m.State, messages[m.ID])
		}
	}
	notes := map[string]int{}
	for _, m := range d.world.Said(chat.Note) {
		notes[m.Text]++
	}
	for _, w := range d.workers {
		w.judge(texts, notes, replies)
	}
}

// judge looks for what became of the worker's words: how often the vendor has them, how often a chat has them as a
// note, and whether one has them as a reply.
func (w *worker) judge(sent, notes map[string]int, replies map[string]bool) {
	held := map[string]bool{}
	for _, l := range w.c.Picture().Status.Decisions {
		held[l.Text] = true
	}
	for text, f := range w.fates {
		n := sent[text]
		switch {
		case n > 1:
			w.d.t.Errorf("%q went out %d times", text, n)
		case n == 1 && f == cancelled:
			w.d.t.Errorf("%q was taken back and went out", text)
		case n == 0 && f == meant && !held[text] && !replies[text]:
			w.d.t.Errorf("%q is lost", text)
		case notes[text] > 1:
			w.d.t.Errorf("%q is %d notes", text, notes[text])
		case f == noted && notes[text] == 0 && !held[text]:
			w.d.t.Errorf("%q was to be a note and is lost", text)
		}
	}
}

// judgeTokens: each client goes by a token that it was given in the course of the day, and those before are revoked; at
// most one more is valid, which was offered and not taken yet.
func (d *day) judgeTokens() (renewed int) {
	devices := map[chat.AgentID]int{}
	for _, w := range d.workers {
		devices[w.c.agent.ID]++
		renewed += w.c.keys.renewed
		if w.c.keys.renewed == 0 {
			d.t.Errorf("%s still has the first token", w.c.agent.Name)
		}
	}
	for id, n := range devices {
		if valid := d.world.Valid(id); valid < n || valid > 2*n {
			d.t.Errorf("%d tokens of an agent with %d devices are valid", valid, n)
		}
	}
	return renewed
}

// report prints what the day was made of, so that an empty one does not pass for a quiet one.
func (d *day) report(renewed int) {
	var sum worker
	said, held, again, pictures := 0, 0, int64(0), int64(0)
	for _, w := range d.workers {
		said += len(w.fates)
		held += w.decided
		again += w.c.log.again.Load()
		pictures += w.c.pictures.Load()
		sum.sleeps, sum.cuts, sum.restarts, sum.offline = sum.sleeps+w.sleeps, sum.cuts+w.cuts, sum.restarts+w.restarts, sum.offline+w.offline
	}
	d.t.Logf("%d clients for 24 h: %d messages from customers, %d replies (%d written offline, %d held and decided), %d chats moved; "+
		"%d sleeps, %d cuts, %d restarts of clients, %d of the server; %d tokens renewed; %d connections made anew by the replica, %d pictures",
		len(d.workers), d.wrote, said, sum.offline, held, d.moved, sum.sleeps, sum.cuts, sum.restarts, d.stops, renewed, again, pictures)
	for what, n := range map[string]int{"replies": said, "sleeps": sum.sleeps, "cuts": sum.cuts, "restarts": sum.restarts,
		"replies written offline": sum.offline, "decisions": held, "chats moved": d.moved, "vendor's faults": d.world.Troubles()} {
		if n == 0 {
			d.t.Errorf("there were no %s: the day shows nothing of them", what)
		}
	}
}
