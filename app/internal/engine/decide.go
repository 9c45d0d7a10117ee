package engine

import (
	"parley/app/internal/outbox"
	"parley/backend/chat"
)

// Choice is what an agent does about words that the server held or refused. The values are view.Choice's.
type Choice string

const (
	SendAnew    Choice = "send" // picking the chat back if it is in the queue
	AsNote      Choice = "note" // for the chat's holder
	KeepAsDraft Choice = "draft"
	Discard     Choice = "discard"
)

// Decision is one of the outbox, with what the agent can choose from.
type Decision struct {
	*outbox.Decision
	Answers []Answer
}

// Answer is a Choice, and what it means now.
type Answer struct {
	Choice  Choice
	Picks   bool          // SendAnew takes the chat out of the queue first
	Problem *chat.Problem // why it cannot be chosen; nil: it can
}

// decisions are those of the outbox as things stand.
func (e *Engine) decisions() []Decision {
	var l []Decision
	for _, d := range e.out.Decisions() {
		l = append(l, Decision{Decision: d, Answers: e.answers(d)})
	}
	return l
}

// answers are what there is to choose from. What was written for colleagues is never offered to be sent.
func (e *Engine) answers(d *outbox.Decision) []Answer {
	var l []Answer
	if d.Kind == chat.Reply {
		l = append(l, Answer{Choice: SendAnew, Picks: e.inQueue(d.Chat), Problem: e.mayNotSend(d)})
	}
	return append(l, Answer{Choice: AsNote}, Answer{Choice: KeepAsDraft, Problem: e.mayNotDraft(d)}, Answer{Choice: Discard})
}

func (e *Engine) inQueue(id chat.ID) bool {
	c, ok := e.rep.Chat(id)
	return ok && c.Status == chat.Queued
}

// mayNotSend says why the words of a decision cannot go to the customer; nil: they can, or only the server knows.
func (e *Engine) mayNotSend(d *outbox.Decision) *chat.Problem {
	c, ok := e.rep.Chat(d.Chat)
	switch {
	case d.Kind != chat.Reply:
		return chat.NewProblem(chat.NotAllowed)
	case !ok && e.rep.GoneTo(d.Chat) != "":
		return chat.NewProblem(chat.AlreadyTaken, e.rep.GoneTo(d.Chat))
	case !ok || c.Status == chat.Queued:
		return nil
	case c.Status == chat.Closed:
		return chat.NewProblem(chat.ChatClosed)
	case c.Assignee != e.rep.Me():
		return chat.NewProblem(chat.AlreadyTaken, e.rep.AgentName(c.Assignee))
	}
	return nil
}

// mayNotDraft says why the words of a decision cannot become a draft: nobody would see it.
func (e *Engine) mayNotDraft(d *outbox.Decision) *chat.Problem {
	if _, ok := e.rep.Chat(d.Chat); !ok {
		return chat.NewProblem(chat.NotHolder, e.rep.GoneTo(d.Chat))
	}
	return nil
}

// Decide answers a decision. What cannot be chosen now is told in a notice, and the decision stays.
func (e *Engine) Decide(id chat.CommandID, what Choice) {
	e.post(func() {
		d, ok := e.out.Decision(id)
		if !ok || d.Answer != "" {
			return
		}
		if p := e.decide(d, what); p != nil {
			e.addNotice(&chat.Command{Kind: chat.CommandKind(d.Kind), Chat: d.Chat}, d.Customer, *p)
		}
		e.touch(d.Chat)
	})
}

func (e *Engine) decide(d *outbox.Decision, what Choice) *chat.Problem {
	switch what {
	case SendAnew:
		if p := e.mayNotSend(d); p != nil {
			return p
		}
		e.answerWith(d, chat.CmdReclaim)
	case AsNote:
		e.answerWith(d, chat.CmdNote)
	case KeepAsDraft:
		if p := e.mayNotDraft(d); p != nil {
			return p
		}
		e.out.PutBack(d.Chat, d.Kind, d.Text, e.rep.Draft(d.Chat))
		e.out.Settle(d.ID)
		e.typed(d.Chat)
	case Discard:
		e.out.Settle(d.ID)
	}
	return nil
}

// answerWith sends the words of a decision once more. Who decides now has seen all that is known here, and of a chat
// that is not, what was seen when the words were written.
func (e *Engine) answerWith(d *outbox.Decision, kind chat.CommandKind) {
	c := chat.Command{Kind: kind, Chat: d.Chat, Base: d.Base, Text: d.Text}
	if known, ok := e.rep.Chat(d.Chat); ok {
		c.Assignment, c.Base = known.Assignment, known.LastNumber
	}
	e.out.AnswerWith(d.ID, e.envelope(c))
}
