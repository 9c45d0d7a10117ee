package cache

import (
	"bytes"
	"hash/fnv"
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

// FuzzDamagedOutbox changes bytes of one or both of the outbox's files anywhere, and may make the sums of the meta
// pages right again, so that they are believed. With one file sound nothing is lost; what is given back was saved
// once; the process neither ends nor hangs, and the outbox works.
func FuzzDamagedOutbox(f *testing.F) {
	folder := f.TempDir()
	want, ever := words(f, folder), everInWords(f)
	sound, page := readPair(f, folder), uint32(os.Getpagesize())
	f.Add(uint8(0), uint32(16+16), uint64(7), uint32(0), true)
	f.Add(uint8(1), page+16+32, uint64(5), page, true)
	f.Add(uint8(2), page+16+48, uint64(99), uint32(0), true)
	f.Add(uint8(2), 3*page+10, uint64(0xFFFF), uint32(0), false)
	f.Add(uint8(2), uint32(0), uint64(0), uint32(len(sound[0])), false)
	for at := 2 * page; at < uint32(len(sound[0])); at += page {
		f.Add(uint8(at/page%3), at, uint64(at), uint32(0), false)
		f.Add(uint8(2), at+16, uint64(1)<<40|9, uint32(0), false)
	}
	f.Fuzz(func(t *testing.T, which uint8, at uint32, by uint64, cut uint32, mended bool) {
		broken := sound
		for i := range halves {
			if which%3 == uint8(i) || which%3 == 2 {
				broken[i] = spoiled(sound[i], at+uint32(i)*uint32(which/3), by, cut, mended)
			}
		}
		if both := which%3 == 2; both && mended {
			flipped(t, broken, nil, ever, both) // two older states that both say that they are the newest
		} else {
			flipped(t, broken, want, ever, both)
		}
	})
}

// spoiled changes eight bytes and cuts off the end.
func spoiled(sound []byte, at uint32, by uint64, cut uint32, mended bool) []byte {
	b := bytes.Clone(sound)
	for i := range 8 {
		b[(int(at)+i)%len(b)] ^= byte(by >> (8 * i))
	}
	if mended {
		for _, meta := range []int{0, os.Getpagesize()} {
			m := b[meta+headerSize:][:metaSize]
			h := fnv.New64a()
			_, _ = h.Write(m[:metaSize-8])
			native.PutUint64(m[metaSize-8:], h.Sum64())
		}
	}
	return b[:len(b)-int(cut)/16%len(b)]
}
