package demo

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/server/folder"
	"parley/backend/wire"
)

func start(t *testing.T, dir string, pace float64) *Demo {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(cancel)
	d, err := Start(ctx, Config{DataDir: dir, Seed: 1, Pace: pace, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// stands is how a demo stands: the agent's chats, those in the queues, and every message of theirs.
type stands struct {
	held, queued []chat.Chat
	messages     []chat.Message
}

func (d *Demo) look(t *testing.T) (s stands) {
	t.Helper()
	err := d.server.Read(t.Context(), func(r store.Reader) error {
		for _, a := range r.Agents() {
			if a.Name == you.name {
				s.held = append(s.held, r.ChatsHeldBy(a.ID)...)
			}
		}
		for _, team := range r.Teams() {
			s.queued = append(s.queued, r.ChatsQueuedIn(team.ID)...)
		}
		for _, c := range slices.Concat(s.held, s.queued) {
			s.messages = append(s.messages, r.MessagesBefore(c.ID, 0, 100)...)
		}
		return r.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// settled waits until deliver has nothing under way.
func (d *Demo) settled(t *testing.T) stands {
	t.Helper()
	for tick := time.NewTicker(5 * time.Millisecond); ; <-tick.C {
		s := d.look(t)
		busy := slices.ContainsFunc(s.messages, func(m chat.Message) bool {
			return m.State == chat.Accepted || slices.ContainsFunc(m.Attachments, func(a chat.Attachment) bool { return a.State == chat.MediaPending })
		})
		if !busy {
			tick.Stop()
			return s
		}
		if t.Context().Err() != nil {
			t.Fatal("deliver does not come to rest")
		}
	}
}

func TestEveryStateIsThereAtFirstSight(t *testing.T) {
	d := start(t, t.TempDir(), -1)
	s := d.settled(t)
	if len(s.held) < 8 || len(s.queued) < 3 {
		t.Errorf("%d chats are held and %d queued, want about a dozen", len(s.held), len(s.queued))
	}
	found := map[string]int{}
	me := s.held[0].Assignee
	for i := range s.held {
		c := &s.held[i]
		found["dot "+string(chat.DotFor(c, me))]++
		if c.WaitingSince != 0 && c.Unread == 0 {
			found["read and waiting"]++
		}
	}
	for _, m := range s.messages {
		found["state "+string(m.State)]++
		if m.Failure != nil {
			found["code "+m.Failure.Code]++
		}
		for _, a := range m.Attachments {
			found["file "+string(a.State)]++
		}
		if strings.ContainsFunc(m.Text, func(r rune) bool { return r >= 0x590 && r <= 0x6ff }) {
			found["right to left"]++
		}
		if len(m.Text) > 800 {
			found["very long"]++
		}
	}
	for _, what := range []string{"dot new", "dot pending", "dot ", "read and waiting", "state delivered", "state read", "state failed",
		"code 131047", "file ready", "right to left", "very long"} {
		if found[what] == 0 {
			t.Errorf("nothing is there for %q: %v", what, found)
		}
	}
	oldest := slices.MinFunc(s.messages, func(a, b chat.Message) int { return int(a.At - b.At) })
	if age := time.Since(time.UnixMilli(int64(oldest.At))); age < 30*time.Minute {
		t.Errorf("the oldest message is %v old, want a past", age)
	}
}

// TestClocksTransfersAndTargetsAreThere: a clock runs, somebody has given the agent a chat with a word, and of those whom
// it could be given to some can be chosen and some not.
func TestClocksTransfersAndTargetsAreThere(t *testing.T) {
	d := start(t, t.TempDir(), -1)
	s := d.settled(t)
	found := map[string]bool{}
	var ids []string
	for _, c := range s.held {
		ids = append(ids, string(c.ID))
		found["a clock"] = found["a clock"] || c.ReleaseAt > d.server.Now()
		found["a priority"] = found["a priority"] || c.Priority != chat.Unset
	}
	for _, m := range s.messages {
		found["a note"] = found["a note"] || m.Kind == chat.Note
		if m.Line != nil {
			found[m.Line.Code] = true
		}
	}
	err := d.server.Read(t.Context(), func(r store.Reader) error {
		me, _ := r.Agent(s.held[0].Assignee)
		found["an admin"] = me.Role == chat.Admin
		for _, to := range desk.Targets(r, me.ID, wire.Aim{Chats: ids[:1]}, d.server.Now()).Agents {
			found["can be chosen"] = found["can be chosen"] || to.Problem == nil
			found["is away"] = found["is away"] || to.Problem != nil && to.Problem.Kind == int(chat.AgentAway)
		}
		return r.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"a clock", "a priority", "a note", "transferred", "released", "priority", "an admin", "can be chosen", "is away"} {
		if !found[what] {
			t.Errorf("nothing is there for %q: %v", what, found)
		}
	}
}

// TestSettingsAreTheAgents: what was set in the demo stays over a start.
func TestSettingsAreTheAgents(t *testing.T) {
	dir := t.TempDir()
	d := start(t, dir, -1)
	team := func(d *Demo) (t desk.Team) {
		_ = d.server.Read(context.Background(), func(r store.Reader) error {
			t, _ = r.TeamByPrefix(teams[0].Prefix)
			return r.Err()
		})
		return t
	}
	was := team(d)
	if _, err := d.server.Submit(t.Context(), desk.SetTeam{ID: was.ID, Settings: &chat.TeamSettings{ReleaseMinutes: 25}}); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	now := team(start(t, dir, -1))
	if was.Settings.ReleaseMinutes != 10 || now.Settings != (chat.TeamSettings{ReleaseMinutes: 25}) {
		t.Errorf("the team was %+v, and is after a start %+v", was, now)
	}
}

func TestSecondStartGoesOn(t *testing.T) {
	dir := t.TempDir()
	first := start(t, dir, -1)
	before := first.settled(t)
	if _, err := Start(t.Context(), Config{DataDir: dir}); !errors.Is(err, folder.ErrInUse) {
		t.Errorf("a second start beside the first: %v, want ErrInUse", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := start(t, dir, -1)
	if diff := cmp.Diff(before, second.settled(t), cmp.AllowUnexported(stands{})); diff != "" {
		t.Errorf("the second start changed what was there:\n%s", diff)
	}
	if second.Token == first.Token || second.Token == "" {
		t.Error("the second start has no token of its own")
	}
}

func TestConsoleConnectsWithoutAPort(t *testing.T) {
	d := start(t, t.TempDir(), -1)
	dialer := websocket.Dialer{NetDialContext: d.DialContext}
	conn, _, err := dialer.DialContext(t.Context(), "ws"+strings.TrimPrefix(d.URL, "http")+"/sync",
		http.Header{"Authorization": {"Bearer " + d.Token}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	hello, err := wire.EncodeUp(&wire.Up{Hello: &wire.Hello{MinVersion: 1, MaxVersion: 1, Device: "d", App: "test"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.WriteMessage(websocket.TextMessage, hello); err != nil {
		t.Fatal(err)
	}
	_, text, err := conn.ReadMessage()
	if err != nil {
		t.Fatal(err)
	}
	if down, err := wire.DecodeDown(text); err != nil || down.Welcome == nil || down.Welcome.Agent.Name != you.name {
		t.Errorf("the server says %s, %v; want a welcome", text, err)
	}
}

func TestLifeGoesOn(t *testing.T) {
	d := start(t, t.TempDir(), 200)
	before := d.look(t)
	for tick := time.NewTicker(20 * time.Millisecond); ; <-tick.C {
		var colleagues, customers int64
		err := d.server.Read(t.Context(), func(r store.Reader) error {
			for _, a := range r.Agents() {
				for _, c := range r.ChatsHeldBy(a.ID) {
					if customers += c.InboundCount; a.Name != you.name && r.LastAnswer(c.ID) > 0 {
						colleagues++
					}
				}
			}
			for _, team := range r.Teams() {
				for _, c := range r.ChatsQueuedIn(team.ID) {
					customers += c.InboundCount
				}
			}
			return r.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
		if colleagues > 0 && customers > int64(len(before.messages)) {
			tick.Stop()
			return
		}
	}
}

func TestTokenFileKeepsTheToken(t *testing.T) {
	config := Config{DataDir: t.TempDir(), Pace: -1, Log: slog.New(slog.DiscardHandler), TokenFile: filepath.Join(t.TempDir(), "token")}
	var tokens []string
	for range 3 {
		d, err := Start(t.Context(), config)
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, d.Token)
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
		if len(tokens) == 2 { // somebody lost it
			if err := os.Remove(config.TokenFile); err != nil {
				t.Fatal(err)
			}
		}
	}
	if tokens[0] != tokens[1] || tokens[1] == tokens[2] {
		t.Error("want the same token twice, and another one after its file was lost")
	}
}
