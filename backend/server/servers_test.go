package server

import (
	"fmt"
	"testing"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/session"
	"parley/backend/internal/store"
	"parley/backend/internal/store/postgres"
	"parley/backend/internal/store/postgres/pgtest"
	"parley/backend/wire"
)

// deaf is a store that never hears of the other servers' commits.
type deaf struct{ *postgres.Store }

func (deaf) Elsewhere() <-chan struct{} { return nil }

// newPair starts two servers on one database, with consoles that are told every beat where the streams stand.
func newPair(t *testing.T, beat time.Duration, wrap func(*postgres.Store) store.Store) (a, b *rig) {
	t.Helper()
	url := pgtest.Database(t)
	tune := func(c *Config) {
		s, err := postgres.Open(t.Context(), url, postgres.Options{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		c.Store, c.Sessions = wrap(s), session.Limits{Beat: beat}
	}
	a = tunedRig(t, tune)
	other := *a
	b = &other
	b.dir = t.TempDir()
	l := b.listen()
	b.url = "http://" + l.Addr().String()
	b.serve(l)
	t.Cleanup(func() {
		if err := b.end(); err != nil {
			t.Error(err)
		}
	})
	return a, b
}

// TestTwoServersOnOneDatabase: an agent whose console is connected to one server sees what comes in at the other, and
// what either server's deliverer may send goes out once.
func TestTwoServersOnOneDatabase(t *testing.T) {
	for name, c := range map[string]struct {
		beat time.Duration
		wrap func(*postgres.Store) store.Store
	}{
		"heard of":           {time.Hour, func(s *postgres.Store) store.Store { return s }},
		"never told of them": {200 * time.Millisecond, func(s *postgres.Store) store.Store { return deaf{s} }},
	} {
		t.Run(name, func(t *testing.T) {
			a, b := newPair(t, c.beat, c.wrap)
			at := b.connect(b.token)
			at.until("the welcome", func() bool { return at.epoch != "" })
			a.hears(a.text(person("1"), "Where is my parcel?"))
			at.only()
			var ids []string
			for i := range 6 {
				ids = append(ids, at.reply(fmt.Sprint("answer ", i)))
			}
			for _, id := range ids {
				at.state(id, chat.Sent)
			}
			a.hears(a.text(person("1"), "Thank you"))
			at.until("the thanks", func() bool { return at.only().Unread == 1 })
			got := map[string]int{}
			for _, m := range a.vendor.Received() {
				got[m.Text]++
			}
			for i := range 6 {
				if got[fmt.Sprint("answer ", i)] != 1 {
					t.Errorf("WhatsApp received %v", got)
				}
			}
		})
	}
}

// TestAnotherServersFramesInTurn: frames of two servers in one stream come in their order, whoever commits.
func TestAnotherServersFramesInTurn(t *testing.T) {
	a, b := newPair(t, time.Hour, func(s *postgres.Store) store.Store { return s })
	at := b.connect(b.token)
	at.until("the welcome", func() bool { return at.epoch != "" })
	for i := range 10 {
		from := []*rig{a, b}[i%2]
		if _, err := from.server.Submit(t.Context(), desk.SetTeam{ID: chat.TeamID(a.team), Name: fmt.Sprint("Team ", i)}); err != nil {
			t.Fatal(err)
		}
	}
	var names []string
	_ = at.conn.SetReadDeadline(time.Now().Add(patience))
	for len(names) < 10 {
		_, text, err := at.conn.ReadMessage()
		if err != nil {
			t.Fatalf("after %q: %v", names, err)
		}
		d, err := wire.DecodeDown(text)
		if err != nil {
			t.Fatal(err)
		}
		if d.Frame != nil && d.Frame.Changes[0].Team != nil {
			names = append(names, d.Frame.Changes[0].Team.Name)
		}
	}
	for i, n := range names {
		if n != fmt.Sprint("Team ", i) {
			t.Errorf("names %q", names)
		}
	}
}
