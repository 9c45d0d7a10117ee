package outbox

import (
	"slices"

	"parley/backend/chat"
)

// Decision is a reply or a note that the server held or refused. Its words are kept until the agent decides (Q8).
type Decision struct {
	ID       chat.CommandID // of the command that was held
	Kind     chat.Kind      // chat.Reply or chat.Note
	Chat     chat.ID
	Customer string
	Text     string
	At       int64 // when it was written, milliseconds by this machine's clock
	Base     int64 // the last message that the agent had seen then
	Problem  chat.Problem
	// Answer is the command that the agent has answered with and that has no result yet; "": none (Q9).
	Answer chat.CommandID
}

// Decisions returns what the agent must decide about, oldest first.
func (q *Queue) Decisions() []*Decision { return q.decisions }

// Decision returns one by its id.
func (q *Queue) Decision(id chat.CommandID) (*Decision, bool) {
	i := slices.IndexFunc(q.decisions, func(d *Decision) bool { return d.ID == id })
	if i < 0 {
		return nil, false
	}
	return q.decisions[i], true
}

// Settle ends a decision that no command answers, and reports whether it did.
func (q *Queue) Settle(id chat.CommandID) bool {
	d, ok := q.Decision(id)
	if !ok || d.Answer != "" {
		return false
	}
	q.settle(d)
	return true
}

func (q *Queue) settle(d *Decision) {
	q.decisions = slices.DeleteFunc(slices.Clone(q.decisions), func(x *Decision) bool { return x.ID == d.ID })
	q.touch(bucketDecisions, string(d.ID))
}

// AnswerWith queues e as the agent's answer to a decision: its words go out once more, and the decision ends when
// the server has taken them, in the same transaction as e (Q9). It returns nil if the decision is answered already.
func (q *Queue) AnswerWith(id chat.CommandID, e Entry) *Entry {
	d, ok := q.Decision(id)
	if !ok || d.Answer != "" {
		return nil
	}
	added := q.Add(e)
	q.setAnswer(d, added.ID, d.Problem)
	return added
}

// setAnswer replaces the decision by one with that answer and that problem.
func (q *Queue) setAnswer(d *Decision, answer chat.CommandID, p chat.Problem) {
	now := *d
	now.Answer, now.Problem = answer, p
	q.decisions = slices.Clone(q.decisions)
	q.decisions[slices.Index(q.decisions, d)] = &now
	q.touch(bucketDecisions, string(d.ID))
}

// answeredBy returns the decision that a command answers; nil: none.
func (q *Queue) answeredBy(id chat.CommandID) *Decision {
	i := slices.IndexFunc(q.decisions, func(d *Decision) bool { return id != "" && d.Answer == id })
	if i < 0 {
		return nil
	}
	return q.decisions[i]
}

// undecided keeps the words of a command that ended without effect: in the decision that it answered, or in a new
// one. It reports whether the command has words.
func (q *Queue) undecided(e *Entry, p chat.Problem) bool {
	kind, words := e.Words()
	switch d := q.answeredBy(e.ID); {
	case d != nil:
		q.setAnswer(d, "", p)
		return true
	case !words:
		return false
	}
	q.decisions = append(slices.Clone(q.decisions), &Decision{ID: e.ID, Kind: kind, Chat: e.Command.Chat,
		Customer: e.Customer, Text: e.Command.Text, At: e.WrittenAt, Base: e.Command.Base, Problem: p})
	q.touch(bucketDecisions, string(e.ID))
	return true
}
