package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"
)

// Format is the version of what the files hold. A build reads this one and older ones.
const Format = 1

// What a file says of itself; no record's bucket begins with a zero byte.
var (
	aboutBucket = []byte("\x00parley")
	formatKey   = []byte("format")
	totalKey    = []byte("total")
)

// openFile opens or makes one file, and looks at all of it first: what bbolt would crash on is errDamaged.
func openFile(path string) (*bolt.DB, error) {
	switch err := inspect(path); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return nil, err
	}
	var db *bolt.DB
	err := guard(func() (err error) {
		db, err = bolt.Open(path, 0o600, &bolt.Options{Timeout: openTimeout, FreelistType: bolt.FreelistMapType})
		if err != nil {
			return classify(err)
		}
		return writeFormat(db)
	})
	if err != nil && db != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, err
}

// classify tells damage from what the machine hinders.
func classify(err error) error {
	for _, damage := range []error{bolterrors.ErrInvalid, bolterrors.ErrVersionMismatch, bolterrors.ErrChecksum} {
		if errors.Is(err, damage) {
			return fmt.Errorf("%w: %w", errDamaged, err)
		}
	}
	if errors.Is(err, bolterrors.ErrTimeout) {
		return fmt.Errorf("another program holds it open: %w", err)
	}
	return err
}

// writeFormat writes the format's version into a new file.
func writeFormat(db *bolt.DB) error {
	return db.Update(func(tx *bolt.Tx) error {
		if name, _ := tx.Cursor().First(); name != nil {
			return nil
		}
		b, err := tx.CreateBucket(aboutBucket)
		if err != nil {
			return err
		}
		return b.Put(formatKey, seal(string(aboutBucket), string(formatKey), []byte(strconv.Itoa(Format))))
	})
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

// guard turns a panic of bbolt, and the fault of a mapped page that cannot be read, into an error.
func guard(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errDamaged, p)
		}
	}()
	return do()
}

// syncFolder makes the names of new files durable. Windows does it by itself and cannot be asked to.
func syncFolder(folder string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(folder)
	if err != nil {
		return fmt.Errorf("cache: sync %s: %w", folder, err)
	}
	return errors.Join(d.Sync(), d.Close())
}

// native is the byte order of bbolt's files: this machine's.
var native = binary.NativeEndian
