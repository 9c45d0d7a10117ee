//go:build unix

package cache

import (
	"errors"
	"os"
	"syscall"
	"testing"

	"parley/app/internal/engine"
)

func TestWhatHindersIsToldApart(t *testing.T) {
	for _, c := range []struct {
		err  error
		want error
	}{
		{&os.PathError{Op: "write", Err: syscall.ENOSPC}, engine.ErrNoRoom},
		{errors.New("file sync error: " + syscall.ENOSPC.Error()), engine.ErrNoRoom}, // as bbolt words it
		{syscall.EDQUOT, engine.ErrNoRoom},
		{syscall.EROFS, engine.ErrReadOnly},
		{&os.PathError{Op: "open", Err: syscall.EACCES}, engine.ErrReadOnly},
		{syscall.EIO, engine.ErrFailing},
		{errPanicked, engine.ErrFailing},
	} {
		if got := hindrance(c.err); !isOnly(got, c.want) {
			t.Errorf("%v is %v", c.err, got)
		}
	}
}
