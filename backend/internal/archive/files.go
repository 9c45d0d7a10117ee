package archive

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"parley/backend/internal/store"
)

// unfinished begins the name of a file that is still being written; ids have no dot. The server removes what it finds
// of these at its start.
const unfinished = ".unfinished-"

// files are those that were put into a folder and may have to be removed again.
type files struct {
	root  *os.Root
	there []string
}

// openFiles opens the folder at path and makes it where it is missing.
func openFiles(path string) (*files, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("archive: make %s: %w", path, explain(err))
	}
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("archive: open %s: %w", path, err)
	}
	return &files{root: root}, nil
}

func (f *files) close() { _ = f.root.Close() }

// put writes one, whole and durable but for the folder's own entry, see sync. One that is there is replaced: no row
// names it.
func (f *files) put(id string, content io.Reader) error {
	name := unfinished + id
	err := f.write(name, content)
	if err == nil {
		err = f.root.Rename(name, id)
	}
	if err != nil {
		_ = f.root.Remove(name)
		return fmt.Errorf("archive: put a file: %w", explain(err))
	}
	f.there = append(f.there, id)
	return nil
}

func (f *files) write(name string, content io.Reader) error {
	to, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, content)
	if err == nil {
		err = to.Sync()
	}
	return errors.Join(err, to.Close())
}

// sync returns when the folder on the disk says what was put.
func (f *files) sync() error {
	dir, err := f.root.Open(".")
	if err == nil {
		err = errors.Join(dir.Sync(), dir.Close())
	}
	if err != nil {
		return fmt.Errorf("archive: put files: %w", explain(err))
	}
	return nil
}

// remove takes away what was put.
func (f *files) remove() error {
	var all error
	for _, id := range f.there {
		if err := f.root.Remove(id); err != nil && !errors.Is(err, fs.ErrNotExist) {
			all = err
		}
	}
	if all != nil {
		return fmt.Errorf("archive: remove the files again: %w", all)
	}
	return nil
}

// explain makes an error of the disk one of the store's, which callers have words for.
func explain(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w: %w", store.ErrNoRoom, err)
	}
	if errors.Is(err, syscall.EROFS) {
		return fmt.Errorf("%w: %w", store.ErrReadOnly, err)
	}
	return err
}
