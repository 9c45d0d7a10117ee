package feed

import (
	"slices"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// reply is an answer that was read from a state. It is sent in its place in the agent's stream: after all that led
// to that state and before what came later, so that neither it nor a frame brings back what is older.
type reply struct {
	item  Item
	after int64 // position in the agent's stream
	aim   bool  // it answers an Aim
}

// Command is what the driver submits for a command of the connection's console.
func (f *Feed) Command(c *wire.Command) desk.FromAgent {
	return desk.FromAgent{
		Agent: f.who.Agent, Device: f.device, Number: c.Number, ID: chat.CommandID(c.ID), Epoch: c.Epoch,
		Age: c.AgeMillis, Command: c.Command(),
	}
}

// Gate lets a device's commands pass in their order: after one that came out of order it drops those behind it,
// which the device sends again. Its zero value lets everything pass. A driver that submits on another goroutine keeps
// the gate there.
type Gate struct{ from int64 }

// Lets reports whether the command with that number is submitted.
func (g *Gate) Lets(number int64) bool { return g.from == 0 || number <= g.from }

// Answered takes what became of the command that was submitted last.
func (g *Gate) Answered(a desk.Answer) { g.from = a.From }

// Submitted takes what became of a command: the answer, or why it could not be committed. Commands that the gate
// dropped are not told.
func (f *Feed) Submitted(read Read, number int64, a desk.Answer, err error) *Ending {
	switch {
	case err != nil:
		return f.submitFailed(err)
	case a.From != 0:
		return f.say(&wire.Down{Refetch: &wire.Refetch{From: a.From}})
	case a.Result == nil:
		return f.unended(a.Problem)
	case number > f.decided:
		f.decided = number
		return nil // its result comes in the agent's stream
	}
	return f.reply(read, func(store.Reader) *wire.Down { return &wire.Down{Result: desk.WireResult(*a.Result)} })
}

// More answers a console's More.
func (f *Feed) More(read Read, m wire.More) *Ending {
	return f.reply(read, func(r store.Reader) *wire.Down {
		p := desk.Page(r, f.who.Agent, m)
		return &wire.Down{Page: &p}
	})
}

// Earlier answers a console's Earlier.
func (f *Feed) Earlier(read Read, q wire.Earlier) *Ending {
	return f.reply(read, func(r store.Reader) *wire.Down {
		h := desk.Earlier(r, f.who.Agent, q)
		return &wire.Down{History: &h}
	})
}

// Aim answers a console's Aim. One that was not answered yet is forgotten: only the newest is still of use.
func (f *Feed) Aim(read Read, q wire.Aim, now chat.Millis) *Ending {
	f.replies = slices.DeleteFunc(f.replies, func(r reply) bool { return r.aim })
	e := f.reply(read, func(r store.Reader) *wire.Down {
		t := desk.Targets(r, f.who.Agent, q, now)
		return &wire.Down{Targets: &t}
	})
	if e == nil {
		f.replies[len(f.replies)-1].aim = true
	}
	return e
}

// reply queues what make reads, with its place.
func (f *Feed) reply(read Read, make func(store.Reader) *wire.Down) *Ending {
	var d *wire.Down
	var after int64
	if e := read(func(r store.Reader) { d, after = make(r), r.Head(f.own()).Seq }); e != nil {
		return e
	}
	it, e := f.encode(d, false)
	if e == nil {
		f.replies = append(f.replies, reply{item: it, after: after})
	}
	return e
}

// nextReply takes the oldest reply if its place has come. A later one never has an earlier place.
func (f *Feed) nextReply(Read, chat.Millis) (Item, *Ending) {
	if len(f.replies) == 0 {
		return Item{}, nil
	}
	if own := f.flow(f.own()); own.resetting || own.sent < f.replies[0].after {
		return Item{}, nil
	}
	return pop(&f.replies).item, nil
}
