package archive

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/commit"
	"parley/backend/internal/desk"
	"parley/backend/internal/ids"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/internal/store/postgres"
	"parley/backend/internal/store/postgres/pgtest"
	"parley/backend/internal/store/sqlite"
	"parley/backend/wire"
)

// kinds are the stores that a tenant can lie in, each made empty.
var kinds = map[string]func(t testing.TB) store.Store{
	"memory": func(testing.TB) store.Store { return memory.New("e-memory") },
	"sqlite": func(t testing.TB) store.Store {
		return opened(t)(sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "parley.db"), sqlite.Options{}))
	},
	"postgres": func(t testing.TB) store.Store {
		return opened(t)(postgres.Open(t.Context(), pgtest.Database(t), postgres.Options{}))
	},
}

func opened(t testing.TB) func(s store.Store, err error) store.Store {
	return func(s store.Store, err error) store.Store {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	}
}

// company is a tenant on a store, with the rules at work.
type company struct {
	testing.TB
	store store.Store
	media string
	desk  *commit.Committer
	team  chat.TeamID
	mu    sync.Mutex
	wrote int
}

const number = "106540352242922"

func newCompany(t testing.TB, s store.Store) *company {
	t.Helper()
	c := &company{TB: t, store: s, media: filepath.Join(t.TempDir(), "media")}
	c.serve()
	c.team = chat.TeamID(c.do(desk.CreateTeam{Name: "Support", Prefix: "SUP"}).Created)
	c.do(desk.PutCredentials{Credential: desk.Credential{Name: "shop", Channel: chat.WhatsApp, AppSecret: "s", VerifyToken: "v", AccessToken: "a"}})
	c.do(desk.CreateAsset{Asset: desk.Asset{Channel: chat.WhatsApp, Name: "Shop", VendorID: number, Address: "+1 555 0100", Credential: "shop",
		Team: c.team, Active: true}})
	return c
}

// serve begins to take commands.
func (c *company) serve() {
	c.Helper()
	var err error
	c.desk, err = commit.New(commit.Config{Store: c.store, IDs: ids.Random(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		c.Fatal(err)
	}
	c.Cleanup(c.desk.Close)
}

// do has a command carried out that must not be refused.
func (c *company) do(command desk.Command) desk.Answer {
	c.Helper()
	a, err := c.desk.Submit(context.Background(), command)
	if err != nil || a.Problem != nil || a.Result != nil && a.Result.Outcome != wire.Done {
		c.Errorf("%T: %v, %+v", command, err, a)
	}
	return a
}

func (c *company) read(f func(store.Reader)) {
	c.Helper()
	err := c.store.Read(context.Background(), func(r store.Reader) error {
		f(r)
		return r.Err()
	})
	if err != nil {
		c.Error(err)
	}
}

// agent is somebody of the company with a device.
type agent struct {
	*company
	id   chat.AgentID
	sent int64
}

func (c *company) hire(name string) *agent {
	c.Helper()
	return &agent{company: c, id: chat.AgentID(c.do(desk.CreateAgent{Name: name, Teams: []chat.TeamID{c.team}}).Created)}
}

func (a *agent) command(cmd chat.Command) {
	a.Helper()
	a.sent++
	epoch := ""
	a.read(func(r store.Reader) { epoch = r.Epoch() })
	a.do(desk.FromAgent{Agent: a.id, Device: chat.DeviceID("device-" + string(a.id)), Number: a.sent, ID: chat.CommandID(fmt.Sprint(a.id, a.sent)),
		Epoch: epoch, Command: cmd})
}

// hear has a customer write, and returns the chat.
func (c *company) hear(phone, text string, files ...desk.File) chat.Chat {
	c.Helper()
	c.mu.Lock()
	c.wrote++
	id := fmt.Sprint("wamid.", c.wrote)
	c.mu.Unlock()
	from := chat.Address{Kind: chat.Phone, Value: phone}
	c.do(desk.Inbound{Channel: chat.WhatsApp, AssetVendor: number, VendorID: id, Addresses: []chat.Address{from},
		ProfileName: "Customer " + phone, Text: text, Files: files, VendorAt: c.desk.Now()})
	var found chat.Chat
	c.read(func(r store.Reader) {
		who, _ := r.IdentityByAddress(chat.WhatsApp, from)
		found = r.ChatsOfIdentity(who.ID)[0]
	})
	return found
}

// answer has the agent pick the chat, if nobody has it, and reply. It returns the reply, which is pending.
func (a *agent) answer(id chat.ID, text string) chat.Message {
	a.Helper()
	c := a.chat(id)
	if c.Status == chat.Queued {
		a.command(chat.Command{Kind: chat.CmdPick, Chat: id, Assignment: c.Assignment, Base: c.LastNumber})
		c = a.chat(id)
	}
	a.command(chat.Command{Kind: chat.CmdReply, Chat: id, Assignment: c.Assignment, Base: c.LastNumber, Text: text})
	var m chat.Message
	a.read(func(r store.Reader) {
		replies := r.RepliesAfter(id, 0)
		m = replies[len(replies)-1]
	})
	return m
}

func (c *company) chat(id chat.ID) (found chat.Chat) {
	c.Helper()
	c.read(func(r store.Reader) { found, _ = r.Chat(id) })
	return found
}

func (c *company) begin(m chat.Message) { c.do(desk.SendBegun{Message: m.ID, Attempt: 1}) }

// deliver has the vendor take a reply.
func (c *company) deliver(m chat.Message) {
	c.Helper()
	c.begin(m)
	c.do(desk.SendEnded{Message: m.ID, Attempt: 1, Ended: desk.EndAccepted, VendorID: "wamid.out." + string(m.ID)})
}

// fetch has the vendor's file of a chat's newest message arrive.
func (c *company) fetch(content string) chat.MediaID {
	c.Helper()
	var due []desk.Media
	c.read(func(r store.Reader) { due = r.DueMedia(1<<62, 1) })
	if err := os.MkdirAll(c.media, 0o700); err != nil {
		c.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(c.media, string(due[0].ID)), []byte(content), 0o600); err != nil {
		c.Fatal(err)
	}
	c.do(desk.MediaEnded{Media: due[0].ID, Attempt: 1, Ready: true, Size: int64(len(content))})
	return due[0].ID
}

// state is a reply as it stands, and its row.
func (c *company) state(id chat.MessageID) (m chat.Message, o desk.Outgoing) {
	c.Helper()
	c.read(func(r store.Reader) {
		m, _ = r.MessageByID(id)
		o, _ = r.Outgoing(id)
	})
	return m, o
}

// file writes an archive of the company and returns where it lies.
func (c *company) file(final bool) string {
	c.Helper()
	path := filepath.Join(c.TempDir(), "archive")
	_, err := Place(context.Background(), path, false, func(w io.Writer) error {
		_, err := Write(context.Background(), w, Source{Read: c.store.Read, Media: c.media, Store: "test", Final: final})
		return err
	})
	if err != nil {
		c.Fatal(err)
	}
	return path
}

// moved reads an archive into an empty store of a kind and returns the company that is there then.
func (c *company) moved(path, kind string, how func(*Archive, context.Context, Target) (Loaded, error)) (*company, Loaded) {
	c.Helper()
	c.mu.Lock()
	wrote := c.wrote
	c.mu.Unlock()
	there := &company{TB: c.TB, store: kinds[kind](c.TB), media: filepath.Join(c.TempDir(), "media"), team: c.team, wrote: wrote}
	a := open(c, path)
	done, err := how(a, context.Background(), Target{Store: there.store, Media: there.media})
	if err != nil {
		c.Fatal(err)
	}
	there.serve()
	return there, done
}

func open(t testing.TB, path string) *Archive {
	t.Helper()
	a, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// rows are all rows of the company.
func (c *company) rows() (all []desk.Write) {
	c.Helper()
	c.read(func(r store.Reader) { all = slices.Collect(r.Rows) })
	return all
}

// seen is what a console that begins anew would be shown of every stream.
func (c *company) seen() map[wire.Stream][]wire.Change {
	c.Helper()
	all := map[wire.Stream][]wire.Change{}
	c.read(func(r store.Reader) {
		streams := []wire.Stream{{Kind: wire.TenantStream}}
		for _, t := range r.Teams() {
			streams = append(streams, wire.Stream{Kind: wire.QueueStream, ID: string(t.ID)})
		}
		for _, a := range r.Agents() {
			streams = append(streams, wire.Stream{Kind: wire.AgentStream, ID: string(a.ID)})
		}
		for _, s := range streams {
			all[s], _ = desk.Snapshot(r, s)
		}
	})
	return all
}

func (c *company) epoch() (e string) {
	c.Helper()
	c.read(func(r store.Reader) { e = r.Epoch() })
	return e
}

// contents are the files of the company by name.
func (c *company) contents() map[string]string {
	c.Helper()
	all := map[string]string{}
	entries, err := os.ReadDir(c.media)
	if err != nil && !os.IsNotExist(err) {
		c.Fatal(err)
	}
	for _, e := range entries {
		b, err := os.ReadFile(filepath.Join(c.media, e.Name()))
		if err != nil {
			c.Fatal(err)
		}
		all[e.Name()] = string(b)
	}
	return all
}

// busy is a company with something of everything: chats in the queue, picked and answered, replies that went out, are
// pending and are being sent, files that are there and that are not yet, drafts, and enough text for several pieces.
func busy(t testing.TB, s store.Store) (c *company, pending, sending chat.Message) {
	t.Helper()
	c = newCompany(t, s)
	ann := c.hire("Ann")
	c.hire("Bob")
	c.do(desk.CreateToken{Agent: ann.id, Hash: strings.Repeat("ab", 32), Label: "laptop"})
	for i := range 6 {
		c.hear(fmt.Sprint("+1555", i), strings.Repeat("你好 \"quoted\" </x>\u2028\n", 800))
	}
	c.hear("+15550", "a photo", desk.File{VendorID: "9", Name: "a.jpg", MIME: "image/jpeg"})
	c.fetch("bytes of a photo")
	c.hear("+15550", "another", desk.File{VendorID: "10", Name: "b.jpg", MIME: "image/jpeg"})
	first := c.hear("+15550", "hello?")
	c.deliver(ann.answer(first.ID, "it went out"))
	sending = ann.answer(first.ID, "it is being sent")
	c.begin(sending)
	ann.answer(first.ID, "behind it")
	pending = ann.answer(c.hear("+15551", "and?").ID, "it is pending")
	ann.command(chat.Command{Kind: chat.CmdDraft, Chat: first.ID, Text: "to be continued"})
	return c, pending, sending
}

// soon is how long the vendor's word may take before an agent is asked.
const soon = 2 * time.Minute
