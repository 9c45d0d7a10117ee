package cache

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"

	"parley/app/internal/engine"
)

// image is what could be read of an outbox file.
type image struct {
	path       string
	records    table
	generation uint64 // of the last Save in it; 0: before there were generations, or it could not be read
	stored     *total // what the file should hold; nil: not known
	err        error  // why bbolt must not open it; nil: it may
	latest     bool   // the newest state that was ever in the file was read, or as much of it as could be
	whole      bool   // every value of that is in records
}

// look reads an outbox file past all damage. Behind the newest state comes, if that is not whole, the one before
// it: bbolt writes over the pages of neither. There is none of a file that is missing or was never written to. The
// error is what keeps the file from being read at all: no permission, or ErrNewer.
func look(path string) ([]image, error) {
	file, size, err := openToLook(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return lookError(path, err)
	}
	defer file.Close()
	metas, err := readMetas(file)
	if err != nil {
		return lookError(path, err)
	}
	var images []image
	for i, m := range metas[:min(2, len(metas))] {
		in := &inspector{file: file, meta: m}
		img, err := in.image(path, size)
		switch {
		case errors.Is(err, errUnwritten) && len(metas) > 1:
			return images, nil
		case errors.Is(err, ErrNewer):
			return nil, err
		}
		if img.latest = i == 0 && len(metas) > 1; !img.latest {
			img.whole, img.err = false, cmp.Or(img.err, fmt.Errorf("%w: a meta page", errDamaged))
		}
		if images = append(images, img); img.whole {
			break
		}
	}
	return images, nil
}

// lookError is what look says of a file that cannot be read: nothing but that it is there.
func lookError(path string, err error) ([]image, error) {
	if errors.Is(err, os.ErrPermission) {
		return nil, err
	}
	return []image{{path: path, records: table{}, err: err}}, nil
}

// image reads what the meta page leads to.
func (in *inspector) image(path string, size uint64) (image, error) {
	img := image{path: path, records: table{}}
	in.found = func(bucket string, key, value []byte) {
		if _, there := img.records[bucket][string(key)]; !there {
			img.records.put(bucket, string(key), clone(value))
		}
	}
	err := in.walk(size)
	img.generation, img.stored, img.err = in.generation, in.stored, cmp.Or(err, in.damage)
	img.whole = err == nil && in.counted == in.total() && (in.damage == nil || in.stored != nil)
	return img, err
}

// recovered is the outbox as its files give it back.
type recovered struct {
	state      table
	generation uint64
	damaged    bool // something may be missing
	merged     bool // it is put together: no file holds it
}

// recover takes the newest whole state; where there is none, everything that could be read, and of a record that
// is in several files the newest.
func recoverOutbox(images []image) recovered {
	images = slices.Clone(images)
	slices.SortStableFunc(images, func(a, b image) int {
		return cmp.Or(cmp.Compare(b.generation, a.generation), cmp.Compare(rank(&a), rank(&b)))
	})
	r := recovered{state: table{}}
	if len(images) == 0 {
		return r
	}
	newest := &images[0]
	if r.generation = newest.generation; newest.whole {
		r.state = newest.records
		return r
	}
	r.generation++
	r.merged = true
	for _, img := range images {
		r.state.add(img.records)
		if newest.latest && newest.stored != nil && r.state.total() == *newest.stored {
			return r
		}
	}
	r.damaged = true
	return r
}

// isIn reports whether a file holds what was recovered. A version that knew of no generations may have written to one of
// the files, so the generation alone does not say it.
func (r *recovered) isIn(img *image) bool {
	return !r.merged && img.generation == r.generation && img.records.total() == r.state.total()
}

// rank orders images of one generation: what bbolt can open, then what is whole, then the rest.
func rank(img *image) int {
	switch {
	case img.err == nil:
		return 0
	case img.whole:
		return 1
	}
	return 2
}

// trouble is what Open says of a damaged file.
func (r *recovered) trouble() engine.TroubleCode {
	if r.damaged {
		return engine.OutboxDamaged
	}
	return engine.OutboxRestored
}
