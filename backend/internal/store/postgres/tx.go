package postgres

import (
	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/internal/store/row"
	"parley/backend/internal/store/table"
)

const (
	lockMeta    = "SELECT version FROM meta FOR UPDATE"
	nextVersion = "UPDATE meta SET version = ?"
	// messagesOfVendor finds messages of all channels; ids of two vendors are hardly ever the same.
	messagesOfVendor = "SELECT vendor_channel, vendor_id, doc FROM messages WHERE vendor_id = ANY (?) ORDER BY vendor_id, vendor_channel"

	tell = "SELECT pg_notify('" + channel + "', ?)"
)

// known is what a server knows of the database after its own commit, at a version.
type known struct {
	version int64
	mirror  *memory.Mirror
	streams table.Streams
}

// tx is a write transaction that has the commits' lock.
type tx struct {
	*memory.MirrorTx
	table   *table.Tx
	conn    *conn
	version int64
}

var _ store.Tx = (*tx)(nil)

// begin waits for its turn. before is used if nobody else has committed since.
func begin(c *conn, before known) (*tx, error) {
	if err := c.Exec("BEGIN ISOLATION LEVEL READ COMMITTED", nil); err != nil {
		return nil, err
	}
	t := &tx{conn: c}
	if err := c.Query(lockMeta, nil, func(found table.Row) error { return found.Scan(&t.version) }); err != nil {
		return nil, err
	}
	if before.mirror == nil || before.version != t.version {
		before = known{mirror: &memory.Mirror{}}
	}
	t.table = table.Begin(c, before.streams)
	t.MirrorTx = before.mirror.Over(t.table)
	return t, t.Err()
}

// Expect implements store.Tx: all that is not known is read in one round trip.
func (t *tx) Expect(keys []desk.VendorKey) {
	keys = t.Unknown(keys)
	if len(keys) == 0 || t.Err() != nil {
		return
	}
	var ids []string
	for _, k := range keys {
		ids = append(ids, k.ID)
	}
	found := map[desk.VendorKey]chat.Message{}
	err := t.conn.Query(messagesOfVendor, []any{ids}, func(r table.Row) error {
		var k desk.VendorKey
		var text table.Text
		var m row.Message
		if err := r.Scan((*string)(&k.Channel), &k.ID, &text); err != nil {
			return err
		}
		err := row.Parse(text, &m)
		found[k] = m.Noun()
		return err
	})
	t.table.Fail(err)
	t.Found(keys, found)
}

// end commits and tells the other servers. It returns what is known then.
func (t *tx) end(name string) (known, error) {
	after := known{version: t.version + 1, mirror: t.Mirror(), streams: t.table.Streams()}
	for _, call := range []struct {
		statement string
		args      []any
	}{{nextVersion, []any{after.version}}, {tell, []any{name}}, {"COMMIT", nil}} {
		if err := t.conn.Exec(call.statement, call.args); err != nil {
			return known{}, err
		}
	}
	return after, t.conn.send(nil)
}
