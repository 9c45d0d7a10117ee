package feed_test

import (
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/feed"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// counted counts what is remembered, which is what was reckoned.
type counted struct {
	feed.Memo
	kept int
}

func (c *counted) Keep(s wire.Stream, d feed.Digest) {
	c.kept++
	c.Memo.Keep(s, d)
}

// beats lets c beat and returns the heads that it is told.
func (c *console) beats() map[wire.StreamKind]wire.Head {
	c.Helper()
	c.end = c.feed.Beat(c.read, c.now)
	c.all()
	heads := map[wire.StreamKind]wire.Head{}
	last := c.sent[len(c.sent)-1]
	if last.Beat == nil {
		c.Fatalf("the last frame is %s", c.word(last))
	}
	for _, h := range last.Beat.Heads {
		heads[h.Stream.Kind] = h
	}
	return heads
}

func (w *world) digest(s wire.Stream) (sum string) {
	w.read(func(r store.Reader) {
		held := r.ChatsHeldBy(chat.AgentID(s.ID))
		if s.Kind == wire.QueueStream {
			held = r.ChatsQueuedIn(chat.TeamID(s.ID))
		}
		sum = wire.Digest(func(yield func(*wire.Chat) bool) {
			for _, c := range held {
				if !yield(wire.FromChat(c)) {
					return
				}
			}
		})
	})
	return sum
}

func TestBeatsCarryDigests(t *testing.T) {
	w := newWorld(t)
	w.holds(w.mira, 1)
	w.writes(2, 1, "anybody there?")
	mine, queue := desk.AgentStream(w.mira.Agent), desk.QueueStream(w.team)
	c := w.console(w.mira, feed.Limits{}).join(wire.Hello{})
	c.all()
	heads := c.beats()
	want := map[wire.StreamKind]wire.Head{
		wire.AgentStream:  {Stream: mine, Position: w.head(mine), Digest: w.digest(mine)},
		wire.QueueStream:  {Stream: queue, Position: w.head(queue), Digest: w.digest(queue)},
		wire.TenantStream: {Stream: desk.TenantStream(), Position: w.head(desk.TenantStream())},
	}
	for kind, h := range want {
		if heads[kind] != h {
			t.Errorf("%s: %+v, want %+v", kind, heads[kind], h)
		}
	}
	w.now += 10_000
	w.writes(1, 2, "and this")
	c.all()
	if h := c.beats()[wire.AgentStream]; h.Digest != w.digest(mine) || h.Digest == want[wire.AgentStream].Digest {
		t.Errorf("after a frame: %+v", h)
	}
}

// TestDigestsAreReckonedOnce for a position, whoever beats, and of a stream that moves not at every beat.
func TestDigestsAreReckonedOnce(t *testing.T) {
	w := newWorld(t)
	w.holds(w.mira, 1)
	known := &counted{Memo: feed.Memo{}}
	limits := feed.Limits{DigestMillis: 5000}
	first := &console{world: w, feed: feed.New(w.mira, limits, known)}
	second := &console{world: w, feed: feed.New(w.mira, limits, known)}
	first.join(wire.Hello{}).all()
	second.join(wire.Hello{}).all()
	for range 3 {
		first.beats()
		if second.beats()[wire.QueueStream].Digest == "" {
			t.Error("without a digest")
		}
		w.now += 1000
	}
	if known.kept != 2 {
		t.Errorf("%d digests were reckoned, want one for each stream", known.kept)
	}
	w.writes(1, 2, "and this")
	first.all()
	heads := first.beats()
	if heads[wire.AgentStream].Digest != "" || heads[wire.QueueStream].Digest == "" || known.kept != 2 {
		t.Errorf("soon after a frame: %+v, %d reckoned", heads, known.kept)
	}
	w.now += 2000
	if heads := first.beats(); heads[wire.AgentStream].Digest == "" || known.kept != 3 {
		t.Errorf("5 s after the last look: %+v, %d reckoned", heads, known.kept)
	}
}

// TestNoDigestOfWhereTheConsoleIsNot: not while a snapshot is on its way, nor behind the head.
func TestNoDigestOfWhereTheConsoleIsNot(t *testing.T) {
	w := newWorld(t)
	w.holds(w.mira, 1)
	c := w.console(w.mira, feed.Limits{}).join(wire.Hello{})
	c.next()
	c.end = c.feed.Beat(c.read, c.now)
	c.next()
	if b := c.sent[1].Beat; b == nil || len(b.Heads) != 0 {
		t.Errorf("before the snapshots: %s", c.word(c.sent[1]))
	}
	c.all()
	w.hears = nil
	w.writes(1, 2, "not told yet")
	c.end = c.feed.Beat(c.read, c.now)
	c.next()
	for _, h := range c.sent[len(c.sent)-1].Beat.Heads {
		if h.Stream.Kind == wire.AgentStream && (h.Digest != "" || h.Position == w.head(h.Stream)) {
			t.Errorf("behind the head: %+v", h)
		}
	}
}

func TestMemoIsBounded(t *testing.T) {
	m := feed.Memo{}
	for n := range 50_000 {
		m.Keep(desk.AgentStream(chat.AgentID(rune(n))), feed.Digest{Sum: "x"})
	}
	if len(m) > 20_000 {
		t.Errorf("%d digests are kept", len(m))
	}
}
