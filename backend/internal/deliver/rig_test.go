package deliver

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/channel"
	"parley/backend/internal/commit"
	"parley/backend/internal/desk"
	"parley/backend/internal/ids"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/wire"
)

// vendor is a channel.Vendor whose every answer the test gives.
type vendor struct {
	send  func(ctx context.Context, out desk.Outgoing) channel.Sent
	fetch func(ctx context.Context, w io.Writer) (int64, error)

	mu    sync.Mutex
	calls []call
	open  map[chat.ID]int // calls under way of each chat
	most  int             // calls under way at once
	clash bool            // two of one chat were under way at once
}

type call struct {
	Text string
	At   time.Duration // since the bubble began
}

var began = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // where synctest's time begins

func (v *vendor) Verify(desk.Credential, url.Values) (string, bool) { return "", false }
func (v *vendor) Parse(desk.Credential, http.Header, []byte) (channel.Batch, error) {
	return channel.Batch{}, channel.ErrMalformed
}
func (v *vendor) MaxBody() int64 { return 0 }

func (v *vendor) Send(ctx context.Context, _ desk.Credential, _ desk.Asset, out desk.Outgoing) channel.Sent {
	v.enter(out)
	defer v.leave(out.Chat)
	return v.send(ctx, out)
}

func (v *vendor) enter(out desk.Outgoing) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.calls = append(v.calls, call{out.Text, time.Since(began)})
	v.open[out.Chat]++
	v.clash = v.clash || v.open[out.Chat] > 1
	v.most = max(v.most, len(v.open))
}

func (v *vendor) leave(c chat.ID) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.open[c]--; v.open[c] == 0 {
		delete(v.open, c)
	}
}

func (v *vendor) Fetch(ctx context.Context, _ desk.Credential, _ desk.Media, w io.Writer, _ int64) (int64, error) {
	return v.fetch(ctx, w)
}

func (v *vendor) sent() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var texts []string
	for _, c := range v.calls {
		texts = append(texts, c.Text)
	}
	return texts
}

// accept takes every message.
func accept(_ context.Context, out desk.Outgoing) channel.Sent {
	return channel.Sent{Ending: desk.EndAccepted, VendorID: "wamid." + string(out.Message)}
}

// rig is the real desk, commit and memory store, a vendor, and a Deliverer that runs when the test says so.
type rig struct {
	*testing.T
	vendor *vendor
	store  store.Store
	commit *commit.Committer
	media  string
	limits Limits
	lease  time.Duration
	agent  chat.AgentID
	number int64
	stop   func() // ends the Deliverers that run
}

func newRig(t *testing.T) *rig {
	r := &rig{T: t, vendor: &vendor{send: accept, open: map[chat.ID]int{}}, store: memory.New("e"), media: t.TempDir(), stop: func() {}}
	var err error
	r.commit, err = commit.New(commit.Config{Store: r.store, IDs: ids.Seeded(1), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.stop(); r.commit.Close() })
	team := chat.TeamID(r.submit(desk.CreateTeam{Name: "Service", Prefix: "SRV"}).Created)
	r.agent = chat.AgentID(r.submit(desk.CreateAgent{Name: "Ada", Teams: []chat.TeamID{team}}).Created)
	r.submit(desk.PutCredentials{Credential: desk.Credential{Name: "main", Channel: chat.WhatsApp, BaseURL: "https://graph.test",
		AppSecret: "a", VerifyToken: "v", AccessToken: "t"}})
	r.submit(desk.CreateAsset{Asset: desk.Asset{Channel: chat.WhatsApp, Name: "Shop", Address: "+15550001111", VendorID: "100",
		Credential: "main", Team: team, Active: true}})
	return r
}

func (r *rig) submit(c desk.Command) desk.Answer {
	r.Helper()
	answer, err := r.commit.Submit(context.Background(), c)
	if err != nil || answer.Problem != nil {
		r.Fatalf("%T: %v, %v", c, answer.Problem, err)
	}
	return answer
}

// start runs a Deliverer on the rig's store, as a process does that starts, beside those that run.
func (r *rig) start() {
	r.Helper()
	d, err := New(Config{Store: r.store, Commit: r.commit, Bell: r.commit.Bell(), Media: r.media, Limits: r.limits, Lease: r.lease,
		Vendors: map[chat.Channel]channel.Vendor{chat.WhatsApp: r.vendor}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		r.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); d.Run(ctx) }()
	others := r.stop
	r.stop = func() { cancel(); <-ended; others(); r.stop = func() {} }
}

// write has the i-th customer write, files and all, and returns the chat, which the agent has.
func (r *rig) write(i int, files ...desk.File) chat.ID {
	r.Helper()
	phone := chat.Address{Kind: chat.Phone, Value: fmt.Sprintf("+49155500%03d", i)}
	r.number++
	r.submit(desk.Inbound{Channel: chat.WhatsApp, AssetVendor: "100", VendorID: fmt.Sprint("in", i, "-", r.number),
		Addresses: []chat.Address{phone}, Text: "hello", Files: files})
	var c chat.Chat
	r.read(func(v store.Reader) {
		who, _ := v.IdentityByAddress(chat.WhatsApp, phone)
		c = v.ChatsOfIdentity(who.ID)[0]
	})
	if c.Assignee == "" {
		r.submit(desk.AssignChat{Chat: c.ID, Agent: r.agent})
	}
	return c.ID
}

func (r *rig) read(f func(store.Reader)) {
	r.Helper()
	if err := r.store.Read(context.Background(), func(v store.Reader) error { f(v); return v.Err() }); err != nil {
		r.Fatal(err)
	}
}

// reply has the agent answer, each time from a device of its own.
func (r *rig) reply(id chat.ID, text string) {
	r.Helper()
	var c chat.Chat
	r.read(func(v store.Reader) { c, _ = v.Chat(id) })
	r.number++
	answer := r.submit(desk.FromAgent{Agent: r.agent, Epoch: "e", Device: chat.DeviceID(fmt.Sprint("d", r.number)), Number: 1, ID: "c1",
		Command: chat.Command{Kind: chat.CmdReply, Chat: id, Assignment: c.Assignment, Base: c.LastNumber, Text: text}})
	if answer.Result.Outcome != wire.Done {
		r.Fatalf("the reply: %v %v", answer.Result.Outcome, answer.Result.Problem)
	}
}

// states returns the replies of a chat with their states and why they failed.
func (r *rig) states(id chat.ID) []string {
	r.Helper()
	var all []string
	r.read(func(v store.Reader) {
		for _, m := range v.RepliesAfter(id, 0) {
			s := m.Text + " " + string(m.State)
			if m.Failure != nil {
				s += " " + string(m.Failure.Reason)
			}
			if m.Asks {
				s += " asks"
			}
			all = append(all, s)
		}
	})
	return all
}

func (r *rig) want(id chat.ID, want ...string) {
	r.Helper()
	if d := cmp.Diff(want, r.states(id)); d != "" {
		r.Error(d)
	}
}

// in runs a test in a bubble.
func in(t *testing.T, f func(*rig)) {
	synctest.Test(t, func(t *testing.T) { f(newRig(t)) })
}
