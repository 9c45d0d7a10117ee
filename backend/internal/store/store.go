// Package store is the port behind which the server's state and streams lie. It owns durability and the
// numbering of frames; what the rows mean is desk's. Every implementation passes storetest's one suite, and all
// give byte-equal streams for the same inputs.
package store

import (
	"context"
	"errors"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/wire"
)

// Errors that a caller tells apart with errors.Is.
var (
	ErrInUse  = errors.New("store: this folder is in use by another process")
	ErrNoRoom = errors.New("store: no room left on the disk")
	// ErrReadOnly: the disk or the database takes no writes, and not for want of room.
	ErrReadOnly = errors.New("store: the disk can only be read, not written")
	// ErrDisk: the disk or the file system fails. Nobody knows whether it will take the next write.
	ErrDisk   = errors.New("store: the disk fails")
	ErrClosed = errors.New("store: closed")
	// ErrConflict: a write would give two rows one unique value: a team's prefix, an asset's (channel, vendor id),
	// a Customer ID whatever its case, an address, a message's id or (channel, vendor id), a chat's alias whatever its
	// case, or a second chat of (identity, asset) that is not closed. Writes are applied in order, so what gives a value
	// up comes first.
	ErrConflict = errors.New("store: a unique value is taken")
	// ErrUnfit: a row or a frame that cannot be encoded: text that is not UTF-8, or a frame beyond wire.MaxDownBytes.
	ErrUnfit = errors.New("store: it cannot be encoded")
)

// Store is one tenant's database.
type Store interface {
	// Commit runs f in one write transaction, which is durable when Commit returns nil, and undone whole when f
	// or the store fails. Commits run one after the other. A ctx of Ending lets it use the last room.
	Commit(ctx context.Context, f func(Tx) error) error
	// Read runs f on one consistent snapshot; it does not wait for commits and they do not wait for it.
	Read(ctx context.Context, f func(Reader) error) error
	Close() error
}

// Frame is a frame of a stream as the bytes that are sent: a wire.Down with Frame set.
type Frame struct {
	Stream wire.Stream
	Seq    int64
	Bytes  []byte
}

// Reader is a consistent state.
type Reader interface {
	desk.View

	// Head is the position of the newest frame of a stream; Seq 0 where none was written yet.
	Head(wire.Stream) wire.Position
	// Heads yields every stream that was written to and the number of its newest frame, by kind and id. While it runs
	// nothing else may be read.
	Heads(yield func(wire.Stream, int64) bool)
	// Floor is the lowest position that the log can continue from: frames Floor+1 … Head are there.
	Floor(wire.Stream) int64
	// Frames returns at most n frames with seq above after, in order.
	Frames(s wire.Stream, after int64, n int) []Frame

	// DueOutgoing returns at most n pending rows with NextAt ≤ now, oldest NextAt first: of each chat only the
	// one with the lowest number that is pending or sending, and none of a chat that has one sending. Here and
	// below equal moments are ordered by id.
	DueOutgoing(now chat.Millis, n int) []desk.Outgoing
	// Sending returns the rows whose attempt was committed and whose end was not, by chat and number.
	Sending() []desk.Outgoing
	DueMedia(now chat.Millis, n int) []desk.Media // pending with NextAt ≤ now, oldest first
	DueTimers(now chat.Millis, n int) []desk.Timer
	// NextDue is the earliest moment at which each of the three above has something; 0: nothing lies there,
	// and what is due at 0 counts as due at 1.
	NextDue() (outgoing, media, timers chat.Millis)

	// OutgoingIn is how many outgoing rows are in a state that is not OutDone, for the server's figures.
	OutgoingIn(desk.OutgoingState) int
	Tokens() []desk.Token           // by CreatedAt, then Hash
	Credentials() []desk.Credential // by Name

	// Rows yields every row as the write that puts it, until yield returns false: the tenant's own rows, then
	// customers and their chats, then what goes out and devices, each kind by its key and whatever a row names
	// before it. While it runs nothing else may be read.
	Rows(yield func(desk.Write) bool)

	// Clock is the highest server time stored.
	Clock() chat.Millis
	// Err is the first failure of any read since the state was opened; a commit with one is undone.
	Err() error
}

// Tx is a state that can be changed.
type Tx interface {
	Reader
	// Apply writes an outcome, gives its frames their numbers, keeps their bytes and returns them. at is the
	// server time that the frames carry.
	Apply(o desk.Outcome, at chat.Millis) []Frame
	SetClock(chat.Millis)
	// Expect says which messages will be looked for by their vendors' ids, so that a distant store can look for all of
	// them at once. It changes no answer.
	Expect(keys []desk.VendorKey)
	// Renew begins the log anew: every frame is dropped, the streams have the given epoch, and no head nor floor.
	// Consoles reset themselves. The rows stay.
	Renew(epoch string)
	// Prune drops what r does not keep: frames, the oldest of each stream first, whose floors it raises to match,
	// then results, the oldest of each device first, then outgoing rows that are done. It drops at most r.Batch in
	// all and returns how many.
	Prune(r Retention, now chat.Millis) int
}
