package main

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTold(t *testing.T) {
	const out = `=== RUN   TestCrashes
    crash_test.go:372: seed 2, 1m18s
--- PASS: TestCrashes (78.51s)
    --- FAIL: TestTorn/half (0.01s)
--- SKIP: TestMount (0.00s)
ok  	parley/backend/crashtest	78.600s
FAIL	parley/app/internal/cache	0.1s
ok     parley/backend/wire FuzzDown: fuzz: elapsed: 30s, execs: 1 (1/sec), new interesting: 0 (total: 9)
FAILED parley/backend/wire FuzzUp: fuzz: elapsed: 3s
2 targets, 1 failed
`
	want := tally{passed: 2, failed: 2, skips: []string{"TestMount"}}
	if d := cmp.Diff(want, told(out), cmp.AllowUnexported(tally{})); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

func TestSharesFitTheBudget(t *testing.T) {
	for name, whole := range map[string][]stage{"make test": stages(), "make test-long": longStages()} {
		var sum time.Duration
		for _, s := range whole {
			sum += s.share
		}
		limit := budget
		if name == "make test-long" {
			limit = longBudget
		}
		if sum > limit {
			t.Errorf("the stages of %s may take %v together, and the whole %v", name, sum, limit)
		}
	}
}
