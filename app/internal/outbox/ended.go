package outbox

import (
	"cmp"
	"slices"

	"parley/backend/chat"
)

// MaxEnded is how many commands of many chats are kept after their end; the oldest goes.
const MaxEnded = 20

// Ended is a command of many chats that has ended, and what came of it (Q21).
type Ended struct {
	*Entry
	To        string // the agent or the team that a transfer went to, by name
	Done      int
	Failed    []Failed // with Done, the chats of the command, in its order
	UndoUntil int64    // of the server's clock; 0: it cannot be undone
}

// Failed is a chat that stayed where it was.
type Failed struct {
	Chat     chat.ID
	Customer string // name
	Problem  chat.Problem
}

type endedRow struct {
	Command   commandRow  `json:"command"`
	To        string      `json:"to,omitzero"`
	Done      int         `json:"done"`
	Failed    []failedRow `json:"failed,omitempty"`
	UndoUntil int64       `json:"undo_until,omitzero"`
}

type failedRow struct {
	Chat     string   `json:"chat"`
	Customer string   `json:"customer,omitzero"`
	Problem  int      `json:"problem"`
	Args     []string `json:"args,omitempty"`
}

// Ended returns the commands of many chats that have ended and were not forgotten, oldest first. Nothing of it may be
// changed.
func (q *Queue) Ended() []*Ended { return q.results }

// KeepEnded keeps what came of a command; it is on the disk together with the command's end.
func (q *Queue) KeepEnded(e *Ended) {
	q.results = append(slices.Clone(q.results), e)
	q.touch(bucketEnded, string(e.ID))
	for len(q.results) > MaxEnded {
		q.ForgetEnded(q.results[0].ID)
	}
}

// ForgetEnded forgets those that are named, or all if none is.
func (q *Queue) ForgetEnded(which ...chat.CommandID) {
	q.results = slices.DeleteFunc(slices.Clone(q.results), func(e *Ended) bool {
		forget := len(which) == 0 || slices.Contains(which, e.ID)
		if forget {
			q.touch(bucketEnded, string(e.ID))
		}
		return forget
	})
}

func (q *Queue) endedAs(id chat.CommandID) *Ended {
	if i := slices.IndexFunc(q.results, func(e *Ended) bool { return e.ID == id }); i >= 0 {
		return q.results[i]
	}
	return nil
}

func (q *Queue) sortEnded() {
	slices.SortStableFunc(q.results, func(a, b *Ended) int { return cmp.Compare(a.Number, b.Number) })
}

func endedRowOf(e *Ended, device chat.DeviceID) endedRow {
	row := endedRow{Command: commandRowOf(e.Entry, device), To: e.To, Done: e.Done, UndoUntil: e.UndoUntil}
	for _, f := range e.Failed {
		row.Failed = append(row.Failed, failedRow{string(f.Chat), f.Customer, int(f.Problem.Kind), f.Problem.Args})
	}
	return row
}

func (r *endedRow) ended() *Ended {
	e := &Ended{Entry: r.Command.entry(), To: r.To, Done: r.Done, UndoUntil: r.UndoUntil}
	for _, f := range r.Failed {
		e.Failed = append(e.Failed, Failed{chat.ID(f.Chat), f.Customer, chat.Problem{Kind: chat.ProblemKind(f.Problem), Args: f.Args}})
	}
	return e
}
