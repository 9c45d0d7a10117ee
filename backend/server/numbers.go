package server

import (
	"cmp"
	"slices"
	"sync"

	"parley/backend/chat"
	"parley/backend/server/admin"
)

// maxNumbers is how many unknown numbers are remembered; the counter in /metrics counts on.
const maxNumbers = 1000

// numbers remembers for which numbers messages came that no asset has, so that an admin sees what is missing.
type numbers struct {
	mu    sync.Mutex
	known map[numberKey]*admin.UnknownNumber
}

type numberKey struct {
	channel chat.Channel
	id      string
}

func (n *numbers) add(ch chat.Channel, id string, at chat.Millis) {
	n.mu.Lock()
	defer n.mu.Unlock()
	key := numberKey{ch, id}
	if n.known[key] == nil {
		if len(n.known) >= maxNumbers {
			return
		}
		n.known[key] = &admin.UnknownNumber{Channel: string(ch), VendorID: id}
	}
	n.known[key].Count++
	n.known[key].LastAt = int64(at)
}

// list returns the numbers by channel and id.
func (n *numbers) list() []admin.UnknownNumber {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := make([]admin.UnknownNumber, 0, len(n.known))
	for _, u := range n.known {
		all = append(all, *u)
	}
	slices.SortFunc(all, func(a, b admin.UnknownNumber) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.VendorID, b.VendorID))
	})
	return all
}
