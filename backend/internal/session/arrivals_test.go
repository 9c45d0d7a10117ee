package session

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/internal/desk"
	"parley/backend/memnet"
	"parley/backend/wire"
)

// TestArrivalsAreNotedTogether: what is noted of who is here goes to everybody, so that many who come at once are noted
// in few frames, and nobody is left out.
func TestArrivalsAreNotedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Limits{}, memnet.Listen())
		var all []agent
		for i := range 50 {
			all = append(all, w.agent(fmt.Sprint("Agent ", i)))
		}
		before := w.head(desk.TenantStream())
		for _, a := range all {
			w.join(a, wire.Hello{})
		}
		time.Sleep(time.Second)
		synctest.Wait()
		for _, a := range all {
			if w.isAway(a) {
				t.Errorf("%s was not noted", a.id)
			}
		}
		if n := w.head(desk.TenantStream()).Seq - before.Seq; n < 1 || n > 5 {
			t.Errorf("50 arrivals at once took %d frames", n)
		}
		late := w.agent("Late")
		w.join(late, wire.Hello{})
		synctest.Wait()
		if w.isAway(late) {
			t.Error("who comes alone is kept waiting")
		}
	})
}

// TestArrivalsEndWithTheServer: what nobody waits for is not waited for.
func TestArrivalsEndWithTheServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Limits{Arrivals: time.Hour}, memnet.Listen())
		w.join(w.mira, wire.Hello{})
		began := time.Now()
		synctest.Wait()
		w.sessions.Shutdown(t.Context())
		if d := time.Since(began); d > time.Minute {
			t.Errorf("Shutdown took %v", d)
		}
	})
}
