package server

import (
	"strconv"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/chat"
	"parley/backend/server/admin"
	"parley/backend/wire"
)

// TestWhoIsConnectedIsNotedForAllAtOnce, again and again, and that the server has started once.
func TestWhoIsConnectedIsNotedForAllAtOnce(t *testing.T) {
	r := tunedRig(t, func(c *Config) { c.Heard = 5 * time.Millisecond })
	if all := r.agents(); !all[r.agent].Away {
		t.Errorf("whoever never was here is there: %+v", all)
	}
	second := r.admin(&admin.Request{Verb: "agent create", Name: "Bo", Teams: []string{r.team}})["id"].(string)
	token := r.admin(&admin.Request{Verb: "token create", Agent: second})["token"].(string)
	for _, to := range []string{r.token, token} {
		at := r.connect(to)
		at.until("the welcome", func() bool { return at.epoch != "" })
	}
	for tick := time.NewTicker(time.Millisecond); ; <-tick.C {
		if all := r.agents(); !all[r.agent].Away && !all[second].Away && r.count(noted) >= 8 {
			tick.Stop()
			break
		}
		if r.ctx.Err() != nil {
			t.Fatalf("%s times noted: %+v", r.figure(noted), r.agents())
		}
	}
}

const noted = `parley_commands_total{kind="presence",outcome="done"}`

func (r *rig) count(figure string) int {
	n, _ := strconv.Atoi(r.figure(figure)) // absent: 0
	return n
}

func (r *rig) agents() map[string]admin.Agent {
	r.Helper()
	var list []admin.Agent
	r.ask(&admin.Request{Verb: "agent list"}, &list)
	all := map[string]admin.Agent{}
	for _, a := range list {
		all[a.ID] = a
	}
	return all
}

// TestAnAdminClosesAnAccount in the console: every session of it ends at once.
func TestAnAdminClosesAnAccount(t *testing.T) {
	r := newRig(t)
	r.admin(&admin.Request{Verb: "agent set", ID: r.agent, Role: "admin"})
	boss := r.connect(r.token)
	other := r.admin(&admin.Request{Verb: "agent create", Name: "Bo", Teams: []string{r.team}})["id"].(string)
	at := r.connect(r.admin(&admin.Request{Verb: "token create", Agent: other})["token"].(string))
	at.until("the welcome", func() bool { return at.epoch != "" })
	boss.command(chat.Command{Kind: chat.CmdPutAgent, Base: 1, AgentSet: &chat.AgentSet{ID: chat.AgentID(other), Name: "Bo",
		Role: chat.PlainAgent, Teams: []chat.TeamID{chat.TeamID(r.team)}, Threshold: 9}}, wire.Done)
	_ = at.conn.SetReadDeadline(time.Now().Add(patience))
	for {
		_, _, err := at.conn.ReadMessage()
		if websocket.IsCloseError(err, wire.CloseRevoked) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if all := r.agents(); all[other].Active || all[r.agent].Role != "admin" {
		t.Errorf("the agents are %+v", all)
	}
}
