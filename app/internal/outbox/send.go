package outbox

import (
	"slices"

	"parley/backend/chat"
	"parley/backend/wire"
)

// Welcomed says that the server accepted the connection of agent, and last, the number of the device's last
// command that has a result there. Everything that waits is to be sent again from the first. It reports false
// if the commands are another agent's: then none of them may go out, see Disown.
func (q *Queue) Welcomed(agent chat.AgentID, last int64, newID func() chat.CommandID) bool {
	if q.agent != "" && q.agent != agent {
		return false
	}
	if q.agent == "" {
		q.agent = agent
		q.touch(bucketDevice, deviceKey)
	}
	if last >= q.next && last <= maxNumber {
		q.next = last + 1 // this outbox is older than what the server knows of the device
		q.touch(bucketDevice, deviceKey)
	}
	q.online = true
	q.fill(last+1, newID)
	for _, e := range q.entries {
		q.try(e)
	}
	q.sentTo = 0
	return true
}

// fill uses up the numbers from the given one that the server waits for and that nothing has any more (Q4): the
// server was put back from a backup that knows less than this device, or a record here could not be read.
func (q *Queue) fill(from int64, newID func() chat.CommandID) {
	for n := max(from, 1); n < q.next; n++ {
		if _, found := slices.BinarySearchFunc(q.entries, n, byNumber); !found {
			q.put(&Entry{Number: n, ID: newID(), Inbounds: -1, Tried: q.online, Command: chat.Command{Kind: chat.CmdNone}})
		}
	}
}

func (q *Queue) try(e *Entry) {
	if e.Tried {
		return
	}
	tried := *e
	tried.Tried = true
	q.put(&tried)
}

// Disconnected says that the connection is gone.
func (q *Queue) Disconnected() { q.online = false }

// Refetch says that the server wants the commands again from a number.
func (q *Queue) Refetch(from int64, newID func() chat.CommandID) {
	q.fill(from, newID)
	q.sentTo = min(q.sentTo, from-1)
}

// Next returns what is to be sent now, in order: commands that are on the disk with the mark that they were
// tried, at most wire.MaxUnacked without a result. now is this machine's time in milliseconds.
func (q *Queue) Next(now int64) []wire.Command {
	if !q.online {
		return nil
	}
	var out []wire.Command
	for i, e := range q.entries {
		if e.Number <= q.sentTo {
			continue
		}
		d := q.durable[e.Number]
		if d == nil || !d.Tried || i >= wire.MaxUnacked {
			break
		}
		q.sentTo = d.Number
		out = append(out, envelope(d, now))
	}
	return out
}

func envelope(e *Entry, now int64) wire.Command {
	c := wire.FromCommand(e.Command)
	c.Number, c.ID, c.Epoch = e.Number, string(e.ID), e.Epoch
	c.AgeMillis = max(0, now-e.WrittenAt)
	return c
}

// Disown empties the outbox of another agent's commands under a new device id: replies and notes become decisions
// with the given problem, drafts wait for their agent (Q19), everything else is dropped.
func (q *Queue) Disown(device chat.DeviceID, agent chat.AgentID, p chat.Problem) {
	for _, e := range q.entries {
		q.drop(e, p)
	}
	q.swapDrafts(q.agent, agent)
	q.ForgetEnded()
	q.entries, q.byChat, q.next, q.sentTo = nil, nil, 1, 0
	q.device, q.agent = device, agent
	q.touch(bucketDevice, deviceKey)
}

// drop ends a command that must not go out; its words are kept.
func (q *Queue) drop(e *Entry, p chat.Problem) {
	q.undecided(e, p)
	if e.Command.Kind == chat.CmdDraft {
		q.draftEnded(&e.Command, false)
	}
	delete(q.durable, e.Number)
	q.touch(bucketCommands, numberKey(e.Number))
}
