package cache

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley/app/internal/engine"
	"parley/app/internal/record"

	"github.com/google/go-cmp/cmp"
)

// halves are the names of the outbox's two files.
var halves = []string{outboxName, outboxCopyName}

// held is all that an outbox holds, as "bucket/key=value" in order.
func held(t testing.TB, f *Files) []string {
	t.Helper()
	var all []string
	for _, op := range f.outbox.state.batch() {
		records, err := f.Read(record.Outbox, op.Bucket, op.Key)
		if err != nil || len(records) == 0 || records[0].Key != op.Key {
			t.Fatalf("%s/%s: %v", op.Bucket, op.Key, err)
		}
		all = append(all, op.Bucket+"/"+op.Key+"="+string(records[0].Value))
	}
	return all
}

// heldIn opens folder and says what its outbox holds, and its troubles.
func heldIn(t testing.TB, folder string) (all []string, told string) {
	t.Helper()
	f, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	all, told = held(t, f), troubles(f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return all, told
}

// words makes an outbox as an agent's day leaves it, and returns what it holds.
func words(t testing.TB, folder string) []string {
	t.Helper()
	f, err := Open(folder)
	if err != nil {
		t.Fatal(err)
	}
	for n := range 12 {
		saveWords(t, f, n)
	}
	all := held(t, f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return all
}

// saveWords saves the nth thing of the day: a command and a draft come, an older command ends.
func saveWords(t testing.TB, f *Files, n int) {
	t.Helper()
	var b record.Batch
	b.Put("device", "self", fmt.Appendf(nil, "device next=%d", n+1))
	b.Put("commands", fmt.Sprintf("%020d", n), fmt.Appendf(nil, "reply %d %s", n, strings.Repeat("word ", 10+n)))
	b.Put("drafts", fmt.Sprintf("chat-%d", n%5), fmt.Appendf(nil, "draft %d %s", n, strings.Repeat("d", 100*n)))
	if n%3 == 2 {
		b.Delete("commands", fmt.Sprintf("%020d", n-2))
	}
	if err := f.Save(record.Outbox, b); err != nil {
		t.Fatal(err)
	}
}

// copyHalves copies what there is of the outbox to a new folder.
func copyHalves(t testing.TB, folder string, names ...string) string {
	t.Helper()
	to := t.TempDir()
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// eachAlone checks that either file is whole and has everything.
func eachAlone(t testing.TB, folder string, want []string) {
	t.Helper()
	for _, name := range halves {
		got, told := heldIn(t, copyHalves(t, folder, name))
		if diff := cmp.Diff(want, got); diff != "" || told != "" {
			t.Errorf("%s alone: %q %s", name, told, diff)
		}
	}
}

// keptWhole checks that every file that is told of is the one that was damaged, byte for byte.
func keptWhole(t testing.TB, f *Files, broken ...[]byte) {
	t.Helper()
	for _, trouble := range f.Troubles() {
		kept, err := os.ReadFile(trouble.File)
		if err != nil || !slices.ContainsFunc(broken, func(b []byte) bool { return bytes.Equal(b, kept) }) {
			t.Errorf("%s is not what was damaged: %v", trouble.File, err)
		}
	}
}

func TestAnOutboxIsInBothFiles(t *testing.T) {
	folder := t.TempDir()
	eachAlone(t, folder, words(t, folder))
}

func TestADamagedHalfIsTakenFromTheOther(t *testing.T) {
	for name, damage := range hurt {
		for _, half := range halves {
			t.Run(name+" of "+half, func(t *testing.T) {
				folder := filled(t)
				want, _ := heldIn(t, folder)
				earlier := filepath.Join(folder, half+".damaged-1")
				if err := os.WriteFile(earlier, []byte("an earlier one"), 0o600); err != nil {
					t.Fatal(err)
				}
				broken := change(t, filepath.Join(folder, half), damage)
				f := open(t, folder)
				if diff := cmp.Diff(want, held(t, f)); diff != "" || troubles(f) != "outbox_restored" {
					t.Errorf("%q %s", troubles(f), diff)
				}
				keptWhole(t, f, broken)
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
				eachAlone(t, folder, want)
				if got, told := heldIn(t, folder); told != "" || len(got) != len(want) {
					t.Errorf("once more: %q", told)
				}
				if b, err := os.ReadFile(earlier); string(b) != "an earlier one" {
					t.Errorf("the earlier one: %q %v", b, err)
				}
			})
		}
	}
}

// spoil changes a byte within the value of each key given.
func spoil(keys ...int) func([]byte) []byte {
	return func(b []byte) []byte {
		for _, k := range keys {
			b[bytes.LastIndex(b, fmt.Appendf(nil, "value %d of round 2 ", k))+7] ^= 1
		}
		return b
	}
}

func TestBothDamagedInDifferentPlaces(t *testing.T) {
	folder := filled(t)
	want, _ := heldIn(t, folder)
	one := change(t, filepath.Join(folder, outboxName), spoil(100, 150, 299))
	other := change(t, filepath.Join(folder, outboxCopyName), spoil(101, 200))
	f := open(t, folder)
	if diff := cmp.Diff(want, held(t, f)); diff != "" || troubles(f) != "outbox_restored outbox_restored" {
		t.Errorf("%q %s", troubles(f), diff)
	}
	keptWhole(t, f, one, other)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	eachAlone(t, folder, want)
}

func TestBothDamagedInTheSamePlace(t *testing.T) {
	folder := filled(t)
	want, _ := heldIn(t, folder)
	one := change(t, filepath.Join(folder, outboxName), spoil(100, 150, 299))
	other := change(t, filepath.Join(folder, outboxCopyName), spoil(101, 150))
	// What stood there before the last Save is in either file too, and is better than nothing.
	for i, line := range want {
		want[i] = strings.Replace(line, "value 150 of round 2", "value 150 of round 1", 1)
	}
	f := open(t, folder)
	if diff := cmp.Diff(want, held(t, f)); diff != "" || troubles(f) != "outbox_damaged outbox_damaged" {
		t.Errorf("%q %s", troubles(f), diff)
	}
	keptWhole(t, f, one, other)
	saveWords(t, f, 1)
	all := held(t, f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	eachAlone(t, folder, all)
}

// TestTheLastSaveIsLost: without the newer of its meta pages a file is as it was one Save before, and looks well.
func TestTheLastSaveIsLost(t *testing.T) {
	folder := t.TempDir()
	words(t, folder)
	f := open(t, folder)
	want := held(t, f)
	saveWords(t, f, 12)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	for _, half := range halves {
		change(t, filepath.Join(folder, half), loseNewest)
	}
	if got, told := heldIn(t, folder); told != "outbox_damaged outbox_damaged" || !cmp.Equal(want, got) {
		t.Errorf("%q %s", told, cmp.Diff(want, got))
	}
}

// loseNewest spoils the meta page with the higher transaction.
func loseNewest(b []byte) []byte {
	at, page := headerSize, os.Getpagesize()
	if txid := at + 48; native.Uint64(b[page+txid:]) > native.Uint64(b[txid:]) {
		at += page
	}
	b[at+20] ^= 1
	return b
}

func TestNothingCanBeRead(t *testing.T) {
	folder := filled(t)
	for _, half := range halves {
		change(t, filepath.Join(folder, half), hurt["not ours"])
	}
	f := open(t, folder)
	if got := held(t, f); len(got) != 0 || troubles(f) != "outbox_damaged outbox_damaged" {
		t.Errorf("%q %d records", troubles(f), len(got))
	}
	saveWords(t, f, 1)
}

// TestAnOlderHalfIsMadeAnew: a crash between the two files of a Save leaves one older.
func TestAnOlderHalfIsMadeAnew(t *testing.T) {
	for _, older := range halves {
		t.Run(older, func(t *testing.T) {
			folder := t.TempDir()
			words(t, folder)
			before, err := os.ReadFile(filepath.Join(folder, older))
			if err != nil {
				t.Fatal(err)
			}
			f := open(t, folder)
			saveWords(t, f, 12)
			want := held(t, f)
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			change(t, filepath.Join(folder, older), func([]byte) []byte { return before })
			if got, told := heldIn(t, folder); told != "" || !cmp.Equal(want, got) {
				t.Errorf("%q %s", told, cmp.Diff(want, got))
			}
			eachAlone(t, folder, want)
		})
	}
}

func TestAMissingHalfIsMadeAnew(t *testing.T) {
	for _, missing := range halves {
		folder := t.TempDir()
		want := words(t, folder)
		if err := os.Remove(filepath.Join(folder, missing)); err != nil {
			t.Fatal(err)
		}
		if got, told := heldIn(t, folder); told != "" || !cmp.Equal(want, got) {
			t.Errorf("without %s: %q %s", missing, told, cmp.Diff(want, got))
		}
		eachAlone(t, folder, want)
	}
}

// hinder makes it impossible to make a half anew, until the function that it returns is called.
func hinder(t *testing.T, folder, half string) (free func()) {
	t.Helper()
	in := filepath.Join(folder, half+".new")
	if err := os.MkdirAll(filepath.Join(in, "in the way"), 0o700); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := os.RemoveAll(in); err != nil {
			t.Fatal(err)
		}
	}
}

// breakOff makes the file of a half answer with errors.
func breakOff(t *testing.T, h *half) {
	t.Helper()
	if err := h.open.f.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestOneHalfIsEnough: a file that breaks while it is open costs nothing that was confirmed; it is said, also when
// the other breaks at the next start; and it heals.
func TestOneHalfIsEnough(t *testing.T) {
	for i, half := range halves {
		t.Run(half, func(t *testing.T) {
			folder := t.TempDir()
			words(t, folder)
			f := open(t, folder)
			free := hinder(t, folder, half)
			breakOff(t, f.outbox.halves[i])
			saveWords(t, f, 20)
			if want := "outbox_one_copy/failing"; troubles(f) != want || f.Troubles()[0].File != filepath.Join(folder, half) {
				t.Errorf("%+v", f.Troubles())
			}
			want, other := held(t, f), halves[1-i]
			alone := copyHalves(t, folder, other, half+behind)
			if got, told := heldIn(t, alone); told != "" || !cmp.Equal(want, got) {
				t.Errorf("at the next start: %q %s", told, cmp.Diff(want, got))
			}
			alone = copyHalves(t, folder, other, half+behind)
			change(t, filepath.Join(alone, other), hurt["not ours"])
			if got, told := heldIn(t, alone); told != "outbox_damaged" || len(got) < 10 {
				t.Errorf("with the other broken too: %q, %d records", told, len(got))
			}
			if got, told := heldIn(t, copyHalves(t, folder, half+behind)); told != "outbox_damaged" || len(got) < 10 {
				t.Errorf("with the other gone: %q, %d records", told, len(got))
			}
			free()
			saveWords(t, f, 21)
			if troubles(f) != "" {
				t.Errorf("healed: %q", troubles(f))
			}
			want = held(t, f)
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			eachAlone(t, folder, want)
			if left, err := filepath.Glob(filepath.Join(folder, "*.*[^b]")); len(left) != 0 || err != nil {
				t.Errorf("left: %q %v", left, err)
			}
		})
	}
}

// TestASaveThatFailsIsNotThere: neither file takes it, and neither has it at the next start; the next one works.
func TestASaveThatFailsIsNotThere(t *testing.T) {
	folder := t.TempDir()
	want := words(t, folder)
	f := open(t, folder)
	var free []func()
	for i, half := range halves {
		breakOff(t, f.outbox.halves[i])
		free = append(free, hinder(t, folder, half))
	}
	err := f.Save(record.Outbox, batch(func(b *record.Batch) { b.Put("q", "refused", []byte("words")) }))
	if !isOnly(err, engine.ErrFailing) || troubles(f) != "outbox_not_written/failing" {
		t.Errorf("%v %q", err, troubles(f))
	}
	if diff := cmp.Diff(want, held(t, f)); diff != "" {
		t.Error(diff)
	}
	if got, told := heldIn(t, copyHalves(t, folder, halves...)); told != "" || !cmp.Equal(want, got) {
		t.Errorf("at the next start: %q %s", told, cmp.Diff(want, got))
	}
	free[0]()
	free[1]()
	saveWords(t, f, 20)
	if want = held(t, f); troubles(f) != "" {
		t.Errorf("after the next Save: %q", troubles(f))
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	eachAlone(t, folder, want)
}

// TestWhatWasNotConfirmedDoesNotComeBack: a half that took a Save and could not say so is left behind when the other
// refused it.
func TestWhatWasNotConfirmedDoesNotComeBack(t *testing.T) {
	folder := t.TempDir()
	want := words(t, folder)
	f := open(t, folder)
	h := f.outbox.halves[0]
	refused := batch(func(b *record.Batch) { b.Put("q", "refused", []byte("words")) })
	if err := h.open.save(refused, f.outbox.tried+1); err != nil {
		t.Fatal(err)
	}
	h.drop()
	h.err = engine.ErrFailing
	f.outbox.settle()
	if got, _ := heldIn(t, copyHalves(t, folder, outboxCopyName, outboxName+behind)); !cmp.Equal(want, got) {
		t.Error(cmp.Diff(want, got))
	}
}

// TestAFileThatIsCutWhileOpen: bbolt faults on the pages that are gone. That is an error, and the end of no process.
func TestAFileThatIsCutWhileOpen(t *testing.T) {
	folder := t.TempDir()
	words(t, folder)
	f := open(t, folder)
	save(t, f, record.Cache, func(b *record.Batch) { b.Put("q", "k", nil) })
	for _, name := range append(slices.Clone(halves), cacheName) {
		if err := os.Truncate(filepath.Join(folder, name), 0); err != nil {
			t.Fatal(err)
		}
	}
	saveWords(t, f, 20)
	if _, err := f.Read(record.Cache, "q", ""); err == nil {
		t.Error("the cache was read")
	}
	if err := f.Save(record.Cache, batch(func(b *record.Batch) { b.Put("q", "k", nil) })); !isOnly(err, engine.ErrFailing) {
		t.Errorf("the cache: %v", err)
	}
	want := held(t, f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	eachAlone(t, folder, want)
}
