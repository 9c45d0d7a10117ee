package desk

import (
	"fmt"

	"parley/backend/chat"
)

// askAfter is how long a message may be uncertain before its holder is asked (rule D5).
const askAfter chat.Millis = 60_000

// statusReport takes the vendor's word on a message, in whatever order it comes (rules D2-D4). A message that is
// not ours is no error: others may send from the same number.
func (d *decision) statusReport(r *StatusReport) Answer {
	if r.State != chat.Sent && r.State != chat.Delivered && r.State != chat.Seen && r.State != chat.Failed {
		return problem(chat.BadValue, "state")
	}
	m, ok := d.reported(r)
	if !ok {
		return Answer{}
	}
	d.advance(m, r.State, r.Failure, r.VendorID)
	return Answer{}
}

// reported finds the reply that a status is about, by our callback data or by the vendor's id.
func (d *decision) reported(r *StatusReport) (chat.Message, bool) {
	var m chat.Message
	ok := key(string(r.Callback))
	if ok {
		m, ok = d.was.MessageByID(r.Callback)
	}
	if !ok && key(r.VendorID) {
		m, ok = d.was.MessageByVendor(r.Channel, r.VendorID)
	}
	if !ok || m.Kind != chat.Reply {
		return chat.Message{}, false
	}
	c, ok := d.was.Chat(m.Chat)
	return m.Clone(), ok && c.Channel == r.Channel
}

// sendBegun fences an attempt: what is not pending with the attempt before is not sent.
func (d *decision) sendBegun(b SendBegun) Answer {
	row, ok := d.was.Outgoing(b.Message)
	if !ok || row.State != OutPending || b.Attempt != row.Attempt+1 {
		return problem(chat.NotFound, "outgoing")
	}
	row.Attempt = b.Attempt
	d.step(row, OutSending)
	return Answer{}
}

// step moves a row to a state.
func (d *decision) step(row Outgoing, s OutgoingState) {
	row.State, row.Since = s, d.now
	d.write(PutOutgoing{row})
}

// sendEnded notes what came of a call to the vendor. What the vendor itself has said meanwhile of the message
// counts more than how the call ended; that it accepted the message is always worth knowing.
func (d *decision) sendEnded(e *SendEnded) Answer {
	row, ok := d.was.Outgoing(e.Message)
	m, there := d.was.MessageByID(e.Message)
	open := row.State == OutSending || e.Ended == EndAccepted && row.State != OutPending
	if !ok || !there || e.Attempt != row.Attempt || !open {
		return problem(chat.NotFound, "outgoing")
	}
	switch e.Ended {
	case EndAccepted:
		d.advance(m.Clone(), chat.Sent, nil, e.VendorID)
	case EndFailed:
		d.advance(m.Clone(), chat.Failed, e.Failure, "")
	case EndRetry:
		row.NextAt = max(e.RetryAt, d.now)
		d.step(row, OutPending)
	case EndUnclear:
		d.unclear(row, m.Clone())
	default:
		return problem(chat.BadValue, "ended")
	}
	return Answer{}
}

// unclear makes a message uncertain: it is never silently sent again (rule D5).
func (d *decision) unclear(row Outgoing, m chat.Message) {
	d.step(row, OutUnclear)
	if m.State = chat.Advance(m.State, chat.Uncertain); m.State != chat.Uncertain {
		return
	}
	d.putTimer(Timer{ID: askTimer(&row), At: d.now + askAfter, Kind: TimerAskUncertain, Target: string(m.ID)})
	d.putReply(m, VendorKey{})
}

// askTimer is fenced by the attempt.
func askTimer(row *Outgoing) string {
	return fmt.Sprintf("%s/%s/%d", TimerAskUncertain, row.Message, row.Attempt)
}

// advance says of a reply what the vendor has said of it. It ends the message's way: nothing is sent or asked
// of it any more.
func (d *decision) advance(m chat.Message, next chat.State, why *chat.Failure, vendorID string) {
	row, rowThere := d.was.Outgoing(m.ID)
	key := d.newVendorKey(&m, &row, vendorID)
	if rowThere && (row.State != OutDone || key.ID != "") {
		if key.ID != "" {
			row.VendorID = key.ID
		}
		d.finish(row)
	}
	if !saidBetter(&m, next) && key == (VendorKey{}) {
		return
	}
	if saidBetter(&m, next) {
		m.State, m.Asks, m.Failure = next, false, nil
		if next == chat.Failed {
			m.Failure = failure(why)
		}
	}
	d.putReply(m, key)
}

// saidBetter reports whether the vendor's next tells more than what is known of m. Anything that the vendor
// says tells more than what an agent has declared (rule D4).
func saidBetter(m *chat.Message, next chat.State) bool {
	now := m.State
	if m.Failure != nil && m.Failure.Reason == chat.AgentSaidSo {
		now = chat.Uncertain
	}
	return chat.Advance(now, next) != now
}

// finish ends a row's way and what was to be asked of it.
func (d *decision) finish(row Outgoing) {
	d.step(row, OutDone)
	if id := askTimer(&row); row.State == OutUnclear {
		if _, ok := d.timer(id); ok {
			d.dropTimer(id)
		}
	}
}

// newVendorKey is the vendor's id of m if it is new and nobody else's. A row that is gone ended long ago.
func (d *decision) newVendorKey(m *chat.Message, row *Outgoing, id string) VendorKey {
	c, ok := d.was.Chat(m.Chat)
	if !ok || !key(id) || row.Message == "" || row.VendorID != "" {
		return VendorKey{}
	}
	if _, taken := d.was.MessageByVendor(c.Channel, id); taken {
		return VendorKey{}
	}
	return VendorKey{c.Channel, id}
}

// putReply keeps a changed reply, and what follows from it for its chat: one that fails late brings the waiting
// back (rule A1), and if it is the last, the clock that moves it to the queue starts anew (rule G1).
func (d *decision) putReply(m chat.Message, key VendorKey) {
	was, _ := d.message(m.Chat, m.Number)
	d.putMessage(m, key)
	c, ok := d.chat(m.Chat)
	if !ok {
		return
	}
	before, failed := c.WaitingSince, m.State == chat.Failed && was.State != chat.Failed
	if failed = failed && len(d.was.RepliesAfter(c.ID, m.Number)) == 0; failed {
		c.Course.FailedAt = d.now
	}
	if d.refresh(&c); c.WaitingSince != before || failed {
		d.putChat(&c)
	}
}

// failure bounds the vendor's words.
func failure(f *chat.Failure) *chat.Failure {
	if f == nil {
		return &chat.Failure{Reason: chat.Rejected}
	}
	why := chat.Failure{Code: line(f.Code, MaxName), Reason: f.Reason, Detail: line(f.Detail, MaxDetail)}
	if why.Reason == "" {
		why.Reason = chat.Rejected
	}
	return &why
}
