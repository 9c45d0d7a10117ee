//go:build e2e && linux

package crashtest

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/sqlite"
)

// keychain starts gnome-keyring on a bus of its own and returns what the console's environment needs for it; nothing
// where it is not installed: then the console cannot take the tokens that it is offered. It ends with the test.
func keychain(t *testing.T) []string {
	t.Helper()
	for _, tool := range []string{"gnome-keyring-daemon", "dbus-run-session"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Logf("%s is not installed: no token is renewed", tool)
			return nil
		}
	}
	home := t.TempDir()
	run := filepath.Join(home, "run")
	if err := os.Mkdir(run, 0o700); err != nil {
		t.Fatal(err)
	}
	env := []string{"HOME=" + home, "XDG_RUNTIME_DIR=" + run, "XDG_DATA_HOME=" + filepath.Join(home, "data")}
	c := exec.Command("dbus-run-session", "--", "sh", "-c",
		`printf 'pw\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null; echo "$DBUS_SESSION_BUS_ADDRESS"; cat >/dev/null`)
	c.Env = append(os.Environ(), env...)
	life, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = life.Close(), c.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("no bus: %v", err)
	}
	return append(env, "DBUS_SESSION_BUS_ADDRESS="+strings.TrimSpace(address))
}

const day = 86_400_000 // milliseconds

// age makes every token so old that the server offers a new one with the next connection. It is called while there is
// no server.
func (w *world) age() {
	w.t.Helper()
	db, err := sqlite.Open(context.Background(), filepath.Join(w.data, "parley.db"), sqlite.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	err = db.Commit(context.Background(), func(tx store.Tx) error {
		var o desk.Outcome
		for _, t := range tx.Tokens() {
			t.CreatedAt -= day
			o.Writes = append(o.Writes, desk.PutToken{Token: t})
		}
		tx.Apply(o, chat.Millis(time.Now().UnixMilli()))
		return tx.Err()
	})
	if err = errors.Join(err, db.Close()); err != nil {
		w.t.Fatal(err)
	}
}

// checkTokens: one token is valid, and one more at most, which was offered in its place. That the console has the one
// and not only the other is seen by its being connected.
func (w *world) checkTokens(s *state) {
	valid := 0
	for _, t := range s.tokens {
		if t.RevokedAt == 0 {
			valid++
		} else {
			w.revoked[t.Hash] = true
		}
	}
	if valid < 1 || valid > 2 {
		w.wrong("%d of %d tokens are valid", valid, len(s.tokens))
	}
}
