package chattest

import (
	"fmt"
	"strconv"

	"parley/backend/chat"
)

// Told is how a chat stands by its messages alone, for comparing with the row that a server keeps of it.
type Told struct {
	Status       chat.Status
	Holder       string // by name; "" of a chat in the queue
	WaitingSince chat.Millis
	DueAt        chat.Millis // when its clock runs out; 0: none runs
	Replies      []string    // the texts of those that were accepted
	Releases     []Release
	Amiss        []string // what no history may have
}

// Release is one by the clock.
type Release struct {
	From    string // who held the chat, by name
	Due, At chat.Millis
}

// Retell goes through the messages of a chat from the first, with what its team has set, and reckons its clock afresh
// after each. It is for chats that were neither on hold nor closed nor given on by agents, and whose replies did not fail.
func Retell(messages []chat.Message, s *chat.TeamSettings) *Told {
	r := retelling{settings: s, Told: Told{Status: chat.Queued}}
	for i := range messages {
		m := &messages[i]
		switch {
		case m.Number != int64(i)+1:
			r.amiss(m, "stands in place %d", i+1)
		case m.Kind == chat.Inbound && r.WaitingSince == 0:
			r.WaitingSince = m.At
		case m.Kind == chat.Reply:
			r.reply(m)
		case m.Line != nil:
			r.line(m)
		}
	}
	r.DueAt = r.due()
	return &r.Told
}

// retelling is a Told while it is being told.
type retelling struct {
	Told
	settings   *chat.TeamSettings
	assignedAt chat.Millis
	letGo      string      // who is not to be given the chat
	extendedAt chat.Millis // 0: not in this waiting
}

func (r *retelling) amiss(m *chat.Message, format string, args ...any) {
	r.Amiss = append(r.Amiss, fmt.Sprintf("message %d ", m.Number)+fmt.Sprintf(format, args...))
}

// due is rule G1 on what was told so far.
func (r *retelling) due() chat.Millis {
	c := chat.Chat{Status: r.Status, WaitingSince: r.WaitingSince, AssignedAt: r.assignedAt}
	if r.extendedAt != 0 {
		c.Course.ExtendedFor, c.Course.ExtendedAt = r.WaitingSince, r.extendedAt
	}
	return chat.ReleaseAt(&c, r.settings)
}

func (r *retelling) reply(m *chat.Message) {
	if m.AuthorName != r.Holder {
		r.amiss(m, "is a reply by %q, and %q has the chat", m.AuthorName, r.Holder)
	}
	r.Replies = append(r.Replies, m.Text)
	r.WaitingSince, r.extendedAt = 0, 0
}

func (r *retelling) line(m *chat.Message) {
	switch m.Line.Code {
	case "picked":
		r.given(m, "")
	case "assigned":
		r.given(m, r.letGo)
	case "extended":
		r.extendedAt = m.At
	case "released":
		r.release(m)
	case "priority":
	default:
		r.amiss(m, "says %q, of which this cannot tell", m.Line.Code)
	}
}

// given begins an assignment of a chat that is in the queue.
func (r *retelling) given(m *chat.Message, not string) {
	to := m.Line.Args[0]
	switch {
	case r.Status != chat.Queued:
		r.amiss(m, "gives to %q what %q has", to, r.Holder)
	case to == not:
		r.amiss(m, "gives the chat back to %q, who has just let it go", to)
	}
	r.Status, r.Holder, r.assignedAt, r.letGo = chat.Picked, to, m.At, ""
}

func (r *retelling) release(m *chat.Message) {
	due, from := r.due(), m.Line.Args[0]
	minutes := strconv.FormatInt(int64(m.At-r.assignedAt)/60_000, 10)
	switch {
	case r.Status != chat.Picked:
		r.amiss(m, "releases a chat that nobody has")
	case due == 0:
		r.amiss(m, "releases a chat whose customer does not wait")
	case m.At < due:
		r.amiss(m, "releases the chat %d ms early", due-m.At)
	case from != r.Holder || m.Line.Args[1] != minutes:
		r.amiss(m, "says %q, where %q had it for %s minutes", m.Line.Args, r.Holder, minutes)
	}
	r.Releases = append(r.Releases, Release{From: from, Due: due, At: m.At})
	r.Status, r.Holder, r.assignedAt, r.letGo, r.extendedAt = chat.Queued, "", 0, from, 0
}
