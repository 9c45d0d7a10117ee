package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// listBenches are the packages whose benchmarks measure the console's lists, and those benchmarks. Each has its
// baseline in itself: what it took beside a plain sort of the same, or beside reading the same from the disk.
var listBenches = []struct{ name, pkg string }{
	{"Event|Order|Query|Memory", "./app/internal/inbox"},
	{"Search", "./app/internal/cache"},
}

// lists prints what one event, a change of order and a letter typed into a search cost in lists of 10,000 and 100,000
// chats, what they take of memory, and what searching through conversations on the disk costs.
func lists(ctx context.Context, o options) error {
	for _, b := range listBenches {
		if err := benchmarks(ctx, "lists", b.name, fmt.Sprintf("%dms", 1000/o.scale), b.pkg); err != nil {
			return err
		}
	}
	return nil
}

// benchmarks runs those of a package whose names are named, each for so long, and prints what they measured.
func benchmarks(ctx context.Context, label, names, long, pkg string) error {
	c := exec.CommandContext(ctx, "go", "test", "-run=^$", "-bench=^Benchmark("+names+")$", "-benchtime="+long, pkg)
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", pkg, err, out)
	}
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		if line, ok := strings.CutPrefix(lines.Text(), "Benchmark"); ok {
			fmt.Printf("%s: %s\n", label, line)
		}
	}
	return nil
}
