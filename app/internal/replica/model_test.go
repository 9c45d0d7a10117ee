package replica

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/app/internal/record"
	"parley/backend/chat"
	"parley/backend/wire"
)

const me = "agent-me"

var (
	mine = wire.Stream{Kind: wire.AgentStream, ID: me}
	team = wire.Stream{Kind: wire.QueueStream, ID: "team-1"}
)

// disk is the cache file of a test.
type disk map[string]map[string][]byte

func (d disk) apply(b record.Batch) {
	for _, op := range b {
		if d[op.Bucket] == nil {
			d[op.Bucket] = map[string][]byte{}
		}
		switch op.Kind {
		case record.OpPut:
			d[op.Bucket][op.Key] = op.Value
		case record.OpDelete:
			delete(d[op.Bucket], op.Key)
		case record.OpDeletePrefix:
			maps.DeleteFunc(d[op.Bucket], func(k string, _ []byte) bool { return strings.HasPrefix(k, op.Key) })
		}
	}
}

func (d disk) read(bucket, prefix string) []record.Record {
	var l []record.Record
	for _, k := range slices.Sorted(maps.Keys(d[bucket])) {
		if strings.HasPrefix(k, prefix) {
			l = append(l, record.Record{Bucket: bucket, Key: k, Value: d[bucket][k]})
		}
	}
	return l
}

func (d disk) bucket(b string) ([]record.Record, error) { return d.read(b, ""), nil }

// desk is a small server: chats that change hands and get messages, with the streams of one agent and one queue,
// and what each stream's whole state was at each of its positions.
type desk struct {
	r     *rand.Rand
	epoch string
	floor int64
	now   int64
	chats map[chat.ID]*chat.Chat
	texts map[chat.ID][]chat.Message
	log   map[wire.Stream][]*wire.Frame // seq 1 is at 0
	was   map[wire.Stream][]map[chat.ID]chat.Chat
}

func newDesk(r *rand.Rand) *desk {
	d := &desk{r: r, epoch: "e1", now: 1000, chats: map[chat.ID]*chat.Chat{}, texts: map[chat.ID][]chat.Message{},
		log: map[wire.Stream][]*wire.Frame{}}
	d.was = map[wire.Stream][]map[chat.ID]chat.Chat{mine: {{}}, team: {{}}}
	return d
}

func streamOf(c *chat.Chat) (wire.Stream, bool) {
	switch {
	case c.Status == chat.Queued:
		return team, true
	case c.Assignee == me:
		return mine, true
	}
	return wire.Stream{}, false
}

// happen changes one chat by chance and writes the frames.
func (d *desk) happen() {
	d.now += 10
	id := chat.ID(fmt.Sprintf("CSR%d", d.r.IntN(8)))
	c := d.chats[id]
	if c == nil {
		c = &chat.Chat{ID: id, Status: chat.Queued, Channel: chat.WhatsApp, Customer: chat.CustomerKey("k" + id), CreatedAt: chat.Millis(d.now)}
		d.chats[id] = c
	}
	before := c.Clone()
	var said []chat.Message
	switch n := d.r.IntN(10); {
	case n < 5:
		said = append(said, d.say(c, chat.Inbound))
	case n < 7 && c.Assignee == me:
		said = append(said, d.say(c, chat.Reply))
	case n == 7 && c.Assignee == me:
		c.ReadTo, c.Unread, c.OpenedAt = c.LastNumber, 0, chat.Millis(d.now)
	default:
		d.move(c)
	}
	d.publish(&before, c, said)
}

func (d *desk) say(c *chat.Chat, k chat.Kind) chat.Message {
	c.LastNumber++
	if k == chat.Inbound {
		c.InboundCount++
		c.Unread++
		c.LastInboundAt = chat.Millis(d.now)
	}
	m := chat.Message{ID: chat.MessageID(fmt.Sprint(c.ID, "-", c.LastNumber)), Chat: c.ID, Number: c.LastNumber, Kind: k,
		Inbounds: c.InboundCount, Text: fmt.Sprint("text ", d.now), At: chat.Millis(d.now)}
	if k == chat.Reply {
		m.State = chat.Accepted
	}
	d.texts[c.ID] = append(d.texts[c.ID], m)
	c.WaitingSince = chat.Waiting(d.texts[c.ID], 0)
	return m
}

func (d *desk) move(c *chat.Chat) {
	c.Assignment++
	c.AssignedAt, c.OpenedAt = chat.Millis(d.now), 0
	switch d.r.IntN(3) {
	case 0:
		c.Status, c.Assignee = chat.Queued, ""
	case 1:
		c.Status, c.Assignee = chat.Picked, me
	case 2:
		c.Status, c.Assignee = chat.Picked, "agent-other"
	}
}

func (d *desk) publish(before, c *chat.Chat, said []chat.Message) {
	from, was := streamOf(before)
	to, is := streamOf(c)
	if was && (!is || from != to) && d.known(from, c.ID) {
		d.write(from, []wire.Change{{ChatGone: &wire.ChatGone{ID: string(c.ID), To: string(c.Assignee)}}})
	}
	if !is {
		return
	}
	changes := d.facts(c)
	if to == mine {
		if !was || from != to {
			said = d.newest(c.ID)
		}
		changes = append(changes, messages(said)...)
	}
	d.write(to, changes)
}

func (d *desk) known(s wire.Stream, id chat.ID) bool {
	_, ok := d.was[s][len(d.was[s])-1][id]
	return ok
}

func (d *desk) facts(c *chat.Chat) []wire.Change {
	return []wire.Change{{Chat: wire.FromChat(*c)}, {Customer: &wire.Customer{Key: string(c.Customer), ID: "C-1", Name: "Ada"}}}
}

func (d *desk) newest(id chat.ID) []chat.Message {
	m := d.texts[id]
	return m[max(0, len(m)-wire.SnapshotMessages):]
}

func messages(l []chat.Message) []wire.Change {
	var c []wire.Change
	for _, m := range l {
		c = append(c, wire.Change{Message: wire.FromMessage(m)})
	}
	return c
}

// state is everything that a stream has now.
func (d *desk) state(s wire.Stream) map[chat.ID]chat.Chat {
	all := map[chat.ID]chat.Chat{}
	for id, c := range d.chats {
		if in, ok := streamOf(c); ok && in == s {
			all[id] = c.Clone()
		}
	}
	return all
}

func (d *desk) write(s wire.Stream, changes []wire.Change) {
	d.was[s] = append(d.was[s], d.state(s))
	d.log[s] = append(d.log[s], &wire.Frame{Stream: s, Epoch: d.epoch, Seq: int64(len(d.log[s]) + 1), At: d.now,
		Changes: changes, Counts: d.counts(s)})
}

func (d *desk) counts(s wire.Stream) *wire.Counts {
	if s != mine {
		return nil
	}
	return wire.FromCounts(chat.Count(func(yield func(*chat.Chat) bool) {
		for _, c := range d.chats {
			if !yield(c) {
				return
			}
		}
	}, me))
}

func (d *desk) head(s wire.Stream) wire.Position {
	return wire.Position{Epoch: d.epoch, Seq: int64(len(d.log[s]))}
}

// answer gives what follows a hello: the welcome, and each stream from its position or whole.
func (d *desk) answer(h *wire.Hello) []wire.Down {
	w := &wire.Welcome{Version: 1, Now: d.now, Agent: wire.Agent{ID: me, Name: "Me"}}
	var follow []wire.Down
	for _, s := range []wire.Stream{mine, team} {
		after, resumed := d.resumes(h, s)
		w.Streams = append(w.Streams, wire.WelcomedStream{Stream: s, Head: d.head(s), Resumed: resumed})
		if !resumed {
			follow = append(follow, d.snapshot(s)...)
			continue
		}
		for _, f := range d.log[s][after:] {
			follow = append(follow, wire.Down{Frame: f})
		}
	}
	return append([]wire.Down{{Welcome: w}}, follow...)
}

func (d *desk) resumes(h *wire.Hello, s wire.Stream) (int64, bool) {
	for _, at := range h.At {
		if at.Stream == s && at.Position.Epoch == d.epoch && at.Position.Seq >= d.floor && at.Position.Seq <= d.head(s).Seq {
			return at.Position.Seq, true
		}
	}
	return 0, false
}

func (d *desk) snapshot(s wire.Stream) []wire.Down {
	var changes []wire.Change
	for _, id := range slices.Sorted(maps.Keys(d.state(s))) {
		changes = append(changes, d.facts(d.chats[id])...)
		if s == mine {
			changes = append(changes, messages(d.newest(id))...)
		}
	}
	var parts []wire.Down
	for n := 0; len(changes) > 0 || n == 0; n++ {
		size := min(len(changes), 1+d.r.IntN(20))
		parts = append(parts, wire.Down{Snapshot: &wire.Snapshot{Stream: s, At: d.head(s), Part: n, Changes: changes[:size]}})
		changes = changes[size:]
	}
	last := parts[len(parts)-1].Snapshot
	last.Last, last.Counts = true, d.counts(s)
	return parts
}

// client is a replica with its cache and a connection to a desk.
type client struct {
	r     *rand.Rand
	d     *desk
	rep   *Replica
	disk  disk
	now   int64
	wire  []wire.Down // on the way
	sent  map[wire.Stream]int64
	up    bool
	again int // connections made anew because the client asked
}

func newClient(r *rand.Rand, d *desk) *client {
	return &client{r: r, d: d, rep: New(0), disk: disk{}}
}

func (c *client) step(in Input) *Effects {
	c.now++
	eff := c.rep.Step(c.now, in)
	c.disk.apply(eff.Batch)
	if eff.Reconnect != nil {
		c.again++
		c.cut()
	}
	return eff
}

func (c *client) cut() {
	c.up, c.wire = false, nil
	c.step(Disconnected{})
}

func (c *client) connect() {
	hello := c.step(Connected{Device: "dev"}).Up[0].Hello
	c.up, c.wire = true, c.d.answer(hello)
	c.sent = map[wire.Stream]int64{mine: c.d.head(mine).Seq, team: c.d.head(team).Seq}
}

// pull puts the frames that were written meanwhile on the way, each stream's in order and the streams in any.
func (c *client) pull() {
	for _, i := range c.r.Perm(2) {
		s := []wire.Stream{mine, team}[i]
		for _, f := range c.d.log[s][c.sent[s]:] {
			c.wire = append(c.wire, wire.Down{Frame: f})
		}
		c.sent[s] = c.d.head(s).Seq
	}
}

func (c *client) deliver(n int) {
	for ; n > 0 && c.up && len(c.wire) > 0; n-- {
		d := c.wire[0]
		c.wire = c.wire[1:]
		c.step(Received{d})
	}
}

// restart is kill -9 and a start from the cache.
func (c *client) restart(t *testing.T) {
	rep, clean, err := Load(c.now, c.disk.bucket)
	if err != nil {
		t.Fatal(err)
	}
	c.rep, c.up, c.wire = rep, false, nil
	c.disk.apply(clean)
}

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
	switch n := c.r.IntN(40); {
	case n < 18:
		c.d.happen()
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
	if c.rep.Mismatches() != 0 {
		t.Fatalf("%s: %d mismatches", at, c.rep.Mismatches())
	}
}
