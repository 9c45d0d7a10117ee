package cache

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/app/internal/record"

	"github.com/google/go-cmp/cmp"
)

// TestDataOfEarlierVersions: a folder of a version that kept one copy opens with everything in it and gets the second.
func TestDataOfEarlierVersions(t *testing.T) {
	folders, err := filepath.Glob("../../../backend/e2e/testdata/data/*/console")
	if err != nil || len(folders) == 0 {
		t.Fatalf("no data of earlier versions: %v", err)
	}
	for _, from := range folders {
		t.Run(filepath.Base(filepath.Dir(from)), func(t *testing.T) {
			folder := t.TempDir()
			if err := os.CopyFS(folder, os.DirFS(from)); err != nil {
				t.Fatal(err)
			}
			f := open(t, folder)
			got := held(t, f)
			if f.CacheLost() || troubles(f) != "" || !strings.Contains(strings.Join(got, "\n"), "Chega amanhã de manhã.") {
				t.Errorf("lost=%v %q %q", f.CacheLost(), troubles(f), got)
			}
			if chats := keys(t, f, record.Cache, "chats", ""); len(chats) == 0 {
				t.Error("the cache has no chats")
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			eachAlone(t, folder, got)
			again := open(t, folder)
			saveWords(t, again, 1)
			if got = held(t, again); troubles(again) != "" {
				t.Errorf("once more: %q", troubles(again))
			}
			if err := again.Close(); err != nil {
				t.Fatal(err)
			}
			eachAlone(t, folder, got)
		})
	}
}

// TestAnEarlierVersionWroteMeanwhile: it knows of one copy and of no generation; what it wrote counts.
func TestAnEarlierVersionWroteMeanwhile(t *testing.T) {
	folder := t.TempDir()
	words(t, folder)
	db, err := openFile(filepath.Join(folder, outboxName), false)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.save(nth(1), 0); err != nil {
		t.Fatal(err)
	}
	if err := db.close(); err != nil {
		t.Fatal(err)
	}
	got, told := heldIn(t, folder)
	if told != "" || !strings.Contains(strings.Join(got, "\n"), "count/n=2") {
		t.Errorf("%q %s", told, cmp.Diff(nil, got))
	}
	eachAlone(t, folder, got)
}
