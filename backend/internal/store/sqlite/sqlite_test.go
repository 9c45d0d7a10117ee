package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/internal/store/storetest"
	"parley/backend/wire"
)

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(context.Background(), path, Options{Epoch: storetest.Epoch})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func file(t testing.TB) string { return filepath.Join(t.TempDir(), "parley.db") }

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, file(t)) })
}

func TestSameAsMemory(t *testing.T) {
	for seed := range uint64(4) {
		storetest.Same(t, memory.New(storetest.Epoch), open(t, file(t)), seed, 60)
	}
}

func dump(t *testing.T, s *Store) (text string) {
	t.Helper()
	err := s.Read(t.Context(), func(r store.Reader) error {
		text = storetest.Dump(r)
		return r.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestReopen(t *testing.T) {
	path := file(t)
	storetest.Reopen(t, func(t *testing.T, epoch string) store.Store {
		s, err := Open(t.Context(), path, Options{Epoch: epoch})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func TestAnEpochIsMade(t *testing.T) {
	seen := map[string]bool{}
	for range 3 {
		s, err := Open(t.Context(), file(t), Options{})
		if err != nil {
			t.Fatal(err)
		}
		epoch := ""
		err = s.Read(t.Context(), func(r store.Reader) error { epoch = r.Epoch(); return nil })
		if err != nil || len(epoch) < 20 || seen[epoch] {
			t.Errorf("epoch %q, %v", epoch, err)
		}
		seen[epoch] = true
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestFilesAreForThisUserOnly(t *testing.T) {
	path := file(t)
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s := open(t, path)
	put(t, s, desk.PutTimer{Timer: desk.Timer{ID: "x"}})
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) < 2 {
		t.Fatalf("files %v, error %v", files, err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", filepath.Base(f), info.Mode())
		}
	}
}

func put(t testing.TB, s *Store, writes ...desk.Write) {
	t.Helper()
	if err := try(s, writes...); err != nil {
		t.Fatal(err)
	}
}

func try(s *Store, writes ...desk.Write) error {
	return s.Commit(context.Background(), func(tx store.Tx) error {
		tx.Apply(desk.Outcome{Writes: writes}, 1)
		return nil
	})
}

// run executes a statement on a closed store's file.
func run(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(statement); err != nil {
		t.Error(err)
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
}

func TestOtherFilesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		make func(t *testing.T, path string)
		want error
		says string
	}{
		"newer": {func(t *testing.T, path string) {
			s := open(t, path)
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			run(t, path, "PRAGMA user_version = 99")
		}, ErrNewer, "its schema is 99, this program knows up to 5"},
		"another program's": {func(t *testing.T, path string) { run(t, path, "CREATE TABLE x (y)") }, errForeign, ""},
		"no database": {func(t *testing.T, path string) {
			if err := os.WriteFile(path, bytes.Repeat([]byte("text "), 1000), 0o600); err != nil {
				t.Error(err)
			}
		}, nil, "not a database"},
	} {
		t.Run(name, func(t *testing.T) {
			path := file(t)
			c.make(t, path)
			_, err := Open(t.Context(), path, Options{})
			if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestPathsAreTakenAsTheyAre(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b%20?c#d", "é.db")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, open(t, path), desk.PutTimer{Timer: desk.Timer{ID: "x"}})
	if info, err := os.Stat(path); err != nil || info.Size() == 0 {
		t.Errorf("%v, %v", info, err)
	}
}

// TestWithoutRoom fills the file to its limit: the commit is undone with ErrNoRoom, reading goes on, and with
// room again so does writing.
func TestWithoutRoom(t *testing.T) {
	s := open(t, file(t))
	limit := func(pages string) {
		s.writing.Lock()
		defer s.writing.Unlock()
		if _, err := s.writer.exec("PRAGMA max_page_count = " + pages); err != nil {
			t.Fatal(err)
		}
	}
	put(t, s, desk.PutTimer{Timer: desk.Timer{ID: "t1"}})
	before := dump(t, s)
	limit("1")
	big := desk.PutMessage{Message: chat.Message{ID: "m1", Chat: "h1", Number: 1, Text: strings.Repeat("x", 1<<20)}}
	for range 3 {
		if err := try(s, desk.PutTimer{Timer: desk.Timer{ID: "t2"}}, big); !errors.Is(err, store.ErrNoRoom) {
			t.Fatalf("error %v", err)
		}
		if diff := cmp.Diff(before, dump(t, s)); diff != "" {
			t.Errorf("after it failed: %s", diff)
		}
	}
	limit("1000000")
	put(t, s, big)
}

// TestAnUnreadableDoc: the error names the row and not its words, reads answer "not found" after it, and what
// was decided on them is not committed.
func TestAnUnreadableDoc(t *testing.T) {
	for name, doc := range map[string]string{
		"member": `{"id":"h1","secret":"words"}`, "type": `{"id":"h1","alias":["secret words"]}`,
		"twice": `{"id":"h1","id":"secret words"}`, "cut off": `{"id":"secret words`, "array": `["secret words"]`,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t, file(t))
			put(t, s, desk.PutChat{Chat: chat.Chat{ID: "h1"}}, desk.PutTeam{Team: desk.Team{ID: "t1"}})
			if _, err := s.writer.exec("UPDATE chats SET doc = ?", doc); err != nil {
				t.Fatal(err)
			}
			err := s.Commit(t.Context(), func(tx store.Tx) error {
				if _, ok := tx.Chat("h1"); ok {
					t.Error("it was read")
				}
				if _, ok := tx.Team("t1"); ok {
					t.Error("another row is read after it")
				}
				if f := tx.Apply(desk.Outcome{Frames: []desk.Frame{{Stream: wire.Stream{Kind: wire.TenantStream}}}}, 1); f != nil {
					t.Errorf("frames %v", f)
				}
				return nil
			})
			if err == nil || !strings.Contains(err.Error(), `row.Chat of row "h1"`) || strings.Contains(err.Error(), "secret words") {
				t.Errorf("error %v", err)
			}
			err = s.Read(t.Context(), func(r store.Reader) error { r.ChatsOfIdentity(""); return nil })
			if err == nil {
				t.Error("a read that failed has no error")
			}
		})
	}
}

// TestReadersAreLimited: with one reader the second read waits for the first.
func TestReadersAreLimited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, err := Open(t.Context(), file(t), Options{Readers: 1})
		if err != nil {
			t.Fatal(err)
		}
		second := false
		err = s.Read(t.Context(), func(store.Reader) error {
			go func() {
				if err := s.Read(t.Context(), func(store.Reader) error { second = true; return nil }); err != nil {
					t.Error(err)
				}
			}()
			synctest.Wait()
			if second {
				t.Error("it did not wait")
			}
			return nil
		})
		synctest.Wait()
		if err != nil || !second {
			t.Errorf("afterwards: %v, %v", second, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}
