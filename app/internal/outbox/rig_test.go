package outbox

import (
	"fmt"
	"slices"
	"testing"

	"parley/app/internal/record"
	"parley/backend/chat"
	"parley/backend/wire"
)

// disk is the outbox file of a test.
type disk map[string]map[string][]byte

func (d disk) apply(b record.Batch) {
	for _, op := range b {
		if d[op.Bucket] == nil {
			d[op.Bucket] = map[string][]byte{}
		}
		switch op.Kind {
		case record.OpPut:
			d[op.Bucket][op.Key] = op.Value
		case record.OpDelete:
			delete(d[op.Bucket], op.Key)
		}
	}
}

func (d disk) read(bucket string) ([]record.Record, error) {
	var l []record.Record
	for k, v := range d[bucket] {
		l = append(l, record.Record{Bucket: bucket, Key: k, Value: v})
	}
	slices.SortFunc(l, func(a, b record.Record) int { return compareKeys(a.Key, b.Key) })
	return l, nil
}

func compareKeys(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

func save(q *Queue, d disk) {
	for b := q.Take(); len(b) > 0; b = q.Take() {
		d.apply(b)
		q.Saved()
	}
}

// rig is an outbox with its disk.
type rig struct {
	*Queue
	t     *testing.T
	d     disk
	newID func() chat.CommandID
}

// begin returns a new outbox that is on its disk.
func begin(t *testing.T) *rig {
	r := &rig{Queue: New("dev"), t: t, d: disk{}, newID: ids()}
	r.save()
	return r
}

func (r *rig) save() { save(r.Queue, r.d) }

// online connects as the agent me; the server has the results up to last.
func (r *rig) online(last int64) {
	r.t.Helper()
	if !r.Welcomed("me", last, r.newID) {
		r.t.Fatal("the commands are another agent's")
	}
	r.save()
}

// restart is a kill -9 and a new start.
func (r *rig) restart() {
	r.t.Helper()
	q, err := Load(r.d.read, "new")
	if err != nil {
		r.t.Fatal(err)
	}
	r.Queue = q
}

// ends gives the command of an id its result.
func (r *rig) ends(id chat.CommandID, o wire.Outcome, problem chat.ProblemKind) Answered {
	r.t.Helper()
	e, ok := r.Find(id)
	if !ok {
		r.t.Fatalf("there is no command %s", id)
	}
	result := &wire.Result{Device: string(r.Device()), Number: e.Number, ID: string(id), Outcome: o}
	if problem != 0 {
		result.Problem = &wire.Problem{Kind: int(problem)}
	}
	return r.Answer(result)
}

// kinds are those of the commands, in order.
func (r *rig) kinds() (l []string) {
	for _, e := range r.entries {
		l = append(l, string(e.Command.Kind))
	}
	return l
}

func ids() func() chat.CommandID {
	n := 0
	return func() chat.CommandID { n++; return chat.CommandID(fmt.Sprintf("id-%d", n)) }
}

func reply(id, text string) Entry {
	return Entry{ID: chat.CommandID(id), WrittenAt: 1000, Inbounds: -1,
		Command: chat.Command{Kind: chat.CmdReply, Chat: "A", Assignment: 1, Text: text}}
}

func read(id string, upTo int64) Entry {
	return Entry{ID: chat.CommandID(id), Inbounds: upTo, Command: chat.Command{Kind: chat.CmdRead, Chat: "A", UpTo: upTo}}
}

func numbers(cs []wire.Command) []int64 {
	var l []int64
	for _, c := range cs {
		l = append(l, c.Number)
	}
	return l
}
