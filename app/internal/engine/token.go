package engine

import (
	"context"
	"time"

	"parley/backend/wire"
)

// forgetLimit is how long the keychain may take to forget the token.
const forgetLimit = 10 * time.Second

// offer is the last token that the server has offered, and on which connection.
type offer struct {
	token string
	conn  int64
	stop  func() // it is not to be kept any more
}

// keepOrder is what the keychain is to do.
type keepOrder struct {
	token  string // to keep
	ctx    context.Context
	forget func() // called when all is forgotten; nil: keep token
}

// tokenOffered has a token kept. Only what is kept is used: until then, and if that fails, the old one stays.
func (e *Engine) tokenOffered(t *wire.Token) {
	if e.cfg.Tokens == nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	e.offered = offer{t.Token, e.conn, stop}
	e.order(keepOrder{token: t.Token, ctx: ctx})
}

// order gives the keychain something to do, in the place of an earlier token that it has not begun with, which is not
// valid any more.
func (e *Engine) order(o keepOrder) {
	select {
	case <-e.offers:
	default:
	}
	e.offers <- o
}

// keepTokens is a goroutine of its own: a keychain may wait for a person.
func (e *Engine) keepTokens(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case o := <-e.offers:
			if o.forget != nil {
				e.forgetTokens(ctx, o.forget)
			} else {
				e.keepToken(ctx, o)
			}
		}
	}
}

func (e *Engine) keepToken(ctx context.Context, o keepOrder) {
	either, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(o.ctx, stop)()
	use, err := e.cfg.Tokens.Renew(either, o.token)
	if err != nil {
		e.cfg.Log.Warn("a new token is not kept, the old one stays", "err", err)
		return
	}
	e.post(func() { e.tokenKept(o.token, use) })
}

func (e *Engine) forgetTokens(ctx context.Context, done func()) {
	ctx, cancel := context.WithTimeout(ctx, forgetLimit)
	defer cancel()
	if err := e.cfg.Tokens.Forget(ctx); err != nil {
		e.cfg.Log.Error("the token is still in the keychain", "err", err)
	}
	done()
}

// tokenKept tells link and server. If the server does not hear it, the next dial tells it by the token.
func (e *Engine) tokenKept(token string, use []string) {
	if token != e.offered.token || e.gone {
		return // a newer one is on its way, or the agent has signed out
	}
	e.cfg.Link.Use(use...)
	if e.conn != 0 && e.conn == e.offered.conn {
		e.cfg.Link.Send(e.conn, wire.Up{Kept: &wire.Kept{}})
	}
}

// UseTokens signs in with tokens that were found late, unless the agent has signed out since.
func (e *Engine) UseTokens(tokens []string) {
	e.post(func() {
		if !e.gone {
			e.cfg.Link.Use(tokens...)
			if e.conn == 0 { // also where a dial is under way: it may be without them
				e.cfg.Link.Reconnect(0)
			}
		}
	})
}

// Refresh has the page look at the status again: something in it that is not the engine's has changed.
func (e *Engine) Refresh() { e.post(func() { e.dirtyStatus = true }) }

// TryNow connects at once where the next try would be later, and makes sure of a connection that there is.
func (e *Engine) TryNow() { e.post(e.cfg.Link.TryNow) }
