package postgres

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/internal/store/postgres/pgtest"
	"parley/backend/internal/store/row"
	"parley/backend/internal/store/storetest"
	"parley/backend/internal/store/table"
)

var seeds = flag.Uint64("seeds", 4, "how many seeds TestSameAsMemory plays")

func open(t testing.TB, url string) *Store {
	t.Helper()
	s, err := Open(context.Background(), url, Options{Epoch: storetest.Epoch})
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

func TestStore(t *testing.T) {
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, pgtest.Database(t)) })
}

func TestSameAsMemory(t *testing.T) {
	for seed := range *seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			storetest.Same(t, memory.New(storetest.Epoch), open(t, pgtest.Database(t)), seed, 60)
		})
	}
}

func TestReopen(t *testing.T) {
	url := pgtest.Database(t)
	storetest.Reopen(t, func(t *testing.T, epoch string) store.Store {
		s, err := Open(t.Context(), url, Options{Epoch: epoch})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}

func dump(t *testing.T, s store.Store) (text string) {
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

// TestOpenTogether: servers that start on an empty database make one store.
func TestOpenTogether(t *testing.T) {
	url := pgtest.Database(t)
	var wait sync.WaitGroup
	epochs := make([]string, 4)
	for i := range epochs {
		wait.Go(func() {
			s, err := Open(t.Context(), url, Options{})
			if err != nil {
				t.Error(err)
				return
			}
			err = s.Read(t.Context(), func(r store.Reader) error {
				epochs[i] = r.Epoch()
				return r.Err()
			})
			if err := errors.Join(err, s.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if distinct := slices.Compact(slices.Clone(epochs)); len(distinct) != 1 || len(epochs[0]) < 20 {
		t.Errorf("epochs %q", epochs)
	}
}

// TestAnOlderDatabase of schema 1 had no aliases, knew the queued chats by an index that the chats on hold that nobody holds
// were not in, and did not note when somebody wrote last.
func TestAnOlderDatabase(t *testing.T) {
	url := pgtest.Database(t)
	first, err := schema.ReadFile("schema/0001.sql")
	if err != nil {
		t.Fatal(err)
	}
	pgtest.Run(t, url, string(first)+`; CREATE TABLE parley_schema (version INTEGER NOT NULL); INSERT INTO parley_schema VALUES (1);
		INSERT INTO meta (id, epoch, clock, version) VALUES (1, 'e', 0, 0);
		INSERT INTO chats VALUES ('h1', 'i1', 's', 'c', 't', '', 'on_hold', 1, 0, '{"id":"h1","status":"on_hold","team":"t","last_inbound_at":20}');
		INSERT INTO messages VALUES ('h1', 1, 'm1', 'reply', 1, NULL, NULL, '{"id":"m1","chat":"h1","number":1,"at":30}'),
		('h1', 2, 'm2', 'note', 0, NULL, NULL, '{"id":"m2","chat":"h1","number":2,"at":90}')`)
	s := open(t, url)
	err = s.Commit(t.Context(), func(tx store.Tx) error {
		queued := tx.ChatsQueuedIn("t")
		if len(queued) != 1 || queued[0].ID != "h1" || queued[0].Course.ActiveAt != 30 {
			t.Fatalf("queued are %+v", queued)
		}
		queued[0].Alias = "Straße"
		tx.Apply(desk.Outcome{Writes: []desk.Write{desk.PutChat{Chat: queued[0]}}}, 1)
		return tx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Read(t.Context(), func(r store.Reader) error {
		if found, ok := r.ChatByAlias("STRASSE"); !ok || found.ID != "h1" {
			t.Errorf("by its alias it is %q, %v", found.ID, ok)
		}
		return r.Err()
	})
	if err != nil {
		t.Error(err)
	}
}

// TestPlacesOfAnOlderDatabase: one of schema 2 did not know where the queued chats lie, nor a team's agents.
func TestPlacesOfAnOlderDatabase(t *testing.T) {
	url := pgtest.Database(t)
	for _, name := range []string{"schema/0001.sql", "schema/0002.sql"} {
		script, err := schema.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		pgtest.Run(t, url, string(script))
	}
	pgtest.Run(t, url, `CREATE TABLE parley_schema (version INTEGER NOT NULL); INSERT INTO parley_schema VALUES (2);
		INSERT INTO meta (id, epoch, clock, version) VALUES (1, 'e', 0, 0);
		INSERT INTO agents VALUES ('a', '{"id":"a","teams":["t1","t2","t1"]}'), ('b', '{"id":"b"}'), ('c', '{"id":"c","teams":["t1"]}')`)
	var want []string
	for _, c := range storetest.Places() {
		text, err := row.Text(row.NewChat(c))
		if err != nil {
			t.Fatal(err)
		}
		pgtest.Run(t, url, fmt.Sprintf("INSERT INTO chats VALUES ('%s', '%[1]s', 's', 'c', '%s', '', '%s', 1, 0, '%s')", c.ID, c.Team, c.Status, text))
		if c.Status == chat.Queued {
			want = append(want, store.Place(&c))
		}
	}
	s := open(t, url)
	for query, want := range map[string]string{
		"SELECT string_agg(place, ' ' ORDER BY id) FROM chats":                           strings.Join(want, " "),
		"SELECT string_agg(team || ':' || agent, ' ' ORDER BY team, agent) FROM members": "t1:a t1:c t2:a",
	} {
		got, err := values(t.Context(), s.writer, query)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{want}, got); diff != "" {
			t.Errorf("%s: %s", query, diff)
		}
	}
}

func TestOtherDatabasesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		want   error
		says   string
	}{
		"newer":             {"UPDATE parley_schema SET version = 99", ErrNewer, "its schema is 99, this program knows up to 3"},
		"another program's": {"DROP TABLE parley_schema", errForeign, ""},
	} {
		t.Run(name, func(t *testing.T) {
			url := pgtest.Database(t)
			if err := open(t, url).Close(); err != nil {
				t.Fatal(err)
			}
			pgtest.Run(t, url, c.script)
			_, err := Open(t.Context(), url, Options{})
			if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestNoErrorRepeatsThePassword(t *testing.T) {
	for _, url := range []string{
		"postgres://parley:secret@127.0.0.1:1/x", "postgres://parley:sec ret@%zz/x", "host=127.0.0.1 port=x password=secret",
		"postgres://parley:secret@127.0.0.1:port/x", "postgres://parley:secret@/x?host=/nowhere&connect_timeout=secret",
	} {
		s, err := Open(t.Context(), url, Options{})
		if err == nil {
			t.Errorf("%s: it was opened", url)
			_ = s.Close()
			continue
		}
		if strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "sec ret") {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// cut ends every connection of every store to a database.
const cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

// TestLostConnections: what was under way fails and is not stored; everything after it goes over new connections.
func TestLostConnections(t *testing.T) {
	url := pgtest.Database(t)
	s := open(t, url)
	team := func(tx store.Tx, id chat.TeamID) {
		tx.Apply(desk.Outcome{Writes: []desk.Write{desk.PutTeam{Team: desk.Team{ID: id, Prefix: string(id)}}}}, 1)
	}
	commit := func(id chat.TeamID, meanwhile func()) error {
		return s.Commit(t.Context(), func(tx store.Tx) error {
			team(tx, id)
			meanwhile()
			return tx.Err()
		})
	}
	for name, meanwhile := range map[string]func(){"before": func() {}, "during": func() { pgtest.Run(t, url, cut) }} {
		pgtest.Run(t, url, cut)
		if err := commit(chat.TeamID(name), meanwhile); (err != nil) != (name == "during") {
			t.Errorf("a commit, connections lost %s it: %v", name, err)
		}
	}
	if err := commit("after", func() {}); err != nil {
		t.Error(err)
	}
	pgtest.Run(t, url, cut)
	err := s.Read(t.Context(), func(r store.Reader) error {
		if diff := cmp.Diff([]desk.Team{{ID: "after", Prefix: "after"}, {ID: "before", Prefix: "before"}}, r.Teams()); diff != "" {
			t.Error(diff)
		}
		return r.Err()
	})
	if err != nil {
		t.Error(err)
	}
}

func TestReadOnlyDatabase(t *testing.T) {
	url := pgtest.Database(t)
	s := open(t, url)
	set := func(on string) {
		pgtest.Run(t, url, "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = "+on+"', current_database()); END $$")
		pgtest.Run(t, url, cut)
	}
	set("on")
	write := func() error {
		return s.Commit(t.Context(), func(tx store.Tx) error { tx.SetClock(5); return tx.Err() })
	}
	if err := write(); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("error %v", err)
	}
	dump(t, s)
	pgtest.Run(t, url+"&options=-c%20default_transaction_read_only%3Doff", "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I RESET default_transaction_read_only', current_database()); END $$")
	pgtest.Run(t, url, cut)
	if err := write(); err != nil {
		t.Errorf("when it can be written again: %v", err)
	}
}

// TestQueriesUseIndexes looks at the plan of every statement that the suite has made the store prepare.
func TestQueriesUseIndexes(t *testing.T) {
	s := open(t, pgtest.Database(t))
	storetest.Same(t, memory.New(storetest.Epoch), s, 1, 40)
	seen := 0
	check := func(c *conn) {
		for query, statement := range c.statements {
			seen++
			plan := explainPlan(t, c, statement)
			bad := strings.Contains(plan, "Seq Scan") || strings.Contains(plan, "Sort")
			if _, allowed := table.Scans[query]; bad && !allowed && query != lockMeta && query != nextVersion { // one row
				t.Errorf("%s\n%s", query, plan)
			}
		}
	}
	check(s.writer)
	for range cap(s.readers) {
		c := <-s.readers
		if c.usable() {
			check(c)
		}
		s.readers <- c
	}
	if seen < 100 {
		t.Errorf("only %d statements were prepared", seen)
	}
}

func explainPlan(t *testing.T, c *conn, s *pgconn.StatementDescription) string {
	t.Helper()
	args := ""
	if n := len(s.ParamOIDs); n > 0 {
		args = "(" + strings.Repeat("NULL, ", n-1) + "NULL)"
	}
	plan, err := values(t.Context(), c, "BEGIN; EXPLAIN (FORMAT json) EXECUTE "+s.Name+args)
	if _, e := values(t.Context(), c, "ROLLBACK"); e != nil {
		t.Fatal(e)
	}
	if err != nil {
		return "" // BEGIN and the like have no plan
	}
	return strings.Join(plan, "\n")
}
