package cache

import (
	"errors"

	"golang.org/x/sys/windows"
)

// noRoom reports whether err says that the disk, or this user's part of it, is full.
func noRoom(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) ||
		errors.Is(err, windows.ERROR_DISK_QUOTA_EXCEEDED)
}
