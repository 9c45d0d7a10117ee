package memory

import (
	"fmt"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// state is everything. A copy of it is a snapshot.
type state struct {
	teams       tree[desk.Team]
	agents      tree[desk.Agent]
	assets      tree[desk.Asset]
	credentials tree[desk.Credential]
	tokens      tree[desk.Token]
	customers   tree[chat.Customer]
	identities  tree[chat.Identity]
	chats       tree[chat.Chat]
	messages    tree[message]
	media       tree[desk.Media]
	outgoing    tree[desk.Outgoing]
	timers      tree[desk.Timer]
	devices     tree[desk.Device]
	results     tree[result]
	drafts      tree[desk.Draft]

	// keys leads from a unique value to the key of the row that has it. A list that is asked for in some order
	// is a run of such values that end in the row's own key.
	keys tree[string]

	streams tree[stream]
	log     tree[entry]
	epoch   string
	clock   chat.Millis
}

type message struct {
	chat.Message
	vendor desk.VendorKey
}

type result struct {
	desk.Result
	at chat.Millis // when it was put
}

// stream is where one stream stands.
type stream struct {
	stream      wire.Stream
	head, floor int64
}

// entry is one frame of the log.
type entry struct {
	store.Frame
	at chat.Millis
}

// put puts a row and gives it the unique values that keysOf says, in place of those that the row before it had.
func put[V any](s *state, rows *tree[V], key string, row V, keysOf func(*V) []string) error {
	release(s, rows, key, keysOf)
	rows.put(key, row)
	for _, k := range keysOf(&row) {
		if other, taken := s.keys.get(k); taken && other != key {
			return fmt.Errorf("memory: put row %q: %w", key, store.ErrConflict)
		}
		s.keys.put(k, key)
	}
	return nil
}

func drop[V any](s *state, rows *tree[V], key string, keysOf func(*V) []string) {
	release(s, rows, key, keysOf)
	rows.drop(key)
}

func release[V any](s *state, rows *tree[V], key string, keysOf func(*V) []string) {
	if before, ok := rows.get(key); ok {
		for _, k := range keysOf(&before) {
			s.keys.drop(k)
		}
	}
}

// find returns the row that has a unique value.
func find[V any](s *state, rows *tree[V], value string) (row V, ok bool) {
	key, ok := s.keys.get(value)
	if !ok {
		return row, false
	}
	return rows.get(key)
}

// list returns the rows whose unique values begin with prefix, in the order of the values.
func list[V any](s *state, rows *tree[V], prefix string) []V {
	var out []V
	for _, key := range s.keys.under(prefix) {
		row, _ := rows.get(key)
		out = append(out, row)
	}
	return out
}

func all[V any](rows *tree[V]) []V {
	var out []V
	for _, row := range rows.from("") {
		out = append(out, row)
	}
	return out
}
