// Package folder owns the server's data folder: who may use it (one process at a time), where its files lie and
// the database in it. The running server and the offline half of `parleyd admin` open it.
//
//	DIR/lock        held by the process that uses the folder
//	DIR/parley.db   the database, beside it SQLite's own files, unless the rows lie in PostgreSQL
//	DIR/ballast     holds room for when the disk is full
//	DIR/elsewhere   says that the rows lie in PostgreSQL
//	DIR/media/ID    the content of attachments; servers on one PostgreSQL share this folder by a mount or a link
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
	"parley/backend/internal/store/postgres"
	"parley/backend/internal/store/sqlite"
)

// Folder is an open data folder. It is this process's alone until Close.
type Folder struct {
	Store store.Store
	lock  *flock.Flock
}

// ErrInUse: another process has the folder.
var ErrInUse = store.ErrInUse

// ErrElsewhere: the rows of this folder lie in a PostgreSQL database, and it was not said which.
var ErrElsewhere = errors.New("the rows of this data folder lie in PostgreSQL; say where with --database or PARLEY_DATABASE in " +
	"the environment, or remove its file \"elsewhere\" if that is over")

// Open makes dir where it is missing, takes its lock and opens its database. The error is ErrInUse when
// another process has the folder.
func Open(ctx context.Context, dir string) (*Folder, error) { return OpenAt(ctx, dir, "") }

// OpenAt is Open for a tenant whose rows lie in the PostgreSQL database that url names, and nothing but the files of
// attachments in dir; an empty url is Open. Servers on other machines may use the same database.
func OpenAt(ctx context.Context, dir, url string) (*Folder, error) {
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
	s, err := open(ctx, dir, url)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("folder: open the database: %w", err), lock.Unlock())
	}
	return &Folder{Store: s, lock: lock}, nil
}

func open(ctx context.Context, dir, url string) (store.Store, error) {
	marker := filepath.Join(dir, "elsewhere")
	if url != "" {
		if err := os.WriteFile(marker, []byte("postgres\n"), 0o600); err != nil {
			return nil, err
		}
		return Beside(ctx, url)
	}
	if _, err := os.Stat(marker); err == nil {
		return nil, ErrElsewhere
	}
	return sqlite.Open(ctx, filepath.Join(dir, "parley.db"), sqlite.Options{Ballast: sqlite.DefaultBallast})
}

// Beside opens the PostgreSQL database that url names, beside the servers that may use it.
func Beside(ctx context.Context, url string) (store.Store, error) {
	s, err := postgres.Open(ctx, url, postgres.Options{})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// Attached returns how many connections of Parley's programs the PostgreSQL database that url names has.
func Attached(ctx context.Context, url string) (int, error) { return postgres.Attached(ctx, url) }

// Close closes the database and gives the folder free.
func (f *Folder) Close() error { return errors.Join(f.Store.Close(), f.lock.Unlock()) }

// Media is where the content of attachments lies; a file is named by its attachment's id.
func Media(dir string) string { return filepath.Join(dir, "media") }

// Holds reports whether a database lies in dir.
func Holds(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "parley.db"))
	return err == nil
}

// Kind names what kind of store s is.
func Kind(s store.Store) string {
	switch s.(type) {
	case *sqlite.Store:
		return "sqlite"
	case *postgres.Store:
		return "postgres"
	}
	return "other"
}

// Socket is where the running server listens for `parleyd admin`.
func Socket(dir string) string { return filepath.Join(dir, "admin.sock") }
