package replica

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/wire"
)

// check compares what the replica has with what the desk had at the same positions, R1.
func (c *client) check(t *testing.T, at string) {
	t.Helper()
	for _, s := range []wire.Stream{mine, team} {
		p, ok := c.rep.positions[s]
		if !ok || p.Epoch != c.d.epoch {
			continue
		}
		got := map[chat.ID]chat.Chat{}
		for id, e := range c.rep.chats {
			if i := e.index(s); i >= 0 {
				got[id] = *e.in[i].chat
			}
		}
		if want := c.d.was[s][p.Seq]; !reflect.DeepEqual(want, got) {
			t.Fatalf("%s: %v at %d (-desk +client):\n%s", at, s, p.Seq, cmp.Diff(want, got))
		}
	}
	if c.r.IntN(4) == 0 {
		c.checkMessages(t, at)
	}
}

// checkMessages compares the kept messages of my chats with the desk's, R10.
func (c *client) checkMessages(t *testing.T, at string) {
	t.Helper()
	for id := range c.rep.chats {
		if !c.rep.Mine(id) || c.rep.positions[mine].Epoch != c.d.epoch {
			continue
		}
		known, _ := c.rep.Chat(id)
		var got []chat.Message
		for _, r := range c.disk.read(BucketMessages, messagePrefix(id)) {
			m, err := decodeMessage(r.Value)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, m)
		}
		want := c.d.texts[id][:known.LastNumber]
		if len(got) == 0 && len(want) > 0 || len(got) > len(want) {
			t.Fatalf("%s: %d messages of %s, the desk has %d", at, len(got), id, len(want))
		}
		if want = want[len(want)-len(got):]; !slices.EqualFunc(want, got, same) {
			t.Fatalf("%s: messages of %s:\n%s", at, id, cmp.Diff(want, got))
		}
		c.checkThread(t, at, id, got)
	}
}

func same(a, b chat.Message) bool { return reflect.DeepEqual(a, b) }

// checkThread compares the messages in memory with those on the disk, R12.
func (c *client) checkThread(t *testing.T, at string, id chat.ID, want []chat.Message) {
	t.Helper()
	if prefix, token, ok := c.rep.Load(id); ok {
		c.rep.Loaded(id, token, c.disk.read(BucketMessages, prefix))
	}
	if got, ok := c.rep.Thread(id); !ok || !slices.EqualFunc(got, want, same) {
		t.Fatalf("%s: the conversation of %s has %d messages, the cache %d", at, id, len(got), len(want))
	}
	if c.r.IntN(3) == 0 {
		c.rep.Unload(id)
	}
}

// TestModel runs the replica against a desk with cut connections, doubled and lost frames, restarts, truncated
// logs and new epochs.
func TestModel(t *testing.T) {
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 3))
		d := newDesk(r)
		c := newClient(r, d)
		for step := range 400 {
			c.chance(t)
			c.check(t, fmt.Sprintf("seed %d step %d", seed, step))
		}
		c.settle(t, fmt.Sprintf("seed %d at the end", seed))
	}
}

func (c *client) chance(t *testing.T) {
	switch n := c.r.IntN(42); {
	case n < 17:
		c.d.happen()
	case n < 18:
		c.d.drafts(chat.ID(fmt.Sprintf("CSR%d", c.r.IntN(4))), []string{"", "words", "more"}[c.r.IntN(3)])
	case n < 30:
		if c.up {
			c.pull()
		}
		c.deliver(1 + c.r.IntN(6))
	case n < 34:
		if !c.up {
			c.connect()
		}
	case n == 34:
		c.cut()
	case n == 35:
		c.restart(t)
	case n == 36 && len(c.wire) > 1 && c.wire[0].Frame != nil: // a frame is lost
		c.wire = c.wire[1:]
	case n == 37 && len(c.wire) > 0 && c.wire[0].Frame != nil: // a frame comes twice
		c.wire = slices.Insert(c.wire, 0, c.wire[0])
	case n == 38:
		c.d.floor = max(c.d.head(mine).Seq, c.d.head(team).Seq) - 3
	case n >= 40 && c.up:
		c.pull()
		c.wire = append(c.wire, c.d.beat(c.sent))
	case n == 39 && c.r.IntN(4) == 0:
		c.newEpoch()
	}
}

// newEpoch is a log that was rebuilt.
func (c *client) newEpoch() {
	d := c.d
	d.epoch, d.floor, d.log = d.epoch+"+", 0, map[wire.Stream][]*wire.Frame{}
	d.was = map[wire.Stream][]map[chat.ID]chat.Chat{mine: {d.state(mine)}, team: {d.state(team)}}
	c.cut()
}

// settle lets everything arrive: then the replica is current and equal to the desk.
func (c *client) settle(t *testing.T, at string) {
	t.Helper()
	for range 20 {
		if !c.up {
			c.connect()
		}
		c.pull()
		c.deliver(1 << 20)
	}
	c.check(t, at)
	c.checkMessages(t, at)
	if p, _ := c.rep.Phase(); p != Current {
		t.Fatalf("%s: %s", at, p)
	}
	if c.rep.positions[mine] != c.d.head(mine) || c.rep.positions[team] != c.d.head(team) {
		t.Fatalf("%s: at %v", at, c.rep.positions)
	}
	if diff := cmp.Diff(c.d.draft, c.rep.drafts); diff != "" || c.rep.Epoch() != c.d.epoch {
		t.Fatalf("%s: epoch %q, drafts: %s", at, c.rep.Epoch(), diff)
	}
	if c.rep.Mismatches() != 0 {
		t.Fatalf("%s: %d mismatches", at, c.rep.Mismatches())
	}
}
