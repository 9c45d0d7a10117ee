package replica

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/app/internal/record"
	"parley/backend/chat"
	"parley/backend/wire"
)

// connected returns a client that is current with a desk that has one chat of mine, CSR1 with three messages.
func connected(t *testing.T) *client {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 1))
	d := newDesk(r)
	c := newClient(r, d)
	d.say1(3)
	c.connect()
	c.deliver(100)
	if p, _ := c.rep.Phase(); p != Current {
		t.Fatalf("phase %s", p)
	}
	return c
}

// say1 lets the customer of CSR1, which is mine, write n messages.
func (d *desk) say1(n int) {
	c := d.chats["CSR1"]
	if c == nil {
		c = &chat.Chat{ID: "CSR1", Status: chat.Picked, Assignee: me, Customer: "k", Channel: chat.WhatsApp, Assignment: 1}
		d.chats["CSR1"] = c
	}
	for range n {
		before := c.Clone()
		d.publish(&before, c, []chat.Message{d.say(c, chat.Inbound)})
	}
}

func (c *client) next(t *testing.T) *Effects {
	t.Helper()
	c.d.say1(1)
	f := c.d.log[mine][c.d.head(mine).Seq-1]
	return c.step(Received{wire.Down{Frame: f}})
}

func TestAFrameAndItsPositionAreOneBatch(t *testing.T) { // R1
	c := connected(t)
	eff := c.next(t)
	buckets := map[string]bool{}
	for _, op := range eff.Batch {
		buckets[op.Bucket] = true
	}
	for _, b := range []string{bucketPositions, bucketChats, bucketMessages} {
		if !buckets[b] {
			t.Errorf("the batch lacks %s", b)
		}
	}
}

func TestAHoleEndsTheConnection(t *testing.T) { // R2
	c := connected(t)
	before := c.rep.positions[mine]
	c.d.say1(2)
	eff := c.rep.Step(9, Received{wire.Down{Frame: c.d.log[mine][c.d.head(mine).Seq-1]}})
	if eff.Reconnect == nil || len(eff.Batch) != 0 || c.rep.positions[mine] != before {
		t.Errorf("%+v", eff)
	}
	other := *c.d.log[mine][before.Seq]
	other.Epoch = "another"
	if eff := c.rep.Step(9, Received{wire.Down{Frame: &other}}); eff.Reconnect == nil || len(eff.Batch) != 0 {
		t.Errorf("another epoch: %+v", eff)
	}
	if eff := c.rep.Step(9, Received{wire.Down{Frame: c.d.log[mine][before.Seq-1]}}); eff.Reconnect != nil || len(eff.Batch) != 0 {
		t.Errorf("a frame that was applied: %+v", eff)
	}
}

func TestPartsThatDoNotFollow(t *testing.T) { // R3
	c := connected(t)
	c.cut()
	delete(c.rep.positions, mine)
	c.connect()
	c.deliver(1)
	eff := c.step(Received{wire.Down{Snapshot: &wire.Snapshot{Stream: mine, At: c.d.head(mine), Part: 1, Last: true}}})
	if eff.Reconnect == nil || c.rep.chats["CSR1"] == nil {
		t.Error("a part that does not follow was taken")
	}
}

func TestStreamsThatAreNotWelcomedAreDropped(t *testing.T) { // R4
	c := connected(t)
	c.cut()
	w := &wire.Welcome{Version: 1, Now: 1, Agent: wire.Agent{ID: "somebody"}}
	eff := c.step(Received{wire.Down{Welcome: w}})
	if len(c.rep.chats) != 0 || len(c.rep.positions) != 0 || !eff.Chats["CSR1"] {
		t.Errorf("kept: %v", c.rep.positions)
	}
	if n := len(c.disk[bucketChats]) + len(c.disk[bucketMessages]) + len(c.disk[bucketPositions]); n != 0 {
		t.Errorf("%d records are kept", n)
	}
	if c.rep.Me() != "somebody" {
		t.Error("not the welcomed agent")
	}
}

func TestCountsThatDiffer(t *testing.T) { // R5
	c := connected(t)
	c.d.say1(1)
	f := *c.d.log[mine][c.d.head(mine).Seq-1]
	f.Counts = &wire.Counts{Held: 7}
	eff := c.rep.Step(9, Received{wire.Down{Frame: &f}})
	if eff.Reconnect == nil || eff.Reconnect.WaitMillis != 0 || c.rep.Mismatches() != 1 {
		t.Fatalf("%+v", eff)
	}
	for _, at := range c.rep.Step(9, Connected{}).Up[0].Hello.At {
		if at.Stream == mine {
			t.Error("the stream is to be continued")
		}
	}
	s := c.d.snapshot(mine)[0].Snapshot
	s.Counts, s.Last = &wire.Counts{Held: 7}, true
	if eff := c.rep.Step(9, Received{wire.Down{Snapshot: s}}); eff.Reconnect == nil || eff.Reconnect.WaitMillis < 1000 {
		t.Error("no pause after a snapshot that differs")
	}
}

func TestHeartbeats(t *testing.T) { // R6
	c := connected(t)
	beat := func(seq int64, epoch string) *Effects {
		return c.rep.Step(9, Received{wire.Down{Beat: &wire.Beat{Now: 5000, Heads: []wire.StreamPosition{
			{Stream: mine, Position: wire.Position{Epoch: epoch, Seq: seq}}}}}})
	}
	head := c.d.head(mine)
	for _, seq := range []int64{head.Seq, head.Seq + 1} {
		if eff := beat(seq, head.Epoch); eff.Reconnect != nil {
			t.Fatalf("a heartbeat that names %d of %d: %+v", seq, head.Seq, eff.Reconnect)
		}
	}
	if eff := beat(head.Seq+1, head.Epoch); eff.Reconnect == nil {
		t.Error("a frame is missing for a beat, and nothing happens")
	}
	if eff := beat(head.Seq, "another"); eff.Reconnect == nil {
		t.Error("another epoch, and nothing happens")
	}
	if c.rep.Offset() != 5000-9 || c.rep.DataAt() < 5000 {
		t.Errorf("offset %d, data at %d", c.rep.Offset(), c.rep.DataAt())
	}
}

func TestPhases(t *testing.T) { // R7
	c := connected(t)
	for _, x := range []struct {
		code int
		want Phase
	}{{0, Offline}, {wire.CloseShutdown, Offline}, {wire.CloseRevoked, SignedOut}, {wire.CloseVersion, TooOld},
		{wire.CloseMalformed, TooOld}, {wire.CloseReplaced, Replaced}} {
		c.step(Disconnected{Code: x.code})
		if p, _ := c.rep.Phase(); p != x.want {
			t.Errorf("after %d: %s", x.code, p)
		}
	}
	c.d.say1(2)
	c.connect()
	c.deliver(1)
	if p, _ := c.rep.Phase(); p != CatchingUp {
		t.Errorf("welcomed with two frames to come: %s", p)
	}
	c.deliver(2)
	if p, _ := c.rep.Phase(); p != Current {
		t.Errorf("caught up: %s", p)
	}
}

func TestAChatThatLeaves(t *testing.T) { // R9
	c := connected(t)
	eff := c.step(Received{wire.Down{Frame: &wire.Frame{Stream: mine, Epoch: c.d.epoch, Seq: c.d.head(mine).Seq + 1,
		Changes: []wire.Change{{ChatGone: &wire.ChatGone{ID: "CSR1", To: "Bob"}}}, Counts: &wire.Counts{}}}})
	if _, here := c.rep.Chat("CSR1"); here || c.rep.GoneTo("CSR1") != "Bob" || !eff.Chats["CSR1"] || eff.Reconnect != nil {
		t.Errorf("%+v", eff)
	}
	if len(c.disk[bucketMessages]) != 0 || len(c.disk[bucketChats]) != 0 {
		t.Error("its messages are kept")
	}
}

// page asks for messages and gives the answer made of the desk's.
func (c *client) page(t *testing.T, id chat.ID, older bool, count int64) *Effects {
	t.Helper()
	up, ok := c.rep.More(id, older)
	if !ok {
		t.Fatal("nothing is asked for")
	}
	p := &wire.Page{Chat: string(id), Before: up.More.Before}
	for n := max(1, up.More.Before-count); n < up.More.Before; n++ {
		p.Messages = append(p.Messages, *wire.FromMessage(c.d.texts[id][n-1]))
	}
	return c.step(Received{wire.Down{Page: p}})
}

func TestPages(t *testing.T) { // R10, R11
	c := connected(t)
	c.d.say1(60)
	c.cut()
	delete(c.rep.positions, mine)
	c.connect()
	c.deliver(100)
	if got := c.rep.OldestKept("CSR1"); got != 34 {
		t.Fatalf("the snapshot of 30 begins at %d", got)
	}
	c.page(t, "CSR1", true, 20)
	if got := c.rep.OldestKept("CSR1"); got != 14 {
		t.Errorf("the page begins at %d", got)
	}
	c.page(t, "CSR1", true, 100)
	c.check(t, "paged")
	if up, ok := c.rep.More("CSR1", true); ok {
		t.Errorf("asks for more than there is: %+v", up.More)
	}
	if eff := c.step(Received{wire.Down{Page: &wire.Page{Chat: "CSR1", Before: 3}}}); len(eff.Batch) != 0 {
		t.Error("a page that was not asked for changed something")
	}
}

func TestAPageIsNotABetterWitnessThanTheStream(t *testing.T) { // R11
	c := connected(t)
	up := wire.More{Chat: "CSR1", Before: 4}
	c.rep.askedMore["CSR1"] = 4
	p := &wire.Page{Chat: "CSR1", Before: up.Before}
	for n := range 3 {
		m := *wire.FromMessage(c.d.texts["CSR1"][n])
		m.Text = "older state"
		p.Messages = append(p.Messages, m)
	}
	c.step(Received{wire.Down{Page: p}})
	c.check(t, "after the page")
}

func TestUnsoundPagesAreIgnored(t *testing.T) {
	for name, change := range map[string]func(*wire.Page){
		"a gap":         func(p *wire.Page) { p.Messages[0].Number = 1 },
		"another chat":  func(p *wire.Page) { p.Messages[0].Chat = "B" },
		"not before":    func(p *wire.Page) { p.Messages = p.Messages[:1] },
		"a problem":     func(p *wire.Page) { p.Problem = &wire.Problem{Kind: 10} },
		"another place": func(p *wire.Page) { p.Before++ },
	} {
		c := connected(t)
		c.rep.askedMore["CSR1"] = 4
		p := &wire.Page{Chat: "CSR1", Before: 4, Messages: []wire.Message{{Chat: "CSR1", Number: 2}, {Chat: "CSR1", Number: 3}}}
		change(p)
		c.step(Received{wire.Down{Page: p}})
		c.check(t, name)
	}
}

func TestAQueuedChatsMessagesComeByPages(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	d := newDesk(r)
	c := newClient(r, d)
	q := &chat.Chat{ID: "Q", Status: chat.Queued}
	d.chats["Q"] = q
	write := func() {
		before := q.Clone()
		d.publish(&before, q, []chat.Message{d.say(q, chat.Inbound)})
	}
	write()
	c.connect()
	c.deliver(100)
	c.rep.Load("Q")
	c.page(t, "Q", false, 100)
	if m, ok := c.rep.Thread("Q"); !ok || len(m) != 1 {
		t.Fatalf("%d messages", len(m))
	}
	if _, ok := c.rep.More("Q", false); ok {
		t.Error("asks again for what it has")
	}
	write()
	c.pull()
	c.deliver(100)
	c.page(t, "Q", false, 100)
	if m, _ := c.rep.Thread("Q"); len(m) != 2 {
		t.Errorf("%d messages after the customer wrote again", len(m))
	}
	c.cut()
	c.connect()
	c.deliver(100)
	if _, ok := c.rep.More("Q", false); !ok {
		t.Error("on a new connection the states of a queued chat's messages are not asked for")
	}
}

func TestNews(t *testing.T) { // R13
	r := rand.New(rand.NewPCG(1, 1))
	d := newDesk(r)
	c := newClient(r, d)
	d.say1(2)
	c.connect()
	for len(c.wire) > 0 {
		down := c.wire[0]
		c.wire = c.wire[1:]
		if eff := c.step(Received{down}); len(eff.News) != 0 {
			t.Errorf("the first snapshot is news: %+v", eff.News)
		}
	}
	if diff := cmp.Diff([]News{{Chat: "CSR1", Kind: Wrote, New: 1}}, c.next(t).News); diff != "" {
		t.Error(diff)
	}
	c.cut()
	c.restart(t)
	d.say1(2)
	d.floor = d.head(mine).Seq
	c.connect()
	var news []News
	for len(c.wire) > 0 {
		down := c.wire[0]
		c.wire = c.wire[1:]
		news = append(news, c.step(Received{down}).News...)
	}
	if diff := cmp.Diff([]News{{Chat: "CSR1", Kind: Wrote, New: 2}}, news); diff != "" {
		t.Errorf("a later snapshot: %s", diff)
	}
}

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

// gives applies one frame of my stream with the given changes.
func (c *client) gives(changes ...wire.Change) *Effects {
	p := c.rep.positions[mine]
	return c.rep.Step(c.now, Received{wire.Down{Frame: &wire.Frame{Stream: mine, Epoch: p.Epoch, Seq: p.Seq + 1, Changes: changes}}})
}

func message(n int64, text string) wire.Change {
	return wire.Change{Message: &wire.Message{ID: "m", Chat: "CSR1", Number: n, Kind: "inbound", Text: text}}
}

// texts are those of the messages kept of CSR1, read as when its conversation is shown.
func (c *client) texts(t *testing.T) []string {
	t.Helper()
	if prefix, token, ok := c.rep.Load("CSR1"); ok {
		c.rep.Loaded("CSR1", token, c.disk.read(BucketMessages, prefix))
	}
	messages, ok := c.rep.Thread("CSR1")
	if !ok {
		t.Fatal("not loaded")
	}
	var l []string
	for _, m := range messages {
		l = append(l, m.Text)
	}
	return l
}

func TestAMessageThatDoesNotFollowDropsTheOlder(t *testing.T) { // R10
	c := connected(t)
	c.disk.apply(c.gives(message(9, "nine"), message(8, "eight")).Batch)
	if diff := cmp.Diff([]string{"eight", "nine"}, c.texts(t)); diff != "" {
		t.Error(diff)
	}
	if n := len(c.disk[bucketMessages]); n != 2 {
		t.Errorf("%d messages on the disk", n)
	}
	c.disk.apply(c.gives(message(3, "of one that is not kept any more")).Batch)
	if n := len(c.disk[bucketMessages]); n != 2 {
		t.Errorf("%d messages on the disk", n)
	}
}

func TestAChatThatBecomesMineBeginsAnew(t *testing.T) { // R9
	c := connected(t)
	c.disk.apply(c.gives(wire.Change{ChatGone: &wire.ChatGone{ID: "CSR1"}}).Batch)
	queued := wire.Change{Chat: &wire.Chat{ID: "CSR1", Status: "queued", Assignment: 2, LastNumber: 2}}
	c.disk.apply(c.rep.Step(9, Received{wire.Down{Frame: &wire.Frame{Stream: team, Epoch: c.d.epoch, Seq: c.rep.positions[team].Seq + 1,
		Changes: []wire.Change{queued}}}}).Batch)
	up, _ := c.rep.More("CSR1", false)
	c.step(Received{wire.Down{Page: &wire.Page{Chat: "CSR1", Before: up.More.Before, Messages: []wire.Message{
		*message(1, "one").Message, *message(2, "two as it was").Message}}}})
	c.disk.apply(c.gives(wire.Change{Chat: &wire.Chat{ID: "CSR1", Status: "picked", Assignee: me, Assignment: 3, LastNumber: 3}},
		message(3, "three")).Batch)
	if diff := cmp.Diff([]string{"three"}, c.texts(t)); diff != "" {
		t.Error(diff)
	}
}

func TestFramesCountBeforeWhatWasRead(t *testing.T) { // R12
	c := connected(t)
	prefix, token, _ := c.rep.Load("CSR1")
	old := c.disk.read(BucketMessages, prefix)
	c.disk.apply(c.gives(message(2, "newer"), message(4, "four")).Batch)
	c.rep.Loaded("CSR1", token-1, nil)
	if _, ok := c.rep.Thread("CSR1"); ok {
		t.Error("what another reading gave was taken")
	}
	c.rep.Loaded("CSR1", token, old)
	if got := c.texts(t); len(got) != 4 || got[1] != "newer" || got[3] != "four" {
		t.Errorf("%q", got)
	}
}

func TestAChatInTwoStreams(t *testing.T) { // R8
	c := connected(t)
	stale := wire.Change{Chat: &wire.Chat{ID: "CSR1", Status: "queued", Assignment: 9, LastNumber: 99}}
	c.rep.Step(9, Received{wire.Down{Frame: &wire.Frame{Stream: team, Epoch: c.d.epoch, Seq: c.rep.positions[team].Seq + 1,
		Changes: []wire.Change{stale}}}})
	if known, _ := c.rep.Chat("CSR1"); known.Status != chat.Picked || !c.rep.Mine("CSR1") {
		t.Errorf("%+v", known)
	}
	c.gives(wire.Change{ChatGone: &wire.ChatGone{ID: "CSR1"}})
	if known, _ := c.rep.Chat("CSR1"); known.Status != chat.Queued || c.rep.Mine("CSR1") {
		t.Errorf("%+v", known)
	}
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
