package sqlite

import (
	"context"
	"database/sql"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/backend/internal/store/storetest"
)

var rewrite = flag.Bool("rewrite", false, "write the golden files anew")

// TestDocFormat compares what the store writes with what earlier builds have written: a difference is a new
// format and needs a new schema step.
func TestDocFormat(t *testing.T) {
	const golden = "testdata/docs.golden"
	s := open(t, file(t))
	put(t, s, storetest.Fixture()...)
	var got strings.Builder
	for _, table := range []string{"teams", "agents", "assets", "credentials", "tokens", "customers", "identities",
		"addresses", "chats", "messages", "media", "outgoing", "timers", "devices", "results", "drafts", "members"} {
		fmt.Fprintf(&got, "# %s\n%s", table, rowsOf(t, s.writer.sql, table))
	}
	if *rewrite {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Error(diff)
	}
}

func rowsOf(t *testing.T, c *sql.Conn, table string) string {
	t.Helper()
	rows, err := c.QueryContext(context.Background(), "SELECT * FROM "+table+" ORDER BY 1, 2")
	if err != nil {
		t.Fatal(err)
	}
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		for i, v := range values {
			fmt.Fprintf(&out, "%s=%v ", names[i], v)
		}
		out.WriteString("\n")
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
	return out.String()
}
