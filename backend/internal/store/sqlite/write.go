package sqlite

import (
	"fmt"
	"slices"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

const (
	putTeam       = "INSERT INTO teams (id, prefix, doc) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET prefix = excluded.prefix, doc = excluded.doc"
	putAgent      = "INSERT INTO agents (id, doc) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc"
	putAsset      = "INSERT INTO assets (id, channel, vendor, doc) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET channel = excluded.channel, vendor = excluded.vendor, doc = excluded.doc"
	putCredential = "INSERT INTO credentials (name, doc) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET doc = excluded.doc"
	putToken      = "INSERT INTO tokens (hash, created_at, doc) VALUES (?, ?, ?) ON CONFLICT (hash) DO UPDATE SET created_at = excluded.created_at, doc = excluded.doc"
	putCustomer   = "INSERT INTO customers (key, folded, doc) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET folded = excluded.folded, doc = excluded.doc"
	dropCustomer  = "DELETE FROM customers WHERE key = ?"
	putIdentity   = "INSERT INTO identities (id, customer, doc) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET customer = excluded.customer, doc = excluded.doc"
	dropIdentity  = "DELETE FROM identities WHERE id = ?"
	putAddress    = "INSERT INTO addresses (channel, kind, value, identity) VALUES (?, ?, ?, ?)"
	dropAddresses = "DELETE FROM addresses WHERE identity = ?"
	putChat       = `INSERT INTO chats (id, identity, asset, customer, team, assignee, status, created_at, attention, doc)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET identity = excluded.identity,
		asset = excluded.asset, customer = excluded.customer, team = excluded.team, assignee = excluded.assignee,
		status = excluded.status, created_at = excluded.created_at, attention = excluded.attention,
		doc = excluded.doc`
	putMessage = `INSERT INTO messages (chat, number, id, kind, answers, vendor_channel, vendor_id, doc)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (chat, number) DO UPDATE SET id = excluded.id,
		kind = excluded.kind, answers = excluded.answers,
		vendor_channel = CASE WHEN excluded.vendor_id IS NULL THEN vendor_channel ELSE excluded.vendor_channel END,
		vendor_id = COALESCE(excluded.vendor_id, vendor_id), doc = excluded.doc`
	putMedia    = "INSERT INTO media (id, due, doc) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET due = excluded.due, doc = excluded.doc"
	putOutgoing = `INSERT INTO outgoing (message, chat, number, open, next_at, doc) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (message) DO UPDATE SET chat = excluded.chat, number = excluded.number, open = excluded.open,
		next_at = excluded.next_at, doc = excluded.doc`
	putTimer  = "INSERT INTO timers (id, at, doc) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET at = excluded.at, doc = excluded.doc"
	dropTimer = "DELETE FROM timers WHERE id = ?"
	putDevice = "INSERT INTO devices (id, doc) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET doc = excluded.doc"
	putResult = "INSERT INTO results (device, number, doc) VALUES (?, ?, ?) ON CONFLICT (device, number) DO UPDATE SET doc = excluded.doc"
)

// write puts or drops one row.
func (t *tx) write(w desk.Write) {
	switch w := w.(type) {
	case desk.PutCustomer:
		t.put(putCustomer, customerDoc(w.Customer), w.Customer.Key, store.Fold(w.Customer.ID))
	case desk.DropCustomer:
		t.exec(dropCustomer, w.Key)
	case desk.PutIdentity:
		t.putIdentity(w.Identity)
	case desk.DropIdentity:
		t.exec(dropIdentity, w.ID)
		t.exec(dropAddresses, w.ID)
	case desk.PutChat:
		c := w.Chat
		t.put(putChat, chatDoc(c), c.ID, c.Identity, c.Asset, c.Customer, c.Team, c.Assignee, c.Status, c.CreatedAt, attention(&c))
	case desk.PutMessage:
		t.putMessage(w.Message, w.Vendor)
	case desk.PutMedia:
		t.put(putMedia, mediaDoc(w.Media), w.Media.ID, unless(w.Media.State != chat.MediaPending, w.Media.NextAt))
	case desk.PutOutgoing:
		o := w.Outgoing
		t.put(putOutgoing, newOutgoingDoc(o), o.Message, o.Chat, o.Number, unless(o.State == desk.OutDone, o.State), o.NextAt)
	case desk.PutTimer:
		t.put(putTimer, timerDoc(w.Timer), w.Timer.ID, w.Timer.At)
	case desk.DropTimer:
		t.exec(dropTimer, w.ID)
	case desk.PutDevice:
		t.put(putDevice, deviceDoc(w.Device), w.Device.ID)
	case desk.PutResult:
		t.put(putResult, newResultDoc(w.Result), w.Result.Device, w.Result.Number)
	default:
		t.writeTenant(w)
	}
}

// writeTenant puts the rows that an admin's commands make.
func (t *tx) writeTenant(w desk.Write) {
	switch w := w.(type) {
	case desk.PutTeam:
		t.put(putTeam, teamDoc(w.Team), w.Team.ID, w.Team.Prefix)
	case desk.PutAgent:
		t.put(putAgent, agentDoc(w.Agent), w.Agent.ID)
	case desk.PutAsset:
		t.put(putAsset, assetDoc(w.Asset), w.Asset.ID, w.Asset.Channel, w.Asset.VendorID)
	case desk.PutCredential:
		t.put(putCredential, credentialDoc(w.Credential), w.Credential.Name)
	case desk.PutToken:
		t.put(putToken, tokenDoc(w.Token), w.Token.Hash, w.Token.CreatedAt)
	default:
		panic(fmt.Sprintf("BUG: sqlite: unknown write %T", w))
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

func (t *tx) putIdentity(i chat.Identity) {
	t.put(putIdentity, newIdentityDoc(i), i.ID, i.Customer)
	t.exec(dropAddresses, i.ID)
	for n, a := range i.Addresses {
		if !slices.Contains(i.Addresses[:n], a) {
			t.exec(putAddress, i.Channel, a.Kind, a.Value, i.ID)
		}
	}
}

func (t *tx) putMessage(m chat.Message, v desk.VendorKey) {
	answers := 0
	if chat.Answers(&m) {
		answers = 1
	}
	none := v.ID == ""
	t.put(putMessage, newMessageDoc(m), m.Chat, m.Number, m.ID, m.Kind, answers, unless(none, v.Channel), unless(none, v.ID))
}

// unless is the value of a column that is NULL if none is true.
func unless(none bool, value any) any {
	if none {
		return nil
	}
	return value
}

// put runs a statement whose last parameter is the row's doc.
func (t *tx) put(statement string, row any, columns ...any) {
	if t.err != nil {
		return
	}
	text, err := encode(row)
	if err != nil {
		t.err = fmt.Errorf("sqlite: %w", err)
		return
	}
	t.exec(statement, append(columns, text)...)
}

func (t *tx) exec(statement string, args ...any) {
	if t.err != nil {
		return
	}
	if _, err := t.conn.exec(statement, args...); err != nil {
		t.err = explain("write", err)
	}
}
