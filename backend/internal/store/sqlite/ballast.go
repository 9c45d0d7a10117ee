package sqlite

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"parley/backend/internal/store"
)

// DefaultBallast is the size of the file that holds room for when there is none: enough for the ends of everything that
// is under way, some thousand rows.
const DefaultBallast = 8 << 20

// DefaultLookForRoom is how often a full disk is looked at again.
const DefaultLookForRoom = 5 * time.Second

// ballast is a file beside the database that holds room on the disk. When there is no other, it is given up, and only
// commits that end something are taken until there is room for it again, and as much besides.
type ballast struct {
	path  string
	size  int64 // 0: there is none, and every commit is tried
	every time.Duration
	log   *slog.Logger

	gone bool      // the disk is full
	next time.Time // when to look again
}

func newBallast(database string, o Options) *ballast {
	b := &ballast{path: filepath.Join(filepath.Dir(database), "ballast"), size: o.Ballast, every: o.LookForRoom, log: o.Log}
	if b.every == 0 {
		b.every = DefaultLookForRoom
	}
	if b.log == nil {
		b.log = slog.Default()
	}
	return b
}

// take makes the file where it is missing; without room for it the disk counts as full.
func (b *ballast) take() {
	if info, err := os.Stat(b.path); b.size == 0 || err == nil && info.Size() == b.size {
		return
	}
	if err := b.make(); err != nil {
		b.gone, b.next = true, time.Now().Add(b.every)
		b.log.Error("sqlite: no room for the ballast; only what ends something is stored until there is", "file", b.path, "error", err)
	}
}

// make writes twice the file's size and keeps half, so that there is as much room besides.
func (b *ballast) make() (err error) {
	f, err := os.OpenFile(b.path+".new", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			_ = os.Remove(b.path + ".new")
			return
		}
		err = os.Rename(b.path+".new", b.path)
	}()
	part := make([]byte, 1<<20)
	_, _ = rand.Read(part) // it never fails; a file system may keep zeros in no room
	for written := int64(0); written < 2*b.size; written += int64(len(part)) {
		if _, err := f.Write(part[:min(int64(len(part)), 2*b.size-written)]); err != nil {
			return err
		}
	}
	return f.Truncate(b.size)
}

// admits returns why a commit is not even tried: the disk was full and still is.
func (b *ballast) admits(ending bool) error {
	if !b.gone || ending {
		return nil
	}
	if time.Now().Before(b.next) {
		return errFull
	}
	b.next = time.Now().Add(b.every)
	if err := b.make(); err != nil {
		return errFull
	}
	b.gone = false
	b.log.Info("sqlite: there is room on the disk again", "ballast", b.path)
	return nil
}

// giveUp gives the room back to the disk.
func (b *ballast) giveUp() {
	if b.size == 0 || b.gone {
		return
	}
	err := os.Remove(b.path)
	b.gone, b.next = true, time.Now().Add(b.every)
	b.log.Error("sqlite: the disk is full; the ballast was given up, and only what ends something is stored until there is room",
		"ballast", b.path, "error", err)
}

// tell says of an error of the engine's files what it means, by trying the disk: the engine does not.
func (b *ballast) tell(err error) error {
	if !errors.Is(err, store.ErrDisk) {
		return err
	}
	if kind := diskSays(b.try()); kind != nil {
		return fmt.Errorf("%w: %s", kind, err)
	}
	return err
}

// try writes a small file where the database is.
func (b *ballast) try() error {
	path := b.path + ".try"
	err := os.WriteFile(path, make([]byte, 64<<10), 0o600)
	return errors.Join(err, os.Remove(path))
}
