package replica

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"parley/app/internal/record"
	"parley/backend/chat"
	"parley/backend/wire"
)

// The buckets of the cache file. BucketMessages is read chat by chat, see Load; the others at the start.
const (
	bucketMeta       = "meta" // one record: self
	bucketPositions  = "positions"
	bucketChats      = "chats"
	bucketMessages   = "messages"
	bucketCustomers  = "customers"
	bucketIdentities = "identities"
	bucketHistories  = "histories"
	bucketAgents     = "agents"
	bucketTeams      = "teams"
	bucketAssets     = "assets"
	bucketDrafts     = "drafts"
	bucketOrders     = "orders" // one record: self

	metaKey   = "self"
	ordersKey = "self"

	// BucketMessages is where Load has its prefix read.
	BucketMessages = bucketMessages
)

// cacheVersion is that of the records. One of an earlier version lacks what later ones take from the streams, so these
// are read anew (R14); a cache of a later version is begun anew.
const cacheVersion = 3

type metaRow struct {
	Version int        `json:"version"`
	Agent   wire.Agent `json:"agent"`
	Offset  int64      `json:"offset"`
	DataAt  int64      `json:"data_at"`
	Epoch   string     `json:"epoch,omitzero"`
}

type positionRow struct {
	Stream   wire.Stream   `json:"stream"`
	Position wire.Position `json:"position"`
}

type chatRow struct {
	In   []carriedRow `json:"in"`
	Low  int64        `json:"low,omitempty"`
	High int64        `json:"high,omitempty"`
}

type carriedRow struct {
	Stream wire.Stream `json:"stream"`
	Chat   *wire.Chat  `json:"chat"`
}

func streamKey(s wire.Stream) string { return string(s.Kind) + "\x00" + s.ID }

func messagePrefix(id chat.ID) string { return string(id) + "\x00" }

func messageKey(id chat.ID, n int64) string { return fmt.Sprintf("%s%020d", messagePrefix(id), n) }

func encode(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("BUG: replica: encode %T: %v", v, err))
	}
	return b
}

func decodeMessage(b []byte) (chat.Message, error) {
	var m wire.Message
	err := json.Unmarshal(b, &m)
	return m.Message(), err
}

func (t *step) put(bucket, key string, v any) { t.out.Batch.Put(bucket, key, encode(v)) }

func (t *step) putPosition(s wire.Stream, p wire.Position) {
	t.put(bucketPositions, streamKey(s), positionRow{s, p})
}

func (t *step) putMeta() {
	t.put(bucketMeta, metaKey, metaRow{cacheVersion, t.r.me, t.r.offset, t.r.dataAt, t.r.epoch})
}

// saveChats writes the chats that the step touched.
func (t *step) saveChats() {
	for id := range t.before {
		e := t.r.chats[id]
		if e == nil {
			t.out.Batch.Delete(bucketChats, string(id))
			continue
		}
		row := chatRow{Low: e.low, High: e.high}
		for _, c := range e.in {
			row.In = append(row.In, carriedRow{c.stream, wire.FromChat(*c.chat)})
		}
		t.put(bucketChats, string(id), row)
	}
}

// Load returns the replica as the cache has it, without messages. read returns the records of a bucket. The
// batch removes from the cache what nothing needs any more, or everything if it could not be read (R14): then the
// replica is empty and the error says why.
func Load(now int64, read func(bucket string) ([]record.Record, error)) (*Replica, record.Batch, error) {
	r := New(now)
	l := loader{r: r, read: read}
	l.run()
	if l.err != nil {
		return New(now), Wipe(), fmt.Errorf("replica: %w", l.err)
	}
	r.tally = newTally(r.me.ID, r.chats)
	return r, r.sweep(), nil
}

// Wipe removes from the cache all that Load reads.
func Wipe() record.Batch {
	var b record.Batch
	for _, bucket := range []string{bucketMeta, bucketPositions, bucketChats, bucketMessages, bucketCustomers,
		bucketIdentities, bucketHistories, bucketAgents, bucketTeams, bucketAssets, bucketDrafts, bucketOrders} {
		b.DeletePrefix(bucket, "")
	}
	return b
}

type loader struct {
	r    *Replica
	read func(bucket string) ([]record.Record, error)
	err  error
}

func (l *loader) run() {
	r := l.r
	version := cacheVersion
	each(l, bucketMeta, func(_ string, m *metaRow) {
		version = m.Version
		r.me, r.offset, r.dataAt, r.epoch = m.Agent, m.Offset, m.DataAt, m.Epoch
	})
	if version < 1 || version > cacheVersion {
		l.err = fmt.Errorf("the cache is of version %d", version)
	}
	each(l, bucketPositions, func(_ string, p *positionRow) {
		r.known[p.Stream] = true
		if p.Stream.Kind == wire.AgentStream {
			r.epoch = p.Position.Epoch
		}
		if version == cacheVersion {
			r.positions[p.Stream] = p.Position
		}
	})
	each(l, bucketChats, func(key string, row *chatRow) { l.chat(chat.ID(key), row) })
	each(l, bucketCustomers, func(key string, c *wire.Customer) { r.customers[chat.CustomerKey(key)] = c.Customer() })
	each(l, bucketIdentities, func(_ string, i *wire.Identity) { r.setIdentity(i.Identity()) })
	each(l, bucketHistories, func(key string, h *wire.History) {
		chats := make([]chat.Chat, 0, len(h.Chats))
		for i := range h.Chats {
			chats = append(chats, h.Chats[i].Chat())
		}
		r.histories[chat.CustomerKey(key)] = chats
	})
	each(l, bucketDrafts, func(key string, d *wire.Draft) { r.drafts[chat.ID(key)] = *d })
	each(l, bucketOrders, func(_ string, o *wire.Orders) { r.orders = *o })
	each(l, bucketAgents, func(key string, a *wire.Agent) { r.agents[chat.AgentID(key)] = *a })
	each(l, bucketTeams, func(key string, t *wire.Team) { r.teams[chat.TeamID(key)] = *t })
	each(l, bucketAssets, func(key string, a *wire.Asset) { r.assets[chat.AssetID(key)] = *a })
}

func (l *loader) chat(id chat.ID, row *chatRow) {
	e := &entry{low: row.Low, high: row.High}
	for _, c := range row.In {
		if c.Chat == nil || chat.ID(c.Chat.ID) != id {
			l.err = fmt.Errorf("chat %s is not whole", id)
			return
		}
		known := c.Chat.Chat()
		e.in = append(e.in, carried{c.Stream, &known})
	}
	if len(e.in) == 0 {
		l.err = fmt.Errorf("chat %s is in no stream", id)
		return
	}
	l.r.chats[id] = e
}

// each decodes the records of a bucket; after the first error it does nothing.
func each[T any](l *loader, bucket string, f func(key string, v *T)) {
	if l.err != nil {
		return
	}
	records, err := l.read(bucket)
	if err != nil {
		l.err = fmt.Errorf("read %s: %w", bucket, err)
		return
	}
	for _, rec := range records {
		var v T
		if err := json.Unmarshal(rec.Value, &v); err != nil {
			l.err = fmt.Errorf("a record of %s cannot be read", bucket)
			return
		}
		f(rec.Key, &v)
	}
}

// sweep forgets the customers whom no chat is with.
func (r *Replica) sweep() record.Batch {
	needed := map[chat.CustomerKey]bool{}
	for _, e := range r.chats {
		for _, c := range e.in {
			needed[c.chat.Customer] = true
		}
	}
	var b record.Batch
	for k := range r.customers {
		if !needed[k] {
			delete(r.customers, k)
			b.Delete(bucketCustomers, string(k))
		}
	}
	for id, i := range r.identities {
		if !needed[i.Customer] {
			delete(r.identities, id)
			delete(r.ofCustomer, i.Customer)
			b.Delete(bucketIdentities, string(id))
		}
	}
	for k := range r.histories {
		if !needed[k] {
			delete(r.histories, k)
			b.Delete(bucketHistories, string(k))
		}
	}
	return b
}
