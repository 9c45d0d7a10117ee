package cache

import (
	"fmt"

	"parley/app/internal/engine"
	"parley/app/internal/record"
)

// Memory is the twin of Files for tests: the same answers without a disk.
type Memory struct{ files map[record.File]table }

var _ engine.Disk = (*Memory)(nil)

// NewMemory returns an empty cache and an empty outbox.
func NewMemory() *Memory {
	return &Memory{files: map[record.File]table{record.Cache: {}, record.Outbox: {}}}
}

// Read implements engine.Disk.
func (m *Memory) Read(file record.File, bucket, prefix string) ([]record.Record, error) {
	t, ok := m.files[file]
	if !ok {
		return nil, fmt.Errorf("cache: read %s/%s: %w", file, bucket, ErrClosed)
	}
	return t.read(bucket, prefix), nil
}

// Scan implements engine.Disk.
func (m *Memory) Scan(file record.File, bucket, prefix, from string, n int, visit func(key, value []byte)) (string, error) {
	t, ok := m.files[file]
	if !ok {
		return "", fmt.Errorf("cache: scan %s/%s: %w", file, bucket, ErrClosed)
	}
	return t.scan(bucket, prefix, from, n, visit), nil
}

// Save implements engine.Disk.
func (m *Memory) Save(file record.File, batch record.Batch) error {
	t, ok := m.files[file]
	if !ok {
		return fmt.Errorf("cache: save to %s: %w", file, ErrClosed)
	}
	if err := check(batch); err != nil {
		return fmt.Errorf("cache: save to %s: %w", file, err)
	}
	t.apply(batch)
	return nil
}

// Forget implements engine.Disk.
func (m *Memory) Forget() error {
	if m.files == nil {
		return fmt.Errorf("cache: forget: %w", ErrClosed)
	}
	m.files[record.Cache] = table{}
	return nil
}

// CacheLost implements engine.Disk: memory is never damaged.
func (m *Memory) CacheLost() bool { return false }

// Troubles implements engine.Disk: memory has none.
func (m *Memory) Troubles() []engine.Trouble { return nil }

// Close forgets everything.
func (m *Memory) Close() error {
	m.files = nil
	return nil
}
