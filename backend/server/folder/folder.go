// Package folder owns the server's data folder: who may use it (one process at a time), where its files lie and
// the database in it. The running server and the offline half of `parleyd admin` open it.
//
//	DIR/lock        held by the process that uses the folder
//	DIR/parley.db   the database, beside it SQLite's own files
//	DIR/media/ID    the content of attachments
//	DIR/admin.sock  the running server's ear for `parleyd admin`
package folder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"parley/backend/internal/store"
	"parley/backend/internal/store/sqlite"
)

// Folder is an open data folder. It is this process's alone until Close.
type Folder struct {
	Store store.Store
	lock  *flock.Flock
}

// ErrInUse: another process has the folder.
var ErrInUse = store.ErrInUse

// Open makes dir where it is missing, takes its lock and opens its database. The error is ErrInUse when
// another process has the folder.
func Open(ctx context.Context, dir string) (*Folder, error) {
	if err := os.MkdirAll(Media(dir), 0o700); err != nil {
		return nil, fmt.Errorf("folder: make %s: %w", dir, err)
	}
	lock := flock.New(filepath.Join(dir, "lock"), flock.SetPermissions(0o600))
	got, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("folder: lock %s: %w", dir, err)
	}
	if !got {
		return nil, ErrInUse
	}
	s, err := sqlite.Open(ctx, filepath.Join(dir, "parley.db"), sqlite.Options{})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("folder: open the database: %w", err), lock.Unlock())
	}
	return &Folder{Store: s, lock: lock}, nil
}

// Close closes the database and gives the folder free.
func (f *Folder) Close() error { return errors.Join(f.Store.Close(), f.lock.Unlock()) }

// Media is where the content of attachments lies; a file is named by its attachment's id.
func Media(dir string) string { return filepath.Join(dir, "media") }

// Socket is where the running server listens for `parleyd admin`.
func Socket(dir string) string { return filepath.Join(dir, "admin.sock") }
