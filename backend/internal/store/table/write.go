package table

import (
	"fmt"
	"slices"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/row"
)

const (
	putTeam       = "INSERT INTO teams (id, prefix, doc) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET prefix = excluded.prefix, doc = excluded.doc"
	putAgent      = "INSERT INTO agents (id, doc) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc"
	putMember     = "INSERT INTO members (team, agent) VALUES (?, ?) ON CONFLICT (team, agent) DO NOTHING"
	dropMembers   = "DELETE FROM members WHERE agent = ?"
	putAsset      = "INSERT INTO assets (id, channel, vendor, doc) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET channel = excluded.channel, vendor = excluded.vendor, doc = excluded.doc"
	putCredential = "INSERT INTO credentials (name, doc) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET doc = excluded.doc"
	putToken      = "INSERT INTO tokens (hash, created_at, doc) VALUES (?, ?, ?) ON CONFLICT (hash) DO UPDATE SET created_at = excluded.created_at, doc = excluded.doc"
	putCustomer   = "INSERT INTO customers (key, folded, doc) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET folded = excluded.folded, doc = excluded.doc"
	dropCustomer  = "DELETE FROM customers WHERE key = ?"
	putIdentity   = "INSERT INTO identities (id, customer, doc) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET customer = excluded.customer, doc = excluded.doc"
	dropIdentity  = "DELETE FROM identities WHERE id = ?"
	putAddress    = "INSERT INTO addresses (channel, kind, value, identity) VALUES (?, ?, ?, ?)"
	dropAddresses = "DELETE FROM addresses WHERE identity = ?"
	putChat       = `INSERT INTO chats (id, identity, asset, customer, team, assignee, status, created_at, attention, alias, place, doc)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET identity = excluded.identity,
		asset = excluded.asset, customer = excluded.customer, team = excluded.team, assignee = excluded.assignee,
		status = excluded.status, created_at = excluded.created_at, attention = excluded.attention,
		alias = excluded.alias, place = excluded.place, doc = excluded.doc`
	putMessage = `INSERT INTO messages (chat, number, id, kind, answers, vendor_channel, vendor_id, doc)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (chat, number) DO UPDATE SET id = excluded.id,
		kind = excluded.kind, answers = excluded.answers,
		vendor_channel = CASE WHEN excluded.vendor_id IS NULL THEN messages.vendor_channel ELSE excluded.vendor_channel END,
		vendor_id = COALESCE(excluded.vendor_id, messages.vendor_id), doc = excluded.doc`
	putMedia    = "INSERT INTO media (id, due, doc) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET due = excluded.due, doc = excluded.doc"
	putOutgoing = `INSERT INTO outgoing (message, chat, number, open, next_at, done_at, doc) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (message) DO UPDATE SET chat = excluded.chat, number = excluded.number, open = excluded.open,
		next_at = excluded.next_at, done_at = excluded.done_at, doc = excluded.doc`
	putTimer  = "INSERT INTO timers (id, at, doc) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at, doc = excluded.doc"
	dropTimer = "DELETE FROM timers WHERE id = ?"
	dropToken = "DELETE FROM tokens WHERE hash = ?"
	putDevice = "INSERT INTO devices (id, last_number, doc) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET last_number = excluded.last_number, doc = excluded.doc"
	putResult = "INSERT INTO results (device, number, at, doc) VALUES (?, ?, ?, ?) ON CONFLICT (device, number) DO UPDATE SET at = excluded.at, doc = excluded.doc"
	putDraft  = "INSERT INTO drafts (agent, chat, doc) VALUES (?, ?, ?) ON CONFLICT (agent, chat) DO UPDATE SET doc = excluded.doc"
	dropDraft = "DELETE FROM drafts WHERE agent = ? AND chat = ?"

	makeStream  = "INSERT INTO streams (kind, name, head, floor) VALUES (?, ?, 0, 0) RETURNING id"
	setHead     = "UPDATE streams SET head = ? WHERE id = ?"
	putFrame    = "INSERT INTO log (stream, seq, at, frame) VALUES (?, ?, ?, ?)"
	setClock    = "UPDATE meta SET clock = ?"
	setEpoch    = "UPDATE meta SET epoch = ?"
	dropLog     = "DELETE FROM log"
	dropStreams = "DELETE FROM streams"

	dropFrames   = "DELETE FROM log WHERE stream = ? AND seq <= ?"
	raiseFloor   = "UPDATE streams SET floor = ? WHERE id = ?"
	dropResults  = "DELETE FROM results WHERE device = ? AND number <= ?"
	dropOutgoing = "DELETE FROM outgoing WHERE message = ?"
)

// Write puts or drops one row at a moment.
func (t *Tx) Write(w desk.Write, at chat.Millis) {
	switch w := w.(type) {
	case desk.PutCustomer:
		t.put(putCustomer, row.Customer(w.Customer), w.Customer.Key, store.Fold(w.Customer.ID))
	case desk.DropCustomer:
		t.exec(dropCustomer, w.Key)
	case desk.PutIdentity:
		t.putIdentity(w.Identity)
	case desk.DropIdentity:
		t.exec(dropIdentity, w.ID)
		t.exec(dropAddresses, w.ID)
	case desk.PutChat:
		c := w.Chat
		t.put(putChat, row.NewChat(c), c.ID, c.Identity, c.Asset, c.Customer, c.Team, c.Assignee, c.Status, c.CreatedAt,
			attention(&c), unless(c.Alias == "", store.Fold(c.Alias)), place(&c))
	case desk.PutMessage:
		t.putMessage(w.Message, w.Vendor)
	case desk.PutMedia:
		t.put(putMedia, row.Media(w.Media), w.Media.ID, unless(w.Media.State != chat.MediaPending, w.Media.NextAt))
	case desk.PutOutgoing:
		o := w.Outgoing
		t.put(putOutgoing, row.NewOutgoing(o), o.Message, o.Chat, o.Number, unless(o.State == desk.OutDone, o.State), o.NextAt,
			unless(o.State != desk.OutDone, o.Since))
	case desk.PutTimer:
		t.put(putTimer, row.Timer(w.Timer), w.Timer.ID, w.Timer.At)
	case desk.DropTimer:
		t.exec(dropTimer, w.ID)
	case desk.PutDevice:
		t.put(putDevice, row.Device(w.Device), w.Device.ID, w.Device.LastNumber)
	case desk.PutResult:
		t.put(putResult, row.NewResult(w.Result), w.Result.Device, w.Result.Number, at)
	case desk.PutDraft:
		t.put(putDraft, row.Draft(w.Draft), w.Draft.Agent, w.Draft.Chat)
	case desk.DropDraft:
		t.exec(dropDraft, w.Agent, w.Chat)
	default:
		t.writeTenant(w)
	}
}

// writeTenant puts the rows that an admin's commands make.
func (t *Tx) writeTenant(w desk.Write) {
	switch w := w.(type) {
	case desk.PutTeam:
		t.put(putTeam, row.NewTeam(w.Team), w.Team.ID, w.Team.Prefix)
	case desk.PutAgent:
		t.putAgent(w.Agent)
	case desk.PutAsset:
		t.put(putAsset, row.Asset(w.Asset), w.Asset.ID, w.Asset.Channel, w.Asset.VendorID)
	case desk.PutCredential:
		t.put(putCredential, row.Credential(w.Credential), w.Credential.Name)
	case desk.PutToken:
		t.put(putToken, row.Token(w.Token), w.Token.Hash, w.Token.CreatedAt)
	case desk.DropToken:
		t.exec(dropToken, w.Hash)
	default:
		panic(fmt.Sprintf("BUG: table: unknown write %T", w))
	}
}

// attention is how c counts among the chats of its agent.
func attention(c *chat.Chat) int {
	switch {
	case chat.IsPending(c, c.Assignee):
		return 2
	case c.Status == chat.Picked && c.WaitingSince != 0:
		return 1
	}
	return 0
}

// place is where c lies among its team's queued chats; NULL: it is none of them.
func place(c *chat.Chat) any {
	if c.Status != chat.Queued {
		return nil
	}
	return store.Place(c)
}

func (t *Tx) putAgent(a desk.Agent) {
	t.put(putAgent, row.Agent(a), a.ID)
	t.exec(dropMembers, a.ID)
	for _, team := range a.Teams {
		t.exec(putMember, team, a.ID)
	}
}

func (t *Tx) putIdentity(i chat.Identity) {
	t.put(putIdentity, row.NewIdentity(i), i.ID, i.Customer)
	t.exec(dropAddresses, i.ID)
	for n, a := range i.Addresses {
		if !slices.Contains(i.Addresses[:n], a) {
			t.exec(putAddress, i.Channel, a.Kind, a.Value, i.ID)
		}
	}
}

func (t *Tx) putMessage(m chat.Message, v desk.VendorKey) {
	answers := 0
	if chat.Answers(&m) {
		answers = 1
	}
	none := v.ID == ""
	t.put(putMessage, row.NewMessage(m), m.Chat, m.Number, m.ID, m.Kind, answers, unless(none, v.Channel), unless(none, v.ID))
}

// unless is the value of a column that is NULL if none is true.
func unless(none bool, value any) any {
	if none {
		return nil
	}
	return value
}

// put runs a statement whose last parameter is the row's doc.
func (t *Tx) put(statement string, doc any, columns ...any) {
	if t.err != nil {
		return
	}
	text, err := row.Text(doc)
	if err != nil {
		t.err = fmt.Errorf("table: %w", err)
		return
	}
	t.exec(statement, append(columns, text)...)
}

func (t *Tx) exec(statement string, args ...any) {
	if t.err == nil {
		t.err = t.engine.Exec(statement, args)
	}
}
