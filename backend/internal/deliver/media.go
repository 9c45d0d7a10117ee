package deliver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"parley/backend/crash"
	"parley/backend/internal/channel"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// unfinished begins the name of a file that is still being written; ids have no dot.
const unfinished = ".unfinished-"

// leftBefore is since when a file must be unfinished for nobody to be writing it: other servers may be. If there are
// none, that is any.
func (c Config) leftBefore() time.Time {
	if c.Lease == 0 {
		return time.Unix(1<<40, 0)
	}
	return time.Now().Add(-2 * c.Limits.FetchTime)
}

// openFolder opens the folder of the files and removes what is unfinished in it since before a moment.
func openFolder(name string, left time.Time) (*os.Root, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		return nil, err
	}
	entries, err := fs.ReadDir(root.FS(), ".")
	for _, e := range entries {
		if info, gone := e.Info(); strings.HasPrefix(e.Name(), unfinished) && gone == nil && info.ModTime().Before(left) {
			err = errors.Join(err, root.Remove(e.Name()))
		}
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	return root, nil
}

// fetch makes one attempt to bring a customer's file here.
func (d *Deliverer) fetch(ctx context.Context, m desk.Media) {
	end := desk.MediaEnded{Media: m.ID, Attempt: m.Attempt + 1}
	size, err := d.bring(ctx, m)
	switch {
	case err == nil:
		crash.Point(crash.MediaFetched)
		end.Ready, end.Size = true, size
	case ctx.Err() != nil:
		return // the server is ending; the row stays as it is and the next start tries again
	case !errors.Is(err, channel.ErrFinal) && end.Attempt < d.Limits.FetchTries:
		end.RetryAt = d.after(d.Limits.backOff(end.Attempt, d.Limits.LongestFetchRetry))
	}
	if err != nil {
		d.complain(ctx, "deliver: a file was not fetched", err)
	}
	d.note(ctx, end)
}

// bring fetches m and puts it in its place, whole and durable or not at all.
func (d *Deliverer) bring(ctx context.Context, m desk.Media) (int64, error) {
	vendor, cred, err := d.source(ctx, m)
	if err != nil {
		return 0, err
	}
	limited, cancel := context.WithTimeout(ctx, d.Limits.FetchTime)
	defer cancel()
	name := unfinished + string(m.ID) + "-" + rand.Text() // another server may be writing the same file
	size, err := d.write(name, func(w io.Writer) (int64, error) {
		return vendor.Fetch(limited, cred, m, w, d.Limits.FileBytes)
	})
	if err == nil {
		err = d.place(name, string(m.ID))
	}
	if err != nil {
		_ = d.files.Remove(name)
		return 0, err
	}
	return size, nil
}

// source finds whom to ask for m.
func (d *Deliverer) source(ctx context.Context, m desk.Media) (channel.Vendor, desk.Credential, error) {
	var cred desk.Credential
	err := d.Store.Read(ctx, func(r store.Reader) error {
		cred, _ = r.Credential(m.Credential)
		return r.Err()
	})
	if err != nil {
		return nil, cred, fmt.Errorf("deliver: read credentials: %w", err)
	}
	vendor := d.Vendors[cred.Channel]
	if vendor == nil {
		return nil, cred, fmt.Errorf("deliver: no vendor to fetch a file from: %w", channel.ErrFinal)
	}
	return vendor, cred, nil
}

// write fills the file name, and returns when its bytes are on the disk.
func (d *Deliverer) write(name string, fill func(io.Writer) (int64, error)) (int64, error) {
	f, err := d.files.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, fmt.Errorf("deliver: write a file: %w", err)
	}
	size, err := fill(f)
	if err == nil {
		err = f.Sync()
	}
	return size, errors.Join(err, f.Close())
}

// place gives a whole file its name, and returns when the folder on the disk says so.
func (d *Deliverer) place(from, to string) error {
	if err := d.files.Rename(from, to); err != nil {
		return fmt.Errorf("deliver: place a file: %w", err)
	}
	folder, err := d.files.Open(".")
	if err != nil {
		return fmt.Errorf("deliver: place a file: %w", err)
	}
	return errors.Join(folder.Sync(), folder.Close())
}
