package cache

import (
	"errors"
	"io/fs"
	"os"

	"parley/app/internal/record"
)

// behind is added to the name of a half that may not hold what was confirmed, so that at the next start it is not taken
// for the outbox as it was left.
const behind = ".behind"

// half is one of the two files that each hold the whole outbox.
type half struct {
	path string
	open *file // nil unless it holds what was confirmed last, and nothing else
	err  error // a hindrance: why open is nil, or why the last Save did not reach it
	// damaged: what lies at path could not be read whole and was not kept under another name yet.
	damaged bool
	kept    []string // the names under which what was damaged is kept
	swept   bool     // nothing is left behind
}

// take opens the file at path as it is.
func (h *half) take() error {
	var err error
	h.open, err = openFile(h.path, false)
	h.err = hindrance(err)
	return err
}

// save writes a batch; then says what the outbox holds after it, for a half that has to be made anew. After a refused
// write the file is as it was. After any other error nobody knows what is on the disk, so it is not used any more.
func (h *half) save(batch record.Batch, generation uint64, then func() table) error {
	if h.open != nil {
		err := h.open.save(batch, generation)
		if h.err = hindrance(err); err == nil || clean(err) {
			return h.err
		}
	}
	return h.make(then(), generation)
}

// make makes the file anew. What lies in its place and is damaged is kept.
func (h *half) make(state table, generation uint64) error {
	h.drop()
	open, err := makeFile(h.path, state.batch(), generation, h.keep)
	if h.err = hindrance(err); err != nil {
		return h.err
	}
	h.open = open
	return nil
}

// keep gives the damaged file another name.
func (h *half) keep() error {
	if !h.damaged {
		return nil
	}
	kept, err := keep(h.path)
	if err == nil {
		h.kept, h.damaged = append(h.kept, kept), false
	}
	return err
}

// older reads what was left behind: not the last that was confirmed, but better than nothing. It is kept too where it
// cannot be read whole, or all is needed.
func (h *half) older(all bool) ([]image, error) {
	images, err := look(h.path + behind)
	for i := range images {
		all = all || images[i].err != nil
		images[i].latest, images[i].whole = false, false
	}
	if len(images) == 0 || !all || err != nil {
		return images, err
	}
	kept, err := keep(h.path + behind)
	h.kept = append(h.kept, kept)
	return images, err
}

// leave marks the half as one that may not hold what was confirmed.
func (h *half) leave() {
	h.swept = false
	if !h.damaged {
		_ = os.Rename(h.path, h.path+behind) // where that fails too, the trouble that is told says enough
	}
}

// drop closes the file, if it is open. It is made anew before it is written to again.
func (h *half) drop() {
	if h.open != nil {
		_ = h.open.close()
		h.open = nil
	}
}

// sweep removes what was left behind, when both halves are as they should be.
func (h *half) sweep() {
	if !h.swept {
		err := os.Remove(h.path + behind)
		h.swept = err == nil || errors.Is(err, fs.ErrNotExist)
	}
}
