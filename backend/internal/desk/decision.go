package desk

import (
	"iter"
	"slices"

	"parley/backend/chat"
)

// decision is a command's outcome while it is being made: what was before, and over it the rows that the command
// has changed so far. Its reading methods see both.
type decision struct {
	was View
	now chat.Millis
	ids IDs

	teams      edits[chat.TeamID, Team]
	agents     edits[chat.AgentID, Agent]
	assets     edits[chat.AssetID, Asset]
	customers  edits[chat.CustomerKey, chat.Customer]
	identities edits[chat.IdentityID, chat.Identity]
	chats      edits[chat.ID, chat.Chat]
	messages   edits[place, PutMessage]
	said       map[chat.ID][]int64   // the numbers of messages, in their order
	drafts     edits[chat.ID, Draft] // the actor's
	timers     edits[string, Timer]  // without ID: dropped

	// Rows of was that were read, which one command does many times.
	oldChats  reads[chat.ID, chat.Chat]
	oldTeams  reads[chat.TeamID, Team]
	oldAgents reads[chat.AgentID, Agent]

	drops  []Write // before the others: what they take away may be given to another row by them
	rest   []Write
	actor  chat.AgentID
	result *Result // of a command of actor
}

// place is where a message stands.
type place struct {
	chat   chat.ID
	number int64
}

// edits are changed rows in the order of their first change, which makes outcomes repeatable.
type edits[K comparable, V any] struct {
	keys []K
	rows map[K]V
}

func (e *edits[K, V]) put(k K, v V) {
	if e.rows == nil {
		e.rows = map[K]V{}
	}
	if _, ok := e.rows[k]; !ok {
		e.keys = append(e.keys, k)
	}
	e.rows[k] = v
}

// reads are what was found by keys that were asked for.
type reads[K comparable, V any] map[K]found[V]

type found[V any] struct {
	row V
	ok  bool
}

func (r *reads[K, V]) get(k K, read func(K) (V, bool)) (V, bool) {
	f, known := (*r)[k]
	if !known {
		if *r == nil {
			*r = reads[K, V]{}
		}
		f.row, f.ok = read(k)
		(*r)[k] = f
	}
	return f.row, f.ok
}

func (e *edits[K, V]) get(k K) (V, bool) {
	v, ok := e.rows[k]
	return v, ok
}

func (e *edits[K, V]) remove(k K) {
	delete(e.rows, k)
	e.keys = slices.DeleteFunc(e.keys, func(x K) bool { return x == k })
}

func (e *edits[K, V]) all() iter.Seq2[K, V] {
	return func(yield func(K, V) bool) {
		for _, k := range e.keys {
			if !yield(k, e.rows[k]) {
				return
			}
		}
	}
}

// outcome closes the decision.
func (d *decision) outcome(a Answer) Outcome {
	d.callDeal()
	return Outcome{Writes: d.writes(), Frames: d.frames(), Answer: a}
}

func (d *decision) writes() []Write {
	w := d.drops
	for _, t := range d.teams.all() {
		w = append(w, PutTeam{t})
	}
	for _, a := range d.agents.all() {
		w = append(w, PutAgent{a})
	}
	for _, a := range d.assets.all() {
		w = append(w, PutAsset{a})
	}
	for _, c := range d.customers.all() {
		w = append(w, PutCustomer{c})
	}
	for _, i := range d.identities.all() {
		w = append(w, PutIdentity{i})
	}
	for _, c := range d.chats.all() {
		w = append(w, PutChat{c})
	}
	for _, m := range d.messages.all() {
		w = append(w, m)
	}
	for _, t := range d.drafts.all() {
		w = append(w, PutDraft{t})
	}
	w = append(w, d.rest...)
	for id, t := range d.timers.all() {
		if t.ID == "" {
			w = append(w, DropTimer{id})
		} else {
			w = append(w, PutTimer{t})
		}
	}
	return w
}

func (d *decision) write(w Write) { d.rest = append(d.rest, w) }

func (d *decision) chat(id chat.ID) (chat.Chat, bool) {
	if c, ok := d.chats.get(id); ok {
		return c, true
	}
	c, ok := d.before(id)
	return c.Clone(), ok
}

// before returns a chat as it was.
func (d *decision) before(id chat.ID) (chat.Chat, bool) { return d.oldChats.get(id, d.was.Chat) }

// putChat keeps a changed chat, with what follows from the change (see reckon).
func (d *decision) putChat(c *chat.Chat) {
	d.reckon(c)
	d.chats.put(c.ID, *c)
}

func (d *decision) customer(k chat.CustomerKey) (chat.Customer, bool) {
	if c, ok := d.customers.get(k); ok {
		return c, true
	}
	return d.was.Customer(k)
}

func (d *decision) identity(id chat.IdentityID) (chat.Identity, bool) {
	if i, ok := d.identities.get(id); ok {
		return i, true
	}
	return d.was.Identity(id)
}

func (d *decision) message(c chat.ID, number int64) (chat.Message, bool) {
	if number < 1 {
		return chat.Message{}, false // a store need not be asked for it
	}
	if m, ok := d.messages.get(place{c, number}); ok {
		return m.Message, true
	}
	return d.was.Message(c, number)
}

func (d *decision) putMessage(m chat.Message, vendor VendorKey) {
	at := place{m.Chat, m.Number}
	if _, ok := d.messages.get(at); !ok {
		if d.said == nil {
			d.said = map[chat.ID][]int64{}
		}
		d.said[m.Chat] = append(d.said[m.Chat], m.Number)
	}
	d.messages.put(at, PutMessage{m, vendor})
}

// saidIn yields the messages of a chat that the command has changed, in the order of their first change.
func (d *decision) saidIn(c chat.ID) iter.Seq[*chat.Message] {
	return func(yield func(*chat.Message) bool) {
		for _, number := range d.said[c] {
			if m, _ := d.messages.get(place{c, number}); !yield(&m.Message) {
				return
			}
		}
	}
}

// say appends m to c, which it gives its number, its id and, unless it has one, its time.
func (d *decision) say(c *chat.Chat, m chat.Message, vendor VendorKey) chat.Message {
	c.LastNumber++
	if m.Kind == chat.Inbound {
		c.InboundCount++
	}
	m.Chat, m.Number, m.Inbounds = c.ID, c.LastNumber, c.InboundCount
	if m.ID == "" {
		m.ID = chat.MessageID(d.ids.Opaque())
	}
	if m.At == 0 {
		m.At = d.now
	}
	if m.Kind == chat.Inbound || m.Kind == chat.Reply {
		c.Course.ActiveAt = max(c.Course.ActiveAt, m.At)
	}
	if m.Kind != chat.System {
		c.LastText, c.LastKind = preview(&m), m.Kind
	}
	d.putMessage(m, vendor)
	return m
}

// note appends a line to c's history.
func (d *decision) note(c *chat.Chat, code string, args ...string) {
	d.say(c, chat.Message{Kind: chat.System, Line: &chat.Line{Code: code, Args: args}}, VendorKey{})
}

// openChat returns the chat of (identity, asset) that is not closed.
func (d *decision) openChat(i chat.IdentityID, a chat.AssetID) (chat.Chat, bool) {
	for _, c := range d.chats.all() {
		if c.Identity == i && c.Asset == a && c.Status != chat.Closed {
			return c, true
		}
	}
	c, ok := d.was.OpenChat(i, a)
	if _, changed := d.chats.get(c.ID); !ok || changed {
		return chat.Chat{}, false
	}
	return c.Clone(), true
}

// chatsOf returns the chats of an identity.
func (d *decision) chatsOf(i chat.IdentityID) []chat.Chat {
	return d.over(d.was.ChatsOfIdentity(i), func(c *chat.Chat) bool { return c.Identity == i })
}

// over lays the changed chats that belong over those that did.
func (d *decision) over(before []chat.Chat, belongs func(*chat.Chat) bool) []chat.Chat {
	var now []chat.Chat
	for _, c := range before {
		if _, changed := d.chats.get(c.ID); !changed {
			now = append(now, c)
		}
	}
	for _, c := range d.chats.all() {
		if belongs(&c) {
			now = append(now, c)
		}
	}
	return now
}

// agentName is the name of an agent, or "".
func (d *decision) agentName(id chat.AgentID) string {
	a, _ := d.agent(id)
	return a.Name
}
