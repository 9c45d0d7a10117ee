package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// frames counts the page's late frames with 10,000 chats and 50 events a second, in Chromium and in the window, beside
// those of an empty page in the same place.
func frames(ctx context.Context, o options) error { return onThePage(ctx, o, "Frames") }

// pixels prints how long a customer's message takes to the screen, in Chromium and in the window, beside a bare page's.
func pixels(ctx context.Context, o options) error { return onThePage(ctx, o, "Pixels") }

// onThePage runs a benchmark of the end to end tests, which drive the programs that were built, and prints what it says.
func onThePage(ctx context.Context, o options, name string) error {
	c := exec.CommandContext(ctx, "go", "test", "-count=1", "-timeout=15m", "-tags=e2e", "-run=^$", "-bench=^Benchmark"+name+"$", "-benchtime=1x", "./backend/e2e")
	c.Env = append(os.Environ(), fmt.Sprintf("PARLEY_SCALE=%d", o.scale))
	c.Stderr = os.Stderr
	out, err := c.Output()
	if err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	said := 0
	for lines := bufio.NewScanner(strings.NewReader(string(out))); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), strings.ToLower(name)+": ") {
			fmt.Println(lines.Text())
			said++
		}
	}
	if said == 0 {
		return fmt.Errorf("the benchmark said nothing:\n%s", out)
	}
	return nil
}
