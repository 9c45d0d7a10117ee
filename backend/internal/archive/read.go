package archive

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"slices"
	"strings"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store/row"
)

// The names of the entries.
const (
	manifestName = "manifest.json"
	rowsFolder   = "rows/"
	mediaFolder  = "media/"
	sumsName     = "sums.json"
)

// pieceName is the name of the n-th piece of rows, of which the first is 1.
func pieceName(n int) string { return fmt.Sprintf("%s%08d.jsonl", rowsFolder, n) }

// visitor is given what an archive holds, in its order. What is nil is not asked for, and then not read.
type visitor struct {
	manifest func(Manifest) error
	row      func(desk.Write) error
	file     func(id string, content io.Reader) error
	// progress is called now and then.
	progress func(Figures)
	// rowsOnly ends the reading after the rows.
	rowsOnly bool
}

// block is what a tar is made of: a header is one, a content is filled up to whole ones, and two end it.
const block = 512

// reading is one passage through an archive.
type reading struct {
	visitor
	ctx       context.Context
	tar       *tar.Reader
	sum       hash.Hash
	length    int64 // of the entries
	figures   Figures
	ready     []chat.MediaID // the files that may still come
	afterRows []byte         // the sum when the rows have ended
}

// read goes through the archive in r, strictly: only the entries that there may be, in their order, within their limits.
// What a visitor was given before an error must be undone. Errors are the visitor's, or ErrDamaged or ErrVersion.
func read(ctx context.Context, r io.Reader, v visitor) (*reading, error) {
	plain, err := plainly(r)
	if err != nil {
		return nil, err
	}
	counted := &counted{r: plain}
	in := &reading{visitor: v, ctx: ctx, tar: tar.NewReader(counted), sum: newSum()}
	if err := in.all(counted); err != nil {
		return nil, err
	}
	return in, nil
}

// plainly returns the tar in r, which may be gzipped.
func plainly(r io.Reader) (io.Reader, error) {
	buffered := bufio.NewReaderSize(r, 64<<10)
	if magic, err := buffered.Peek(2); err != nil || !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return buffered, nil
	}
	z, err := gzip.NewReader(buffered)
	if err != nil {
		return nil, damaged(err)
	}
	return z, nil
}

// counted is a reader that knows how much was read.
type counted struct {
	r io.Reader
	n int64
}

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func (in *reading) all(plain *counted) error {
	name, size, err := in.next()
	if err != nil {
		return err
	}
	if name != manifestName {
		return ErrDamaged
	}
	text, err := in.content(name, size, MaxNote)
	if err != nil {
		return err
	}
	m, err := readManifest(text)
	if err == nil && in.manifest != nil {
		err = in.manifest(m)
	}
	if err != nil {
		return err
	}
	if name, size, err = in.pieces(); err != nil || in.rowsOnly {
		return err
	}
	if name, size, err = in.files(name, size); err != nil {
		return err
	}
	return in.end(name, size, plain)
}

// next goes to the next entry and returns its name and size.
func (in *reading) next() (name string, size int64, err error) {
	if err := in.ctx.Err(); err != nil {
		return "", 0, err
	}
	if in.progress != nil {
		in.progress(in.figures)
	}
	h, err := in.tar.Next()
	switch {
	case err != nil:
		return "", 0, damaged(err)
	case h.Typeflag != tar.TypeReg || h.Format != tar.FormatUSTAR || h.Linkname != "":
		return "", 0, fmt.Errorf("%w: an entry is no plain file", ErrDamaged)
	}
	in.length += block + (h.Size+block-1)/block*block
	return h.Name, h.Size, nil
}

// damaged makes an error of reading one that says so. Its words may be the file's, so they are not repeated.
func damaged(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) { // the disk that it lies on
		return fmt.Errorf("archive: read: %w", err)
	}
	return ErrDamaged
}

// content returns that of an entry of at most limit bytes.
func (in *reading) content(name string, size, limit int64) ([]byte, error) {
	if size > limit {
		return nil, fmt.Errorf("%w: %s is too large", ErrDamaged, name)
	}
	b := make([]byte, size)
	if _, err := io.ReadFull(in.tar, b); err != nil {
		return nil, damaged(err)
	}
	in.summed(name, size)
	_, _ = in.sum.Write(b)
	return b, nil
}

func (in *reading) summed(name string, size int64) { fmt.Fprintf(in.sum, "%s\n%d\n", name, size) }

// pieces reads the rows and returns the entry behind them.
func (in *reading) pieces() (name string, size int64, err error) {
	for n := 1; ; n++ {
		if name, size, err = in.next(); err != nil {
			return "", 0, err
		}
		if name != pieceName(n) {
			in.afterRows = in.sum.Sum(nil)
			return name, size, nil
		}
		lines, err := in.content(name, size, MaxPiece)
		if err != nil {
			return "", 0, err
		}
		if err := in.piece(name, lines); err != nil {
			return "", 0, err
		}
	}
}

func (in *reading) piece(name string, lines []byte) error {
	if len(lines) == 0 || lines[len(lines)-1] != '\n' {
		return fmt.Errorf("%w: %s ends within a row", ErrDamaged, name)
	}
	for n := 1; len(lines) > 0; n++ {
		end := bytes.IndexByte(lines, '\n')
		one, err := row.Decode(lines[:end])
		if err != nil || !puts(one) {
			return fmt.Errorf("%w: row %d of %s cannot be read", ErrDamaged, n, name)
		}
		lines = lines[end+1:]
		in.figures.count(one)
		if file, ok := one.(desk.PutMedia); ok && file.Media.State == chat.MediaReady {
			in.ready = append(in.ready, file.Media.ID)
		}
		if in.row != nil {
			if err := in.row(one); err != nil {
				return err
			}
		}
	}
	return nil
}

// puts reports whether w is a row and not the end of one.
func puts(w desk.Write) bool {
	switch w.(type) {
	case desk.DropToken, desk.DropCustomer, desk.DropIdentity, desk.DropTimer, desk.DropDraft:
		return false
	}
	return true
}

// files reads them and returns the entry behind them.
func (in *reading) files(name string, size int64) (string, int64, error) {
	for {
		id, ok := strings.CutPrefix(name, mediaFolder)
		if !ok {
			in.figures.Missing += int64(len(in.ready))
			return name, size, nil
		}
		if err := in.expected(id, size); err != nil {
			return "", 0, err
		}
		in.summed(name, size)
		if err := in.take(id); err != nil {
			return "", 0, err
		}
		in.figures.Files++
		in.figures.FileBytes += size
		var err error
		if name, size, err = in.next(); err != nil {
			return "", 0, err
		}
	}
}

// expected says whether the file id may come now: the rows call it ready, and none that is behind it has come.
func (in *reading) expected(id string, size int64) error {
	i := slices.Index(in.ready, chat.MediaID(id))
	if i < 0 || !sound(id) || size > MaxFile {
		return fmt.Errorf("%w: it has a file that no row names", ErrDamaged)
	}
	in.figures.Missing += int64(i)
	in.ready = in.ready[i+1:]
	return nil
}

// take hands a file's content on.
func (in *reading) take(id string) error {
	content := &failing{r: io.TeeReader(in.tar, in.sum)}
	var err error
	if in.file != nil {
		err = in.file(id, content)
	}
	if err == nil {
		_, err = io.Copy(io.Discard, content) // what was not asked for
	}
	if content.err != nil {
		return damaged(content.err)
	}
	return err
}

// failing is a reader that knows how it failed.
type failing struct {
	r   io.Reader
	err error
}

// Read implements io.Reader.
func (c *failing) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if err != nil && err != io.EOF {
		c.err = err
	}
	return n, err
}

// end reads the last entry, compares, and makes sure that nothing follows.
func (in *reading) end(name string, size int64, plain *counted) error {
	if name != sumsName {
		return fmt.Errorf("%w: it has an entry that there is not", ErrDamaged)
	}
	have := Sums{in.figures, hex.EncodeToString(in.sum.Sum(nil))}
	text, err := in.content(name, size, MaxNote)
	if err != nil {
		return err
	}
	want, err := readSums(text)
	if err != nil {
		return err
	}
	if have != want {
		return fmt.Errorf("%w: what it holds is not what was written", ErrDamaged)
	}
	return in.nothingMore(plain)
}

// nothingMore makes sure that the tar ends as it should, and the file with it.
func (in *reading) nothingMore(plain *counted) error {
	if _, err := in.tar.Next(); err != io.EOF {
		return fmt.Errorf("%w: something follows its end", ErrDamaged)
	}
	if _, err := io.CopyN(io.Discard, plain, 1); err != io.EOF {
		return fmt.Errorf("%w: something follows its end", ErrDamaged)
	}
	if plain.n != in.length+2*block {
		return fmt.Errorf("%w: its end is missing", ErrDamaged)
	}
	return nil
}
