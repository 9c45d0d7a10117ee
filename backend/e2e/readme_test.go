//go:build e2e && linux

package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// step is a block of commands of the README and what it says that they print.
type step struct{ commands, prints string }

// TestReadmeCurl runs the commands of "Try it with curl" word for word, in one shell.
func TestReadmeCurl(t *testing.T) {
	raw, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, found := strings.Cut(string(raw), "\n## Try it with curl\n")
	section, _, ended := strings.Cut(section, "\n## ")
	if !found || !ended {
		t.Fatal("README.md has no section of that name")
	}
	steps := stepsOf(section)
	if len(steps) < 8 {
		t.Fatalf("only %d blocks of commands", len(steps))
	}
	got := runSteps(t, steps)
	for i, s := range steps {
		if d := cmp.Diff(s.prints, got[i]); d != "" {
			t.Errorf("block %d prints something else (-README +seen):\n%s\n%s", i+1, s.commands, d)
		}
	}
}

// stepsOf reads the blocks fenced as sh, each with the plain block behind it, if there is one.
func stepsOf(section string) []step {
	var steps []step
	var lines []string
	kind := ""
	for line := range strings.Lines(section) {
		fence, fenced := strings.CutPrefix(strings.TrimSpace(line), "```")
		switch {
		case fenced && kind == "":
			kind, lines = map[string]string{"sh": "sh", "": "prints"}[fence], nil
		case fenced:
			text := strings.Join(lines, "")
			if kind == "sh" {
				steps = append(steps, step{commands: text})
			} else if len(steps) > 0 {
				steps[len(steps)-1].prints = text
			}
			kind = ""
		case kind != "":
			lines = append(lines, line)
		}
	}
	return steps
}

// runSteps runs every block in one bash and returns what each printed.
func runSteps(t *testing.T, steps []step) []string {
	t.Helper()
	dir := t.TempDir()
	bin, err := filepath.Abs("../../bin")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(bin, filepath.Join(dir, "bin")); err != nil {
		t.Fatal(err)
	}
	const mark = "=== the end of a block"
	var script strings.Builder
	script.WriteString("set -u -o pipefail\n")
	for _, s := range steps {
		fmt.Fprintf(&script, "%s\necho '%s'\n", s.commands, mark)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, "bash", "-c", script.String())
	c.Dir = dir
	c.Env = append(without(os.Environ(), "DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"), "HOME="+dir)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	c.Cancel = func() error { return syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	errs := &logged{t: t, name: "bash"}
	c.Stderr = errs
	out, err := c.Output()
	if err != nil {
		for _, name := range []string{"server", "vendor", "console"} {
			text, _ := os.ReadFile(filepath.Join(dir, "try", name+".log"))
			t.Logf("%s.log:\n%s", name, text)
		}
		t.Fatalf("the commands failed: %v, after\n%s", err, out)
	}
	return strings.Split(string(out), mark+"\n")[:len(steps)]
}
