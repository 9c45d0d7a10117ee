package replica

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/wire"
)

// TestOrders: how the lists are sorted is kept, and a snapshot that does not say it has the first of each.
func TestOrders(t *testing.T) { // R18
	c := connected(t)
	c.d.write(mine, []wire.Change{{Orders: &wire.Orders{My: "longest_waiting"}}})
	eff := c.step(Received{wire.Down{Frame: c.d.log[mine][c.d.head(mine).Seq-1]}})
	if !eff.Orders || c.rep.Orders().My != "longest_waiting" {
		t.Fatalf("%+v, %+v", eff.Orders, c.rep.Orders())
	}
	c.restart(t)
	if diff := cmp.Diff(wire.Orders{My: "longest_waiting"}, c.rep.Orders()); diff != "" {
		t.Error(diff)
	}
	delete(c.rep.positions, mine)
	c.connect()
	c.deliver(100)
	if diff := cmp.Diff(wire.Orders{}, c.rep.Orders()); diff != "" {
		t.Error(diff)
	}
	c.restart(t)
	if diff := cmp.Diff(wire.Orders{}, c.rep.Orders()); diff != "" {
		t.Errorf("in the cache: %s", diff)
	}
}

// TestBackFromHold is no new chat; that its customer wrote is told.
func TestBackFromHold(t *testing.T) { // R13
	c := connected(t)
	set := func(to chat.Status, inbounds int64) *Effects {
		now := c.d.chats["CSR1"].Clone()
		now.Status, now.InboundCount = to, inbounds
		eff := c.gives(wire.Change{Chat: wire.FromChat(now)})
		return eff
	}
	if eff := set(chat.OnHold, 3); len(eff.News) != 0 {
		t.Errorf("put on hold: %+v", eff.News)
	}
	if eff := set(chat.Picked, 4); cmp.Diff([]News{{Chat: "CSR1", Kind: Wrote, New: 1}}, eff.News) != "" {
		t.Errorf("back from hold: %+v", eff.News)
	}
	set(chat.OnHold, 4)
	if eff := set(chat.Picked, 4); len(eff.News) != 0 {
		t.Errorf("taken back from hold: %+v", eff.News)
	}
}

// TestResultsAndTargets: when results took effect is said where it is known, and an answer goes on as it is.
func TestResultsAndTargets(t *testing.T) {
	c := connected(t)
	r := &wire.Result{Device: "dev", Number: 1, ID: "a", Outcome: wire.Done, Items: []wire.Item{{Chat: "CSR1", Outcome: wire.Done}}}
	p := c.rep.positions[mine]
	eff := c.rep.Step(c.now, Received{wire.Down{Frame: &wire.Frame{Stream: mine, Epoch: p.Epoch, Seq: p.Seq + 1, At: 4711,
		Changes: []wire.Change{{Result: r}}}}})
	if eff.ResultsAt != 4711 || len(eff.Results) != 1 || len(eff.Results[0].Items) != 1 {
		t.Errorf("%+v", eff)
	}
	if eff = c.step(Received{wire.Down{Result: r}}); eff.ResultsAt != 0 || len(eff.Results) != 1 {
		t.Errorf("again: %+v", eff)
	}
	if eff = c.step(Received{wire.Down{Targets: &wire.Targets{At: 5}}}); eff.Targets == nil || eff.Targets.At != 5 || len(eff.Batch) != 0 {
		t.Errorf("%+v", eff)
	}
}

// TestTheCompany is by name, whatever the case, and is told when it is another.
func TestTheCompany(t *testing.T) {
	c := connected(t)
	company := wire.Stream{Kind: wire.TenantStream}
	c.rep.heads[company], c.rep.positions[company] = wire.Position{Epoch: "e1"}, wire.Position{Epoch: "e1"}
	eff := c.rep.Step(c.now, Received{wire.Down{Frame: &wire.Frame{Stream: company, Epoch: "e1", Seq: 1, Changes: []wire.Change{
		{Team: &wire.Team{ID: "t1", Name: "sales", Settings: wire.TeamSettings{ReleaseMinutes: 7}, Revision: 3}}, {Team: &wire.Team{ID: "t2", Name: "Billing"}},
		{Agent: &wire.Agent{ID: "a1", Name: "Bob", Threshold: 4}}, {Asset: &wire.Asset{ID: "s1", Name: "Main", Team: "t1"}}}}}})
	if !eff.Company || c.rep.Team("t1").Settings.ReleaseMinutes != 7 || c.rep.Team("none").ID != "" {
		t.Errorf("%+v", c.rep.Teams())
	}
	c.disk.apply(eff.Batch)
	c.restart(t)
	if l := c.rep.Teams(); len(l) != 2 || l[0].Name != "Billing" || l[1].Revision != 3 {
		t.Errorf("%+v", l)
	}
	if len(c.rep.Agents()) != 1 || c.rep.Agents()[0].Threshold != 4 || len(c.rep.Assets()) != 1 || c.rep.Assets()[0].Team != "t1" {
		t.Errorf("%+v %+v", c.rep.Agents(), c.rep.Assets())
	}
}
