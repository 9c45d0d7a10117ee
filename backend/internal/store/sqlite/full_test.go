//go:build linux

package sqlite

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/disktest"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/internal/store/storetest"
)

// tight is a store with a ballast on a small disk, and what must be in it.
type tight struct {
	*testing.T
	disk *disktest.Disk
	*Store
	want *memory.Store
	n    int64
}

// newTight returns nil when the test has run elsewhere.
func newTight(t *testing.T) *tight {
	d := disktest.New(t, "64m")
	if d == nil {
		return nil
	}
	s := &tight{T: t, disk: d, want: memory.New(storetest.Epoch)}
	s.open()
	t.Cleanup(func() { _ = s.Store.Close() })
	return s
}

func (s *tight) open() {
	s.Helper()
	var err error
	s.Store, err = Open(s.Context(), filepath.Join(s.disk.Path, "parley.db"), Options{Epoch: storetest.Epoch, Ballast: DefaultBallast,
		LookForRoom: time.Nanosecond, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		s.Fatal(err)
	}
}

// put stores a message of so many bytes; what was stored is wanted.
func (s *tight) put(ctx context.Context, size int) error {
	s.Helper()
	s.n++
	change := func(tx store.Tx) error {
		tx.Apply(desk.Outcome{Writes: []desk.Write{desk.PutMessage{Message: chat.Message{ID: chat.MessageID(fmt.Sprint("m", s.n)),
			Chat: "h1", Number: s.n, Text: strings.Repeat("x", size)}}}}, 1)
		return tx.Err()
	}
	err := s.Commit(ctx, change)
	if err == nil {
		err = s.want.Commit(ctx, change)
	}
	return err
}

func (s *tight) check(when string) {
	s.Helper()
	if diff := cmp.Diff(rows(s.T, s.want), rows(s.T, s.Store)); diff != "" {
		s.Errorf("%s: %s", when, diff)
	}
}

func rows(t *testing.T, s store.Store) (ids []string) {
	t.Helper()
	err := s.Read(t.Context(), func(r store.Reader) error {
		for w := range r.Rows {
			ids = append(ids, string(w.(desk.PutMessage).Message.ID))
		}
		return r.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

// size is that of a file beside the store; -1: there is none.
func (s *tight) size(name string) int64 {
	info, err := os.Stat(filepath.Join(s.disk.Path, name))
	if err != nil {
		return -1
	}
	return info.Size()
}

// fill stores until the disk is full.
func (s *tight) fill() {
	s.Helper()
	s.disk.Fill()
	for range 1000 {
		if err := s.put(s.Context(), 256<<10); errors.Is(err, store.ErrNoRoom) {
			return
		} else if err != nil {
			s.Fatal(err)
		}
	}
	s.Fatal("the disk is never full")
}

// TestFullDisk: what is new is refused and what ends something is stored; with room again everything is, and nothing that
// was stored is lost.
func TestFullDisk(t *testing.T) {
	s := newTight(t)
	if s == nil {
		return
	}
	if got := s.size("ballast"); got != DefaultBallast {
		t.Fatalf("the ballast has %d bytes", got)
	}
	for range 20 {
		if err := s.put(t.Context(), 1000); err != nil {
			t.Fatal(err)
		}
	}
	s.fill()
	s.check("when the disk was full")
	if got := s.size("parley.db-wal"); got > 0 {
		t.Errorf("the engine's log keeps %d bytes", got)
	}
	for i := range 300 {
		if err := s.put(t.Context(), 10); !errors.Is(err, store.ErrNoRoom) {
			t.Fatalf("something new, %d: %v", i, err)
		}
		if err := s.put(store.Ending(t.Context()), 1000); err != nil {
			t.Fatalf("something that ends, %d: %v", i, err)
		}
	}
	if got := s.size("ballast"); got != -1 {
		t.Errorf("the ballast was not given up, it has %d bytes", got)
	}
	s.check("after what has ended")
	s.disk.Empty()
	if err := s.put(t.Context(), 1000); err != nil {
		t.Errorf("with room again: %v", err)
	}
	if got := s.size("ballast"); got != DefaultBallast {
		t.Errorf("with room again the ballast has %d bytes", got)
	}
	s.check("with room again")
}

// TestStartOnAFullDisk: the ballast is there for that too.
func TestStartOnAFullDisk(t *testing.T) {
	s := newTight(t)
	if s == nil {
		return
	}
	if err := s.put(t.Context(), 1000); err != nil {
		t.Fatal(err)
	}
	if err := s.Store.Close(); err != nil {
		t.Fatal(err)
	}
	s.disk.Fill()
	s.open()
	s.check("after the start")
	_ = s.put(t.Context(), 1<<20)
	if err := s.put(t.Context(), 1<<20); !errors.Is(err, store.ErrNoRoom) {
		t.Errorf("something new: %v", err)
	}
	if err := s.put(store.Ending(t.Context()), 1000); err != nil {
		t.Errorf("something that ends: %v", err)
	}
	s.check("after that")
}

// TestReadOnlyDisk: the error says that it is not for want of room, and nothing was changed.
func TestReadOnlyDisk(t *testing.T) {
	s := newTight(t)
	if s == nil {
		return
	}
	if err := s.put(t.Context(), 1000); err != nil {
		t.Fatal(err)
	}
	if err := s.Store.Close(); err != nil {
		t.Fatal(err)
	}
	s.disk.ReadOnly(true)
	_, err := Open(t.Context(), filepath.Join(s.disk.Path, "parley.db"), Options{Ballast: DefaultBallast})
	if !errors.Is(err, store.ErrReadOnly) || errors.Is(err, store.ErrNoRoom) {
		t.Errorf("on a disk that can only be read: %v", err)
	}
	s.disk.ReadOnly(false)
	s.open()
	s.check("when it could be written again")
}

// TestWhatAFailingDiskMeans: the engine says no more than that its files fail; the disk itself says why.
func TestWhatAFailingDiskMeans(t *testing.T) {
	s := newTight(t)
	if s == nil {
		return
	}
	if err := s.Store.Close(); err != nil {
		t.Fatal(err)
	}
	means := func(want error) {
		t.Helper()
		err := s.ballast.tell(fmt.Errorf("sqlite: write: %w", store.ErrDisk))
		for _, kind := range []error{store.ErrDisk, store.ErrNoRoom, store.ErrReadOnly} {
			if errors.Is(err, kind) != (kind == want) {
				t.Errorf("%v, want %v", err, want)
			}
		}
	}
	means(store.ErrDisk)
	s.disk.Fill()
	means(store.ErrNoRoom)
	s.disk.Empty()
	s.disk.ReadOnly(true)
	means(store.ErrReadOnly)
	s.disk.ReadOnly(false)
}

func TestAnEngineThatOnlyReads(t *testing.T) {
	s := open(t, file(t))
	if _, err := s.writer.exec("PRAGMA query_only = ON"); err != nil {
		t.Fatal(err)
	}
	if err := try(s, desk.PutTimer{Timer: desk.Timer{ID: "x"}}); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("error %v", err)
	}
}
