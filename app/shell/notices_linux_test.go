package shell

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"

	"parley/app/internal/engine"
)

// service is a desktop's notification service on a bus of its own.
type service struct {
	conn *dbus.Conn
	can  []string

	mu     sync.Mutex
	hasty  bool // it clicks each notification before it says which it is
	last   uint32
	shown  []shownNotice
	closed []uint32
}

type shownNotice struct {
	ID, Replaces uint32
	Title, Body  string
	Actions      []string
}

func (s *service) GetCapabilities() ([]string, *dbus.Error) { return s.can, nil }

func (s *service) Notify(_ string, replaces uint32, _, title, body string, actions []string, _ map[string]dbus.Variant, _ int32) (uint32, *dbus.Error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := replaces
	if id == 0 {
		s.last++
		id = s.last
	}
	s.shown = append(s.shown, shownNotice{id, replaces, title, body, actions})
	if s.hasty {
		if err := s.conn.Emit(noticePath, noticeName+".ActionInvoked", id, "default"); err != nil {
			return 0, dbus.MakeFailedError(err)
		}
	}
	return id, nil
}

func (s *service) CloseNotification(id uint32) *dbus.Error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed = append(s.closed, id)
	return nil
}

// told returns what was shown and what was closed so far; the service answers on goroutines of its own.
func (s *service) told() (shown []shownNotice, closed []uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.shown), slices.Clone(s.closed)
}

func first(shown []shownNotice, _ []uint32) []shownNotice { return shown }

func (s *service) emit(t *testing.T, signal string, args ...any) {
	t.Helper()
	if err := s.conn.Emit(noticePath, noticeName+"."+signal, args...); err != nil {
		t.Fatal(err)
	}
}

// sessionBusOfTest starts a bus, sets it for this process, and connects to it.
func sessionBusOfTest(t *testing.T) *dbus.Conn {
	t.Helper()
	daemon := exec.Command("dbus-daemon", "--session", "--nofork", "--print-address=1",
		"--address=unix:path="+filepath.Join(t.TempDir(), "bus"))
	out, err := daemon.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := daemon.Start(); err != nil {
		t.Skipf("no dbus-daemon: %v", err)
	}
	t.Cleanup(func() {
		_ = daemon.Process.Kill()
		_ = daemon.Wait()
	})
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", strings.TrimSpace(address))
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn
}

// newService offers the service on a bus of its own.
func newService(t *testing.T, can ...string) *service {
	t.Helper()
	s := &service{conn: sessionBusOfTest(t), can: can}
	if err := s.conn.Export(s, noticePath, noticeName); err != nil {
		t.Fatal(err)
	}
	if _, err := s.conn.RequestName(noticeName, 0); err != nil {
		t.Fatal(err)
	}
	return s
}

func notify(t *testing.T, n notices, chat, title, body string) {
	t.Helper()
	if err := n.notify(engine.Notification{Chat: chat, Title: title, Body: body}); err != nil {
		t.Fatal(err)
	}
}

func TestNotificationsAreShownReplacedAndClicked(t *testing.T) {
	s := newService(t, "actions", "body", "body-markup")
	clicks := make(chan string, 8)
	n, err := openDesktopNotices(t.Context(), func(chat string) { clicks <- chat })
	if err != nil {
		t.Fatal(err)
	}
	notify(t, n, "A", "Ada <b>", `<a href="http://evil">click</a> & more`)
	notify(t, n, "B", "Bo", "first")
	notify(t, n, "A", "Ada", "second\x1b[0m\u202e")
	action := []string{"default", ""}
	want := []shownNotice{
		{1, 0, "Ada <b>", `&lt;a href="http://evil"&gt;click&lt;/a&gt; &amp; more`, action},
		{2, 0, "Bo", "first", action},
		{1, 1, "Ada", "second [0m ", action},
	}
	if diff := cmp.Diff(want, first(s.told())); diff != "" {
		t.Error(diff)
	}
	s.emit(t, "ActionInvoked", uint32(9), "default")  // somebody else's
	s.emit(t, "ActionInvoked", uint32(2), "settings") // not a click
	s.emit(t, "NotificationClosed", uint32(2), uint32(2))
	s.emit(t, "ActionInvoked", uint32(2), "default") // gone
	s.emit(t, "ActionInvoked", "not a number")
	s.emit(t, "ActionInvoked", uint32(1), "default")
	if got := <-clicks; got != "A" || len(clicks) != 0 {
		t.Errorf("clicked %q, and %d more", got, len(clicks))
	}
	notify(t, n, "A", "Ada", "third")
	if got := first(s.told())[3]; got.Replaces != 0 {
		t.Errorf("a notification that was clicked is replaced: %+v", got)
	}
	n.withdraw("A")
	n.withdraw("A")
	n.withdraw("never shown")
	notify(t, n, "C", "Cy", "left standing")
	n.close()
	_, closed := s.told()
	if diff := cmp.Diff([]uint32{3, 4}, closed); diff != "" {
		t.Error(diff)
	}
}

func TestAClickThatOvertakesTheAnswerCounts(t *testing.T) {
	s := newService(t, "actions", "body")
	s.mu.Lock()
	s.hasty = true
	s.mu.Unlock()
	clicks := make(chan string, 8)
	n, err := openDesktopNotices(t.Context(), func(chat string) { clicks <- chat })
	if err != nil {
		t.Fatal(err)
	}
	defer n.close()
	for _, chat := range []string{"A", "B", "A"} {
		notify(t, n, chat, "Ada", "hello")
		if got := <-clicks; got != chat {
			t.Errorf("clicked %q, not %q", got, chat)
		}
	}
}

func TestABodyWithoutMarkupIsNotEscaped(t *testing.T) {
	s := newService(t, "actions", "body")
	n, err := openDesktopNotices(t.Context(), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	defer n.close()
	notify(t, n, "A", "Ada", "1 < 2 & 3")
	if got := first(s.told())[0].Body; got != "1 < 2 & 3" {
		t.Errorf("%q", got)
	}
}

func TestWithoutClicksThereIsTheFallback(t *testing.T) {
	newService(t, "body")
	if _, err := openDesktopNotices(t.Context(), func(string) {}); err == nil || !strings.Contains(err.Error(), "no clicks") {
		t.Errorf("a service without actions: %v", err)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:")
	if _, err := openDesktopNotices(t.Context(), func(string) {}); err == nil {
		t.Error("no bus, and no error")
	}
	if _, plain := openNotices(t.Context(), func(string) {}).(plainNotices); !plain {
		t.Error("no fallback")
	}
	if b := newBadge(); b != nil {
		t.Error("a badge without a bus")
	}
}

func TestTheLauncherIsToldTheCount(t *testing.T) {
	conn := sessionBusOfTest(t)
	if err := conn.AddMatchSignal(dbus.WithMatchInterface("com.canonical.Unity.LauncherEntry")); err != nil {
		t.Fatal(err)
	}
	signals := make(chan *dbus.Signal, 8)
	conn.Signal(signals)
	b := newBadge()
	b.show("99+", 120)
	b.close()
	for _, want := range []struct {
		count   int64
		visible bool
	}{{120, true}, {0, false}} {
		body := (<-signals).Body
		properties, ok := body[1].(map[string]dbus.Variant)
		if !ok || body[0] != "application://parley.desktop" || properties["count"].Value() != want.count || properties["count-visible"].Value() != want.visible {
			t.Errorf("%v", body)
		}
	}
}
