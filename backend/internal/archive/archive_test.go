package archive

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/storetest"
)

// TestMove: from each store to each other everything comes along, and back again it is the same.
func TestMove(t *testing.T) {
	for from := range kinds {
		for to := range kinds {
			t.Run(from+" to "+to, func(t *testing.T) {
				old, pending, sending := busy(t, kinds[from](t))
				old.do(desk.SendEnded{Message: sending.ID, Attempt: 1, Ended: desk.EndRetry, RetryAt: 1})
				there, done := old.moved(old.file(true), to, (*Archive).Import)
				back, _ := there.moved(there.file(true), from, (*Archive).Import)
				for _, c := range []*company{there, back} {
					if diff := cmp.Diff(old.rows(), c.rows(), cmpopts.EquateEmpty()); diff != "" {
						t.Errorf("rows: %s", diff)
					}
					if diff := cmp.Diff(old.seen(), c.seen(), cmpopts.EquateEmpty()); diff != "" {
						t.Errorf("snapshots: %s", diff)
					}
					if diff := cmp.Diff(old.contents(), c.contents()); diff != "" || len(old.contents()) != 1 {
						t.Errorf("files: %s", diff)
					}
				}
				if old.epoch() == there.epoch() || there.epoch() == back.epoch() {
					t.Error("the epoch is the old one: consoles would go on from where the log is not")
				}
				if m, o := there.state(pending.ID); done.Uncertain != 0 || o.State != desk.OutPending || m.State == chat.Uncertain {
					t.Errorf("what was pending is %s, %s; %d are uncertain", o.State, m.State, done.Uncertain)
				}
				if rows := int64(len(old.rows())); done.Rows != rows || done.Chats != 6 || done.Messages < 12 || done.Files != 1 || done.FileBytes != 16 {
					t.Errorf("%+v of %d rows", done, rows)
				}
			})
		}
	}
}

// TestEveryRow: every field of every kind of row comes along.
func TestEveryRow(t *testing.T) {
	old := &company{TB: t, store: kinds["sqlite"](t)}
	commitRows(t, old.store, storetest.Filled())
	there, _ := old.moved(old.file(true), "memory", (*Archive).Import)
	if diff := cmp.Diff(old.rows(), there.rows(), cmpopts.EquateEmpty()); diff != "" {
		t.Error(diff)
	}
}

func commitRows(t testing.TB, s store.Store, rows []desk.Write) {
	t.Helper()
	err := s.Commit(context.Background(), func(tx store.Tx) error {
		tx.Apply(desk.Outcome{Writes: rows}, 1)
		return tx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestRestore: what was to go out may have gone out since. It is uncertain, is not sent again, and is settled by the
// vendor's word, or asked about.
func TestRestore(t *testing.T) {
	for kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			old, pending, sending := busy(t, kinds[kind](t))
			path := old.file(false)
			there, done := old.moved(path, kind, (*Archive).Restore)
			if done.Uncertain != 3 {
				t.Errorf("%d replies are uncertain, not 3", done.Uncertain)
			}
			for _, m := range []chat.Message{pending, sending} {
				if m, o := there.state(m.ID); m.State != chat.Uncertain || o.State != desk.OutUnclear || m.Asks {
					t.Errorf("%q is %s, its row %s, asks %v", m.Text, m.State, o.State, m.Asks)
				}
			}
			there.read(func(r store.Reader) {
				if due := r.DueOutgoing(1<<62, 10); len(due) > 0 || len(r.Sending()) > 0 {
					t.Errorf("%d replies would be sent again", len(due)+len(r.Sending()))
				}
			})
			settled(t, there, pending, sending)
		})
	}
}

// settled has the vendor tell of one reply, and nobody of the other.
func settled(t *testing.T, c *company, told, untold chat.Message) {
	t.Helper()
	c.do(desk.StatusReport{Channel: chat.WhatsApp, VendorID: "wamid.unheard", Callback: told.ID, State: chat.Delivered})
	if m, o := c.state(told.ID); m.State != chat.Delivered || o.State != desk.OutDone {
		t.Errorf("after the vendor's word %q is %s, its row %s", m.Text, m.State, o.State)
	}
	var due []desk.Timer
	c.read(func(r store.Reader) { due = r.DueTimers(c.desk.Now()+chat.Millis(soon.Milliseconds()), 10) })
	i := slices.IndexFunc(due, func(d desk.Timer) bool { return d.Target == string(untold.ID) })
	if len(due) != 2 || i < 0 {
		t.Fatalf("asked will be about %v, not about %s and the one behind it", due, untold.ID)
	}
	err := c.store.Commit(context.Background(), func(tx store.Tx) error {
		tx.Apply(desk.Decide(tx, due[i].At, nil, desk.TimerDue{ID: due[i].ID}), due[i].At)
		return tx.Err()
	})
	if m, _ := c.state(untold.ID); err != nil || !m.Asks {
		t.Errorf("nobody is asked about %q: %v", m.Text, err)
	}
}

// TestImportWhileSending: even of a final archive, a reply whose sending was cut off may have gone out.
func TestImportWhileSending(t *testing.T) {
	old, pending, sending := busy(t, kinds["memory"](t))
	there, done := old.moved(old.file(true), "memory", (*Archive).Import)
	if m, _ := there.state(sending.ID); m.State != chat.Uncertain || done.Uncertain != 1 {
		t.Errorf("it is %s, %d are uncertain", m.State, done.Uncertain)
	}
	if _, o := there.state(pending.ID); o.State != desk.OutPending {
		t.Errorf("what was pending is %s", o.State)
	}
}

// TestClock: the server's time goes on from the later of the archive's and the wall's.
func TestClock(t *testing.T) {
	old, _, _ := busy(t, kinds["memory"](t))
	for name, wall := range map[string]chat.Millis{"behind": 1, "ahead": 1 << 50} {
		path := old.file(false)
		var was, is chat.Millis
		old.read(func(r store.Reader) { was = r.Clock() })
		to := kinds["memory"](t)
		_, err := open(t, path).Restore(t.Context(), Target{Store: to, Media: t.TempDir(), Clock: func() time.Time { return time.UnixMilli(int64(wall)) }})
		if err != nil {
			t.Fatal(err)
		}
		(&company{TB: t, store: to}).read(func(r store.Reader) { is = r.Clock() })
		if is != max(was, wall) {
			t.Errorf("%s: it was %d, the wall says %d, it is %d", name, was, wall, is)
		}
	}
}

// TestIntoWhatIsNotEmpty: nothing of it is changed, also not by an archive with the same rows.
func TestIntoWhatIsNotEmpty(t *testing.T) {
	for kind := range kinds {
		t.Run(kind, func(t *testing.T) {
			c, _, _ := busy(t, kinds[kind](t))
			path := c.file(true)
			before, epoch := c.rows(), c.epoch()
			for name, how := range map[string]func(*Archive, context.Context, Target) (Loaded, error){"restore": (*Archive).Restore, "import": (*Archive).Import} {
				if _, err := how(open(t, path), t.Context(), Target{Store: c.store, Media: c.media}); !errors.Is(err, ErrNotEmpty) {
					t.Errorf("%s: %v", name, err)
				}
			}
			if diff := cmp.Diff(before, c.rows()); diff != "" || c.epoch() != epoch || len(c.contents()) != 1 {
				t.Errorf("it was changed: %s", diff)
			}
		})
	}
}

// TestBackupIsNotImported, but restored.
func TestBackupIsNotImported(t *testing.T) {
	c, _, _ := busy(t, kinds["memory"](t))
	to := kinds["memory"](t)
	if _, err := open(t, c.file(false)).Import(t.Context(), Target{Store: to, Media: t.TempDir()}); !errors.Is(err, ErrNotFinal) {
		t.Errorf("import of a backup: %v", err)
	}
	if _, err := open(t, c.file(true)).Restore(t.Context(), Target{Store: to, Media: t.TempDir()}); err != nil {
		t.Errorf("restore of an export: %v", err)
	}
}

// TestMissingFile: a file that was taken away is counted and does not stop the others.
func TestMissingFile(t *testing.T) {
	c, _, _ := busy(t, kinds["memory"](t))
	c.fetch("the second")
	for name, content := range c.contents() {
		if content != "the second" {
			if err := os.Remove(filepath.Join(c.media, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	there, done := c.moved(c.file(true), "memory", (*Archive).Import)
	if done.Files != 1 || done.Missing != 1 || len(there.contents()) != 1 {
		t.Errorf("%+v, %v", done, there.contents())
	}
	if err := os.RemoveAll(c.media); err != nil {
		t.Fatal(err)
	}
	if _, done := c.moved(c.file(true), "memory", (*Archive).Import); done.Files != 0 || done.Missing != 2 {
		t.Errorf("without the folder: %+v", done)
	}
}
