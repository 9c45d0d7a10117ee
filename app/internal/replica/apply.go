package replica

import (
	"cmp"
	"maps"
	"slices"

	"parley/app/internal/inbox"
	"parley/backend/chat"
	"parley/backend/wire"
)

// parts are those of a snapshot that have come.
type parts struct {
	at      wire.Position
	next    int
	changes []wire.Change
}

// facts are what news are found by.
type facts struct {
	mine     bool
	inbounds int64
}

func newTally(me string, chats map[chat.ID]*entry) *inbox.Tally {
	t := inbox.NewTally(chat.AgentID(me))
	for _, e := range chats {
		if e.carriedBy(wire.AgentStream) {
			t.Put(e.best().chat)
		}
	}
	return t
}

func sortedStreams[V any](m map[wire.Stream]V) []wire.Stream {
	return slices.SortedFunc(maps.Keys(m), func(a, b wire.Stream) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID))
	})
}

// frame applies a frame that follows the position (R1, R2).
func (t *step) frame(f *wire.Frame) {
	if _, welcomed := t.r.heads[f.Stream]; !welcomed {
		return
	}
	p, ok := t.r.positions[f.Stream]
	switch {
	case !ok || p.Epoch != f.Epoch || f.Seq > p.Seq+1 || t.r.parts[f.Stream] != nil:
		t.reconnect("a frame does not follow", 0)
		return
	case f.Seq <= p.Seq:
		return
	}
	t.out.ResultsAt = f.At
	t.apply(f.Stream, f.Changes)
	t.moveTo(f.Stream, wire.Position{Epoch: f.Epoch, Seq: f.Seq})
	t.r.dataAt = max(t.r.dataAt, f.At)
	t.r.now = max(t.r.now, f.At)
	t.meta = true
	t.check(f.Stream, f.Counts, false)
	t.reached()
}

// snapshot collects the parts and applies them with the last (R3).
func (t *step) snapshot(s *wire.Snapshot) {
	if _, welcomed := t.r.heads[s.Stream]; !welcomed {
		return
	}
	p := t.r.parts[s.Stream]
	if s.Part == 0 {
		p = &parts{at: s.At}
		t.r.parts[s.Stream] = p
	}
	if p == nil || p.next != s.Part || p.at != s.At {
		t.reconnect("a part of a snapshot does not follow", 0)
		return
	}
	if p.next == wire.MaxSnapshotParts {
		delete(t.r.parts, s.Stream)
		t.reconnect("a snapshot does not end", pause)
		return
	}
	p.next++
	p.changes = append(p.changes, s.Changes...)
	if !s.Last {
		return
	}
	delete(t.r.parts, s.Stream)
	delete(t.r.resets, s.Stream)
	t.silent = !t.r.known[s.Stream]
	t.beginEpoch(s.At.Epoch)
	t.replace(s.Stream, p.changes)
	t.moveTo(s.Stream, s.At)
	t.check(s.Stream, s.Counts, true)
	t.reached()
}

// beginEpoch forgets the revisions of another epoch, with the first that comes of a new one (R15).
func (t *step) beginEpoch(epoch string) {
	r := t.r
	for _, p := range r.positions {
		if p.Epoch == epoch {
			return
		}
	}
	for _, k := range slices.Sorted(maps.Keys(r.customers)) {
		c := r.customers[k]
		c.Revision = 0
		r.customers[k] = c
		t.put(bucketCustomers, string(k), wire.FromCustomer(c))
	}
	for _, id := range slices.Sorted(maps.Keys(r.identities)) {
		i := r.identities[id]
		i.Revision = 0
		r.identities[id] = i
		t.put(bucketIdentities, string(id), wire.FromIdentity(i))
	}
}

// replace makes changes everything that the stream has.
func (t *step) replace(s wire.Stream, changes []wire.Change) {
	stays := map[chat.ID]bool{}
	for i := range changes {
		if c := changes[i].Chat; c != nil {
			stays[chat.ID(c.ID)] = true
		}
	}
	for id, e := range t.r.chats {
		switch i := e.index(s); {
		case i < 0:
		case !stays[id]:
			t.leave(s, id, "")
		case s.Kind == wire.AgentStream:
			t.forgetMessages(id, e)
		}
	}
	switch s.Kind {
	case wire.TenantStream:
		t.forgetTenant()
	case wire.AgentStream:
		t.forgetDrafts()
		t.orders(wire.Orders{})
	}
	t.apply(s, changes)
}

// dropStream forgets what a stream had, and its position.
func (t *step) dropStream(s wire.Stream) {
	t.silent = true
	t.replace(s, nil)
	delete(t.r.positions, s)
	delete(t.r.known, s)
	t.out.Batch.Delete(bucketPositions, streamKey(s))
}

func (t *step) moveTo(s wire.Stream, p wire.Position) {
	t.r.positions[s], t.r.known[s] = p, true
	t.putPosition(s, p)
	if s.Kind == wire.AgentStream && t.r.epoch != p.Epoch {
		t.r.epoch, t.meta = p.Epoch, true
	}
}

// check compares counts (R5).
func (t *step) check(s wire.Stream, want *wire.Counts, snapshot bool) {
	if want == nil || s.Kind != wire.AgentStream || want.Counts() == t.r.tally.Counts() {
		return
	}
	t.differs(s, "the counts differ", snapshot)
}

// differs forgets the position of a stream that is not what the server has, so that a snapshot follows; again: it
// was so already after the last one, so it follows after a pause.
func (t *step) differs(s wire.Stream, why string, again bool) {
	t.r.mismatches++
	delete(t.r.positions, s)
	t.out.Batch.Delete(bucketPositions, streamKey(s))
	wait := pause
	if !again {
		wait = 0
	}
	t.reconnect(why, wait)
}

// checkDigest compares the digest of the chats that a stream carries, at the position that it is of (R5).
func (t *step) checkDigest(h *wire.Head) {
	s := h.Stream
	if h.Digest == "" || s.Kind == wire.TenantStream || t.r.positions[s] != h.Position {
		return
	}
	own := wire.Digest(func(yield func(*wire.Chat) bool) {
		for _, e := range t.r.chats {
			if i := e.index(s); i >= 0 && !yield(wire.FromChat(*e.in[i].chat)) {
				return
			}
		}
	})
	if own != h.Digest {
		t.differs(s, "the digests differ", t.r.differed[s])
	}
	t.r.differed[s] = own != h.Digest
}

// apply applies changes of one stream: first the chats and who they are with, then the messages.
func (t *step) apply(s wire.Stream, changes []wire.Change) {
	var messages []chat.Message
	for i := range changes {
		switch c := &changes[i]; {
		case c.Chat != nil:
			t.enter(s, c.Chat.Chat())
		case c.ChatGone != nil:
			t.leave(s, chat.ID(c.ChatGone.ID), c.ChatGone.To)
		case c.Message != nil:
			messages = append(messages, c.Message.Message())
		case c.Result != nil:
			t.out.Results = append(t.out.Results, c.Result)
		case c.Draft != nil && s.Kind == wire.AgentStream:
			t.draft(c.Draft)
		case c.Orders != nil && s.Kind == wire.AgentStream:
			t.orders(*c.Orders)
		default:
			t.profile(c)
		}
	}
	if s.Kind != wire.AgentStream {
		return
	}
	slices.SortStableFunc(messages, func(a, b chat.Message) int {
		return cmp.Or(cmp.Compare(a.Chat, b.Chat), cmp.Compare(a.Number, b.Number))
	})
	for i := range messages {
		t.message(&messages[i])
	}
}

// profile applies a change of who there is.
func (t *step) profile(c *wire.Change) {
	r := t.r
	switch {
	case c.Customer != nil:
		k := c.Customer.Customer()
		if r.customers[k.Key].Revision > k.Revision {
			return // R15
		}
		t.customers[k.Key] = t.customers[k.Key] || r.customers[k.Key] != k
		r.customers[k.Key] = k
		t.put(bucketCustomers, c.Customer.Key, c.Customer)
	case c.Identity != nil:
		i := c.Identity.Identity()
		if r.identities[i.ID].Revision > i.Revision {
			return
		}
		r.setIdentity(i)
		t.customers[chat.CustomerKey(c.Identity.Customer)] = true
		t.put(bucketIdentities, c.Identity.ID, c.Identity)
	case c.Agent != nil:
		t.out.Company = true
		r.agents[chat.AgentID(c.Agent.ID)] = *c.Agent
		t.put(bucketAgents, c.Agent.ID, c.Agent)
	case c.Team != nil:
		t.out.Company = true
		r.teams[chat.TeamID(c.Team.ID)] = *c.Team
		t.put(bucketTeams, c.Team.ID, c.Team)
	case c.Asset != nil:
		t.out.Company = true
		r.assets[chat.AssetID(c.Asset.ID)] = *c.Asset
		t.put(bucketAssets, c.Asset.ID, c.Asset)
	}
}

func (r *Replica) setIdentity(i chat.Identity) {
	if old, ok := r.identities[i.ID]; ok {
		r.ofCustomer[old.Customer] = slices.DeleteFunc(r.ofCustomer[old.Customer],
			func(id chat.IdentityID) bool { return id == i.ID })
	}
	r.identities[i.ID] = i
	r.ofCustomer[i.Customer] = append(r.ofCustomer[i.Customer], i.ID)
}

// touchCustomers marks the chats of the customers that are others than before.
func (t *step) touchCustomers() {
	maps.DeleteFunc(t.customers, func(_ chat.CustomerKey, changed bool) bool { return !changed })
	if len(t.customers) == 0 {
		return
	}
	for id, e := range t.r.chats {
		if t.customers[e.best().chat.Customer] {
			t.out.Chats[id] = true
		}
	}
}

// draft replaces the agent's draft of a chat (R18).
func (t *step) draft(d *wire.Draft) {
	id := chat.ID(d.Chat)
	t.r.drafts[id] = *d
	if d.Text == "" {
		delete(t.r.drafts, id)
		t.out.Batch.Delete(bucketDrafts, d.Chat)
	} else {
		t.put(bucketDrafts, d.Chat, d)
	}
	t.drafts[id] = true
}

// orders replaces how the agent's lists are sorted (R18).
func (t *step) orders(o wire.Orders) {
	t.r.orders, t.out.Orders = o, true
	t.put(bucketOrders, ordersKey, o)
}

func (t *step) forgetDrafts() {
	for id := range t.r.drafts {
		t.drafts[id] = true
	}
	clear(t.r.drafts)
	t.out.Batch.DeletePrefix(bucketDrafts, "")
}

func (t *step) forgetTenant() {
	t.out.Company = true
	t.r.agents, t.r.teams, t.r.assets = map[chat.AgentID]wire.Agent{}, map[chat.TeamID]wire.Team{}, map[chat.AssetID]wire.Asset{}
	for _, bucket := range []string{bucketAgents, bucketTeams, bucketAssets} {
		t.out.Batch.DeletePrefix(bucket, "")
	}
}

// enter makes c the state that the stream has of its chat.
func (t *step) enter(s wire.Stream, c chat.Chat) {
	t.touch(c.ID)
	e := t.r.chats[c.ID]
	if e == nil {
		e = &entry{}
		t.r.chats[c.ID] = e
	}
	now := carried{stream: s, chat: &c}
	if i := e.index(s); i >= 0 {
		e.in = slices.Clone(e.in)
		e.in[i] = now
	} else {
		e.in = append(slices.Clone(e.in), now)
		if s.Kind == wire.AgentStream {
			t.forgetMessages(c.ID, e) // R9
		}
	}
	if s.Kind == wire.AgentStream {
		t.r.tally.Put(&c)
		delete(t.r.gone, c.ID)
	}
}

// leave takes a chat out of a stream (R9).
func (t *step) leave(s wire.Stream, id chat.ID, to string) {
	e := t.r.chats[id]
	if e == nil || e.index(s) < 0 {
		return
	}
	t.touch(id)
	if s.Kind == wire.AgentStream {
		t.r.tally.Drop(id)
		t.r.gone[id] = to
	}
	e.in = slices.DeleteFunc(slices.Clone(e.in), func(c carried) bool { return c.stream == s })
	if s.Kind == wire.AgentStream || len(e.in) == 0 {
		t.forgetMessages(id, e)
	}
	if len(e.in) == 0 {
		delete(t.r.chats, id)
	}
}

// touch marks a chat as changed and keeps what it was for the news; it comes before the change.
func (t *step) touch(id chat.ID) {
	t.out.Chats[id] = true
	if _, done := t.before[id]; !done {
		t.before[id] = t.r.facts(id)
	}
}

func (r *Replica) facts(id chat.ID) facts {
	c, ok := r.Chat(id)
	if !ok {
		return facts{}
	}
	held := c.Status == chat.Picked || c.Status == chat.OnHold
	return facts{mine: r.Mine(id) && held && c.Assignee == r.Me(), inbounds: c.InboundCount}
}

// findNews compares the chats touched with what they were (R13).
func (t *step) findNews() {
	if t.silent {
		return
	}
	for _, id := range slices.Sorted(maps.Keys(t.before)) {
		was, is := t.before[id], t.r.facts(id)
		switch {
		case is.mine && !was.mine:
			t.out.News = append(t.out.News, News{Chat: id, Kind: Assigned})
		case is.mine && is.inbounds > was.inbounds:
			t.out.News = append(t.out.News, News{Chat: id, Kind: Wrote, New: is.inbounds - was.inbounds})
		}
	}
}
