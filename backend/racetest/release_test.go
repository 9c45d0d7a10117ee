package racetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/backend/chat"
	"parley/backend/chat/chattest"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/postgres"
	"parley/backend/internal/store/postgres/pgtest"
	"parley/backend/server/admin"
	"parley/backend/wire"
	"parley/backend/worldtest"
)

// How large the rush of TestReleasedOnceByTwoServers is.
const (
	lateAgents = 40
	lateChats  = 2000
	lead       = 8 * time.Second // from the first assignment to the first moment at which a chat is due
)

// TestReleasedOnceByTwoServers: the chats that are due within a second are released once each, whichever of two servers on
// one PostgreSQL fires their timers, while their agents reply at either.
func TestReleasedOnceByTwoServers(t *testing.T) {
	l := newLate(t)
	l.company()
	l.prepare()
	l.world.Start()
	written := l.compete()
	l.wait()
	l.judge(written)
}

// late is a company whose customers wait, on two servers whose clock first stands in the past.
type late struct {
	*race
	url   string
	past  atomic.Int64 // the time of the servers in milliseconds; 0: the machine's
	opens int
	fired [2]atomic.Int64 // releases that each server has stored
	clock chan struct{}   // rings after a release
	staff []worldtest.Agent
	chats []chat.ID
	due   int64 // when the first of them is, in milliseconds; the last a second later
}

func newLate(t *testing.T) *late {
	l := &late{url: pgtest.Database(t), clock: make(chan struct{}, 1)}
	l.past.Store(time.Now().Add(-time.Hour).UnixMilli())
	l.race = newRace(t, worldtest.Config{Open: l.open, Servers: 2, Clock: l.time})
	return l
}

// time is a server's clock. By the machine's time the second server's is ahead.
func (l *late) time(server int) time.Time {
	if at := l.past.Load(); at != 0 {
		return time.UnixMilli(at)
	}
	return time.Now().Add(time.Duration(server) * 50 * time.Millisecond)
}

func (l *late) open(ctx context.Context) (store.Store, error) {
	s, err := postgres.Open(ctx, l.url, postgres.Options{Epoch: "e1"})
	if err != nil {
		return nil, err
	}
	l.opens++
	fired := &l.fired[l.opens%2]
	return &counting{s, func(n int) {
		fired.Add(int64(n))
		ring(l.clock)
	}}, nil
}

func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

// counting is a store that tells how many releases each of its commits has stored.
type counting struct {
	*postgres.Store
	tell func(int)
}

// Commit implements store.Store.
func (c *counting) Commit(ctx context.Context, do func(store.Tx) error) error {
	seen := &seeing{}
	err := c.Store.Commit(ctx, func(tx store.Tx) error {
		*seen = seeing{Tx: tx}
		return do(seen)
	})
	if err == nil && seen.releases > 0 {
		c.tell(seen.releases)
	}
	return err
}

type seeing struct {
	store.Tx
	releases int
}

// Apply implements store.Tx.
func (s *seeing) Apply(o desk.Outcome, at chat.Millis) []store.Frame {
	for _, w := range o.Writes {
		if m, ok := w.(desk.PutMessage); ok && m.Message.Line != nil && m.Message.Line.Code == "released" {
			s.releases++
		}
	}
	return s.Tx.Apply(o, at)
}

// company has customers write and agents who can have all the chats.
func (l *late) company() {
	l.Helper()
	minutes := 1
	l.world.Do(&admin.Request{Verb: "team set", ID: l.world.Team, Settings: admin.Settings{ReleaseMinutes: &minutes}})
	for i := range lateAgents {
		l.staff = append(l.staff, l.world.Hire(fmt.Sprint("Agent ", i+1), lateChats))
	}
	for n := 0; n < lateChats; n += 50 {
		l.world.Hear(l.ctx, n, n+50, "Where is my parcel?")
	}
	for _, c := range l.world.Desk("").Queue {
		l.chats = append(l.chats, c.ID)
	}
}

// prepare gives the chats to the agents in turns, all within a second of the servers' time that is a minute ago when
// lead is over, and stops the servers. They begin again by the machine's time.
func (l *late) prepare() {
	l.Helper()
	l.due = time.Now().Add(lead).UnixMilli()
	const together = 50
	for n := 0; n < len(l.chats); n += together {
		l.past.Store(l.due - 60_000 + int64(1000*n/len(l.chats)))
		var all sync.WaitGroup
		for i := n; i < min(n+together, len(l.chats)); i++ {
			all.Go(func() {
				give := desk.AssignChat{Chat: l.chats[i], Agent: l.staff[i%lateAgents].ID}
				if a, err := l.world.Submit(l.ctx, 0, give); err != nil || a.Problem != nil {
					l.Errorf("assign: %v, %v", err, a.Problem)
				}
			})
		}
		all.Wait()
	}
	l.world.Stop()
	l.past.Store(0)
}

// line is a reply and its answer.
type line struct {
	chat chat.ID
	text string
	told told
}

// compete has every agent reply to most chats at about the moment at which each is due, half of them at either server.
func (l *late) compete() (written []line) {
	var running sync.WaitGroup
	var mu sync.Mutex
	for i, a := range l.staff {
		c := connect(l.ctx, l, l.world.Address(i%2), a)
		l.Cleanup(func() { _ = c.ws.Close() })
		running.Go(func() {
			for _, w := range l.replies(c, a, i) {
				mu.Lock()
				written = append(written, w)
				mu.Unlock()
			}
		})
	}
	running.Wait()
	return written
}

// replies is an agent's part.
func (l *late) replies(c *console, a worldtest.Agent, which int) (written []line) {
	for i := which; i < len(l.chats); i += lateAgents {
		if rand.IntN(4) == 0 {
			continue
		}
		due := time.UnixMilli(l.due + int64(1000*i/len(l.chats)))
		at := time.NewTimer(time.Until(due) - rand.N(800*time.Millisecond))
		select {
		case <-at.C:
		case <-l.ctx.Done():
		}
		w := line{chat: l.chats[i], text: fmt.Sprintf("answer %d of %s", i, a.Name)}
		var err error
		w.told, err = c.ask(wire.Command{Kind: string(chat.CmdReply), Epoch: "e1", Chat: string(w.chat), Assignment: 1, Base: 2, Text: w.text})
		if err != nil {
			l.Errorf("%s: %v", a.Name, err)
			return written
		}
		written = append(written, w)
	}
	return written
}

var oneMinute = &chat.TeamSettings{ReleaseMinutes: 1}

// wait waits until no clock runs any more.
func (l *late) wait() {
	for slices.ContainsFunc(l.chats, func(id chat.ID) bool {
		c, _ := l.world.Chat(id)
		return c.ReleaseAt != 0
	}) {
		select {
		case <-l.clock:
		case <-l.ctx.Done():
			l.Fatal("chats that were due are still picked")
		}
	}
}

// judge looks at every chat and every reply.
func (l *late) judge(written []line) {
	in, replied := map[string]chat.ID{}, 0
	var latest chat.Millis
	for _, id := range l.chats {
		c, messages := l.world.Chat(id)
		t := chattest.Retell(messages, oneMinute)
		for _, why := range t.Amiss {
			l.Errorf("%s: %s", id, why)
		}
		if len(t.Releases)+len(t.Replies) != 1 || c.Status != t.Status || c.WaitingSince != t.WaitingSince {
			l.Errorf("%s was released %d times and answered %d times; it is %s, by its messages %s", id, len(t.Releases), len(t.Replies),
				c.Status, t.Status)
		}
		for _, text := range t.Replies {
			in[text] = id
			replied++
		}
		for _, x := range t.Releases {
			latest = max(latest, x.At-x.Due)
		}
	}
	held, kinds := 0, map[string]int{}
	for _, w := range written {
		kinds[fmt.Sprint(w.told.outcome, " ", w.told.kind)]++
		accepted := in[w.text] == w.chat
		if accepted != (w.told.outcome == wire.Done) || !accepted && w.told.outcome != wire.Held {
			l.Errorf("%q: told %v, in the chat %v", w.text, w.told, accepted)
		}
		if !accepted {
			held++
		}
	}
	a, b := l.fired[0].Load(), l.fired[1].Load()
	l.Logf("%d chats due within a second on two servers: %d released, by the one server's clock %d and the other's %d, the latest %d ms late; "+
		"%d replies at the same time, %d accepted and %d held; answers: %v", len(l.chats), len(l.chats)-replied, a, b, latest, len(written), replied, held, kinds)
	if a == 0 || b == 0 || int(a+b) != len(l.chats)-replied || replied == 0 || held == 0 {
		l.Errorf("a server did not fire, or there was no race")
	}
}
