//go:build unix

// Package pgtest runs a PostgreSQL server for tests, from the system's package, in a temporary folder. Tests of any room
// may use it; nothing that ships does.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Database makes an empty database, which is dropped when t ends, and returns its URL. Its server keeps nothing when the
// machine crashes. Where PostgreSQL is not installed t is skipped.
func Database(t testing.TB) string { return quick.database(t) }

// DurableDatabase is Database on a server that syncs its files, as one that is measured must.
func DurableDatabase(t testing.TB) string { return durable.database(t) }

// Run executes a script in the database that url names.
func Run(t testing.TB, url, script string) {
	t.Helper()
	if err := run(url, script); err != nil {
		t.Fatal(err)
	}
}

func run(url, script string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c, err := pgconn.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("pgtest: connect: %w", err)
	}
	defer c.Close(ctx)
	if _, err := c.Exec(ctx, script).ReadAll(); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	return nil
}

// server is one server of this process, begun when it is first asked for. It ends with the process, however that ends.
type server struct {
	settings []string
	begin    sync.Once
	dir      string
	life     io.WriteCloser // the keeper's standard input: closed when this process is gone
	err      error
	mu       sync.Mutex
	made     int // databases, guarded by mu
}

var (
	durable = &server{settings: []string{"-c", "fsync=on"}}
	quick   = &server{settings: []string{"-c", "fsync=off", "-c", "full_page_writes=off"}}
)

// patience is how long the server may take for anything.
const patience = time.Minute

func (s *server) database(t testing.TB) string {
	t.Helper()
	name, err := s.make()
	if errors.Is(err, errAbsent) {
		t.Skip("not run:", err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { Run(t, s.url("postgres"), "DROP DATABASE "+name+" WITH (FORCE)") })
	return s.url(name)
}

var errAbsent = errors.New("PostgreSQL is not installed (Debian: build/setup test)")

// Serve makes an empty database on a server that syncs its files, and returns its URL. The server ends with this
// process.
func Serve() (url string, err error) {
	name, err := durable.make()
	return durable.url(name), err
}

// make makes an empty database and returns its name.
func (s *server) make() (name string, err error) {
	bin := installed()
	if bin == "" {
		return "", errAbsent
	}
	s.begin.Do(func() { s.err = s.start(bin) })
	if s.err != nil {
		return "", s.err
	}
	s.mu.Lock()
	s.made++
	name = "t" + strconv.Itoa(s.made)
	s.mu.Unlock()
	return name, run(s.url("postgres"), "CREATE DATABASE "+name)
}

func (s *server) url(database string) string {
	return fmt.Sprintf("postgres://parley@/%s?host=%s&sslmode=disable", database, s.dir)
}

// installed returns the folder of the newest server's programs.
func installed() string {
	all, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // the pattern is right
	if len(all) == 0 {
		return ""
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		return n
	}
	return filepath.Dir(slices.MaxFunc(all, func(a, b string) int { return version(a) - version(b) }))
}

// keeper runs the server until its standard input ends, which is when this process is gone, and tidies up.
const keeper = `"$1/postgres" -D "$2/data" -k "$2" "${@:3}" & server=$!
	cat >/dev/null; kill -QUIT $server; wait $server; rm -rf "$2"`

// start makes a database cluster whose text is by default ordered as people do, so that what must be ordered by byte is
// seen to say so itself.
func (s *server) start(bin string) error {
	who, err := owner()
	if err != nil {
		return err
	}
	if s.dir, err = os.MkdirTemp("/tmp", "parley-pg-"); err != nil { // a socket's path must be short
		return err
	}
	if who != nil {
		if err := os.Chown(s.dir, int(who.Uid), int(who.Gid)); err != nil {
			return err
		}
	}
	log, err := os.Create(filepath.Join(s.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	command := func(name string, args ...string) *exec.Cmd {
		c := exec.Command(name, args...)
		c.Dir, c.Stdout, c.Stderr = s.dir, log, log
		c.SysProcAttr = &syscall.SysProcAttr{Credential: who, Setpgid: true}
		return c
	}
	made := command(filepath.Join(bin, "initdb"), "-D", filepath.Join(s.dir, "data"), "-U", "parley", "-A", "trust", "--no-sync",
		"--encoding=UTF8", "--locale=C.UTF-8", "--locale-provider=icu", "--icu-locale=en-US")
	if err := made.Run(); err != nil {
		return s.failed("make the cluster", err)
	}
	args := append([]string{"-c", keeper, "pgtest", bin, s.dir, "-c", "listen_addresses=", "-c", "max_connections=200"}, s.settings...)
	running := command("bash", args...)
	if s.life, err = running.StdinPipe(); err != nil {
		return err
	}
	if err := running.Start(); err != nil {
		return s.failed("start", err)
	}
	return s.wait()
}

// wait returns when the server answers.
func (s *server) wait() error {
	for last := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) { // it tells nobody when it is ready
		err := run(s.url("postgres"), "SELECT 1")
		if err == nil {
			return nil
		}
		if time.Now().After(last) {
			return s.failed("wait for it", err)
		}
	}
}

// failed adds what the server has said.
func (s *server) failed(what string, err error) error {
	said, _ := os.ReadFile(filepath.Join(s.dir, "log"))
	return fmt.Errorf("pgtest: %s: %w\n%s", what, err, said)
}

// owner is whom the server runs as: it refuses root, and then it is nobody.
func owner() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return nil, fmt.Errorf("pgtest: PostgreSQL refuses to run as root: %w", err)
	}
	uid, err := strconv.ParseUint(nobody.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(nobody.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}
