package secret

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// asked names the variable under which TestGnomeKeyring runs itself again, on a bus of its own.
const asked = "PARLEY_TEST_KEYRING"

// TestGnomeKeyring keeps a token in a real gnome-keyring with a home and a bus of its own: one process stores it, the
// next finds it, and no file holds it in plain text. It is skipped only where gnome-keyring is not installed.
func TestGnomeKeyring(t *testing.T) {
	if step := os.Getenv(asked); step != "" {
		inKeyring(t, step)
		return
	}
	for _, tool := range []string{"gnome-keyring-daemon", "dbus-run-session"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	self := fmt.Sprintf("%q -test.run='^TestGnomeKeyring$' -test.v", os.Args[0])
	script := "set -e\nprintf 'pw\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null\n" +
		asked + "=keep " + self + "\n" + asked + "=find " + self + "\n"
	c := exec.Command("dbus-run-session", "--", "sh", "-c", script)
	c.Env = append(os.Environ(), "HOME="+home, "XDG_RUNTIME_DIR="+filepath.Join(home, "run"),
		"XDG_DATA_HOME="+filepath.Join(home, "data"))
	out, err := c.CombinedOutput()
	if err != nil || strings.Count(string(out), "--- PASS") != 2 {
		t.Fatalf("%v\n%s", err, out)
	}
	nowhereOnDisk(t, home)
}

const keyringToken = "token-of-the-keyring-test"

// inKeyring is one step, in a process of its own.
func inKeyring(t *testing.T, step string) {
	if step == "keep" {
		if _, state := New("/folder", 0).Keep(t.Context(), server, "first-"+keyringToken); state != Stored {
			t.Fatalf("Keep: %q", state)
		}
		if _, err := New("/folder", 0).Renew(t.Context(), server, keyringToken); err != nil {
			t.Fatal(err)
		}
		return
	}
	all, state, err := New("/folder", 0).Find(t.Context(), server)
	if len(all) != 2 || all[0] != keyringToken || state != Stored || err != nil {
		t.Fatalf("Find = %q, %q, %v", all, state, err)
	}
}

func nowhereOnDisk(t *testing.T, dir string) {
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(keyringToken)) {
			t.Errorf("%s holds the token", path)
		}
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v: the keyring wrote nothing", files, err)
	}
}
