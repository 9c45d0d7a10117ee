package cache

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"strings"

	"parley/app/internal/record"
)

// Limits of a batch. They are bbolt's own for keys, and a sign of a mistake for values.
const (
	maxKey   = 1024
	maxValue = 1 << 20
)

// errDamaged is returned for what is not as it was written, errUnwritten for a file in which nothing was ever written.
var (
	errDamaged   = errors.New("damaged")
	errUnwritten = errors.New("never written to")
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// seal puts a checksum before a value, so that a value that the disk changed, or that stands at another's key, is
// not taken for what was written.
func seal(bucket, key string, value []byte) []byte {
	sealed := binary.LittleEndian.AppendUint32(make([]byte, 0, 4+len(value)), sum(bucket, []byte(key), value))
	return append(sealed, value...)
}

// unseal returns the value in sealed, which it shares, or errDamaged.
func unseal(bucket string, key, sealed []byte) ([]byte, error) {
	if len(sealed) < 4 || binary.LittleEndian.Uint32(sealed) != sum(bucket, key, sealed[4:]) {
		return nil, fmt.Errorf("%w: a value of %s", errDamaged, bucket)
	}
	return sealed[4:], nil
}

func sum(bucket string, key, value []byte) uint32 {
	s := crc32.Update(0, castagnoli, []byte(bucket))
	s = crc32.Update(s, castagnoli, []byte{0})
	s = crc32.Update(s, castagnoli, key)
	s = crc32.Update(s, castagnoli, []byte{0})
	return crc32.Update(s, castagnoli, value)
}

// total is how many values a file has and the sum of their checksums, written with each batch. bbolt's pages have no
// checksums: without it values could go missing unseen.
type total struct{ count, sum uint64 }

// add counts a sealed value, remove forgets one; nil is none.
func (t *total) add(sealed []byte) {
	t.count++
	t.sum += uint64(binary.LittleEndian.Uint32(sealed))
}

func (t *total) remove(sealed []byte) {
	if sealed == nil {
		return
	}
	t.count--
	t.sum -= uint64(binary.LittleEndian.Uint32(sealed))
}

func (t total) bytes() []byte {
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, t.count), t.sum)
}

func readTotal(value []byte) (total, error) {
	if len(value) != 16 {
		return total{}, fmt.Errorf("%w: no total", errDamaged)
	}
	return total{binary.LittleEndian.Uint64(value), binary.LittleEndian.Uint64(value[8:])}, nil
}

// generation numbers count the Saves of the outbox, also those that failed: no two states have the same.
func generationBytes(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }

func readGeneration(value []byte) (uint64, error) {
	if len(value) != 8 {
		return 0, fmt.Errorf("%w: no generation", errDamaged)
	}
	return binary.LittleEndian.Uint64(value), nil
}

// check refuses a batch that no file would take, so that files and memory refuse alike.
func check(batch record.Batch) error {
	for _, op := range batch {
		switch {
		case op.Kind != record.OpPut && op.Kind != record.OpDelete && op.Kind != record.OpDeletePrefix:
			return fmt.Errorf("unknown step %d", op.Kind)
		case op.Bucket == "" || len(op.Bucket) > maxKey || strings.HasPrefix(op.Bucket, "\x00"):
			return errors.New("a bucket without a name, or with one that is not allowed")
		case len(op.Key) > maxKey || op.Key == "" && op.Kind != record.OpDeletePrefix:
			return fmt.Errorf("a key of %d bytes", len(op.Key))
		case len(op.Value) > maxValue:
			return fmt.Errorf("a value of %d bytes", len(op.Value))
		}
	}
	return nil
}
