package deliver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/channel"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// attachment returns the only file of the chat's first message.
func (r *rig) attachment(id chat.ID) (a chat.Attachment) {
	r.Helper()
	r.read(func(v store.Reader) {
		m, _ := v.Message(id, 1)
		a = m.Attachments[0]
	})
	return a
}

func TestFetch(t *testing.T) {
	in(t, func(r *rig) {
		tries := 0
		r.vendor.fetch = func(_ context.Context, w io.Writer) (int64, error) {
			tries++
			n, _ := io.WriteString(w, "%PDF half")
			if tries < 3 {
				return 0, errors.New("the line broke")
			}
			m, _ := io.WriteString(w, " and half")
			return int64(n + m), nil
		}
		leftover := filepath.Join(r.media, unfinished+"old")
		if err := os.WriteFile(leftover, []byte("x"), 0o600); err != nil {
			r.Fatal(err)
		}
		r.start()
		id := r.write(1, desk.File{VendorID: "77", Name: "a.pdf", MIME: "application/pdf"})
		synctest.Wait()
		if a := r.attachment(id); a.State != chat.MediaPending {
			r.Errorf("after one try: %+v", a)
		}
		time.Sleep(time.Minute)
		a := r.attachment(id)
		if a.State != chat.MediaReady || a.Size != 18 || tries != 3 {
			r.Errorf("after %d tries: %+v", tries, a)
		}
		got, err := os.ReadFile(filepath.Join(r.media, string(a.ID)))
		if string(got) != "%PDF half and half" {
			r.Errorf("%q, %v", got, err)
		}
		if entries, _ := os.ReadDir(r.media); len(entries) != 1 {
			r.Errorf("the folder holds %v", entries)
		}
	})
}

func TestFetchGivesUp(t *testing.T) {
	for name, c := range map[string]struct {
		err   error
		tries int
	}{
		"at once":         {fmt.Errorf("gone: %w", channel.ErrFinal), 1},
		"after all tries": {errors.New("down"), 4},
	} {
		t.Run(name, func(t *testing.T) {
			in(t, func(r *rig) {
				tries := 0
				r.limits.FetchTries = 4
				r.vendor.fetch = func(context.Context, io.Writer) (int64, error) { tries++; return 0, c.err }
				r.start()
				id := r.write(1, desk.File{VendorID: "77", Name: "a.pdf"})
				time.Sleep(time.Hour)
				if a := r.attachment(id); a.State != chat.MediaFailed || tries != c.tries {
					r.Errorf("after %d tries: %+v", tries, a)
				}
				if entries, _ := os.ReadDir(r.media); len(entries) != 0 {
					r.Errorf("the folder holds %v", entries)
				}
			})
		})
	}
}

// TestFetchLimit: files do not hold each other up beyond the limit, and a stop leaves what was under way to the next
// start.
func TestFetchLimit(t *testing.T) {
	in(t, func(r *rig) {
		var mu sync.Mutex
		open, most, slow := 0, 0, time.Second
		r.vendor.fetch = func(ctx context.Context, w io.Writer) (int64, error) {
			mu.Lock()
			open++
			most = max(most, open)
			mu.Unlock()
			defer func() { mu.Lock(); open--; mu.Unlock() }()
			if !sleep(ctx, slow) {
				return 0, ctx.Err()
			}
			n, err := io.WriteString(w, "x")
			return int64(n), err
		}
		r.limits.Fetches = 2
		r.start()
		var chats []chat.ID
		for i := range 5 {
			chats = append(chats, r.write(i, desk.File{VendorID: "77", Name: "a.pdf"}))
		}
		time.Sleep(10 * time.Second)
		for _, id := range chats {
			if a := r.attachment(id); a.State != chat.MediaReady {
				r.Errorf("%+v", a)
			}
		}
		if most != 2 {
			r.Errorf("%d at once", most)
		}
		slow = time.Hour
		id := r.write(9, desk.File{VendorID: "78", Name: "b.pdf"})
		synctest.Wait()
		r.stop()
		if a := r.attachment(id); a.State != chat.MediaPending {
			r.Errorf("after the stop: %+v", a)
		}
		slow = 0
		r.start()
		synctest.Wait()
		if a := r.attachment(id); a.State != chat.MediaReady {
			r.Errorf("after the next start: %+v", a)
		}
	})
}
