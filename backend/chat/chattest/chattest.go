// Package chattest runs tables of cases and stories that lie in text files, and holds the tables of the rules in
// package chat. With the flag -rewrite a test writes what it got into its files, to be read over and committed.
package chattest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write what was got into the test's text files")

// Files returns the files that match pattern; none is a failure.
func Files(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatalf("no files match %s: %v", pattern, err)
	}
	return files
}

// Table runs every case of a file: a line "input => output". Other lines are comments or empty.
func Table(t *testing.T, file string, run func(t *testing.T, input string) string) {
	t.Helper()
	check(t, file, func(lines []string) []string {
		var got []string
		for _, l := range lines {
			if input, _, ok := strings.Cut(l, "=>"); ok && !strings.HasPrefix(l, "#") {
				l = strings.TrimRight(input+"=> "+run(t, strings.TrimSpace(input)), " ")
			}
			got = append(got, l)
		}
		return got
	})
}

// Story runs a file's steps: a line "> step", followed by what it gives, indented by two spaces. Other lines are
// comments or empty.
func Story(t *testing.T, file string, run func(t *testing.T, step string) string) {
	t.Helper()
	check(t, file, func(lines []string) []string {
		var got []string
		for _, l := range lines {
			if strings.HasPrefix(l, "  ") {
				continue
			}
			got = append(got, l)
			step, ok := strings.CutPrefix(l, "> ")
			if !ok {
				continue
			}
			for out := range strings.Lines(run(t, step)) {
				got = append(got, strings.TrimRight("  "+out, " \n"))
			}
		}
		return got
	})
}

// check compares a file with what running it gives, or rewrites it.
func check(t *testing.T, file string, run func(lines []string) []string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	got := run(want)
	if *rewrite {
		if err := os.WriteFile(file, []byte(strings.Join(got, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	differ := 0
	for i := range max(len(got), len(want)) {
		if w, g := at(want, i), at(got, i); w != g {
			t.Errorf("%s:%d\nwant %s\n got %s", file, i+1, w, g)
			if differ++; differ == 10 {
				return
			}
		}
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(the end)"
}
