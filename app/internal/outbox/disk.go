package outbox

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/go-json-experiment/json"

	"parley/app/internal/record"
	"parley/backend/chat"
)

// The buckets of the outbox file. Names and fields are kept: every later version opens the file.
const (
	bucketDevice    = "device" // one record: self
	bucketCommands  = "commands"
	bucketDecisions = "decisions"
	bucketDrafts    = "drafts"

	deviceKey = "self"
)

// place is a record's.
type place struct{ bucket, key string }

type deviceRow struct {
	Device string `json:"device"`
	Agent  string `json:"agent,omitempty"`
	Next   int64  `json:"next"`
}

type commandRow struct {
	Number       int64  `json:"number"`
	ID           string `json:"id"`
	Epoch        string `json:"epoch,omitempty"`
	WrittenAt    int64  `json:"written_at"`
	Customer     string `json:"customer,omitempty"`
	Inbounds     int64  `json:"inbounds"`
	Tried        bool   `json:"tried,omitempty"`
	Kind         string `json:"kind"`
	Chat         string `json:"chat,omitempty"`
	Assignment   int64  `json:"assignment,omitempty"`
	Base         int64  `json:"base,omitempty"`
	UpTo         int64  `json:"up_to,omitempty"`
	Text         string `json:"text,omitempty"`
	Availability string `json:"availability,omitempty"`
	Message      string `json:"message,omitempty"`
	WentOut      bool   `json:"went_out,omitempty"`
}

type decisionRow struct {
	ID       string   `json:"id"`
	Chat     string   `json:"chat"`
	Customer string   `json:"customer,omitempty"`
	Text     string   `json:"text"`
	At       int64    `json:"at"`
	Problem  int      `json:"problem"`
	Args     []string `json:"args,omitempty"`
}

type draftRow struct {
	Text string `json:"text"`
}

func numberKey(n int64) string { return fmt.Sprintf("%020d", n) }

func (q *Queue) touch(bucket, key string) { q.dirty[place{bucket, key}] = true }

// Take returns what the disk does not have yet, for one transaction of the outbox file; empty if it has all.
// Until Saved or Failed was called, Take returns nothing.
func (q *Queue) Take() record.Batch {
	if q.taken != nil || len(q.dirty) == 0 {
		return nil
	}
	q.taken, q.dirty, q.wrote = q.dirty, map[place]bool{}, nil
	var b record.Batch
	for _, p := range slices.SortedFunc(maps.Keys(q.taken), comparePlaces) {
		if row := q.row(p); row != nil {
			b.Put(p.bucket, p.key, encode(row))
		} else {
			b.Delete(p.bucket, p.key)
		}
	}
	return b
}

func comparePlaces(a, b place) int {
	return cmp.Or(cmp.Compare(a.bucket, b.bucket), cmp.Compare(a.key, b.key))
}

// row is what stands at p by the wanted state; nil: nothing.
func (q *Queue) row(p place) any {
	switch p.bucket {
	case bucketDevice:
		return deviceRow{string(q.device), string(q.agent), q.next}
	case bucketCommands:
		if e := q.at(p.key); e != nil {
			q.wrote = append(q.wrote, e)
			return commandRowOf(e)
		}
	case bucketDecisions:
		for _, d := range q.decisions {
			if string(d.ID) == p.key {
				return decisionRow{string(d.ID), string(d.Chat), d.Customer, d.Text, d.At, int(d.Problem.Kind), d.Problem.Args}
			}
		}
	case bucketDrafts:
		if text, ok := q.drafts[chat.ID(p.key)]; ok {
			return draftRow{text}
		}
	}
	return nil
}

// at returns the wanted state of the command whose key is given.
func (q *Queue) at(key string) *Entry {
	at, found := slices.BinarySearchFunc(q.entries, key, func(e *Entry, key string) int {
		return cmp.Compare(numberKey(e.Number), key)
	})
	if !found {
		return nil
	}
	return q.entries[at]
}

func encode(row any) []byte {
	b, err := json.Marshal(row)
	if err != nil {
		panic(fmt.Sprintf("BUG: outbox: encode %T: %v", row, err))
	}
	return b
}

// OnDisk reports whether a command is on the disk, or has ended.
func (q *Queue) OnDisk(id chat.CommandID) bool {
	e, ok := q.Find(id)
	return !ok || q.durable[e.Number] != nil && q.durable[e.Number].ID == id
}

// Saved says that what Take returned is on the disk.
func (q *Queue) Saved() {
	for _, e := range q.wrote {
		if at, found := slices.BinarySearchFunc(q.entries, e.Number, byNumber); found && sameLife(q.entries[at], e) {
			q.durable[e.Number] = e
		}
	}
	q.taken, q.wrote, q.byChat = nil, nil, nil
}

// sameLife reports whether now is a later state of the command that was written as e, or what it was cancelled
// to.
func sameLife(now, e *Entry) bool { return now.ID == e.ID || now.Command.Kind == chat.CmdNone }

// Failed says that what Take returned could not be written. New commands that were never on the disk are dropped,
// as nobody was shown them, and their numbers are free again; everything else is to be written by a later Take.
// It returns those that were dropped.
func (q *Queue) Failed() []*Entry {
	maps.Copy(q.dirty, q.taken)
	q.taken, q.wrote = nil, nil
	var dropped []*Entry
	for e := q.last(); e != nil && q.durable[e.Number] == nil; e = q.last() {
		dropped = append(dropped, e)
		q.next = e.Number
		q.touch(bucketCommands, numberKey(e.Number))
		q.touch(bucketDevice, deviceKey)
		q.entries = slices.Clone(q.entries[:len(q.entries)-1])
	}
	return dropped
}

// Load returns the outbox as read gives it back: read returns the values of a bucket. A record that cannot be
// read stays where it is and is named in the error, beside which the Queue is whole otherwise. It returns a new
// outbox for newDevice if there is none yet.
func Load(read func(bucket string) ([]record.Record, error), newDevice chat.DeviceID) (*Queue, error) {
	q := New(newDevice)
	var errs []error
	for _, bucket := range []string{bucketDevice, bucketCommands, bucketDecisions, bucketDrafts} {
		records, err := read(bucket)
		if err != nil {
			return nil, fmt.Errorf("outbox: read %s: %w", bucket, err)
		}
		for _, r := range records {
			if err := q.restore(bucket, r); err != nil {
				errs = append(errs, fmt.Errorf("outbox: record %s %s cannot be read", bucket, r.Key))
			}
		}
	}
	if last := q.last(); last != nil {
		q.next = max(q.next, last.Number+1)
	}
	slices.SortStableFunc(q.decisions, func(a, b *Decision) int { return cmp.Compare(a.At, b.At) })
	return q, errors.Join(errs...)
}

func (q *Queue) restore(bucket string, r record.Record) error {
	switch bucket {
	case bucketDevice:
		var row deviceRow
		if err := json.Unmarshal(r.Value, &row); err != nil {
			return err
		}
		q.device, q.agent, q.next = chat.DeviceID(row.Device), chat.AgentID(row.Agent), max(row.Next, 1)
		q.dirty = map[place]bool{}
	case bucketCommands:
		var row commandRow
		if err := json.Unmarshal(r.Value, &row); err != nil {
			return err
		}
		q.entries = append(q.entries, row.entry())
		q.durable[row.Number] = q.last()
	case bucketDecisions:
		var row decisionRow
		if err := json.Unmarshal(r.Value, &row); err != nil {
			return err
		}
		q.decisions = append(q.decisions, row.decision())
	case bucketDrafts:
		var row draftRow
		if err := json.Unmarshal(r.Value, &row); err != nil {
			return err
		}
		q.drafts[chat.ID(r.Key)] = row.Text
	}
	return nil
}

func commandRowOf(e *Entry) commandRow {
	c := &e.Command
	return commandRow{Number: e.Number, ID: string(e.ID), Epoch: e.Epoch, WrittenAt: e.WrittenAt, Customer: e.Customer,
		Inbounds: e.Inbounds, Tried: e.Tried, Kind: string(c.Kind), Chat: string(c.Chat), Assignment: c.Assignment,
		Base: c.Base, UpTo: c.UpTo, Text: c.Text, Availability: string(c.Availability), Message: string(c.Message),
		WentOut: c.WentOut}
}

func (r *commandRow) entry() *Entry {
	return &Entry{Number: r.Number, ID: chat.CommandID(r.ID), Epoch: r.Epoch, WrittenAt: r.WrittenAt,
		Customer: r.Customer, Inbounds: r.Inbounds, Tried: r.Tried, Command: chat.Command{
			Kind: chat.CommandKind(r.Kind), Chat: chat.ID(r.Chat), Assignment: r.Assignment, Base: r.Base, UpTo: r.UpTo,
			Text: r.Text, Availability: chat.Availability(r.Availability), Message: chat.MessageID(r.Message),
			WentOut: r.WentOut}}
}

func (r *decisionRow) decision() *Decision {
	return &Decision{ID: chat.CommandID(r.ID), Chat: chat.ID(r.Chat), Customer: r.Customer, Text: r.Text, At: r.At,
		Problem: chat.Problem{Kind: chat.ProblemKind(r.Problem), Args: r.Args}}
}
