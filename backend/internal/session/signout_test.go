package session

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/memnet"
	"parley/backend/wire"
)

// TestSigningOut: the console has the result before it is closed, and its token lets nobody in.
func TestSigningOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Limits{}, memnet.Listen())
		w.holds(w.mira, 1)
		other := w.lasting(1 << 40)
		beside := w.join(other, wire.Hello{Device: "beside"})
		c := w.join(w.mira, wire.Hello{})
		c.command(1, chat.Command{Kind: chat.CmdSignOut})
		c.ends(wire.CloseRevoked)
		if r, ok := c.results[1]; !ok || r.Outcome != wire.Done {
			t.Errorf("the result is %+v", c.results)
		}
		if s := w.status(w.mira.token); s != http.StatusUnauthorized {
			t.Errorf("the token is answered %d", s)
		}
		w.writes(2, 1, "hello")
		beside.current(w)
		if beside.end != nil || w.status(other.token) != http.StatusSwitchingProtocols {
			t.Error("the agent's other device was signed out too")
		}
	})
}

// TestSigningOutAgain: the server was killed between the command and the revocation, so that the console, which has no
// result, comes again.
func TestSigningOutAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Limits{}, memnet.Listen())
		c := w.join(w.mira, wire.Hello{})
		c.current(w)
		w.must(signOut(w.mira))
		w.must(desk.Heard{Agents: []chat.AgentID{w.mira.id}}) // as it came again
		c.command(1, chat.Command{Kind: chat.CmdSignOut})
		c.ends(wire.CloseRevoked)
		if len(c.results)+len(c.again) == 0 || w.status(w.mira.token) != http.StatusUnauthorized {
			t.Errorf("results %v, stored %v; the token is answered %d", c.results, c.again, w.status(w.mira.token))
		}
		if !w.isAway(w.mira) {
			t.Error("whoever came only to sign out is there")
		}
	})
}

// TestHeard: whoever is welcomed is heard, and is among the agents who are here until the connection ends.
func TestHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Limits{}, memnet.Listen())
		w.awayNow(w.mira)
		first, second := w.join(w.mira, wire.Hello{Device: "a"}), w.join(w.mira, wire.Hello{Device: "b"})
		w.join(w.jonas, wire.Hello{})
		synctest.Wait()
		if w.isAway(w.mira) {
			t.Error("whoever was welcomed is away")
		}
		both := []chat.AgentID{w.jonas.id, w.mira.id}
		slices.Sort(both)
		if got := w.sessions.Agents(); !slices.Equal(got, both) {
			t.Errorf("%q are here, want %q", got, both)
		}
		first.conn.Close()
		synctest.Wait()
		if got := w.sessions.Agents(); !slices.Equal(got, both) {
			t.Errorf("%q are here after one of two devices has gone", got)
		}
		second.conn.Close()
		synctest.Wait()
		if got := w.sessions.Agents(); !slices.Equal(got, []chat.AgentID{w.jonas.id}) {
			t.Errorf("%q are here after both devices have gone", got)
		}
	})
}

// TestHeardBeforeSigningOut: what is being noted of who is here is not committed after one of them has left.
func TestHeardBeforeSigningOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, Limits{}, memnet.Listen())
		c := w.join(w.mira, wire.Hello{})
		c.current(w)
		noting, note := make(chan struct{}), make(chan struct{})
		go w.sessions.Hear(func(here []chat.AgentID) {
			close(noting)
			<-note
			w.must(desk.Heard{Agents: here})
		})
		<-noting
		c.command(1, chat.Command{Kind: chat.CmdSignOut})
		synctest.Wait()
		if got := w.sessions.Agents(); len(got) != 0 {
			t.Errorf("%q are here who sign out", got)
		}
		close(note)
		c.ends(wire.CloseRevoked)
		if !w.isAway(w.mira) {
			t.Error("whoever has signed out is there")
		}
	})
}

func (w *world) isAway(a agent) (away bool) {
	w.read(func(r store.Reader) {
		row, _ := r.Agent(a.id)
		away = row.Away
	})
	return away
}
