package simulation

import (
	"fmt"
	"slices"

	"parley/app/internal/outbox"
	"parley/backend/chat"
	"parley/backend/wire"
)

// diary is what the person at a console remembers of what they asked for, whatever becomes of the console.
type diary struct {
	s     *Sim
	all   map[chat.CommandID]*written
	order []chat.CommandID
}

// written is one command.
type written struct {
	kind    chat.CommandKind
	epoch   string
	shown   bool // as queued: from now on it is promised
	over    bool // taken back, refused before it was shown, or another agent's now
	ended   bool
	outcome wire.Outcome
	restore int            // how often the server had been restored when it ended
	words   bool           // it ended in a decision, which stays until it is made
	answers chat.CommandID // the decision that it answers
}

func newDiary(s *Sim) *diary { return &diary{s: s, all: map[chat.CommandID]*written{}} }

func (d *diary) wrote(e *outbox.Entry) {
	if d.all[e.ID] == nil {
		d.all[e.ID] = &written{kind: e.Command.Kind, epoch: e.Epoch}
		d.order = append(d.order, e.ID)
	}
}

// shown notes which commands are shown as queued now.
func (d *diary) shown(c *console) {
	for _, id := range d.order {
		w := d.all[id]
		if w.shown || w.over || w.ended {
			continue
		}
		if _, ok := c.out.Find(id); ok && c.out.OnDisk(id) {
			w.shown = true
		}
	}
}

// refused: the disk did not take it.
func (d *diary) refused(id chat.CommandID) {
	if w := d.all[id]; w != nil {
		if w.shown {
			d.s.fail("what was shown as queued is kept", "%s was dropped after it was shown", id)
		}
		w.over = true
	}
}

// cancelled notes what was taken back: what is not in the outbox any more, which is not said in so many words of the
// opening that goes with a pick.
func (d *diary) cancelled(c *console) {
	for _, id := range d.order {
		w := d.all[id]
		if _, found := c.out.Find(id); !found && !w.ended {
			w.over = true
		}
	}
}

// answers notes that a command carries the words of a decision: they are kept there until it has taken effect.
func (d *diary) answers(id, decision chat.CommandID) { d.all[id].answers = decision }

func (d *diary) decided(id chat.CommandID) {
	if w := d.all[id]; w != nil {
		w.words = false
	}
}

// disowned: another agent has signed in. What was not sent is not; words are kept for a decision.
func (d *diary) disowned() {
	for _, id := range d.order {
		w := d.all[id]
		if w.over || w.ended {
			continue
		}
		w.over = true
		w.words = w.shown && w.answers == "" && (w.kind == chat.CmdReply || w.kind == chat.CmdNote)
	}
}

// sent: nothing goes out that is not on the disk.
func (d *diary) sent(c *console, cmd *wire.Command) {
	if _, ok := c.disk.outbox["commands"][fmt.Sprintf("%020d", cmd.Number)]; !ok {
		d.s.fail("what is sent is on the disk", "command %d %s", cmd.Number, cmd.ID)
	}
	if cmd.Kind == string(chat.CmdReply) && cmd.Epoch == "" {
		d.s.fail("a command says in which epoch it was written", "command %d %s", cmd.Number, cmd.ID)
	}
}

// result: a command ends once, and whoever is told twice is told the same.
func (d *diary) result(c *console, r *wire.Result) {
	w := d.all[chat.CommandID(r.ID)]
	if w == nil || chat.DeviceID(r.Device) != c.out.Device() {
		return
	}
	restore := c.link.pipe.restore
	if w.ended && w.outcome != r.Outcome && w.restore == restore {
		d.s.fail("a command ends once", "%s %s was %s and is %s %v", w.kind, r.ID, w.outcome, r.Outcome, r.Problem)
	}
	if w.over && w.kind != chat.CmdNone {
		return // it was taken back, and the disk had forgotten that
	}
	e, waits := c.out.Find(chat.CommandID(r.ID))
	if waits {
		d.items(e, r)
	}
	w.ended, w.outcome, w.restore = true, r.Outcome, restore
	failed := r.Outcome == wire.Held || r.Outcome == wire.Refused
	w.words = waits && w.answers == "" && failed && (w.kind == chat.CmdReply || w.kind == chat.CmdNote)
	if waits && w.answers != "" && !failed {
		d.decided(w.answers)
	}
	if r.Problem != nil && chat.ProblemKind(r.Problem.Kind) == chat.Restored && d.s.restores == 0 && w.epoch != "" {
		d.s.fail("nothing is held for a restore that was not", "%s %s", w.kind, r.ID)
	}
}

// items: a command of many chats that did anything has an end for each of them, in its order.
func (d *diary) items(e *outbox.Entry, r *wire.Result) {
	chats := e.Command.Chats
	if len(r.Items) == 0 && r.Outcome != wire.Done || len(chats) == 0 && len(r.Items) == 0 {
		return
	}
	same := func(p chat.Place, i wire.Item) bool { return string(p.Chat) == i.Chat }
	if !slices.EqualFunc(chats, r.Items, same) {
		d.s.fail("a command of many chats has an end for each", "%s %s of %v ended %+v", e.Command.Kind, r.ID, chats, r.Items)
	}
}

// restarted: what was shown is there after every crash, as a command or as words to decide about.
func (d *diary) restarted(c *console) {
	for _, id := range d.order {
		w := d.all[id]
		_, found := c.out.Find(id)
		decision := slices.ContainsFunc(c.out.Decisions(), func(x *outbox.Decision) bool { return x.ID == id })
		switch {
		case found:
			if w.shown = true; w.words { // the disk has forgotten that another agent had signed in
				w.words, w.over = false, false
			}
		case decision:
		case w.words:
			d.s.fail("words that were held are kept", "%s", id)
		case w.over || w.ended:
		case w.shown:
			d.s.fail("what was shown as queued is kept", "%s is gone after a crash", id)
		default:
			w.over = true
		}
	}
}

// settled: when nothing is under way every command has ended. What has is forgotten.
func (d *diary) settled() {
	var open []chat.CommandID
	for _, id := range d.order {
		switch w := d.all[id]; {
		case !w.over && !w.ended:
			d.s.fail("every command ends", "%s %s", w.kind, id)
		case w.words:
			open = append(open, id)
		default:
			delete(d.all, id)
		}
	}
	d.order = open
}
