// Package channel is the port to the vendors: whoever carries customers' messages. An implementation turns a
// vendor's format into desk's commands and desk's rows into the vendor's calls, and judges what the vendor answers.
// It stores nothing and knows no rule of chats. The server's webhooks call Verify and Parse; deliver calls Send
// and Fetch.
package channel

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/desk"
)

// Errors that a caller tells apart with errors.Is. Their texts and those that wrap them never hold a secret or
// a customer's words.
var (
	// ErrSignature: the body was not signed with the credentials' secret. Nothing of it may be believed.
	ErrSignature = errors.New("channel: wrong signature")
	// ErrMalformed: signed, but as a whole not what this vendor sends.
	ErrMalformed = errors.New("channel: malformed body")
	// ErrFinal is in the chain of an error of Fetch that trying again will not change.
	ErrFinal = errors.New("channel: will not come right by trying again")
)

// Vendor speaks with one kind of vendor. It is safe for concurrent use.
type Vendor interface {
	// Verify answers the vendor's question whether this address is ours: the challenge to echo as plain text,
	// or false.
	Verify(cred desk.Credential, q url.Values) (challenge string, ok bool)
	// Parse checks the signature over raw and then reads it. The error is ErrSignature or ErrMalformed.
	Parse(cred desk.Credential, h http.Header, raw []byte) (Batch, error)
	// Send makes one attempt to hand out to the vendor. It blocks until the vendor has answered or ctx ends.
	Send(ctx context.Context, cred desk.Credential, asset desk.Asset, out desk.Outgoing) Sent
	// Fetch writes the file m to w and returns its size. It fails for more than limit bytes and for a file whose
	// hash is not the promised one; what was written until then is to be thrown away.
	Fetch(ctx context.Context, cred desk.Credential, m desk.Media, w io.Writer, limit int64) (size int64, err error)
	// MaxBody is the most bytes that this vendor posts at once.
	MaxBody() int64
}

// Batch is what one body said, each part in the order of the body.
type Batch struct {
	Messages   []desk.Inbound
	Statuses   []desk.StatusReport
	Unreadable int // parts that could not be read; the others are not disturbed by them
}

// Sent is how an attempt to send ended.
type Sent struct {
	Ending   desk.Ending
	VendorID string // of EndAccepted
	// Failure is why, of EndFailed; of EndRetry it is what the message fails with when it is not tried any more.
	Failure *chat.Failure
	// RetryAfter is how long the vendor asks to wait, of EndRetry; 0: it does not say.
	RetryAfter time.Duration
}
