package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"
)

// longStages is what proves more the longer it runs. Every one prints its own figures.
func longStages() []stage {
	min := time.Minute
	return []stage{
		{"crashes, 200 of each program", 30 * min, shown([]string{"PARLEY_KILLS=200"},
			"go", "test", "-count=1", "-v", "-timeout", "60m", "-tags", "e2e", "./backend/crashtest")},
		{"files torn and disks full", 5 * min, shown([]string{"PARLEY_LONG=1"},
			"go", "test", "-count=1", "-v", "-timeout", "30m", "./app/internal/cache")},
		{"simulation", 10 * min, shown(nil, "make", "--no-print-directory", "sim")},
		{"simulation finds faults", 15 * min, shown(nil, "make", "--no-print-directory", "sim-mutants")},
		{"a million commands", 20 * min, shown(nil, "make", "--no-print-directory", "soak")},
		{"fuzzing", 20 * min, shown(nil, "make", "--no-print-directory", "fuzz")},
	}
}

// shown makes a stage's run of a command whose output is shown as it comes.
func shown(env []string, name string, args ...string) func(context.Context) (tally, error) {
	return func(ctx context.Context) (tally, error) {
		var out bytes.Buffer
		c := command(ctx, ".", env, name, args...)
		c.Stdout = io.MultiWriter(os.Stdout, &out)
		c.Stderr = c.Stdout
		err := c.Run()
		if err != nil {
			err = fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
		}
		n := told(out.String())
		if err == nil && n.passed == 0 {
			err = fmt.Errorf("%s %s ran no test", name, strings.Join(args, " "))
		}
		return n, err
	}
}

// verdicts are the lines in which go test -v and build/fuzz say how something ended.
var verdicts = regexp.MustCompile(`(?m)^\s*(--- PASS|--- FAIL|--- SKIP|ok    |FAILED)\s*:? (\S+(?: Fuzz\w+)?)`)

// told counts them.
func told(out string) tally {
	var n tally
	for _, m := range verdicts.FindAllStringSubmatch(out, -1) {
		switch {
		case strings.HasPrefix(m[1], "---"), strings.Contains(m[2], " Fuzz"):
		default:
			continue // a package's line
		}
		switch m[1] {
		case "--- PASS", "ok    ":
			n.passed++
		case "--- SKIP":
			n.skips = append(n.skips, m[2])
		default:
			n.failed++
		}
	}
	return n
}
