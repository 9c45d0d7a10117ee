//go:build unix

package cache

import (
	"errors"
	"strings"
	"syscall"
)

// noRoom reports whether err says that the disk, or this user's part of it, is full.
func noRoom(err error) bool { return says(err, syscall.ENOSPC) || says(err, syscall.EDQUOT) }

// readOnly reports whether err says that the disk may only be read.
func readOnly(err error) bool { return says(err, syscall.EROFS) }

// says reports whether err is number, also where bbolt has made words of it.
func says(err error, number syscall.Errno) bool {
	return errors.Is(err, number) || err != nil && strings.Contains(err.Error(), number.Error())
}
