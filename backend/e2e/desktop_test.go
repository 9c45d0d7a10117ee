//go:build e2e && linux

package e2e

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// desktop is a display with a window manager, a private session bus, a keyring that is unlocked, and a
// notification service that remembers what it was told.
type desktop struct {
	t    testing.TB
	env  []string
	home string
	bus  *dbus.Conn

	mu    sync.Mutex
	notes []note
	last  uint32
}

// note is a notification as the bus carried it.
type note struct {
	id, replaces uint32
	title, body  string
	actions      []string
	closed       bool
}

// process starts a program and ends it with the test.
func (d *desktop) process(name string, args ...string) *exec.Cmd {
	d.t.Helper()
	return start(d.t, d.env, name, args...)
}

// start starts a program with env and ends it with the test: SIGTERM first, SIGKILL if it does not listen.
func start(t testing.TB, env []string, name string, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.Command(name, args...)
	c.Env = env
	c.Stderr = &logged{t: t, name: filepath.Base(name)}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(c) })
	return c
}

// stop ends a process that may have ended before.
func stop(c *exec.Cmd) {
	if c.ProcessState != nil {
		return
	}
	_ = c.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(5*time.Second, func() { _ = c.Process.Kill() })
	defer kill.Stop()
	_ = c.Wait()
}

// logged keeps what a process wrote and shows it if the test fails.
type logged struct {
	t    testing.TB
	name string
	mu   sync.Mutex
	buf  strings.Builder
	once sync.Once
}

func (l *logged) Write(p []byte) (int, error) {
	l.once.Do(func() {
		l.t.Cleanup(func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			if l.t.Failed() {
				l.t.Logf("%s wrote:\n%s", l.name, l.buf.String())
			}
		})
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.buf.Len() < 1<<20 {
		l.buf.Write(p)
	}
	return len(p), nil
}

// newDesktop starts one. dark asks GTK for its dark theme, which the page follows.
func newDesktop(t testing.TB, dark bool) *desktop {
	t.Helper()
	d := &desktop{t: t, home: t.TempDir()}
	run := filepath.Join(d.home, "run")
	if err := os.Mkdir(run, 0o700); err != nil {
		t.Fatal(err)
	}
	env := []string{"HOME=" + d.home, "XDG_RUNTIME_DIR=" + run, "NO_AT_BRIDGE=1", "LIBGL_ALWAYS_SOFTWARE=1"}
	if dark {
		env = append(env, "GTK_THEME=Adwaita:dark")
	}
	d.env = append(without(os.Environ(), "DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"), env...)
	d.display()
	d.sessionBus(run)
	d.keyring()
	d.notifications()
	d.process("openbox", "--sm-disable")
	return d
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

func (d *desktop) display() {
	d.t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		d.t.Fatal(err)
	}
	defer r.Close()
	x := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1360x900x24", "-nolisten", "tcp")
	x.ExtraFiles = []*os.File{w}
	if err := x.Start(); err != nil {
		d.t.Fatal(err)
	}
	_ = w.Close()
	d.t.Cleanup(func() { stop(x) })
	line, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		d.t.Fatalf("Xvfb said no display: %v", err)
	}
	d.env = append(d.env, "DISPLAY=:"+strings.TrimSpace(line))
}

func (d *desktop) sessionBus(run string) {
	d.t.Helper()
	c := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address=1", "--address=unix:path="+filepath.Join(run, "bus"))
	c.Env = d.env
	out, err := c.StdoutPipe()
	if err != nil {
		d.t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { stop(c) })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		d.t.Fatalf("dbus-daemon said no address: %v", err)
	}
	go func() { _, _ = io.Copy(io.Discard, out) }()
	d.env = append(d.env, "DBUS_SESSION_BUS_ADDRESS="+strings.TrimSpace(line))
	if d.bus, err = dbus.Connect(strings.TrimSpace(line)); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { _ = d.bus.Close() })
}

// keyring starts gnome-keyring with an unlocked login collection.
func (d *desktop) keyring() {
	d.t.Helper()
	c := exec.Command("gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets")
	c.Env = d.env
	c.Stdin = strings.NewReader("password\n")
	if err := c.Start(); err != nil {
		d.t.Fatal(err)
	}
	d.t.Cleanup(func() { stop(c) })
	eventually(d.t, "the keyring on the bus", func() bool {
		var owned bool
		err := d.bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, "org.freedesktop.secrets").Store(&owned)
		return err == nil && owned
	})
}

// service is org.freedesktop.Notifications.
type service struct{ d *desktop }

// GetCapabilities says what a usual desktop can do.
func (service) GetCapabilities() ([]string, *dbus.Error) {
	return []string{"actions", "body", "body-markup", "persistence"}, nil
}

// GetServerInformation names the service.
func (service) GetServerInformation() (name, vendor, version, spec string, err *dbus.Error) {
	return "test desktop", "test", "1", "1.2", nil
}

// CloseNotification marks one as closed.
func (s service) CloseNotification(id uint32) *dbus.Error {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	for i := range s.d.notes {
		if s.d.notes[i].id == id {
			s.d.notes[i].closed = true
		}
	}
	return nil
}

// Notify remembers one.
func (s service) Notify(app string, replaces uint32, icon, title, body string, actions []string, hints map[string]dbus.Variant, ms int32) (uint32, *dbus.Error) {
	s.d.mu.Lock()
	defer s.d.mu.Unlock()
	id := replaces
	if id == 0 {
		s.d.last++
		id = s.d.last
	}
	s.d.notes = append(s.d.notes, note{id: id, replaces: replaces, title: title, body: body, actions: actions})
	return id, nil
}

func (d *desktop) notifications() {
	d.t.Helper()
	const name = "org.freedesktop.Notifications"
	if err := d.bus.Export(service{d}, "/org/freedesktop/Notifications", name); err != nil {
		d.t.Fatal(err)
	}
	if reply, err := d.bus.RequestName(name, 0); err != nil || reply != dbus.RequestNameReplyPrimaryOwner {
		d.t.Fatalf("%s: %v %v", name, reply, err)
	}
}

// told returns the notifications so far.
func (d *desktop) told() []note {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]note(nil), d.notes...)
}

// press clicks a notification.
func (d *desktop) press(id uint32) {
	d.t.Helper()
	err := d.bus.Emit("/org/freedesktop/Notifications", "org.freedesktop.Notifications.ActionInvoked", id, "default")
	if err != nil {
		d.t.Fatal(err)
	}
}

// title reads the title of the program's window from the window system.
func (d *desktop) title() string {
	c := exec.Command("xdotool", "search", "--onlyvisible", "--class", "parley", "getwindowname")
	c.Env = d.env
	out, _ := c.Output()
	first, _, _ := strings.Cut(string(out), "\n")
	return strings.TrimSpace(first)
}
