package clock_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/clock"
	"parley/backend/internal/commit"
	"parley/backend/internal/desk"
	"parley/backend/internal/ids"
	"parley/backend/internal/store"
	"parley/backend/internal/store/sqlite"
)

// many is how many chats are to be released.
const many = 2000

// counted is a store that counts its commits.
type counted struct {
	store.Store
	commits atomic.Int64
}

func (c *counted) Commit(ctx context.Context, f func(store.Tx) error) error {
	c.commits.Add(1)
	return c.Store.Commit(ctx, f)
}

// due returns a store with many picked chats whose customers have waited too long.
func due(t testing.TB) *counted {
	t.Helper()
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "parley.db"), sqlite.Options{Epoch: "e"})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Commit(t.Context(), func(tx store.Tx) error {
		writes := []desk.Write{desk.PutTeam{Team: desk.Team{ID: "t", Name: "T", Prefix: "TTT", Settings: chat.TeamSettings{ReleaseMinutes: 1}}},
			desk.PutAgent{Agent: desk.Agent{ID: "a", Name: "A", Active: true, Teams: []chat.TeamID{"t"}}}}
		for i := range many {
			at := chat.Millis(60_001 + i/2)
			c := chat.Chat{ID: chatID(i), Status: chat.Picked, Team: "t", Asset: "s", Identity: chat.IdentityID(fmt.Sprint(i)), Customer: "c",
				Assignee: "a", Assignment: 1, LastNumber: 1, InboundCount: 1, Unread: 1, WaitingSince: at - 60_000, ReleaseAt: at,
				Course: chat.Course{DueAt: at, LastHolder: "a"}}
			writes = append(writes, desk.PutChat{Chat: c}, desk.PutTimer{Timer: timer(i, at)}, desk.PutMessage{Message: chat.Message{
				ID: chat.MessageID(c.ID), Chat: c.ID, Number: 1, Inbounds: 1, Kind: chat.Inbound, At: c.WaitingSince, Text: "Hello"}})
		}
		tx.Apply(desk.Outcome{Writes: writes}, 1)
		return tx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return &counted{Store: s}
}

func chatID(i int) chat.ID { return chat.ID(fmt.Sprintf("TTT%013d", i)) }

func timer(i int, at chat.Millis) desk.Timer {
	return desk.Timer{ID: "chat/" + string(chatID(i)), At: at, Kind: desk.TimerChat, Target: string(chatID(i))}
}

// server is a committer with a clock, until it is stopped.
func server(t testing.TB, s store.Store, sink func([]store.Frame)) (stop func()) {
	t.Helper()
	c, err := commit.New(commit.Config{Store: s, IDs: ids.Random(), Sink: sink})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		clock.New(s, c, c.Bell(), slog.New(slog.DiscardHandler)).Run(ctx)
	}()
	return func() { cancel(); c.Close(); <-ended }
}

// released is closed by sink when so many chats have gone to the queue.
func released(n int64) (sink func([]store.Frame), done chan struct{}) {
	var sum atomic.Int64
	done = make(chan struct{})
	return func(all []store.Frame) {
		for _, f := range all {
			if f.Stream == desk.QueueStream("t") && sum.Add(1) == n {
				close(done)
			}
		}
	}, done
}

func await(t testing.TB, done chan struct{}) {
	t.Helper()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("not after a minute")
	}
}

// TestReleasedOnce: two servers on one store release many chats that are due, and one of them is stopped in between: each
// is released once, none is forgotten, and they do not take a transaction each.
func TestReleasedOnce(t *testing.T) {
	s := due(t)
	defer s.Close()
	some, early := released(100)
	all, done := released(many)
	first := server(t, s, func(f []store.Frame) { some(f); all(f) })
	second := server(t, s, all)
	await(t, early)
	first()
	await(t, done)
	second()
	if n := s.commits.Load(); n > many/8 {
		t.Errorf("%d commits for %d timers", n, many)
	}
	err := s.Read(t.Context(), func(r store.Reader) error {
		for i := range many {
			if c, _ := r.Chat(chatID(i)); c.Status != chat.Queued || c.Assignment != 2 || c.LastNumber != 2 || c.Course.LetGo != "a" {
				t.Fatalf("chat %d is %s in assignment %d with %d messages", i, c.Status, c.Assignment, c.LastNumber)
			}
		}
		return r.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
}

// BenchmarkRelease releases many chats that are due. It is told beside firing the same timers one after the other, each in
// a transaction of its own, and beside as many bare fsyncs.
func BenchmarkRelease(b *testing.B) {
	var together, alone, bare time.Duration
	for b.Loop() {
		together += took(b, releaseTogether)
		alone += took(b, releaseOneByOne)
		bare += fsyncs(b)
	}
	b.ReportMetric(float64(b.N*many)/together.Seconds(), "releases/s")
	b.ReportMetric(float64(together)/float64(alone), "x-one-by-one")
	b.ReportMetric(float64(together)/float64(bare), "x-fsyncs")
}

// took is how long release takes on a store of its own.
func took(b *testing.B, release func(*testing.B, store.Store)) time.Duration {
	s := due(b)
	defer s.Close()
	began := time.Now()
	release(b, s)
	return time.Since(began)
}

func releaseTogether(b *testing.B, s store.Store) {
	all, done := released(many)
	stop := server(b, s, all)
	await(b, done)
	stop()
}

func releaseOneByOne(b *testing.B, s store.Store) {
	c, err := commit.New(commit.Config{Store: s, IDs: ids.Random()})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	for i := range many {
		if _, err := c.Submit(b.Context(), desk.TimerDue{ID: timer(i, 0).ID}); err != nil {
			b.Fatal(err)
		}
	}
}

// fsyncs is how long it takes to make a page durable as many times as there are chats.
func fsyncs(b *testing.B) time.Duration {
	f, err := os.Create(filepath.Join(b.TempDir(), "fsync"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	began := time.Now()
	for range many {
		if _, err := f.WriteAt(page, 0); err != nil {
			b.Fatal(err)
		}
		if err := f.Sync(); err != nil {
			b.Fatal(err)
		}
	}
	return time.Since(began)
}
