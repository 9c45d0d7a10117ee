package main

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"parley/backend/internal/archive"
	"parley/backend/internal/store/postgres"
	"parley/backend/internal/store/postgres/pgtest"
	"parley/backend/server/admin"
	"parley/backend/server/folder"
)

// says runs a command that must end with a code and print words.
func says(t *testing.T, code int, words string, args ...string) {
	t.Helper()
	got, out, problem := parleyd(t, nil, args...)
	if got != code || !regexp.MustCompile(words).MatchString(out+problem) {
		t.Errorf("%q ended %d, saying %q %q; want %d and %q", args, got, out, problem, code, words)
	}
	if n := strings.Count(out, "\n"); code == exitDone && n != 1 {
		t.Errorf("%q printed %d lines", args, n)
	}
}

// TestBackupWhileItRuns: a running server writes the backup, after its loss everything is there again, and consoles are
// told to begin anew.
func TestBackupWhileItRuns(t *testing.T) {
	dir := t.TempDir()
	old, lost, file := filepath.Join(dir, "old"), filepath.Join(dir, "new"), filepath.Join(dir, "a.parley")
	p := start(t, old)
	team := must(t, old, "team", "create", "--name", "Support", "--prefix", "SUP")["id"].(string)
	token := must(t, old, "token", "create", "--agent", must(t, old, "agent", "create", "--name", "Ann", "--team", team)["id"].(string))["token"].(string)
	says(t, exitDone, `a\.parley: 3 rows, 0 chats, 0 messages, 0 files`, "backup", file, "--data", old)
	packed := filepath.Join(dir, "a.tgz")
	says(t, exitDone, `a\.tgz: 3 rows`, "backup", packed, "--data", old)
	for _, args := range [][]string{{"export", filepath.Join(dir, "b")}, {"restore", file}, {"import", file}} {
		says(t, exitFailed, "a server runs on .*end it first|is a backup", append(args, "--data", old)...)
	}
	p.stop()
	says(t, exitDone, "3 rows.*no reply is uncertain", "restore", packed, "--data", lost)
	p = start(t, lost)
	req, err := http.NewRequest(http.MethodGet, p.url+"/media/none", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusNotFound {
		t.Errorf("the token that was made before the backup: %v, %v", resp, err)
	}
	_ = resp.Body.Close()
	again := filepath.Join(dir, "again.parley")
	says(t, exitDone, "3 rows", "backup", again, "--data", lost)
	if epoch(t, file) == epoch(t, again) {
		t.Error("the epoch is the old one")
	}
	p.stop()
}

// epoch is that in an archive.
func epoch(t *testing.T, file string) string {
	t.Helper()
	a, err := archive.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	return a.Manifest.Epoch
}

// TestMoveToPostgreSQL and back again, with a server attached in between.
func TestMoveToPostgreSQL(t *testing.T) {
	url, dir := pgtest.Database(t), t.TempDir()
	old, there, back := filepath.Join(dir, "old"), filepath.Join(dir, "there"), filepath.Join(dir, "back")
	id := must(t, old, "team", "create", "--name", "Support", "--prefix", "SUP")["id"].(string)
	one, two, three := filepath.Join(dir, "1"), filepath.Join(dir, "2"), filepath.Join(dir, "3")
	says(t, exitDone, "1: 1 rows.*Start no server", "export", one, "--data", old)
	says(t, exitDone, "1 rows", "import", one, "--data", there, "--database", url)
	says(t, exitFailed, "there are data already", "import", one, "--data", there, "--database", url)
	server, err := postgres.Open(t.Context(), url, postgres.Options{})
	if err != nil {
		t.Fatal(err)
	}
	says(t, exitFailed, `use this database \(\d+ connections\); end every server`, "export", two, "--data", there, "--database", url)
	says(t, exitDone, "1 rows", "backup", three, "--data", there, "--database", url)
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	says(t, exitFailed, "is a backup.*parleyd restore", "import", three, "--data", back)
	says(t, exitDone, "2: 1 rows", "export", two, "--data", there, "--database", url)
	says(t, exitDone, "1 rows", "import", two, "--data", back)
	if code, out, _ := parleyd(t, nil, "admin", "team", "list", "--data", back); code != exitDone || !strings.Contains(out, id) {
		t.Errorf("the team did not come back: %d %s", code, out)
	}
	if epoch(t, one) == epoch(t, two) || folder.Holds(there) {
		t.Error("the epoch is the old one, or there is an SQLite database too")
	}
}

func TestMovesSayWhatToDo(t *testing.T) {
	dir := t.TempDir()
	data, file := filepath.Join(dir, "data"), filepath.Join(dir, "a")
	must(t, data, "team", "create", "--name", "Support", "--prefix", "SUP")
	says(t, exitDone, "1 rows", "backup", "--data", data, file)
	for _, c := range []struct {
		words string
		code  int
		args  []string
	}{
		{"FILE is missing", exitUsage, []string{"backup", "--data", data}},
		{"--data is missing", exitUsage, []string{"backup", file}},
		{`"b" is not a flag`, exitUsage, []string{"backup", file, "--data", data, "b"}},
		{"not defined: -force", exitUsage, []string{"restore", file, "--force", "--data", data}},
		{"a: it is there|is there: .*--force", exitFailed, []string{"backup", file, "--data", data}},
		{"1 rows", exitDone, []string{"backup", file, "--force", "--data", data}},
		{"no data of Parley in .*--database", exitFailed, []string{"backup", file + "2", "--data", filepath.Join(dir, "none")}},
		{"no data of Parley in .*--database", exitFailed, []string{"export", file + "2", "--data", filepath.Join(dir, "none")}},
		{"data already where it should go", exitFailed, []string{"restore", file, "--data", data}},
		{"no such file", exitFailed, []string{"restore", filepath.Join(dir, "none"), "--data", data}},
		{"damaged or was cut off", exitFailed, []string{"restore", filepath.Join(data, "parley.db"), "--data", filepath.Join(dir, "new")}},
		{"no such file or directory", exitFailed, []string{"backup", filepath.Join(dir, "none", "a"), "--data", data}},
		{"address cannot be read", exitFailed, []string{"import", file, "--data", data, "--database", "postgres://secret:%zz"}},
	} {
		says(t, c.code, c.words, c.args...)
	}
	for name := range moves {
		if code, out, _ := parleyd(t, nil, name, "-h"); code != exitDone || !strings.Contains(out, "parleyd "+name+" FILE") || !strings.Contains(out, "-database") {
			t.Errorf("parleyd %s -h: %d %s", name, code, out)
		}
		if !strings.Contains(overview, "parleyd "+name) {
			t.Errorf("the help does not know %s", name)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "none")); err == nil {
		t.Error("a folder was made for nothing")
	}
	if _, err := os.Stat(filepath.Join(dir, "new")); err == nil {
		t.Error("a folder was made for a file that is no archive")
	}
}

// TestServerDiesMeanwhile: a backup that the server did not finish is not kept.
func TestServerDiesMeanwhile(t *testing.T) {
	dir, data := t.TempDir(), t.TempDir()
	l, err := admin.Listen(folder.Socket(data))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, answer := range []string{
		"HTTP/1.1 200 OK\r\nContent-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
		"HTTP/1.1 200 OK\r\nContent-Type: application/x-tar\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}", "",
	} {
		go func() {
			if c, err := l.Accept(); err == nil {
				_, _ = c.Read(make([]byte, 4096))
				_, _ = c.Write([]byte(answer))
				_ = c.(*net.UnixConn).Close()
			}
		}()
		says(t, exitFailed, "stopped in the middle|damaged or was cut off|of another version|did not answer", "backup", filepath.Join(dir, "a"), "--data", data)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
}
