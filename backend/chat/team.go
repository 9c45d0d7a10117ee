package chat

// TeamSettings are what a manager sets for a team's chats. The zero value has everything off.
type TeamSettings struct {
	ReleaseMinutes int // "auto move to queue": how long the customer of a picked chat may wait; 0: off, at most MaxRelease

	EscalateEvery int        // a waiting chat's priority rises one level each so many EscalateUnit; 0: off, at most MaxEscalate
	EscalateUnit  SpanUnit   // minutes unless set
	EscalateUnset bool       // a chat without a priority gets the lowest, and rises on
	HoldDays      int        // a chat that nobody wrote in for so many days, nor waits in, is put on hold; 0: off, at most MaxDays
	CloseDays     int        // and one that nobody wrote in closed; 0: off, at most MaxDays, above HoldDays
	OnSignOut     SignedOut  // keep unless set
	AutoAssign    AutoAssign // off unless set
}

// Limits of TeamSettings.
const (
	MaxRelease  = 9999 // minutes
	MaxEscalate = 9999 // minutes or hours
	MaxDays     = 60
)

// SpanUnit is what a span of time is counted in. Values leave the process.
type SpanUnit string

const (
	Minutes SpanUnit = "minutes"
	Hours   SpanUnit = "hours"
)

// SignedOut says what becomes of an agent's picked chats when the agent signs out. Values leave the process.
type SignedOut string

const (
	KeepChats  SignedOut = "keep"
	QueueChats SignedOut = "queue"
)

// AutoAssign says who is given a queued chat without picking it. Values leave the process.
type AutoAssign string

const (
	AssignNobody    AutoAssign = "off"
	AssignLeast     AutoAssign = "least_loaded"
	AssignLastFirst AutoAssign = "last_agent" // who held it last, else the least loaded
)

const (
	minute Millis = 60_000
	day           = 24 * 60 * minute
)

// ReleaseAt returns when c goes back to its team's queue unless it is answered; 0: no clock runs (rule G1).
func ReleaseAt(c *Chat, s *TeamSettings) Millis {
	if c.Status != Picked || c.WaitingSince == 0 || s.ReleaseMinutes == 0 {
		return 0
	}
	period := Millis(s.ReleaseMinutes) * minute
	from := max(c.WaitingSince, c.AssignedAt, c.Course.ResumedAt, c.Course.FailedAt)
	if IsExtended(c) && c.Course.ExtendedAt >= from {
		from += period
	}
	return from + period
}

// IsExtended reports whether "I'm on it" was said in this waiting of c (rule G2).
func IsExtended(c *Chat) bool { return c.WaitingSince != 0 && c.Course.ExtendedFor == c.WaitingSince }

// EscalateAt returns when c's priority rises by the next step; 0: it does not (rule G5).
func EscalateAt(c *Chat, s *TeamSettings) Millis {
	stopped := c.Status != Picked && c.Status != Queued || c.WaitingSince == 0
	if stopped || s.EscalateEvery == 0 || c.Priority == Urgent || c.Priority == Unset && !s.EscalateUnset {
		return 0
	}
	return c.WaitingSince + Millis(steps(c)+1)*step(s)
}

// steps is how many of this waiting of c have raised its priority.
func steps(c *Chat) int64 {
	if c.Course.EscalatedFor != c.WaitingSince {
		return 0
	}
	return c.Course.EscalatedBy
}

// Escalate raises c's priority by one step of its waiting.
func Escalate(c *Chat) {
	c.Course.EscalatedFor, c.Course.EscalatedBy = c.WaitingSince, steps(c)+1
	switch c.Priority {
	case Urgent:
	case Unset:
		c.Priority = Low
	default:
		c.Priority--
	}
}

// Passed makes the steps of c's waiting that have passed by now raise its priority no more: it was set by hand, or has
// come back from hold.
func Passed(c *Chat, s *TeamSettings, now Millis) {
	if c.WaitingSince != 0 && s.EscalateEvery != 0 {
		c.Course.EscalatedFor, c.Course.EscalatedBy = c.WaitingSince, int64((now-c.WaitingSince)/step(s))
	}
}

func step(s *TeamSettings) Millis {
	if s.EscalateUnit == Hours {
		return Millis(s.EscalateEvery) * minute * 60
	}
	return Millis(s.EscalateEvery) * minute
}

// HoldAt returns when c is put on hold for want of words; 0: it is not, as while its customer waits (rule G7).
func HoldAt(c *Chat, s *TeamSettings) Millis {
	if s.HoldDays == 0 || c.Status != Picked && c.Status != Queued || c.WaitingSince != 0 {
		return 0
	}
	return lastWord(c) + Millis(s.HoldDays)*day
}

// CloseAt returns when c is closed for want of words; 0: it is not (rule G7).
func CloseAt(c *Chat, s *TeamSettings) Millis {
	if s.CloseDays == 0 || c.Status == Closed {
		return 0
	}
	return lastWord(c) + Millis(s.CloseDays)*day
}

// lastWord is what the days of rule G7 count from. Chats that are older than their Course know only when their customer
// wrote.
func lastWord(c *Chat) Millis {
	return max(c.CreatedAt, c.LastInboundAt, c.Course.ActiveAt, c.Course.ResumedAt)
}
