package feed_test

import (
	"testing"

	"parley/backend/internal/auth"
	"parley/backend/internal/desk"
	"parley/backend/internal/feed"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

const hour = 60 * 60 * 1000

// renews does what session does after a welcome and a beat.
func (c *console) renews(token string) bool {
	c.Helper()
	if !c.feed.Renews(c.now) {
		return false
	}
	cmd := c.feed.Renew(auth.Hash(token), c.now)
	c.must(cmd)
	c.end = c.feed.Renewed(token, cmd)
	return true
}

func (w *world) valid(token string) (ok bool) {
	w.read(func(r store.Reader) {
		_, err := auth.Check(r, auth.Hash(token), w.now)
		ok = err == nil
	})
	return ok
}

// limited gives Mira a token that lasts 30 days.
func (w *world) limited(token string) auth.Grant {
	w.must(desk.CreateToken{Agent: w.mira.Agent, Hash: auth.Hash(token), ExpiresAt: w.now + 30*24*hour})
	return auth.Grant{Agent: w.mira.Agent, Hash: auth.Hash(token)}
}

func TestOldTokenIsRenewedInBand(t *testing.T) {
	w := newWorld(t)
	c := w.console(w.limited("first"), feed.Limits{}).join(wire.Hello{})
	c.all()
	if _, ok := c.feed.Kept(); ok || c.renews("second") {
		t.Error("a young token was renewed")
	}
	w.now += 12 * hour
	if !c.renews("second") || c.renews("third") {
		t.Error("an old token is renewed, once a connection")
	}
	c.next()
	if got, want := *c.sent[len(c.sent)-1].Token, (wire.Token{Token: "second", ExpiresAt: int64(w.now + 30*24*hour)}); got != want {
		t.Errorf("it was offered %+v, want %+v", got, want)
	}
	if !w.valid("first") || !w.valid("second") {
		t.Error("until it is kept both are valid")
	}
	keep, ok := c.feed.Kept()
	if !ok {
		t.Fatal("kept is not taken")
	}
	w.must(keep)
	if _, again := c.feed.Kept(); again || w.valid("first") || !w.valid("second") {
		t.Error("kept, the old one is not valid any more")
	}
	if e := c.feed.Check(w.read, w.now); e != nil {
		t.Errorf("the connection goes by the new one, but ended with %+v", e)
	}
	w.must(desk.RevokeToken{Hash: auth.Hash("first")})
	if e := c.feed.Check(w.read, w.now); e != feed.Revoked {
		t.Errorf("with the old one the new one is revoked: %+v", e)
	}
}

// TestTokenThatWasNotKept stays valid to its end.
func TestTokenThatWasNotKept(t *testing.T) {
	w := newWorld(t)
	who := w.limited("first")
	w.now += 13 * hour
	c := w.console(who, feed.Limits{}).join(wire.Hello{})
	c.renews("second")
	c.all()
	again := w.console(who, feed.Limits{}).join(wire.Hello{})
	if !again.renews("third") || w.valid("second") || !w.valid("third") {
		t.Error("a new offer takes the place of the unused one")
	}
	w.now += 30*24*hour - 13*hour - 1
	if e := again.feed.Check(w.read, w.now); e != nil {
		t.Errorf("before its end: %+v", e)
	}
	w.now++
	if e := again.feed.Check(w.read, w.now); e != feed.Revoked {
		t.Errorf("when it has expired: %+v", e)
	}
}

// TestTokenForEver is renewed too, for ever.
func TestTokenForEver(t *testing.T) {
	w := newWorld(t)
	w.now += 12 * hour
	c := w.console(w.mira, feed.Limits{}).join(wire.Hello{})
	if !c.renews("second") {
		t.Fatal("it was not renewed")
	}
	w.now += 10_000 * hour
	c.next()
	c.next()
	if got := c.sent[len(c.sent)-1].Token; got == nil || got.ExpiresAt != 0 || !w.valid("second") {
		t.Errorf("it was offered %+v", got)
	}
}
