package cache

import (
	"maps"
	"slices"
	"strings"

	"parley/app/internal/record"
)

// table is what one file holds: values by bucket and key. A value is never changed, so tables may share it.
type table map[string]map[string][]byte

// read returns copies of the records of a bucket whose keys begin with prefix, in order of key.
func (t table) read(bucket, prefix string) []record.Record {
	var found []record.Record
	for _, key := range slices.Sorted(maps.Keys(t[bucket])) {
		if strings.HasPrefix(key, prefix) {
			found = append(found, record.Record{Bucket: bucket, Key: key, Value: clone(t[bucket][key])})
		}
	}
	return found
}

// scan gives visit at most n of the records that read returns, behind the key from, and returns the key to go on after.
func (t table) scan(bucket, prefix, from string, n int, visit func(key, value []byte)) (last string) {
	for _, key := range slices.Sorted(maps.Keys(t[bucket])) {
		if !strings.HasPrefix(key, prefix) || from != "" && key <= from {
			continue
		}
		if n--; n < 0 {
			return last
		}
		last = key
		visit([]byte(key), clone(t[bucket][key]))
	}
	return ""
}

// apply does what a batch says.
func (t table) apply(batch record.Batch) {
	for _, op := range batch {
		switch op.Kind {
		case record.OpPut:
			t.put(op.Bucket, op.Key, clone(op.Value))
		case record.OpDelete:
			delete(t[op.Bucket], op.Key)
		case record.OpDeletePrefix:
			maps.DeleteFunc(t[op.Bucket], func(key string, _ []byte) bool { return strings.HasPrefix(key, op.Key) })
		}
	}
}

func (t table) put(bucket, key string, value []byte) {
	if t[bucket] == nil {
		t[bucket] = map[string][]byte{}
	}
	t[bucket][key] = value
}

// add puts what other has and t has not.
func (t table) add(other table) {
	for bucket, values := range other {
		for key, value := range values {
			if _, there := t[bucket][key]; !there {
				t.put(bucket, key, value)
			}
		}
	}
}

// with returns t after a batch, and leaves t as it is.
func (t table) with(batch record.Batch) table {
	after := table{}
	for bucket, values := range t {
		after[bucket] = maps.Clone(values)
	}
	after.apply(batch)
	return after
}

// batch returns what writes all of t.
func (t table) batch() record.Batch {
	var b record.Batch
	for _, bucket := range slices.Sorted(maps.Keys(t)) {
		for _, key := range slices.Sorted(maps.Keys(t[bucket])) {
			b.Put(bucket, key, t[bucket][key])
		}
	}
	return b
}

// total is the total that a file with all of t has.
func (t table) total() total {
	var sum total
	for bucket, values := range t {
		for key, value := range values {
			sum.add(seal(bucket, key, value))
		}
	}
	return sum
}

// clone copies a value; an empty one is empty, not nil, as a file returns it.
func clone(value []byte) []byte { return append([]byte{}, value...) }
