// Command bench measures Parley's programs as they ship and prints every figure beside a baseline that was taken
// in the same run, since machines differ and are noisy: look at the ratios. `make bench` builds and runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

func main() {
	quick := flag.Bool("quick", false, "a tenth of the work, to see that everything runs")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *quick)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run makes a folder for everything, measures, and removes it.
func run(ctx context.Context, quick bool) error {
	dir, err := os.MkdirTemp("", "parley-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	scale := 1
	if quick {
		scale = 10
	}
	if err := sizes(); err != nil {
		return err
	}
	w, err := newWorld(ctx, dir)
	if err != nil {
		return err
	}
	defer w.close()
	if err := w.latencies(ctx, scale); err != nil {
		return err
	}
	if err := w.throughput(ctx, scale); err != nil {
		return err
	}
	return w.consoles(ctx, scale)
}

// sizes prints how large the programs are.
func sizes() error {
	for _, name := range []string{"bin/parley", "bin/parleyd"} {
		info, err := os.Stat(name)
		if err != nil {
			return fmt.Errorf("%w: run `make build` first", err)
		}
		fmt.Printf("size of %-12s %6.1f MB\n", filepath.Base(name), float64(info.Size())/1e6)
	}
	return nil
}

// percentile of durations that it sorts.
func percentile(d []time.Duration, p float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	slices.Sort(d)
	return d[min(len(d)-1, int(p*float64(len(d))))]
}

func ratio(a, b time.Duration) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}
