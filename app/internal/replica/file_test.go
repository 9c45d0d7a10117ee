package replica

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"parley/app/internal/record"
	"parley/backend/chat"
	"parley/backend/wire"
)

func TestACacheThatCannotBeReadIsBegunAnew(t *testing.T) { // R14
	c := connected(t)
	for _, spoil := range []func(disk){
		func(d disk) { d[bucketChats]["CSR1"] = []byte("{") },
		func(d disk) { d[bucketChats]["CSR1"] = []byte(`{"in":[]}`) },
		func(d disk) { d[bucketMeta][metaKey] = []byte(`{"version":99}`) },
	} {
		spoil(c.disk)
		rep, wipe, err := Load(1, c.disk.bucket)
		if err == nil || len(rep.chats) != 0 || len(rep.positions) != 0 {
			t.Fatalf("%v", err)
		}
		c.disk.apply(wipe)
		for bucket, records := range c.disk {
			if len(records) != 0 {
				t.Errorf("%d records of %s are kept", len(records), bucket)
			}
		}
		c = connected(t)
	}
}

// TestACacheOfAnEarlierVersion lacks what its version left out of the streams: that is fetched, and no news.
func TestACacheOfAnEarlierVersion(t *testing.T) { // R14
	for _, version := range []string{"1", "2"} {
		t.Run(version, func(t *testing.T) { earlierVersion(t, version) })
	}
}

func earlierVersion(t *testing.T, version string) {
	c := connected(t)
	c.disk[bucketMeta][metaKey] = []byte(`{"version":` + version + `,"agent":{"id":"agent-me","name":"Me","availability":"available"},"offset":1,"data_at":2}`)
	c.d.draft["CSR1"] = wire.Draft{Chat: "CSR1", Text: "begun", Revision: 4}
	c.restart(t)
	if len(c.rep.positions) != 0 || c.rep.Epoch() != "e1" || len(c.rep.chats) != 1 {
		t.Fatalf("at %v, epoch %q, %d chats", c.rep.positions, c.rep.Epoch(), len(c.rep.chats))
	}
	c.connect()
	c.deliver(100)
	if c.rep.Draft("CSR1").Text != "begun" || c.rep.positions[mine] != c.d.head(mine) {
		t.Errorf("%+v", c.rep.Draft("CSR1"))
	}
}

func TestSweep(t *testing.T) {
	c := connected(t)
	c.step(Received{wire.Down{Frame: &wire.Frame{Stream: mine, Epoch: c.d.epoch, Seq: c.d.head(mine).Seq + 1,
		Changes: []wire.Change{{ChatGone: &wire.ChatGone{ID: "CSR1"}}}, Counts: &wire.Counts{}}}})
	c.restart(t)
	if n := len(c.disk[bucketCustomers]); n != 0 {
		t.Errorf("%d customers without a chat are kept", n)
	}
}

func TestHistory(t *testing.T) {
	c := connected(t)
	if _, ok := c.rep.Earlier("k"); !ok {
		t.Fatal("not asked")
	}
	eff := c.step(Received{wire.Down{History: &wire.History{Customer: "k", Chats: []wire.Chat{{ID: "OLD", Status: "closed"}}}}})
	got, known := c.rep.History("k")
	if !known || len(got) != 1 || got[0].ID != "OLD" || !eff.Chats["CSR1"] {
		t.Errorf("%+v", got)
	}
	c.restart(t)
	if got, known = c.rep.History("k"); !known || len(got) != 1 {
		t.Error("not in the cache")
	}
}

// FuzzReceived gives arbitrary frames to a replica that knows something: it must not panic, and a position only
// ever moves with what was applied.
func FuzzReceived(f *testing.F) {
	d := newDesk(rand.New(rand.NewPCG(1, 1)))
	d.say1(3)
	for _, down := range append(d.answer(&wire.Hello{}), wire.Down{Frame: d.log[mine][2]}) {
		b, err := wire.EncodeDown(&down)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"page":{"chat":"CSR1","before":4,"messages":[{"id":"x","chat":"CSR1","number":3,"kind":"inbound","inbounds":1,"at":1}]}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		down, err := wire.DecodeDown(b)
		if err != nil {
			return
		}
		c := connected(t)
		c.rep.askedMore["CSR1"] = 4
		c.step(Received{down})
		c.rep.Load("CSR1")
		if _, _, err := Load(1, func(bucket string) ([]record.Record, error) { return c.disk.bucket(bucket) }); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	})
}

// FuzzLoad gives a cache with one record that is anything: it is read or begun anew, and works on.
func FuzzLoad(f *testing.F) {
	c := &client{r: rand.New(rand.NewPCG(1, 1)), d: newDesk(rand.New(rand.NewPCG(1, 1))), rep: New(0), disk: disk{}}
	c.d.say1(3)
	c.d.drafts("CSR1", "begun")
	c.connect()
	c.deliver(100)
	for bucket, records := range c.disk {
		for key, value := range records {
			f.Add(bucket, key, value)
		}
	}
	f.Add(bucketMeta, metaKey, []byte(`{"version":1}`))
	f.Add(bucketPositions, "x", []byte(`{"stream":{"kind":"agent","id":"x"},"position":{"epoch":"","seq":-1}}`))
	f.Fuzz(func(t *testing.T, bucket, key string, value []byte) {
		c := connected(t)
		if c.disk[bucket] == nil {
			c.disk[bucket] = map[string][]byte{}
		}
		c.disk[bucket][key] = value
		rep, clean, err := Load(c.now, c.disk.bucket)
		c.disk.apply(clean)
		if c.rep, c.up, c.wire = rep, false, nil; err != nil && len(rep.chats) > 0 {
			t.Fatalf("%d chats of a cache that cannot be read: %v", len(rep.chats), err)
		}
		for range 3 {
			if !c.up {
				c.connect()
			}
			c.deliver(100)
		}
		if known, ok := c.rep.Chat("CSR1"); !ok || known.LastNumber != 3 {
			t.Errorf("%+v", known)
		}
	})
}

// BenchmarkLoad is the start of a console with 10,000 chats in its cache.
func BenchmarkLoad(b *testing.B) {
	d := newDesk(rand.New(rand.NewPCG(1, 1)))
	c := newClient(d.r, d)
	for i := range 10_000 {
		id := chat.ID(fmt.Sprintf("CSR%05d", i))
		d.chats[id] = &chat.Chat{ID: id, Status: chat.Picked, Assignee: me, Customer: chat.CustomerKey(id), Channel: chat.WhatsApp,
			Assignment: 1, LastText: "where is my parcel", CreatedAt: 1_700_000_000_000}
	}
	c.connect()
	c.deliver(1 << 30)
	for b.Loop() {
		if _, _, err := Load(1, c.disk.bucket); err != nil {
			b.Fatal(err)
		}
	}
}
