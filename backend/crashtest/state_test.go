//go:build e2e && linux

package crashtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"

	"parley/app/view"
	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/sqlite"
)

// state is what lies in the database.
type state struct {
	chats    []chat.Chat // held or queued, by id
	messages map[chat.ID][]chat.Message
	outgoing map[chat.MessageID]desk.Outgoing
	drafts   map[chat.ID]string // that are not empty
	tokens   []desk.Token
	byVendor map[string]chat.Message // the customers', by the vendor's ids that the ledger has
	busy     bool                    // something is still to be sent or fetched
}

// copied reads the state from a copy of the database, so that the running server's own is not touched.
func (w *world) copied() (s state) {
	w.t.Helper()
	dir, err := os.MkdirTemp("", "parley-crashtest-")
	if err != nil {
		w.t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	if !until(w.ctx, func() bool { return w.copyTo(dir) }) {
		w.t.Fatal("the database changes all the time")
	}
	return w.read(filepath.Join(dir, "parley.db"))
}

// copyTo copies the log and then the database, and reports whether they belong together: the database changes only
// when the log is worked into it.
func (w *world) copyTo(dir string) bool {
	before, err := os.Stat(filepath.Join(w.data, "parley.db"))
	for _, name := range []string{"parley.db-wal", "parley.db"} {
		if err == nil {
			err = copyFile(filepath.Join(w.data, name), filepath.Join(dir, name))
		}
	}
	if err != nil {
		w.t.Fatal(err)
	}
	after, err := os.Stat(filepath.Join(w.data, "parley.db"))
	return err == nil && after.ModTime().Equal(before.ModTime()) && after.Size() == before.Size()
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}

func (w *world) read(path string) state {
	w.t.Helper()
	s := state{messages: map[chat.ID][]chat.Message{}, outgoing: map[chat.MessageID]desk.Outgoing{}, byVendor: map[string]chat.Message{},
		drafts: map[chat.ID]string{}}
	db, err := sqlite.Open(context.Background(), path, sqlite.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	err = db.Read(context.Background(), func(r store.Reader) error {
		s.chats = append(r.ChatsHeldBy(w.agent), r.ChatsQueuedIn(w.team)...)
		for i := range s.chats {
			s.readChat(r, &s.chats[i])
		}
		for _, said := range w.ledger.saidSoFar() {
			if m, ok := r.MessageByVendor(chat.WhatsApp, said.message.ID); ok {
				s.byVendor[said.message.ID] = m
			}
		}
		for _, d := range r.DraftsOf(w.agent) {
			if d.Text != "" {
				s.drafts[d.Chat] = d.Text
			}
		}
		s.tokens = r.Tokens()
		s.busy = s.busy || r.OutgoingIn(desk.OutPending)+r.OutgoingIn(desk.OutSending) > 0
		return r.Err()
	})
	if err = errors.Join(err, db.Close()); err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (s *state) readChat(r store.Reader, c *chat.Chat) {
	all := r.MessagesBefore(c.ID, 0, int(c.LastNumber)+1)
	s.messages[c.ID] = all
	for i := range all {
		if o, ok := r.Outgoing(all[i].ID); ok {
			s.outgoing[all[i].ID] = o
		}
		s.busy = s.busy || slices.ContainsFunc(all[i].Attachments, func(a chat.Attachment) bool { return a.State == chat.MediaPending })
	}
}

// shown is a conversation as the console and the database both can tell it.
type shown struct {
	Number            int64
	ID, Kind, Text    string
	State             string
	Asks              bool
	Attachments, Line string
}

// unlike says how what the console shows differs from the database; "" if it does not.
func (w *world) unlike(c *console, s *state) string {
	status, queue, _, err := c.look(view.Queue, "")
	if err != nil {
		return err.Error()
	}
	_, mine, _, err := c.look(view.MyChats, "")
	if err != nil {
		return err.Error()
	}
	held := slices.DeleteFunc(slices.Clone(s.chats), func(x chat.Chat) bool { return x.Status != chat.Picked })
	counts := w.count(held)
	switch told := (chat.Counts{Held: status.Held, Pending: status.Pending, Waiting: status.Waiting}); {
	case status.Phase != view.Current || status.Outbox != 0:
		return "the console is " + string(status.Phase) + " or has commands in its outbox"
	case status.Keychain != "" && w.app.env != nil:
		return "the keychain: " + status.Keychain
	case len(status.Troubles) > 0 && !w.restored, w.restored && !restored(status.Troubles):
		return fmt.Sprintf("the console has troubles: %v", status.Troubles)
	case told != counts || len(queue) != len(s.chats)-len(held):
		return fmt.Sprintf("counts: database %+v and %d queued, console %+v and %d", counts, len(s.chats)-len(held), told, len(queue))
	}
	if d := cmp.Diff(w.rowsOf(held), byID(mine)); d != "" {
		return "rows of My Chats (-database +console): " + d
	}
	for i := range held {
		if d := unlikeThread(c, held[i].ID, s); d != "" {
			return d
		}
	}
	return ""
}

// restored: all that is wrong is that a copy of the outbox was damaged, and the other had everything.
func restored(all []view.Trouble) bool { return len(all) == 1 && all[0].Code == view.OutboxRestored }

// count is what the rules count in the database's chats.
func (w *world) count(held []chat.Chat) chat.Counts {
	return chat.Count(func(yield func(*chat.Chat) bool) {
		for i := range held {
			if !yield(&held[i]) {
				return
			}
		}
	}, w.agent)
}

func (w *world) rowsOf(held []chat.Chat) map[string]shownRow {
	rows := map[string]shownRow{}
	for i := range held {
		c := &held[i]
		rows[string(c.ID)] = shownRow{string(chat.DotFor(c, w.agent)), c.Unread, int64(c.WaitingSince), c.LastText}
	}
	return rows
}

// shownRow is a row of My Chats as both can tell it.
type shownRow struct {
	Dot          string
	Unread       int64
	WaitingSince int64
	LastText     string
}

func byID(rows []view.Row) map[string]shownRow {
	m := map[string]shownRow{}
	for _, r := range rows {
		m[r.ID] = shownRow{r.Dot, int64(r.Unread), r.WaitingSince, r.LastText}
	}
	return m
}

// unlikeThread compares the newest messages of a chat, as many as the console has, and its draft.
func unlikeThread(c *console, id chat.ID, s *state) string {
	all := s.messages[id]
	_, _, thread, err := c.look(view.MyChats, string(id))
	if err != nil || len(thread) == 0 {
		return "a conversation is not there yet"
	}
	var want, got []shown
	for i := range thread[0].Messages {
		if m := &thread[0].Messages[i]; m.State != string(chat.Held) {
			got = append(got, shownBy(m))
		}
	}
	switch {
	case len(got) == 0:
		return "a conversation is empty"
	case thread[0].Draft != s.drafts[id]:
		return fmt.Sprintf("a draft: database %q, console %q", s.drafts[id], thread[0].Draft)
	}
	for i := max(0, len(all)-len(got)); i < len(all); i++ {
		want = append(want, shownOf(&all[i]))
	}
	if d := cmp.Diff(want, got); d != "" {
		return "a conversation (-database +console): " + d
	}
	return ""
}

func shownBy(m *view.Message) shown {
	one := shown{m.Number, m.ID, m.Kind, m.Text, m.State, m.Asks, "", ""}
	for _, a := range m.Attachments {
		one.Attachments += a.ID + " " + a.State + " "
	}
	if m.Line != "" {
		one.Line = m.Line + " " + strings.Join(m.Args, " ")
	}
	return one
}

func shownOf(m *chat.Message) shown {
	one := shown{m.Number, string(m.ID), string(m.Kind), m.Text, string(m.State), m.Asks, "", ""}
	for _, a := range m.Attachments {
		one.Attachments += string(a.ID) + " " + string(a.State) + " "
	}
	if m.Line != nil {
		one.Line = m.Line.Code + " " + strings.Join(m.Line.Args, " ")
	}
	return one
}
