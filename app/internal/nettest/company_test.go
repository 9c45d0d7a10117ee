package nettest

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"parley/app/internal/engine"
	"parley/app/view"
	"parley/backend/chat"
	"parley/backend/server/admin"
	"parley/backend/worldtest"
)

// TestCompany: an admin's console hires somebody, who comes in with the token that was made at that console, is a target
// of chats, and signs out.
func TestCompany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := newOffice(t)
		o.world.Do(&admin.Request{Verb: "agent set", ID: string(o.ana.agent.ID), Role: "admin"})
		o.pass(time.Second)
		team := o.world.Team
		token, p := o.ana.PutAgent(view.AgentSet{Name: "Cleo", Role: "agent", Teams: []string{team}, Threshold: 2, Active: true,
			NewToken: true, TokenLabel: "Cleo's console"})
		if p != nil {
			t.Fatal(p)
		}
		cleo := hired(t, o, "Cleo", token)
		o.changeTeam()

		for n := range 3 {
			o.world.Say(n+1, fmt.Sprint("hello ", n))
		}
		o.pass(time.Second)
		o.ana.SelectAll(chat.QueueList)
		o.ana.PickSelected()
		o.pass(time.Second)
		o.ana.SelectAll(chat.MyList)
		o.ana.Aim(true, nil)
		o.pass(time.Second)
		to := targetOf(o.ana.Picture().Targets, cleo.agent.ID)
		if to == nil || to.Load != 0 || to.Threshold != 2 || to.Problem != nil || !o.ana.Picture().Targets.Live {
			t.Fatalf("%+v among %+v", to, o.ana.Picture().Targets)
		}
		if p := o.ana.Transfer(nil, chat.TeamID(team), cleo.agent.ID, "all yours"); p != nil {
			t.Fatal(p)
		}
		o.pass(time.Second)
		b := o.ana.Picture().Status.Batches
		if last := b[len(b)-1]; last.Done != 2 || len(last.Failed) != 1 || last.Failed[0].Problem.Kind != chat.Full || last.UndoUntil == 0 {
			t.Errorf("%+v", last)
		}
		if n := len(cleo.Picture().My); n != 2 || o.ana.Picture().MyView.Selected != 1 {
			t.Errorf("Cleo has %d chats", n)
		}
		o.pass(11 * time.Second)
		if p := cleo.SignOut(0); p != nil {
			t.Fatal(p)
		}
		o.pass(time.Minute)
		if phase := cleo.Picture().Status.Phase; phase != "signed_out" || len(cleo.keys.list()) != 0 || o.world.Valid(cleo.agent.ID) != 0 {
			t.Errorf("%s, %d valid tokens", phase, o.world.Valid(cleo.agent.ID))
		}
	})
}

// hired starts the console of somebody whom the company now has.
func hired(t *testing.T, o *office, name, token string) *client {
	o.ana.Company(true)
	o.pass(time.Second)
	for _, a := range o.ana.Picture().Company.Agents {
		if a.Name == name {
			c := newClient(t, worldtest.Agent{ID: chat.AgentID(a.ID), Name: name, Token: token}, o.world.DialContext, false)
			c.start()
			t.Cleanup(c.stop)
			o.pass(time.Second)
			c.SetAvailable(chat.Available)
			o.pass(time.Second)
			return c
		}
	}
	t.Fatalf("%s is not in the company", name)
	return nil
}

// changeTeam: two who set the same team have one winner.
func (o *office) changeTeam() {
	o.t.Helper()
	was := o.ana.Picture().Company.Teams[0]
	set := view.TeamSet{ID: was.ID, Revision: was.Revision, Name: was.Name, Prefix: was.Prefix, ReleaseMinutes: 7, EscalateUnit: "minutes",
		OnSignOut: "queue", AutoAssign: "off"}
	if p := o.ana.PutTeam(set); p != nil {
		o.t.Fatal(p)
	}
	if p := o.ana.PutTeam(set); p == nil || p.Kind != chat.Changed {
		o.t.Errorf("set over what was not seen: %v", p)
	}
	o.pass(time.Second)
	if now := o.ana.Picture().Company.Teams[0]; now.Settings.ReleaseMinutes != 7 || now.Revision == was.Revision {
		o.t.Errorf("%+v", now)
	}
}

func targetOf(x *engine.Targets, id chat.AgentID) *engine.TargetAgent {
	for _, team := range x.Teams {
		for i := range team.Agents {
			if team.Agents[i].ID == id {
				return &team.Agents[i]
			}
		}
	}
	return nil
}
