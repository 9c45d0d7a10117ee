package nettest

import (
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/chat"
	"parley/backend/chat/chattest"
	"parley/backend/server/admin"
	"parley/backend/worldtest"
)

// TestASoleAgentWhoLetsGo is not given the chat again, though the team wants its last agent first, until somebody else has
// held it (rule G4).
func TestASoleAgentWhoLetsGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := worldtest.New(t, worldtest.Config{Kind: worldtest.Memory})
		minutes := period
		w.Do(&admin.Request{Verb: "team set", ID: w.Team,
			Settings: admin.Settings{ReleaseMinutes: &minutes, AutoAssign: string(chat.AssignLastFirst)}})
		arrive := func(name string) *client {
			c := newClient(t, w.Hire(name, 0), w.DialContext, false)
			c.start()
			t.Cleanup(c.stop)
			return c
		}
		var id chat.ID
		after := func(d time.Duration, want *client) {
			t.Helper()
			time.Sleep(d)
			synctest.Wait()
			c, messages := w.Chat(id)
			holder := chat.AgentID("")
			if want != nil {
				holder = want.agent.ID
			}
			told := chattest.Retell(messages, &chat.TeamSettings{ReleaseMinutes: period})
			if c.Assignee != holder || len(told.Amiss) > 0 {
				t.Errorf("%q has it, not %q; %q", c.Assignee, holder, told.Amiss)
			}
		}
		ana := arrive("Ana")
		time.Sleep(10 * time.Second)
		w.Say(1, "Where is my parcel?")
		time.Sleep(10 * time.Second)
		synctest.Wait()
		id = ana.Picture().My[0].Chat.ID
		after(0, ana)
		after(period*time.Minute, nil)
		after(time.Hour, nil)
		bo := arrive("Bo")
		after(10*time.Second, bo)
		after(period*time.Minute, ana)
		after(period*time.Minute, bo)
		ana.stop()
		after(period*time.Minute, nil) // she was not heard for so long that she is away
		bo.Pick(id, false)
		after(10*time.Second, bo)
	})
}
