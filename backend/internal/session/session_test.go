package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"parley/backend/chat"
	"parley/backend/internal/auth"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/memnet"
	"parley/backend/wire"
)

func TestUpgradeLetsInOnlyWhoMay(t *testing.T) {
	w := newWorld(t, Limits{}, nil)
	for _, test := range []struct {
		name, token, origin string
		want                int
	}{
		{"a valid token", w.mira.token, "", http.StatusSwitchingProtocols},
		{"a listed origin", w.mira.token, "https://desk.example", http.StatusSwitchingProtocols},
		{"no token", "", "", http.StatusUnauthorized},
		{"another token", "pt_" + strings.Repeat("A", 43), "", http.StatusUnauthorized},
		{"another origin", w.mira.token, "https://evil.example", http.StatusForbidden},
		{"a null origin", w.mira.token, "null", http.StatusForbidden},
	} {
		var more []string
		if test.origin != "" {
			more = []string{"Origin", test.origin}
		}
		conn, resp, err := w.dial(test.token, more...)
		if resp == nil || resp.StatusCode != test.want {
			t.Errorf("%s: %v, %v", test.name, resp, err)
		}
		if err == nil {
			conn.Close()
		}
	}
	failed := errors.New("broken")
	w.store.reads.Store(&failed)
	if _, resp, _ := w.dial(w.mira.token); resp == nil || resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("with a broken store: %v", resp)
	}
}

func TestFirstHelloIsAnsweredWithTheWhole(t *testing.T) {
	w := newWorld(t, Limits{}, nil)
	id := w.holds(w.mira, 1)
	w.writes(2, 1, "anybody there?")
	c := w.join(w.mira, wire.Hello{})
	if c.welcome.Version != 1 || c.welcome.Agent.Name != "Mira" || c.welcome.BeatMillis != wire.BeatMillis || c.resets != 3 {
		t.Errorf("the welcome is %+v", c.welcome)
	}
	c.agrees(w)
	if got := c.rows[w.mira.stream()]["chat "+string(id)].Chat; got == nil || got.Unread != 1 {
		t.Errorf("the chat is %+v", got)
	}
}

func TestSnapshotComesInParts(t *testing.T) {
	w := newWorld(t, Limits{SnapshotBytes: 600}, nil)
	for n := range 20 {
		w.writes(n, 1, strings.Repeat("x", 100))
	}
	c := w.join(w.mira, wire.Hello{})
	parts := 0
	queue := desk.QueueStream(w.team)
	c.until("the queue", func() bool { parts = max(parts, c.parts[queue]); return c.at[queue].Seq > 0 })
	if parts < 10 {
		t.Errorf("the most parts seen were %d", parts)
	}
	c.agrees(w)
}

func TestResume(t *testing.T) {
	w := newWorld(t, Limits{LogBatch: 3}, nil)
	id := w.holds(w.mira, 1)
	first := w.join(w.mira, wire.Hello{})
	first.current(w)
	first.conn.Close()
	for n := range 10 {
		w.writes(1, n+2, fmt.Sprint("and ", n))
		w.writes(n+10, 1, "new")
	}
	second := w.connect(w.mira)
	second.model = first.model
	first.welcome, first.resets, first.frames = nil, 0, 0
	second.hello(wire.Hello{At: second.positions()})
	second.current(w)
	if second.resets != 0 || second.frames < 20 {
		t.Errorf("%d resets, %d frames", second.resets, second.frames)
	}
	w.writes(1, 99, "live")
	second.until("what is live", func() bool {
		row := second.rows[w.mira.stream()]["chat "+string(id)]
		return row.Chat != nil && row.Chat.LastText == "live"
	})
	second.agrees(w)
}

func TestResetWhereItCannotBeResumed(t *testing.T) {
	w := newWorld(t, Limits{}, nil)
	w.holds(w.mira, 1)
	head := w.head(w.mira.stream())
	for _, test := range []struct {
		name    string
		at      wire.Position
		before  func()
		resumed bool
	}{
		{"at the head", head, nil, true},
		{"from nothing", wire.Position{Epoch: head.Epoch, Seq: 0}, nil, true},
		{"another epoch", wire.Position{Epoch: "other", Seq: head.Seq}, nil, false},
		{"ahead of the server", wire.Position{Epoch: head.Epoch, Seq: head.Seq + 1000}, nil, false},
		{"below the floor", wire.Position{Epoch: head.Epoch, Seq: 0}, func() {
			for n := range 5 {
				w.writes(1, n+2, "more")
			}
			w.prune()
		}, false},
	} {
		if test.before != nil {
			test.before()
		}
		c := w.connect(w.mira)
		c.at[w.mira.stream()] = test.at
		c.rows[w.mira.stream()] = map[string]wire.Change{}
		c.hello(wire.Hello{At: c.positions()})
		c.until("the welcome", func() bool { return c.welcome != nil })
		if got := c.welcome.Streams[0]; got.Stream != w.mira.stream() || got.Resumed != test.resumed {
			t.Errorf("%s: %+v", test.name, got)
		}
		c.current(w)
		c.conn.Close()
	}
}

func TestCommandAndItsResult(t *testing.T) {
	w := newWorld(t, Limits{}, nil)
	w.writes(1, 1, "hello")
	id := w.queued()[0]
	c := w.join(w.mira, wire.Hello{})
	c.current(w)
	c.command(1, chat.Command{Kind: chat.CmdPick, Chat: id})
	c.until("the result", func() bool { return len(c.results) == 1 })
	if c.results[1].Outcome != wire.Done || len(c.again) != 0 || c.rows[w.mira.stream()]["chat "+string(id)].Chat == nil {
		t.Errorf("the result is %+v; outside the stream %v", c.results[1], c.again)
	}
	c.command(1, chat.Command{Kind: chat.CmdPick, Chat: id})
	c.until("the stored result", func() bool { return len(c.again) == 1 })
	if diff := cmp.Diff(c.results[1], c.again[0]); diff != "" {
		t.Errorf("the stored result: %s", diff)
	}
	c.command(3, chat.Command{Kind: chat.CmdOpen, Chat: id, Assignment: 1})
	c.command(4, chat.Command{Kind: chat.CmdOpen, Chat: id, Assignment: 1})
	c.until("the refetch", func() bool { return len(c.refetch) > 0 })
	for n := int64(2); n <= 4; n++ {
		c.command(n, chat.Command{Kind: chat.CmdOpen, Chat: id, Assignment: 1})
	}
	c.until("the rest", func() bool { return len(c.results) == 4 })
	if diff := cmp.Diff([]int64{2}, c.refetch); diff != "" {
		t.Error(diff)
	}
}

// TestStoredResultAfterItsEffects: the result of a command of an earlier connection comes when the console has
// the effects, although its stream is far behind.
func TestStoredResultAfterItsEffects(t *testing.T) {
	w := newWorld(t, Limits{LogBatch: 1}, nil)
	id := w.holds(w.mira, 1)
	first := w.join(w.mira, wire.Hello{})
	first.current(w)
	at := first.positions()
	for n := range 50 {
		w.writes(1, n+2, "again")
	}
	first.command(1, chat.Command{Kind: chat.CmdOpen, Chat: id, Assignment: 1})
	first.until("the result", func() bool { return len(first.results) == 1 })
	done := first.at[w.mira.stream()]
	first.conn.Close()

	second := w.connect(w.mira)
	for _, p := range at {
		second.at[p.Stream], second.rows[p.Stream] = p.Position, map[string]wire.Change{}
	}
	second.hello(wire.Hello{At: at, Unconfirmed: 1})
	second.command(1, chat.Command{Kind: chat.CmdOpen, Chat: id, Assignment: 1})
	second.until("the stored result", func() bool { return len(second.again) == 1 })
	if got := second.at[w.mira.stream()]; got.Seq < done.Seq {
		t.Errorf("it came at %+v, before its effects at %+v", got, done)
	}
	if second.welcome.LastCommand != 1 {
		t.Errorf("the last command is %d", second.welcome.LastCommand)
	}
}

func TestSnapshotCarriesUnconfirmedResults(t *testing.T) {
	w := newWorld(t, Limits{}, nil)
	id := w.holds(w.mira, 1)
	first := w.join(w.mira, wire.Hello{})
	for n := int64(1); n <= 5; n++ {
		first.command(n, chat.Command{Kind: chat.CmdOpen, Chat: id, Assignment: 1})
	}
	first.until("the results", func() bool { return len(first.results) == 5 })
	second := w.join(w.mira, wire.Hello{Unconfirmed: 3})
	second.current(w)
	if len(second.results) != 3 || second.results[3].ID != "id-3" {
		t.Errorf("the results are %+v", second.results)
	}
	other := w.join(w.jonas, wire.Hello{Unconfirmed: 1})
	other.current(w)
	if len(other.results) != 0 {
		t.Errorf("another agent on the device got %+v", other.results)
	}
}

// TestTargets: whoever is connected can be given a chat, and a transfer to who is not is refused.
func TestTargets(t *testing.T) {
	w := newWorld(t, Limits{}, nil)
	first, second := w.holds(w.mira, 1), w.holds(w.mira, 2)
	c := w.join(w.mira, wire.Hello{})
	c.send(wire.Up{Aim: &wire.Aim{Chats: []string{string(first)}}})
	c.until("who could take it", func() bool { return len(c.targets) == 1 })
	if got := c.targets[0].Agents; len(got) != 1 || got[0].Problem == nil || got[0].Problem.Kind != int(chat.AgentAway) {
		t.Errorf("while nobody else is here: %+v", got)
	}
	give := func(n int64, id chat.ID) wire.Result {
		c.command(n, chat.Command{Kind: chat.CmdTransfer, Chats: []chat.Place{{Chat: id, Assignment: 1}}, Team: w.team, Agent: w.jonas.id})
		c.until("the result", func() bool { return int64(len(c.results)) == n })
		return c.results[n]
	}
	if got := give(1, first); got.Outcome != wire.Refused || len(got.Items) != 1 || got.Items[0].Problem.Kind != int(chat.AgentAway) {
		t.Errorf("given to who is away: %+v", got)
	}
	other := w.join(w.jonas, wire.Hello{})
	c.until("that he is here", func() bool {
		row, ok := c.rows[desk.TenantStream()]["agent "+string(w.jonas.id)]
		return ok && !row.Agent.Away
	})
	c.send(wire.Up{Aim: &wire.Aim{Chats: []string{string(second)}}})
	c.until("who could take it now", func() bool { return len(c.targets) == 2 })
	if got := c.targets[1].Agents; len(got) != 1 || got[0].Problem != nil || got[0].Agent != string(w.jonas.id) {
		t.Errorf("when somebody is: %+v", got)
	}
	if got := give(2, second); got.Outcome != wire.Done {
		t.Errorf("given: %+v", got)
	}
	other.until("the chat", func() bool { return other.rows[w.jonas.stream()]["chat "+string(second)].Chat != nil })
}

func TestPagesAndHistories(t *testing.T) {
	w := newWorld(t, Limits{Requests: 2}, nil)
	id := w.holds(w.mira, 1)
	for n := range 200 {
		w.writes(1, n+2, fmt.Sprint("line ", n))
	}
	c := w.join(w.mira, wire.Hello{})
	for before := int64(20); before > 15; before-- { // more than Requests
		c.send(wire.Up{More: &wire.More{Chat: string(id), Before: before, Count: 5}})
	}
	c.send(wire.Up{More: &wire.More{Chat: string(id), Count: 1000}})
	c.send(wire.Up{More: &wire.More{Chat: "nowhere", Count: 1}})
	var customer string
	w.read(func(r store.Reader) { row, _ := r.Chat(id); customer = string(row.Customer) })
	c.send(wire.Up{Earlier: &wire.Earlier{Customer: customer}})
	c.until("the replies", func() bool { return len(c.history) == 1 && len(c.pages) == 7 })
	for i, p := range c.pages[:5] {
		if n := len(p.Messages); n != 5 || p.Messages[4].Number != int64(19-i) {
			t.Errorf("page %d has %d messages: %+v", i, n, p)
		}
	}
	if n := len(c.pages[5].Messages); n == 0 || n > wire.MaxPage {
		t.Errorf("the long page has %d messages", n)
	}
	if p := c.pages[6].Problem; p == nil || p.Kind != int(chat.NotFound) {
		t.Errorf("of no chat: %+v", c.pages[6])
	}
	if h := c.history[0]; len(h.Chats) != 1 || h.Chats[0].ID != string(id) {
		t.Errorf("the history is %+v", h)
	}
}

func TestFramesThatAreNotTheProtocols(t *testing.T) {
	w := newWorld(t, Limits{Grace: 100 * time.Millisecond}, nil)
	hello := `{"hello":{"min_version":1,"max_version":1,"device":"d","app":""}}`
	for _, test := range []struct {
		name string
		say  []string
		code int
	}{
		{"not JSON", []string{`hello`}, wire.CloseMalformed},
		{"no hello first", []string{`{"beat":{}}`}, wire.CloseMalformed},
		{"a second hello", []string{hello, hello}, wire.CloseMalformed},
		{"a bad command", []string{hello, `{"command":{"number":0,"id":"x","kind":"pick"}}`}, wire.CloseMalformed},
		{"too large", []string{hello, `{"earlier":{"customer":"` + strings.Repeat("x", wire.MaxUpBytes) + `"}}`}, wire.CloseMalformed},
		{"something critical", []string{hello, `{"typing":{},"critical":true}`}, wire.CloseVersion},
		{"a version too old", []string{`{"hello":{"min_version":0,"max_version":0,"device":"d","app":""}}`}, wire.CloseVersion},
		{"a version too new", []string{`{"hello":{"min_version":2,"max_version":9,"device":"d","app":""}}`}, wire.CloseVersion},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := w.connect(w.mira)
			c.t = t
			for _, s := range test.say {
				c.raw([]byte(s))
			}
			c.ends(test.code)
		})
	}
	t.Run("binary", func(t *testing.T) {
		c := w.connect(w.mira)
		if err := c.conn.WriteMessage(websocket.BinaryMessage, []byte(hello)); err != nil {
			t.Fatal(err)
		}
		c.ends(wire.CloseMalformed)
	})
	t.Run("something newer is ignored", func(t *testing.T) {
		c := w.connect(w.mira)
		c.raw([]byte(`{"typing":{"chat":"x"}}`))
		c.hello(wire.Hello{})
		c.current(w)
	})
}

func TestOneConnectionOfADevice(t *testing.T) {
	w := newWorld(t, Limits{}, nil)
	first := w.join(w.mira, wire.Hello{Device: "same"})
	other := w.join(w.mira, wire.Hello{Device: "other"})
	second := w.join(w.mira, wire.Hello{Device: "same"})
	jonas := w.join(w.jonas, wire.Hello{Device: "same"})
	first.ends(wire.CloseReplaced)
	w.holds(w.mira, 1)
	for _, c := range []*console{other, second, jonas} {
		c.current(w)
	}
}

// TestALateHello: what a console said on a connection that it gave up does not end the one that it has.
func TestALateHello(t *testing.T) {
	w := newWorld(t, Limits{}, nil)
	late := w.connect(w.mira)
	present := w.join(w.mira, wire.Hello{Device: "same"})
	late.hello(wire.Hello{Device: "same"})
	late.ends(wire.CloseReplaced)
	present.current(w)
	w.holds(w.mira, 1)
}

func TestRecheck(t *testing.T) {
	w := newWorld(t, Limits{}, nil)
	stays, revoked := w.join(w.jonas, wire.Hello{}), w.join(w.mira, wire.Hello{})
	w.must(desk.RevokeToken{Hash: auth.Hash(w.mira.token)})
	w.sessions.Recheck()
	revoked.ends(wire.CloseRevoked)

	w.must(desk.SetAgent{ID: w.jonas.id, Teams: []chat.TeamID{}})
	w.sessions.Recheck()
	stays.ends(wire.CloseChanged)
	after := w.join(w.jonas, wire.Hello{})
	if n := len(after.welcome.Streams); n != 2 {
		t.Errorf("without a team %d streams", n)
	}
	off := false
	w.must(desk.SetAgent{ID: w.jonas.id, Active: &off})
	w.sessions.Recheck()
	after.ends(wire.CloseRevoked)
}

// TestWelcomesTakeTurns: the whole of an agent with very many chats takes seconds to read, and the store has few
// readers, which webhooks need too.
func TestWelcomesTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Limits{Welcomes: 1}, memnet.Listen())
		w.sessions.welcomes <- struct{}{}
		waits, gone := w.connect(w.mira), w.connect(w.mira)
		waits.hello(wire.Hello{Device: "a"})
		gone.hello(wire.Hello{Device: "b"})
		synctest.Wait()
		gone.conn.Close()
		synctest.Wait()
		if n := w.sessions.Open(); n != 1 {
			t.Errorf("%d sessions are open, want the one that waits", n)
		}
		<-w.sessions.welcomes
		waits.current(w)
		if waits.next(); waits.welcome == nil {
			t.Error("no welcome after the other's")
		}
		w.sessions.welcomes <- struct{}{}
		late := w.connect(w.mira)
		late.hello(wire.Hello{Device: "c"})
		synctest.Wait()
		go w.sessions.Shutdown(context.Background())
		late.ends(wire.CloseShutdown)
	})
}

func TestTooManyConnections(t *testing.T) {
	w := newWorld(t, Limits{Connections: 1, Busy: 7 * time.Second}, nil)
	first := w.join(w.mira, wire.Hello{Device: "a"})
	second := w.connect(w.mira)
	second.ends(wire.CloseServerBusy)
	if second.end.RetryMillis != 7000 {
		t.Errorf("it is told %+v", second.end)
	}
	first.current(w)
}

func TestStoreThatCannotTakeACommand(t *testing.T) {
	w := newWorld(t, Limits{}, nil)
	id := w.holds(w.mira, 1)
	for err, code := range map[error]int{
		store.ErrNoRoom: wire.CloseServerBusy, store.ErrClosed: wire.CloseShutdown, errors.New("broken"): wire.CloseServerBusy,
	} {
		c := w.join(w.mira, wire.Hello{})
		w.store.commits.Store(&err)
		c.command(1, chat.Command{Kind: chat.CmdOpen, Chat: id, Assignment: 1})
		c.ends(code)
		w.store.commits.Store(nil)
	}
	c := w.join(w.mira, wire.Hello{})
	c.command(1, chat.Command{Kind: chat.CmdOpen, Chat: id, Assignment: 1})
	c.until("the result", func() bool { return c.results[1].Outcome == wire.Done })
}

// TestPanicEndsOneSession, and nothing beside it.
func TestPanicEndsOneSession(t *testing.T) {
	w := newWorld(t, Limits{}, nil)
	beside := w.join(w.jonas, wire.Hello{})
	falls := w.join(w.mira, wire.Hello{})
	falls.current(w)
	w.store.panics.Store(true)
	falls.send(wire.Up{Earlier: &wire.Earlier{Customer: "c"}})
	falls.ends(wire.CloseServerBusy)
	w.writes(1, 1, "hello")
	beside.current(w)
	w.join(w.mira, wire.Hello{}).current(w)
}

func TestShutdown(t *testing.T) {
	w := newWorld(t, Limits{}, nil)
	polite, deaf := w.join(w.mira, wire.Hello{}), w.join(w.jonas, wire.Hello{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		w.sessions.Shutdown(context.Background())
	}()
	polite.ends(wire.CloseShutdown)
	<-ended // although deaf does not read
	late := w.connect(w.mira)
	late.ends(wire.CloseShutdown)
	deaf.conn.Close()
}
