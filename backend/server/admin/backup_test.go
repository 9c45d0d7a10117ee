package admin

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"parley/backend/internal/store"
	"parley/backend/server/folder"
)

// running serves an office on a folder, as a server does.
func running(t *testing.T, o *Office) (dir string) {
	t.Helper()
	dir = t.TempDir()
	l, err := Listen(folder.Socket(dir))
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	s := &http.Server{Handler: o.Handler()}
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
	return dir
}

func TestBackupOfARunningServer(t *testing.T) {
	large := bytes.Repeat([]byte("archive "), 1<<17)
	whole := running(t, &Office{Backup: func(_ context.Context, w io.Writer) error {
		_, err := w.Write(large)
		return err
	}})
	var got bytes.Buffer
	if err := Backup(t.Context(), whole, &got); err != nil || !bytes.Equal(got.Bytes(), large) {
		t.Errorf("%d of %d bytes, %v", got.Len(), len(large), err)
	}
	full := errors.New("the writer takes no more")
	if err := Backup(t.Context(), whole, refusing{full}); !errors.Is(err, full) {
		t.Errorf("a writer that refuses: %v", err)
	}
}

// refusing takes nothing.
type refusing struct{ why error }

func (r refusing) Write([]byte) (int, error) { return 0, r.why }

// TestBackupThatFails: whatever the server could not do is an error here.
func TestBackupThatFails(t *testing.T) {
	for words, o := range map[string]*Office{
		"could not write the backup: the server is going down": {Backup: func(_ context.Context, w io.Writer) error {
			_, err := w.Write([]byte("the beginning of it"))
			return errors.Join(err, store.ErrClosed)
		}},
		"could not write the backup: the server's disk": {Backup: func(context.Context, io.Writer) error { return store.ErrNoRoom }},
		"stopped in the middle": {Backup: func(_ context.Context, w io.Writer) error {
			_, _ = w.Write(make([]byte, 1<<20))
			panic(http.ErrAbortHandler)
		}},
		"of another version": {},
	} {
		err := Backup(t.Context(), running(t, o), io.Discard)
		if err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%v, not %q", err, words)
		}
	}
}

// TestBackupOfNothing makes nothing.
func TestBackupOfNothing(t *testing.T) {
	dir := t.TempDir()
	var f *Failure
	if err := Backup(t.Context(), dir, io.Discard); !errors.As(err, &f) || f.Code != CodeNotFound || folder.Holds(dir) {
		t.Errorf("%v; it holds data: %v", err, folder.Holds(dir))
	}
}
