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
	"strings"
	"syscall"
	"time"
)

// options of a part.
type options struct {
	dir   string // a folder for everything that it makes
	scale int    // how much less work it does than a whole one
}

// parts are measured one after the other.
var parts = []struct {
	name string
	run  func(context.Context, options) error
}{
	{"sizes", sizes},
	{"latency", latencies},
	{"throughput", throughput},
	{"commands", commands},
	{"resume", resume},
	{"snapshot", snapshot},
	{"connections", connections},
	{"consoles", consoles},
	{"inbox", lists},
	{"release", releases},
	{"frames", frames},
	{"pixels", pixels},
}

func main() {
	quick := flag.Bool("quick", false, "a tenth of the work, to see that everything runs")
	bare := flag.Bool("bare", false, "be the websocket server that others are compared with")
	flag.Usage = usage
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	if *bare {
		err = serveBare()
	} else {
		err = run(ctx, *quick, flag.Arg(0))
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func usage() {
	fmt.Fprintln(flag.CommandLine.Output(), "usage: bench [-quick] [PART]: the parts whose names contain PART, else all:")
	for _, p := range parts {
		fmt.Fprintln(flag.CommandLine.Output(), " ", p.name)
	}
	flag.PrintDefaults()
}

// run makes a folder for everything, measures the parts whose names contain only, and removes it.
func run(ctx context.Context, quick bool, only string) error {
	dir, err := os.MkdirTemp("", "parley-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	o := options{dir, 1}
	if quick {
		o.scale = 10
	}
	began, ran := time.Now(), 0
	for _, p := range parts {
		if !strings.Contains(p.name, only) {
			continue
		}
		if err := p.run(ctx, o); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		ran++
	}
	if ran == 0 {
		return fmt.Errorf("there is no part %q", only)
	}
	fmt.Printf("measured in %s\n", time.Since(began).Round(time.Second))
	return nil
}

// sizes prints how large the programs are.
func sizes(context.Context, options) error {
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
