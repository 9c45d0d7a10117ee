package cache

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"parley/app/internal/engine"
	"parley/app/internal/record"

	"github.com/google/go-cmp/cmp"
	bolt "go.etcd.io/bbolt"
)

func open(t *testing.T, folder string) *Files {
	t.Helper()
	f, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// filled makes both files with enough in them for pages of every kind, and returns their folder.
func filled(t testing.TB) string {
	t.Helper()
	folder := t.TempDir()
	f, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []record.File{record.Cache, record.Outbox} {
		for round := range 3 {
			var b record.Batch
			for i := range 300 {
				b.Put("many", fmt.Sprintf("key-%04d", i), fmt.Appendf(nil, "value %d of round %d %s", i, round, strings.Repeat("x", i)))
			}
			b.Put("few", "k", []byte("v"))
			b.Put("long", "k", bytes.Repeat([]byte("long"), 5000))
			b.DeletePrefix("many", "key-00")
			if err := f.Save(file, b); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestFilesSurviveAndArePrivate(t *testing.T) {
	folder := t.TempDir()
	f := open(t, folder)
	save(t, f, record.Outbox, func(b *record.Batch) { b.Put("q", "1", []byte("words")) })
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = open(t, folder)
	if diff := cmp.Diff([]string{"1=words"}, keys(t, f, record.Outbox, "q", "")); diff != "" || f.CacheLost() || f.Troubles() != nil {
		t.Errorf("%s lost=%v troubles=%v", diff, f.CacheLost(), f.Troubles())
	}
	for _, name := range []string{cacheName, outboxName, outboxCopyName} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
}

// hurt are ways in which a file is found after a bad day.
var hurt = map[string]func(b []byte) []byte{
	"not ours":      func([]byte) []byte { return []byte("something else, longer than a line of text") },
	"cut in half":   func(b []byte) []byte { return b[:len(b)/2] },
	"cut to a page": func(b []byte) []byte { return b[:os.Getpagesize()] },
	"zero pages": func(b []byte) []byte {
		clear(b[2*os.Getpagesize():])
		return b
	},
	"zero at the head": func(b []byte) []byte {
		clear(b[:2*os.Getpagesize()])
		return b
	},
	"one bit of a value": func(b []byte) []byte {
		b[bytes.LastIndex(b, []byte("value 299 of round 2"))+3] ^= 4
		return b
	},
	"bits everywhere": func(b []byte) []byte {
		for i := 2 * os.Getpagesize(); i < len(b); i += 97 {
			b[i] ^= byte(i)
		}
		return b
	},
}

func TestADamagedCacheIsBegunAnew(t *testing.T) {
	for name, damage := range hurt {
		t.Run(name, func(t *testing.T) {
			folder := filled(t)
			change(t, filepath.Join(folder, cacheName), damage)
			f := open(t, folder)
			if !f.CacheLost() || f.Troubles() != nil {
				t.Errorf("lost=%v troubles=%v", f.CacheLost(), f.Troubles())
			}
			if got := keys(t, f, record.Cache, "many", ""); len(got) != 0 {
				t.Errorf("%d records came back", len(got))
			}
			if got := keys(t, f, record.Outbox, "many", ""); len(got) != 200 {
				t.Errorf("the outbox has %d records", len(got))
			}
			save(t, f, record.Cache, func(b *record.Batch) { b.Put("q", "k", nil) })
		})
	}
}

// change rewrites a file and returns what it now holds.
func change(t testing.TB, path string, by func([]byte) []byte) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b = by(b)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}

// rewriteFormat opens a file as bbolt does and writes what it says of its format.
func rewriteFormat(t *testing.T, path, format string) {
	t.Helper()
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error {
		return tx.Bucket(aboutBucket).Put(formatKey, seal(string(aboutBucket), string(formatKey), []byte(format)))
	})
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
}

func TestAnOutboxOfANewerVersionIsLeftAlone(t *testing.T) {
	folder := filled(t)
	rewriteFormat(t, filepath.Join(folder, outboxName), "2")
	before := change(t, filepath.Join(folder, outboxName), func(b []byte) []byte { return b })
	_, err := Open(folder)
	if !errors.Is(err, ErrNewer) || !strings.Contains(err.Error(), "format is 2, this build reads up to 1") {
		t.Errorf("Open: %v", err)
	}
	after := change(t, filepath.Join(folder, outboxName), func(b []byte) []byte { return b })
	if !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
}

func TestACacheOfANewerVersionIsBegunAnew(t *testing.T) {
	folder := filled(t)
	rewriteFormat(t, filepath.Join(folder, cacheName), "2")
	if f := open(t, folder); !f.CacheLost() || len(keys(t, f, record.Cache, "many", "")) != 0 {
		t.Error("it was read")
	}
}

func TestAFileWithoutItsFormatIsDamaged(t *testing.T) {
	folder := filled(t)
	rewriteFormat(t, filepath.Join(folder, cacheName), "none")
	if f := open(t, folder); !f.CacheLost() {
		t.Error("it was read")
	}
}

func TestAFileInUseIsNotTakenForADamagedOne(t *testing.T) {
	folder := filled(t)
	open(t, folder)
	if _, err := Open(folder); err == nil || !strings.Contains(err.Error(), "another program holds it open") {
		t.Errorf("Open: %v", err)
	}
	if left, err := filepath.Glob(filepath.Join(folder, "*.*-*")); len(left) != 0 || err != nil {
		t.Errorf("moved aside: %q %v", left, err)
	}
}

func TestNoFolder(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("Open: %v", err)
	}
}

func TestATransactionThatFailsChangesNothing(t *testing.T) {
	f := open(t, t.TempDir())
	f.cache.open.db.MaxSize = 64 << 10
	err := f.Save(record.Cache, batch(func(b *record.Batch) { b.Put("q", "k", make([]byte, maxValue)) }))
	if !errors.Is(err, engine.ErrFailing) {
		t.Errorf("a limit that is not the disk's: %v", err)
	}
	if got := troubles(f); got != "cache_not_written/failing" {
		t.Errorf("troubles: %s", got)
	}
	save(t, f, record.Cache, func(b *record.Batch) { b.Put("q", "k", []byte("small")) })
	if diff := cmp.Diff([]string{"k=small"}, keys(t, f, record.Cache, "q", "")); diff != "" || troubles(f) != "" {
		t.Error(diff, troubles(f))
	}
}

// troubles are a disk's, as "code/cause", in one line.
func troubles(d engine.Disk) string {
	var all []string
	for _, t := range d.Troubles() {
		all = append(all, strings.TrimSuffix(string(t.Code)+"/"+string(t.Cause), "/"))
	}
	return strings.Join(all, " ")
}

func BenchmarkOpen(b *testing.B) {
	folder := b.TempDir()
	f, err := Open(folder)
	if err != nil {
		b.Fatal(err)
	}
	for chat := range 10_000 {
		if chat%500 != 0 {
			continue
		}
		var batch record.Batch
		for i := range 500 * 31 {
			batch.Put("messages", fmt.Sprintf("%05d/%02d", chat+i/31, i%31), bytes.Repeat([]byte("m"), 300))
		}
		if err := f.Save(record.Cache, batch); err != nil {
			b.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		f, err := Open(folder)
		if err != nil {
			b.Fatal(err)
		}
		_ = f.Close()
	}
}
