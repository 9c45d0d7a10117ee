package session

import (
	"errors"
	"net"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// ending is why a session ends. Without a code there is nobody left to tell.
type ending struct {
	code   int
	reason string
	retry  time.Duration
}

var (
	gone     = ending{reason: "the console went away"}
	shutdown = ending{code: wire.CloseShutdown, reason: "the server is going down"}
	lagging  = ending{code: wire.CloseLagging, reason: "the console reads too slowly"}
	silent   = ending{code: wire.CloseSilent, reason: "nothing was heard"}
	changed  = ending{code: wire.CloseChanged, reason: "what the agent may see has changed"}
	version  = ending{code: wire.CloseVersion, reason: "no common version"}
	revoked  = ending{code: wire.CloseRevoked, reason: "the token is not valid any more"}
	replaced = ending{code: wire.CloseReplaced, reason: "the same device connected again"}
)

func busy(l Limits, reason string) *ending {
	return &ending{wire.CloseServerBusy, reason, l.Busy}
}

func malformed(reason string) *ending {
	return &ending{code: wire.CloseMalformed, reason: reason}
}

// readFailed says how a session ends after an error of its reader.
func readFailed(err error) *ending {
	var timeout net.Error
	switch {
	case errors.Is(err, wire.ErrCritical):
		return &version
	case errors.Is(err, wire.ErrMalformed), errors.Is(err, wire.ErrTooLarge):
		return malformed(err.Error())
	case errors.As(err, &timeout) && timeout.Timeout():
		return &silent
	}
	return &gone
}

// writeFailed says how a session ends after an error of its writer.
func writeFailed(err error) *ending {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return &lagging
	}
	return &gone
}

// submitFailed says how a session ends when a command could not be decided; the console sends it again later.
func submitFailed(l Limits, err error) *ending {
	problem, _ := errors.AsType[*chat.Problem](err)
	switch {
	case errors.Is(err, store.ErrClosed):
		return &shutdown
	case errors.Is(err, store.ErrNoRoom):
		return busy(l, "no room left on the disk")
	case problem != nil && problem.Kind == chat.NotAllowed:
		return &revoked
	case problem != nil && problem.Kind == chat.Malformed:
		return malformed("a command that cannot have a result")
	}
	return busy(l, "a command could not be stored")
}
