// Command fuzz gives every fuzz target of the project some time, one after the other: `make fuzz`. What a target finds
// is kept by the go command in the testdata of its package, where every later `go test` replays it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"time"
)

func main() {
	each := flag.Duration("each", 30*time.Second, "time for each target")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	failed, err := run(ctx, *each, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "fuzz:", err)
	}
	if err != nil || failed > 0 {
		os.Exit(1)
	}
}

// target is one fuzz function.
type target struct{ pkg, name string }

// run fuzzes the targets of the packages, all of the project's unless some are named, and returns how many failed.
func run(ctx context.Context, each time.Duration, packages []string) (failed int, err error) {
	if len(packages) == 0 {
		packages = []string{"./..."}
	}
	targets, err := list(ctx, packages)
	if err != nil {
		return 0, err
	}
	for _, t := range targets {
		if ctx.Err() != nil {
			return failed, ctx.Err()
		}
		// Without its limit, making one large input smaller takes all of a target's time.
		out, err := exec.CommandContext(ctx, "go", "test", "-run=^$", "-fuzz=^"+t.name+"$", "-fuzztime="+each.String(), "-fuzzminimizetime=100x", t.pkg).CombinedOutput()
		if outOfTime(string(out)) {
			err = nil
		}
		fmt.Printf("%-6s %s %s: %s\n", verdict(err), t.pkg, t.name, lastWord(out))
		if err != nil {
			failed++
			fmt.Printf("%s\n", out)
		}
	}
	fmt.Printf("%d targets, %d failed\n", len(targets), failed)
	return failed, nil
}

// list finds the fuzz targets: `go test -list` prints a package's functions and then its name.
func list(ctx context.Context, packages []string) ([]target, error) {
	out, err := exec.CommandContext(ctx, "go", append([]string{"test", "-list", "^Fuzz"}, packages...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("list the targets: %w", err)
	}
	var all, of []target
	for line := range strings.Lines(string(out)) {
		switch fields := strings.Fields(line); {
		case strings.HasPrefix(line, "Fuzz"):
			of = append(of, target{name: fields[0]})
		case len(fields) > 1 && fields[0] == "ok":
			for _, t := range of {
				all = append(all, target{fields[1], t.name})
			}
			of = nil
		}
	}
	return all, nil
}

// outOfTime reports whether a target "failed" only because its time was over: the go command's fuzzer looks at two
// deadlines that end together, and when it sees one before the other it reports that as a failure, with no input.
func outOfTime(out string) bool {
	_, told, failed := strings.Cut(out, "--- FAIL: ")
	_, told, _ = strings.Cut(told, "\n")
	return failed && strings.HasPrefix(told, "    context deadline exceeded\nFAIL\n") && !strings.Contains(out, "Failing input written to")
}

func verdict(err error) string {
	if err != nil {
		return "FAILED"
	}
	return "ok"
}

// lastWord is the last line on how far the fuzzing came.
func lastWord(out []byte) string {
	word := ""
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "fuzz: elapsed") {
			word = strings.TrimSpace(line)
		}
	}
	return word
}
