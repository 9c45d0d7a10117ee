package deliver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
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
	agent  chat.AgentID
	number int64
	stop   func() // ends the Deliverer that runs
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

// start runs a Deliverer on the rig's store, as a process does that starts.
func (r *rig) start() {
	r.Helper()
	d, err := New(Config{Store: r.store, Commit: r.commit, Bell: r.commit.Bell(), Media: r.media, Limits: r.limits,
		Vendors: map[chat.Channel]channel.Vendor{chat.WhatsApp: r.vendor}, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		r.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); d.Run(ctx) }()
	r.stop = func() { cancel(); <-ended; r.stop = func() {} }
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
	answer := r.submit(desk.FromAgent{Agent: r.agent, Device: chat.DeviceID(fmt.Sprint("d", r.number)), Number: 1, ID: "c1",
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

func TestSends(t *testing.T) {
	in(t, func(r *rig) {
		id := r.write(1)
		r.reply(id, "before the start")
		r.start()
		synctest.Wait()
		r.reply(id, "after it")
		synctest.Wait()
		r.want(id, "before the start sent", "after it sent")
		if d := cmp.Diff([]string{"before the start", "after it"}, r.vendor.sent()); d != "" {
			r.Error(d)
		}
	})
}

// TestOneOfAChatAtATime: messages of a chat go out in their order, each when the one before has ended; chats do not
// wait for each other, up to the limit.
func TestOneOfAChatAtATime(t *testing.T) {
	in(t, func(r *rig) {
		r.limits.Sends = 3
		r.vendor.send = func(ctx context.Context, out desk.Outgoing) channel.Sent {
			time.Sleep(time.Second)
			return accept(ctx, out)
		}
		var chats []chat.ID
		for i := range 5 {
			chats = append(chats, r.write(i))
			for n := range 4 {
				r.reply(chats[i], fmt.Sprint(n))
			}
		}
		r.start()
		time.Sleep(time.Minute)
		for _, id := range chats {
			r.want(id, "0 sent", "1 sent", "2 sent", "3 sent")
		}
		if r.vendor.clash || r.vendor.most != 3 || len(r.vendor.calls) != 20 {
			r.Errorf("clash %v, at once %d, calls %d", r.vendor.clash, r.vendor.most, len(r.vendor.calls))
		}
		if last := r.vendor.calls[19].At; last > 8*time.Second {
			r.Errorf("20 calls of 1 s, 3 at once, took %v", last)
		}
	})
}

// TestRetries: what surely had no effect goes out again, later each time and no earlier than the vendor asks, and
// fails in the end; what comes after it in the chat waits.
func TestRetries(t *testing.T) {
	in(t, func(r *rig) {
		r.limits.SendTries = 5
		r.vendor.send = func(ctx context.Context, out desk.Outgoing) channel.Sent {
			if out.Text != "slow" {
				return accept(ctx, out)
			}
			return channel.Sent{Ending: desk.EndRetry, Failure: &chat.Failure{Code: "131056", Reason: chat.SlowDown}, RetryAfter: 3 * time.Second}
		}
		r.start()
		id := r.write(1)
		r.reply(id, "slow")
		r.reply(id, "next")
		time.Sleep(2 * time.Second)
		r.want(id, "slow accepted", "next accepted")
		time.Sleep(5 * time.Minute)
		r.want(id, "slow failed slow_down", "next sent")
		if d := cmp.Diff([]string{"slow", "slow", "slow", "slow", "slow", "next"}, r.vendor.sent()); d != "" {
			r.Error(d)
		}
		for i := range 4 {
			if wait := r.vendor.calls[i+1].At - r.vendor.calls[i].At; wait < 3*time.Second || wait > max(3*time.Second, 2*time.Second<<i)+time.Second {
				r.Errorf("attempt %d came after %v", i+2, wait)
			}
		}
	})
}

func TestEndings(t *testing.T) {
	in(t, func(r *rig) {
		ends := map[string]channel.Sent{
			"refused": {Ending: desk.EndFailed, Failure: &chat.Failure{Code: "131047", Reason: chat.OutsideWindow}},
			"down":    {Ending: desk.EndRetry},
			"unclear": {Ending: desk.EndUnclear},
		}
		r.limits.SendTries = 1
		r.vendor.send = func(_ context.Context, out desk.Outgoing) channel.Sent { return ends[out.Text] }
		r.start()
		for i, text := range []string{"refused", "down", "unclear"} {
			id := r.write(i)
			r.reply(id, text)
			synctest.Wait()
			r.want(id, text+map[string]string{"refused": " failed outside_window", "down": " failed vendor_down", "unclear": " uncertain"}[text])
		}
		time.Sleep(time.Hour)
		if n := len(r.vendor.calls); n != 3 {
			r.Errorf("%d calls", n)
		}
	})
}

// TestTimeLimit: the vendor's silence ends an attempt.
func TestTimeLimit(t *testing.T) {
	in(t, func(r *rig) {
		r.vendor.send = func(ctx context.Context, _ desk.Outgoing) channel.Sent {
			<-ctx.Done()
			return channel.Sent{Ending: desk.EndUnclear}
		}
		r.start()
		id := r.write(1)
		r.reply(id, "hello?")
		time.Sleep(DefaultLimits.SendTime - time.Second)
		r.want(id, "hello? accepted")
		time.Sleep(2 * time.Second)
		r.want(id, "hello? uncertain")
	})
}

// TestRestart: an attempt without an end is unclear after a start, is not made again, and holds up nothing.
func TestRestart(t *testing.T) {
	in(t, func(r *rig) {
		id := r.write(1)
		r.reply(id, "out or not")
		r.reply(id, "next")
		var row desk.Outgoing
		r.read(func(v store.Reader) { row = v.DueOutgoing(r.commit.Now(), 1)[0] })
		r.submit(desk.SendBegun{Message: row.Message, Attempt: 1})
		r.start()
		synctest.Wait()
		r.want(id, "out or not uncertain", "next sent")
		if d := cmp.Diff([]string{"next"}, r.vendor.sent()); d != "" {
			r.Error(d)
		}
	})
}

// TestStop: Run lets a call end for a while, notes its end, and starts none any more.
func TestStop(t *testing.T) {
	for _, c := range []struct {
		takes time.Duration
		want  string
	}{
		{time.Second, "a sent"},
		{time.Hour, "a uncertain"},
	} {
		in(t, func(r *rig) {
			r.vendor.send = func(ctx context.Context, out desk.Outgoing) channel.Sent {
				if sleep(ctx, c.takes) {
					return accept(ctx, out)
				}
				return channel.Sent{Ending: desk.EndUnclear}
			}
			r.start()
			id := r.write(1)
			r.reply(id, "a")
			r.reply(id, "b")
			synctest.Wait()
			before := time.Now()
			r.stop()
			if took := time.Since(before); took > 2*DefaultLimits.Grace {
				r.Errorf("the end took %v", took)
			}
			r.want(id, c.want, "b accepted")
		})
	}
}

// failing is a committer that fails at times.
type failing struct {
	*commit.Committer
	fail func(desk.Command) error
}

func (f *failing) Submit(ctx context.Context, c desk.Command) (desk.Answer, error) {
	if err := f.fail(c); err != nil {
		return desk.Answer{}, err
	}
	return f.Committer.Submit(ctx, c)
}

// TestStoreThatFails: nothing is sent whose attempt is not stored, and an end that cannot be stored is kept
// until it can.
func TestStoreThatFails(t *testing.T) {
	in(t, func(r *rig) {
		var refusing atomic.Value // the name of a type of command
		refusing.Store("desk.SendBegun")
		f := &failing{r.commit, func(c desk.Command) error {
			if fmt.Sprintf("%T", c) == refusing.Load() {
				return store.ErrNoRoom
			}
			return nil
		}}
		d, err := New(Config{Store: r.store, Commit: f, Bell: r.commit.Bell(), Media: r.media,
			Vendors: map[chat.Channel]channel.Vendor{chat.WhatsApp: r.vendor}, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			r.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		ended := make(chan struct{})
		go func() { defer close(ended); d.Run(ctx) }()
		defer func() { cancel(); <-ended }()

		id := r.write(1)
		r.reply(id, "a")
		time.Sleep(10 * time.Second)
		if n := len(r.vendor.sent()); n != 0 {
			r.Errorf("%d calls without a stored attempt", n)
		}
		refusing.Store("desk.SendEnded")
		time.Sleep(10 * time.Second)
		r.want(id, "a accepted")
		refusing.Store("nothing")
		time.Sleep(2 * time.Second)
		r.want(id, "a sent")
		if n := len(r.vendor.sent()); n != 1 {
			r.Errorf("%d calls", n)
		}
	})
}

// TestNoCredentials: an asset whose credentials are not there fails, and says that an admin must act.
func TestNoCredentials(t *testing.T) {
	in(t, func(r *rig) {
		id := r.write(1)
		r.reply(id, "a")
		d, err := New(Config{Store: r.store, Commit: r.commit, Bell: r.commit.Bell(), Media: r.media, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			r.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		d.Run(ctx)
		r.want(id, "a failed not_authorized")
	})
}

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
