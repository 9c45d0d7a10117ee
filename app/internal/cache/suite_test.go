package cache

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"parley/app/internal/engine"
	"parley/app/internal/record"

	"github.com/google/go-cmp/cmp"
)

// disks are the implementations of engine.Disk; the suite holds for each.
var disks = map[string]func(*testing.T) engine.Disk{
	"files": func(t *testing.T) engine.Disk {
		f, err := Open(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	},
	"memory": func(*testing.T) engine.Disk { return NewMemory() },
}

// forEachDisk runs a test of the suite on every implementation.
func forEachDisk(t *testing.T, test func(*testing.T, engine.Disk)) {
	for name, open := range disks {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func batch(steps func(*record.Batch)) record.Batch {
	var b record.Batch
	steps(&b)
	return b
}

func save(t *testing.T, d engine.Disk, f record.File, steps func(*record.Batch)) {
	t.Helper()
	if err := d.Save(f, batch(steps)); err != nil {
		t.Fatal(err)
	}
}

// keys are the keys and values of a bucket, as "key=value".
func keys(t *testing.T, d engine.Disk, f record.File, bucket, prefix string) []string {
	t.Helper()
	records, err := d.Read(f, bucket, prefix)
	if err != nil {
		t.Fatal(err)
	}
	found := []string{}
	for _, r := range records {
		if r.Bucket != bucket {
			t.Errorf("a record of %q", r.Bucket)
		}
		found = append(found, r.Key+"="+string(r.Value))
	}
	return found
}

func TestReadsWhatWasSavedInOrderOfKey(t *testing.T) {
	forEachDisk(t, func(t *testing.T, d engine.Disk) {
		save(t, d, record.Cache, func(b *record.Batch) {
			b.Put("chats", "b", []byte("2"))
			b.Put("chats", "a/2", []byte("1.2"))
			b.Put("chats", "a/10", nil)
			b.Put("chats", "\xff\x00", []byte("last"))
			b.Put("other", "a/3", []byte("no"))
		})
		for prefix, want := range map[string][]string{
			"":   {"a/10=", "a/2=1.2", "b=2", "\xff\x00=last"},
			"a/": {"a/10=", "a/2=1.2"},
			"c":  {},
		} {
			if diff := cmp.Diff(want, keys(t, d, record.Cache, "chats", prefix)); diff != "" {
				t.Errorf("prefix %q: %s", prefix, diff)
			}
		}
		if got := keys(t, d, record.Cache, "nothing", ""); len(got) != 0 {
			t.Errorf("a bucket that is not there: %q", got)
		}
		if got := keys(t, d, record.Outbox, "chats", ""); len(got) != 0 {
			t.Errorf("the other file has %q", got)
		}
	})
}

// TestScansAFewAtATime: whatever the number, all records come once and in order, as Read has them.
func TestScansAFewAtATime(t *testing.T) {
	forEachDisk(t, func(t *testing.T, d engine.Disk) {
		for _, file := range []record.File{record.Cache, record.Outbox} {
			save(t, d, file, func(b *record.Batch) {
				for _, k := range []string{"a/1", "a/2", "a/3", "a0", "b/1", "\xff\x00"} {
					b.Put("q", k, []byte("value of "+k))
				}
			})
			for _, prefix := range []string{"", "a/", "a/2", "b", "c", "\xff"} {
				want := keys(t, d, file, "q", prefix)
				for n := 1; n < 8; n++ {
					if diff := cmp.Diff(want, scanned(t, d, file, prefix, n)); diff != "" {
						t.Errorf("%s, prefix %q, %d at a time: %s", file, prefix, n, diff)
					}
				}
			}
		}
		if got, err := d.Scan(record.Cache, "nothing", "", "", 9, func([]byte, []byte) { t.Error("a record") }); got != "" || err != nil {
			t.Errorf("a bucket that is not there: %q %v", got, err)
		}
	})
}

func scanned(t *testing.T, d engine.Disk, f record.File, prefix string, n int) []string {
	t.Helper()
	found := []string{}
	for from, more := "", true; more; more = from != "" {
		visits := 0
		last, err := d.Scan(f, "q", prefix, from, n, func(key, value []byte) {
			visits++
			found = append(found, string(key)+"="+string(value))
		})
		if err != nil || visits > n {
			t.Fatalf("%d of %d: %v", visits, n, err)
		}
		from = last
	}
	return found
}

func TestABatchIsAppliedInItsOrder(t *testing.T) {
	forEachDisk(t, func(t *testing.T, d engine.Disk) {
		save(t, d, record.Outbox, func(b *record.Batch) {
			for _, k := range []string{"a", "b/1", "b/2", "b0", "c"} {
				b.Put("q", k, []byte("old"))
			}
		})
		save(t, d, record.Outbox, func(b *record.Batch) {
			b.Put("q", "b/3", []byte("gone"))
			b.DeletePrefix("q", "b/")
			b.Put("q", "b/1", []byte("new"))
			b.Put("q", "a", []byte("gone"))
			b.Delete("q", "a")
			b.Delete("q", "never was")
			b.Delete("no bucket", "a")
		})
		if diff := cmp.Diff([]string{"b/1=new", "b0=old", "c=old"}, keys(t, d, record.Outbox, "q", "")); diff != "" {
			t.Error(diff)
		}
		save(t, d, record.Outbox, func(b *record.Batch) { b.DeletePrefix("q", "") })
		if got := keys(t, d, record.Outbox, "q", ""); len(got) != 0 {
			t.Errorf("an emptied bucket has %q", got)
		}
	})
}

func TestABatchThatIsRefusedChangesNothing(t *testing.T) {
	bad := map[string]record.Op{
		"no key":      {Kind: record.OpPut, Bucket: "q"},
		"long key":    {Kind: record.OpPut, Bucket: "q", Key: strings.Repeat("k", maxKey+1)},
		"long value":  {Kind: record.OpPut, Bucket: "q", Key: "k", Value: make([]byte, maxValue+1)},
		"no bucket":   {Kind: record.OpPut, Key: "k"},
		"own bucket":  {Kind: record.OpPut, Bucket: string(aboutBucket), Key: "format"},
		"no kind":     {Bucket: "q", Key: "k"},
		"unknown op":  {Kind: 9, Bucket: "q", Key: "k"},
		"empty erase": {Kind: record.OpDelete, Bucket: "q"},
	}
	forEachDisk(t, func(t *testing.T, d engine.Disk) {
		for name, op := range bad {
			if err := d.Save(record.Cache, record.Batch{{Kind: record.OpPut, Bucket: "q", Key: "good"}, op}); err == nil {
				t.Errorf("%s was saved", name)
			}
		}
		if got := keys(t, d, record.Cache, "q", ""); len(got) != 0 {
			t.Errorf("the batches left %q", got)
		}
	})
}

func TestValuesAreTheCallers(t *testing.T) {
	forEachDisk(t, func(t *testing.T, d engine.Disk) {
		value := []byte("abc")
		save(t, d, record.Cache, func(b *record.Batch) { b.Put("q", "k", value) })
		value[0] = 'X'
		read, err := d.Read(record.Cache, "q", "")
		if err != nil {
			t.Fatal(err)
		}
		read[0].Value[1] = 'Y'
		if diff := cmp.Diff([]string{"k=abc"}, keys(t, d, record.Cache, "q", "")); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAClosedDiskRefuses(t *testing.T) {
	forEachDisk(t, func(t *testing.T, d engine.Disk) {
		if d.CacheLost() || len(d.Troubles()) != 0 {
			t.Errorf("a new one: lost=%v %v", d.CacheLost(), d.Troubles())
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Read(record.Cache, "q", ""); !errors.Is(err, ErrClosed) {
			t.Errorf("Read: %v", err)
		}
		if _, err := d.Scan(record.Cache, "q", "", "", 1, nil); !errors.Is(err, ErrClosed) {
			t.Errorf("Scan: %v", err)
		}
		if err := d.Save(record.Outbox, batch(func(b *record.Batch) { b.Put("q", "k", nil) })); !errors.Is(err, ErrClosed) {
			t.Errorf("Save: %v", err)
		}
	})
}

// isOnly reports whether err is one of the engine's hindrances and none of the others.
func isOnly(err, want error) bool {
	for _, e := range []error{engine.ErrNoRoom, engine.ErrReadOnly, engine.ErrFailing} {
		if errors.Is(err, e) != (e == want) {
			return false
		}
	}
	return true
}

// TestTroublesAreAskedForAtAnyTime is for the race detector.
func TestTroublesAreAskedForAtAnyTime(t *testing.T) {
	forEachDisk(t, func(t *testing.T, d engine.Disk) {
		var asked sync.WaitGroup
		asked.Go(func() {
			for range 100 {
				_ = d.Troubles()
			}
		})
		for range 3 {
			save(t, d, record.Outbox, func(b *record.Batch) { b.Put("q", "k", nil) })
			save(t, d, record.Cache, func(b *record.Batch) { b.Put("q", "k", nil) })
		}
		asked.Wait()
	})
}
