//go:build e2e && linux

package crashtest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// programs is the folder of the two programs, built with the named moments.
var programs string

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "parley-crashtest-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	programs = dir
	build := exec.Command("go", "build", "-tags", "crashpoints", "-o", dir+string(filepath.Separator), ".", "./backend/cmd/parleyd")
	build.Dir, build.Env = "../..", append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the programs: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// process is a program that is started again and again on the same files.
type process struct {
	t     *testing.T
	name  string
	args  []string
	env   []string       // besides the test's own
	ready *regexp.Regexp // what it writes when it can be spoken to

	cmd   *exec.Cmd
	out   *output
	ended chan struct{} // closed when the present run has ended
}

// start begins a run and returns what it wrote when it was ready; "" if it ended before. spec is its PARLEY_CRASH.
func (p *process) start(spec string) string {
	p.t.Helper()
	p.out, p.ended = &output{}, make(chan struct{})
	p.cmd = exec.Command(filepath.Join(programs, p.name), p.args...)
	p.cmd.Env = append(without(os.Environ(), "DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"), p.env...)
	p.cmd.Env = append(p.cmd.Env, "PARLEY_CRASH="+spec)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	cmd, ended := p.cmd, p.ended
	go func() {
		_ = cmd.Wait() // how it ended stands in its ProcessState
		close(ended)
	}()
	said := ""
	if !until(context.Background(), func() bool { said = p.ready.FindString(p.out.String()); return said != "" || p.dead() }) {
		p.t.Fatalf("%s did not become ready:\n%s", p.name, p.out)
	}
	return said
}

func (p *process) dead() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// kill ends the run as kill -9 does.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended by itself
	<-p.ended
}

// stop ends the run as its user does, and reports whether it ended well.
func (p *process) stop() bool {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	late := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	defer late.Stop()
	<-p.ended
	return p.cmd.ProcessState.Success()
}

// killed reports whether the run that has ended was ended by SIGKILL.
func (p *process) killed() bool {
	status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGKILL
}

// tidy ends what still runs at the end of the test, and tells what its last run wrote if the test has failed.
func (p *process) tidy() {
	if p.cmd == nil {
		return
	}
	p.kill()
	if p.t.Failed() {
		p.t.Logf("the last run of %s wrote:\n%s", p.name, p.out)
	}
}

// output keeps what one run writes.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

func without(env []string, names ...string) []string {
	var kept []string
next:
	for _, e := range env {
		for _, n := range names {
			if strings.HasPrefix(e, n+"=") {
				continue next
			}
		}
		kept = append(kept, e)
	}
	return kept
}

// patience is how long anything may take before the test gives up; what is waited for usually takes milliseconds.
const patience = 30 * time.Second

// until looks again and again whether something has come about, and reports false if patience or ctx has ended before.
func until(ctx context.Context, come func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(10 * time.Millisecond)
	defer again.Stop()
	for !come() {
		select {
		case <-ctx.Done():
			return false
		case <-again.C:
		}
	}
	return true
}
