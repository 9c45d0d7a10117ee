package feed

import (
	"errors"
	"fmt"

	"parley/backend/chat"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// Ending is why a connection ends, as the console is told.
type Ending struct {
	Code        int           // a close code of package wire; 0: there is nobody left to tell
	Reason      string        // for a log, in English
	RetryMillis int64         // how long the console waits before it tries again; 0: as it likes
	Problem     *wire.Problem // for people, where there is something to tell
	Cause       error         // a fault of the server, for its log; nil if there was none
}

// Goodbye is the last frame of a connection that ends with e.
func (e *Ending) Goodbye() *wire.Down {
	return &wire.Down{Goodbye: &wire.Goodbye{Code: e.Code, Reason: e.Reason, RetryMillis: e.RetryMillis, Problem: e.Problem}}
}

// Endings that say the same whatever led to them.
var (
	Shutdown = &Ending{Code: wire.CloseShutdown, Reason: "the server is going down"}
	Lagging  = &Ending{Code: wire.CloseLagging, Reason: "the console reads too slowly"}
	Rebuilt  = &Ending{Code: wire.CloseLagging, Reason: "the log was rebuilt"}
	Changed  = &Ending{Code: wire.CloseChanged, Reason: "what the agent may see has changed"}
	Version  = &Ending{Code: wire.CloseVersion, Reason: "no common version"}
	Revoked  = &Ending{Code: wire.CloseRevoked, Reason: "the token is not valid any more"}
)

// Malformed ends a connection whose console does not keep to the protocol.
func Malformed(reason string) *Ending {
	return &Ending{Code: wire.CloseMalformed, Reason: reason}
}

// Busy ends a connection that the server cannot serve now.
func Busy(retryMillis int64, reason string) *Ending {
	return &Ending{Code: wire.CloseServerBusy, Reason: reason, RetryMillis: retryMillis}
}

// fault ends a connection because of err, which is the server's.
func (f *Feed) fault(err error) *Ending {
	e := Busy(f.limits.BusyMillis, "a fault of the server")
	e.Cause = err
	return e
}

// submitFailed says how a connection ends whose command could not be decided; the console sends it again later.
func (f *Feed) submitFailed(err error) *Ending {
	if errors.Is(err, store.ErrClosed) {
		return Shutdown
	}
	e := Busy(f.limits.BusyMillis, "a command could not be stored")
	e.Cause = err
	switch {
	case errors.Is(err, store.ErrNoRoom):
		e.Problem = &wire.Problem{Kind: int(chat.NoRoom)}
	case errors.Is(err, store.ErrReadOnly):
		e.Problem = &wire.Problem{Kind: int(chat.ReadOnly)}
	}
	return e
}

// unended says how a connection ends whose command has no result: it can have none, or the agent may give no
// commands any more.
func (f *Feed) unended(p *chat.Problem) *Ending {
	switch {
	case p == nil:
		return f.fault(errors.New("feed: a command without an end"))
	case p.Kind == chat.Internal:
		return f.fault(fmt.Errorf("feed: a command without an end: %w", p))
	case p.Kind == chat.NotAllowed:
		return Revoked
	}
	return Malformed(fmt.Sprintf("a command that cannot have a result: problem %d", p.Kind))
}
