package shell

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/gofrs/flock"
)

// Names in the data folder, and limits of what is read from them.
const (
	lockName      = "lock"
	socketName    = "instance.sock"
	serverName    = "server"
	raiseWord     = "raise\n"
	raisedWord    = "raised\n"
	servedWord    = "served\n" // there is no window; as long as raisedWord
	answerTimeout = 3 * time.Second
	maxServer     = 2 << 10 // bytes
)

// ErrRaised is returned by Claim when another instance holds the folder and has shown its window.
var ErrRaised = errors.New("Parley is running already; its window was raised")

// ErrServed is returned by Claim when another instance holds the folder and is shown by a browser.
var ErrServed = errors.New("Parley is running already, in a browser: open the address that it printed when it started")

// ErrInUse is returned by Claim when another instance holds the folder and does not answer.
var ErrInUse = errors.New("another instance of Parley uses this data folder and does not answer")

// Folder is a data folder that this process holds.
type Folder struct {
	Path   string
	lock   *flock.Flock
	socket net.Listener // nil where none could be opened
	served sync.WaitGroup
}

// Claim makes the folder if need be and takes it for this process. raise is called, from any goroutine, when a later
// start on the same folder asks for it, and reports whether there is a window to raise.
func Claim(path string, raise func() bool) (*Folder, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, unusable(path, err)
	}
	lock := flock.New(filepath.Join(path, lockName), flock.SetPermissions(0o600))
	free, err := lock.TryLock()
	if err != nil {
		return nil, unusable(path, err)
	}
	if !free {
		return nil, askToRaise(filepath.Join(path, socketName))
	}
	f := &Folder{Path: path, lock: lock}
	if err := f.listen(raise); err != nil {
		slog.Warn("a second start cannot raise this window", "err", err)
	}
	return f, nil
}

// unusable says what to do about a folder that cannot be taken. One that was used before can be, also where it may
// only be read.
func unusable(path string, err error) error {
	do := "name another with --data DIR"
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		do = "there is no room on its disk: make room, or " + do
	case errors.Is(err, syscall.EROFS):
		do = "its disk may only be read: make it writable, or " + do
	case errors.Is(err, os.ErrPermission):
		do = "this user may not write there: change that, or " + do
	}
	return fmt.Errorf("the data folder %s cannot be used; %s (%w)", path, do, err)
}

// askToRaise tells the instance that holds the folder to show its window.
func askToRaise(socket string) error {
	c, err := net.DialTimeout("unix", socket, answerTimeout)
	if err != nil {
		return ErrInUse
	}
	defer c.Close()
	answer := make([]byte, len(raisedWord))
	_ = c.SetDeadline(time.Now().Add(answerTimeout))
	if _, err := io.WriteString(c, raiseWord); err != nil {
		return ErrInUse
	}
	_, err = io.ReadFull(c, answer)
	switch {
	case err == nil && string(answer) == raisedWord:
		return ErrRaised
	case err == nil && string(answer) == servedWord:
		return ErrServed
	}
	return ErrInUse
}

// listen waits for later starts. A socket that was left behind by a crash is replaced: the lock is ours.
func (f *Folder) listen(raise func() bool) error {
	path := filepath.Join(f.Path, socketName)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return errors.Join(err, l.Close())
	}
	f.socket = l
	f.served.Go(func() { serveRaise(l, raise) })
	return nil
}

func serveRaise(l net.Listener, raise func() bool) {
	for {
		c, err := l.Accept()
		if err != nil {
			return
		}
		answerRaise(c, raise)
	}
}

// answerRaise serves one later start; one that says nothing is let go after the timeout.
func answerRaise(c net.Conn, raise func() bool) {
	defer c.Close()
	word := make([]byte, len(raiseWord))
	_ = c.SetDeadline(time.Now().Add(answerTimeout))
	if _, err := io.ReadFull(c, word); err != nil || string(word) != raiseWord {
		return
	}
	answer := servedWord
	if raise() {
		answer = raisedWord
	}
	_, _ = io.WriteString(c, answer)
}

// Close gives the folder free.
func (f *Folder) Close() error {
	var err error
	if f.socket != nil {
		err = f.socket.Close()
		f.served.Wait()
	}
	return errors.Join(err, f.lock.Unlock())
}

// Server is the server that was kept; "" if there is none.
func (f *Folder) Server() (string, error) {
	file, err := os.Open(filepath.Join(f.Path, serverName))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("shell: the kept server: %w", err)
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, maxServer))
	if err != nil {
		return "", fmt.Errorf("shell: the kept server: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// KeepServer remembers the server for the next start. It writes nothing if it is the one that was kept.
func (f *Folder) KeepServer(address string) error {
	if kept, err := f.Server(); err == nil && kept == address {
		return nil
	}
	path := filepath.Join(f.Path, serverName)
	if err := os.WriteFile(path+".new", []byte(address+"\n"), 0o600); err != nil {
		return fmt.Errorf("shell: keep the server: %w", err)
	}
	return os.Rename(path+".new", path)
}
