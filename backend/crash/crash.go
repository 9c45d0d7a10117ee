// Package crash names the moments at which tests end a process as kill -9 would. Without the build tag
// crashpoints, which no build that ships has, Point does nothing.
package crash

// Name is a moment. The crash tests visit every one.
type Name string

// The moments of the server and then of the console.
const (
	CommitBefore   Name = "commit.before"   // the transaction is written and not durable
	CommitAfter    Name = "commit.after"    // it is durable and nobody was told
	WebhookStored  Name = "webhook.stored"  // before the vendor is answered 200
	DeliverBegun   Name = "deliver.begun"   // the attempt is committed, the vendor not called
	DeliverCalled  Name = "deliver.called"  // the vendor has answered, nothing was noted
	DeliverEnded   Name = "deliver.ended"   // the end is committed
	MediaFetched   Name = "media.fetched"   // the file lies in its place, its row does not say so
	OutboxSaved    Name = "outbox.saved"    // the command is on disk and was not shown or sent
	OutboxSent     Name = "outbox.sent"     // it was written to the socket
	CacheApplied   Name = "cache.applied"   // a frame and its position are on disk
	OutboxAnswered Name = "outbox.answered" // a result came, the command is still on disk
)

// All is every moment, for the tests that must visit each.
var All = []Name{CommitBefore, CommitAfter, WebhookStored, DeliverBegun, DeliverCalled, DeliverEnded, MediaFetched,
	OutboxSaved, OutboxSent, CacheApplied, OutboxAnswered}
