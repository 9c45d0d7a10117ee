package cache

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"parley/app/internal/engine"
	"parley/app/internal/record"
)

// Memory is the twin of Files for tests: the same answers without a disk.
type Memory struct {
	files map[record.File]map[string]map[string][]byte // file, bucket, key
}

var _ engine.Disk = (*Memory)(nil)

// NewMemory returns an empty pair of files.
func NewMemory() *Memory {
	return &Memory{files: map[record.File]map[string]map[string][]byte{record.Cache: {}, record.Outbox: {}}}
}

// Read implements engine.Disk.
func (m *Memory) Read(file record.File, bucket, prefix string) ([]record.Record, error) {
	buckets, ok := m.files[file]
	if !ok {
		return nil, fmt.Errorf("cache: read %s/%s: %w", file, bucket, ErrClosed)
	}
	var found []record.Record
	for _, key := range slices.Sorted(maps.Keys(buckets[bucket])) {
		if strings.HasPrefix(key, prefix) {
			found = append(found, record.Record{Bucket: bucket, Key: key, Value: clone(buckets[bucket][key])})
		}
	}
	return found, nil
}

// Save implements engine.Disk.
func (m *Memory) Save(file record.File, batch record.Batch) error {
	buckets, ok := m.files[file]
	if !ok {
		return fmt.Errorf("cache: save to %s: %w", file, ErrClosed)
	}
	if err := check(batch); err != nil {
		return fmt.Errorf("cache: save to %s: %w", file, err)
	}
	for _, op := range batch {
		if buckets[op.Bucket] == nil {
			buckets[op.Bucket] = map[string][]byte{}
		}
		switch op.Kind {
		case record.OpPut:
			buckets[op.Bucket][op.Key] = clone(op.Value)
		case record.OpDelete:
			delete(buckets[op.Bucket], op.Key)
		case record.OpDeletePrefix:
			maps.DeleteFunc(buckets[op.Bucket], func(key string, _ []byte) bool { return strings.HasPrefix(key, op.Key) })
		}
	}
	return nil
}

// CacheLost implements engine.Disk: memory is never damaged.
func (m *Memory) CacheLost() bool { return false }

// Close forgets everything.
func (m *Memory) Close() error {
	m.files = nil
	return nil
}

// clone copies a value; an empty one is empty, not nil, as a file returns it.
func clone(value []byte) []byte { return append([]byte{}, value...) }
