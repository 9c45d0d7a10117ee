package feed

import (
	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// lifeOf is how long a token is valid in all; 0: for ever.
func lifeOf(t *desk.Token) chat.Millis {
	if t.ExpiresAt == 0 {
		return 0
	}
	return t.ExpiresAt - t.CreatedAt
}

// Renews reports whether the console is to be offered a new token: the one that it goes by is old, and none was
// offered on this connection that it has not kept. The driver then makes a token, submits what Renew returns, and tells Renewed.
func (f *Feed) Renews(now chat.Millis) bool {
	return f.welcomed && f.offered == "" && now-f.issued >= chat.Millis(f.limits.RenewMillis)
}

// Renew is the command that makes the token with that hash, which lasts as long as the one in whose place it is. It
// counts as offered, whatever becomes of the command: the next connection offers again.
func (f *Feed) Renew(hash string, now chat.Millis) desk.RenewToken {
	f.offered, f.offeredAt = hash, now
	c := desk.RenewToken{Old: f.who.Hash, Hash: hash}
	if f.lasts != 0 {
		c.ExpiresAt = now + f.lasts
	}
	return c
}

// Renewed sends the console the token that now lies in the store, by the command that Renew returned.
func (f *Feed) Renewed(token string, c desk.RenewToken) *Ending {
	f.sent = true
	return f.say(&wire.Down{Token: &wire.Token{Token: token, ExpiresAt: int64(c.ExpiresAt)}})
}

// SignedOut takes the answer to a sign_out of the console, after Submitted. If it is done there is a command that revokes
// the token by which the connection goes, which the driver submits; the connection ends when Left says so.
func (f *Feed) SignedOut(read Read, a desk.Answer) (c desk.RevokeToken, ok bool, e *Ending) {
	if a.Result == nil || a.Result.Outcome != wire.Done {
		return c, false, nil
	}
	e = read(func(r store.Reader) { f.leaveAfter = r.Head(f.own()).Seq })
	f.leaving = e == nil
	return desk.RevokeToken{Hash: f.who.Hash, Leaves: true}, f.leaving, e
}

// Left reports whether the agent has signed out here and the console was given all that it waits for.
func (f *Feed) Left() bool {
	if !f.leaving || len(f.replies) > 0 {
		return false
	}
	own := f.flow(f.own())
	return !own.resetting && own.sent >= f.leaveAfter
}

// Kept takes the console's word that it has the token that it was sent: the connection goes by it from now on, and
// the driver submits the command. Without a token that was sent there is none.
func (f *Feed) Kept() (c desk.KeepToken, ok bool) {
	if !f.sent {
		return c, false
	}
	f.who.Hash, f.issued = f.offered, f.offeredAt
	f.offered, f.sent = "", false
	return desk.KeepToken{Hash: f.who.Hash}, true
}
