package sqlite

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/internal/store/row"
)

// TestCountsOfAnOlderStore: a store of schema 1 did not have beside its chats what an agent's counts need.
func TestCountsOfAnOlderStore(t *testing.T) {
	path := file(t)
	script, err := schema.ReadFile("schema/0001.sql")
	if err != nil {
		t.Fatal(err)
	}
	run(t, path, string(script)+fmt.Sprintf("PRAGMA user_version = 1; PRAGMA application_id = %d;", applicationID)+
		"INSERT INTO meta (id, epoch, clock) VALUES (1, 'e', 0)")
	for i, c := range []chat.Chat{
		{Status: chat.Picked, Assignee: "a"},
		{Status: chat.Picked, Assignee: "a", WaitingSince: 5},
		{Status: chat.Picked, Assignee: "a", WaitingSince: 5, Unread: 2},
		{Status: chat.Picked, Assignee: "a", Unread: 2},
		{Status: chat.OnHold, Assignee: "a", WaitingSince: 5, Unread: 2},
		{Status: chat.Picked, Assignee: "b", WaitingSince: 5, Unread: 2},
		{Status: chat.Queued, WaitingSince: 5, Unread: 2},
	} {
		c.ID = chat.ID(fmt.Sprint("h", i))
		text, err := row.Text(row.Chat(c))
		if err != nil {
			t.Fatal(err)
		}
		run(t, path, fmt.Sprintf("INSERT INTO chats VALUES ('%s', '%[1]s', 's', 'c', 't', '%s', '%s', 1, '%s')", c.ID, c.Assignee, c.Status, text))
	}
	err = open(t, path).Read(t.Context(), func(r store.Reader) error {
		if diff := cmp.Diff(chat.Counts{Held: 4, Waiting: 2, Pending: 1}, r.CountsOf("a")); diff != "" {
			t.Error(diff)
		}
		return r.Err()
	})
	if err != nil {
		t.Error(err)
	}
}

// TestKeptStores: what earlier versions have left behind opens, loses nothing, and what this version needs besides is
// there for its rows.
func TestKeptStores(t *testing.T) {
	kept, err := filepath.Glob("../../../e2e/testdata/data/*/server/parley.db")
	if err != nil || len(kept) == 0 {
		t.Fatalf("no stores of earlier versions: %v", err)
	}
	for _, from := range kept {
		t.Run(filepath.Base(filepath.Dir(filepath.Dir(from))), func(t *testing.T) {
			raw, err := os.ReadFile(from)
			if err != nil {
				t.Fatal(err)
			}
			path := file(t)
			if err := os.WriteFile(path, raw, 0o600); err != nil {
				t.Fatal(err)
			}
			old := open(t, path)
			same := memory.New("kept")
			if err := copyRows(t, old, same); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(ended(t, same), ended(t, old)); diff != "" {
				t.Errorf("after everything that ended was dropped: %s", diff)
			}
		})
	}
}

// copyRows puts from's rows into to, at from's time.
func copyRows(t *testing.T, from, to store.Store) error {
	return from.Read(t.Context(), func(r store.Reader) error {
		return to.Commit(t.Context(), func(tx store.Tx) error {
			tx.Apply(desk.Outcome{Writes: slices.Collect(r.Rows)}, r.Clock())
			return tx.Err()
		})
	})
}

// ended drops all results and outgoing rows that have ended, and returns the rows that are left.
func ended(t *testing.T, s store.Store) (left []desk.Write) {
	before := 0
	err := s.Commit(t.Context(), func(tx store.Tx) error {
		before = len(slices.Collect(tx.Rows))
		tx.Prune(store.Retention{Frames: 1 << 40, Age: 1 << 50, Batch: 1000, Ended: 1}, 1<<50)
		left = slices.Collect(tx.Rows)
		return tx.Err()
	})
	if err != nil || len(left) == before || len(left) == 0 {
		t.Errorf("%d of %d rows left, %v", len(left), before, err)
	}
	return left
}
