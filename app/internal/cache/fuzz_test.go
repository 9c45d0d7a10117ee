package cache

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"parley/app/internal/record"
)

// FuzzUnseal: whatever stands in a file, a value comes back only if it is what was sealed for its place.
func FuzzUnseal(f *testing.F) {
	f.Add("bucket", []byte("key"), seal("bucket", "key", []byte("value")))
	f.Add("bucket", []byte("other"), seal("bucket", "key", []byte("value")))
	f.Add("", []byte{}, []byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, bucket string, key, sealed []byte) {
		value, err := unseal(bucket, key, sealed)
		if err == nil && !bytes.Equal(seal(bucket, string(key), value), sealed) {
			t.Errorf("unsealed %x to %q", sealed, value)
		}
	})
}

// FuzzDamagedFile changes bytes of a sound file anywhere: it opens with everything that was in it, or it is damaged;
// it never ends the process or hangs it.
func FuzzDamagedFile(f *testing.F) {
	path := filepath.Join(filled(f), cacheName)
	sound, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	page := uint32(os.Getpagesize())
	f.Add(uint32(0), uint64(0), uint32(0))
	f.Add(uint32(16), uint64(0xED0CDAED), page)
	f.Add(2*page, uint64(3), page)
	f.Add(3*page+8, uint64(1), page)
	f.Add(4*page+24, uint64(1)<<40, page)
	f.Add(5*page, uint64(0), uint32(len(sound)))
	f.Fuzz(func(t *testing.T, at uint32, by uint64, cut uint32) {
		b := bytes.Clone(sound)
		for i := range 8 {
			b[(int(at)+i)%len(b)] ^= byte(by >> (8 * i))
		}
		b = b[:len(b)-int(cut)/16%len(b)]
		folder := t.TempDir()
		if err := os.WriteFile(filepath.Join(folder, cacheName), b, 0o600); err != nil {
			t.Fatal(err)
		}
		files, err := Open(folder)
		if err != nil {
			t.Fatal(err)
		}
		defer files.Close()
		records, err := files.Read(record.Cache, "many", "")
		if err != nil {
			t.Fatal(err)
		}
		if n := len(records); !files.CacheLost() && n != 200 || files.CacheLost() && n != 0 {
			t.Errorf("lost=%v with %d records", files.CacheLost(), n)
		}
	})
}
