package engine

import (
	"fmt"
	"time"

	"parley/app/internal/inbox"
	"parley/backend/chat"
)

// warnBefore is how long before its chat goes back to the queue an agent is warned, in milliseconds; of a shorter period,
// its half.
const warnBefore int64 = 2 * 60_000

// clock is one that releases a chat of the agent's. Times are the server's.
type clock struct {
	chat      chat.ID
	releaseAt int64
	warnAt    int64
	warned    bool // or the agent was looking
	stands    bool // a notification of it
}

// warnings are the clocks that run.
type warnings struct {
	clocks map[chat.ID]*clock
	alarm  int64 // this machine's time of the next; 0: none is set
	next   int64 // the earliest warnAt to come, or an earlier time; 0: none
}

// clockOf notes what clock runs for a chat; it is nil if the chat is not here. A notification of a clock that does not
// run any more is taken away.
func (e *Engine) clockOf(id chat.ID, it *inbox.Item) {
	var now clock
	if it != nil && e.mine(it) && it.Chat.ReleaseAt != 0 {
		at := int64(it.Chat.ReleaseAt)
		now = clock{chat: id, releaseAt: at, warnAt: at - e.warnBefore(it.Chat.Team)}
	}
	w := &e.warnings
	was := w.clocks[id]
	if was != nil && was.releaseAt == now.releaseAt {
		return
	}
	if was != nil && was.stands {
		e.withdraw(id)
	}
	if delete(w.clocks, id); now.releaseAt == 0 {
		return
	}
	w.clocks[id] = &now
	if w.next == 0 || now.warnAt < w.next {
		w.next = now.warnAt
	}
}

func (e *Engine) warnBefore(t chat.TeamID) int64 {
	half := int64(e.rep.Team(t).Settings.ReleaseMinutes) * 60_000 / 2
	if half == 0 {
		return warnBefore
	}
	return min(half, warnBefore)
}

// warned reports whether a notification stands that a chat is about to be released.
func (e *Engine) warned(id chat.ID) bool {
	c := e.warnings.clocks[id]
	return c != nil && c.stands
}

// wakeWarning sets the alarm for the next warning. One that rings too early sets the next.
func (e *Engine) wakeWarning() {
	w := &e.warnings
	at := w.next - e.rep.Offset()
	if w.next == 0 || w.alarm != 0 && w.alarm <= at {
		return
	}
	w.alarm = at
	time.AfterFunc(time.Duration(max(0, at-nowMillis()))*time.Millisecond, func() {
		e.post(func() {
			w.alarm = 0
			e.warn()
			e.wakeWarning()
		})
	})
}

// warn tells of the clocks that are about to end, once of each.
func (e *Engine) warn() {
	w, now := &e.warnings, nowMillis()+e.rep.Offset()
	w.next = 0
	for _, c := range w.clocks {
		switch {
		case c.warned:
		case c.warnAt > now:
			if w.next == 0 || c.warnAt < w.next {
				w.next = c.warnAt
			}
		default:
			c.warned = true
			e.tellRelease(c, c.releaseAt-now)
		}
	}
}

func (e *Engine) tellRelease(k *clock, left int64) {
	c, ok := e.rep.Chat(k.chat)
	if !ok || left <= 0 || e.looking == (looking{k.chat, true}) || e.cfg.Notifier == nil || !e.prefs.Notifications {
		return
	}
	k.stands = true
	e.told[k.chat] += 0 // it is withdrawn as others are
	note := Notification{Chat: string(k.chat), Title: e.rep.CustomerName(c.Customer),
		Body: fmt.Sprintf(wordsOf(e.prefs.Language).release, (left+59_999)/60_000) + "\n" + c.LastText}
	e.outlet.do(func() { e.cfg.Notifier.Notify(note) })
}
