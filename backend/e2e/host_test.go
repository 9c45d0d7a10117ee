//go:build e2e && linux

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// programs are what `make build` made.
const (
	consoleProgram = "../../bin/parley"
	serverProgram  = "../../bin/parleyd"
)

// host is where the console's page is shown: the same tests run in each.
type host struct {
	name string
	// open starts the console with args and returns its page; shut ends the console as a person would.
	open func(t testing.TB, d *desktop, args ...string) (p *page, shut func())
	// title reads the title from where a person reads it.
	title func(d *desktop, p *page) string
}

// hosts are the browser and the real window.
var hosts = []host{
	{"chromium", openInChromium, func(_ *desktop, p *page) string {
		v, _ := call("GET", p.session+"/title", nil)
		s, _ := v.(string)
		return s
	}},
	{"window", openInWindow, func(d *desktop, _ *page) string { return d.title() }},
}

// freePort asks the system for one. Somebody else could take it before it is used; the drivers take no listener.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// pageURL is the address that the console prints in a browser host.
var pageURL = regexp.MustCompile(`http://127\.0\.0\.1:\d+/\?token=\S+`)

// serveConsole starts the console for a browser and returns its address.
func serveConsole(t testing.TB, env []string, args ...string) (*exec.Cmd, string) {
	t.Helper()
	c := exec.Command(consoleProgram, append([]string{"--web", "127.0.0.1:0"}, args...)...)
	c.Env = env
	c.Stderr = &logged{t: t, name: "parley"}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(c) })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if url := pageURL.FindString(lines.Text()); url != "" {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return c, url
		}
	}
	t.Fatal("the console printed no address")
	return nil, ""
}

func openInChromium(t testing.TB, d *desktop, args ...string) (*page, func()) {
	t.Helper()
	console, url := serveConsole(t, d.env, args...)
	port := freePort(t)
	driver := start(t, d.env, "chromedriver", fmt.Sprintf("--port=%d", port), "--log-level=SEVERE")
	base := fmt.Sprintf("http://127.0.0.1:%d", port)
	p := &page{t: t, shots: os.Getenv("PARLEY_PICTURES")}
	p.session = newSession(t, base, map[string]any{"capabilities": map[string]any{"alwaysMatch": map[string]any{
		"browserName": "chrome",
		"goog:chromeOptions": map[string]any{
			"binary": chromium(),
			"args": []string{"--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
				"--disable-sync", "--disable-quic", "--disable-breakpad", "--password-store=basic", "--window-size=1400,900", "--user-data-dir=" + t.TempDir()},
		},
	}}})
	if _, err := call("POST", p.session+"/url", map[string]any{"url": url}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = call("DELETE", p.session, nil) }) // ends chromium, which writes into its folders until then
	p.onFailure(t)
	return p, func() {
		_, _ = call("DELETE", p.session, nil)
		stop(driver)
		stop(console)
	}
}

// chromium is Debian's, or the one that CHROME names.
func chromium() string {
	if path := os.Getenv("CHROME"); path != "" {
		return path
	}
	return "/usr/bin/chromium"
}

func newSession(t testing.TB, base string, capabilities map[string]any) string {
	t.Helper()
	var id string
	eventually(t, "a session of the driver at "+base, func() bool {
		v, err := call("POST", base+"/session", capabilities)
		m, _ := v.(map[string]any)
		id, _ = m["sessionId"].(string)
		if err != nil && !strings.Contains(err.Error(), "refused") {
			t.Logf("driver: %v", err)
		}
		return err == nil && id != ""
	})
	return base + "/session/" + id
}

func openInWindow(t testing.TB, d *desktop, args ...string) (*page, func()) {
	t.Helper()
	inspector, port := freePort(t), freePort(t)
	target := fmt.Sprintf("127.0.0.1:%d", inspector)
	env := append(append([]string(nil), d.env...), "LD_PRELOAD="+preload(t), "WEBKIT_INSPECTOR_SERVER="+target)
	console := start(t, env, consoleProgram, args...)
	eventually(t, "the window", func() bool { return d.title() != "" })
	driver := start(t, d.env, "WebKitWebDriver", fmt.Sprintf("--port=%d", port), "--target="+target)
	p := &page{t: t, shots: os.Getenv("PARLEY_PICTURES"), display: d.env}
	p.session = newSession(t, fmt.Sprintf("http://127.0.0.1:%d", port), map[string]any{"capabilities": map[string]any{}})
	p.onFailure(t)
	return p, func() {
		stop(console)
		stop(driver)
	}
}

// preload compiles the library that lets the driver in.
func preload(t testing.TB) string {
	t.Helper()
	flags, err := exec.Command("pkg-config", "--cflags", "--libs", "webkit2gtk-4.1").Output()
	if err != nil {
		t.Fatal(err)
	}
	so := filepath.Join(t.TempDir(), "webkit_driven.so")
	out, err := exec.Command("gcc", append([]string{"-shared", "-fPIC", "-o", so, "testdata/webkit_driven.c"}, strings.Fields(string(flags))...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return so
}
