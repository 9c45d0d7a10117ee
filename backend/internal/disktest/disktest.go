//go:build linux

// Package disktest makes disks for tests that are full or can only be read: real mounts, of a process that may mount.
// Tests of any room may use it; nothing that ships does.
package disktest

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// unshared is set, in the environment, for a test that was started again where it may mount.
const unshared = "PARLEY_TEST_UNSHARED"

// Disk is a small file system of a test's own.
type Disk struct {
	Path   string
	t      testing.TB
	filler string
}

// New mounts a disk of so many bytes in memory, until t ends. Where this process may not mount, the test is run again by
// `unshare -rm`, and New returns nil when that has passed; where that cannot be either, t is skipped.
func New(t testing.TB, size string) *Disk {
	t.Helper()
	d := &Disk{t: t, Path: t.TempDir()}
	err := syscall.Mount("parley-test", d.Path, "tmpfs", 0, "size="+size)
	if errors.Is(err, syscall.EPERM) && os.Getenv(unshared) == "" {
		again(t)
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(d.Path, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	d.filler = filepath.Join(d.Path, "filler")
	return d
}

// again runs the test in a namespace of its own, in which every user may mount.
func again(t testing.TB) {
	t.Helper()
	if out, err := exec.Command("unshare", "-rm", "true").CombinedOutput(); err != nil {
		t.Skipf("not run: this process may not mount, and unshare -rm: %v %s", err, out)
	}
	top, _, _ := strings.Cut(t.Name(), "/")
	c := exec.Command("unshare", "-rm", os.Args[0], "-test.run=^"+top+"$")
	c.Env = append(os.Environ(), unshared+"=1")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// Fill takes all of the disk's room.
func (d *Disk) Fill() {
	d.t.Helper()
	f, err := os.OpenFile(d.filler, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	for page := bytes.Repeat([]byte{1}, os.Getpagesize()); ; {
		if _, err := f.Write(page); errors.Is(err, syscall.ENOSPC) {
			return
		} else if err != nil {
			d.t.Fatal(err)
		}
	}
}

// Empty gives back what Fill has taken.
func (d *Disk) Empty() {
	d.t.Helper()
	if err := os.Remove(d.filler); err != nil {
		d.t.Fatal(err)
	}
}

// ReadOnly lets the disk only be read, or written again. Nobody may have a file of it open for writing.
func (d *Disk) ReadOnly(on bool) {
	d.t.Helper()
	flags := uintptr(syscall.MS_REMOUNT)
	if on {
		flags |= syscall.MS_RDONLY
	}
	if err := syscall.Mount("parley-test", d.Path, "tmpfs", flags, ""); err != nil {
		d.t.Fatal(err)
	}
}
