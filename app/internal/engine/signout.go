package engine

import (
	"context"
	"strconv"
	"time"

	"parley/backend/chat"
)

// forgetLimit is how long the keychain may take to forget the token.
const forgetLimit = 10 * time.Second

// SignOut has the server end the agent's work (rule G9) and this machine forget what it signs in with. It returns when
// both is done, or why it was not: the server is away, or there is what would be left behind here.
func (e *Engine) SignOut() *chat.Problem {
	p := e.settled(func() *chat.Problem {
		if n := e.out.Waiting() + len(e.out.Decisions()); n > 0 {
			return chat.NewProblem(chat.NotEnded, strconv.Itoa(n))
		}
		return nil
	}, chat.Command{Kind: chat.CmdSignOut})
	if p != nil {
		return p
	}
	if e.cfg.Tokens != nil {
		ctx, cancel := context.WithTimeout(context.Background(), forgetLimit)
		defer cancel()
		if err := e.cfg.Tokens.Forget(ctx); err != nil {
			e.cfg.Log.Error("the token is still in the keychain", "err", err)
		}
	}
	e.post(func() {
		e.cfg.Link.Use() // without a token the server lets nobody in
		e.reconnect(0)
	})
	return nil
}
