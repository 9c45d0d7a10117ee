package shell

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/app/internal/engine"
)

func claim(t *testing.T, path string, raise func() bool) *Folder {
	t.Helper()
	f, err := Claim(path, raise)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func noWindow() bool { return false }

func TestASecondStartRaisesTheFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "folder")
	raised := 0
	f := claim(t, path, func() bool { raised++; return true })
	for range 3 {
		if _, err := Claim(path, func() bool { t.Error("the second was raised"); return true }); !errors.Is(err, ErrRaised) {
			t.Errorf("Claim: %v", err)
		}
	}
	if raised != 3 {
		t.Errorf("raised %d times", raised)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	claim(t, path, noWindow)
}

// TestASecondStartBesideABrowser: what has no window cannot be raised, and does not say that it was.
func TestASecondStartBesideABrowser(t *testing.T) {
	f := claim(t, t.TempDir(), noWindow)
	if _, err := Claim(f.Path, nil); !errors.Is(err, ErrServed) {
		t.Errorf("Claim: %v", err)
	}
}

func TestTheFolderIsPrivate(t *testing.T) {
	f := claim(t, filepath.Join(t.TempDir(), "d"), noWindow)
	for name, want := range map[string]os.FileMode{"": 0o700, lockName: 0o600, socketName: 0o600} {
		info, err := os.Stat(filepath.Join(f.Path, name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%q: %v %v", name, info.Mode(), err)
		}
	}
}

func TestASocketThatACrashLeftIsReplaced(t *testing.T) {
	path := t.TempDir()
	if err := os.WriteFile(filepath.Join(path, socketName), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	raised := false
	claim(t, path, func() bool { raised = true; return true })
	if _, err := Claim(path, nil); !errors.Is(err, ErrRaised) || !raised {
		t.Errorf("Claim: %v, raised: %v", err, raised)
	}
}

func TestAHolderThatDoesNotAnswer(t *testing.T) {
	path := t.TempDir()
	f := claim(t, path, noWindow)
	if err := f.socket.Close(); err != nil {
		t.Fatal(err)
	}
	f.served.Wait()
	if _, err := Claim(path, nil); !errors.Is(err, ErrInUse) {
		t.Errorf("nobody listens: %v", err)
	}
	l, err := net.Listen("unix", filepath.Join(path, socketName))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil {
			_ = c.Close()
		}
	}()
	if _, err := Claim(path, nil); !errors.Is(err, ErrInUse) {
		t.Errorf("one who hangs up: %v", err)
	}
}

func TestStrangeWordsRaiseNothing(t *testing.T) {
	f := claim(t, t.TempDir(), func() bool { t.Error("raised"); return true })
	for _, word := range []string{"", "rais", "RAISE\n", strings.Repeat("x", 1<<20)} {
		c, err := net.Dial("unix", filepath.Join(f.Path, socketName))
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.WriteString(c, word)
		_ = c.(*net.UnixConn).CloseWrite()
		if answer, _ := io.ReadAll(c); len(answer) != 0 {
			t.Errorf("%.9q is answered %q", word, answer)
		}
		_ = c.Close()
	}
}

func TestKeepsTheServer(t *testing.T) {
	f := claim(t, t.TempDir(), noWindow)
	if s, err := f.Server(); s != "" || err != nil {
		t.Errorf("before: %q %v", s, err)
	}
	for _, address := range []string{"wss://chat.example.com", "http://127.0.0.1:8420"} {
		if err := f.KeepServer(address); err != nil {
			t.Fatal(err)
		}
		if s, err := f.Server(); s != address || err != nil {
			t.Errorf("%q %v", s, err)
		}
	}
}

func TestTheEnvironmentIsMadeSafe(t *testing.T) {
	for _, name := range []string{"WEBKIT_INSPECTOR_SERVER", "WEBKIT_INSPECTOR_HTTP_SERVER"} {
		t.Setenv(name, "127.0.0.1:1")
	}
	t.Setenv("WEBKIT_DISABLE_DMABUF_RENDERER", "")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/given")
	Prepare()
	for name, want := range map[string]string{"WEBKIT_INSPECTOR_SERVER": "", "WEBKIT_INSPECTOR_HTTP_SERVER": "",
		"WEBKIT_DISABLE_DMABUF_RENDERER": "1", "DBUS_SESSION_BUS_ADDRESS": "unix:path=/given"} {
		if got := os.Getenv(name); got != want {
			t.Errorf("%s=%q", name, got)
		}
	}
	t.Setenv("WEBKIT_DISABLE_DMABUF_RENDERER", "0")
	if Prepare(); os.Getenv("WEBKIT_DISABLE_DMABUF_RENDERER") != "0" {
		t.Error("what the user had set was changed")
	}
}

func TestFindsTheUsersBus(t *testing.T) {
	run := t.TempDir()
	if got := sessionBus(run); got != "disabled:" {
		t.Errorf("without one: %q", got)
	}
	if err := os.WriteFile(filepath.Join(run, "bus"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got := sessionBus(run); got != "unix:path="+filepath.Join(run, "bus") {
		t.Errorf("with one: %q", got)
	}
}

func TestLanguage(t *testing.T) {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		t.Setenv(name, "")
	}
	if Language() != "en" {
		t.Error("no language")
	}
	t.Setenv("LANG", "de_AT.UTF-8")
	if Language() != "de" {
		t.Error("LANG is not heard")
	}
	t.Setenv("LC_ALL", "fr_FR.UTF-8")
	if Language() != "en" {
		t.Error("LC_ALL does not come first")
	}
}

func TestAWindowThatIsNotOpenDoesNothing(t *testing.T) {
	w := &Window{}
	w.SetTitle("(1) Parley")
	w.SetBadge("1", 1)
	w.Notify(engine.Notification{Chat: "A"})
	w.Withdraw("A")
	w.Raise()
	w.Emit("changed", "")
	for range 2 * maxWaiting {
		w.Emit("open", "A")
	}
	if path, err := w.SaveDialog("x"); path != "" || err != nil {
		t.Errorf("SaveDialog: %q %v", path, err)
	}
	if w.title != "(1) Parley" || len(w.waiting) != maxWaiting {
		t.Errorf("title %q, %d waiting", w.title, len(w.waiting))
	}
}

func TestEveryAnswerHasThePolicy(t *testing.T) {
	handler := policy("default-src 'none'")(http.NotFoundHandler())
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest("GET", "/x", nil))
	if w.Code != 404 || w.Header().Get("Content-Security-Policy") != "default-src 'none'" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

func TestTheLibrarysLogTellsNoWords(t *testing.T) {
	for message, want := range map[string]string{
		`error parsing arguments: "words of a customer"`: "error parsing arguments",
		`process message '{"text":"words"}'`:             "process message ",
		strings.Repeat("long ", 50):                      strings.Repeat("long ", 12),
	} {
		if got := beginning(message); got != want {
			t.Errorf("%q became %q", message, got)
		}
	}
}

func TestPlainTextIsShort(t *testing.T) {
	if got := plain(strings.Repeat("ä", 10_000)); len([]rune(got)) != maxNotice {
		t.Errorf("%d characters", len([]rune(got)))
	}
}

// FuzzParseSize: whatever the file says, the window opens at a size that can be used.
func FuzzParseSize(f *testing.F) {
	f.Add([]byte(`{"width":1280,"height":860,"maximised":false}`))
	f.Add([]byte(`{"width":-1,"height":1e9}`))
	f.Add([]byte(`[]`))
	f.Fuzz(func(t *testing.T, b []byte) {
		s := parseSize(b, size{Width: firstWidth, Height: firstHeight})
		if s.Width < minWidth || s.Height < minHeight || s.Width > maxSide || s.Height > maxSide {
			t.Errorf("%q became %+v", b, s)
		}
	})
}

func TestASilentStartIsLetGo(t *testing.T) {
	here, there := net.Pipe()
	defer there.Close()
	began := time.Now()
	_ = here.SetDeadline(time.Now())
	answerRaise(deadlined{here}, func() bool { t.Error("raised"); return true })
	if time.Since(began) > answerTimeout {
		t.Error("it was waited for")
	}
}

// deadlined is a connection whose time is over.
type deadlined struct{ net.Conn }

func (deadlined) SetDeadline(time.Time) error { return nil }
