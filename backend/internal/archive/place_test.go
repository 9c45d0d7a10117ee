package archive

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/internal/store/sqlite"
)

// names are what lies in a folder.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func TestPlace(t *testing.T) {
	plain, packed := small(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "a.parley")
	place := func(path string, force bool, text []byte, err error) error {
		_, failed := Place(t.Context(), path, force, func(w io.Writer) error {
			_, e := w.Write(text)
			return errors.Join(e, err)
		})
		return failed
	}
	lost := errors.New("the server is gone")
	for what, got := range map[string]error{"cut off": place(path, false, plain[:len(plain)-600], nil), "given up": place(path, false, plain, lost)} {
		if !errors.Is(got, ErrDamaged) && !errors.Is(got, lost) || len(names(t, dir)) > 0 {
			t.Errorf("%s: %v; %v is left", what, got, names(t, dir))
		}
	}
	if err := place(path, false, plain, nil); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || !slices.Equal(names(t, dir), []string{"a.parley"}) {
		t.Errorf("%v, %v; %v", info.Mode(), err, names(t, dir))
	}
	if err := place(path, false, plain, nil); !errors.Is(err, ErrThere) {
		t.Errorf("it was overwritten: %v", err)
	}
	if err := place(path, true, plain[:100], nil); !errors.Is(err, ErrDamaged) {
		t.Errorf("a cut one was placed: %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != string(plain) {
		t.Error("one that could not be written took the place of a good one")
	}
	if err := place(path, true, packed, nil); err != nil {
		t.Errorf("by force: %v", err)
	}
	if got, _ := os.ReadFile(path); string(got) != string(packed) {
		t.Error("it was not replaced by force")
	}
	packedHere := filepath.Join(dir, "a.tgz")
	if err := place(packedHere, false, plain, nil); err != nil {
		t.Fatal(err)
	}
	if got, _ := os.ReadFile(packedHere); len(got) >= len(plain)/2 || got[0] != 0x1f {
		t.Errorf("a .tgz has %d of %d bytes", len(got), len(plain))
	}
}

// TestTwoAtOnce: of one that is being written, or was when its process was killed, another is told.
func TestTwoAtOnce(t *testing.T) {
	plain, _ := small(t)
	path := filepath.Join(t.TempDir(), "a")
	_, err := Place(t.Context(), path, false, func(w io.Writer) error {
		_, err := Place(t.Context(), path, false, func(io.Writer) error { return nil })
		if !errors.Is(err, ErrThere) || !strings.Contains(err.Error(), "a.part") {
			t.Errorf("the second: %v", err)
		}
		_, err = w.Write(plain)
		return err
	})
	if err != nil {
		t.Errorf("the first: %v", err)
	}
}

func TestUnreadableStore(t *testing.T) {
	dir, fault := t.TempDir(), errors.New("the disk is broken")
	_, err := Place(t.Context(), filepath.Join(dir, "a"), false, func(w io.Writer) error {
		_, err := Write(t.Context(), w, Source{Read: func(context.Context, func(store.Reader) error) error { return fault }})
		return err
	})
	if !errors.Is(err, fault) || len(names(t, dir)) > 0 {
		t.Errorf("%v; %v is left", err, names(t, dir))
	}
}

// TestGivenUp: what its caller gives up leaves nothing behind.
func TestGivenUp(t *testing.T) {
	c, _, _ := busy(t, memory.New("e"))
	path := c.file(true)
	for n := range 4 {
		ctx, cancel := context.WithCancel(t.Context())
		there := &company{TB: t, store: memory.New("e"), media: filepath.Join(t.TempDir(), "media")}
		_, err := open(t, path).Restore(ctx, Target{Store: there.store, Media: there.media, Progress: func(Figures) {
			if n--; n < 0 {
				cancel()
			}
		}})
		cancel()
		if !errors.Is(err, context.Canceled) || len(there.rows()) > 0 || len(there.contents()) > 0 {
			t.Errorf("%v; %d rows and %v are left", err, len(there.rows()), there.contents())
		}
	}
}

// small disk of a size, where a mount is allowed.
func smallDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size="+size, "none", dir).CombinedOutput(); err != nil {
		t.Skipf("not run: no mount is allowed here: %v %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount: %v %s", err, out)
		}
	})
	return dir
}

// TestFullDisk: a full disk leaves nothing behind, on it or in the store, and when there is room it works.
func TestFullDisk(t *testing.T) {
	c, _, _ := busy(t, memory.New("e"))
	large := c.fetch(strings.Repeat("x", 600_000))
	path := c.file(true)
	t.Run("the archive", func(t *testing.T) {
		dir := smallDisk(t, "200k")
		_, err := Place(t.Context(), filepath.Join(dir, "a"), false, func(w io.Writer) error {
			_, err := Write(t.Context(), w, Source{Read: c.store.Read, Media: c.media})
			return err
		})
		if !errors.Is(err, store.ErrNoRoom) || len(names(t, dir)) > 0 {
			t.Errorf("%v; %v is left", err, names(t, dir))
		}
	})
	for what, size := range map[string]string{"the files": "500k", "the rows": "900k"} {
		t.Run(what, func(t *testing.T) {
			dir := smallDisk(t, size)
			there := &company{TB: t, media: filepath.Join(dir, "media")}
			there.store = opened(t)(sqlite.Open(t.Context(), filepath.Join(dir, "parley.db"), sqlite.Options{}))
			if _, err := open(t, path).Restore(t.Context(), Target{Store: there.store, Media: there.media}); !errors.Is(err, store.ErrNoRoom) {
				t.Fatalf("it was not full: %v", err)
			}
			if len(there.rows()) > 0 || len(there.contents()) > 0 {
				t.Errorf("%d rows and %d files are left", len(there.rows()), len(there.contents()))
			}
			if out, err := exec.Command("mount", "-o", "remount,size=20m", dir).CombinedOutput(); err != nil {
				t.Fatalf("%v %s", err, out)
			}
			if _, err := open(t, path).Restore(t.Context(), Target{Store: there.store, Media: there.media}); err != nil {
				t.Fatal(err)
			}
			if len(there.rows()) < len(c.rows()) || len(there.contents()[string(large)]) != 600_000 {
				t.Errorf("%d of %d rows, %d files", len(there.rows()), len(c.rows()), len(there.contents()))
			}
		})
	}
}
