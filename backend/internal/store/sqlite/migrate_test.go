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
	"parley/backend/internal/store/storetest"
)

// TestCountsOfAnOlderStore: a store of schema 1 did not have beside its chats what an agent's counts need.
func TestCountsOfAnOlderStore(t *testing.T) {
	path := older(t, 1)
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
		text, err := row.Text(row.NewChat(c))
		if err != nil {
			t.Fatal(err)
		}
		run(t, path, fmt.Sprintf("INSERT INTO chats VALUES ('%s', '%[1]s', 's', 'c', 't', '%s', '%s', 1, '%s')", c.ID, c.Assignee, c.Status, text))
	}
	err := open(t, path).Read(t.Context(), func(r store.Reader) error {
		if diff := cmp.Diff(chat.Counts{Held: 4, Waiting: 2, Pending: 1}, r.CountsOf("a")); diff != "" {
			t.Error(diff)
		}
		return r.Err()
	})
	if err != nil {
		t.Error(err)
	}
}

// TestQueuesOfAnOlderStore: one of schema 3 had no aliases, knew the queued chats by an index that the chats on hold that
// nobody holds were not in, and did not note when somebody wrote last.
func TestQueuesOfAnOlderStore(t *testing.T) {
	path := older(t, 3)
	for i, c := range []chat.Chat{{Status: chat.Queued}, {Status: chat.OnHold}, {Status: chat.OnHold, Assignee: "a"}, {Status: chat.Closed}} {
		c.ID, c.Team, c.LastInboundAt, c.LastText = chat.ID(fmt.Sprint("h", i)), "t", chat.Millis(20*i), `a "text"}`
		text, err := row.Text(row.NewChat(c))
		if err != nil {
			t.Fatal(err)
		}
		run(t, path, fmt.Sprintf("INSERT INTO chats VALUES ('%s', '%[1]s', 's', 'c', 't', '%s', '%s', 1, '%s', 0)", c.ID, c.Assignee, c.Status, text))
	}
	run(t, path, `INSERT INTO messages VALUES ('h1', 1, 'm1', 'reply', 1, NULL, NULL, '{"id":"m1","chat":"h1","number":1,"at":30}'),
		('h1', 2, 'm2', 'note', 0, NULL, NULL, '{"id":"m2","chat":"h1","number":2,"at":90}'),
		('h2', 1, 'm3', 'reply', 1, NULL, NULL, '{"id":"m3","chat":"h2","number":1,"at":10}')`)
	s := open(t, path)
	ids := func(list []chat.Chat) (all string) {
		for _, c := range list {
			all += string(c.ID) + " "
		}
		return all
	}
	err := s.Commit(t.Context(), func(tx store.Tx) error {
		if queued, all := ids(tx.ChatsQueuedIn("t")), ids(tx.ChatsOpenIn("t", "", 9)); queued != "h0 h1 " || all != "h0 h1 h2 " {
			t.Errorf("%sare queued, and %sopen", queued, all)
		}
		for id, active := range map[chat.ID]chat.Millis{"h0": 0, "h1": 30, "h2": 40, "h3": 0} {
			if c, _ := tx.Chat(id); c.Course.ActiveAt != active || c.LastText != `a "text"}` {
				t.Errorf("%s: %+v", id, c)
			}
		}
		c, _ := tx.Chat("h3")
		c.Alias = "Straße"
		tx.Apply(desk.Outcome{Writes: []desk.Write{desk.PutChat{Chat: c}}}, 1)
		if found, ok := tx.ChatByAlias("STRASSE"); !ok || found.ID != c.ID {
			t.Errorf("by its alias it is %q, %v", found.ID, ok)
		}
		return tx.Err()
	})
	if err != nil {
		t.Error(err)
	}
}

// TestPlacesOfAnOlderStore: one of schema 4 did not know where the queued chats lie, nor a team's agents.
func TestPlacesOfAnOlderStore(t *testing.T) {
	path := older(t, 4)
	for _, c := range storetest.Places() {
		text, err := row.Text(row.NewChat(c))
		if err != nil {
			t.Fatal(err)
		}
		run(t, path, fmt.Sprintf("INSERT INTO chats VALUES ('%s', '%[1]s', 's', 'c', '%s', '', '%s', 1, '%s', 0, NULL)", c.ID, c.Team, c.Status, text))
	}
	run(t, path, `INSERT INTO agents VALUES ('a', '{"id":"a","teams":["t1","t2","t1"]}'), ('b', '{"id":"b"}'), ('c', '{"id":"c","teams":["t1"]}')`)
	s := open(t, path)
	for _, c := range storetest.Places() {
		var place, want *string
		if c.Status == chat.Queued {
			p := store.Place(&c)
			want = &p
		}
		if err := s.writer.sql.QueryRowContext(t.Context(), "SELECT place FROM chats WHERE id = ?", c.ID).Scan(&place); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, place); diff != "" {
			t.Errorf("%s: %s", c.ID, diff)
		}
	}
	members := "team=t1 agent=a \nteam=t1 agent=c \nteam=t2 agent=a \n"
	if diff := cmp.Diff(members, rowsOf(t, s.writer.sql, "members")); diff != "" {
		t.Error(diff)
	}
}

// older makes an empty store of an earlier schema and returns where it is.
func older(t *testing.T, version int) string {
	t.Helper()
	path := file(t)
	for n := 1; n <= version; n++ {
		script, err := schema.ReadFile(fmt.Sprintf("schema/%04d.sql", n))
		if err != nil {
			t.Fatal(err)
		}
		run(t, path, string(script))
	}
	run(t, path, fmt.Sprintf("PRAGMA user_version = %d; PRAGMA application_id = %d;", version, applicationID)+
		"INSERT INTO meta (id, epoch, clock) VALUES (1, 'e', 0)")
	return path
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
