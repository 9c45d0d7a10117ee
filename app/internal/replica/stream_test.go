package replica

import (
	"slices"
	"testing"

	"parley/backend/chat"
	"parley/backend/wire"
)

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
		return c.rep.Step(9, Received{wire.Down{Beat: &wire.Beat{Now: 5000, Heads: []wire.Head{
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

// TestDigestsThatDiffer: a chat is not what the server has, although no count tells.
func TestDigestsThatDiffer(t *testing.T) { // R5
	c := connected(t)
	spoil := func() {
		spoilt := c.rep.chats["CSR1"].in[0].chat.Clone()
		spoilt.ReadTo++
		c.rep.chats["CSR1"].in[0].chat = &spoilt
	}
	at := map[wire.Stream]int64{mine: c.d.head(mine).Seq, team: c.d.head(team).Seq}
	beat := func() *Effects { return c.rep.Step(9, Received{c.d.beat(at)}) }
	if eff := beat(); eff.Reconnect != nil || c.rep.Mismatches() != 0 {
		t.Fatalf("%+v", eff.Reconnect)
	}
	spoil()
	at[mine]--
	if eff := beat(); eff.Reconnect != nil {
		t.Fatalf("a digest of another position was compared: %+v", eff.Reconnect)
	}
	at[mine]++
	if eff := beat(); eff.Reconnect == nil || eff.Reconnect.WaitMillis != 0 || c.rep.Mismatches() != 1 {
		t.Fatalf("%+v", eff.Reconnect)
	}
	if _, there := c.rep.positions[mine]; there || c.rep.positions[team] != c.d.head(team) {
		t.Errorf("at %v: the stream that differs is to be reset, and no other", c.rep.positions)
	}
	c.cut()
	c.connect()
	c.deliver(100)
	spoil()
	if eff := beat(); eff.Reconnect == nil || eff.Reconnect.WaitMillis < 1000 {
		t.Error("no pause although it differs again")
	}
	c.cut()
	c.connect()
	c.deliver(100)
	if eff := beat(); eff.Reconnect != nil || c.rep.Mismatches() != 2 {
		t.Errorf("%+v after a reset that helped", eff.Reconnect)
	}
	spoil()
	if eff := beat(); eff.Reconnect == nil || eff.Reconnect.WaitMillis != 0 {
		t.Error("a pause for the first that differs")
	}
}

func TestTheAgentsDrafts(t *testing.T) { // R18
	c := connected(t)
	if eff := c.gives(wire.Change{Draft: &wire.Draft{Chat: "CSR1", Text: "begun", Revision: 3, Device: "other"}}); !slices.Equal(eff.Drafts, []chat.ID{"CSR1"}) {
		t.Errorf("drafts of %v", eff.Drafts)
	} else {
		c.disk.apply(eff.Batch)
	}
	c.restart(t)
	if got := c.rep.Draft("CSR1"); got.Text != "begun" || got.Revision != 3 {
		t.Errorf("%+v", got)
	}
	c.d.draft["CSR2"] = wire.Draft{Chat: "CSR2", Text: "elsewhere", Revision: 4}
	c.d.floor = 1 << 40
	c.connect()
	c.deliver(100)
	if c.rep.Draft("CSR1").Text != "" || c.rep.Draft("CSR2").Text != "elsewhere" || len(c.disk[bucketDrafts]) != 1 {
		t.Errorf("after a reset: %v, %d on the disk", c.rep.drafts, len(c.disk[bucketDrafts]))
	}
	c.d.drafts("CSR2", "")
	c.pull()
	c.deliver(1)
	if got := c.rep.Draft("CSR2"); got.Text != "" || len(c.disk[bucketDrafts]) != 0 {
		t.Errorf("one that is not there any more: %+v", got)
	}
}

// TestAServerThatWasRestored: what the agent sees is of the old epoch until the stream is another's.
func TestAServerThatWasRestored(t *testing.T) { // R16
	c := connected(t)
	c.newEpoch()
	hello := c.step(Connected{}).Up[0].Hello
	answer := c.d.answer(hello)
	if eff := c.step(Received{answer[0]}); !eff.Restored || c.rep.Epoch() != "e1" {
		t.Errorf("told: %v, epoch %q", eff.Restored, c.rep.Epoch())
	}
	for _, d := range answer[1:] {
		c.step(Received{d})
	}
	if c.rep.Epoch() != "e1+" {
		t.Errorf("epoch %q", c.rep.Epoch())
	}
	c.cut()
	hello = c.step(Connected{}).Up[0].Hello
	if eff := c.step(Received{c.d.answer(hello)[0]}); eff.Restored {
		t.Error("told twice")
	}
	c.gives(wire.Change{Chat: &wire.Chat{ID: "CSR1", Status: "picked", Assignee: me}})
	c.rep.Step(9, Received{wire.Down{Frame: &wire.Frame{Stream: mine, Epoch: "e1+", Seq: c.rep.positions[mine].Seq + 1,
		Counts: &wire.Counts{Held: 9}}}})
	if _, there := c.rep.positions[mine]; there || c.rep.Epoch() != "e1+" {
		t.Errorf("epoch %q while the stream is being reset", c.rep.Epoch())
	}
	c.restart(t)
	if c.rep.Epoch() != "e1+" {
		t.Errorf("epoch %q after a new start", c.rep.Epoch())
	}
}

func TestATokenThatIsOffered(t *testing.T) { // R17
	c := connected(t)
	if eff := c.step(Received{wire.Down{Token: &wire.Token{Token: "new", ExpiresAt: 7}}}); eff.Token == nil || eff.Token.Token != "new" {
		t.Errorf("%+v", eff.Token)
	}
}
