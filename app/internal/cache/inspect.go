package cache

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"slices"
)

// inspector walks a whole file without trusting any of it. bbolt maps the file and follows what stands there: a page
// that leads in a circle, or beyond the end, would hang or end the process.
type inspector struct {
	file io.ReaderAt
	meta
	visited []bool // by page
	// found, if not nil, is given every value that is as it was written. The walk then goes on behind what is
	// damaged.
	found      func(bucket string, key, value []byte)
	damage     error // the first that was met
	version    int   // of the format; 0 until it was met
	generation uint64
	counted    total  // of the values that were met
	stored     *total // as the file has it; nil until it was met
}

// meta is what one of the two meta pages says.
type meta struct {
	pageSize, root, freelist, txid uint64
	high                           uint64 // pages from here on are not in use
}

// inspect reads the file at path and returns errDamaged unless every page that is in use is sound and every value
// is what was written, errUnwritten for a file whose first transaction never came, and ErrNewer for one of a newer
// format. A missing one is fs.ErrNotExist.
func inspect(path string) error {
	file, size, err := openToLook(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return inspectFile(file, size)
}

func openToLook(path string) (file *os.File, size uint64, err error) {
	if file, err = os.Open(path); err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, uint64(info.Size()), nil
}

func inspectFile(file io.ReaderAt, size uint64) error {
	metas, err := readMetas(file)
	if err != nil {
		return err
	}
	in := &inspector{file: file, meta: metas[0]}
	return in.walk(size)
}

// walk looks at everything that the meta page leads to.
func (in *inspector) walk(size uint64) error {
	if there := size / in.pageSize; in.high > there {
		if err := in.note(fmt.Errorf("%w: it is shorter than it was", errDamaged)); err != nil {
			return err
		}
		in.high = there
	}
	in.visited = make([]bool, in.high)
	if _, _, err := in.tree(in.root, "", nil); err != nil {
		return err
	}
	switch {
	case in.version == 0 && in.counted == (total{}) && in.damage == nil:
		return errUnwritten
	case in.version == 0 || in.counted != in.total():
		if err := in.note(fmt.Errorf("%w: values are missing", errDamaged)); err != nil {
			return err
		}
	}
	return in.free(in.freelist)
}

// total is what the file says of its values. One that was never written to says nothing.
func (in *inspector) total() total {
	if in.stored == nil {
		return total{}
	}
	return *in.stored
}

// note keeps the first damage, and returns it where that ends the walk.
func (in *inspector) note(damage error) error {
	in.damage = cmp.Or(in.damage, damage)
	if in.found == nil || errors.Is(damage, ErrNewer) {
		return damage
	}
	return nil
}

// readMetas returns what the sound meta pages say, the newer first.
func readMetas(file io.ReaderAt) ([]meta, error) {
	var metas []meta
	for _, at := range metaPlaces() {
		m := make([]byte, metaSize)
		if _, err := file.ReadAt(m, int64(at+headerSize)); err != nil || !soundMeta(m, at) {
			continue
		}
		metas = append(metas, meta{pageSize: uint64(native.Uint32(m[8:])), root: native.Uint64(m[16:]),
			freelist: native.Uint64(m[32:]), high: native.Uint64(m[40:]), txid: native.Uint64(m[48:])})
	}
	if len(metas) == 0 {
		return nil, fmt.Errorf("%w: no sound meta page", errDamaged)
	}
	slices.SortStableFunc(metas, func(a, b meta) int { return cmp.Compare(b.txid, a.txid) })
	return metas, nil
}

// metaPlaces are the beginnings of pages 0 and 1, for every size of page that there is.
func metaPlaces() []uint64 {
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
// The page is nil where it could not be read.
func (in *inspector) tree(id uint64, bucket string, low []byte) (*page, []byte, error) {
	p, err := in.page(id, bucket)
	if err != nil {
		return nil, low, in.note(err)
	}
	last, err := in.elements(p, low)
	return p, last, err
}

func (in *inspector) elements(p *page, low []byte) (last []byte, err error) {
	step := in.leaf
	if p.flags() == branchFlag {
		step = in.branch
	} else if p.flags() != leafFlag {
		return low, in.note(p.damaged("the kind"))
	}
	count, fits := p.count(), (len(p.b)-headerSize)/elementSize
	if count > fits {
		if err := in.note(p.damaged("the count")); err != nil {
			return low, err
		}
		count = fits
	}
	last = low
	for n := range count {
		if last, err = step(p, n, last); err != nil {
			return nil, err
		}
	}
	return last, nil
}

// branch follows one element of a branch: the first key below it is the element's. bbolt finds the element by that key
// when it writes, and would add a second one for the same page if it were another.
func (in *inspector) branch(p *page, n int, last []byte) ([]byte, error) {
	key, id, ok := p.branch(n)
	if !ok || n > 0 && bytes.Compare(key, last) <= 0 {
		if err := in.note(p.damaged("an element")); err != nil {
			return nil, err
		}
	}
	child, end, err := in.tree(id, p.bucket, last)
	if child == nil || err != nil {
		return end, err
	}
	if first, ok := child.first(); !ok || !bytes.Equal(first, key) {
		return end, in.note(child.damaged("the first key"))
	}
	return end, nil
}

// leaf looks at one element of a leaf: a value, or a bucket.
func (in *inspector) leaf(p *page, n int, last []byte) ([]byte, error) {
	key, value, isBucket, ok := p.leaf(n)
	if !ok || len(key) == 0 || isBucket != (p.bucket == "") {
		return last, in.note(p.damaged("an element"))
	}
	if last != nil && bytes.Compare(key, last) <= 0 {
		if err := in.note(p.damaged("the order")); err != nil {
			return nil, err
		}
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
		return in.note(err)
	case bucket == string(aboutBucket):
		return in.about(string(key), value)
	}
	in.counted.add(sealed)
	if in.found != nil {
		in.found(bucket, key, value)
	}
	return nil
}

// about reads what the file says of itself.
func (in *inspector) about(key string, value []byte) (err error) {
	switch key {
	case string(formatKey):
		in.version, err = readFormat(value)
	case string(totalKey):
		var stored total
		if stored, err = readTotal(value); err == nil {
			in.stored = &stored
		}
	case string(generationKey):
		in.generation, err = readGeneration(value)
	}
	if err != nil {
		return in.note(err)
	}
	return nil
}

// bucket looks at a bucket: its root is a page of its own, or lies in the value, behind a header.
func (in *inspector) bucket(p *page, name string, value []byte) error {
	if len(value) < headerSize {
		return in.note(p.damaged("a bucket"))
	}
	if root := native.Uint64(value); root != 0 {
		_, _, err := in.tree(root, name, nil)
		return err
	}
	inner := &page{id: p.id, bucket: name, b: value[headerSize:]}
	if len(inner.b) < headerSize || inner.flags() != leafFlag {
		return in.note(p.damaged("a bucket"))
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
		return in.note(err)
	}
	count, ids := uint64(p.count()), p.b[headerSize:]
	if count == 0xFFFF {
		count, ids = native.Uint64(ids), ids[8:]
	}
	if p.flags() != listFlag || count > uint64(len(ids))/8 {
		return in.note(p.damaged("the header"))
	}
	for i := range count {
		free := native.Uint64(ids[i*8:])
		if free < 2 || free >= in.high || in.visited[free] {
			return in.note(p.damaged("an entry"))
		}
		in.visited[free] = true
	}
	return nil
}
