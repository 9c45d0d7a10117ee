package cache

import (
	"errors"
	"strings"
	"syscall"

	"golang.org/x/sys/windows"
)

// noRoom reports whether err says that the disk, or this user's part of it, is full.
func noRoom(err error) bool {
	return says(err, windows.ERROR_DISK_FULL) || says(err, windows.ERROR_HANDLE_DISK_FULL) ||
		says(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}

// readOnly reports whether err says that the disk may only be read.
func readOnly(err error) bool { return says(err, windows.ERROR_WRITE_PROTECT) }

// says reports whether err is number, also where bbolt has made words of it.
func says(err error, number syscall.Errno) bool {
	return errors.Is(err, number) || err != nil && strings.Contains(err.Error(), number.Error())
}
