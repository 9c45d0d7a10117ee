package archive

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/ids"
	"parley/backend/internal/store"
)

// Archive is one that lies on a disk.
type Archive struct {
	Manifest Manifest
	file     *os.File
}

// errEnough ends a reading early.
var errEnough = errors.New("enough was read")

// Open opens the archive at path and reads its manifest; the rest is looked at by Check, Restore and Import.
func Open(path string) (*Archive, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	a := &Archive{file: f}
	_, err = a.read(context.Background(), visitor{manifest: func(m Manifest) error {
		a.Manifest = m
		return errEnough
	}})
	if !errors.Is(err, errEnough) {
		return nil, errors.Join(err, f.Close())
	}
	return a, nil
}

// Close closes it.
func (a *Archive) Close() error { return a.file.Close() }

func (a *Archive) read(ctx context.Context, v visitor) (*reading, error) {
	if _, err := a.file.Seek(0, io.SeekStart); err != nil {
		return nil, fmt.Errorf("archive: read: %w", err)
	}
	return read(ctx, a.file, v)
}

// Check reads all of it and returns what it holds. The error is ErrDamaged if that is not what was written.
func (a *Archive) Check(ctx context.Context, progress func(Figures)) (Figures, error) {
	in, err := a.read(ctx, visitor{progress: progress})
	if err != nil {
		return Figures{}, err
	}
	return in.figures, nil
}

// Target is what an archive is read into.
type Target struct {
	Store store.Store // empty
	Media string      // the folder of the files; made if it is missing
	// Clock is time.Now unless given.
	Clock func() time.Time
	// Progress, unless it is nil, is called now and then with what was read so far: first with files, then with rows.
	Progress func(Figures)
}

// Loaded is what came of it.
type Loaded struct {
	Figures
	// Uncertain are replies that may have gone out.
	Uncertain int64
}

// Restore reads an archive into an empty store, which then has a new epoch, so that consoles begin anew. Replies that
// were to go out when it was written may have gone out since: they become uncertain, as those whose sending was cut off
// do. A vendor's word settles them, or the holder is asked; they are not sent again. It all takes effect, or nothing of it;
// then the error is ErrNotEmpty, ErrDamaged, ErrVersion, or the store's or the disk's. Of ErrUnknown it is not known which.
func (a *Archive) Restore(ctx context.Context, t Target) (Loaded, error) {
	return a.load(ctx, t, true)
}

// Import is Restore for an archive that is final, else the error is ErrNotFinal: nothing went out since, and what is
// pending stays so. Only replies whose sending was cut off before become uncertain.
func (a *Archive) Import(ctx context.Context, t Target) (Loaded, error) {
	if !a.Manifest.Final {
		return Loaded{}, ErrNotFinal
	}
	return a.load(ctx, t, false)
}

func (a *Archive) load(ctx context.Context, t Target, pendingToo bool) (Loaded, error) {
	l := &loading{Target: t, pendingToo: pendingToo, epoch: rand.Text()}
	if l.Clock == nil {
		l.Clock = time.Now
	}
	if err := t.Store.Read(ctx, empty); err != nil {
		return Loaded{}, err
	}
	var err error
	if l.files, err = openFiles(t.Media); err != nil {
		return Loaded{}, err
	}
	defer l.files.close()
	whole, err := a.read(ctx, visitor{file: l.files.put, progress: t.Progress})
	if err == nil {
		err = l.files.sync()
	}
	if err == nil {
		err = l.commit(ctx, func(tx store.Tx) error { return l.fill(ctx, tx, a, whole.afterRows) })
	}
	if errors.Is(err, ErrUnknown) {
		return Loaded{}, err // the files may be wanted
	}
	if err != nil {
		return Loaded{}, errors.Join(err, l.files.remove())
	}
	return Loaded{whole.figures, l.uncertain}, nil
}

// loading is an archive that is being read into a store.
type loading struct {
	Target
	pendingToo bool // replies that are pending may have gone out
	epoch      string
	now        chat.Millis
	files      *files
	writes     []desk.Write
	uncertain  int64
}

// empty says whether a store has no rows.
func empty(r store.Reader) error {
	for range r.Rows {
		return ErrNotEmpty
	}
	return r.Err()
}

// fill puts the rows, in one transaction with what follows from their being read in.
func (l *loading) fill(ctx context.Context, tx store.Tx, a *Archive, sum []byte) error {
	if err := empty(tx); err != nil {
		return err
	}
	l.now, l.uncertain = max(a.Manifest.Clock, chat.Millis(l.Clock().UnixMilli())), 0
	in, err := a.read(ctx, visitor{rowsOnly: true, progress: l.Progress, row: func(w desk.Write) error { return l.row(tx, w) }})
	if err != nil {
		return err
	}
	if !bytes.Equal(in.afterRows, sum) {
		return fmt.Errorf("%w: it changed while it was read", ErrDamaged)
	}
	if err := l.apply(tx); err != nil {
		return err
	}
	if err := l.settle(tx); err != nil {
		return err
	}
	tx.SetClock(l.now)
	tx.Renew(l.epoch)
	return tx.Err()
}

func (l *loading) row(tx store.Tx, w desk.Write) error {
	if l.writes = append(l.writes, w); len(l.writes) < rowsAtOnce {
		return nil
	}
	return l.apply(tx)
}

func (l *loading) apply(tx store.Tx) error {
	tx.Apply(desk.Outcome{Writes: l.writes}, l.now)
	l.writes = nil
	return tx.Err()
}

// Settle makes uncertain what may have gone out since rows were written that tx holds now, and returns how much that is;
// pendingToo: also what waited to be sent. The simulation restores by it too.
func Settle(tx store.Tx, now chat.Millis, pendingToo bool) (uncertain int64, err error) {
	l := &loading{now: now, pendingToo: pendingToo}
	err = l.settle(tx)
	return l.uncertain, err
}

// settle makes uncertain what may have gone out, by the rules: an attempt was begun, and how it ended is unclear.
func (l *loading) settle(tx store.Tx) error {
	for _, o := range tx.Sending() {
		if err := l.unclear(tx, o); err != nil {
			return err
		}
	}
	for l.pendingToo {
		due := tx.DueOutgoing(math.MaxInt64, rowsAtOnce)
		if len(due) == 0 {
			break
		}
		for _, o := range due {
			o.Attempt++
			if err := l.decide(tx, desk.SendBegun{Message: o.Message, Attempt: o.Attempt}); err != nil {
				return err
			}
			if err := l.unclear(tx, o); err != nil {
				return err
			}
		}
	}
	return tx.Err()
}

func (l *loading) unclear(tx store.Tx, o desk.Outgoing) error {
	l.uncertain++
	return l.decide(tx, desk.SendEnded{Message: o.Message, Attempt: o.Attempt, Ended: desk.EndUnclear})
}

// decide has the rules decide. Nobody is told: the streams begin anew.
func (l *loading) decide(tx store.Tx, c desk.Command) error {
	o := desk.Decide(tx, l.now, ids.Random(), c)
	if err := tx.Err(); err != nil {
		return err
	}
	if o.Answer.Problem != nil {
		return fmt.Errorf("%w: a reply that was to go out is not whole", ErrDamaged)
	}
	o.Frames = nil
	tx.Apply(o, l.now)
	return tx.Err()
}

// commit commits f. A database that was lost at the very end may have committed although it could not say so.
func (l *loading) commit(ctx context.Context, f func(store.Tx) error) error {
	why := l.Store.Commit(ctx, f)
	if why == nil {
		return nil
	}
	committed := false
	err := l.Store.Read(context.WithoutCancel(ctx), func(r store.Reader) error {
		committed = r.Epoch() == l.epoch
		return r.Err()
	})
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrUnknown, why)
	case committed:
		return nil
	}
	return why
}
