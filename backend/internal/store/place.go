package store

import (
	"fmt"
	"math"

	"parley/backend/chat"
)

// Place returns the text by which a queued chat lies among those of its team: compared by byte, places are in
// chat.LongestWait's order, and no two chats have the same. The tables keep it, so a change of that order, or of this,
// is a step of their schemas. No moment or index is negative.
func Place(c *chat.Chat) string {
	group, since := 2, chat.Millis(0)
	switch {
	case c.WaitingSince != 0:
		group, since = 0, c.WaitingSince
	case c.LastInboundAt != 0:
		group, since = 1, c.LastInboundAt
	}
	return fmt.Sprintf("%d%016x%016x%016x%s", group, int64(since), math.MaxInt64-int64(c.AssignedAt), c.AssignedIndex, c.ID)
}
