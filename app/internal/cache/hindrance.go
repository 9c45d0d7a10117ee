package cache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"parley/app/internal/engine"
)

// hindrance says in err which of the engine's errors it is. Everything that is not the disk's size or the right to
// write is the disk that fails.
func hindrance(err error) error {
	switch {
	case err == nil:
		return nil
	case noRoom(err):
		return fmt.Errorf("%w: %w", engine.ErrNoRoom, err)
	case readOnly(err) || errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%w: %w", engine.ErrReadOnly, err)
	}
	return fmt.Errorf("%w: %w", engine.ErrFailing, err)
}

// causeOf says what a hindrance is, for people.
func causeOf(err error) engine.TroubleCause {
	switch {
	case errors.Is(err, engine.ErrNoRoom):
		return engine.CauseNoRoom
	case errors.Is(err, engine.ErrReadOnly):
		return engine.CauseReadOnly
	}
	return engine.CauseFailing
}

// clean reports whether err, of a transaction, is one after which the file is as it was before: a write was refused.
// After all others, as an fsync that failed, nobody knows what is on the disk.
func clean(err error) bool {
	var refused *fs.PathError
	return errors.As(err, &refused) && refused.Op == "write" && (noRoom(err) || readOnly(err))
}
