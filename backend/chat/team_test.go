package chat_test

import (
	"fmt"
	"strings"
	"testing"

	"parley/backend/chat"
	"parley/backend/chat/chattest"
)

// TestClocks reads times in minutes.
func TestClocks(t *testing.T) {
	chattest.Table(t, "chattest/testdata/clocks.txt", func(t *testing.T, in string) string {
		c, s, rises := clocked(t, in)
		for range rises {
			chat.Escalate(&c)
		}
		out := []string{}
		for _, clock := range []struct {
			name string
			at   chat.Millis
		}{
			{"release", chat.ReleaseAt(&c, &s)}, {"escalate", chat.EscalateAt(&c, &s)}, {"hold", chat.HoldAt(&c, &s)}, {"close", chat.CloseAt(&c, &s)},
		} {
			if clock.at != 0 {
				out = append(out, clock.name+"="+inMinutes(clock.at))
			}
		}
		if chat.IsExtended(&c) {
			out = append(out, "extended")
		}
		if rises > 0 {
			out = append(out, fmt.Sprintf("priority=%d", c.Priority))
		}
		if len(out) == 0 {
			return "none"
		}
		return strings.Join(out, " ")
	})
}

func inMinutes(at chat.Millis) string {
	const day = 24 * 60
	m := at / 60_000
	if m < day {
		return fmt.Sprint(int64(m))
	}
	return strings.TrimSuffix(fmt.Sprintf("%dd+%d", m/day, m%day), "+0")
}

// clocked reads a chat, the settings of its team, and how often its priority has risen in this waiting.
func clocked(t *testing.T, in string) (c chat.Chat, s chat.TeamSettings, rises int64) {
	c.Status = chat.Picked
	for w := range strings.FieldsSeq(in) {
		name, n := value(t, w)
		at := chat.Millis(n) * 60_000
		switch name {
		case "picked", "queued", "on_hold", "closed":
			c.Status = chat.Status(name)
		case "since":
			c.WaitingSince = at
		case "assigned":
			c.AssignedAt = at
		case "created":
			c.CreatedAt = at
		case "inbound":
			c.LastInboundAt = at
		case "active":
			c.Course.ActiveAt = at
		case "resumed":
			c.Course.ResumedAt = at
		case "failed":
			c.Course.FailedAt = at
		case "extended":
			c.Course.ExtendedAt, c.Course.ExtendedFor = at, c.WaitingSince
		case "extended-before":
			c.Course.ExtendedAt, c.Course.ExtendedFor = at, c.WaitingSince-1
		case "risen-before":
			c.Course.EscalatedBy, c.Course.EscalatedFor = n, c.WaitingSince-1
		case "risen":
			rises = n
		case "priority":
			c.Priority = chat.Priority(n)
		case "unset":
			s.EscalateUnset = true
		case "release":
			s.ReleaseMinutes = int(n)
		case "escalate":
			s.EscalateEvery, s.EscalateUnit = int(n), chat.Minutes
		case "hours":
			s.EscalateEvery, s.EscalateUnit = int(n), chat.Hours
		case "hold":
			s.HoldDays = int(n)
		case "close":
			s.CloseDays = int(n)
		default:
			t.Fatalf("%q: what is %q?", in, w)
		}
	}
	return c, s, rises
}
