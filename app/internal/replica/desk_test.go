package replica

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

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
	draft map[chat.ID]wire.Draft
}

func newDesk(r *rand.Rand) *desk {
	d := &desk{r: r, epoch: "e1", now: 1000, chats: map[chat.ID]*chat.Chat{}, texts: map[chat.ID][]chat.Message{},
		log: map[wire.Stream][]*wire.Frame{}, draft: map[chat.ID]wire.Draft{}}
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

// drafts changes one of the agent's drafts, as another device does.
func (d *desk) drafts(id chat.ID, text string) {
	d.now++
	w := wire.Draft{Chat: string(id), Text: text, Revision: d.now, Device: "other", At: d.now}
	if d.draft[id] = w; text == "" {
		delete(d.draft, id)
	}
	d.write(mine, []wire.Change{{Draft: &w}})
}

// beat is a heartbeat of a session that has sent the streams so far.
func (d *desk) beat(sent map[wire.Stream]int64) wire.Down {
	b := &wire.Beat{Now: d.now}
	for _, s := range []wire.Stream{mine, team} {
		b.Heads = append(b.Heads, wire.Head{Stream: s, Position: wire.Position{Epoch: d.epoch, Seq: sent[s]}, Digest: d.digest(s, sent[s])})
	}
	return wire.Down{Beat: b}
}

// digest is that of a stream's chats as they were at a position.
func (d *desk) digest(s wire.Stream, seq int64) string {
	return wire.Digest(func(yield func(*wire.Chat) bool) {
		for _, c := range d.was[s][seq] {
			if !yield(wire.FromChat(c)) {
				return
			}
		}
	})
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
	for _, id := range slices.Sorted(maps.Keys(d.draft)) {
		if w := d.draft[id]; s == mine {
			changes = append(changes, wire.Change{Draft: &w})
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
