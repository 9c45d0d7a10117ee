package cache

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"

	"parley/app/internal/record"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Format is the version of what the files hold. A build reads this one and older ones.
const Format = 1

// What a file says of itself; no record's bucket begins with a zero byte.
var (
	aboutBucket   = []byte("\x00parley")
	formatKey     = []byte("format")
	totalKey      = []byte("total")
	generationKey = []byte("generation") // of an outbox
)

// file is an open bbolt file that was looked at before.
type file struct {
	db *bolt.DB
	f  *os.File
	// broken: bbolt panicked, as when the disk could not give a mapped page. Its locks may be held for ever.
	broken bool
}

// openFile opens a file that is there and sound.
func openFile(path string, readOnly bool) (*file, error) {
	o := &file{}
	err := guard(func() (err error) {
		o.db, err = bolt.Open(path, 0o600, &bolt.Options{Timeout: openTimeout, FreelistType: bolt.FreelistMapType, ReadOnly: readOnly,
			OpenFile: func(name string, flag int, mode os.FileMode) (_ *os.File, err error) {
				o.f, err = os.OpenFile(name, flag, mode)
				return o.f, err
			}})
		return err
	})
	if err == nil {
		return o, nil
	}
	if errors.Is(err, errPanicked) && o.f != nil {
		_ = o.f.Close()
	}
	if errors.Is(err, bolterrors.ErrTimeout) {
		err = fmt.Errorf("%w: %w", errInUse, err)
	}
	return nil, err
}

// do calls f with the file. A disk that breaks under it is an error, not the end of the process.
func (o *file) do(f func(*bolt.DB) error) error {
	if o.broken {
		return errPanicked
	}
	err := guard(func() error { return f(o.db) })
	o.broken = errors.Is(err, errPanicked)
	return err
}

// save writes a batch in one transaction, with the generation if that is not 0.
func (o *file) save(batch record.Batch, generation uint64) error {
	return o.do(func(db *bolt.DB) error {
		return db.Update(func(tx *bolt.Tx) error { return write(tx, batch, generation) })
	})
}

// read returns the records of a bucket whose keys begin with prefix, in order of key.
func (o *file) read(bucket, prefix string) (found []record.Record, err error) {
	err = o.do(func(db *bolt.DB) error {
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
				found = append(found, record.Record{Bucket: bucket, Key: string(k), Value: clone(value)})
			}
			return nil
		})
	})
	return found, err
}

// scan gives visit at most n records of a bucket whose keys begin with prefix, behind the key from, without a copy.
func (o *file) scan(bucket, prefix, from string, n int, visit func(key, value []byte)) (last string, err error) {
	err = o.do(func(db *bolt.DB) error {
		return db.View(func(tx *bolt.Tx) error {
			b := tx.Bucket([]byte(bucket))
			if b == nil {
				return nil
			}
			c := b.Cursor()
			k, v := c.Seek([]byte(max(prefix, from)))
			if from != "" && string(k) == from {
				k, v = c.Next()
			}
			var before []byte
			for ; k != nil && bytes.HasPrefix(k, []byte(prefix)); k, v = c.Next() {
				if n--; n < 0 {
					last = string(before)
					return nil
				}
				before = k
				if value, err := unseal(bucket, k, v); err == nil {
					visit(k, value)
				}
			}
			return nil
		})
	})
	return last, err
}

func (o *file) close() error {
	if o.broken {
		return o.f.Close()
	}
	return guard(o.db.Close)
}

// makeFile makes the file at path with all of batch in it, under another name first: what lies at path is whole at
// every moment. before, if not nil, is called when the new file is whole and path is still as it was.
func makeFile(path string, batch record.Batch, generation uint64, before func() error) (*file, error) {
	made := path + ".new"
	if err := os.Remove(made); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	err := fill(made, batch, generation)
	if err == nil && before != nil {
		err = before()
	}
	if err == nil {
		err = os.Rename(made, path)
	}
	if err != nil {
		_ = os.Remove(made)
		return nil, err
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	return openFile(path, false)
}

// fill makes a file and writes a batch into it, with the format's version.
func fill(path string, batch record.Batch, generation uint64) error {
	o, err := openFile(path, false)
	if err != nil {
		return err
	}
	err = o.do(func(db *bolt.DB) error {
		return db.Update(func(tx *bolt.Tx) error {
			about, err := tx.CreateBucket(aboutBucket)
			if err != nil {
				return err
			}
			format := seal(string(aboutBucket), string(formatKey), []byte(strconv.Itoa(Format)))
			return errors.Join(about.Put(formatKey, format), write(tx, batch, generation))
		})
	})
	return errors.Join(err, o.close())
}

// readFormat reads the format's version, and refuses a newer one.
func readFormat(value []byte) (int, error) {
	version, err := strconv.Atoi(string(value))
	switch {
	case err != nil || version < 1:
		return 0, fmt.Errorf("%w: no version of its format", errDamaged)
	case version > Format:
		return 0, fmt.Errorf("%w: its format is %d, this build reads up to %d", ErrNewer, version, Format)
	}
	return version, nil
}

// errPanicked is returned for what made bbolt panic or fault.
var errPanicked = fmt.Errorf("%w under bbolt", errDamaged)

// guard turns a panic of bbolt, and the fault of a mapped page that cannot be read, into an error.
func guard(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errPanicked, p)
		}
	}()
	return do()
}

// keep gives the file at path a second name that nothing has, and returns that name. The file stays where it is
// too, unless the disk knows no second names. A file that is kept already is not kept again.
func keep(path string) (string, error) {
	for n := 1; ; n++ {
		kept := fmt.Sprintf("%s.damaged-%d", path, n)
		if same(path, kept) {
			return kept, nil
		}
		if _, err := os.Lstat(kept); err == nil {
			continue
		} else if !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		if os.Link(path, kept) == nil {
			return kept, nil
		}
		return kept, os.Rename(path, kept)
	}
}

// same reports whether two names are of one file.
func same(a, b string) bool {
	one, err := os.Stat(a)
	other, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(one, other)
}

// syncFolder makes the names of new files durable. Windows does it by itself and cannot be asked to.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// native is the byte order of bbolt's files: this machine's.
var native = binary.NativeEndian
