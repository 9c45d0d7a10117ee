package engine

import (
	"context"
	"errors"
	"io"
	"time"

	"parley/app/internal/record"
	"parley/backend/wire"
)

// Disk is what the console keeps: a cache, and an outbox in two copies (package cache: cache.Open(folder), and
// cache.NewMemory() as their twin). The engine calls it from one goroutine, one call at a time; Troubles from any.
type Disk interface {
	// Read returns the records of a bucket whose keys begin with prefix, in order of key; none if there is no
	// such bucket. The values are the caller's.
	Read(f record.File, bucket, prefix string) ([]record.Record, error)
	// Scan calls visit with at most n records of a bucket whose keys begin with prefix, in order of key: the first
	// ones after the key from. key and value are good during the call only. A value that cannot be read is left out,
	// as if it were not there. last is the key of the last one that counted, to go on after it; "" if there are no more.
	Scan(f record.File, bucket, prefix, from string, n int, visit func(key, value []byte)) (last string, err error)
	// Save applies b in one transaction; nil means that it is durable. Where the machine hinders, the error is
	// one of ErrNoRoom, ErrReadOnly and ErrFailing by errors.Is. After an error nothing of b has been applied,
	// and a later Save may work.
	Save(f record.File, b record.Batch) error
	// Forget removes the cache, with what was in it before, and begins it anew.
	Forget() error
	// CacheLost reports whether the cache could not be read when it was opened and was begun anew.
	CacheLost() bool
	// Troubles is what is the matter with the files now; each Save may change it.
	Troubles() []Trouble
	Close() error
}

// Why a Disk does not write.
var (
	ErrNoRoom   = errors.New("no room left on the disk")
	ErrReadOnly = errors.New("the disk may only be read")
	ErrFailing  = errors.New("the disk answers with errors")
)

// TroubleCode says what is the matter with a file. Values leave the process.
type TroubleCode string

const (
	OutboxRestored   TroubleCode = "outbox_restored"    // one copy was damaged, the other had everything
	OutboxDamaged    TroubleCode = "outbox_damaged"     // not all of it could be read; what could be is there
	OutboxOneCopy    TroubleCode = "outbox_one_copy"    // it is written, but only one of its copies
	OutboxNotWritten TroubleCode = "outbox_not_written" // nothing new can be kept, so nothing is sent
	CacheNotWritten  TroubleCode = "cache_not_written"  // what comes from the server is fetched again at the next start
)

// TroubleCause says why a file is not written. Values leave the process.
type TroubleCause string

const (
	CauseNoRoom   TroubleCause = "no_room"
	CauseReadOnly TroubleCause = "read_only"
	CauseFailing  TroubleCause = "failing"
)

// Trouble is something that is the matter with the console's files.
type Trouble struct {
	Code TroubleCode
	// File is the path of the file concerned: for OutboxRestored and OutboxDamaged where the damaged file is
	// kept, else the file that is not written.
	File  string
	Cause TroubleCause // "" for OutboxRestored and OutboxDamaged
}

// Link is the one websocket to the server (package link). It dials again and again with back-off, decodes what
// comes, sends the heartbeats, finds out a silent connection, and obeys Goodbye.RetryMillis and the close codes:
// after 4100-4199 (and an upgrade refused with 401) it does not dial by itself any more until Reconnect.
type Link interface {
	// Run works until ctx ends and returns when no goroutine of it is left. It calls event from one goroutine at
	// a time, in order: Connected, then any number of Received, then Disconnected; a dial that failed is a
	// Disconnected alone. event may block; the connection is then not read.
	Run(ctx context.Context, event func(LinkEvent))
	// Send queues a frame on connection conn and never blocks. It does nothing if that connection is gone; if
	// its queue (of more than wire.MaxUnacked frames) is full, the connection is closed.
	// crash.Point(crash.OutboxSent) stands after each Command that was written to the socket.
	Send(conn int64, up wire.Up)
	// Reconnect closes the present connection, if there is one, and dials after the given wait (0: at once).
	Reconnect(wait time.Duration)
	// TryNow is asked for by a person: an open connection must prove soon that it lives, and a wait for the next
	// dial, also one without an end, ends at once.
	TryNow()
	// Use makes tokens those of later dials: the first signs in, the others are tried where the server does not
	// know it. Without any, a dial ends at once as one that was refused.
	Use(tokens ...string)
}

// LinkEvent is something that happened to the link. The types below are all there are.
type LinkEvent interface{ linkEvent() }

// Connected says that a websocket is open. Conn grows with each. The engine now sends the hello.
type Connected struct{ Conn int64 }

// Received is a frame that was decoded and is valid by package wire; beats too.
type Received struct {
	Conn int64
	Down wire.Down
}

// Disconnected says that the connection ended, or (Conn 0) that a dial failed.
type Disconnected struct {
	Conn int64
	// Code is the close code, wire's where the server gave one (in a goodbye or the close frame); 0 where none
	// came; CloseRevoked also for an upgrade that was refused with 401.
	Code    int
	Problem *wire.Problem // that the goodbye told of; nil: none
	// Stranger: what answered is no Parley server.
	Stranger bool
	Err      error // for the log
}

// Planned says when the next dial is due. The zero time: none is planned, or it is under way.
type Planned struct{ At time.Time }

func (Planned) linkEvent()      {}
func (Connected) linkEvent()    {}
func (Received) linkEvent()     {}
func (Disconnected) linkEvent() {}

// Tokens keeps what the console signs in with (package secret, for one server).
type Tokens interface {
	// Renew keeps a token that the server has offered where it is found at the next start, and returns what later
	// dials sign in with. After an error the server must not be told that it is kept. It may take as long as a
	// person needs to unlock a keychain; it ends with ctx.
	Renew(ctx context.Context, token string) ([]string, error)
	// Forget removes all that a later start could sign in with.
	Forget(ctx context.Context) error
}

// Files fetches the content of attachments from the server (package link, with the same address and token).
type Files interface {
	// Fetch writes the content of an attachment to w.
	Fetch(ctx context.Context, media string, w io.Writer) error
}

// Shell is what shows the state outside the page (package shell; webhost needs none). Its methods are called
// from one goroutine, may block, and are called only with what is new.
type Shell interface {
	SetTitle(title string)
	// SetBadge shows the pending count on the taskbar, dock or launcher: "", "1" … "99", "99+". count is the
	// number itself, for launchers that take one.
	SetBadge(text string, count int)
}

// Notifier shows notifications (package shell). Its methods are called from one goroutine and may block.
type Notifier interface {
	// Notify shows n in the place of an earlier one of the same chat.
	Notify(n Notification)
	// Withdraw takes the chat's notification away.
	Withdraw(chat string)
}

// Notification says that a chat wants its agent. A click on it is the event "open" with the chat's id.
type Notification struct {
	Chat  string
	Title string
	Body  string
}
