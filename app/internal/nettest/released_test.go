package nettest

import (
	"slices"

	"parley/backend/chat"
	"parley/backend/chat/chattest"
)

// outcome is what became of the replies and the chats of a round.
type outcome struct {
	released, answered, both int // chats
	accepted, held, unsaid   int // replies; unsaid: the console knew that the chat was gone
	again                    int // released chats that were given to somebody else
	latest                   chat.Millis
}

// judge: every chat has one outcome, none early, none forgotten, none given back to who let it go; every reply is in its
// chat and at the vendor once, or waits for its agent's decision; and what the consoles show and count is the server's.
func (r *rush) judge(round int, words []*words, due int) {
	r.t.Helper()
	var o outcome
	in := map[string]chat.ID{} // the chat that has the reply
	r.retell(func(c *chat.Chat, told *chattest.Told) {
		for _, why := range told.Amiss {
			r.t.Errorf("round %d, %s: %s", round, c.ID, why)
		}
		for _, text := range told.Replies {
			in[text] = c.ID
		}
		r.judgeRow(c, told)
		r.judgeClock(c, told)
		r.count(&o, told)
	})
	r.judgeWords(&o, words, in)
	r.judgeConsoles()
	r.t.Logf("round %d: %d chats due within a second, %d replies around that moment: %d accepted, %d held, %d not written any more; "+
		"%d chats released in this second, the latest %d ms after it was due and the server there, %d of them given to others; %d starts",
		round, due, len(words), o.accepted, o.held, o.unsaid, o.released, o.latest, o.again, len(r.ups))
	if o.accepted == 0 || o.held == 0 || o.released == 0 || round > 0 && o.again == 0 {
		r.t.Errorf("round %d proves too little: %+v", round, o)
	}
}

// judgeRow: the server's row is what the messages tell, and what was set of the chat is kept.
func (r *rush) judgeRow(c *chat.Chat, told *chattest.Told) {
	holder := ""
	for _, k := range r.clients {
		if c.Assignee == k.agent.ID {
			holder = k.agent.Name
		}
	}
	want, is := r.set[c.ID], setting{c.Priority, c.Tags}
	switch {
	case c.Status != told.Status || holder != told.Holder:
		r.t.Errorf("%s is %s of %q, and by its messages %s of %q", c.ID, c.Status, holder, told.Status, told.Holder)
	case c.WaitingSince != told.WaitingSince || c.ReleaseAt != told.DueAt:
		r.t.Errorf("%s waits since %d and is due at %d, by its messages since %d and at %d", c.ID, c.WaitingSince, c.ReleaseAt,
			told.WaitingSince, told.DueAt)
	case is.priority != want.priority || !slices.Equal(is.tags, want.tags):
		r.t.Errorf("%s has %+v, and was given %+v", c.ID, is, want)
	}
}

// judgeClock: what was due while the server ran was released then, and what is due is not forgotten.
func (r *rush) judgeClock(c *chat.Chat, told *chattest.Told) {
	if told.DueAt != 0 && told.DueAt <= r.now() {
		r.t.Errorf("%s was due at %d and is forgotten", c.ID, told.DueAt)
	}
	for _, x := range told.Releases {
		if late := x.At - r.up(x.Due); late > 1000 {
			r.t.Errorf("%s was released %d ms late", c.ID, late)
		}
	}
}

// count adds a chat to what happened in the second of the round.
func (r *rush) count(o *outcome, told *chattest.Told) {
	for i, x := range told.Releases {
		if x.At < r.least {
			continue
		}
		o.released++
		o.latest = max(o.latest, x.At-r.up(x.Due))
		if i == len(told.Releases)-1 && told.Status == chat.Picked {
			o.again++
		}
	}
}

// judgeWords: a reply is accepted, and goes out once; or it is held, and its agent has it whole to decide about.
func (r *rush) judgeWords(o *outcome, all []*words, in map[string]chat.ID) {
	sent, held := map[string]int{}, map[string]chat.ID{}
	for _, l := range r.world.Letters() {
		sent[l.Text]++
	}
	for _, c := range r.clients {
		for _, d := range c.Picture().Status.Decisions {
			held[c.agent.Name+d.Text] = d.Chat
		}
	}
	for _, w := range all {
		accepted, waits := in[w.text] == w.chat, held[w.by.agent.Name+w.text] == w.chat
		switch {
		case !w.taken && !accepted && !waits:
			o.unsaid++
		case w.taken && accepted && !waits:
			o.accepted++
		case w.taken && !accepted && waits:
			o.held++
		default:
			r.t.Errorf("%q: written %v, accepted %v, held %v", w.text, w.taken, accepted, waits)
		}
		if n := sent[w.text]; n > 1 || accepted != (n == 1) {
			r.t.Errorf("%q is accepted %v, and went out %d times", w.text, accepted, n)
		}
	}
}

// judgeConsoles compares the lists and counts of all consoles with the server's.
func (r *rush) judgeConsoles() {
	for _, c := range r.clients {
		d := r.world.Desk(c.agent.ID)
		d.Messages = nil
		equalViews(r.t, c, d)
	}
}
