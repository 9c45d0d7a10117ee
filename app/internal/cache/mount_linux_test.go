package cache

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"parley/app/internal/engine"
	"parley/app/internal/record"

	"github.com/google/go-cmp/cmp"
)

// unshared is set, in the environment, for a test that was started again where it may mount.
const unshared = "PARLEY_TEST_UNSHARED"

// disk is a small file system of a test's own.
type disk struct {
	t    *testing.T
	path string
}

// newDisk mounts a tmpfs. Where this process may not, the test is started again by unshare, and newDisk returns nil
// when that has passed.
func newDisk(t *testing.T, size string) *disk {
	t.Helper()
	d := &disk{t, t.TempDir()}
	err := syscall.Mount("parley-test", d.path, "tmpfs", 0, "size="+size)
	if errors.Is(err, syscall.EPERM) && os.Getenv(unshared) == "" {
		again(t)
		return nil
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(d.path, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return d
}

// again runs the test in a namespace of its own, in which every user may mount.
func again(t *testing.T) {
	t.Helper()
	if out, err := exec.Command("unshare", "-rm", "true").CombinedOutput(); err != nil {
		t.Skipf("not run: this process may not mount, and unshare -rm: %v %s", err, out)
	}
	c := exec.Command("unshare", "-rm", os.Args[0], "-test.run=^"+t.Name()+"$")
	c.Env = append(os.Environ(), unshared+"=1")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// fill takes all of the disk's room but so many pages.
func (d *disk) fill(leave int) {
	d.t.Helper()
	f, err := os.Create(filepath.Join(d.path, "ballast"))
	if err != nil {
		d.t.Fatal(err)
	}
	defer f.Close()
	page, size := bytes.Repeat([]byte{1}, os.Getpagesize()), int64(0)
	for {
		n, err := f.Write(page)
		size += int64(n)
		if errors.Is(err, syscall.ENOSPC) {
			break
		}
		if err != nil {
			d.t.Fatal(err)
		}
	}
	if err := f.Truncate(max(0, size-int64(leave*len(page)))); err != nil {
		d.t.Fatal(err)
	}
}

// empty gives the room back.
func (d *disk) empty() {
	d.t.Helper()
	if err := os.Remove(filepath.Join(d.path, "ballast")); err != nil {
		d.t.Fatal(err)
	}
}

// protect makes the disk read-only, or writable again.
func (d *disk) protect(on bool) {
	d.t.Helper()
	flags := uintptr(syscall.MS_REMOUNT)
	if on {
		flags |= syscall.MS_RDONLY
	}
	if err := syscall.Mount("parley-test", d.path, "tmpfs", flags, ""); err != nil {
		d.t.Fatal(err)
	}
}

// folder makes a data folder on the disk, with words and a cache in it.
func (d *disk) folder() (folder string, want []string) {
	d.t.Helper()
	folder = filepath.Join(d.path, "data")
	if err := os.Mkdir(folder, 0o700); err != nil {
		d.t.Fatal(err)
	}
	want = words(d.t, folder)
	f := open(d.t, folder)
	save(d.t, f, record.Cache, func(b *record.Batch) { b.Put("q", "k", []byte("seen")) })
	if err := f.Close(); err != nil {
		d.t.Fatal(err)
	}
	return folder, want
}

// refuses checks that neither file is written, and why; and that what was there can be read.
func refuses(t *testing.T, f *Files, why error, want []string) {
	t.Helper()
	big := batch(func(b *record.Batch) { b.Put("commands", "x", make([]byte, 256<<10)) })
	for _, file := range []record.File{record.Outbox, record.Cache} {
		if err := f.Save(file, big); !isOnly(err, why) {
			t.Errorf("%s: %v", file, err)
		}
	}
	cause := causeOf(why)
	if told := troubles(f); told != fmt.Sprintf("outbox_not_written/%s cache_not_written/%s", cause, cause) {
		t.Errorf("troubles: %q", told)
	}
	if diff := cmp.Diff(want, held(t, f)); diff != "" {
		t.Error(diff)
	}
}

// works checks that all files take what they are given, either copy of the outbox whole, and have it at the next start.
func works(t *testing.T, f *Files, folder string) {
	t.Helper()
	saveWords(t, f, 30)
	save(t, f, record.Cache, func(b *record.Batch) { b.Put("q", "k", []byte("news")) })
	want := held(t, f)
	if told := troubles(f); told != "" {
		t.Errorf("troubles: %q", told)
	}
	eachAlone(t, folder, want)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = open(t, folder)
	if diff := cmp.Diff(want, held(t, f)); diff != "" || troubles(f) != "" {
		t.Errorf("%q %s", troubles(f), diff)
	}
	if diff := cmp.Diff([]string{"k=news"}, keys(t, f, record.Cache, "q", "")); diff != "" || f.CacheLost() {
		t.Errorf("lost=%v %s", f.CacheLost(), diff)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestAFullDisk(t *testing.T) {
	d := newDisk(t, "1m")
	if d == nil {
		return
	}
	folder, want := d.folder()
	f := open(t, folder)
	d.fill(0)
	refuses(t, f, engine.ErrNoRoom, want)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	f = open(t, folder)
	if diff := cmp.Diff([]string{"k=seen"}, keys(t, f, record.Cache, "q", "")); diff != "" || f.CacheLost() || troubles(f) != "" {
		t.Errorf("lost=%v %q %s", f.CacheLost(), troubles(f), diff)
	}
	refuses(t, f, engine.ErrNoRoom, want)
	// What needs no more room than the files have is written still: commands end.
	save(t, f, record.Outbox, func(b *record.Batch) { b.Delete("commands", fmt.Sprintf("%020d", 11)) })
	if got := held(t, f); len(got) != len(want)-1 || troubles(f) != "cache_not_written/no_room" {
		t.Errorf("%d records of %d, %q", len(got), len(want), troubles(f))
	}
	d.empty()
	works(t, f, folder)
}

func TestAFullDiskAtTheFirstStart(t *testing.T) {
	d := newDisk(t, "1m")
	if d == nil {
		return
	}
	d.fill(1)
	f := open(t, d.path)
	refuses(t, f, engine.ErrNoRoom, nil)
	if got := keys(t, f, record.Cache, "q", ""); len(got) != 0 || f.CacheLost() {
		t.Errorf("lost=%v %q", f.CacheLost(), got)
	}
	d.empty()
	works(t, f, d.path)
}

// TestTheCacheIsFullAndTheOutboxIsNot: what the agent writes is kept while what the server says cannot be.
func TestTheCacheIsFullAndTheOutboxIsNot(t *testing.T) {
	d := newDisk(t, "1m")
	if d == nil {
		return
	}
	folder, _ := d.folder()
	f := open(t, folder)
	d.fill(40)
	big := batch(func(b *record.Batch) { b.Put("q", "big", make([]byte, 256<<10)) })
	if err := f.Save(record.Cache, big); !isOnly(err, engine.ErrNoRoom) || troubles(f) != "cache_not_written/no_room" {
		t.Errorf("%v %q", err, troubles(f))
	}
	d.fill(40)
	saveWords(t, f, 20)
	if told := troubles(f); told != "cache_not_written/no_room" {
		t.Errorf("troubles: %q", told)
	}
	d.empty()
	works(t, f, folder)
}

// TestTheDiskFillsUp: at every amount of room that is left, what was confirmed is there at the next start and what was
// refused is not; where only one copy found room, that is said.
func TestTheDiskFillsUp(t *testing.T) {
	d := newDisk(t, "2m")
	if d == nil {
		return
	}
	ends := map[string]int{}
	for pages := range 48 {
		folder, _ := d.folder()
		f := open(t, folder)
		d.fill(pages)
		for n := 20; n < 60; n++ {
			was := held(t, f)
			err := f.Save(record.Outbox, batch(func(b *record.Batch) {
				b.Put("drafts", fmt.Sprint(n), bytes.Repeat([]byte("word "), 700))
			}))
			is := held(t, f)
			if err != nil && (!isOnly(err, engine.ErrNoRoom) || !cmp.Equal(was, is)) {
				t.Fatalf("%d pages: %v %s", pages, err, cmp.Diff(was, is))
			}
			ends[troubles(f)]++
			if got, told := heldIn(t, copyWhatIsThere(t, folder)); !cmp.Equal(is, got) || told != "" {
				t.Fatalf("%d pages: at the next start: %q %s", pages, told, cmp.Diff(is, got))
			}
			if err != nil {
				break
			}
		}
		d.empty()
		works(t, f, folder)
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("Saves by what was told: %v", ends)
	for _, end := range []string{"", "outbox_one_copy/no_room", "outbox_not_written/no_room"} {
		if ends[end] == 0 {
			t.Errorf("never: %q", end)
		}
	}
}

// copyWhatIsThere copies the outbox's files as they lie there, to where there is room.
func copyWhatIsThere(t *testing.T, folder string) string {
	t.Helper()
	there, err := filepath.Glob(filepath.Join(folder, "outbox.*"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range there {
		if !strings.HasSuffix(path, ".new") {
			names = append(names, filepath.Base(path))
		}
	}
	return copyHalves(t, folder, names...)
}

// TestADamagedHalfOnAFullDisk: everything is there, the damaged file stays until there is room for another.
func TestADamagedHalfOnAFullDisk(t *testing.T) {
	d := newDisk(t, "1m")
	if d == nil {
		return
	}
	folder, want := d.folder()
	broken := change(t, filepath.Join(folder, outboxName), hurt["zero at the head"])
	d.fill(0)
	f := open(t, folder)
	if diff := cmp.Diff(want, held(t, f)); diff != "" || troubles(f) != "outbox_restored outbox_one_copy/no_room" {
		t.Errorf("%q %s", troubles(f), diff)
	}
	keptWhole(t, f, broken)
	d.empty()
	saveWords(t, f, 20)
	if got := f.Troubles(); len(got) != 1 || got[0].File != filepath.Join(folder, outboxName+".damaged-1") {
		t.Errorf("with room: %v", got)
	}
	keptWhole(t, f, broken)
	want = held(t, f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	eachAlone(t, folder, want)
}

func TestAReadOnlyDisk(t *testing.T) {
	d := newDisk(t, "1m")
	if d == nil {
		return
	}
	folder, want := d.folder()
	d.protect(true)
	f := open(t, folder)
	if told := troubles(f); told != "outbox_not_written/read_only cache_not_written/read_only" {
		t.Errorf("at the start: %q", told)
	}
	if diff := cmp.Diff([]string{"k=seen"}, keys(t, f, record.Cache, "q", "")); diff != "" || f.CacheLost() {
		t.Errorf("lost=%v %s", f.CacheLost(), diff)
	}
	refuses(t, f, engine.ErrReadOnly, want)
	d.protect(false)
	works(t, f, folder)
}

// TestDamageOnAReadOnlyDisk: what can be read is there, and nothing is moved.
func TestDamageOnAReadOnlyDisk(t *testing.T) {
	d := newDisk(t, "1m")
	if d == nil {
		return
	}
	folder, want := d.folder()
	broken := change(t, filepath.Join(folder, outboxCopyName), hurt["cut in half"])
	change(t, filepath.Join(folder, cacheName), hurt["cut in half"])
	d.protect(true)
	f := open(t, folder)
	if diff := cmp.Diff(want, held(t, f)); diff != "" || !f.CacheLost() {
		t.Errorf("lost=%v %s", f.CacheLost(), diff)
	}
	if told := troubles(f); told != "outbox_restored outbox_not_written/read_only cache_not_written/read_only" {
		t.Errorf("troubles: %q", told)
	}
	if b, err := os.ReadFile(f.Troubles()[0].File); err != nil || !bytes.Equal(b, broken) {
		t.Error("the damaged file is not where it is said to be")
	}
	if got := keys(t, f, record.Cache, "q", ""); len(got) != 0 {
		t.Errorf("the damaged cache was read: %q", got)
	}
	d.protect(false)
	saveWords(t, f, 20)
	save(t, f, record.Cache, func(b *record.Batch) { b.Put("q", "k", nil) })
	if told := troubles(f); told != "outbox_restored" {
		t.Errorf("writable again: %q", told)
	}
	keptWhole(t, f, broken)
}

func TestAnEmptyFolderOnAReadOnlyDisk(t *testing.T) {
	d := newDisk(t, "1m")
	if d == nil {
		return
	}
	d.protect(true)
	f := open(t, d.path)
	refuses(t, f, engine.ErrReadOnly, nil)
	d.protect(false)
	works(t, f, d.path)
}
