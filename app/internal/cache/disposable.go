package cache

import (
	"errors"
	"io/fs"
	"os"
	"sync"

	"parley/app/internal/engine"
	"parley/app/internal/record"
)

// aside is added to the name of a cache that was begun anew, so that it can be looked at.
const aside = ".aside"

// disposable is the cache's file. What cannot be read of it is fetched again from the server.
type disposable struct {
	path string
	lost bool
	open *file // nil: there is nothing to read, and each Save tries to make it
	// readOnly: open may be read; each Save tries to open it for writing.
	readOnly bool

	mu  sync.Mutex
	err error // why the last Save did not work, or none will
}

// openDisposable opens the cache, or begins it anew. It does not need to write: a cache that may only be read is
// read, one that cannot be made is empty. The error is a file that another program holds.
func openDisposable(path string) (*disposable, error) {
	d := &disposable{path: path}
	switch err := inspect(path); {
	case err == nil:
		if err = d.take(); err != nil {
			return nil, err
		}
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errUnwritten):
	default:
		d.lost = true
	}
	if d.open == nil {
		return d, only(d.make(), errInUse)
	}
	return d, nil
}

// take opens what lies at path, for reading where it cannot be written. Where it can be neither, open stays nil. The
// error is a file that another program holds.
func (d *disposable) take() (err error) {
	d.open, err = openFile(d.path, false)
	if d.note(err); err == nil || errors.Is(err, errInUse) {
		return err
	}
	d.open, err = openFile(d.path, true)
	d.readOnly, d.lost = err == nil, d.lost || err != nil
	return nil
}

// make begins the cache anew. Where there is no room, what was moved aside makes room.
func (d *disposable) make() error {
	before := func() error {
		if err := os.Rename(d.path, d.path+aside); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	open, err := makeFile(d.path, nil, 0, before)
	if noRoom(err) && os.Remove(d.path+aside) == nil {
		open, err = makeFile(d.path, nil, 0, before)
	}
	if err == nil {
		d.open = open
	}
	d.note(err)
	return err
}

func (d *disposable) save(batch record.Batch) error {
	if err := d.ready(); err != nil {
		d.note(err)
		return hindrance(err)
	}
	err := d.open.save(batch, 0)
	d.note(err)
	return hindrance(err)
}

// forget removes the file, and one that was moved aside, and makes an empty one: what is only deleted from a file can still
// be read in it. Where it cannot be removed it is emptied.
func (d *disposable) forget() error {
	if d.open != nil {
		if err := d.open.close(); err != nil {
			d.note(err)
			return hindrance(err)
		}
	}
	d.open, d.readOnly = nil, false
	var failed error
	for _, name := range []string{d.path, d.path + aside} {
		if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
			failed = errors.Join(failed, os.Truncate(name, 0))
		}
	}
	return errors.Join(hindrance(failed), hindrance(d.make()))
}

// ready opens the file for writing, if it is not.
func (d *disposable) ready() error {
	if d.open == nil {
		return d.make()
	}
	if !d.readOnly {
		return nil
	}
	f, err := os.OpenFile(d.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Close(), d.open.close()); err != nil {
		return err
	}
	d.open, d.readOnly = nil, false
	if err := d.take(); err != nil || d.open != nil {
		return err
	}
	return d.make()
}

// read returns what was saved; nothing where the cache could not be made yet.
func (d *disposable) read(bucket, prefix string) ([]record.Record, error) {
	if d.open == nil {
		return nil, nil
	}
	return d.open.read(bucket, prefix)
}

// scan is read for a few at a time.
func (d *disposable) scan(bucket, prefix, from string, n int, visit func(key, value []byte)) (string, error) {
	if d.open == nil {
		return "", nil
	}
	return d.open.scan(bucket, prefix, from, n, visit)
}

func (d *disposable) note(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.err = hindrance(err)
}

// listed returns the trouble, if there is one; it may be called from any goroutine.
func (d *disposable) listed() []engine.Trouble {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		return nil
	}
	return []engine.Trouble{{Code: engine.CacheNotWritten, File: d.path, Cause: causeOf(d.err)}}
}

func (d *disposable) close() error {
	if d.open == nil {
		return nil
	}
	return d.open.close()
}
