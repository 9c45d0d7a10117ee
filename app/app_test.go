package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/app/internal/bus"
	"parley/app/internal/cache"
	"parley/app/internal/linktest"
	"parley/app/internal/secret"
	"parley/app/view"
	"parley/backend/chat"
)

// desk is a desktop that notes what it is asked for.
type desk struct {
	mu   sync.Mutex
	urls []string
	path string
	err  error
}

func (d *desk) OpenURL(url string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.urls = append(d.urls, url)
	return d.err
}

func (d *desk) SaveDialog(string) (string, error) { return d.path, d.err }

// files gives each attachment its id as content.
type files struct{ err error }

func (f files) Fetch(_ context.Context, media string, w io.Writer) error {
	if _, err := io.WriteString(w, media); err != nil {
		return err
	}
	return f.err
}

var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

// started is a running app of a test, over a link of linktest.
type started struct {
	*App
	s        *linktest.Server
	desk     *desk
	keychain keychain
	changed  atomic.Int64
}

// keychain is one that is locked until somebody unlocks it.
type keychain chan []string

func (k keychain) Late(ctx context.Context) ([]string, secret.State, error) {
	select {
	case all := <-k:
		return all, secret.Stored, nil
	case <-ctx.Done():
		return nil, secret.Locked, ctx.Err()
	}
}

func (k keychain) Find(context.Context) ([]string, secret.State, error) {
	return nil, secret.Locked, secret.ErrNotFound
}

func bubble(t *testing.T, f func(t *testing.T, a *started)) {
	synctest.Test(t, func(t *testing.T) {
		a := &started{s: linktest.New(), desk: &desk{}, keychain: make(keychain)}
		a.App = newApp(Config{Folder: t.TempDir(), Version: "1", Language: "en", Log: quiet, Desktop: a.desk,
			Emit: func(event, _ string) {
				if event == EventChanged {
					a.changed.Add(1)
				}
			}}, parts{disk: cache.NewMemory(), link: a.s, files: files{}, keys: a.keychain})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- a.Run(ctx) }()
		f(t, a)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		synctest.Wait()
	})
}

func (a *started) look(list view.List, id string) view.Patch {
	ask := view.Ask{List: view.ListAsk{List: list, Count: 100}, Thread: view.ThreadAsk{Chat: id, Count: 100}}
	synctest.Wait()
	a.Console.Look(ask)
	synctest.Wait()
	return a.Console.Look(ask)
}

func TestLook(t *testing.T) {
	bubble(t, func(t *testing.T, a *started) {
		a.s.Wrote("A", "look at https://example.org")
		a.s.Wrote("Q", "hello")
		a.s.Assign("A")
		p := a.look(view.MyChats, "A")
		if s := p.Status[0]; s.Phase != view.Current || s.Pending != 1 || s.Badge != "1" || s.QueueTotal != 1 || s.Title != "(1) Parley" || s.AgentName != "Me" {
			t.Errorf("%+v", s)
		}
		want := view.Row{ID: "A", Customer: "Customer A", Channel: "whatsapp", Dot: "new", Unread: 1,
			LastText: "look at https://example.org", LastKind: "inbound", Status: "picked", Tags: []string{}}
		got := p.Rows[0].Rows[0]
		want.WaitingSince, want.LastInboundAt = got.WaitingSince, got.LastInboundAt
		if diff := cmp.Diff(want, got); diff != "" || got.WaitingSince == 0 {
			t.Error(diff)
		}
		th := p.Thread[0]
		if !th.Mine || th.Missing || !th.Windowed || th.WindowTo != got.LastInboundAt+24*3600*1000 || th.MaxText != chat.MaxText {
			t.Errorf("%+v", th)
		}
		if diff := cmp.Diff([]view.Link{{From: 8, To: 27, URL: "https://example.org"}}, th.Messages[0].Links); diff != "" {
			t.Error(diff)
		}
		if th.Person.Name != "Customer A" || th.Person.Addresses[0].Value != "+491701234567" || th.Person.EarlierAt != "ready" || len(th.Person.Earlier) != 1 {
			t.Errorf("%+v", th.Person)
		}
		if q := a.look(view.Queue, ""); q.Rows[0].Total != 1 || q.Rows[0].Rows[0].ID != "Q" || len(q.Thread) != 0 {
			t.Errorf("%+v", q.Rows)
		}
	})
}

// nothing is a patch for a page that has everything.
func nothing() view.Patch {
	return view.Patch{Status: []view.Status{}, Rows: []view.Rows{}, Thread: []view.Thread{},
		Targets: []view.Targets{}, Company: []view.Company{}, Pending: []view.Pending{}}
}

func TestAPageThatHasEverythingIsToldNothing(t *testing.T) {
	bubble(t, func(t *testing.T, a *started) {
		a.s.Wrote("A", "hello")
		a.s.Assign("A")
		a.s.Wrote("Q", "hello")
		p := a.look(view.MyChats, "A")
		ask := view.Ask{Status: p.Status[0].Seq, List: view.ListAsk{List: view.MyChats, Count: 100, Seq: p.Rows[0].Seq},
			Thread: view.ThreadAsk{Chat: "A", Count: 100, Seq: p.Thread[0].Seq}}
		if diff := cmp.Diff(nothing(), a.Console.Look(ask)); diff != "" {
			t.Error(diff)
		}
		before := a.changed.Load()
		a.s.Wrote("Q", "again")
		time.Sleep(bus.Tick)
		synctest.Wait()
		if p := a.Console.Look(ask); len(p.Rows) != 0 || len(p.Thread) != 0 || len(p.Status) != 1 {
			t.Errorf("news in the queue changed %d, %d", len(p.Rows), len(p.Thread))
		}
		if a.changed.Load() == before {
			t.Error("the page was not told")
		}
	})
}

func TestAReplyKeepsItsKey(t *testing.T) {
	bubble(t, func(t *testing.T, a *started) {
		a.s.Wrote("A", "hello")
		a.s.Assign("A")
		a.look(view.MyChats, "A")
		a.s.Down(0)
		synctest.Wait()
		if p := a.Console.Send("A", "words"); len(p) != 0 {
			t.Fatal(p)
		}
		queued := a.look(view.MyChats, "A").Thread[0]
		m := queued.Messages[1]
		if m.State != "queued" || m.Number != 0 || !m.Mine || m.At == 0 || !queued.Row.ReplyQueued {
			t.Errorf("%+v", m)
		}
		a.s.Up()
		sent := a.look(view.MyChats, "A").Thread[0].Messages[1]
		if sent.State != "accepted" || sent.Number != 2 || sent.Key != m.Key {
			t.Errorf("%+v", sent)
		}
		a.s.State("A", 2, chat.Failed)
		if f := a.look(view.MyChats, "A").Thread[0].Messages[1]; f.State != "failed" || f.Reason != "outside_window" || f.Code != "131047" || f.Key != m.Key {
			t.Errorf("%+v", f)
		}
		a.s.Hold(chat.WindowClosed)
		a.Console.Send("A", "late")
		if h := a.look(view.MyChats, "A").Thread[0].Messages[2]; h.State != "held" || h.Problem[0].Kind != int(chat.WindowClosed) {
			t.Errorf("%+v", h)
		}
	})
}

func TestAMissingChat(t *testing.T) {
	bubble(t, func(t *testing.T, a *started) {
		a.s.Wrote("A", "hello")
		a.s.Assign("A")
		a.look(view.MyChats, "A")
		a.s.Take("A", "Bob")
		th := a.look(view.MyChats, "A").Thread[0]
		if diff := cmp.Diff([]view.Left{{How: view.LeftTaken, By: "Bob"}}, th.Left); diff != "" || th.Missing || th.GoneTo != "Bob" || th.Mine ||
			len(th.Actions) > 0 || len(th.Messages) != 1 {
			t.Errorf("%s %+v", diff, th)
		}
		if th := a.look(view.MyChats, "never heard of").Thread[0]; !th.Missing {
			t.Errorf("%+v", th)
		}
	})
}

func TestPatchesStaySmall(t *testing.T) {
	bubble(t, func(t *testing.T, a *started) {
		for range 120 {
			a.s.Wrote("A", strings.Repeat("long ", 1000))
		}
		a.s.Assign("A")
		for i := range 300 {
			a.s.Wrote(fmt.Sprint("Q", i), strings.Repeat("x", 200))
		}
		a.Console.Older("A")
		p := a.look(view.Queue, "A")
		if n := len(p.Rows[0].Rows); n != 100 {
			t.Errorf("%d rows", n)
		}
		th := p.Thread[0]
		if b, _ := json.Marshal(th); len(b) > 100<<10 || len(th.Messages) < 10 || !th.Older {
			t.Errorf("%d messages in %d bytes", len(th.Messages), len(b))
		}
		big := a.Console.Look(view.Ask{List: view.ListAsk{List: view.Queue, Count: 1 << 40, From: -9}})
		if n := len(big.Rows[0].Rows); n != maxRows {
			t.Errorf("%d rows", n)
		}
	})
}

// TestNothingIsNull: no slice of a patch encodes as null, whatever is asked.
func TestNothingIsNull(t *testing.T) {
	bubble(t, func(t *testing.T, a *started) {
		a.s.Wrote("A", "hello")
		a.s.Assign("A")
		a.s.Hold(chat.TooOld)
		a.look(view.MyChats, "A")
		a.Console.Send("A", "words")
		for _, p := range []view.Patch{a.look(view.MyChats, "A"), a.look(view.Queue, "none"), a.look("nonsense", ""), a.dialogs("A"), nothing()} {
			b, err := json.Marshal(p)
			if err != nil || strings.Contains(string(b), "null") {
				t.Errorf("%s %v", b, err)
			}
		}
	})
}

// TestFromManyGoroutines calls every method at once; the race detector watches.
func TestFromManyGoroutines(t *testing.T) {
	bubble(t, func(t *testing.T, a *started) {
		a.s.Wrote("A", "hello")
		a.s.Assign("A")
		synctest.Wait()
		c := a.Console
		var all sync.WaitGroup
		for _, f := range []func(){
			func() { c.Look(view.Ask{Thread: view.ThreadAsk{Chat: "A"}}) }, func() { c.Pick("A", true) },
			func() { c.Open("A") }, func() { c.Read("A", 1) }, func() { c.Send("A", "x") }, func() { c.Cancel("x") },
			func() { c.Note("A", "n") }, func() { c.TryNow() },
			func() { c.Retry("A", "A-1") }, func() { c.Decide("x", "draft") }, func() { c.Settle("A", "A-1", true) },
			func() { c.SaveDraft("A", "d", 0) }, func() { c.SaveNote("A", "d", 0) }, func() { c.SetAvailable(false) }, func() { c.Older("A") },
			func() { c.Looking("A", true) }, func() { c.DismissNotice(1) }, func() { c.Settings() },
			func() { c.SaveSettings(view.Settings{Language: "de"}) }, func() { c.OpenLink("https://example.org") },
			func() { c.SetOrder("my", "longest_waiting") }, func() { c.SetFilter("my", view.Filter{Query: "x"}) }, func() { c.Hand("my", true) },
			func() { c.Apply("my") }, func() { c.Select("my", "A", true) }, func() { c.SelectRange("my", "A", "A") }, func() { c.SelectAll("my") },
			func() { c.SelectNone("queue") }, func() { c.PickSelected() }, func() { c.Transfer(nil, "t", "", "") }, func() { c.Undo("x") },
			func() { c.DismissBatch("x") }, func() { c.Return("B") }, func() { c.Hold("B") }, func() { c.Resume("A") }, func() { c.Close("B") },
			func() { c.Extend("A") }, func() { c.SetPriority("A", 1) }, func() { c.SetAlias("A", "x") }, func() { c.Tag("A", []string{"x"}, nil) },
			func() { c.PutTeam(view.TeamSet{}) }, func() { c.PutAgent(view.AgentSet{}) }, func() { c.PutAsset(view.AssetSet{}) },
			func() { c.SaveFile("m", "n") }, func() { c.About() }, func() { c.Drawn(1) }, func() { a.s.Wrote("A", "more") },
		} {
			all.Go(func() {
				for range 20 {
					f()
				}
			})
		}
		all.Wait()
		synctest.Wait()
		if n := strings.Count(a.s.Replies(), "x"); n != 20 {
			t.Errorf("%d replies went out, want 20", n)
		}
	})
}

func TestOpenLink(t *testing.T) {
	d := &desk{}
	c := &Console{desktop: d, log: quiet}
	for address, want := range map[string]bool{
		"https://example.org/a": true, "http://example.org": true, "ftp://example.org": false, "javascript:alert(1)": false,
		"file:///etc/passwd": false, "https://": false, "https://a@b.example": false, "": false, "%": false,
		"https://example.org/" + strings.Repeat("a", maxURL): false,
	} {
		if got := c.OpenLink(address); got != want {
			t.Errorf("%.40q: %v", address, got)
		}
	}
	if len(d.urls) != 2 {
		t.Errorf("opened %q", d.urls)
	}
	if d.err = errors.New("no browser"); c.OpenLink("https://example.org") {
		t.Error("says that it opened what it did not")
	}
	if (&Console{log: quiet}).OpenLink("https://example.org") {
		t.Error("opened without a desktop")
	}
}

func TestSaveFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "photo.jpg")
	c := &Console{desktop: &desk{path: path}, files: files{}, log: quiet}
	if why := c.SaveFile("media-1", "../photo.jpg"); why != "" {
		t.Fatal(why)
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "media-1" {
		t.Errorf("%q %v", b, err)
	}
	c.files = files{err: errors.New("the server is away")}
	if why := c.SaveFile("media-2", "photo.jpg"); !strings.Contains(why, "the server is away") {
		t.Errorf("%q", why)
	}
	if b, _ := os.ReadFile(path); string(b) != "media-1" {
		t.Errorf("half a file took the place of a whole one: %q", b)
	}
	if left, _ := os.ReadDir(filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	c.desktop = &desk{}
	if why := c.SaveFile("media-1", "x"); why != "" {
		t.Errorf("cancelled: %q", why)
	}
}

// FuzzSettings: whatever the file holds, the settings are such as can be used, and what was written is read again.
func FuzzSettings(f *testing.F) {
	for _, seed := range []string{`{"language":"de","notifications":false}`, `{"language":"xx"}`, `{}`, `[]`, "", `{"language":7}`,
		`{"language":"en","language":"de"}`, `{"notifications":true} x`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		first := view.Settings{Notifications: true}
		got, err := readSettings(bytes.NewReader(file), first)
		if err != nil && got != first || got != sound(got) {
			t.Fatalf("%+v, %v", got, err)
		}
		b, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := readSettings(bytes.NewReader(b), first); again != got || err != nil {
			t.Fatalf("%+v became %+v, %v", got, again, err)
		}
	})
}

func TestSettings(t *testing.T) {
	path := filepath.Join(t.TempDir(), settingsName)
	if s := openSettings(path, quiet).get(); s != (view.Settings{Notifications: true}) {
		t.Errorf("%+v", s)
	}
	openSettings(path, quiet).set(view.Settings{Language: "de"})
	if s := openSettings(path, quiet).get(); s != (view.Settings{Language: "de"}) {
		t.Errorf("%+v", s)
	}
	openSettings(path, quiet).set(view.Settings{Language: "../../etc", Notifications: true})
	if s := openSettings(path, quiet).get(); s != (view.Settings{Notifications: true}) {
		t.Errorf("%+v", s)
	}
	if err := os.WriteFile(path, []byte("{torn"), 0o600); err != nil {
		t.Fatal(err)
	}
	if s := openSettings(path, quiet).get(); s != (view.Settings{Notifications: true}) {
		t.Errorf("%+v", s)
	}
}

// TestDrawnIsLoggedOnce: build/bench waits for this line.
func TestDrawnIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		c := &Console{log: slog.New(slog.NewTextHandler(&out, nil)), started: time.Now()}
		time.Sleep(1234 * time.Millisecond)
		c.Drawn(42)
		c.Drawn(43)
		if got := out.String(); !strings.Contains(got, `level=INFO msg="first list drawn" rows=42 milliseconds=1234`) || strings.Count(got, "\n") != 1 {
			t.Errorf("logged %q", got)
		}
	})
}

// TestBoundMethods: the page calls exactly these.
func TestBoundMethods(t *testing.T) {
	var got []string
	for m := range reflect.TypeFor[*Console]().Methods() {
		got = append(got, m.Name)
	}
	want := strings.Fields("About Apply Cancel Close Decide DismissBatch DismissNotice Drawn Extend FindChats Hand Hold Look Looking Note Older Open OpenLink " +
		"Pick PickSelected PutAgent PutAsset PutTeam Read Resume Retry Return SaveDraft SaveFile SaveNote SaveSettings Select SelectAll SelectNone " +
		"SelectRange Send SetAlias SetAvailable SetFilter SetOrder SetPriority Settings Settle SignOut Tag Transfer TryNow Undo")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
