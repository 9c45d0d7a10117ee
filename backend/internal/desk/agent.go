package desk

import (
	"strconv"

	"parley/backend/chat"
	"parley/backend/wire"
)

// ending is how an agent's command ends.
type ending struct {
	outcome wire.Outcome
	problem *chat.Problem
}

var (
	done    = ending{outcome: wire.Done}
	nothing = ending{outcome: wire.Nothing}
)

func refused(kind chat.ProblemKind, args ...string) ending {
	return ending{wire.Refused, chat.NewProblem(kind, args...)}
}

func held(kind chat.ProblemKind, args ...string) ending {
	return ending{wire.Held, chat.NewProblem(kind, args...)}
}

// fromAgent lets a command take effect once, in the order of its device (rules S2, S6).
func (d *decision) fromAgent(c *FromAgent) Answer {
	me, ok := d.was.Agent(c.Agent)
	device, known := d.was.Device(c.Device)
	switch {
	case !ok || !me.Active:
		return problem(chat.NotAllowed)
	case !key(string(c.Device)) || !key(string(c.ID)) || !keyOrNone(string(c.Chat)) || !keyOrNone(string(c.Message)) || c.Age < 0:
		return problem(chat.Malformed)
	case known && device.Agent != c.Agent:
		return problem(chat.Duplicate, "device")
	case c.Number == device.LastNumber+1:
		return d.end(c, d.act(&me, c))
	case c.Number > device.LastNumber || c.Number < 1:
		return Answer{From: device.LastNumber + 1}
	}
	return d.again(c)
}

// again answers a command that was decided before, one so long ago that its end was forgotten too (rule S8). Another
// command of the same number is refused and not stored: its device was restored from a copy, and its words must not
// pass for the other's.
func (d *decision) again(c *FromAgent) Answer {
	r, ok := d.was.Result(c.Device, c.Number)
	switch {
	case !ok:
		return Answer{Result: result(c, nothing)}
	case r.ID != c.ID:
		return Answer{Result: result(c, refused(chat.Duplicate, "number"))}
	}
	return Answer{Result: &r}
}

func result(c *FromAgent, e ending) *Result {
	return &Result{Device: c.Device, Number: c.Number, ID: c.ID, Outcome: e.outcome, Problem: e.problem}
}

// end stores the result, which goes into the agent's stream together with the effects.
func (d *decision) end(c *FromAgent, e ending) Answer {
	d.actor, d.result = c.Agent, result(c, e)
	d.write(PutDevice{Device{ID: c.Device, Agent: c.Agent, LastNumber: c.Number}})
	d.write(PutResult{*d.result})
	r := *d.result
	return Answer{Result: &r}
}

func (d *decision) act(me *Agent, c *FromAgent) ending {
	switch c.Kind {
	case chat.CmdPick:
		return d.pick(me, &c.Command)
	case chat.CmdOpen, chat.CmdRead:
		return d.shown(me, c)
	case chat.CmdReply:
		return d.reply(me, c)
	case chat.CmdReclaim:
		return d.reclaim(me, c)
	case chat.CmdNote:
		return d.takeNote(me, c)
	case chat.CmdDraft:
		return d.keepDraft(me, c)
	case chat.CmdAvailable:
		return d.setAvailability(me, &c.Command)
	case chat.CmdSettle:
		return d.settle(me, &c.Command)
	case chat.CmdNone:
		return done
	}
	return refused(chat.UnknownCommand)
}

// stale reports whether a command was written before the log was rebuilt (rule S7).
func (d *decision) stale(c *FromAgent) bool { return c.Epoch != d.was.Epoch() }

// pick has one winner; the others are told who it is (rules P1, P2).
func (d *decision) pick(me *Agent, cmd *chat.Command) ending {
	c, ok := d.chat(cmd.Chat)
	switch {
	case !ok:
		return refused(chat.NotFound, "chat")
	case c.Status == chat.Picked && c.Assignee == me.ID:
		return nothing
	}
	if why, ok := d.cannotPick(me, &c); ok {
		return why
	}
	d.take(me, &c)
	d.putChat(&c)
	return done
}

// cannotPick says why me cannot take c, false if it may be taken.
func (d *decision) cannotPick(me *Agent, c *chat.Chat) (ending, bool) {
	switch {
	case !sees(me, c):
		return refused(chat.NotFound, "chat"), true
	case c.Status == chat.Closed:
		return refused(chat.ChatClosed), true
	case c.Status != chat.Queued && c.Assignee != "":
		return refused(chat.AlreadyTaken, d.agentName(c.Assignee)), true
	case c.Status != chat.Queued:
		return refused(chat.NotQueued, string(c.Status)), true
	}
	full := d.full(me)
	return ending{wire.Refused, full}, full != nil
}

// take gives a queued chat to me.
func (d *decision) take(me *Agent, c *chat.Chat) {
	d.note(c, "picked", me.Name)
	d.assign(c, me.ID)
}

// full says why an agent can be given no further chat, nil if one fits (rule P2).
func (d *decision) full(a *Agent) *chat.Problem {
	if load := d.load(a.ID); load >= a.Threshold {
		return chat.NewProblem(chat.Full, strconv.Itoa(load), strconv.Itoa(a.Threshold))
	}
	return nil
}

// mine returns the chat of a command if me holds it now in the assignment that the command was given for.
func (d *decision) mine(me *Agent, cmd *chat.Command) (chat.Chat, bool) {
	c, ok := d.chat(cmd.Chat)
	return c, ok && home(&c) == AgentStream(me.ID) && c.Assignment == cmd.Assignment
}

// shown does what the device has shown already (rule S1), if it still applies (rules A4, A5, S3, S7).
func (d *decision) shown(me *Agent, cmd *FromAgent) ending {
	c, ok := d.mine(me, &cmd.Command)
	if !ok || d.stale(cmd) {
		return nothing
	}
	opened, marker := c.OpenedAt, c.ReadTo
	d.show(&c, &cmd.Command, me)
	if c.OpenedAt == opened && c.ReadTo == marker {
		return nothing
	}
	d.putChat(&c)
	return done
}

func (d *decision) show(c *chat.Chat, cmd *chat.Command, me *Agent) {
	chat.Show(c, cmd, me.ID, d.now, func(number int64) (int64, bool) {
		m, ok := d.message(c.ID, number)
		return m.Inbounds, ok
	})
}

func (d *decision) setAvailability(me *Agent, cmd *chat.Command) ending {
	switch cmd.Availability {
	case me.Availability:
		return nothing
	case chat.Available, chat.Unavailable:
		a := *me
		a.Availability = cmd.Availability
		d.agents.put(a.ID, a)
		return done
	}
	return refused(chat.BadValue, "availability")
}

// settle takes the holder's word on an uncertain message (rule D5).
func (d *decision) settle(me *Agent, cmd *chat.Command) ending {
	m, ok := d.was.MessageByID(cmd.Message)
	c, there := d.was.Chat(m.Chat)
	switch {
	case !ok || !there || m.Chat != cmd.Chat:
		return refused(chat.NotFound, "message")
	case home(&c) != AgentStream(me.ID):
		return refused(chat.NotHolder, d.agentName(chat.AgentID(holder(&c))))
	case m.State != chat.Uncertain:
		return refused(chat.NotUncertain)
	}
	m = m.Clone()
	m.State, m.Asks = chat.Sent, false
	if !cmd.WentOut {
		m.State, m.Failure = chat.Failed, &chat.Failure{Reason: chat.AgentSaidSo}
	}
	if row, ok := d.was.Outgoing(m.ID); ok {
		d.finish(row)
	}
	d.putReply(m, VendorKey{})
	return done
}
