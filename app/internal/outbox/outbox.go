// Package outbox is what the agent wrote and the server has not confirmed: the queue of commands in their
// envelopes, the replies that the agent must decide about, and the drafts. It is pure. The engine writes what
// Take returns to the disk, sends what Next returns, and tells the queue what came of both.
//
// Two states are kept apart: what is wanted, which changes at once, and what is on the disk, which alone is shown
// and sent (sync.md promise 1). A command keeps its number and its id for ever, so that however often it is sent,
// it takes effect once.
package outbox

import (
	"cmp"
	"slices"

	"parley/backend/chat"
	"parley/backend/wire"
)

// Entry is a command in its envelope.
type Entry struct {
	Number    int64
	ID        chat.CommandID
	Epoch     string // of the agent's stream when it was written
	WrittenAt int64  // milliseconds by this machine's clock
	Customer  string // name of the chat's customer, for when the chat is gone
	// Inbounds is Message.Inbounds of the message that the command reads up to; -1: not known.
	Inbounds int64
	// Tried: it may have been sent. What was not can still be cancelled.
	Tried   bool
	Command chat.Command
}

// Queue is the outbox of one device.
type Queue struct {
	device  chat.DeviceID
	agent   chat.AgentID // whose the commands are; "" until the first welcome
	epoch   string       // of the last command that had one
	next    int64        // the number of the next command
	entries []*Entry     // by number; an Entry is replaced, never changed
	// durable is what of entries is on the disk, as it is there.
	durable   map[int64]*Entry
	byChat    map[chat.ID][]int64 // the numbers in durable; nil: to be made
	decisions []*Decision         // oldest first
	drafts    map[chat.ID]draft
	others    map[owned]draft  // of agents who are not signed in
	results   []*Ended         // oldest first; replaced, never changed
	aside     map[place][]byte // records that could not be read, where they are kept

	online bool
	sentTo int64 // everything up to this number was sent on the present connection

	dirty map[place]bool // what the disk does not have yet
	taken map[place]bool // what of it is being written, and
	wrote []*Entry       // the entries in it
}

// New returns the empty outbox of a new device.
func New(device chat.DeviceID) *Queue {
	q := &Queue{device: device, next: 1, durable: map[int64]*Entry{}, drafts: map[chat.ID]draft{}, others: map[owned]draft{},
		aside: map[place][]byte{}, dirty: map[place]bool{}}
	q.touch(bucketDevice, deviceKey)
	return q
}

// Device returns this installation's id.
func (q *Queue) Device() chat.DeviceID { return q.device }

// Agent returns whose the commands and drafts are; "" until the first welcome.
func (q *Queue) Agent() chat.AgentID { return q.agent }

// Len is how many commands have no result yet.
func (q *Queue) Len() int { return len(q.entries) }

// Waiting is how many of them do something: what was taken back only uses up its number.
func (q *Queue) Waiting() (n int) {
	for _, e := range q.entries {
		if e.Command.Kind != chat.CmdNone {
			n++
		}
	}
	return n
}

// Unconfirmed is the lowest number without a result, 0 if every command has one.
func (q *Queue) Unconfirmed() int64 {
	if len(q.entries) == 0 {
		return 0
	}
	return q.entries[0].Number
}

// Add queues a command under the next number and returns its entry; e carries everything but Number and Tried.
// Consecutive read markers of one chat that were not sent become one, and so do consecutive orders of one list.
func (q *Queue) Add(e Entry) *Entry {
	if last := q.last(); last != nil && mergeable(last, &e) {
		merged := *last
		merged.Command, merged.Inbounds = e.Command, e.Inbounds
		q.put(&merged)
		return &merged
	}
	// Where the cache was lost and the server has not spoken yet, what the agent saw is of the epoch before (Q16).
	q.epoch = cmp.Or(e.Epoch, q.epoch)
	e.Number, e.Tried, e.Epoch = q.next, q.online, q.epoch
	q.next++
	q.touch(bucketDevice, deviceKey)
	q.put(&e)
	return &e
}

func (q *Queue) last() *Entry {
	if len(q.entries) == 0 {
		return nil
	}
	return q.entries[len(q.entries)-1]
}

func mergeable(last, e *Entry) bool {
	a, b := &last.Command, &e.Command
	switch {
	case last.Tried || a.Kind != b.Kind:
		return false
	case a.Kind == chat.CmdRead:
		return a.Chat == b.Chat && a.Assignment == b.Assignment && b.UpTo >= a.UpTo
	}
	return a.Kind == chat.CmdOrder && a.List == b.List
}

// put makes e the wanted state of its number.
func (q *Queue) put(e *Entry) {
	at, found := slices.BinarySearchFunc(q.entries, e.Number, byNumber)
	if found {
		q.entries[at] = e
	} else {
		q.entries = slices.Insert(q.entries, at, e)
	}
	q.touch(bucketCommands, numberKey(e.Number))
}

func byNumber(e *Entry, n int64) int { return int(min(max(e.Number-n, -1), 1)) }

// Find returns the wanted state of a command.
func (q *Queue) Find(id chat.CommandID) (*Entry, bool) {
	i := slices.IndexFunc(q.entries, func(e *Entry) bool { return e.ID == id })
	if i < 0 {
		return nil, false
	}
	return q.entries[i], true
}

// Of returns the commands of a chat that are on the disk, in their order, also those of many chats that it is one of.
// They are what may be shown.
func (q *Queue) Of(id chat.ID) []*Entry {
	var of []*Entry
	for _, n := range q.numbersOf()[id] {
		of = append(of, q.durable[n])
	}
	return of
}

// numbersOf indexes what is on the disk by chat, afresh after each change: lists of thousands ask chat by chat.
func (q *Queue) numbersOf() map[chat.ID][]int64 {
	if q.byChat == nil {
		q.byChat = map[chat.ID][]int64{}
		for _, e := range q.entries {
			if d := q.durable[e.Number]; d != nil {
				d.eachChat(func(id chat.ID) { q.byChat[id] = append(q.byChat[id], d.Number) })
			}
		}
	}
	return q.byChat
}

// eachChat calls f with every chat that the command is about.
func (e *Entry) eachChat(f func(chat.ID)) {
	if id := e.Command.Chat; id != "" {
		f(id)
	}
	for _, p := range e.Command.Chats {
		f(p.Chat)
	}
}

// Each returns the commands on the disk such as f says, in their order.
func (q *Queue) Each(f func(*chat.Command) bool) []*Entry {
	var l []*Entry
	for _, e := range q.entries {
		if d := q.durable[e.Number]; d != nil && f(&d.Command) {
			l = append(l, d)
		}
	}
	return l
}

// Told returns the first n commands on the disk that an agent knows of, in their order.
func (q *Queue) Told(n int) []*Entry {
	var told []*Entry
	for _, e := range q.entries {
		if d := q.durable[e.Number]; d != nil && d.Told() && len(told) < n {
			told = append(told, d)
		}
	}
	return told
}

// Writing returns the chats that look otherwise once what Take returned is on the disk.
func (q *Queue) Writing() map[chat.ID]bool {
	of := map[chat.ID]bool{}
	for _, e := range q.wrote {
		e.eachChat(func(id chat.ID) { of[id] = true })
		if was := q.durable[e.Number]; was != nil {
			was.eachChat(func(id chat.ID) { of[id] = true })
		}
	}
	return of
}

// Availability is what the agent chose last and the server has not confirmed; ok says whether there is one.
func (q *Queue) Availability() (a chat.Availability, ok bool) {
	for _, e := range q.entries {
		if d := q.durable[e.Number]; d != nil && d.Command.Kind == chat.CmdAvailable {
			a, ok = d.Command.Availability, true
		}
	}
	return a, ok
}

// Order is how the agent has a list sorted since the server confirmed it last; ok says whether anything was chosen. It is
// shown before it is on the disk: nothing is lost with it.
func (q *Queue) Order(list chat.ListName) (o chat.Order, ok bool) {
	for _, e := range q.entries {
		if c := &e.Command; c.Kind == chat.CmdOrder && c.List == list {
			o, ok = c.Order, true
		}
	}
	return o, ok
}

// Cancel takes back a command that was never sent: its number is used up by one that does nothing, whose id is
// returned; false: it is too late. The words of a reply or a note go into the chat's draft, behind what is in it (on
// is the draft that the server is known to have); those that answered a decision are the decision's again. With a
// pick goes the opening that was to follow it.
func (q *Queue) Cancel(id chat.CommandID, newID func() chat.CommandID, on wire.Draft) (none chat.CommandID, ok bool) {
	e, ok := q.Find(id)
	if !ok || !e.Cancellable() {
		return "", false
	}
	c := &e.Command
	kind, words := e.Words()
	switch d := q.answeredBy(id); {
	case d != nil:
		q.setAnswer(d, "", d.Problem)
	case words:
		q.PutBack(c.Chat, kind, c.Text, on)
	case c.Kind == chat.CmdPick:
		q.cancelOpening(c, newID)
	}
	return q.void(e, newID), true
}

// Cancellable reports whether a command can be taken back: it was never sent, and an agent knows of it.
func (e *Entry) Cancellable() bool { return !e.Tried && e.Told() }

// Told reports whether an agent knows that they gave the command; reading, opening, drafts and orders come by
// themselves.
func (e *Entry) Told() bool {
	switch e.Command.Kind {
	case chat.CmdNone, chat.CmdOpen, chat.CmdRead, chat.CmdDraft, chat.CmdOrder:
		return false
	}
	return true
}

// Words returns whom the words of a command are for; false: it has none that must not be lost.
func (e *Entry) Words() (chat.Kind, bool) {
	switch e.Command.Kind {
	case chat.CmdReply, chat.CmdReclaim:
		return chat.Reply, true
	case chat.CmdNote:
		return chat.Note, true
	}
	return "", false
}

func (q *Queue) cancelOpening(pick *chat.Command, newID func() chat.CommandID) {
	for _, e := range slices.Clone(q.entries) {
		c := &e.Command
		if c.Kind == chat.CmdOpen && c.Chat == pick.Chat && c.Assignment == pick.Assignment+1 && !e.Tried {
			q.void(e, newID)
		}
	}
}

// void makes e a command that only uses up its number, and returns its id.
func (q *Queue) void(e *Entry, newID func() chat.CommandID) chat.CommandID {
	none := &Entry{Number: e.Number, ID: newID(), WrittenAt: e.WrittenAt, Epoch: e.Epoch, Inbounds: -1, Tried: e.Tried,
		Command: chat.Command{Kind: chat.CmdNone}}
	q.put(none)
	return none.ID
}

// Answered is what a result means for the agent.
type Answered struct {
	Entry *Entry // the command that has ended; nil if the result is of none that waits
	// Notice is set for what must be told: a command that was refused and has no words to keep.
	Notice *chat.Problem
	// Decision: the words are kept and listed for a decision.
	Decision bool
}

// Answer ends the command that r is of.
func (q *Queue) Answer(r *wire.Result) Answered {
	at, found := slices.BinarySearchFunc(q.entries, r.Number, byNumber)
	if chat.DeviceID(r.Device) != q.device || !found {
		return Answered{}
	}
	e := q.entries[at]
	q.entries = slices.Delete(q.entries, at, at+1)
	delete(q.durable, e.Number)
	q.byChat = nil
	q.touch(bucketCommands, numberKey(e.Number))
	if string(e.ID) != r.ID {
		// Its number was used by another command, as after an outbox that was put back from a copy.
		r = &wire.Result{Outcome: wire.Refused, Problem: &wire.Problem{Kind: int(chat.Internal)}}
	}
	return q.ended(e, r)
}

func (q *Queue) ended(e *Entry, r *wire.Result) Answered {
	a := Answered{Entry: e}
	if r.Outcome == wire.Done || r.Outcome == wire.Nothing {
		if d := q.answeredBy(e.ID); d != nil {
			q.settle(d)
		}
		if e.Command.Kind == chat.CmdDraft {
			q.draftEnded(&e.Command, true)
		}
		return a
	}
	p := r.Problem.Problem()
	if p == nil {
		p = chat.NewProblem(chat.Internal)
	}
	switch a.Decision = q.undecided(e, *p); {
	case e.Command.Kind == chat.CmdDraft:
		q.draftEnded(&e.Command, false)
	case !a.Decision && e.Told():
		a.Notice = p
	}
	return a
}

// Any reports whether a command without a result, on the disk or not, is such as f says.
func (q *Queue) Any(f func(*chat.Command) bool) bool {
	return slices.ContainsFunc(q.entries, func(e *Entry) bool { return f(&e.Command) })
}
