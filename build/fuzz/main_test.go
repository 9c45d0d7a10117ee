package main

import "testing"

func TestOutOfTime(t *testing.T) {
	const began = "fuzz: elapsed: 10s, execs: 330931 (33825/sec), new interesting: 48 (total: 55)\n"
	for _, c := range []struct {
		out  string
		want bool
	}{
		{began + "--- FAIL: FuzzIt (10.10s)\n    context deadline exceeded\nFAIL\nexit status 1\n", true},
		{began + "--- FAIL: FuzzIt (0.02s)\n    --- FAIL: FuzzIt (0.00s)\n        it_test.go:9: context deadline exceeded\n\n    Failing input written to testdata/fuzz/FuzzIt/1\nFAIL\n", false},
		{began + "--- FAIL: FuzzIt (10.02s)\n    context deadline exceeded\n    Failing input written to testdata/fuzz/FuzzIt/1\nFAIL\n", false},
		{began + "--- FAIL: FuzzIt (3.02s)\n    fuzzing process hung or terminated unexpectedly: exit status 2\nFAIL\n", false},
		{began + "PASS\n", false},
		{"", false},
	} {
		if got := outOfTime(c.out); got != c.want {
			t.Errorf("outOfTime(%q) = %v", c.out, got)
		}
	}
}
