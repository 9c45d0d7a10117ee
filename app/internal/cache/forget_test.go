package cache

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"parley/app/internal/engine"
	"parley/app/internal/record"
)

// TestForget: the cache is empty and can be written; the outbox is as it was.
func TestForget(t *testing.T) {
	forEachDisk(t, func(t *testing.T, d engine.Disk) {
		for _, f := range []record.File{record.Cache, record.Outbox} {
			save(t, d, f, func(b *record.Batch) { b.Put("b", "k", []byte("1")) })
		}
		if err := d.Forget(); err != nil {
			t.Fatal(err)
		}
		if l := keys(t, d, record.Cache, "b", ""); len(l) != 0 {
			t.Errorf("the cache has %q", l)
		}
		if l := keys(t, d, record.Outbox, "b", ""); len(l) != 1 {
			t.Errorf("the outbox has %q", l)
		}
		save(t, d, record.Cache, func(b *record.Batch) { b.Put("b", "k", []byte("2")) })
		if l := keys(t, d, record.Cache, "b", ""); len(l) != 1 || len(d.Troubles()) != 0 {
			t.Errorf("written again: %q, %v", l, d.Troubles())
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if d.Forget() == nil {
			t.Error("after the end")
		}
	})
}

// TestWhatWasForgottenIsNotInAnyFile: neither in the cache nor in one that was damaged and moved aside.
func TestWhatWasForgottenIsNotInAnyFile(t *testing.T) {
	folder := t.TempDir()
	secret := []byte("what a customer wrote")
	if err := os.WriteFile(filepath.Join(folder, "cache.db"+aside), secret, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	save(t, f, record.Cache, func(b *record.Batch) { b.Put("messages", "k", secret) })
	if err := f.Forget(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(folder)
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	for _, e := range files {
		b, err := os.ReadFile(filepath.Join(folder, e.Name()))
		if err != nil || bytes.Contains(b, secret) {
			t.Errorf("%s still holds it, %v", e.Name(), err)
		}
	}
}
