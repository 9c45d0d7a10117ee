package memory

import (
	"math"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// Mirror is a part of another store's committed state: the rows that its transactions have read and written lately. It
// saves a distant store the round trips for them. Nobody else may have committed to that store since.
type Mirror struct {
	// Newest is how many of a chat's newest messages are read at a time; 0: DefaultNewest.
	Newest int
	part
}

// part is some rows, with what is known of the others.
type part struct {
	state
	rows  int           // about how many
	known tree[int64]   // a key of a row, or a value in keys, or what such values begin with: all that has it is here, where it ends in a number from that number on
	first tree[stretch] // of a chat's numbers: all of the customer's messages in it are here
}

// stretch is numbers, both ends included.
type stretch struct{ from, to int64 }

// everything is a part of known that has no numbers.
const everything = math.MinInt64

// Over returns a transaction that writes to under and answers from m what m knows. m stays as it is.
func (m *Mirror) Over(under store.Tx) *MirrorTx {
	t := &MirrorTx{Tx: under, Newest: m.Newest, part: m.part}
	if m.rows > MirrorRows {
		t.part = part{}
	}
	return t
}

// MirrorRows is how many rows a Mirror has at most when an outcome is applied; it forgets all of them beyond.
const MirrorRows = 50_000

// MirrorTx is a transaction over a Mirror.
type MirrorTx struct {
	store.Tx
	Newest int
	part
	conflict error
}

var _ store.Tx = (*MirrorTx)(nil)

// Mirror returns the mirror of the state after the transaction, which must have been committed.
func (t *MirrorTx) Mirror() *Mirror { return &Mirror{t.Newest, t.part} }

// Epoch implements desk.View.
func (t *MirrorTx) Epoch() string { return t.Tx.Epoch() }

// Clock implements store.Reader.
func (t *MirrorTx) Clock() chat.Millis { return t.Tx.Clock() }

// Err implements store.Reader.
func (t *MirrorTx) Err() error {
	if t.conflict != nil {
		return t.conflict
	}
	return t.Tx.Err()
}

// Apply implements store.Tx.
func (t *MirrorTx) Apply(o desk.Outcome, at chat.Millis) []store.Frame {
	if t.rows > MirrorRows {
		t.part = part{} // the rest of a very long transaction goes on without
	}
	own := tx{reader{state: &t.state}}
	for _, w := range o.Writes {
		if t.conflict == nil {
			t.conflict = own.write(w, at)
			t.gone(w)
			t.rows++
		}
	}
	if t.Err() != nil {
		return nil
	}
	return t.Tx.Apply(o, at)
}

// gone notes that a row is not there any more.
func (t *MirrorTx) gone(w desk.Write) {
	switch w := w.(type) {
	case desk.DropCustomer:
		t.learn(rowKey+customerKey+string(w.Key), everything)
	case desk.DropIdentity:
		t.learn(rowKey+identityKey+string(w.ID), everything)
	case desk.DropToken:
		t.learn(rowKey+tokenKey+w.Hash, everything)
	case desk.DropTimer:
		t.learn(rowKey+timerKey+w.ID, everything)
	case desk.DropDraft:
		t.learn(rowKey+draftsKey+draftKey(w.Agent, w.Chat), everything)
	}
}

// Prune implements store.Tx. What it drops besides frames are results and outgoing rows; these are read anew.
func (t *MirrorTx) Prune(r store.Retention, now chat.Millis) int {
	t.results, t.outgoing = tree[result]{}, tree[desk.Outgoing]{}
	return t.Tx.Prune(r, now)
}

// learn notes that everything with a key, from a number on, is here. A read that failed has taught nothing.
func (t *MirrorTx) learn(key string, from int64) {
	if t.Tx.Err() == nil {
		t.known.put(key, from)
		t.rows++
	}
}

func (t *MirrorTx) knows(key string, from int64) bool {
	known, ok := t.known.get(key)
	return ok && known <= from
}

// keep adds a row that was read; one that is here is newer or the same.
func keep[V any](t *MirrorTx, rows *tree[V], key string, row V, keysOf func(*V) []string) {
	if _, here := rows.get(key); here {
		return
	}
	t.rows++
	rows.put(key, row)
	for _, k := range keysOf(&row) {
		t.keys.put(k, key)
	}
}

// lookUp returns the row with a key. kind tells its keys from those of other kinds; without one it is not learned that
// there is none.
func lookUp[V any](t *MirrorTx, rows *tree[V], kind, key string, keysOf func(*V) []string, read func() (V, bool)) (V, bool) {
	if row, ok := rows.get(key); ok || kind != "" && t.knows(rowKey+kind+key, everything) {
		return row, ok
	}
	row, ok := read()
	if ok {
		keep(t, rows, key, row, keysOf)
	} else if kind != "" {
		t.learn(rowKey+kind+key, everything)
	}
	return row, ok
}

// findOne returns the row with a unique value; keyOf is the key of a row that was read.
func findOne[V any](t *MirrorTx, rows *tree[V], value string, keysOf func(*V) []string, keyOf func(*V) string, read func() (V, bool)) (V, bool) {
	if row, ok := find(&t.state, rows, value); ok || t.knows(value, everything) {
		return row, ok
	}
	row, ok := read()
	if ok {
		keep(t, rows, keyOf(&row), row, keysOf)
	} else {
		t.learn(value, everything)
	}
	return row, ok
}

// fill makes sure that all rows whose values begin with prefix are here.
func fill[V any](t *MirrorTx, rows *tree[V], prefix string, keysOf func(*V) []string, keyOf func(*V) string, read func() []V) {
	if t.knows(prefix, everything) {
		return
	}
	for _, row := range read() {
		keep(t, rows, keyOf(&row), row, keysOf)
	}
	t.learn(prefix, everything)
}

// The kinds of keys in known that are not those in keys.
var (
	rowKey        = str("row")
	teamKey       = str("team")
	agentKey      = str("agent")
	assetKey      = str("asset")
	credentialKey = str("credential")
	tokenKey      = str("token")
	customerKey   = str("customer")
	identityKey   = str("identity")
	chatKey       = str("chat")
	messageKey    = str("message")
	mediaKey      = str("media")
	timerKey      = str("timer")
	deviceKey     = str("device")
	draftsKey     = str("draft")
	allOf         = str("all of")
)
