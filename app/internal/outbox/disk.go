package outbox

import (
	"cmp"
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
	bucketOthers    = "others" // drafts of agents who are not signed in, by agent and chat
	bucketEnded     = "ended"
	bucketAside     = "aside" // records that could not be read, by bucket and key, as they were

	deviceKey = "self"
)

// place is a record's.
type place struct{ bucket, key string }

type deviceRow struct {
	Device string `json:"device"`
	Agent  string `json:"agent,omitempty"`
	Next   int64  `json:"next"`
	Epoch  string `json:"epoch,omitzero"`
}

type decisionRow struct {
	ID       string   `json:"id"`
	Kind     string   `json:"kind,omitzero"` // of the words; "": a reply
	Chat     string   `json:"chat"`
	Customer string   `json:"customer,omitempty"`
	Text     string   `json:"text"`
	At       int64    `json:"at"`
	Base     int64    `json:"base,omitzero"`
	Problem  int      `json:"problem"`
	Args     []string `json:"args,omitempty"`
	Answer   string   `json:"answer,omitzero"` // id of the command
}

type draftRow struct {
	Text string `json:"text"`
	Note bool   `json:"note,omitzero"`
	Base int64  `json:"base,omitzero"`
	// Queued: a command carries it, or did; false also in rows of version 0.1, which kept drafts to itself.
	Queued bool `json:"queued,omitzero"`
}

func draftRowOf(d draft) draftRow { return draftRow{d.text, d.note, d.base, !d.edited} }

func (r *draftRow) draft() draft {
	return draft{text: r.Text, note: r.Note, base: r.Base, edited: !r.Queued}
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
		if kept, aside := q.aside[p]; aside {
			b.Put(p.bucket, p.key, kept)
		} else if row := q.row(p); row != nil {
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
		if p.key == deviceKey {
			return deviceRow{string(q.device), string(q.agent), q.next, q.epoch}
		}
	case bucketCommands:
		if e := q.at(p.key); e != nil {
			q.wrote = append(q.wrote, e)
			return commandRowOf(e, q.device)
		}
	case bucketDecisions:
		if d, ok := q.Decision(chat.CommandID(p.key)); ok {
			return decisionRowOf(d)
		}
	case bucketDrafts:
		if d, ok := q.drafts[chat.ID(p.key)]; ok {
			return draftRowOf(d)
		}
	case bucketOthers:
		if d, ok := q.others[ownedBy(p.key)]; ok {
			return draftRowOf(d)
		}
	case bucketEnded:
		if e := q.endedAs(chat.CommandID(p.key)); e != nil {
			return endedRowOf(e, q.device)
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

// Dropped is a command that was never on the disk and nowhere else.
type Dropped struct {
	*Entry
	Lost bool      // its words stand nowhere any more
	Kind chat.Kind // of the words, if it has any
}

// Failed says that what Take returned could not be written. New commands that were never on the disk are dropped,
// as nobody was shown them, and their numbers are free again; everything else is to be written by a later Take.
// It returns those that were dropped.
func (q *Queue) Failed() []Dropped {
	maps.Copy(q.dirty, q.taken)
	q.taken, q.wrote = nil, nil
	var dropped []Dropped
	for e := q.last(); e != nil && q.durable[e.Number] == nil; e = q.last() {
		q.next = e.Number
		q.touch(bucketCommands, numberKey(e.Number))
		q.touch(bucketDevice, deviceKey)
		q.entries = slices.Clone(q.entries[:len(q.entries)-1])
		kind, words := e.Words()
		if d := q.answeredBy(e.ID); d != nil {
			q.setAnswer(d, "", d.Problem)
			words = false
		}
		if e.Command.Kind == chat.CmdDraft {
			q.draftEnded(&e.Command, false)
		}
		dropped = append(dropped, Dropped{e, words, kind})
	}
	return dropped
}

func decisionRowOf(d *Decision) decisionRow {
	return decisionRow{ID: string(d.ID), Kind: string(d.Kind), Chat: string(d.Chat), Customer: d.Customer, Text: d.Text,
		At: d.At, Base: d.Base, Problem: int(d.Problem.Kind), Args: d.Problem.Args, Answer: string(d.Answer)}
}
