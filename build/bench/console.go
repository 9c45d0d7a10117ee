package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// consoles prints how long the console takes from its start to the first drawn list, with 10,000 chats in its
// cache and no server, beside Debian's chromium drawing an empty page as an app; and what memory each takes.
func consoles(ctx context.Context, o options) error {
	w, err := newWorld(ctx, o.dir, "")
	if err != nil {
		return err
	}
	defer w.close()
	chats := 10_000 / o.scale
	data := filepath.Join(w.dir, "console")
	if err := w.fill(ctx, chats); err != nil {
		return err
	}
	if err := w.sync(ctx, data, chats); err != nil {
		return err
	}
	w.close()
	display, err := newDisplay(ctx)
	if err != nil {
		return err
	}
	defer display.close()
	const rounds = 5
	var ours, theirs []time.Duration
	var ourMemory, theirMemory int64
	for range rounds {
		took, memory, err := display.console(ctx, data, w.signIn()...)
		if err != nil {
			return err
		}
		ours, ourMemory = append(ours, took), memory
		if took, memory, err = display.chromium(ctx, w.dir); err != nil {
			return err
		}
		theirs, theirMemory = append(theirs, took), memory
	}
	a, b := percentile(ours, 0.5), percentile(theirs, 0.5)
	fmt.Printf("start to first drawn list, %d cached chats, no server: %s (%.2f x chromium --app drawing an empty page, %s; medians of %d)\n",
		chats, a.Round(time.Millisecond), ratio(a, b), b.Round(time.Millisecond), rounds)
	fmt.Printf("memory (PSS) of all processes: parley %d MB, chromium with an empty page %d MB (%.2f x)\n",
		ourMemory>>20, theirMemory>>20, float64(ourMemory)/float64(theirMemory))
	return nil
}

// fill makes n chats and lets the agent pick them.
func (w *world) fill(ctx context.Context, n int) error {
	if err := w.write(ctx, n); err != nil {
		return err
	}
	agent, err := w.connect(ctx)
	if err != nil {
		return err
	}
	defer agent.close()
	return agent.pickAll(n)
}

// printed is the address that the console prints for a browser.
var printed = regexp.MustCompile(`http://127\.0\.0\.1:\d+/\?token=\S+`)

func (w *world) tokenFile() string { return filepath.Join(w.dir, "token") }

// signIn is how a console is told of the server and its token.
func (w *world) signIn() []string { return []string{"--server", w.url, "--token-file", w.tokenFile()} }

// sync runs the console until its cache has all the chats.
func (w *world) sync(ctx context.Context, data string, chats int) error {
	if err := os.WriteFile(w.tokenFile(), []byte(w.agent.token), 0o600); err != nil {
		return err
	}
	c := exec.CommandContext(ctx, "bin/parley", append([]string{"--web", "127.0.0.1:0", "--data", data}, w.signIn()...)...)
	c.Env = append(os.Environ(), "HOME="+w.dir)
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	defer end(c)
	address := ""
	for lines := bufio.NewScanner(out); address == "" && lines.Scan(); {
		address = printed.FindString(lines.Text())
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	client := &http.Client{Jar: jar, Timeout: 10 * time.Second}
	if _, err := client.Get(address); err != nil {
		return fmt.Errorf("open the console: %w", err)
	}
	base, _, _ := strings.Cut(address, "/?")
	want := fmt.Sprintf(`"held":%d,`, chats)
	for range 600 {
		rs, err := client.Post(base+"/call/Look", "application/json", strings.NewReader(`[{"status":0,"list":{"list":"my","from":0,"count":0,"seq":0},"thread":{"chat":"","count":0,"seq":0}}]`))
		if err != nil {
			return err
		}
		body, _ := io.ReadAll(rs.Body)
		rs.Body.Close()
		if bytes.Contains(body, []byte(want)) && bytes.Contains(body, []byte(`"phase":"current"`)) {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("the console did not get its %d chats", chats)
}

// end ends a process and waits for it.
func end(c *exec.Cmd) {
	_ = c.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(5*time.Second, func() { _ = c.Process.Kill() })
	defer kill.Stop()
	_ = c.Wait()
}

// display is an X server without a screen, with a session bus.
type display struct {
	env  []string
	xvfb *exec.Cmd
}

func newDisplay(ctx context.Context) (*display, error) {
	r, wr, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	x := exec.CommandContext(ctx, "Xvfb", "-displayfd", "3", "-screen", "0", "1360x900x24", "-nolisten", "tcp")
	x.ExtraFiles = []*os.File{wr}
	if err := x.Start(); err != nil {
		return nil, err
	}
	wr.Close()
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("Xvfb: %w", err)
	}
	return &display{append(os.Environ(), "DISPLAY=:"+strings.TrimSpace(line), "NO_AT_BRIDGE=1", "LIBGL_ALWAYS_SOFTWARE=1"), x}, nil
}

func (d *display) close() { end(d.xvfb) }

// console starts the window on a full cache and waits for its word that the first list is drawn.
func (d *display) console(ctx context.Context, data string, signIn ...string) (time.Duration, int64, error) {
	c := exec.CommandContext(ctx, "bin/parley", append([]string{"--verbose", "--data", data}, signIn...)...)
	c.Env = append(d.env, "HOME="+filepath.Dir(data))
	log, err := c.StderrPipe()
	if err != nil {
		return 0, 0, err
	}
	start := time.Now()
	if err := c.Start(); err != nil {
		return 0, 0, err
	}
	defer end(c)
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if strings.Contains(lines.Text(), "first list drawn") {
			took := time.Since(start)
			go func() { _, _ = io.Copy(io.Discard, log) }()
			memory, err := settledMemory(c.Process.Pid)
			return took, memory, err
		}
	}
	return 0, 0, fmt.Errorf("the console did not say that its first list was drawn")
}

// emptyPage says when it was drawn, in the way in which the console's page does.
const emptyPage = `<!doctype html><title>empty</title><body><script>
requestAnimationFrame(() => requestAnimationFrame(() => fetch('/drawn', {method: 'POST'})))
</script>`

// chromium draws an empty page as an app.
func (d *display) chromium(ctx context.Context, dir string) (time.Duration, int64, error) {
	drawn := make(chan time.Time, 8)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, emptyPage) })
	mux.HandleFunc("POST /drawn", func(http.ResponseWriter, *http.Request) { drawn <- time.Now() })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, 0, err
	}
	server := &http.Server{Handler: mux}
	go func() { _ = server.Serve(l) }()
	defer server.Close()
	profile := filepath.Join(dir, "chromium")
	c := exec.CommandContext(ctx, "/usr/bin/chromium", "--app=http://"+l.Addr().String()+"/", "--no-sandbox", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic", "--password-store=basic",
		"--window-size=1280,860", "--user-data-dir="+profile)
	c.Env = d.env
	start := time.Now()
	if err := c.Start(); err != nil {
		return 0, 0, err
	}
	defer end(c)
	select {
	case at := <-drawn:
		memory, err := settledMemory(c.Process.Pid)
		return at.Sub(start), memory, err
	case <-time.After(time.Minute):
		return 0, 0, fmt.Errorf("chromium drew nothing")
	}
}
