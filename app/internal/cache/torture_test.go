package cache

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// pair is the content of the outbox's two files.
type pair [2][]byte

func readPair(t testing.TB, folder string) (p pair) {
	t.Helper()
	for i, name := range halves {
		var err error
		if p[i], err = os.ReadFile(filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// lay writes the pair to a new folder.
func (p pair) lay(t testing.TB) string {
	t.Helper()
	folder := t.TempDir()
	for i, name := range halves {
		if err := os.WriteFile(filepath.Join(folder, name), p[i], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// long makes the torture tests do many times as much.
var long = os.Getenv("PARLEY_LONG") != ""

// times is how often something is tried: a few times, or as often as a long test does.
func times(few, many int) int {
	if long {
		return many
	}
	return max(few/slower, 1)
}

// tortured is an outbox to be tortured, and every line that was ever saved in it.
type tortured struct {
	folder string
	ever   map[string]bool
}

// kinds of outbox: one whose values lie within a page or two, and one with branches and long values.
var kinds = map[string]func(*testing.T) tortured{
	"small": func(t *testing.T) tortured {
		folder := t.TempDir()
		words(t, folder)
		return tortured{folder, everInWords(t)}
	},
	"large": func(t *testing.T) tortured {
		o := tortured{filled(t), map[string]bool{}}
		for round := range 3 {
			for i := range 300 {
				o.ever[fmt.Sprintf("many/key-%04d=value %d of round %d %s", i, i, round, strings.Repeat("x", i))] = true
			}
		}
		all, _ := heldIn(t, o.folder)
		for _, line := range all[:2] { // few and long, which never change
			o.ever[line] = true
		}
		return o
	},
}

// everInWords are all lines that words ever saves.
func everInWords(t testing.TB) map[string]bool {
	t.Helper()
	f, err := Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	ever := map[string]bool{}
	for n := range 12 {
		saveWords(t, f, n)
		for _, line := range held(t, f) {
			ever[line] = true
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return ever
}

// TestEitherCutAtEveryPage: nothing is lost, and after the start either file has everything again.
func TestEitherCutAtEveryPage(t *testing.T) {
	for kind, made := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			folder, cuts := made(t).folder, 0
			want, _ := heldIn(t, folder)
			sound := readPair(t, folder)
			for i := range halves {
				for at := 0; at < len(sound[i]); at += os.Getpagesize() {
					broken := sound
					broken[i] = sound[i][:at]
					folder := broken.lay(t)
					got, told := heldIn(t, folder)
					if diff := cmp.Diff(want, got); diff != "" || told != "" && told != "outbox_restored" {
						t.Fatalf("%s cut at %d: %q %s", halves[i], at, told, diff)
					}
					if cuts++; cuts%times(8, 1) == 0 {
						eachAlone(t, folder, want)
					}
				}
			}
			t.Logf("%d cuts", cuts)
		})
	}
}

// flip changes bytes of b at random places.
func flip(b []byte, r *rand.Rand) []byte {
	b = bytes.Clone(b)
	for range 1 + r.IntN(12) {
		at := r.IntN(len(b))
		if r.IntN(3) == 0 {
			at = r.IntN(min(len(b), 4*os.Getpagesize()))
		}
		b[at] ^= byte(1 + r.IntN(255))
	}
	if r.IntN(4) == 0 {
		b = b[:r.IntN(len(b))]
	}
	return b
}

// TestFlippedBytes: in one file they cost nothing. In both, what is given back was saved once, the files are kept as
// they were, it is said if anything is missing, and the outbox works.
func TestFlippedBytes(t *testing.T) {
	for kind, made := range kinds {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			o, ends := made(t), map[string]int{}
			want, _ := heldIn(t, o.folder)
			sound := readPair(t, o.folder)
			for seed := range uint64(times(40, 2000)) {
				r := rand.New(rand.NewPCG(seed, 3))
				broken, which := sound, r.IntN(3)
				for i := range halves {
					if which == i || which == 2 {
						broken[i] = flip(sound[i], r)
					}
				}
				ends[flipped(t, broken, want, o.ever, which == 2)]++
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
			t.Logf("ends by what was told: %v", ends)
		})
	}
}

// flipped opens a pair that was damaged and returns the troubles that were told. Where nothing is said to be missing,
// want is there, unless that is nil.
func flipped(t *testing.T, broken pair, want []string, ever map[string]bool, both bool) (told string) {
	folder := broken.lay(t)
	f := open(t, folder)
	got, told := held(t, f), troubles(f)
	whole := !strings.Contains(told, "outbox_damaged")
	if diff := cmp.Diff(want, got); whole && want != nil && diff != "" || !whole && !both {
		t.Errorf("%q %s", told, diff)
	}
	for _, line := range got {
		if !ever[line] {
			t.Errorf("%q was never saved", line)
		}
	}
	keptWhole(t, f, broken[:]...)
	saveWords(t, f, 50)
	got = held(t, f)
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	eachAlone(t, folder, got)
	return told
}

// TestTornSaves: at every moment of a Save the power may go. Of one file some of the pages that were written are
// there, of the meta page a part; the other file is before or behind. Either all of the Save is there or nothing,
// and all that was confirmed.
func TestTornSaves(t *testing.T) {
	t.Parallel()
	saves, seeds := 12, times(3, 100)
	folder := t.TempDir()
	f := open(t, folder)
	before, was := readPair(t, folder), held(t, f)
	for n := range saves {
		saveWords(t, f, n)
		after, is := readPair(t, folder), held(t, f)
		for seed := range uint64(seeds) {
			r := rand.New(rand.NewPCG(seed, uint64(n)))
			for i, states := range []pair{{torn(before[0], after[0], r), before[1]}, {after[0], torn(before[1], after[1], r)}} {
				folder := states.lay(t)
				got, told := heldIn(t, folder)
				if !cmp.Equal(got, is) && (i == 1 || !cmp.Equal(got, was)) || strings.Contains(told, "outbox_damaged") {
					t.Fatalf("save %d, seed %d, %s torn: %q %s", n, seed, halves[i], told, cmp.Diff(is, got))
				}
				eachAlone(t, folder, got)
			}
		}
		before, was = after, is
	}
	t.Logf("%d torn states", saves*seeds*2)
}

// torn is a file as bbolt was writing it when the power went: it writes the pages, waits for the disk, and then writes
// the meta page.
func torn(before, after []byte, r *rand.Rand) []byte {
	page := os.Getpagesize()
	b := append(bytes.Clone(before), make([]byte, max(0, len(after)-len(before)))...)
	all := r.IntN(2) == 0
	for at := 2 * page; at < len(after); at += page {
		if all || r.IntN(2) == 0 {
			copy(b[at:at+page], after[at:at+page])
		}
	}
	if all {
		part := r.IntN(headerSize + metaSize + 1)
		for _, meta := range []int{0, page} {
			copy(b[meta:meta+part], after[meta:meta+part])
		}
	}
	if !all && r.IntN(2) == 0 {
		b = b[:len(before)]
	}
	return b
}
