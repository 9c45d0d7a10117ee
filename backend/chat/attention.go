package chat

// Dot is what a row in My Chats carries (rule A3). Values leave the process.
type Dot string

const (
	NoDot      Dot = ""
	NewDot     Dot = "new"     // green
	PendingDot Dot = "pending" // red
)

// DotFor returns the dot of c for the agent me.
func DotFor(c *Chat, me AgentID) Dot {
	switch {
	case c.Assignee != me || c.Status != Picked:
		return NoDot
	case c.OpenedAt == 0:
		return NewDot
	case c.WaitingSince != 0:
		return PendingDot
	}
	return NoDot
}

// IsPending reports whether c counts in me's pending count (rule A6): picked by me, waiting, unread at least 1.
func IsPending(c *Chat, me AgentID) bool {
	return c.Status == Picked && c.Assignee == me && c.WaitingSince != 0 && c.Unread >= 1
}

// Counts are the chats of one agent. Both facts are always said together: "3 pending, 5 waiting".
type Counts struct {
	Held    int // picked by me
	Pending int
	Waiting int
}

// Count is the one function that computes an agent's counts.
func Count(chats func(yield func(*Chat) bool), me AgentID) Counts {
	var n Counts
	for c := range chats {
		if c.Status != Picked || c.Assignee != me {
			continue
		}
		n.Held++
		if c.WaitingSince != 0 {
			n.Waiting++
		}
		if IsPending(c, me) {
			n.Pending++
		}
	}
	return n
}

// Answers reports whether m is a reply by a person that went to the customer and has not failed (rule A1): it
// ends the waiting of every customer message before it.
func Answers(m *Message) bool {
	if m.Kind != Reply {
		return false
	}
	switch m.State {
	case Accepted, Sent, Delivered, Seen, Uncertain:
		return true
	}
	return false
}

// Waiting derives since when the customer of a chat has been waiting: the receipt of the first customer message
// after the last message that Answers, or after settledTo if that is later; 0 if there is none. messages
// are in order of their number.
func Waiting(messages []Message, settledTo int64) Millis {
	var since Millis
	for i := range messages {
		m := &messages[i]
		switch {
		case Answers(m):
			since = 0
		case m.Number <= settledTo:
		case m.Kind == Inbound && since == 0:
			since = m.At
		}
	}
	return since
}

// Advance returns the state of a message to the customer after the vendor has said next of it, whatever the
// order of arrival (rule D2): sent < delivered < read; a failure counts unless the message was
// delivered or read; nothing ends a failure but delivered and read.
func Advance(now, next State) State {
	if rank(next) > rank(now) {
		return next
	}
	return now
}

// rank orders what can be said of a message to the customer; what proves more ranks higher.
func rank(s State) int {
	switch s {
	case Accepted:
		return 1
	case Uncertain:
		return 2
	case Sent:
		return 3
	case Failed:
		return 4
	case Delivered:
		return 5
	case Seen:
		return 6
	}
	return 0
}
