// Package replica is the client's truth: what the server has said, and how far. It applies frames and snapshots
// with their positions, keeps the messages of each chat without a gap, and knows how the console stands with its
// server. It is pure: Step is given the time and an input, changes the state and returns what is to be done. SPEC.md
// numbers the invariants that the comments and tests cite. What the agent has asked for and the server has not
// confirmed is package outbox's; both are put together by package engine.
package replica

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"parley/app/internal/inbox"
	"parley/backend/chat"
	"parley/backend/wire"
)

// Phase is how the console stands with its server. The values are view.Phase's.
type Phase string

const (
	Connecting Phase = "connecting" // not yet connected since the start
	CatchingUp Phase = "catching_up"
	Current    Phase = "current"
	Offline    Phase = "offline"
	SignedOut  Phase = "signed_out"
	TooOld     Phase = "too_old"
	Replaced   Phase = "replaced" // the same device connected from elsewhere: this console stays away
)

// Replica is the state.
type Replica struct {
	me     wire.Agent
	epoch  string // of the agent's stream as it was last applied: what the agent sees is of it
	phase  Phase
	since  int64 // when phase began, this machine's milliseconds
	offset int64 // server time - this machine's
	now    int64 // the highest server time heard
	dataAt int64

	conn       bool                          // welcomed on the present connection
	positions  map[wire.Stream]wire.Position // R1
	known      map[wire.Stream]bool          // had a snapshot at some time: the next one is news
	heads      map[wire.Stream]wire.Position // of the streams welcomed: to be reached before Current
	beats      map[wire.Stream]wire.Position // named by the last heartbeat, R6
	parts      map[wire.Stream]*parts
	resets     map[wire.Stream]bool // of the streams welcomed: a snapshot is still to come, R7
	mismatches int

	chats      map[chat.ID]*entry
	gone       map[chat.ID]string // chats that left the agent's stream, to whom
	customers  map[chat.CustomerKey]chat.Customer
	identities map[chat.IdentityID]chat.Identity
	ofCustomer map[chat.CustomerKey][]chat.IdentityID
	histories  map[chat.CustomerKey][]chat.Chat
	agents     map[chat.AgentID]wire.Agent
	teams      map[chat.TeamID]wire.Team
	assets     map[chat.AssetID]wire.Asset
	drafts     map[chat.ID]wire.Draft // the agent's, of the agent's stream
	orders     wire.Orders            // of the agent's lists, of the agent's stream
	tally      *inbox.Tally           // of the confirmed chats, R5
	differed   map[wire.Stream]bool   // a digest did, and none has been equal since, R5

	askedMore    map[chat.ID]int64 // pages under way, by the number they are to end before
	askedEarlier map[chat.CustomerKey]bool
	fresh        map[chat.ID]bool // queue chats whose newest page came on this connection
	loads        int64
}

// entry is what is known of one chat.
type entry struct {
	in     []carried
	low    int64 // the messages low … high are kept, R10; 0: none
	high   int64
	thread *thread // nil while nobody looks at it
}

// carried is a chat as one stream has it.
type carried struct {
	stream wire.Stream
	chat   *chat.Chat // replaced, never changed
}

// New returns a replica that knows nothing, at the time now.
func New(now int64) *Replica {
	r := &Replica{phase: Connecting, since: now}
	r.forgetAll()
	return r
}

func (r *Replica) forgetAll() {
	r.positions, r.known = map[wire.Stream]wire.Position{}, map[wire.Stream]bool{}
	r.heads, r.beats = map[wire.Stream]wire.Position{}, map[wire.Stream]wire.Position{}
	r.parts = map[wire.Stream]*parts{}
	r.chats, r.gone = map[chat.ID]*entry{}, map[chat.ID]string{}
	r.customers, r.identities = map[chat.CustomerKey]chat.Customer{}, map[chat.IdentityID]chat.Identity{}
	r.ofCustomer, r.histories = map[chat.CustomerKey][]chat.IdentityID{}, map[chat.CustomerKey][]chat.Chat{}
	r.drafts, r.differed = map[chat.ID]wire.Draft{}, map[wire.Stream]bool{}
	r.orders = wire.Orders{}
	r.agents, r.teams, r.assets = map[chat.AgentID]wire.Agent{}, map[chat.TeamID]wire.Team{}, map[chat.AssetID]wire.Asset{}
	r.askedMore, r.askedEarlier, r.fresh = map[chat.ID]int64{}, map[chat.CustomerKey]bool{}, map[chat.ID]bool{}
	r.tally = inbox.NewTally(r.Me())
}

// Me is the agent that the server last took this console for; empty before the first welcome.
func (r *Replica) Me() chat.AgentID { return chat.AgentID(r.me.ID) }

// Self is Me with the name and availability.
func (r *Replica) Self() wire.Agent {
	if a, ok := r.agents[r.Me()]; ok {
		return a
	}
	return r.me
}

// Phase returns the phase and since when, by this machine's clock.
func (r *Replica) Phase() (Phase, int64) { return r.phase, r.since }

// Online reports whether the present connection was welcomed.
func (r *Replica) Online() bool { return r.conn }

// Offset is the server's time minus this machine's, as far as known.
func (r *Replica) Offset() int64 { return r.offset }

// DataAt is the server time up to which the data is known; 0: there is none.
func (r *Replica) DataAt() int64 { return r.dataAt }

// Mismatches counts the frames and heartbeats whose counts or digests were not the console's own (R5). In every test
// it is 0.
func (r *Replica) Mismatches() int { return r.mismatches }

// Epoch is that of the agent's stream as it was last applied, for a command's envelope (R16): also while the stream
// is being reset, since that is what the agent sees.
func (r *Replica) Epoch() string { return r.epoch }

// Draft returns the agent's draft of a chat as the server has it; with Text "" there is none.
func (r *Replica) Draft(id chat.ID) wire.Draft {
	if d, ok := r.drafts[id]; ok {
		return d
	}
	return wire.Draft{Chat: string(id)}
}

// AgentName is what a colleague is called; "" if nobody is known by that id.
func (r *Replica) AgentName(id chat.AgentID) string { return r.agents[id].Name }

// Chats returns the ids of all chats, in no order.
func (r *Replica) Chats() []chat.ID { return slices.Collect(maps.Keys(r.chats)) }

// Chat returns a chat's newest confirmed state (R8). It must not be changed.
func (r *Replica) Chat(id chat.ID) (*chat.Chat, bool) {
	if e := r.chats[id]; e != nil {
		return e.best().chat, true
	}
	return nil, false
}

// Mine reports whether the agent's stream carries the chat.
func (r *Replica) Mine(id chat.ID) bool { return r.chats[id].carriedBy(wire.AgentStream) }

// GoneTo is the name of who has a chat that left the agent's stream, empty if nobody or unknown.
func (r *Replica) GoneTo(id chat.ID) string { return r.AgentName(chat.AgentID(r.gone[id])) }

// Customer returns a profile.
func (r *Replica) Customer(k chat.CustomerKey) (chat.Customer, bool) {
	c, ok := r.customers[k]
	return c, ok
}

// CustomerName is what a list calls a customer: the name, or the Customer ID where there is none.
func (r *Replica) CustomerName(k chat.CustomerKey) string {
	c := r.customers[k]
	if c.Name != "" {
		return c.Name
	}
	return string(c.ID)
}

// Identities returns the identities known of a customer, by id.
func (r *Replica) Identities(k chat.CustomerKey) []chat.Identity {
	var l []chat.Identity
	for _, id := range slices.Sorted(slices.Values(r.ofCustomer[k])) {
		l = append(l, r.identities[id])
	}
	return l
}

// Orders is how the agent has the lists sorted, as the server has it.
func (r *Replica) Orders() wire.Orders { return r.orders }

// Asset returns the company's end of a channel.
func (r *Replica) Asset(id chat.AssetID) wire.Asset { return r.assets[id] }

// Team returns a team; its ID is empty if nobody knows it.
func (r *Replica) Team(id chat.TeamID) wire.Team { return r.teams[id] }

// Teams returns all teams by name; the slice is the caller's.
func (r *Replica) Teams() []wire.Team {
	return byName(r.teams, func(t *wire.Team) (string, string) { return t.Name, t.ID })
}

// Agents returns all agents by name; the slice is the caller's.
func (r *Replica) Agents() []wire.Agent {
	return byName(r.agents, func(a *wire.Agent) (string, string) { return a.Name, a.ID })
}

// Assets returns all assets by name; the slice is the caller's.
func (r *Replica) Assets() []wire.Asset {
	return byName(r.assets, func(a *wire.Asset) (string, string) { return a.Name, a.ID })
}

func byName[K comparable, V any](m map[K]V, names func(*V) (name, id string)) []V {
	return slices.SortedFunc(maps.Values(m), func(a, b V) int {
		nameA, idA := names(&a)
		nameB, idB := names(&b)
		return cmp.Or(cmp.Compare(strings.ToLower(nameA), strings.ToLower(nameB)), cmp.Compare(idA, idB))
	})
}

// History returns the chats of a customer as last heard; the slice must not be changed.
func (r *Replica) History(k chat.CustomerKey) (chats []chat.Chat, known bool) {
	chats, known = r.histories[k]
	return chats, known
}

// best is the carried state that counts, R8.
func (e *entry) best() carried {
	return slices.MaxFunc(e.in, func(a, b carried) int {
		return cmp.Or(rank(a)-rank(b), cmp.Compare(a.chat.Assignment, b.chat.Assignment),
			cmp.Compare(a.chat.LastNumber, b.chat.LastNumber), cmp.Compare(b.stream.ID, a.stream.ID))
	})
}

func rank(c carried) int {
	if c.stream.Kind == wire.AgentStream {
		return 1
	}
	return 0
}

func (e *entry) carriedBy(k wire.StreamKind) bool {
	return e != nil && slices.ContainsFunc(e.in, func(c carried) bool { return c.stream.Kind == k })
}

func (e *entry) index(s wire.Stream) int {
	return slices.IndexFunc(e.in, func(c carried) bool { return c.stream == s })
}
