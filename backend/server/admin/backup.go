package admin

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"time"

	"parley/backend/internal/archive"
	"parley/backend/internal/store"
	"parley/backend/server/folder"
)

// How a running server hands out a backup.
const (
	backupPath  = "/backup"
	backupType  = "application/x-tar"
	backupStall = time.Minute // how long whoever asked may take none of it
	whyNot      = "Parley-Failure"
)

// Write writes an archive of a server's state, as it is now, to w. Whoever writes one does so in the state that a server
// may still change, so that it is not final.
func Write(ctx context.Context, w io.Writer, s store.Store, dir string) error {
	_, err := archive.Write(ctx, w, archive.Source{Read: s.Read, Media: folder.Media(dir), Store: folder.Kind(s)})
	return err
}

// Backup writes an archive of the state of the server that runs on the data folder dir to w, or where none runs, of the
// folder's. What a running server could not finish is refused by whoever reads it, and said here.
func Backup(ctx context.Context, dir string, w io.Writer) error {
	return reach(ctx, dir, func() (bool, error) {
		return takeBackup(ctx, folder.Socket(dir), w)
	}, func() (err error) {
		if !folder.Holds(dir) {
			return fail(CodeNotFound, "there are no data of Parley in %s; if they lie in PostgreSQL, say where with --database", dir)
		}
		f, err := folder.Open(ctx, dir)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		return Write(ctx, w, f.Store, dir)
	})
}

// takeBackup asks the server that listens at path. ok is false when nobody listens there.
func takeBackup(ctx context.Context, path string, w io.Writer) (ok bool, err error) {
	client, ok := dial(ctx, path)
	if !ok {
		return false, nil
	}
	defer client.CloseIdleConnections()
	get, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://parleyd"+backupPath, nil)
	if err != nil {
		return true, err
	}
	resp, err := client.Do(get)
	if err != nil {
		return true, fail(CodeBusy, "the running server did not answer; try again")
	}
	defer resp.Body.Close()
	if kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); err != nil || kind != backupType {
		return true, fail(CodeUsage, "the running server does not understand this command; is it of another version?")
	}
	body := &body{Reader: resp.Body}
	if _, err := io.Copy(w, body); err != nil {
		if body.cut && ctx.Err() == nil {
			return true, fail(CodeBusy, "the running server stopped in the middle of the backup; try again")
		}
		return true, err
	}
	if why := resp.Trailer.Get(whyNot); why != "" {
		return true, fail(CodeBusy, "the running server could not write the backup: %s", why)
	}
	return true, nil
}

// body tells a server that stopped sending from a disk that does not take what it sends.
type body struct {
	io.Reader
	cut bool
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	b.cut = err != nil && err != io.EOF
	return n, err
}

// handOut writes a backup as the answer to a request.
func (o *Office) handOut(w http.ResponseWriter, r *http.Request) {
	if o.Backup == nil {
		http.Error(w, "there is no backup to be had here", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", backupType)
	w.Header().Set("Trailer", whyNot)
	to := patient{w, http.NewResponseController(w)}
	if err := o.Backup(r.Context(), to); err != nil {
		w.Header().Set(whyNot, asFailure(err).Message)
	}
}

// patient is an answer that may take as long as somebody takes it.
type patient struct {
	io.Writer
	control *http.ResponseController
}

// Write implements io.Writer.
func (p patient) Write(b []byte) (int, error) {
	// Where there are no deadlines there is none to move.
	_ = p.control.SetWriteDeadline(time.Now().Add(backupStall))
	return p.Writer.Write(b)
}
