package server

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gorilla/websocket"

	"parley/backend/chat"
	"parley/backend/internal/vendors"
	"parley/backend/server/admin"
	"parley/backend/server/folder"
	"parley/backend/wire"
)

const (
	appSecret   = "app-secret-of-the-tests"
	verifyToken = "verify-token-of-the-tests"
	accessToken = "access-token-of-the-tests"
	number      = "106540352242922"
	patience    = 30 * time.Second // for what happens at once
)

// rig is a whole server on loopback, a company on it, and the vendor's side.
type rig struct {
	*testing.T
	ctx    context.Context
	dir    string
	url    string
	log    *logs
	tune   func(*Config)
	server *Server
	vendor *vendors.WhatsApp
	team   string
	agent  string
	token  string
	end    func() error
}

// logs collects what the server logs.
type logs struct {
	mu   sync.Mutex
	all  bytes.Buffer
	more chan struct{} // closed when something is written; nil: nobody waits
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.more != nil {
		close(l.more)
		l.more = nil
	}
	return l.all.Write(p)
}

// next is closed when more is written.
func (l *logs) next() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.more == nil {
		l.more = make(chan struct{})
	}
	return l.more
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// newRig starts all of it. statuses is what the vendor says of each reply by itself.
func newRig(t *testing.T, statuses ...string) *rig {
	t.Helper()
	return tunedRig(t, func(*Config) {}, statuses...)
}

// tunedRig is newRig with another configuration of the server.
func tunedRig(t *testing.T, tune func(*Config), statuses ...string) *rig {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*patience)
	t.Cleanup(cancel)
	r := &rig{T: t, ctx: ctx, dir: t.TempDir(), log: &logs{}, tune: tune}
	l := r.listen()
	r.url = "http://" + l.Addr().String()
	graph := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) { r.vendor.ServeHTTP(w, q) }))
	t.Cleanup(graph.Close)
	r.vendor = vendors.New(vendors.Config{AppSecret: appSecret, AccessToken: accessToken, Seed: 1,
		Numbers: []vendors.Number{{ID: number, Display: "+1 555 0100"}}, Webhook: r.url + "/hooks/whatsapp/shop",
		Statuses: vendors.Statuses{Names: append([]string{}, statuses...)}})
	r.serve(l)
	r.company(graph.URL)
	var posting sync.WaitGroup
	posting.Go(func() { r.vendor.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		posting.Wait()
		if err := r.end(); err != nil {
			t.Errorf("end: %v", err)
		}
	})
	return r
}

func (r *rig) listen() net.Listener {
	r.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.Fatal(err)
	}
	return l
}

// serve starts the server on the folder.
func (r *rig) serve(l net.Listener) {
	r.Helper()
	f, err := folder.Open(r.ctx, r.dir)
	if err != nil {
		r.Fatal(err)
	}
	config := Config{Store: f.Store, DataDir: r.dir, PublicURL: "https://parley.example.com",
		Log: slog.New(slog.NewTextHandler(r.log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	r.tune(&config)
	r.server, err = New(config)
	if err != nil {
		r.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- r.server.Serve(ctx, l) }()
	r.end = sync.OnceValue(func() error {
		stop()
		return errors.Join(<-served, f.Close())
	})
}

// company makes what a company needs, over the admin's socket.
func (r *rig) company(graph string) {
	r.Helper()
	r.team = r.admin(&admin.Request{Verb: "team create", Name: "Support", Prefix: "SUP"})["id"].(string)
	r.agent = r.admin(&admin.Request{Verb: "agent create", Name: "Ada", Teams: []string{r.team}})["id"].(string)
	r.token = r.admin(&admin.Request{Verb: "token create", Agent: r.agent})["token"].(string)
	r.admin(&admin.Request{Verb: "credential set", Name: "shop", BaseURL: graph, AppSecret: appSecret, VerifyToken: verifyToken,
		AccessToken: accessToken})
	r.admin(&admin.Request{Verb: "asset create", Name: "Shop", Credential: "shop", VendorID: number, Address: "+1 555 0100",
		Team: r.team})
}

// admin carries one request out as parleyd admin does and returns its answer, an object.
func (r *rig) admin(q *admin.Request) map[string]any {
	r.Helper()
	var answer map[string]any
	r.ask(q, &answer)
	return answer
}

func (r *rig) ask(q *admin.Request, to any) {
	r.Helper()
	text, err := admin.Call(r.ctx, r.dir, q)
	if err != nil {
		r.Fatalf("%s: %v", q.Verb, err)
	}
	if err := json.Unmarshal(text, to); err != nil {
		r.Fatalf("%s answered %s: %v", q.Verb, text, err)
	}
}

// post posts a body as it is and returns the status of the answer.
func (r *rig) post(credentials, signature string, body []byte) int {
	r.Helper()
	req, err := http.NewRequestWithContext(r.ctx, http.MethodPost, r.url+"/hooks/whatsapp/"+credentials, bytes.NewReader(body))
	if err != nil {
		r.Fatal(err)
	}
	req.Header.Set("X-Hub-Signature-256", signature)
	return r.do(req).status
}

// hears posts messages as the vendor does and fails unless they are taken.
func (r *rig) hears(messages ...vendors.Message) {
	r.Helper()
	status, err := r.vendor.Post(r.ctx, r.vendor.Body(messages...))
	if err != nil || status != http.StatusOK {
		r.Fatalf("a webhook was answered %d, %v", status, err)
	}
}

type answered struct {
	status int
	header http.Header
	body   string
}

func (r *rig) get(path, token string) answered {
	r.Helper()
	req, err := http.NewRequestWithContext(r.ctx, http.MethodGet, r.url+path, nil)
	if err != nil {
		r.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return r.do(req)
}

func (r *rig) do(req *http.Request) answered {
	r.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		r.Fatal(err)
	}
	return answered{resp.StatusCode, resp.Header, string(body)}
}

// figure returns the line of /metrics that begins with name, also when the server has ended.
func (r *rig) figure(name string) string {
	r.Helper()
	w := httptest.NewRecorder()
	r.server.routes().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for line := range strings.Lines(w.Body.String()) {
		if rest, ok := strings.CutPrefix(line, name+" "); ok {
			return strings.TrimSpace(rest)
		}
	}
	return "absent"
}

func (r *rig) chats() []admin.Chat {
	r.Helper()
	var all []admin.Chat
	r.ask(&admin.Request{Verb: "chat list"}, &all)
	return all
}

func person(n string) vendors.Person {
	return vendors.Person{Name: "Customer " + n, Phone: "1555020" + n}
}

func (r *rig) text(from vendors.Person, text string) vendors.Message {
	return r.vendor.Message(from, number, vendors.Content{Text: text})
}

// console is an agent's console: as much of one as the tests need.
type console struct {
	*rig
	conn   *websocket.Conn
	sent   int64
	epoch  string
	chats  map[string]wire.Chat
	said   map[string]wire.Message // by id
	result map[int64]wire.Result
}

func (r *rig) connect(token string) *console {
	r.Helper()
	header := http.Header{"Authorization": {"Bearer " + token}}
	conn, resp, err := websocket.DefaultDialer.DialContext(r.ctx, "ws"+strings.TrimPrefix(r.url, "http")+"/sync", header)
	if err != nil {
		r.Fatalf("connect: %v (%v)", err, resp)
	}
	r.Cleanup(func() { conn.Close() })
	c := &console{rig: r, conn: conn, chats: map[string]wire.Chat{}, said: map[string]wire.Message{}, result: map[int64]wire.Result{}}
	c.up(wire.Up{Hello: &wire.Hello{MinVersion: 1, MaxVersion: 1, Device: "device-1", App: "test"}})
	return c
}

func (c *console) up(u wire.Up) {
	c.Helper()
	text, err := wire.EncodeUp(&u)
	if err != nil {
		c.Fatal(err)
	}
	if err := c.conn.WriteMessage(websocket.TextMessage, text); err != nil {
		c.Fatal(err)
	}
}

// until takes what the server says until ok holds.
func (c *console) until(what string, ok func() bool) {
	c.Helper()
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	for !ok() {
		_, text, err := c.conn.ReadMessage()
		if err != nil {
			c.Fatalf("waiting for %s: %v; log:\n%s", what, err, c.log)
		}
		d, err := wire.DecodeDown(text)
		if err != nil {
			c.Fatal(err)
		}
		switch {
		case d.Welcome != nil:
			c.epoch = d.Welcome.Streams[0].Head.Epoch
		case d.Frame != nil:
			c.apply(d.Frame.Changes)
		case d.Snapshot != nil:
			c.apply(d.Snapshot.Changes)
		}
	}
}

func (c *console) apply(changes []wire.Change) {
	for _, f := range changes {
		switch {
		case f.Chat != nil:
			c.chats[f.Chat.ID] = *f.Chat
		case f.Message != nil:
			c.said[f.Message.ID] = *f.Message
		case f.Result != nil:
			c.result[f.Result.Number] = *f.Result
		}
	}
}

// command sends one and waits for its result, which must be want.
func (c *console) command(cmd chat.Command, want wire.Outcome) {
	c.Helper()
	c.until("the welcome", func() bool { return c.epoch != "" })
	c.sent++
	w := wire.FromCommand(cmd)
	w.Number, w.ID, w.Epoch = c.sent, "0190b5a0-0000-7000-8000-00000000000"+string(rune('0'+c.sent)), c.epoch
	c.up(wire.Up{Command: &w})
	c.until("a result", func() bool { _, ok := c.result[c.sent]; return ok })
	if got := c.result[c.sent]; got.Outcome != want {
		c.Fatalf("%s ended %s, %v; want %s", cmd.Kind, got.Outcome, got.Problem, want)
	}
}

// only returns the one chat that the console knows.
func (c *console) only() wire.Chat {
	c.Helper()
	c.until("a chat", func() bool { return len(c.chats) == 1 })
	for _, one := range c.chats {
		return one
	}
	panic("unreachable")
}

// reply has the only chat picked, if need be, and answered with text, and returns the reply's id.
func (c *console) reply(text string) string {
	c.Helper()
	if one := c.only(); one.Status == string(chat.Queued) {
		c.command(chat.Command{Kind: chat.CmdPick, Chat: chat.ID(one.ID), Assignment: one.Assignment, Base: one.LastNumber}, wire.Done)
	}
	c.until("the pick", func() bool { return c.only().Status == string(chat.Picked) })
	one := c.only()
	c.command(chat.Command{Kind: chat.CmdReply, Chat: chat.ID(one.ID), Assignment: one.Assignment, Base: one.LastNumber, Text: text}, wire.Done)
	for id, m := range c.said {
		if m.Text == text && m.Kind == string(chat.Reply) {
			return id
		}
	}
	c.Fatal("the reply is in no frame")
	return ""
}

// state waits until a message has state.
func (c *console) state(id string, state chat.State) wire.Message {
	c.Helper()
	c.until("state "+string(state), func() bool { return c.said[id].State == string(state) })
	return c.said[id]
}
