package outbox

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"github.com/go-json-experiment/json"

	"parley/app/internal/record"
	"parley/backend/chat"
	"parley/backend/wire"
)

// Load returns the outbox as read gives it back: read returns the values of a bucket. It returns a new outbox for
// newDevice if there is none yet. A record that cannot be read is put aside with the next Take, as it is, and named
// in the error, beside which the Queue is whole (Q14). Commands that were numbered for another device than the one
// that is known must not go out: their words become decisions, which may have gone out (Q5).
func Load(read func(bucket string) ([]record.Record, error), newDevice chat.DeviceID) (*Queue, error) {
	l := loader{q: New(newDevice)}
	for _, bucket := range []string{bucketDevice, bucketCommands, bucketDecisions, bucketDrafts, bucketOthers, bucketEnded} {
		records, err := read(bucket)
		if err != nil {
			return nil, fmt.Errorf("outbox: read %s: %w", bucket, err)
		}
		for _, r := range records {
			if err := l.restore(bucket, r); err != nil {
				l.putAside(bucket, r)
			}
		}
	}
	l.finish()
	return l.q, errors.Join(l.errs...)
}

type loader struct {
	q      *Queue
	device bool // the device's record was read
	alien  []*Entry
	errs   []error
}

// maxNumber is beyond what a device can have counted to; the next numbers still fit.
const maxNumber = 1 << 53

var (
	errPlace = errors.New("a record that does not belong to its key")
	errKind  = errors.New("a command that cannot be sent")
)

func (l *loader) restore(bucket string, r record.Record) error {
	switch bucket {
	case bucketDevice:
		return l.restoreDevice(r)
	case bucketCommands:
		return l.restoreCommand(r)
	case bucketDecisions:
		row, err := decode[decisionRow](r)
		if err != nil || row.ID != r.Key || row.ID == "" {
			return cmp.Or(err, errPlace)
		}
		l.q.decisions = append(l.q.decisions, row.decision())
	case bucketDrafts:
		row, err := decode[draftRow](r)
		if err != nil || r.Key == "" || row.Base < 0 {
			return cmp.Or(err, errPlace)
		}
		l.q.drafts[chat.ID(r.Key)] = row.draft()
	case bucketOthers:
		row, err := decode[draftRow](r)
		of := ownedBy(r.Key)
		if err != nil || of.agent == "" || of.chat == "" || of.key() != r.Key || row.Base < 0 {
			return cmp.Or(err, errPlace)
		}
		l.q.others[of] = row.draft()
	case bucketEnded:
		row, err := decode[endedRow](r)
		if err != nil || row.Command.ID != r.Key || r.Key == "" {
			return cmp.Or(err, errPlace)
		}
		l.q.results = append(l.q.results, row.ended())
	}
	return nil
}

func (l *loader) restoreDevice(r record.Record) error {
	row, err := decode[deviceRow](r)
	if err != nil || r.Key != deviceKey || row.Device == "" || row.Next > maxNumber {
		return cmp.Or(err, errPlace)
	}
	q := l.q
	q.epoch = row.Epoch
	q.device, q.agent, q.next = chat.DeviceID(row.Device), chat.AgentID(row.Agent), max(row.Next, 1)
	delete(q.dirty, place{bucketDevice, deviceKey})
	l.device = true
	return nil
}

func (l *loader) restoreCommand(r record.Record) error {
	// What a newer version has added to a command, this one would leave out when it sends it.
	row, err := decode[commandRow](r, json.RejectUnknownMembers(true))
	if err != nil || r.Key != numberKey(row.Number) || row.Number > maxNumber {
		return cmp.Or(err, errPlace)
	}
	e := row.entry()
	c := envelope(e, e.WrittenAt)
	if _, err := wire.EncodeUp(&wire.Up{Command: &c}); err != nil {
		return errKind
	}
	if !l.device || row.Device != "" && row.Device != string(l.q.device) {
		l.alien = append(l.alien, e)
		return nil
	}
	l.q.entries = append(l.q.entries, e)
	l.q.durable[e.Number] = e
	return nil
}

// putAside keeps a record that could not be read where no later one takes its place.
func (l *loader) putAside(bucket string, r record.Record) {
	l.errs = append(l.errs, fmt.Errorf("outbox: record %s %s cannot be read", bucket, r.Key))
	to := place{bucketAside, bucket + "\x00" + r.Key}
	l.q.aside[to] = r.Value
	l.q.touch(to.bucket, to.key)
	l.q.touch(bucket, r.Key)
}

func (l *loader) finish() {
	q := l.q
	slices.SortFunc(q.entries, func(a, b *Entry) int { return cmp.Compare(a.Number, b.Number) })
	if last := q.last(); last != nil {
		q.next = max(q.next, last.Number+1)
	}
	slices.SortStableFunc(q.decisions, func(a, b *Decision) int { return cmp.Compare(a.At, b.At) })
	q.sortEnded()
	for _, e := range l.alien {
		q.drop(e, *chat.NewProblem(chat.FateLost))
	}
	for _, d := range q.decisions {
		if _, under := q.Find(d.Answer); d.Answer != "" && !under {
			q.setAnswer(d, "", *chat.NewProblem(chat.FateLost)) // nobody knows what became of the answer
		}
	}
	for id, d := range q.drafts {
		if d.edited = d.edited || q.draftUnderWay(id) == nil; d.edited {
			q.drafts[id] = d
		}
	}
}

func decode[T any](r record.Record, options ...json.Options) (T, error) {
	var row T
	err := json.Unmarshal(r.Value, &row, options...)
	return row, err
}

func (r *decisionRow) decision() *Decision {
	return &Decision{ID: chat.CommandID(r.ID), Kind: cmp.Or(chat.Kind(r.Kind), chat.Reply), Chat: chat.ID(r.Chat),
		Customer: r.Customer, Text: r.Text, At: r.At, Base: r.Base, Answer: chat.CommandID(r.Answer),
		Problem: chat.Problem{Kind: chat.ProblemKind(r.Problem), Args: r.Args}}
}
