package archive

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/row"
)

// Source is what an archive is written from.
type Source struct {
	// Read runs f on one consistent state.
	Read  func(ctx context.Context, f func(store.Reader) error) error
	Media string // the folder of the files; it may be missing
	Store string // for the manifest
	Final bool   // for the manifest
	// Progress, unless it is nil, is called now and then with what was written so far.
	Progress func(Figures)
}

// Write writes an archive of one consistent state of the store to w. Rows are read and written piece by piece; of the
// files only the ids are kept meanwhile. A server may commit while it writes: what it commits is not in the archive. An
// error leaves w with an archive that is refused.
func Write(ctx context.Context, w io.Writer, s Source) (Figures, error) {
	out := &writer{ctx: ctx, tar: tar.NewWriter(w), sum: newSum(), at: time.Now(), progress: s.Progress}
	err := s.Read(ctx, func(r store.Reader) error {
		err := out.note(manifestName, Manifest{Format: Format, Parley: version(), WrittenAt: chat.Millis(out.at.UnixMilli()),
			Clock: r.Clock(), Store: s.Store, Epoch: r.Epoch(), Final: s.Final})
		if err != nil {
			return err
		}
		return errors.Join(out.rows(r), r.Err())
	})
	if err == nil {
		err = out.files(s.Media)
	}
	if err == nil {
		err = out.sums()
	}
	if err == nil {
		err = out.tar.Close()
	}
	if err != nil {
		return out.figures, fmt.Errorf("archive: write: %w", err)
	}
	return out.figures, nil
}

// writer is an archive that is being written.
type writer struct {
	ctx      context.Context
	tar      *tar.Writer
	sum      hash.Hash
	at       time.Time
	figures  Figures
	pieces   int
	ready    []chat.MediaID // the files to come
	progress func(Figures)
}

// entry writes one of size bytes.
func (w *writer) entry(name string, size int64, content io.Reader) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	h := &tar.Header{Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: w.at.Truncate(time.Second), Format: tar.FormatUSTAR}
	if err := w.tar.WriteHeader(h); err != nil {
		return err
	}
	fmt.Fprintf(w.sum, "%s\n%d\n", name, size)
	if _, err := io.CopyN(io.MultiWriter(w.tar, w.sum), content, size); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if w.progress != nil {
		w.progress(w.figures)
	}
	return nil
}

func (w *writer) note(name string, v any) error {
	text, err := note(v)
	if err != nil {
		return err
	}
	return w.entry(name, int64(len(text)), bytes.NewReader(text))
}

func (w *writer) sums() error {
	return w.note(sumsName, Sums{w.figures, hex.EncodeToString(w.sum.Sum(nil))})
}

func (w *writer) rows(r store.Reader) (err error) {
	piece := make([]byte, 0, pieceBytes*2)
	for one := range r.Rows {
		if piece, err = w.row(piece, one); err != nil {
			return err
		}
	}
	return w.piece(piece)
}

// row adds one to the piece, which is written when it has become large enough.
func (w *writer) row(piece []byte, one desk.Write) ([]byte, error) {
	line, err := row.Encode(one)
	if err != nil {
		return nil, err
	}
	if file, ok := one.(desk.PutMedia); ok && file.Media.State == chat.MediaReady {
		if !sound(string(file.Media.ID)) {
			return nil, errors.New("a file's id cannot be its name")
		}
		w.ready = append(w.ready, file.Media.ID)
	}
	if len(piece)+len(line) >= MaxPiece {
		return nil, errors.New("a row is too large")
	}
	w.figures.count(one)
	if piece = append(append(piece, line...), '\n'); len(piece) < pieceBytes {
		return piece, nil
	}
	return piece[:0], w.piece(piece)
}

// piece writes lines, if there are any.
func (w *writer) piece(lines []byte) error {
	if len(lines) == 0 {
		return nil
	}
	w.pieces++
	return w.entry(pieceName(w.pieces), int64(len(lines)), bytes.NewReader(lines))
}

// files writes those that the rows call ready. One that was taken away is counted.
func (w *writer) files(folder string) error {
	root, err := os.OpenRoot(folder)
	if errors.Is(err, fs.ErrNotExist) {
		w.figures.Missing = int64(len(w.ready))
		return nil
	}
	if err != nil {
		return err
	}
	defer root.Close()
	for _, id := range w.ready {
		if err := w.file(root, string(id)); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) file(root *os.Root, id string) error {
	f, err := root.Open(id)
	if errors.Is(err, fs.ErrNotExist) {
		w.figures.Missing++
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() > MaxFile {
		return fmt.Errorf("the file %s is none that Parley keeps", id)
	}
	w.figures.Files++
	w.figures.FileBytes += info.Size()
	return w.entry(mediaFolder+id, info.Size(), f)
}
