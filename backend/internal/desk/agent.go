package desk

import (
	"strconv"

	"parley/backend/chat"
	"parley/backend/wire"
)

// ending is how an agent's command ends, see Result.
type ending struct {
	outcome wire.Outcome
	problem *chat.Problem
	items   []Item
	created string
}

var (
	done    = ending{outcome: wire.Done}
	nothing = ending{outcome: wire.Nothing}
)

func refused(kind chat.ProblemKind, args ...string) ending {
	return refusal(chat.NewProblem(kind, args...))
}

func refusal(p *chat.Problem) ending { return ending{outcome: wire.Refused, problem: p} }

func held(kind chat.ProblemKind, args ...string) ending {
	return ending{outcome: wire.Held, problem: chat.NewProblem(kind, args...)}
}

// fromAgent lets a command take effect once, in the order of its device (rules S2, S6).
func (d *decision) fromAgent(c *FromAgent) Answer {
	me, ok := d.was.Agent(c.Agent)
	device, known := d.was.Device(c.Device)
	switch {
	case !ok || !me.Active:
		return problem(chat.NotAllowed)
	case !storable(c):
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

// storable reports whether the store can be asked for all that c names.
func storable(c *FromAgent) bool {
	for _, p := range c.Chats {
		if !key(string(p.Chat)) {
			return false
		}
	}
	return key(string(c.Device)) && key(string(c.ID)) && keyOrNone(string(c.Chat)) && keyOrNone(string(c.Message)) &&
		keyOrNone(string(c.Team)) && keyOrNone(string(c.Command.Agent)) && keyOrNone(string(c.Of)) && c.Age >= 0
}

// again answers a command that was decided before, one so long ago that its end was forgotten too (rule S8): it may be
// another one, and a reply's words are not dropped for that. Another command of the same number is refused and not
// stored: its device was restored from a copy, and its words must not pass for the other's.
func (d *decision) again(c *FromAgent) Answer {
	r, ok := d.was.Result(c.Device, c.Number)
	switch {
	case !ok && (c.Kind == chat.CmdReply || c.Kind == chat.CmdReclaim):
		return Answer{Result: result(c, held(chat.Restored))}
	case !ok:
		return Answer{Result: result(c, nothing)}
	case r.ID != c.ID:
		return Answer{Result: result(c, refused(chat.Duplicate, "number"))}
	}
	return Answer{Result: &r}
}

func result(c *FromAgent, e ending) *Result {
	return &Result{Device: c.Device, Number: c.Number, ID: c.ID, Outcome: e.outcome, Problem: e.problem,
		Items: e.items, Created: e.created}
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
	return d.handle(me, c)
}

// handle is act for what changes a chat's place or what is set.
func (d *decision) handle(me *Agent, c *FromAgent) ending {
	switch c.Kind {
	case chat.CmdTransfer:
		return d.transfer(me, c)
	case chat.CmdUndo:
		return d.undo(me, c)
	case chat.CmdHold:
		return d.hold(me, &c.Command)
	case chat.CmdResume:
		return d.resume(me, &c.Command)
	case chat.CmdClose:
		return d.close(me, &c.Command)
	case chat.CmdExtend:
		return d.extend(me, &c.Command)
	case chat.CmdPriority:
		return d.setPriority(me, &c.Command)
	case chat.CmdAlias:
		return d.setAlias(me, &c.Command)
	case chat.CmdTags:
		return d.setTags(me, &c.Command)
	case chat.CmdOrder:
		return d.setOrder(me, &c.Command)
	case chat.CmdSignOut:
		return d.signOut(me)
	case chat.CmdPutTeam, chat.CmdPutAgent, chat.CmdPutAsset:
		return d.set(me, c)
	}
	return refused(chat.UnknownCommand)
}

// set changes the company. Revisions of another epoch are of other things (rules C2, S7).
func (d *decision) set(me *Agent, c *FromAgent) ending {
	switch {
	case d.stale(c):
		return refused(chat.Changed)
	case c.Kind == chat.CmdPutTeam:
		return d.putTeam(me, c)
	case c.Kind == chat.CmdPutAgent:
		return d.putAgent(me, c)
	}
	return d.putAsset(me, c)
}

// stale reports whether a command was written before the log was rebuilt (rule S7).
func (d *decision) stale(c *FromAgent) bool { return c.Epoch != d.was.Epoch() }

// pick has one winner; the others are told who it is (rules P1, P2).
func (d *decision) pick(me *Agent, cmd *chat.Command) ending {
	load := d.load(me.ID)
	if len(cmd.Chats) == 0 {
		return d.pickOne(me, cmd.Chat, 0, &load)
	}
	return d.each(cmd, func(i int64, p chat.Place) ending { return d.pickOne(me, p.Chat, i, &load) })
}

// pickOne picks the chat that is number i of its request. load is what me has, and grows with it.
func (d *decision) pickOne(me *Agent, id chat.ID, i int64, load *int) ending {
	c, ok := d.chat(id)
	switch {
	case !ok:
		return refused(chat.NotFound, "chat")
	case c.Status == chat.Picked && c.Assignee == me.ID:
		return nothing
	}
	if why := d.cannotPick(me, &c, *load); why != nil {
		return refusal(why)
	}
	d.take(me, &c)
	c.AssignedIndex = i
	d.putChat(&c)
	*load++
	return done
}

// cannotPick says why me, who has load picked chats, cannot take c; nil if it may be taken.
func (d *decision) cannotPick(me *Agent, c *chat.Chat, load int) *chat.Problem {
	switch {
	case !sees(me, c):
		return chat.NewProblem(chat.NotFound, "chat")
	case c.Status == chat.Closed:
		return chat.NewProblem(chat.ChatClosed)
	case c.Assignee != "":
		return chat.NewProblem(chat.AlreadyTaken, d.agentName(c.Assignee))
	}
	return full(me, load)
}

// take gives a chat that nobody holds to me, also if me let it go before (rule G4).
func (d *decision) take(me *Agent, c *chat.Chat) {
	d.note(c, "picked", me.Name)
	c.Course.LetGo = ""
	d.assign(c, me.ID)
}

// full says why an agent with load picked chats can be given no further one, nil if one fits (rule P2).
func full(a *Agent, load int) *chat.Problem {
	if load >= a.Threshold {
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
	case !ok || !there || m.Chat != cmd.Chat || !knows(me, &c):
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
