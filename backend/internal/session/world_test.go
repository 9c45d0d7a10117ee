package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/chat"
	"parley/backend/internal/auth"
	"parley/backend/internal/commit"
	"parley/backend/internal/desk"
	"parley/backend/internal/hub"
	"parley/backend/internal/ids"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/memnet"
	"parley/backend/wire"
)

// world is a server with the real rules, commits and hub on a store in memory, one team, one number and two
// agents.
type world struct {
	t        *testing.T
	store    *failing
	hub      *hub.Hub
	desk     *commit.Committer
	sessions *Sessions
	http     *httptest.Server
	team     chat.TeamID
	mira     agent
	jonas    agent
}

type agent struct {
	id    chat.AgentID
	token string
}

// failing is a store whose reads or commits can be made to fail.
type failing struct {
	store.Store
	commits atomic.Pointer[error]
	reads   atomic.Pointer[error]
	panics  atomic.Bool // at the next read
}

func (f *failing) Commit(ctx context.Context, do func(store.Tx) error) error {
	if err := f.commits.Load(); err != nil {
		return *err
	}
	return f.Store.Commit(ctx, do)
}

func (f *failing) Read(ctx context.Context, do func(store.Reader) error) error {
	if f.panics.CompareAndSwap(true, false) {
		panic("BUG: a trap of the tests")
	}
	if err := f.reads.Load(); err != nil {
		return *err
	}
	return f.Store.Read(ctx, do)
}

// newWorld listens on loopback, or on l if that is given.
func newWorld(t *testing.T, limits Limits, l net.Listener) *world {
	t.Helper()
	w := &world{t: t, store: &failing{Store: memory.New("e1")}, hub: hub.New()}
	quiet := slog.New(slog.NewTextHandler(io.Discard, nil))
	var err error
	w.desk, err = commit.New(commit.Config{Store: w.store, IDs: ids.Seeded(1), Sink: w.hub.Publish, Log: quiet})
	if err != nil {
		t.Fatal(err)
	}
	w.sessions = New(Deps{Store: w.store, Desk: w.desk, Hub: w.hub, Door: auth.New(w.store, w.desk.Now), Now: w.desk.Now,
		Log: quiet, Origins: []string{"https://desk.example"}, Limits: limits})
	w.http = httptest.NewUnstartedServer(w.sessions)
	if l != nil {
		w.http.Listener.Close()
		w.http.Listener = l
	}
	w.http.Start()
	t.Cleanup(w.close)
	w.team = chat.TeamID(w.must(desk.CreateTeam{Name: "Support", Prefix: "SUP"}).Created)
	w.must(desk.PutCredentials{Credential: desk.Credential{Name: "wa", Channel: chat.WhatsApp, BaseURL: "https://graph.example",
		AppSecret: "s", VerifyToken: "v", AccessToken: "t"}})
	w.must(desk.CreateAsset{Asset: desk.Asset{Channel: chat.WhatsApp, Name: "Line", Address: "+49 30 1", VendorID: "pn1",
		Credential: "wa", Team: w.team}})
	w.mira, w.jonas = w.agent("Mira"), w.agent("Jonas")
	return w
}

func (w *world) close() {
	w.sessions.Shutdown(context.Background())
	w.http.Close()
	w.desk.Close()
	w.store.Close()
	if n := w.sessions.Open(); n != 0 {
		w.t.Errorf("%d sessions are still open", n)
	}
}

// must submits what cannot be refused.
func (w *world) must(c desk.Command) desk.Answer {
	w.t.Helper()
	a, err := w.desk.Submit(context.Background(), c)
	if err != nil || a.Problem != nil {
		w.t.Fatalf("%T: %v, %v", c, a.Problem, err)
	}
	return a
}

func (w *world) agent(name string) agent {
	id := chat.AgentID(w.must(desk.CreateAgent{Name: name, Teams: []chat.TeamID{w.team}}).Created)
	token, hash := auth.NewToken()
	w.must(desk.CreateToken{Agent: id, Hash: hash, Label: name})
	return agent{id, token}
}

// writes has a customer write.
func (w *world) writes(customer, n int, text string) {
	w.must(desk.Inbound{Channel: chat.WhatsApp, AssetVendor: "pn1", VendorID: fmt.Sprintf("wamid.%d.%d", customer, n),
		Addresses:   []chat.Address{{Kind: chat.Phone, Value: fmt.Sprintf("+4915100%06d", customer)}},
		ProfileName: fmt.Sprintf("Customer %d", customer), Text: text})
}

// queued returns the ids of the chats in the queue.
func (w *world) queued() []chat.ID {
	var all []chat.ID
	w.read(func(r store.Reader) {
		for _, c := range r.ChatsQueuedIn(w.team) {
			all = append(all, c.ID)
		}
	})
	return all
}

func (w *world) read(f func(store.Reader)) {
	w.t.Helper()
	if err := w.store.Store.Read(context.Background(), func(r store.Reader) error { f(r); return r.Err() }); err != nil {
		w.t.Fatal(err)
	}
}

// holds gives an agent a chat of a new customer.
func (w *world) holds(a agent, customer int) chat.ID {
	w.writes(customer, 1, "hello")
	id := w.queued()[0]
	w.must(desk.AssignChat{Chat: id, Agent: a.id})
	return id
}

func (w *world) head(s wire.Stream) (p wire.Position) {
	w.read(func(r store.Reader) { p = r.Head(s) })
	return p
}

// prune leaves one frame in each stream's log.
func (w *world) prune() {
	w.t.Helper()
	err := w.store.Commit(context.Background(), func(tx store.Tx) error {
		tx.Prune(store.Retention{Frames: 1, Age: 1 << 50, Batch: 1000}, w.desk.Now())
		return tx.Err()
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// signOut is a first command of an agent's device, as the console's own is.
func signOut(a agent) desk.FromAgent {
	return desk.FromAgent{Agent: a.id, Device: "device-1", Number: 1, ID: "id-1", Epoch: "e1", Command: chat.Command{Kind: chat.CmdSignOut}}
}

// awayNow makes an agent away, as when nobody had heard from the devices for a while.
func (w *world) awayNow(a agent) {
	w.t.Helper()
	err := w.store.Commit(context.Background(), func(tx store.Tx) error {
		row, _ := tx.Agent(a.id)
		row.Away = true
		tx.Apply(desk.Outcome{Writes: []desk.Write{desk.PutAgent{Agent: row}}}, w.desk.Now())
		return tx.Err()
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (a agent) stream() wire.Stream { return desk.AgentStream(a.id) }

// console is the other end of a session.
type console struct {
	*model
	t    *testing.T
	conn *websocket.Conn
	end  *wire.Goodbye
	// rough: the link may break, which the next read tells.
	rough bool
}

// dial connects without a word; the token and further headers go with the upgrade.
func (w *world) dial(token string, more ...string) (*websocket.Conn, *http.Response, error) {
	d := websocket.Dialer{EnableCompression: true}
	if l, ok := w.http.Listener.(*memnet.Listener); ok {
		d.NetDialContext = l.DialContext
	}
	h := http.Header{"Authorization": {"Bearer " + token}}
	for i := 0; i+1 < len(more); i += 2 {
		h.Set(more[i], more[i+1])
	}
	return d.Dial("ws"+strings.TrimPrefix(w.http.URL, "http"), h)
}

func (w *world) connect(a agent) *console {
	w.t.Helper()
	conn, _, err := w.dial(a.token)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { conn.Close() })
	return &console{model: newModel(), t: w.t, conn: conn}
}

// join connects, says hello and reads the welcome.
func (w *world) join(a agent, h wire.Hello) *console {
	w.t.Helper()
	c := w.connect(a)
	c.hello(h)
	c.next()
	if c.welcome == nil {
		w.t.Fatalf("no welcome, but %+v", c.end)
	}
	return c
}

func (c *console) hello(h wire.Hello) {
	h.MinVersion, h.MaxVersion = max(h.MinVersion, 1), max(h.MaxVersion, 1)
	if h.Device == "" {
		h.Device = "device-1"
	}
	c.device = h.Device
	c.send(wire.Up{Hello: &h})
}

func (c *console) send(u wire.Up) {
	c.t.Helper()
	b, err := wire.EncodeUp(&u)
	if err != nil {
		c.t.Fatal(err)
	}
	c.raw(b)
}

func (c *console) raw(b []byte) {
	c.t.Helper()
	if err := c.conn.WriteMessage(websocket.TextMessage, b); err != nil && !c.rough {
		c.t.Fatal(err)
	}
}

// command sends a command with a number; its id follows from that.
func (c *console) command(n int64, cmd chat.Command) {
	c.t.Helper()
	up := wire.FromCommand(cmd)
	up.Number, up.ID, up.Epoch = n, fmt.Sprintf("id-%d", n), "e1"
	c.send(wire.Up{Command: &up})
}

// next reads one frame into the model; false after the server has closed.
func (c *console) next() bool {
	c.t.Helper()
	_, b, err := c.conn.ReadMessage()
	if closed, ok := errors.AsType[*websocket.CloseError](err); ok && closed.Code != websocket.CloseAbnormalClosure {
		if c.end == nil || closed.Code != c.end.Code {
			c.t.Errorf("closed with %d after the goodbye %+v", closed.Code, c.end)
		}
		return false
	}
	if err != nil && c.rough {
		return false
	}
	if err != nil {
		c.t.Fatal(err)
	}
	d, err := wire.DecodeDown(b)
	if err != nil {
		c.t.Fatalf("%v: %.200s", err, b)
	}
	if d.Goodbye != nil {
		c.end = d.Goodbye
	}
	if err := c.apply(d); err != nil {
		c.t.Error(err)
	}
	return true
}

// until reads until ok holds.
func (c *console) until(what string, ok func() bool) {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(time.Minute))
	for !ok() {
		if !c.next() {
			c.t.Fatalf("closed with %+v before %s", c.end, what)
		}
	}
}

// current reads until the console stands where the store does.
func (c *console) current(w *world) {
	c.t.Helper()
	for s := range c.at {
		head := w.head(s)
		c.until(fmt.Sprintf("%v %v", s, head), func() bool { return c.at[s].Seq >= head.Seq && c.parts[s] == 0 })
	}
}

// agrees reads until the console has what the store has. That an agent is there is written beside what a test does, and
// comes on top of it.
func (c *console) agrees(w *world) {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(time.Minute))
	for diff := "not compared"; ; {
		w.read(func(r store.Reader) { diff = c.differs(r) })
		if diff == "" {
			return
		}
		if !c.next() {
			c.t.Fatalf("closed with %+v; %s", c.end, diff)
		}
	}
}

// ends reads until the server closes, which must be with code.
func (c *console) ends(code int) {
	c.t.Helper()
	c.conn.SetReadDeadline(time.Now().Add(time.Minute))
	for c.next() {
	}
	if c.end == nil || c.end.Code != code {
		c.t.Fatalf("it ended with %+v, want %d", c.end, code)
	}
}
