package desk

import (
	"reflect"
	"slices"

	"parley/backend/chat"
	"parley/backend/wire"
)

// AgentStream is the stream of one agent's chats and results.
func AgentStream(id chat.AgentID) wire.Stream {
	return wire.Stream{Kind: wire.AgentStream, ID: string(id)}
}

// QueueStream is the stream of one team's queue.
func QueueStream(id chat.TeamID) wire.Stream {
	return wire.Stream{Kind: wire.QueueStream, ID: string(id)}
}

// TenantStream is the stream of agents, teams and assets.
func TenantStream() wire.Stream { return wire.Stream{Kind: wire.TenantStream} }

// home is the one stream that carries c; zero where none does: a closed chat. A held one without a holder is in its
// team's queue.
func home(c *chat.Chat) wire.Stream {
	switch {
	case c.Status == chat.Queued, c.Status == chat.OnHold && c.Assignee == "":
		return QueueStream(c.Team)
	case c.Status != chat.Closed && c.Assignee != "" && c.Status != "":
		return AgentStream(c.Assignee)
	}
	return wire.Stream{}
}

// bundle gathers changes by stream; a customer or an identity is named once in each.
type bundle struct {
	frames []Frame
	at     map[wire.Stream]int // in frames
	named  map[named]bool
}

type named struct {
	stream wire.Stream
	id     string
}

func (b *bundle) add(s wire.Stream, c wire.Change) {
	i, ok := b.at[s]
	if !ok {
		if i = len(b.frames); b.at == nil {
			b.at = map[wire.Stream]int{}
		}
		b.at[s] = i
		b.frames = append(b.frames, Frame{Stream: s})
	}
	b.frames[i].Changes = append(b.frames[i].Changes, c)
}

// once reports whether id is named in s for the first time.
func (b *bundle) once(s wire.Stream, id string) bool {
	n := named{s, id}
	if b.named[n] {
		return false
	}
	if b.named == nil {
		b.named = map[named]bool{}
	}
	b.named[n] = true
	return true
}

func (b *bundle) customer(s wire.Stream, c chat.Customer) {
	if b.once(s, "customer "+string(c.Key)) {
		b.add(s, wire.Change{Customer: wire.FromCustomer(c)})
	}
}

func (b *bundle) identity(s wire.Stream, i chat.Identity) {
	if b.once(s, "identity "+string(i.ID)) {
		b.add(s, wire.Change{Identity: wire.FromIdentity(i)})
	}
}

// frames says to each stream what the decision changes in it.
func (d *decision) frames() []Frame {
	var b bundle
	entered := map[chat.ID]bool{}
	for id, c := range d.chats.all() {
		entered[id] = d.frameChat(&b, &c)
	}
	d.frameConversations(&b, entered)
	d.frameNames(&b)
	for at, m := range d.messages.all() {
		c, _ := d.chat(at.chat)
		if h := home(&c); h.Kind == wire.AgentStream && !entered[at.chat] {
			b.add(h, wire.Change{Message: wire.FromMessage(m.Message)})
		}
	}
	d.frameTenant(&b)
	d.frameOrders(&b)
	for _, t := range d.drafts.all() {
		b.add(AgentStream(t.Agent), wire.Change{Draft: wireDraft(t)})
	}
	if d.result != nil {
		b.add(AgentStream(d.actor), wire.Change{Result: WireResult(*d.result)})
	}
	shifts := d.shifts()
	for i := range b.frames {
		if f := &b.frames[i]; f.Stream.Kind == wire.AgentStream {
			me := chat.AgentID(f.Stream.ID)
			f.Counts = wire.FromCounts(plus(d.was.CountsOf(me), shifts[me], 1))
		}
	}
	return b.frames
}

// frameChat reports whether c has come into another stream.
func (d *decision) frameChat(b *bundle, c *chat.Chat) bool {
	before, _ := d.before(c.ID)
	from, to := home(&before), home(c)
	entered := from != to
	if entered && from != (wire.Stream{}) {
		b.add(from, wire.Change{ChatGone: &wire.ChatGone{ID: string(c.ID), To: holder(c)}})
	}
	if to == (wire.Stream{}) {
		return entered
	}
	if entered || before.Customer != c.Customer || before.Identity != c.Identity {
		d.person(b, to, c)
	}
	if now := wire.FromChat(*c); entered || !reflect.DeepEqual(wire.FromChat(before), now) {
		b.add(to, wire.Change{Chat: now})
	}
	return entered
}

// carriedByFrame is about how many bytes of messages one frame carries; its JSON is at most twice that.
const carriedByFrame = 8 * carried

// frameConversations brings the newest messages of the chats that came into an agent's list, as far as one frame can
// carry them: of a chat that comes without, the console asks for them when it shows it.
func (d *decision) frameConversations(b *bundle, entered map[chat.ID]bool) {
	used := map[wire.Stream]int{}
	for id, c := range d.chats.all() {
		to := home(&c)
		if !entered[id] || to.Kind != wire.AgentStream || used[to] > carriedByFrame {
			continue
		}
		messages := fit(d.newest(id, wire.SnapshotMessages))
		if used[to] += sizes(messages); used[to] > carriedByFrame {
			continue
		}
		for _, m := range messages {
			b.add(to, wire.Change{Message: wire.FromMessage(m)})
		}
	}
}

func sizes(messages []chat.Message) (n int) {
	for i := range messages {
		n += size(&messages[i])
	}
	return n
}

// holder is the agent whose list c is in, or "".
func holder(c *chat.Chat) string {
	if h := home(c); h.Kind == wire.AgentStream {
		return h.ID
	}
	return ""
}

// person names the customer and the identity of c in s.
func (d *decision) person(b *bundle, s wire.Stream, c *chat.Chat) {
	if p, ok := d.customer(c.Customer); ok {
		b.customer(s, p)
	}
	if i, ok := d.identity(c.Identity); ok {
		b.identity(s, i)
	}
}

// frameNames tells the streams of a customer's chats that the customer or an identity has changed.
func (d *decision) frameNames(b *bundle) {
	for key, now := range d.customers.all() {
		if before, ok := d.was.Customer(key); ok && before == now {
			continue
		}
		belongs := func(c *chat.Chat) bool { return c.Customer == key }
		for _, c := range d.over(d.was.ChatsOfCustomer(key), belongs) {
			if h := home(&c); h != (wire.Stream{}) {
				b.customer(h, now)
			}
		}
	}
	for id, now := range d.identities.all() {
		if before, ok := d.was.Identity(id); ok && sameIdentity(&before, &now) {
			continue
		}
		for _, c := range d.chatsOf(id) {
			if h := home(&c); h != (wire.Stream{}) {
				b.identity(h, now)
			}
		}
	}
}

// sameIdentity reports whether a console sees no difference.
func sameIdentity(a, b *chat.Identity) bool {
	return a.Customer == b.Customer && slices.Equal(a.Addresses, b.Addresses)
}

// frameTenant says what colleagues see of the changed rows, if they see a difference.
func (d *decision) frameTenant(b *bundle) {
	for id, t := range d.teams.all() {
		if before, ok := d.was.Team(id); !ok || *fromTeam(before) != *fromTeam(t) {
			b.add(TenantStream(), wire.Change{Team: fromTeam(t)})
		}
	}
	for id, a := range d.agents.all() {
		if before, ok := d.was.Agent(id); !ok || !reflect.DeepEqual(WireAgent(before), WireAgent(a)) {
			b.add(TenantStream(), wire.Change{Agent: WireAgent(a)})
		}
	}
	for id, a := range d.assets.all() {
		if before, ok := d.was.Asset(id); !ok || !reflect.DeepEqual(fromAsset(before), fromAsset(a)) {
			b.add(TenantStream(), wire.Change{Asset: fromAsset(a)})
		}
	}
}

// frameOrders tells an agent's devices how the lists are sorted now.
func (d *decision) frameOrders(b *bundle) {
	for id, a := range d.agents.all() {
		before, _ := d.was.Agent(id)
		if now := wireOrders(&a); *now != *wireOrders(&before) {
			b.add(AgentStream(id), wire.Change{Orders: now})
		}
	}
}

// newest returns the newest n messages of a chat, in order.
func (d *decision) newest(c chat.ID, n int) []chat.Message {
	messages := slices.Clone(d.was.MessagesBefore(c, 0, n))
	for m := range d.saidIn(c) {
		i, there := slices.BinarySearchFunc(messages, m.Number, func(m chat.Message, n int64) int { return int(m.Number - n) })
		switch {
		case there:
			messages[i] = *m
		case i == len(messages):
			messages = append(messages, *m)
		}
	}
	return messages[max(0, len(messages)-n):]
}

// carried is about how many bytes of messages one frame or page carries; its JSON is at most twice that.
const carried = 64 << 10

// fit returns the newest of messages that one frame can carry, at least one.
func fit(messages []chat.Message) []chat.Message {
	room := carried
	for i := len(messages) - 1; i >= 0; i-- {
		if room -= size(&messages[i]); room < 0 {
			return messages[min(i+1, len(messages)-1):]
		}
	}
	return messages
}

// size is about how many bytes m is on the wire.
func size(m *chat.Message) int {
	n := 400 + len(m.Text)
	for _, a := range m.Attachments {
		n += 150 + len(a.Name) + len(a.MIME)
	}
	return n
}
