package sqlite

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"parley/backend/internal/store/memory"
	"parley/backend/internal/store/storetest"
	"parley/backend/internal/store/table"
)

// TestQueriesUseIndexes looks at the plan of every statement that the suite has made the store prepare.
func TestQueriesUseIndexes(t *testing.T) {
	s := open(t, file(t))
	storetest.Same(t, memory.New(storetest.Epoch), s, 1, 120)
	statements := maps.Clone(s.writer.statements)
	for range cap(s.readers) {
		c := <-s.readers
		maps.Copy(statements, c.statements)
		s.readers <- c
	}
	if len(statements) < 60 {
		t.Errorf("only %d statements were prepared", len(statements))
	}
	for _, query := range slices.Sorted(maps.Keys(statements)) {
		plan := explainPlan(t, s.writer, query)
		bad := strings.Contains(plan, "SCAN") || strings.Contains(plan, "TEMP B-TREE")
		if _, allowed := table.Scans[query]; bad && !allowed {
			t.Errorf("%s\n%s", query, plan)
		}
	}
	for query := range table.Scans {
		if _, ok := statements[query]; !ok {
			t.Errorf("nothing asks any more: %s", query)
		}
	}
}

func explainPlan(t *testing.T, c *conn, query string) string {
	t.Helper()
	args := make([]any, strings.Count(query, "?"))
	rows, err := c.sql.QueryContext(context.Background(), "EXPLAIN QUERY PLAN "+query, args...)
	if err != nil {
		if strings.HasPrefix(query, "PRAGMA") {
			return ""
		}
		t.Fatalf("%s: %v", query, err)
	}
	var plan strings.Builder
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan.WriteString("  " + detail + "\n")
	}
	if err := rows.Close(); err != nil {
		t.Error(err)
	}
	return plan.String()
}
