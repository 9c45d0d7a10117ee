package desktest

import (
	"strings"

	"parley/backend/chat"
	"parley/backend/internal/desk"
)

// checkClocks judges an outcome by the state that it was decided in: nothing is released early, and nobody is given by
// itself what they let go, or more than fits (rules G1, G4, P2).
func (w *World) checkClocks(v desk.View, c desk.Command, o *desk.Outcome) {
	w.T.Helper()
	due, isTimer := c.(desk.TimerDue)
	deals := isTimer && strings.HasPrefix(due.ID, string(desk.TimerAssign)+"/")
	given := map[chat.AgentID]int{}
	for _, row := range o.Writes {
		switch row := row.(type) {
		case desk.PutMessage:
			m := &row.Message
			before, _ := v.Chat(m.Chat)
			t, _ := v.Team(before.Team)
			if m.Line != nil && byClock(m.Line) == released && m.Number > before.LastNumber && chat.ReleaseAt(&before, &t.Settings) > w.Now {
				w.T.Errorf("%s is released at %d, before %d", m.Chat, w.Now, before.ReleaseAt)
			}
		case desk.PutChat:
			if before, _ := v.Chat(row.Chat.ID); deals && before.Course.LetGo == row.Chat.Assignee {
				w.T.Errorf("%s is given straight back to %s", row.Chat.ID, row.Chat.Assignee)
			}
			given[row.Chat.Assignee]++
		}
	}
	for id, n := range given {
		if a, _ := v.Agent(id); deals && v.CountsOf(id).Held+n > a.Threshold {
			w.T.Errorf("%s with %d of %d chats is given %d", id, v.CountsOf(id).Held, a.Threshold, n)
		}
	}
}

// checkCourse compares what is derived for a chat's clocks with its state, and its timer with both: none is forgotten.
func (w *World) checkCourse(v desk.View, c *chat.Chat) {
	w.T.Helper()
	t, _ := v.Team(c.Team)
	timer, there := v.Timer(string(desk.TimerChat) + "/" + string(c.ID))
	if (c.Course.DueAt != 0) != there || timer.At != c.Course.DueAt {
		w.T.Errorf("%s says that its timer fires at %d, it is %v at %d", c.ID, c.Course.DueAt, there, timer.At)
	}
	if c.Extended != chat.IsExtended(c) || c.Assignee != "" && c.Status == chat.Picked && c.Course.LastHolder != c.Assignee {
		w.T.Errorf("%s of %s: extended %v, held last by %s", c.ID, c.Assignee, c.Extended, c.Course.LastHolder)
	}
	if _, soon := v.Timer(string(desk.TimerReclock) + "/" + string(c.Team)); soon {
		return
	}
	if want := chat.ReleaseAt(c, &t.Settings); c.ReleaseAt != want {
		w.T.Errorf("%s is released at %d, says %d", c.ID, want, c.ReleaseAt)
	}
	for _, at := range []chat.Millis{c.ReleaseAt, chat.EscalateAt(c, &t.Settings), chat.HoldAt(c, &t.Settings), chat.CloseAt(c, &t.Settings)} {
		if at != 0 && (c.Course.DueAt == 0 || c.Course.DueAt > at) {
			w.T.Errorf("%s: a clock runs out at %d, its timer fires at %d", c.ID, at, c.Course.DueAt)
		}
	}
}

// checkAgent: whose availability has effect has a timer that ends it.
func (w *World) checkAgent(v desk.View, a *desk.Agent) {
	w.T.Helper()
	if _, there := v.Timer(string(desk.TimerAway) + "/" + string(a.ID)); a.Active && !a.Away && !there {
		w.T.Errorf("%s is never away", a.ID)
	}
}
