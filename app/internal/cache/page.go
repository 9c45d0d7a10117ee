package cache

import "fmt"

// bbolt's file format, version 2, as far as looking at it takes: pages with a header of 16 bytes (id, flags, count,
// overflow), elements of 16 bytes, two meta pages of which the valid one with the higher transaction counts.
const (
	magic       = 0xED0CDAED
	headerSize  = 16
	elementSize = 16
	metaSize    = 64
	minPage     = 1 << 10
	maxPage     = 64 << 10
	branchFlag  = 0x01
	leafFlag    = 0x02
	listFlag    = 0x10
	bucketFlag  = 0x01       // of a leaf's element: its value is a bucket
	noFreelist  = ^uint64(0) // the list of free pages is not in the file
)

// page is one page with its overflow, or a bucket that lies within a leaf, as part of bucket ("" for the list of
// buckets).
type page struct {
	id     uint64
	bucket string
	b      []byte
}

func (p *page) flags() uint16        { return native.Uint16(p.b[8:]) }
func (p *page) count() int           { return int(native.Uint16(p.b[10:])) }
func (p *page) element(n int) []byte { return p.b[headerSize+n*elementSize:][:elementSize] }

// damaged says what of the page is not as it was written.
func (p *page) damaged(what string) error {
	return fmt.Errorf("%w: %s of page %d", errDamaged, what, p.id)
}

// branch returns the key of a branch's element, and the page that it leads to.
func (p *page) branch(n int) (key []byte, child uint64, ok bool) {
	e := p.element(n)
	key, _, ok = p.cut(n, native.Uint32(e), native.Uint32(e[4:]), 0)
	return key, native.Uint64(e[8:]), ok
}

// leaf returns the key and the value of a leaf's element, and whether the value is a bucket.
func (p *page) leaf(n int) (key, value []byte, isBucket, ok bool) {
	e := p.element(n)
	key, value, ok = p.cut(n, native.Uint32(e[4:]), native.Uint32(e[8:]), native.Uint32(e[12:]))
	return key, value, native.Uint32(e)&bucketFlag != 0, ok
}

// first returns the first key.
func (p *page) first() (key []byte, ok bool) {
	switch {
	case p.count() == 0:
		return nil, false
	case p.flags() == branchFlag:
		key, _, ok = p.branch(0)
	default:
		key, _, _, ok = p.leaf(0)
	}
	return key, ok
}

// cut takes a key and the value behind it out of a page; pos is told from the beginning of element n.
func (p *page) cut(n int, pos, keySize, valueSize uint32) (key, value []byte, ok bool) {
	from := uint64(headerSize+n*elementSize) + uint64(pos)
	middle := from + uint64(keySize)
	to := middle + uint64(valueSize)
	if to > uint64(len(p.b)) {
		return nil, nil, false
	}
	return p.b[from:middle], p.b[middle:to], true
}
