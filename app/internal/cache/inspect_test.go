package cache

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"parley/app/internal/record"
)

// TestWhatBboltWritesIsSound: files that grow and shrink at random, with pages that split, join and run over, are
// never taken for damaged ones. It is what the checks of the inspector stand on.
func TestWhatBboltWritesIsSound(t *testing.T) {
	folder := t.TempDir()
	f := open(t, folder)
	f.cache.open.db.NoSync = true
	for _, h := range f.outbox.halves {
		h.open.db.NoSync = true
	}
	r := rand.New(rand.NewPCG(7, 7))
	for n := range times(1500, 50_000) {
		file, path := record.Cache, cacheName
		if n%3 == 0 {
			file, path = record.Outbox, outboxCopyName
		}
		if err := f.Save(file, anything(r, n)); err != nil {
			t.Fatal(err)
		}
		if err := inspect(filepath.Join(folder, path)); err != nil {
			t.Fatalf("transaction %d of %s: %v", n, path, err)
		}
	}
}

// anything is a batch of chance; the file grows for a while, then shrinks, and so on.
func anything(r *rand.Rand, n int) (b record.Batch) {
	shrinking := n/200%2 == 1
	for range 1 + r.IntN(40) {
		bucket, key := fmt.Sprint("bucket", r.IntN(4)), fmt.Sprintf("%d/%d", r.IntN(30), r.IntN(60))
		switch {
		case r.IntN(60) == 0:
			b.DeletePrefix(bucket, key[:1+r.IntN(2)])
		case shrinking != (r.IntN(5) == 0):
			b.Delete(bucket, key)
		default:
			size := r.IntN(300)
			if r.IntN(50) == 0 {
				size = r.IntN(20_000)
			}
			b.Put(bucket, key, bytes.Repeat([]byte{byte(n)}, size))
		}
	}
	return b
}
