//go:build unix

package cache

import (
	"errors"
	"syscall"
)

// noRoom reports whether err says that the disk, or this user's part of it, is full.
func noRoom(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
