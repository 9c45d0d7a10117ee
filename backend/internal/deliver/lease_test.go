package deliver

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/channel"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// TestTogether: several servers on one store send each message once, and one of a chat at a time.
func TestTogether(t *testing.T) {
	in(t, func(r *rig) {
		r.lease = DefaultLease
		r.vendor.send = func(ctx context.Context, out desk.Outgoing) channel.Sent {
			time.Sleep(time.Second)
			return accept(ctx, out)
		}
		for range 3 {
			r.start()
		}
		chats, want := []chat.ID{}, map[string]int{}
		for i := range 20 {
			chats = append(chats, r.write(i))
		}
		for n := range 3 {
			for i, id := range chats {
				text := fmt.Sprint(i, "-", n)
				r.reply(id, text)
				want[text] = 1
			}
		}
		time.Sleep(time.Minute)
		got := map[string]int{}
		for _, text := range r.vendor.sent() {
			got[text]++
		}
		if d := cmp.Diff(want, got); d != "" || r.vendor.clash {
			t.Errorf("two of a chat at once: %v; %s", r.vendor.clash, d)
		}
		r.want(chats[7], "7-0 sent", "7-1 sent", "7-2 sent")
	})
}

// TestLease: an attempt of a server that is gone is unclear when its lease has ended, and not before.
func TestLease(t *testing.T) {
	in(t, func(r *rig) {
		r.lease = DefaultLease
		id := r.write(1)
		r.reply(id, "out or not")
		r.reply(id, "next")
		var row desk.Outgoing
		r.read(func(v store.Reader) { row = v.DueOutgoing(r.commit.Now(), 1)[0] })
		r.submit(desk.SendBegun{Message: row.Message, Attempt: 1})
		r.start()
		r.start()
		time.Sleep(DefaultLease - time.Second)
		r.want(id, "out or not accepted", "next accepted")
		time.Sleep(2 * time.Second)
		r.want(id, "out or not uncertain", "next sent")
	})
}

// TestFetchedTogether: servers that share the folder write a file that both fetch under names of their own.
func TestFetchedTogether(t *testing.T) {
	in(t, func(r *rig) {
		r.lease = DefaultLease
		var n atomic.Int64
		r.vendor.fetch = func(_ context.Context, w io.Writer) (int64, error) {
			if n.Add(1) == 2 {
				time.Sleep(5 * time.Second) // it has begun before the other ends, and writes after it
			}
			m, err := io.WriteString(w, "content")
			time.Sleep(time.Second)
			return int64(m), err
		}
		r.start()
		r.write(1, desk.File{VendorID: "f", Name: "a.txt", MIME: "text/plain"})
		time.Sleep(500 * time.Millisecond)
		r.start()
		time.Sleep(2 * time.Second)
		r.start() // a server that starts leaves what others are writing
		var id chat.MediaID
		r.read(func(v store.Reader) {
			for w := range v.Rows {
				if m, ok := w.(desk.PutMedia); ok {
					id = m.Media.ID
				}
			}
		})
		if got := r.files(); got[string(id)] != "content" {
			t.Errorf("the first server has brought %q", got)
		}
		time.Sleep(time.Minute)
		if got := r.files(); n.Load() != 2 || len(got) != 1 || got[string(id)] != "content" {
			t.Errorf("after %d fetches the files are %v", n.Load(), got)
		}
	})
}

// files returns what lies in the folder, by name.
func (r *rig) files() map[string]string {
	r.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(r.media)
	if err != nil {
		r.Fatal(err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(r.media, e.Name()))
		if err != nil {
			r.Fatal(err)
		}
		all[e.Name()] = string(content)
	}
	return all
}

// TestTooLate: a server that was held up after its attempt began sends nothing when another may call it unclear.
func TestTooLate(t *testing.T) {
	in(t, func(r *rig) {
		r.lease = DefaultLease
		id := r.write(1)
		r.reply(id, "late")
		var row desk.Outgoing
		r.read(func(v store.Reader) { row = v.DueOutgoing(r.commit.Now(), 1)[0] })
		d := &Deliverer{Config: Config{Store: r.store, Lease: r.lease, Limits: r.limits.withDefaults(),
			Vendors: map[chat.Channel]channel.Vendor{chat.WhatsApp: r.vendor}}}
		held := d.call(context.Background(), row, time.Now().Add(-DefaultLease/2-time.Second))
		if held.Ending != desk.EndRetry || len(r.vendor.sent()) != 0 {
			t.Errorf("%v; sent %q", held.Ending, r.vendor.sent())
		}
		if d.call(context.Background(), row, time.Now()); len(r.vendor.sent()) != 1 {
			t.Error("an attempt in time was not sent")
		}
	})
}
