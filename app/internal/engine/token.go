package engine

import (
	"context"

	"parley/backend/wire"
)

// offer is the last token that the server has offered, and on which connection.
type offer struct {
	token string
	conn  int64
}

// tokenOffered has a token kept. Only what is kept is used: until then, and if that fails, the old one stays.
func (e *Engine) tokenOffered(t *wire.Token) {
	if e.cfg.Tokens == nil {
		return
	}
	e.offered = offer{t.Token, e.conn}
	select {
	case <-e.offers: // the one before is not valid any more
	default:
	}
	e.offers <- t.Token
}

// keepTokens is a goroutine of its own: a keychain may wait for a person.
func (e *Engine) keepTokens(ctx context.Context) {
	for {
		var token string
		select {
		case <-ctx.Done():
			return
		case token = <-e.offers:
		}
		use, err := e.cfg.Tokens.Renew(ctx, token)
		if err != nil {
			e.cfg.Log.Warn("a new token is not kept, the old one stays", "err", err)
			continue
		}
		e.post(func() { e.tokenKept(token, use) })
	}
}

// tokenKept tells link and server. If the server does not hear it, the next dial tells it by the token.
func (e *Engine) tokenKept(token string, use []string) {
	if token != e.offered.token {
		return // a newer one is on its way
	}
	e.cfg.Link.Use(use...)
	if e.conn != 0 && e.conn == e.offered.conn {
		e.cfg.Link.Send(e.conn, wire.Up{Kept: &wire.Kept{}})
	}
}

// TryNow connects at once where the next try would be later, and makes sure of a connection that there is.
func (e *Engine) TryNow() { e.post(e.cfg.Link.TryNow) }
