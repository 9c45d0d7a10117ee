package replica

import (
	"maps"
	"slices"

	"parley/app/internal/record"
	"parley/backend/chat"
	"parley/backend/wire"
)

// Input is what Step takes. The types below are all there are.
type Input interface{ input() }

// Connected says that a connection is open; the rest is for the hello.
type Connected struct {
	Device      chat.DeviceID
	Unconfirmed int64
	App         string
}

// Received is a frame from the server, beats too.
type Received struct{ Down wire.Down }

// Disconnected says that a connection ended or could not be made. Code is the close code, 0 if none came.
type Disconnected struct{ Code int }

func (Connected) input()    {}
func (Received) input()     {}
func (Disconnected) input() {}

// Effects is what is to be done after a step.
type Effects struct {
	Batch     record.Batch     // for the cache file, in one transaction
	Up        []wire.Up        // to be sent
	Chats     map[chat.ID]bool // chats of which anything changed, or that are gone
	Results   []*wire.Result   // of this agent's devices' commands
	ResultsAt int64            // server time at which Results took effect; 0: not known
	Targets   *wire.Targets    // answers an Aim
	After     *wire.Page       // answers a MoreOfGone
	Company   bool             // teams, agents or assets are others than before
	Orders    bool             // how the agent has the lists sorted may be another
	News      []News
	Welcome   *wire.Welcome
	Drafts    []chat.ID   // chats of which the agent's draft is another, after Results
	Token     *wire.Token // offered, to be kept
	Restored  bool        // the server's log is another than the one known (R16)
	Refetch   int64       // commands are wanted again from this number; 0: no
	Reconnect *Reconnect  // the connection is to be made anew
}

// Reconnect says why, for the log, and after what pause.
type Reconnect struct {
	Why        string
	WaitMillis int64
}

// NewsKind says what has happened to a chat of the agent.
type NewsKind string

const (
	Assigned NewsKind = "assigned" // it became the agent's
	Wrote    NewsKind = "wrote"    // its customer wrote
)

// News is something to be told outside the page (R13).
type News struct {
	Chat chat.ID
	Kind NewsKind
	New  int64 // of Wrote: how many messages
}

// pause is before the next connection where the same would happen at once again.
const pause int64 = 30_000 // milliseconds

// Step applies an input at the time now, this machine's milliseconds.
func (r *Replica) Step(now int64, in Input) *Effects {
	t := &step{r: r, at: now, out: &Effects{Chats: map[chat.ID]bool{}}, before: map[chat.ID]facts{},
		customers: map[chat.CustomerKey]bool{}, drafts: map[chat.ID]bool{}}
	switch in := in.(type) {
	case Connected:
		t.hello(in)
	case Received:
		t.received(&in.Down)
	case Disconnected:
		t.disconnected(in.Code)
	}
	t.finish()
	return t.out
}

// step is one call of Step.
type step struct {
	r      *Replica
	at     int64
	out    *Effects
	before map[chat.ID]facts // of the chats touched, for the news
	silent bool              // nothing of it is news
	meta   bool              // the meta record is to be written

	customers map[chat.CustomerKey]bool // mentioned; true: changed
	drafts    map[chat.ID]bool          // mentioned
}

func (t *step) hello(in Connected) {
	h := &wire.Hello{MinVersion: wire.MinVersion, MaxVersion: wire.MaxVersion, Device: string(in.Device), App: in.App,
		Unconfirmed: in.Unconfirmed}
	for _, s := range sortedStreams(t.r.positions) {
		if len(h.At) < wire.MaxStreams {
			h.At = append(h.At, wire.StreamPosition{Stream: s, Position: t.r.positions[s]})
		}
	}
	t.out.Up = append(t.out.Up, wire.Up{Hello: h})
}

func (t *step) received(d *wire.Down) {
	switch {
	case d.Welcome != nil:
		t.welcome(d.Welcome)
	case d.Frame != nil:
		t.frame(d.Frame)
	case d.Snapshot != nil:
		t.snapshot(d.Snapshot)
	case d.Refetch != nil:
		t.out.Refetch = d.Refetch.From
	case d.Result != nil:
		t.out.Results = append(t.out.Results, d.Result)
	case d.Page != nil:
		t.page(d.Page)
	case d.History != nil:
		t.history(d.History)
	case d.Targets != nil:
		t.out.Targets = d.Targets
	case d.Beat != nil:
		t.beat(d.Beat)
	case d.Token != nil:
		t.out.Token = d.Token
	}
}

func (t *step) welcome(w *wire.Welcome) {
	r := t.r
	if r.me.ID != w.Agent.ID {
		r.tally = newTally(w.Agent.ID, r.chats)
	}
	r.me, r.conn = w.Agent, true
	r.heads, r.beats, r.parts = map[wire.Stream]wire.Position{}, map[wire.Stream]wire.Position{}, map[wire.Stream]*parts{}
	r.resets = map[wire.Stream]bool{}
	for _, s := range w.Streams {
		r.heads[s.Stream], r.resets[s.Stream] = s.Head, !s.Resumed
		if own := s.Stream == (wire.Stream{Kind: wire.AgentStream, ID: w.Agent.ID}); own {
			t.out.Restored = r.epoch != "" && r.epoch != s.Head.Epoch // R16
		}
	}
	for _, s := range sortedStreams(r.positions) {
		if _, welcomed := r.heads[s]; !welcomed {
			t.dropStream(s) // R4
		}
	}
	t.heard(w.Now)
	r.dataAt = min(r.dataAt, r.now)
	t.phase(CatchingUp)
	t.out.Welcome = w
	t.reached()
	t.meta = true
}

func (t *step) disconnected(code int) {
	r := t.r
	r.conn = false
	r.askedMore, r.askedEarlier, r.fresh = map[chat.ID]int64{}, map[chat.CustomerKey]bool{}, map[chat.ID]bool{}
	switch {
	case code == wire.CloseRevoked:
		t.phase(SignedOut)
	case code == wire.CloseReplaced:
		t.phase(Replaced)
	case code >= wire.CloseMalformed && code < wire.CloseMalformed+100: // one that is not known needs a person, too
		t.phase(TooOld)
	default:
		t.phase(Offline)
	}
	t.meta = true
}

// phase enters a phase; the time since when stays where it is the same.
func (t *step) phase(p Phase) {
	if t.r.phase != p {
		t.r.phase, t.r.since = p, t.at
	}
}

// heard notes the server's time.
func (t *step) heard(now int64) {
	if now == 0 {
		return
	}
	t.r.offset = now - t.at
	t.r.now = now // also if it is less: a clock that was wrong is not believed for ever
	if t.r.phase == Current {
		t.r.dataAt = now
	}
}

// reached enters Current if every stream has come as far as the welcome said (R7).
func (t *step) reached() {
	if !t.r.conn || t.r.phase != CatchingUp {
		return
	}
	for s, head := range t.r.heads {
		if p, ok := t.r.positions[s]; !ok || t.r.resets[s] || p.Epoch != head.Epoch || p.Seq < head.Seq {
			return
		}
	}
	t.phase(Current)
	t.r.dataAt = max(t.r.dataAt, t.r.now)
	t.meta = true
}

// beat compares the heads with what has come (R6).
func (t *step) beat(b *wire.Beat) {
	t.heard(b.Now)
	for _, h := range b.Heads {
		p, ok := t.r.positions[h.Stream]
		if _, welcomed := t.r.heads[h.Stream]; !welcomed || !ok || t.r.parts[h.Stream] != nil {
			continue
		}
		last, had := t.r.beats[h.Stream]
		if p.Epoch != h.Position.Epoch || had && last.Epoch == p.Epoch && p.Seq < last.Seq {
			t.reconnect("a heartbeat names what has not come", 1000)
			continue
		}
		t.r.beats[h.Stream] = h.Position
		t.checkDigest(&h)
	}
}

func (t *step) reconnect(why string, waitMillis int64) {
	t.out.Reconnect = &Reconnect{Why: why, WaitMillis: waitMillis}
}

func (t *step) finish() {
	t.touchCustomers()
	t.saveChats()
	t.findNews()
	t.out.Drafts = slices.Sorted(maps.Keys(t.drafts))
	if t.meta {
		t.putMeta()
	}
}
