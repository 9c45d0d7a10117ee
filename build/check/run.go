package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// tally counts tests.
type tally struct {
	passed, failed int
	skips          []string // package, test
}

func (t tally) plus(u tally) tally {
	return tally{t.passed + u.passed, t.failed + u.failed, append(t.skips, u.skips...)}
}

// command makes a command in dir with env added, which is ended with ctx.
func command(ctx context.Context, dir string, env []string, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), env...)
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 10 * time.Second
	return c
}

// plain makes a stage's run of a command that has no tests in it; its output is shown if it fails.
func plain(dir string, env []string, name string, args ...string) func(context.Context) (tally, error) {
	return func(ctx context.Context) (tally, error) {
		out, err := command(ctx, dir, env, name, args...).CombinedOutput()
		if err != nil {
			fmt.Printf("%s\n", bytes.TrimSpace(out))
			return tally{}, fmt.Errorf("%s %s: %w", name, strings.Join(args, " "), err)
		}
		return tally{}, nil
	}
}

// silent makes a stage's run of a command that must print nothing.
func silent(hint, name string, args ...string) func(context.Context) (tally, error) {
	return func(ctx context.Context) (tally, error) {
		out, err := command(ctx, ".", nil, name, args...).CombinedOutput()
		if err != nil || len(bytes.TrimSpace(out)) > 0 {
			return tally{}, fmt.Errorf("%s (%v):\n%s", hint, err, bytes.TrimSpace(out))
		}
		return tally{}, nil
	}
}

// all runs one after the other and stops at the first that fails.
func all(runs ...func(context.Context) (tally, error)) func(context.Context) (tally, error) {
	return func(ctx context.Context) (tally, error) {
		var sum tally
		for _, r := range runs {
			t, err := r(ctx)
			sum = sum.plus(t)
			if err != nil {
				return sum, err
			}
		}
		return sum, nil
	}
}

// event is a line of `go test -json`.
type event struct {
	Action, Package, Test, Output string
}

// goTest runs go test with args and counts every test and subtest that has none below it.
func goTest(env []string, args ...string) func(context.Context) (tally, error) {
	return func(ctx context.Context) (tally, error) {
		c := command(ctx, ".", env, "go", append([]string{"test", "-json"}, args...)...)
		c.Stderr = os.Stdout
		out, err := c.StdoutPipe()
		if err != nil {
			return tally{}, err
		}
		if err := c.Start(); err != nil {
			return tally{}, err
		}
		n, readErr := count(out)
		if err := c.Wait(); err != nil {
			return n, fmt.Errorf("go test: %w", err)
		}
		return n, readErr
	}
}

// count reads the events of go test -json; what a failed test or package printed is printed.
func count(r io.Reader) (tally, error) {
	var n tally
	output := map[string][]string{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var e event
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			fmt.Println(lines.Text())
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output", "build-output":
			output[key] = append(output[key], e.Output)
		case "pass":
			if e.Test != "" {
				n.passed++
			}
			delete(output, key)
		case "skip":
			if e.Test != "" {
				n.skips = append(n.skips, key)
			}
		case "fail":
			if e.Test != "" {
				n.failed++
			}
			fmt.Printf("FAIL %s\n%s\n", key, strings.Join(output[key], ""))
		case "build-fail":
			fmt.Printf("BUILD FAILED %s\n%s\n", key, strings.Join(output[key], ""))
		}
	}
	return n, lines.Err()
}

// vitest runs the page's unit tests and counts them.
func vitest(ctx context.Context) (tally, error) {
	out, err := command(ctx, "frontend", []string{"NO_COLOR=1"}, "npm", "test", "--silent").CombinedOutput()
	var n tally
	for _, m := range regexp.MustCompile(`(?m)^\s*Tests\s.*$`).FindAllString(string(out), -1) {
		n.passed += number(m, `(\d+) passed`)
		n.failed += number(m, `(\d+) failed`)
	}
	if err != nil {
		fmt.Printf("%s\n", bytes.TrimSpace(out))
		return n, fmt.Errorf("npm test: %w", err)
	}
	if n.passed == 0 {
		return n, fmt.Errorf("npm test ran no test:\n%s", out)
	}
	return n, nil
}

func number(s, pattern string) int {
	m := regexp.MustCompile(pattern).FindStringSubmatch(s)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(m[1])
	return n
}

// raced runs the tests of all packages but dayLong with the race detector.
func raced(ctx context.Context) (tally, error) {
	out, err := command(ctx, ".", nil, "go", "list", "./...").Output()
	if err != nil {
		return tally{}, fmt.Errorf("go list: %w", err)
	}
	packages := slices.DeleteFunc(strings.Fields(string(out)), func(p string) bool {
		return strings.HasSuffix(p, strings.TrimPrefix(dayLong, "."))
	})
	return goTest(nil, append([]string{"-race"}, packages...)...)(ctx)
}
