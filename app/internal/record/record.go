// Package record is what the console's files hold: small values by bucket and key, written in batches. Whoever
// makes a record (replica, outbox, engine) says what it means; package cache, which keeps them, does not know.
package record

import (
	"slices"
	"strings"
)

// File names one of the console's two files.
type File string

const (
	Cache  File = "cache"  // disposable: everything in it comes again from the server
	Outbox File = "outbox" // never disposable: what the agent wrote and the server has not confirmed
)

// Record is one value. Keys are compared by byte.
type Record struct {
	Bucket string
	Key    string
	Value  []byte
}

// OpKind says what an Op does.
type OpKind int

const (
	OpPut          OpKind = 1 // writes Value at Key, whatever stood there
	OpDelete       OpKind = 2 // removes Key if it is there
	OpDeletePrefix OpKind = 3 // removes all keys of the bucket that begin with Key
)

// Op is one step of a Batch.
type Op struct {
	Kind        OpKind
	Bucket, Key string
	Value       []byte
}

// Batch is applied in its order, all or nothing.
type Batch []Op

// Put adds the writing of a value.
func (b *Batch) Put(bucket, key string, value []byte) {
	*b = append(*b, Op{Kind: OpPut, Bucket: bucket, Key: key, Value: value})
}

// Delete adds the removal of a key.
func (b *Batch) Delete(bucket, key string) {
	*b = append(*b, Op{Kind: OpDelete, Bucket: bucket, Key: key})
}

// DeletePrefix adds the removal of all keys that begin with prefix.
func (b *Batch) DeletePrefix(bucket, prefix string) {
	*b = append(*b, Op{Kind: OpDeletePrefix, Bucket: bucket, Key: prefix})
}

// Over returns records, which are those of a bucket whose keys begin with prefix, in order of key, as they will be when
// b is written.
func (b Batch) Over(records []Record, bucket, prefix string) []Record {
	for _, op := range b {
		switch {
		case op.Bucket != bucket:
		case op.Kind == OpDeletePrefix:
			records = slices.DeleteFunc(records, func(r Record) bool { return strings.HasPrefix(r.Key, op.Key) })
		case strings.HasPrefix(op.Key, prefix):
			records = op.over(records)
		}
	}
	return records
}

func (op *Op) over(records []Record) []Record {
	at, found := slices.BinarySearchFunc(records, op.Key, func(r Record, key string) int { return strings.Compare(r.Key, key) })
	switch now := (Record{op.Bucket, op.Key, op.Value}); {
	case found && op.Kind == OpDelete:
		return slices.Delete(records, at, at+1)
	case found:
		records[at] = now
	case op.Kind == OpPut:
		return slices.Insert(records, at, now)
	}
	return records
}
