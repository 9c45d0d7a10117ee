// Command dev runs the console for those who change its page: bin/parley serves the demo desk to a browser, and
// Vite serves the page from its sources, which reloads on change. `make dev` builds and runs it.
package main

import (
	"bufio"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"syscall"
	"time"
)

// vite is where Vite serves the page.
const vite = "http://127.0.0.1:5173"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(os.Stderr, "dev:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	console := command(ctx, ".", "bin/parley", "--web", "127.0.0.1:0", "--data", ".parley/dev")
	console.Stdout = nil
	out, err := console.StdoutPipe()
	if err != nil {
		return err
	}
	if err := console.Start(); err != nil {
		return err
	}
	defer func() { _ = console.Wait() }()
	address, err := read(bufio.NewScanner(out))
	if err != nil {
		return err
	}
	page := command(ctx, "frontend", "npm", "run", "--silent", "dev", "--", "--port", "5173", "--strictPort")
	page.Env = append(os.Environ(), "PARLEY_WEB=http://"+address.Host)
	fmt.Printf("The page, reloading on change: %s/?%s\n", vite, address.RawQuery)
	return page.Run()
}

// command is one that ends with ctx.
func command(ctx context.Context, dir, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir, c.Stdout, c.Stderr = dir, os.Stdout, os.Stderr
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGTERM) }
	c.WaitDelay = 10 * time.Second
	return c
}

var printed = regexp.MustCompile(`http://127\.0\.0\.1:\d+/\?token=\S+`)

// read waits for the address that the console prints, and leaves what follows to nobody.
func read(lines *bufio.Scanner) (*url.URL, error) {
	for lines.Scan() {
		if found := printed.FindString(lines.Text()); found != "" {
			go func() {
				for lines.Scan() {
				}
			}()
			return url.Parse(found)
		}
	}
	return nil, fmt.Errorf("the console printed no address")
}
