package session

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/auth"
	"parley/backend/internal/desk"
	"parley/backend/memnet"
	"parley/backend/wire"
)

// lasting gives Mira a token that lasts d.
func (w *world) lasting(d time.Duration) agent {
	token, hash := auth.NewToken()
	w.must(desk.CreateToken{Agent: w.mira.id, Hash: hash, ExpiresAt: w.desk.Now() + chat.Millis(d.Milliseconds())})
	return agent{w.mira.id, token}
}

// stays keeps the connection alive and reads until ok.
func (c *console) stays(what string, ok func() bool) {
	c.t.Helper()
	for !ok() {
		c.send(wire.Up{Beat: &wire.Beat{}})
		c.conn.SetReadDeadline(time.Now().Add(time.Minute))
		if !c.next() {
			c.t.Fatalf("closed with %+v before %s", c.end, what)
		}
	}
}

// status is what the upgrade with a token is answered with.
func (w *world) status(token string) int {
	w.t.Helper()
	conn, resp, err := w.dial(token)
	if err == nil {
		conn.Close()
	}
	if resp == nil {
		w.t.Fatal(err)
	}
	return resp.StatusCode
}

func TestTokenIsRenewedOverTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Limits{RenewAfter: time.Hour}, memnet.Listen())
		who := w.lasting(2 * time.Hour)
		c := w.join(who, wire.Hello{})
		c.send(wire.Up{Kept: &wire.Kept{}}) // of nothing: ignored
		c.stays("the token", func() bool { return len(c.tokens) > 0 })
		next := c.tokens[0]
		if left := time.Until(time.UnixMilli(next.ExpiresAt)); left < 119*time.Minute || left > 2*time.Hour {
			t.Errorf("the new token is valid for %v, the old one was for 2 h", left)
		}
		c.send(wire.Up{Kept: &wire.Kept{}})
		c.stays("that it is revoked", func() bool { return w.status(who.token) == http.StatusUnauthorized })
		began := time.Now()
		c.stays("an hour later", func() bool { return time.Since(began) > 90*time.Minute })
		if len(c.tokens) != 2 {
			t.Errorf("%d tokens were offered: the one that was kept is old by now, and the next offer not kept", len(c.tokens))
		}
		c.stays("its end", func() bool { return time.Now().After(time.UnixMilli(next.ExpiresAt).Add(-10 * time.Second)) })
		c.ends(wire.CloseRevoked)
		if s := w.status(next.Token); s != http.StatusUnauthorized {
			t.Errorf("with the expired token: %d", s)
		}
	})
}

// TestTokenIsKeptByItsUse: the console's word was lost, and it comes with the new token.
func TestTokenIsKeptByItsUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Limits{RenewAfter: time.Hour}, memnet.Listen())
		time.Sleep(time.Hour)
		first := w.join(w.mira, wire.Hello{Device: "a"})
		first.until("the token", func() bool { return len(first.tokens) > 0 })
		if w.status(w.mira.token) != http.StatusSwitchingProtocols {
			t.Error("the old token is not valid before the new one was used")
		}
		w.join(agent{w.mira.id, first.tokens[0].Token}, wire.Hello{Device: "b"}).current(w)
		if w.status(w.mira.token) != http.StatusUnauthorized {
			t.Error("the old token is valid after the new one was used")
		}
		first.ends(wire.CloseRevoked)
	})
}
