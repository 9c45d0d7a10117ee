package cache

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"parley/app/internal/engine"
	"parley/app/internal/record"
)

// outbox is two files that each hold all of it. A Save is written to one after the other, with a generation that no
// other Save has, so that one of them is whole at every moment; at the start the newer counts. What was confirmed is
// in memory too: from there a file that was damaged or missed a Save is made anew, as soon as that can be.
type outbox struct {
	halves []*half
	state  table
	tried  uint64 // the generation of the last attempt

	mu       sync.Mutex
	damage   engine.TroubleCode // what is said of damaged halves
	troubles []engine.Trouble
}

// openOutbox opens or makes the outbox. It does not need to write: where the disk does not let it, each Save tries
// again.
func openOutbox(folder string) (*outbox, error) {
	o := &outbox{halves: []*half{{path: filepath.Join(folder, outboxName)}, {path: filepath.Join(folder, outboxCopyName)}}}
	images, err := o.look()
	if err != nil {
		return nil, err
	}
	r := recoverOutbox(images)
	o.state, o.tried, o.damage = r.state, r.generation, r.trouble()
	for _, h := range o.halves {
		if err := o.openHalf(h, images, &r); err != nil {
			return nil, errors.Join(err, o.close())
		}
	}
	o.settle()
	return o, nil
}

// look reads both files, and what was left behind where they do not have everything.
func (o *outbox) look() (images []image, err error) {
	for _, h := range o.halves {
		found, err := look(h.path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", h.path, err)
		}
		images = append(images, found...)
	}
	if r := recoverOutbox(images); len(images) > 0 && !r.damaged {
		return images, nil
	}
	found := images
	for _, h := range o.halves {
		older, err := h.older(len(images) == 0)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", h.path+behind, err)
		}
		found = append(found, older...)
	}
	return found, nil
}

// openHalf opens one file, or makes it anew where it is not what counts. The error is a file that another program
// holds.
func (o *outbox) openHalf(h *half, images []image, r *recovered) error {
	i := slices.IndexFunc(images, func(img image) bool { return img.path == h.path })
	if i >= 0 {
		img := &images[i]
		if h.damaged = img.err != nil; !h.damaged && r.isIn(img) {
			if err := h.take(); !errors.Is(err, errPanicked) {
				return only(err, errInUse)
			}
			h.damaged = true
		}
	}
	return only(h.make(o.state, o.tried), errInUse)
}

// only returns err if it is what is said.
func only(err, what error) error {
	if errors.Is(err, what) {
		return err
	}
	return nil
}

// save writes a batch to both files. It is confirmed when at least one has it; the other is told of as a trouble,
// and is made anew with a later Save.
func (o *outbox) save(batch record.Batch) error {
	o.tried++
	var after table
	then := func() table {
		if after == nil {
			after = o.state.with(batch)
		}
		return after
	}
	var errs []error
	for _, h := range o.halves {
		if err := h.save(batch, o.tried, then); err != nil {
			errs = append(errs, err)
		}
	}
	confirmed := len(errs) < len(o.halves)
	if confirmed {
		o.state.apply(batch)
		errs = nil
	}
	for _, h := range o.halves {
		if confirmed && h.err != nil {
			h.drop()
		}
	}
	o.settle()
	return errors.Join(errs...)
}

// settle leaves behind the half that may not hold what was confirmed, if the other does, and sweeps when both do.
func (o *outbox) settle() {
	hindered := 0
	for _, h := range o.halves {
		if h.err != nil {
			hindered++
		}
	}
	holds := slices.ContainsFunc(o.halves, func(h *half) bool { return h.open != nil })
	for _, h := range o.halves {
		switch {
		case hindered == 0:
			h.sweep()
		case holds && h.open == nil:
			h.leave()
		}
	}
	o.tell(hindered == len(o.halves))
}

// tell notes what is the matter now.
func (o *outbox) tell(refused bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.troubles = nil
	for _, h := range o.halves {
		files := h.kept
		if h.damaged {
			files = append(slices.Clone(files), h.path)
		}
		for _, file := range files {
			o.troubles = append(o.troubles, engine.Trouble{Code: o.damage, File: file})
		}
	}
	code := engine.OutboxOneCopy
	if refused {
		code = engine.OutboxNotWritten
	}
	for _, h := range o.halves {
		if h.err != nil {
			o.troubles = append(o.troubles, engine.Trouble{Code: code, File: h.path, Cause: causeOf(h.err)})
		}
		if refused {
			break
		}
	}
}

// listed returns the troubles; it may be called from any goroutine.
func (o *outbox) listed() []engine.Trouble {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.troubles)
}

func (o *outbox) close() error {
	var errs []error
	for _, h := range o.halves {
		if h.open != nil {
			errs = append(errs, h.open.close())
			h.open = nil
		}
	}
	return errors.Join(errs...)
}
