package archive

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// ErrThere: the file that an archive is to be written to is there.
var ErrThere = errors.New("archive: the file is there")

// Place makes the archive at path: write fills it beside its place, and when it is durable, and was read again and found
// whole, it gets its name; it is gzipped if that ends in .gz or .tgz. Only this user may read it. An error leaves nothing behind, and what was there before as it
// was; it is ErrThere, unless force is set, if there is something.
func Place(ctx context.Context, path string, force bool, write func(io.Writer) error) (Figures, error) {
	part := path + ".part"
	if err := free(path, force); err != nil {
		return Figures{}, err
	}
	mode := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	if force {
		_ = os.Remove(part)
	}
	f, err := os.OpenFile(part, mode, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return Figures{}, fmt.Errorf("%w: %s, which another is being written to, or was when it was cut off", ErrThere, part)
	}
	if err != nil {
		return Figures{}, fmt.Errorf("archive: %w", explain(err))
	}
	if strings.HasSuffix(path, ".gz") || strings.HasSuffix(path, ".tgz") {
		write = gzipped(write)
	}
	figures, err := fill(ctx, f, write)
	if err == nil {
		err = rename(part, path, force)
	}
	if err != nil {
		return figures, errors.Join(err, os.Remove(part))
	}
	return figures, nil
}

// free says whether nothing has the name path, or may be replaced.
func free(path string, force bool) error {
	if _, err := os.Lstat(path); err == nil && !force {
		return fmt.Errorf("%w: %s", ErrThere, path)
	}
	return nil
}

// fill writes f, closes it, and reads what is on the disk.
func fill(ctx context.Context, f *os.File, write func(io.Writer) error) (Figures, error) {
	err := write(f)
	if e := f.Sync(); err == nil && e != nil {
		err = fmt.Errorf("archive: write: %w", e)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return Figures{}, explain(err)
	}
	a, err := Open(f.Name())
	if err != nil {
		return Figures{}, err
	}
	figures, err := a.Check(ctx, nil)
	return figures, errors.Join(err, a.Close())
}

// gzipped makes what write writes smaller.
func gzipped(write func(io.Writer) error) func(io.Writer) error {
	return func(w io.Writer) error {
		z := gzip.NewWriter(w)
		return errors.Join(write(z), z.Close())
	}
}

// rename gives a file its name durably.
func rename(from, to string, force bool) error {
	if err := free(to, force); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	if dir, err := os.Open(filepath.Dir(to)); err == nil {
		_ = dir.Sync() // not every system can
		_ = dir.Close()
	}
	return nil
}
