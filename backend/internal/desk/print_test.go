package desk_test

import (
	"fmt"
	"strings"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/desk/desktest"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

var problems = map[int]string{
	1: "Internal", 2: "Malformed", 3: "UnknownCommand", 10: "NotFound", 11: "NotAllowed", 20: "AlreadyTaken", 21: "NotQueued",
	22: "NotHolder", 23: "Full", 24: "ChatClosed", 25: "NotShared", 26: "AgentAway", 27: "AgentInactive", 28: "NotInTeam", 30: "AssignmentChange", 31: "AnsweredByOther", 32: "TooManyNewer",
	33: "WindowClosed", 34: "TooOld", 35: "Restored", 36: "UndoTooLate", 37: "UndoTaken", 38: "NoClock", 40: "TooLong", 41: "EmptyText", 42: "BadValue", 43: "Duplicate",
	44: "Changed", 45: "TooMany", 46: "NoCredentials", 50: "NotUncertain",
}

// printer writes outcomes with short names: c1 is the first chat that was made.
type printer struct {
	short *strings.Replacer
	zero  chat.Millis
}

func newPrinter(w *desktest.World) printer {
	var pairs []string
	for i, id := range w.IDs.All {
		pairs = append(pairs, string(id), fmt.Sprintf("c%d", i+1))
	}
	w.Read(func(v store.Reader) {
		for _, t := range v.Teams() {
			pairs = append(pairs, string(t.ID), t.Name)
		}
		for _, a := range v.Agents() {
			pairs = append(pairs, string(a.ID), a.Name)
		}
		for _, a := range v.Assets() {
			pairs = append(pairs, string(a.ID), a.Name)
		}
	})
	return printer{strings.NewReplacer(pairs...), desktest.Start}
}

func (p printer) outcome(o desk.Outcome) string {
	lines := []string{p.answer(o.Answer)}
	for _, f := range o.Frames {
		lines = append(lines, p.frame(f))
	}
	for _, w := range o.Writes {
		if s := p.write(w); s != "" {
			lines = append(lines, s)
		}
	}
	return p.short.Replace(strings.Join(lines, "\n"))
}

func (p printer) answer(a desk.Answer) string {
	switch {
	case a.Problem != nil:
		return p.problem(wire.FromProblem(a.Problem))
	case a.From != 0:
		return fmt.Sprintf("send again from %d", a.From)
	case a.Duplicate:
		return "seen before"
	case a.Result != nil:
		return p.result(desk.WireResult(*a.Result))
	}
	return "ok"
}

func (p printer) result(r *wire.Result) string {
	s := fmt.Sprintf("%d %s", r.Number, p.end(r.Outcome, r.Problem))
	for _, i := range r.Items {
		if len(r.Items) == 1 && i.Outcome == r.Outcome {
			break // the same again
		}
		s += fmt.Sprintf(", %s %s", i.Chat, p.end(i.Outcome, i.Problem))
	}
	if r.Created != "" {
		s += ", created " + r.Created
	}
	return s
}

func (p printer) end(o wire.Outcome, pr *wire.Problem) string {
	if pr == nil {
		return string(o)
	}
	return fmt.Sprintf("%s: %s", o, p.problem(pr))
}

func (p printer) problem(pr *wire.Problem) string {
	return strings.TrimSpace(problems[pr.Kind] + " " + strings.Join(pr.Args, " "))
}

func (p printer) frame(f desk.Frame) string {
	var all []string
	for _, c := range f.Changes {
		all = append(all, p.change(&c))
	}
	if f.Counts != nil {
		all = append(all, fmt.Sprintf("%d held, %d pending, %d waiting", f.Counts.Held, f.Counts.Pending, f.Counts.Waiting))
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s", f.Stream.Kind, f.Stream.ID)) + ": " + strings.Join(all, "; ")
}

func (p printer) change(c *wire.Change) string {
	switch {
	case c.Chat != nil:
		return p.chat(c.Chat.Chat())
	case c.ChatGone != nil:
		return strings.TrimSpace(c.ChatGone.ID + " gone " + c.ChatGone.To)
	case c.Message != nil:
		return p.message(c.Message.Message())
	case c.Customer != nil:
		return fmt.Sprintf("customer %s %q", c.Customer.ID, c.Customer.Name)
	case c.Identity != nil:
		var all []string
		for _, a := range c.Identity.Addresses {
			all = append(all, a.Value)
		}
		return "identity " + strings.Join(all, ",")
	case c.Agent != nil:
		return p.agent(c.Agent)
	case c.Team != nil:
		return p.team(c.Team)
	case c.Draft != nil:
		return p.draft(c.Draft)
	case c.Asset != nil:
		return p.asset(c.Asset)
	case c.Orders != nil:
		return strings.TrimSpace(fmt.Sprintf("orders my=%s queue=%s", c.Orders.My, c.Orders.Queue))
	}
	return "result " + p.result(c.Result)
}

// draft shows the revision as a time, and what is beyond it.
func (p printer) draft(t *wire.Draft) string {
	if t.Text == "" {
		return fmt.Sprintf("draft %s none", t.Chat)
	}
	return strings.TrimSuffix(fmt.Sprintf("draft %s at %dms by %s", t.Chat, t.Revision-int64(p.zero), t.Device), " by ") + fmt.Sprintf(" %q", t.Text)
}

// time is in seconds since the story began.
func (p printer) time(at chat.Millis) string { return fmt.Sprintf("%ds", (at-p.zero)/1000) }

func (p printer) chat(c chat.Chat) string {
	s := fmt.Sprintf("%s %s", c.ID, c.Status)
	if c.Assignee != "" {
		s += fmt.Sprintf(" %s", c.Assignee)
	}
	s += fmt.Sprintf(" #%d read=%d/%d unread=%d", c.Assignment, c.ReadTo, c.LastNumber, c.Unread)
	if c.WaitingSince != 0 {
		s += " since=" + p.time(c.WaitingSince)
	}
	if dot := chat.DotFor(&c, c.Assignee); dot != chat.NoDot {
		s += " " + string(dot)
	}
	if c.Priority != 0 {
		s += fmt.Sprintf(" priority=%d", c.Priority)
	}
	return s + p.more(&c)
}

// more is what few chats have.
func (p printer) more(c *chat.Chat) (s string) {
	if c.ReleaseAt != 0 {
		s += " until=" + p.time(c.ReleaseAt)
	}
	if c.Extended {
		s += " extended"
	}
	if c.Alias != "" {
		s += fmt.Sprintf(" alias=%q", c.Alias)
	}
	if len(c.Tags) > 0 {
		s += fmt.Sprintf(" tags=%q", c.Tags)
	}
	return s
}

func (p printer) message(m chat.Message) string {
	s := fmt.Sprintf("%s/%d ", m.Chat, m.Number)
	switch {
	case m.Line != nil:
		return s + m.Line.Code + "(" + strings.Join(m.Line.Args, ", ") + ")"
	case m.Kind == chat.Note:
		s += "note " + m.AuthorName
	case m.Kind == chat.Reply:
		s += fmt.Sprintf("reply %s %s", m.AuthorName, m.State)
	default:
		s += string(m.Kind)
	}
	if m.Failure != nil {
		s += fmt.Sprintf(" (%s %s)", m.Failure.Reason, m.Failure.Code)
	}
	if m.Asks {
		s += " asks"
	}
	if m.Unsupported != "" {
		s += " unsupported " + m.Unsupported
	}
	for _, a := range m.Attachments {
		s += fmt.Sprintf(" [%s %s %s %d]", a.Name, a.MIME, a.State, a.Size)
	}
	return s + fmt.Sprintf(" %q", m.Text)
}

func (p printer) token(t *desk.Token) string {
	s := fmt.Sprintf("token %s of %s", t.Hash[:2], t.Agent)
	if t.Replaces != "" {
		s += " for " + t.Replaces[:2]
	}
	if t.Successor != "" {
		s += ", then " + t.Successor[:2]
	}
	if t.ExpiresAt != 0 {
		s += ", until " + p.time(t.ExpiresAt)
	}
	if t.RevokedAt != 0 {
		s += ", revoked"
	}
	return s
}

// write prints the rows that no frame shows.
func (p printer) write(w desk.Write) string {
	switch w := w.(type) {
	case desk.PutOutgoing:
		o := w.Outgoing
		s := fmt.Sprintf("outgoing %s/%d to %s %s, attempt %d", o.Chat, o.Number, o.To.Value, o.State, o.Attempt)
		if o.State == desk.OutPending {
			s += " next " + p.time(o.NextAt)
		}
		return s
	case desk.PutTimer:
		return fmt.Sprintf("timer %s at %s", w.Timer.Kind, p.time(w.Timer.At))
	case desk.DropTimer:
		return "no timer"
	case desk.PutMedia:
		return fmt.Sprintf("media of %s/%d %s, attempt %d", w.Media.Chat, w.Media.Number, w.Media.State, w.Media.Attempt)
	case desk.DropCustomer:
		return "a customer removed"
	case desk.DropIdentity:
		return "an identity removed"
	case desk.PutCredential:
		return "credential " + w.Credential.Name
	case desk.PutToken:
		return p.token(&w.Token)
	case desk.DropToken:
		return "no token " + w.Hash[:2]
	case desk.DropDraft:
		return "a draft's end forgotten"
	}
	return ""
}
