package chat

import (
	"cmp"
	"strings"
)

// Order is how a list of chats is sorted. Values leave the process.
type Order string

const (
	LastAssigned  Order = "last_assigned" // the default of My Chats
	LongestWait   Order = "longest_waiting"
	LatestInbound Order = "latest_incoming"
	HighestFirst  Order = "highest_priority"
	EarliestFirst Order = "earliest_incoming" // of the queue alone: LatestInbound the other way round
)

// Compare orders a and b by o: negative if a comes first. Every order is total (rule O1): it ends in AssignedAt
// descending, AssignedIndex ascending, ID ascending by byte.
func (o Order) Compare(a, b *Chat) int {
	var c int
	switch o {
	case LongestWait:
		c = byWaiting(a, b)
	case LatestInbound:
		c = cmp.Compare(b.LastInboundAt, a.LastInboundAt)
	case EarliestFirst:
		c = byInbound(a, b)
	case HighestFirst:
		c = cmp.Or(cmp.Compare(a.Priority.rank(), b.Priority.rank()), byWaiting(a, b))
	}
	return cmp.Or(c, cmp.Compare(b.AssignedAt, a.AssignedAt), cmp.Compare(a.AssignedIndex, b.AssignedIndex),
		strings.Compare(string(a.ID), string(b.ID)))
}

// byInbound puts the customer's oldest message first; never written comes last.
func byInbound(a, b *Chat) int {
	return cmp.Or(cmp.Compare(never(a), never(b)), cmp.Compare(a.LastInboundAt, b.LastInboundAt))
}

func never(c *Chat) int {
	if c.LastInboundAt == 0 {
		return 1
	}
	return 0
}

// Orders of each list; the first is the one that is used until an agent chooses.
var (
	MyOrders    = []Order{LastAssigned, LongestWait, LatestInbound, HighestFirst}
	QueueOrders = []Order{LongestWait, LatestInbound, EarliestFirst, HighestFirst}
)

// rank orders priorities, the unset one last.
func (p Priority) rank() int {
	if p == Unset {
		return int(Low) + 1
	}
	return int(p)
}

// byWaiting puts those who wait first, by how long; then the others by their last message; last those whose
// customer has never written.
func byWaiting(a, b *Chat) int {
	key := func(c *Chat) (int, Millis) {
		switch {
		case c.WaitingSince != 0:
			return 0, c.WaitingSince
		case c.LastInboundAt != 0:
			return 1, c.LastInboundAt
		}
		return 2, 0
	}
	ga, ta := key(a)
	gb, tb := key(b)
	return cmp.Or(cmp.Compare(ga, gb), cmp.Compare(ta, tb))
}
