package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"parley/app/internal/engine"
	"parley/app/internal/secret"
	"parley/app/view"
	"parley/backend/chat"
	"parley/build/licences"
)

// Console is what the page may call. Every method may be called from any goroutine, and none waits for the
// network but SaveFile.
type Console struct {
	engine   *engine.Engine
	files    engine.Files
	desktop  Desktop
	settings *settings
	log      *slog.Logger
	version  string
	language string
	demo     bool
	server   string
	keychain atomic.Pointer[secret.State] // nil: on the demo desk
	unlock   chan struct{}                // the keychain is to be asked again
	started  time.Time
	drawn    sync.Once
}

// Pick asks for a queued chat, and to open it too (Shift+Enter).
func (c *Console) Pick(id string, open bool) { c.engine.Pick(chat.ID(id), open) }

// Open says that a chat was chosen by click, Enter or a link, in a focused, visible window.
func (c *Console) Open(id string) { c.engine.Open(chat.ID(id)) }

// Read moves the marker of a chat to a message's number.
func (c *Console) Read(id string, upTo int64) { c.engine.Read(chat.ID(id), upTo) }

// Send queues a reply. It returns when the reply is on the disk, or one problem: why it was not even queued.
func (c *Console) Send(id, text string) []view.Problem {
	return problems(c.engine.Send(chat.ID(id), text))
}

// Note queues a note for colleagues; it returns as Send does.
func (c *Console) Note(id, text string) []view.Problem {
	return problems(c.engine.Note(chat.ID(id), text))
}

// Cancel takes back a queued command that was not sent yet, and reports whether it could. Words go into the chat's
// draft, or back to the decision that they were the answer to.
func (c *Console) Cancel(command string) bool { return c.engine.Cancel(chat.CommandID(command)) }

// Retry sends the text of a failed reply anew, as a new message.
func (c *Console) Retry(id, message string) { c.engine.Retry(chat.ID(id), chat.MessageID(message)) }

// Decide answers a Decision, with one of view.Choice.
func (c *Console) Decide(command, choice string) {
	c.engine.Decide(chat.CommandID(command), engine.Choice(choice))
}

// Settle says whether an uncertain message went out.
func (c *Console) Settle(id, message string, wentOut bool) {
	c.engine.Settle(chat.ID(id), chat.MessageID(message), wentOut)
}

// SaveDraft keeps what was written to the customer and not sent, instead of what was kept before. seen is
// Thread.DraftSeen as it stood with the text that this one goes on from: what came from another device since is kept
// beside it.
func (c *Console) SaveDraft(id, text string, seen int64) {
	c.engine.SaveDraft(chat.ID(id), text, seen)
}

// SaveNote keeps what was written for colleagues and not added, as SaveDraft does.
func (c *Console) SaveNote(id, text string, seen int64) { c.engine.SaveNote(chat.ID(id), text, seen) }

// TryNow connects at once, where the next try would be later. A keychain that is locked is asked again.
func (c *Console) TryNow() {
	if k := c.keychain.Load(); k != nil && *k == secret.Locked {
		select {
		case c.unlock <- struct{}{}:
		default:
		}
	}
	c.engine.TryNow()
}

// FindChats looks for chats in all that is here, whichever list they are in: by the customer's name and ID, the chat's ID,
// alias, tags and newest text, and with texts in conversations too, which takes a moment. A later call ends an earlier
// one, which then returns what it has.
func (c *Console) FindChats(query string, texts bool) view.Found {
	rows, more := c.engine.FindChats(query, texts)
	v, p := view.Found{Query: query, Rows: []view.Row{}, More: more}, c.engine.Picture()
	for _, r := range rows {
		row := row(p, r.Item)
		row.Found = r.Found
		v.Rows = append(v.Rows, row)
	}
	return v
}

// SetAvailable sets the agent's own availability.
func (c *Console) SetAvailable(on bool) {
	if on {
		c.engine.SetAvailable(chat.Available)
	} else {
		c.engine.SetAvailable(chat.Unavailable)
	}
}

// Older fetches older messages of a chat into the cache.
func (c *Console) Older(id string) { c.engine.Older(chat.ID(id)) }

// Looking says what is on the screen, and whether in a focused, visible window.
func (c *Console) Looking(id string, focused bool) { c.engine.Looking(chat.ID(id), focused) }

// DismissNotice forgets a notice.
func (c *Console) DismissNotice(id int64) { c.engine.DismissNotice(id) }

// Settings returns the agent's own settings on this machine.
func (c *Console) Settings() view.Settings { return c.settings.get() }

// SaveSettings keeps them.
func (c *Console) SaveSettings(s view.Settings) {
	c.settings.set(s)
	c.prefer()
}

// prefer tells the engine the settings that it needs.
func (c *Console) prefer() {
	s := c.settings.get()
	if s.Language == "" {
		s.Language = c.language
	}
	c.engine.Prefer(engine.Preferences{Language: s.Language, Notifications: s.Notifications})
}

// OpenLink opens an address of a message in the system's browser: http and https only. It reports whether it did.
func (c *Console) OpenLink(address string) bool {
	if c.desktop == nil || !mayOpen(address) {
		return false
	}
	if err := c.desktop.OpenURL(address); err != nil {
		c.log.Warn("opening a link", "err", err)
		return false
	}
	return true
}

// mayOpen reports whether an address leads to the web, without a name or a password before its host.
func mayOpen(address string) bool {
	u, err := url.Parse(address)
	return err == nil && len(address) <= maxURL && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}

// Drawn says that the page has painted its first list, of so many rows (0: its empty state). The first call is
// logged with the time since the process began: how long an agent looks at nothing.
func (c *Console) Drawn(rows int) {
	c.drawn.Do(func() {
		c.log.Info("first list drawn", "rows", rows, "milliseconds", time.Since(c.started).Milliseconds())
	})
}

// fetchLimit is how long saving a file may take.
const fetchLimit = 10 * time.Minute

// SaveFile asks where to save an attachment and fetches it there. It returns "" or why not, for people.
func (c *Console) SaveFile(media, name string) string {
	if c.desktop == nil {
		return errNoWindow.Error()
	}
	path, err := c.desktop.SaveDialog(filepath.Base(name))
	if err == nil && path != "" {
		ctx, cancel := context.WithTimeout(context.Background(), fetchLimit)
		defer cancel()
		err = saveTo(path, func(w io.Writer) error { return c.files.Fetch(ctx, media, w) })
	}
	if err != nil {
		return err.Error()
	}
	return ""
}

var errNoWindow = errors.New("files are saved by the browser here")

// saveTo writes a file whole or not at all.
func saveTo(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".parley-*")
	if err != nil {
		return fmt.Errorf("app: save a file: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err = errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("app: save a file: %w", err)
	}
	return os.Rename(f.Name(), path)
}

// About says what this is.
func (c *Console) About() view.About { return view.About{Version: c.version, Licences: licences.Text} }
