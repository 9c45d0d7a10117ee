package shell

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestAReadOnlyFolder: one that was used before is taken as it is; with one that was not, it is said what to do.
func TestAReadOnlyFolder(t *testing.T) {
	disk := t.TempDir()
	if err := syscall.Mount("parley-test", disk, "tmpfs", 0, ""); errors.Is(err, syscall.EPERM) {
		t.Skip("not run: this process may not mount")
	} else if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
	used := filepath.Join(disk, "used")
	f, err := Claim(used, noWindow)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(f.KeepServer("wss://chat.example.com"), f.Close()); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("parley-test", disk, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	f = claim(t, used, noWindow)
	if s, err := f.Server(); s != "wss://chat.example.com" || err != nil {
		t.Errorf("%q %v", s, err)
	}
	if err := f.KeepServer("wss://chat.example.com"); err != nil {
		t.Error(err)
	}
	if err := f.KeepServer("wss://other.example.com"); !errors.Is(err, syscall.EROFS) {
		t.Errorf("another server: %v", err)
	}
	_, err = Claim(filepath.Join(disk, "new"), noWindow)
	if err == nil || !errors.Is(err, syscall.EROFS) || !strings.Contains(err.Error(), "may only be read: make it writable, or name another with --data DIR") {
		t.Errorf("a new folder: %v", err)
	}
}

func TestWhatToDoAboutAFolder(t *testing.T) {
	for err, want := range map[error]string{
		&os.PathError{Op: "open", Err: syscall.ENOSPC}:  "make room, or name another with --data DIR",
		&os.PathError{Op: "mkdir", Err: syscall.EACCES}: "this user may not write there: change that, or name another with --data DIR",
		&os.PathError{Op: "mkdir", Err: syscall.EIO}:    "cannot be used; name another with --data DIR",
	} {
		if got := unusable("/folder", err).Error(); !strings.Contains(got, want) || !strings.Contains(got, "/folder") {
			t.Errorf("%v: %s", err, got)
		}
	}
}
