package wire

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"iter"
)

// Digest is of the chats that a stream carries, in whatever order they come: console and server compare theirs at
// the same position. It is the sum modulo 2^64, over the chats, of the first 8 bytes (big endian) of the SHA-256 of
// one line for each, as 16 hex digits.
func Digest(chats iter.Seq[*Chat]) string {
	var sum uint64
	for c := range chats {
		hash := sha256.Sum256(digestLine(c))
		sum += binary.BigEndian.Uint64(hash[:8])
	}
	return fmt.Sprintf("%016x", sum)
}

// digestLine is what a chat is hashed as: its facts with a space between, numbers in decimal, an absent id as "-".
func digestLine(c *Chat) []byte {
	return fmt.Appendf(nil, "%s %s %s %s %s %s %s %d %d %d %d %d %d %d %d %d %d %d", c.ID, c.Status, c.Team, c.Asset,
		c.Identity, c.Customer, orDash(c.Assignee), c.Priority, c.Assignment, c.AssignedAt, c.OpenedAt, c.WaitingSince,
		c.LastInboundAt, c.LastNumber, c.InboundCount, c.ReadTo, c.Unread, c.SettledTo)
}

func orDash(id string) string {
	if id == "" {
		return "-"
	}
	return id
}
