package session

import (
	"context"
	"errors"
	"net"

	"parley/backend/internal/feed"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// Endings that only a socket knows; the others are feed's.
var (
	gone     = &feed.Ending{Reason: "the console went away"}
	silent   = &feed.Ending{Code: wire.CloseSilent, Reason: "nothing was heard"}
	replaced = &feed.Ending{Code: wire.CloseReplaced, Reason: "the same device connected again"}
)

// readFailed says how a session ends after an error of its reader.
func readFailed(err error) *feed.Ending {
	var timeout net.Error
	switch {
	case errors.Is(err, wire.ErrCritical):
		return feed.Version
	case errors.Is(err, wire.ErrMalformed), errors.Is(err, wire.ErrTooLarge):
		return feed.Malformed(err.Error())
	case errors.As(err, &timeout) && timeout.Timeout():
		return silent
	}
	return gone
}

// writeFailed says how a session ends after an error of its writer.
func writeFailed(err error) *feed.Ending {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return feed.Lagging
	}
	return gone
}

// read is the feed's way to the store.
func (s *session) read(ctx context.Context) feed.Read {
	return func(do func(store.Reader)) *feed.Ending {
		err := s.deps.Store.Read(ctx, func(r store.Reader) error {
			do(r)
			return r.Err()
		})
		switch {
		case err == nil:
			return nil
		case ctx.Err() != nil, errors.Is(err, store.ErrClosed):
			return feed.Shutdown
		}
		e := s.busy("the store could not be read")
		e.Cause = err
		return e
	}
}

func (s *session) busy(reason string) *feed.Ending {
	return feed.Busy(s.limits.Busy.Milliseconds(), reason)
}
