package feed_test

import (
	"testing"

	"parley/backend/internal/desk"
	"parley/backend/internal/feed"
	"parley/backend/wire"
)

// keeper keeps wholes too, and counts them.
type keeper struct {
	feed.Memo
	wholes map[wire.Stream]*feed.Whole
	kept   map[wire.StreamKind]int
}

func (k *keeper) Whole(s wire.Stream) *feed.Whole { return k.wholes[s] }
func (k *keeper) KeepWhole(s wire.Stream, w *feed.Whole) {
	k.wholes[s] = w
	k.kept[s.Kind]++
}

// TestWholesAreShared at one position, by all who may see the stream; an agent's own is nobody else's.
func TestWholesAreShared(t *testing.T) {
	w := newWorld(t)
	w.holds(w.mira, 1)
	w.writes(2, 1, "anybody there?")
	known := &keeper{feed.Memo{}, map[wire.Stream]*feed.Whole{}, map[wire.StreamKind]int{}}
	join := func() *console {
		c := &console{world: w, feed: feed.New(w.jonas, feed.Limits{SnapshotBytes: 300}, known)}
		c.join(wire.Hello{}).all()
		return c
	}
	first := join()
	second := join()
	if known.kept[wire.QueueStream] != 1 || known.kept[wire.TenantStream] != 1 || known.kept[wire.AgentStream] != 0 {
		t.Errorf("after two at one position these were read: %v", known.kept)
	}
	w.writes(3, 1, "and I?")
	third := join()
	if known.kept[wire.QueueStream] != 2 || known.kept[wire.TenantStream] != 1 {
		t.Errorf("after a third, further on: %v", known.kept)
	}
	queue := desk.QueueStream(w.team)
	for i, c := range []*console{first, second, third} {
		c.all()
		if c.at[queue] != w.head(queue).Seq || c.beats()[wire.QueueStream].Digest != w.digest(queue) || c.chats(queue) != 2 {
			t.Errorf("console %d has %d chats of the queue at %d", i, c.chats(queue), c.at[queue])
		}
	}
}

// chats counts those that the console was sent of a stream.
func (c *console) chats(s wire.Stream) int {
	ids := map[string]bool{}
	note := func(of wire.Stream, changes []wire.Change) {
		for _, change := range changes {
			if of == s && change.Chat != nil {
				ids[change.Chat.ID] = true
			}
		}
	}
	for _, d := range c.sent {
		switch {
		case d.Snapshot != nil:
			note(d.Snapshot.Stream, d.Snapshot.Changes)
		case d.Frame != nil:
			note(d.Frame.Stream, d.Frame.Changes)
		}
	}
	return len(ids)
}
