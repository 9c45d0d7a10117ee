package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"parley/backend/internal/store/postgres/pgtest"
)

// TestServeOnPostgres: two servers run on one database; admin's commands reach it through either, and while none runs;
// a folder whose rows lie there is not taken for an empty one; and nobody logs the password.
func TestServeOnPostgres(t *testing.T) {
	address, err := url.Parse(pgtest.Database(t))
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword(address.User.Username(), "pass-word")
	database := address.String()
	t.Setenv("PARLEY_DATABASE", database)
	one, two := t.TempDir(), t.TempDir()
	a, b := start(t, one), start(t, two)
	team := must(t, one, "team", "create", "--name", "Support", "--prefix", "SUP")["id"].(string)
	must(t, two, "team", "set", "--id", team, "--name", "Help")
	a.stop()
	b.stop()
	for _, p := range []*process{a, b} {
		if log := p.log.String(); strings.Contains(log, "pass-word") || !strings.Contains(log, "store=postgres") {
			t.Errorf("the log: %s", log)
		}
	}
	code, out, problem := parleyd(t, nil, "admin", "team", "list", "--data", one, "--database", database)
	if code != exitDone || !strings.Contains(out, "Help") {
		t.Errorf("offline: %d %s %s", code, out, problem)
	}
	code, _, problem = parleyd(t, nil, "admin", "team", "list", "--data", one)
	if code != exitFailed || !strings.Contains(problem, "--database") {
		t.Errorf("without the database: %d %s", code, problem)
	}
	if _, err := os.Stat(filepath.Join(one, "parley.db")); err == nil {
		t.Error("a second database was made")
	}
	code, _, problem = parleyd(t, nil, "serve", "--data", t.TempDir(), "--database", strings.Replace(database, "/t", "/none", 1))
	if code != exitFailed || strings.Contains(problem, "pass-word") || !strings.Contains(problem, "does not exist") {
		t.Errorf("a database that does not exist: %d %s", code, problem)
	}
}
