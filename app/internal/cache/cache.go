// Package cache keeps the console's files: cache.db, which is disposable, and the outbox, which is not and lies in two
// copies, outbox.db and outbox.copy.db. All are bbolt files of small values; what the values mean is their makers'
// business (package record). The engine owns the open files and calls them from one goroutine. NewMemory is the twin
// for tests.
package cache

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"parley/app/internal/engine"
	"parley/app/internal/record"

	bolt "go.etcd.io/bbolt"
)

// The files, and how long opening one waits for another process to let go of it.
const (
	cacheName      = "cache.db"
	outboxName     = "outbox.db"
	outboxCopyName = "outbox.copy.db"
	openTimeout    = 2 * time.Second
)

// ErrNewer is returned by Open for an outbox that a newer Parley wrote; nothing was changed.
var ErrNewer = errors.New("written by a newer version of Parley")

// ErrClosed is returned after Close.
var ErrClosed = errors.New("cache: closed")

// errInUse is returned by Open for a file that another process has open.
var errInUse = errors.New("another program holds it open")

// Files are the open files.
type Files struct {
	cache  *disposable
	outbox *outbox
	closed bool
}

var _ engine.Disk = (*Files)(nil)

// Open opens the files in folder, which must exist and be locked by the caller, and makes what is missing. A cache
// that is damaged, or that a newer version wrote, is moved aside and begun anew (CacheLost). A copy of the outbox that
// is damaged is kept under another name and made anew from the other; where both are, from what can be read of them
// (Troubles). A folder that cannot be written to is opened all the same: what it holds can be read, and each Save says
// what hinders it and tries again. What else hinders is an error: a folder or file that may not be read, a file in
// use, an outbox of a newer version.
func Open(folder string) (*Files, error) {
	if _, err := os.Stat(folder); err != nil {
		return nil, fmt.Errorf("cache: open: %w", err)
	}
	o, err := openOutbox(folder)
	if err != nil {
		return nil, fmt.Errorf("cache: open the outbox: %w", err)
	}
	c, err := openDisposable(filepath.Join(folder, cacheName))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("cache: open %s: %w", cacheName, err), o.close())
	}
	return &Files{cache: c, outbox: o}, nil
}

// CacheLost reports whether Open had to begin the cache anew.
func (f *Files) CacheLost() bool { return f.cache.lost }

// Troubles implements engine.Disk.
func (f *Files) Troubles() []engine.Trouble { return append(f.outbox.listed(), f.cache.listed()...) }

// Read implements engine.Disk.
func (f *Files) Read(file record.File, bucket, prefix string) (found []record.Record, err error) {
	switch {
	case f.closed:
		err = ErrClosed
	case file == record.Outbox:
		return f.outbox.state.read(bucket, prefix), nil
	default:
		found, err = f.cache.read(bucket, prefix)
	}
	if err != nil {
		return nil, fmt.Errorf("cache: read %s/%s: %w", file, bucket, err)
	}
	return found, nil
}

// Scan implements engine.Disk.
func (f *Files) Scan(file record.File, bucket, prefix, from string, n int, visit func(key, value []byte)) (last string, err error) {
	switch {
	case f.closed:
		err = ErrClosed
	case file == record.Outbox:
		return f.outbox.state.scan(bucket, prefix, from, n, visit), nil
	default:
		last, err = f.cache.scan(bucket, prefix, from, n, visit)
	}
	if err != nil {
		return "", fmt.Errorf("cache: scan %s/%s: %w", file, bucket, err)
	}
	return last, nil
}

// Save implements engine.Disk.
func (f *Files) Save(file record.File, batch record.Batch) error {
	err := check(batch)
	switch {
	case f.closed:
		err = ErrClosed
	case err != nil:
	case file == record.Outbox:
		err = f.outbox.save(batch)
	default:
		err = f.cache.save(batch)
	}
	if err != nil {
		return fmt.Errorf("cache: save to %s: %w", file, err)
	}
	return nil
}

// Forget implements engine.Disk.
func (f *Files) Forget() error {
	err := ErrClosed
	if !f.closed {
		err = f.cache.forget()
	}
	if err != nil {
		return fmt.Errorf("cache: forget: %w", err)
	}
	return nil
}

// Close closes the files.
func (f *Files) Close() error {
	if f.closed {
		return nil
	}
	f.closed = true
	return errors.Join(f.cache.close(), f.outbox.close())
}

// write applies a batch, and the file's total with it and its generation, if that is not 0.
func write(tx *bolt.Tx, batch record.Batch, generation uint64) error {
	about := tx.Bucket(aboutBucket)
	var sum total
	if sealed := about.Get(totalKey); sealed != nil {
		value, err := unseal(string(aboutBucket), totalKey, sealed)
		if err != nil {
			return err
		}
		if sum, err = readTotal(value); err != nil {
			return err
		}
	}
	for _, op := range batch {
		if err := sum.apply(tx, op); err != nil {
			return err
		}
	}
	err := about.Put(totalKey, seal(string(aboutBucket), string(totalKey), sum.bytes()))
	if generation != 0 {
		err = errors.Join(err, about.Put(generationKey, seal(string(aboutBucket), string(generationKey), generationBytes(generation))))
	}
	return err
}

// apply does one step of a batch.
func (t *total) apply(tx *bolt.Tx, op record.Op) error {
	b, err := tx.CreateBucketIfNotExists([]byte(op.Bucket))
	if err != nil {
		return err
	}
	key := []byte(op.Key)
	switch op.Kind {
	case record.OpPut:
		sealed := seal(op.Bucket, op.Key, op.Value)
		t.remove(b.Get(key))
		t.add(sealed)
		return b.Put(key, sealed)
	case record.OpDelete:
		t.remove(b.Get(key))
		return b.Delete(key)
	}
	return t.deletePrefix(b, key)
}

// deletePrefix collects first: a cursor is not sound while what it stands on is deleted.
func (t *total) deletePrefix(b *bolt.Bucket, prefix []byte) error {
	var keys [][]byte
	c := b.Cursor()
	for k, sealed := c.Seek(prefix); k != nil && bytes.HasPrefix(k, prefix); k, sealed = c.Next() {
		t.remove(sealed)
		keys = append(keys, bytes.Clone(k))
	}
	for _, k := range keys {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}
