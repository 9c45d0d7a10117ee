package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// The queries, each a constant text that is prepared once a connection. One that reads rows selects a name of
// the row, which errors give, and its doc.
const (
	oneTeam         = "SELECT id, doc FROM teams WHERE id = ?"
	allTeams        = "SELECT id, doc FROM teams ORDER BY id"
	teamOfPrefix    = "SELECT id, doc FROM teams WHERE prefix = ?"
	oneAgent        = "SELECT id, doc FROM agents WHERE id = ?"
	allAgents       = "SELECT id, doc FROM agents ORDER BY id"
	oneAsset        = "SELECT id, doc FROM assets WHERE id = ?"
	allAssets       = "SELECT id, doc FROM assets ORDER BY id"
	assetOfVendor   = "SELECT id, doc FROM assets WHERE channel = ? AND vendor = ?"
	oneCredential   = "SELECT name, doc FROM credentials WHERE name = ?"
	allCredentials  = "SELECT name, doc FROM credentials ORDER BY name"
	oneToken        = "SELECT hash, doc FROM tokens WHERE hash = ?"
	allTokens       = "SELECT hash, doc FROM tokens ORDER BY created_at, hash"
	oneCustomer     = "SELECT key, doc FROM customers WHERE key = ?"
	customerOfID    = "SELECT key, doc FROM customers WHERE folded = ?"
	oneIdentity     = "SELECT id, doc FROM identities WHERE id = ?"
	identityAt      = "SELECT i.id, i.doc FROM addresses a JOIN identities i ON i.id = a.identity WHERE a.channel = ? AND a.kind = ? AND a.value = ?"
	identitiesOf    = "SELECT id, doc FROM identities WHERE customer = ? ORDER BY id"
	oneChat         = "SELECT id, doc FROM chats WHERE id = ?"
	openChat        = "SELECT id, doc FROM chats WHERE identity = ? AND asset = ? AND status <> 'closed'"
	lastChat        = "SELECT id, doc FROM chats WHERE identity = ? AND asset = ? ORDER BY created_at DESC, id DESC LIMIT 1"
	chatsOfIdentity = "SELECT id, doc FROM chats WHERE identity = ? ORDER BY created_at, id"
	chatsHeld       = "SELECT id, doc FROM chats WHERE assignee = ? AND assignee <> '' AND status IN ('picked', 'on_hold') ORDER BY id"
	countsOf        = "SELECT count(*), COALESCE(sum(attention >= 1), 0), COALESCE(sum(attention = 2), 0) FROM chats WHERE assignee = ? AND assignee <> '' AND status = 'picked'"
	chatsQueued     = "SELECT id, doc FROM chats WHERE team = ? AND status = 'queued' ORDER BY id"
	chatsOfCustomer = "SELECT id, doc FROM chats WHERE customer = ? ORDER BY created_at DESC, id"
	oneMessage      = "SELECT id, doc FROM messages WHERE chat = ? AND number = ?"
	messageOfID     = "SELECT id, doc FROM messages WHERE id = ?"
	messageOfVendor = "SELECT id, doc FROM messages WHERE vendor_id = ? AND vendor_channel = ?"
	messagesBefore  = "SELECT id, doc FROM messages WHERE chat = ? AND number < ? ORDER BY number DESC LIMIT ?"
	lastAnswer      = "SELECT number FROM messages WHERE chat = ? AND kind = 'reply' AND answers = 1 ORDER BY number DESC LIMIT 1"
	firstInbound    = "SELECT id, doc FROM messages WHERE chat = ? AND number > ? AND kind = 'inbound' ORDER BY number LIMIT 1"
	repliesAfter    = "SELECT id, doc FROM messages WHERE chat = ? AND number > ? AND kind = 'reply' ORDER BY number"
	oneMedia        = "SELECT id, doc FROM media WHERE id = ?"
	oneOutgoing     = "SELECT message, doc FROM outgoing WHERE message = ?"
	oneDevice       = "SELECT id, doc FROM devices WHERE id = ?"
	oneResult       = "SELECT device, doc FROM results WHERE device = ? AND number = ?"
	oneTimer        = "SELECT id, doc FROM timers WHERE id = ?"

	// inTurn says of a pending row o that no earlier or sending one of its chat holds it back.
	inTurn = ` o.open = 'pending' AND NOT EXISTS (SELECT 1 FROM outgoing p WHERE p.chat = o.chat AND
		(p.open = 'sending' OR p.open = 'pending' AND p.number < o.number) AND p.open IS NOT NULL)`
	dueOutgoing  = "SELECT o.message, o.doc FROM outgoing o WHERE o.next_at <= ? AND" + inTurn + " ORDER BY o.next_at, o.message LIMIT ?"
	nextOutgoing = "SELECT o.next_at FROM outgoing o WHERE" + inTurn + " ORDER BY o.next_at LIMIT 1"
	sending      = "SELECT message, doc FROM outgoing WHERE open = 'sending' ORDER BY chat, number, message"
	countOpen    = "SELECT count(*) FROM outgoing WHERE open = ?"
	dueMedia     = "SELECT id, doc FROM media WHERE due <= ? ORDER BY due, id LIMIT ?"
	nextMedia    = "SELECT due FROM media WHERE due IS NOT NULL ORDER BY due LIMIT 1"
	dueTimers    = "SELECT id, doc FROM timers WHERE at <= ? ORDER BY at, id LIMIT ?"
	nextTimer    = "SELECT at FROM timers ORDER BY at LIMIT 1"

	clockQuery = "SELECT clock FROM meta"
	headQuery  = "SELECT head FROM streams WHERE kind = ? AND name = ?"
	floorQuery = "SELECT floor FROM streams WHERE kind = ? AND name = ?"
	frameQuery = `SELECT seq, frame FROM log WHERE stream = (SELECT id FROM streams WHERE kind = ? AND name = ?)
		AND seq > ? ORDER BY seq LIMIT ?`
)

// doc is a stored format of N.
type doc[N any] interface{ noun() N }

// one returns the row that query finds.
func one[D doc[N], N any](r *reader, query string, args ...any) (n N, ok bool) {
	rows := many[D](r, query, args...)
	if len(rows) == 0 {
		return n, false
	}
	return rows[0], true
}

// many returns the rows that query finds, in its order.
func many[D doc[N], N any](r *reader, query string, args ...any) []N {
	var out []N
	r.each(query, args, func(rows *sql.Rows) error {
		var name string
		var text sql.RawBytes
		if err := rows.Scan(&name, &text); err != nil {
			return err
		}
		var d D
		if err := decode(text, &d); err != nil {
			return fmt.Errorf("the %T of row %q: %w", d, name, err)
		}
		out = append(out, d.noun())
		return nil
	})
	if r.err != nil {
		return nil
	}
	return out
}

// number returns the one number that query finds, or 0.
func (r *reader) number(query string, args ...any) (n int64, ok bool) {
	r.each(query, args, func(rows *sql.Rows) error {
		ok = true
		return rows.Scan(&n)
	})
	return n, ok && r.err == nil
}

// each calls f for every row that query finds. A failure is kept, and nothing is read after one.
func (r *reader) each(query string, args []any, f func(*sql.Rows) error) {
	if r.err != nil {
		return
	}
	if err := r.conn.each(query, args, f); err != nil {
		r.err = explain("read", err)
	}
}

func (c *conn) each(query string, args []any, f func(*sql.Rows) error) (err error) {
	s, err := c.statement(query)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(context.Background(), args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := f(rows); err != nil {
			if errors.Is(err, errEnough) {
				return nil
			}
			return err
		}
	}
	return rows.Err()
}

// errEnough ends the reading of rows without a failure.
var errEnough = errors.New("enough rows")
