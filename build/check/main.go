// Command check is everything that CI does, in order: `make test` runs it. Each stage has a share of the 25
// minutes that the whole may take on two cores with nothing built yet; the table at the end says what each took.
// Its last line is the count of tests. With -long it is instead what takes too long for every change: `make test-long`.
// An argument chooses the stages whose names contain it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"
)

// budget is what the whole may take, and longBudget what -long may.
const (
	budget     = 25 * time.Minute
	longBudget = 100 * time.Minute
)

// A stage is one command of the check.
type stage struct {
	name  string
	share time.Duration // of budget, cold, on two cores
	run   func(context.Context) (tally, error)
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	long := flag.Bool("long", false, "run what takes too long for every change")
	flag.Parse()
	all, most := stages(), budget
	if *long {
		all, most = longStages(), longBudget
	}
	os.Exit(check(ctx, all, most, flag.Arg(0)))
}

// check runs the stages, all or those whose names contain only, and goes on after one that failed.
func check(ctx context.Context, stages []stage, budget time.Duration, only string) int {
	var total tally
	var rows, failed []string
	began := time.Now()
	for _, s := range stages {
		if !strings.Contains(s.name, only) || ctx.Err() != nil {
			continue
		}
		fmt.Printf("--- %s\n", s.name)
		start := time.Now()
		n, err := s.run(ctx)
		took := time.Since(start)
		total = total.plus(n)
		verdict := "ok"
		if err != nil {
			verdict = "FAILED"
			failed = append(failed, s.name)
			fmt.Printf("%s: %v\n", s.name, err)
		}
		rows = append(rows, fmt.Sprintf("  %-34s %7s of %5s  %4d tests  %s", s.name, took.Round(100*time.Millisecond), s.share, n.passed, verdict))
	}
	fmt.Printf("\n%s\n  all %s of %s\n", strings.Join(rows, "\n"), time.Since(began).Round(time.Second), budget)
	for _, s := range total.skips {
		fmt.Printf("  skipped: %s\n", s)
	}
	if len(failed) > 0 {
		fmt.Printf("failed: %s\n", strings.Join(failed, ", "))
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", total.passed, total.failed, len(total.skips))
	if len(failed) > 0 || total.failed > 0 || total.passed == 0 || ctx.Err() != nil {
		return 1
	}
	return 0
}
