// Package cache keeps the console's two files: cache.db, which is disposable, and outbox.db, which is not. Both are
// bbolt files of small values; what the values mean is their makers' business (package record). The engine owns an
// open pair and calls it from one goroutine. NewMemory is the twin for tests.
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

// The two files, and how long opening one waits for another process to let go of it.
const (
	cacheName   = "cache.db"
	outboxName  = "outbox.db"
	openTimeout = 2 * time.Second
)

// ErrNewer is returned by Open for an outbox that a newer Parley wrote; nothing was changed.
var ErrNewer = errors.New("written by a newer version of Parley")

// ErrClosed is returned after Close.
var ErrClosed = errors.New("cache: closed")

// Files are the two open files.
type Files struct {
	db         map[record.File]*bolt.DB
	cacheLost  bool
	outboxKept string
}

var _ engine.Disk = (*Files)(nil)

// Open opens both files in folder, which must exist and be locked by the caller, and makes what is missing. A cache
// that is damaged, or that a newer version wrote, is moved aside and begun anew (CacheLost); a damaged outbox is kept
// under another name (OutboxKept) and a new one begun. Everything else that hinders is an error: a full disk, no
// permission, a file in use, an outbox of a newer version.
func Open(folder string) (*Files, error) {
	f := &Files{db: map[record.File]*bolt.DB{}}
	outbox, err := openFile(filepath.Join(folder, outboxName))
	if errors.Is(err, errDamaged) {
		if f.outboxKept, err = keep(filepath.Join(folder, outboxName)); err == nil {
			outbox, err = openFile(filepath.Join(folder, outboxName))
		}
	}
	if err != nil {
		return nil, fmt.Errorf("cache: open %s: %w", outboxName, err)
	}
	f.db[record.Outbox] = outbox
	if err := f.openCache(filepath.Join(folder, cacheName)); err != nil {
		return nil, errors.Join(fmt.Errorf("cache: open %s: %w", cacheName, err), f.Close())
	}
	return f, syncFolder(folder)
}

// openCache opens the cache, or begins it anew.
func (f *Files) openCache(path string) error {
	db, err := openFile(path)
	if errors.Is(err, errDamaged) || errors.Is(err, ErrNewer) {
		f.cacheLost = true
		if err = os.Rename(path, path+".aside"); err == nil {
			db, err = openFile(path)
		}
	}
	if err == nil {
		f.db[record.Cache] = db
	}
	return err
}

// keep moves a damaged outbox to a name that nothing has and returns that name.
func keep(path string) (string, error) {
	for n := 1; ; n++ {
		kept := fmt.Sprintf("%s.damaged-%d", path, n)
		if _, err := os.Lstat(kept); !errors.Is(err, os.ErrNotExist) {
			if err != nil {
				return "", err
			}
			continue
		}
		return kept, os.Rename(path, kept)
	}
}

// CacheLost reports whether Open had to begin the cache anew.
func (f *Files) CacheLost() bool { return f.cacheLost }

// OutboxKept is the name that Open gave to a damaged outbox; "" if there was none. Replies that were not yet
// confirmed may be in it.
func (f *Files) OutboxKept() string { return f.outboxKept }

// Read implements engine.Disk.
func (f *Files) Read(file record.File, bucket, prefix string) ([]record.Record, error) {
	var found []record.Record
	err := f.guarded(file, func(db *bolt.DB) error {
		return db.View(func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte(bucket))
			if b == nil {
				return nil
			}
			c := b.Cursor()
			for k, v := c.Seek([]byte(prefix)); k != nil && bytes.HasPrefix(k, []byte(prefix)); k, v = c.Next() {
				value, err := unseal(bucket, k, v)
				if err != nil {
					return err
				}
				found = append(found, record.Record{Bucket: bucket, Key: string(k), Value: bytes.Clone(value)})
			}
			return nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("cache: read %s/%s: %w", file, bucket, err)
	}
	return found, nil
}

// Save implements engine.Disk.
func (f *Files) Save(file record.File, batch record.Batch) error {
	if err := check(batch); err != nil {
		return fmt.Errorf("cache: save to %s: %w", file, err)
	}
	err := f.guarded(file, func(db *bolt.DB) error {
		return db.Update(func(tx *bolt.Tx) error {
			return write(tx, batch)
		})
	})
	switch {
	case noRoom(err):
		return fmt.Errorf("cache: save to %s: %w: %w", file, engine.ErrNoRoom, err)
	case err != nil:
		return fmt.Errorf("cache: save to %s: %w", file, err)
	}
	return nil
}

// Close closes both files.
func (f *Files) Close() error {
	var errs []error
	for file, db := range f.db {
		errs = append(errs, db.Close())
		delete(f.db, file)
	}
	return errors.Join(errs...)
}

// guarded calls do with the open file. A disk that breaks under it is an error, not the end of the process.
func (f *Files) guarded(file record.File, do func(*bolt.DB) error) error {
	db, ok := f.db[file]
	if !ok {
		return ErrClosed
	}
	return guard(func() error { return do(db) })
}

// write applies a batch and the file's total with it.
func write(tx *bolt.Tx, batch record.Batch) error {
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
	return about.Put(totalKey, seal(string(aboutBucket), string(totalKey), sum.bytes()))
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
