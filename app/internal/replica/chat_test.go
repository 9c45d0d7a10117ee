package replica

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/wire"
)

func TestAChatThatLeaves(t *testing.T) { // R9
	c := connected(t)
	eff := c.step(Received{wire.Down{Frame: &wire.Frame{Stream: mine, Epoch: c.d.epoch, Seq: c.d.head(mine).Seq + 1,
		Changes: []wire.Change{{Agent: &wire.Agent{ID: "ag7", Name: "Bob"}}, {ChatGone: &wire.ChatGone{ID: "CSR1", To: "ag7"}}}, Counts: &wire.Counts{}}}})
	if _, here := c.rep.Chat("CSR1"); here || c.rep.GoneTo("CSR1") != "Bob" || !eff.Chats["CSR1"] || eff.Reconnect != nil {
		t.Errorf("%+v", eff)
	}
	if len(c.disk[bucketMessages]) != 0 || len(c.disk[bucketChats]) != 0 {
		t.Error("its messages are kept")
	}
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
