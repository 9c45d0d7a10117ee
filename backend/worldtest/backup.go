package worldtest

import (
	"context"
	"io"
	"os"
	"path/filepath"

	"parley/backend/internal/archive"
	"parley/backend/internal/store/sqlite"
	"parley/backend/internal/vendors"
	"parley/backend/server/folder"
)

// Backup writes an archive, as the running server does for `parleyd backup`, and returns where it lies.
func (w *World) Backup() string {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "backup")
	_, err := archive.Place(context.Background(), path, false, func(to io.Writer) error {
		return w.now().server.Office().Backup(context.Background(), to)
	})
	if err != nil {
		w.t.Fatalf("worldtest: backup: %v", err)
	}
	return path
}

// Restore brings the company, whose server is stopped and whose kind is SQLite, back to a backup in a new folder, as
// `parleyd restore` does after the old one was lost. It returns how many replies are uncertain.
func (w *World) Restore(path string) int {
	w.t.Helper()
	w.dir = filepath.Join(w.dir, "restored")
	if err := os.MkdirAll(w.dir, 0o700); err != nil {
		w.t.Fatalf("worldtest: restore: %v", err)
	}
	a, err := archive.Open(path)
	if err != nil {
		w.t.Fatalf("worldtest: restore: %v", err)
	}
	defer a.Close()
	s, err := sqlite.Open(context.Background(), filepath.Join(w.dir, "parley.db"), sqlite.Options{})
	if err != nil {
		w.t.Fatalf("worldtest: restore: %v", err)
	}
	defer s.Close()
	done, err := a.Restore(context.Background(), archive.Target{Store: s, Media: folder.Media(w.dir)})
	if err != nil {
		w.t.Fatalf("worldtest: restore: %v", err)
	}
	return int(done.Uncertain)
}

// PutOff has the vendor refuse the next n replies with the words that it is busy, so that they are sent again later.
func (w *World) PutOff(n int) {
	for range n {
		w.Vendor.Fail(vendors.Fault{Kind: vendors.Refuse, Code: 130429})
	}
}

// Forget has the vendor take the next reply but one, and never tell what became of it.
func (w *World) Forget() {
	w.Vendor.Fail(vendors.Fault{Kind: vendors.Slow}, vendors.Fault{Kind: vendors.Slow, Silent: true})
}
