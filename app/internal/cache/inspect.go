package cache

import (
	"bytes"
	"fmt"
	"hash/fnv"
	"io"
	"os"
)

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

// inspector walks a whole file without trusting any of it. bbolt maps the file and follows what stands there: a page
// that leads in a circle, or beyond the end, would hang or end the process.
type inspector struct {
	file     io.ReaderAt
	size     uint64
	pageSize uint64
	high     uint64 // pages from here on are not in use
	visited  []bool // by page
	version  int    // of the format; 0 until it was met
	counted  total  // of the values that were met
	stored   total  // as the file has it
}

// inspect reads the file and returns errDamaged unless every page that is in use is sound and every value is what
// was written, and ErrNewer for a file of a newer format. An empty file is sound; a missing one is fs.ErrNotExist.
func inspect(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	return inspectFile(file, uint64(info.Size()))
}

func inspectFile(file io.ReaderAt, size uint64) error {
	in := &inspector{file: file, size: size}
	root, freelist, err := in.meta()
	if err != nil {
		return err
	}
	in.visited = make([]bool, in.high)
	if _, _, err := in.tree(root, "", nil); err != nil {
		return err
	}
	if in.counted != in.stored || in.version == 0 && in.counted != (total{}) {
		return fmt.Errorf("%w: values are missing", errDamaged)
	}
	return in.free(freelist)
}

// meta finds the meta page that counts.
func (in *inspector) meta() (root, freelist uint64, err error) {
	var best uint64
	for _, at := range in.metaPlaces() {
		m := make([]byte, metaSize)
		if _, err := in.file.ReadAt(m, int64(at+headerSize)); err != nil && err != io.EOF {
			return 0, 0, err
		} else if err != nil || !soundMeta(m, at) {
			continue
		}
		size, txid := uint64(native.Uint32(m[8:])), native.Uint64(m[48:])
		if in.pageSize != 0 && txid <= best {
			continue
		}
		best, in.pageSize = txid, size
		root, freelist, in.high = native.Uint64(m[16:]), native.Uint64(m[32:]), native.Uint64(m[40:])
	}
	switch {
	case in.pageSize == 0:
		return 0, 0, fmt.Errorf("%w: no sound meta page", errDamaged)
	case in.high > in.size/in.pageSize:
		return 0, 0, fmt.Errorf("%w: it is shorter than it was", errDamaged)
	}
	return root, freelist, nil
}

// metaPlaces are the beginnings of pages 0 and 1, for every size of page that there is.
func (in *inspector) metaPlaces() []uint64 {
	places := []uint64{0}
	for size := uint64(minPage); size <= maxPage; size *= 2 {
		places = append(places, size)
	}
	return places
}

// soundMeta reports whether m is the meta data of the page that begins at.
func soundMeta(m []byte, at uint64) bool {
	size := uint64(native.Uint32(m[8:]))
	h := fnv.New64a()
	_, _ = h.Write(m[:metaSize-8])
	return native.Uint32(m) == magic && native.Uint32(m[4:]) == 2 && h.Sum64() == native.Uint64(m[metaSize-8:]) &&
		size >= minPage && size <= maxPage && (at == 0 || at == size)
}

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

// page reads a page with its overflow, once: a page that is met again leads in a circle.
func (in *inspector) page(id uint64, bucket string) (*page, error) {
	p := &page{id: id, bucket: bucket, b: make([]byte, headerSize)}
	if id < 2 || id >= in.high {
		return nil, p.damaged("the place")
	}
	if _, err := in.file.ReadAt(p.b, int64(id*in.pageSize)); err != nil {
		return nil, err
	}
	span := 1 + uint64(native.Uint32(p.b[12:]))
	if native.Uint64(p.b) != id || id+span > in.high {
		return nil, p.damaged("the header")
	}
	for i := id; i < id+span; i++ {
		if in.visited[i] {
			return nil, p.damaged("the second use")
		}
		in.visited[i] = true
	}
	p.b = make([]byte, span*in.pageSize)
	_, err := in.file.ReadAt(p.b, int64(id*in.pageSize))
	return p, err
}

// tree walks what lies at and below a page. All its keys must be above low, if that is not nil; it returns the last.
func (in *inspector) tree(id uint64, bucket string, low []byte) (*page, []byte, error) {
	p, err := in.page(id, bucket)
	if err != nil {
		return nil, nil, err
	}
	last, err := in.elements(p, low)
	return p, last, err
}

func (in *inspector) elements(p *page, low []byte) (last []byte, err error) {
	step := in.leaf
	if p.flags() == branchFlag {
		step = in.branch
	} else if p.flags() != leafFlag {
		return nil, p.damaged("the kind")
	}
	if headerSize+p.count()*elementSize > len(p.b) {
		return nil, p.damaged("the count")
	}
	last = low
	for n := range p.count() {
		if last, err = step(p, n, last); err != nil {
			return nil, err
		}
	}
	return last, nil
}

// branch follows one element of a branch: no key below it is less than the element's.
func (in *inspector) branch(p *page, n int, last []byte) ([]byte, error) {
	key, id, ok := p.branch(n)
	if !ok || n > 0 && bytes.Compare(key, last) <= 0 {
		return nil, p.damaged("an element")
	}
	child, end, err := in.tree(id, p.bucket, last)
	if err != nil {
		return nil, err
	}
	if first, ok := child.first(); !ok || bytes.Compare(first, key) < 0 {
		return nil, child.damaged("the first key")
	}
	return end, nil
}

// leaf looks at one element of a leaf: a value, or a bucket.
func (in *inspector) leaf(p *page, n int, last []byte) ([]byte, error) {
	key, value, isBucket, ok := p.leaf(n)
	if !ok || len(key) == 0 || last != nil && bytes.Compare(key, last) <= 0 || isBucket != (p.bucket == "") {
		return nil, p.damaged("an element")
	}
	if isBucket {
		return key, in.bucket(p, string(key), value)
	}
	return key, in.value(p.bucket, key, value)
}

// value looks at one value. What the file says of itself comes first, as its bucket's name is the least.
func (in *inspector) value(bucket string, key, sealed []byte) error {
	value, err := unseal(bucket, key, sealed)
	switch {
	case err != nil:
		return err
	case bucket != string(aboutBucket):
		in.counted.add(sealed)
		return nil
	case string(key) == string(formatKey):
		in.version, err = readFormat(value)
	case string(key) == string(totalKey):
		in.stored, err = readTotal(value)
	}
	return err
}

// bucket looks at a bucket: its root is a page of its own, or lies in the value, behind a header.
func (in *inspector) bucket(p *page, name string, value []byte) error {
	if len(value) < headerSize {
		return p.damaged("a bucket")
	}
	if root := native.Uint64(value); root != 0 {
		_, _, err := in.tree(root, name, nil)
		return err
	}
	inner := &page{id: p.id, bucket: name, b: value[headerSize:]}
	if len(inner.b) < headerSize || inner.flags() != leafFlag {
		return p.damaged("a bucket")
	}
	_, err := in.elements(inner, nil)
	return err
}

// free looks at the list of free pages: none of them may be in use, or it would be written over.
func (in *inspector) free(id uint64) error {
	if id == noFreelist {
		return nil
	}
	p, err := in.page(id, "")
	if err != nil {
		return err
	}
	count, ids := uint64(p.count()), p.b[headerSize:]
	if count == 0xFFFF {
		count, ids = native.Uint64(ids), ids[8:]
	}
	if p.flags() != listFlag || count > uint64(len(ids))/8 {
		return p.damaged("the header")
	}
	for i := range count {
		free := native.Uint64(ids[i*8:])
		if free < 2 || free >= in.high || in.visited[free] {
			return p.damaged("an entry")
		}
		in.visited[free] = true
	}
	return nil
}
