package app

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"parley/app/internal/linktest"
	"parley/app/view"
	"parley/backend/wire"
)

// dialogs looks with every dialog open, of some chats.
func (a *started) dialogs(chats ...string) view.Patch {
	ask := view.Ask{List: view.ListAsk{List: view.MyChats, Count: 100}, Targets: view.TargetsAsk{Open: true, Chats: chats},
		Company: view.CompanyAsk{Open: true}, Pending: view.PendingAsk{Open: true}}
	synctest.Wait()
	a.Console.Look(ask)
	synctest.Wait()
	return a.Console.Look(ask)
}

// office is a company in which I manage one team of two, with a colleague, and chats A and B of mine.
func (a *started) office() {
	a.s.Company(wire.Change{Team: &wire.Team{ID: linktest.Team, Name: "Support", Prefix: "SUP", Settings: wire.TeamSettings{ReleaseMinutes: 10}, Revision: 3}},
		wire.Change{Team: &wire.Team{ID: "team-2", Name: "Billing"}},
		wire.Change{Agent: &wire.Agent{ID: linktest.Agent, Name: "Me", Availability: "available", Role: "manager",
			Teams: []string{linktest.Team, "team-2"}, Manages: []string{linktest.Team}}},
		wire.Change{Agent: &wire.Agent{ID: "agent-bob", Name: "Bob", Availability: "available", Teams: []string{linktest.Team}, Threshold: 10}},
		wire.Change{Asset: &wire.Asset{ID: "as1", Name: "Main number", Channel: "whatsapp", Team: linktest.Team}})
	for _, id := range []string{"A", "B"} {
		a.s.Wrote(id, "hello")
		a.s.Assign(id)
	}
	synctest.Wait()
}

func TestRowsAsThePageSeesThem(t *testing.T) {
	bubble(t, func(t *testing.T, a *started) {
		a.office()
		a.s.Clock("A", 60_000)
		a.Console.Tag("A", []string{"vip"}, nil)
		rows := a.look(view.MyChats, "").Rows[0]
		r := rows.Rows[1]
		if r.ID != "A" || r.Team != "Support" || r.ReleaseAt == 0 || r.Period != 600_000 || !r.Extends || r.Tags[0] != "vip" || r.Status != "picked" {
			t.Errorf("%+v", r)
		}
		if rows.All != 2 || rows.Order != "last_assigned" || len(rows.Orders) != 4 || rows.Selectable != 2 || rows.Filter.Channels == nil {
			t.Errorf("%+v", rows)
		}
		a.Console.SetOrder("my", "longest_waiting")
		a.Console.Select("my", "A", true)
		a.s.Take("B", "Bob")
		rows = a.look(view.MyChats, "").Rows[0]
		if r = rows.Rows[1]; !rows.Rows[0].Selected || rows.Selected != 1 || rows.Moved != 1 || !r.Gone || r.GoneTo != "Bob" || rows.Order != "longest_waiting" {
			t.Errorf("%+v", rows)
		}
		a.Console.SelectNone("my")
		a.Console.SetFilter("my", view.Filter{Query: "nobody", Channels: []string{"sms"}, OnHold: true})
		rows = a.look(view.MyChats, "").Rows[0]
		want := view.Filter{Query: "nobody", Channels: []string{"sms"}, Dots: []string{}, Teams: []string{}, OnHold: true}
		if diff := cmp.Diff(want, rows.Filter); diff != "" || rows.Total != 0 || rows.All != 1 {
			t.Errorf("%s, %d of %d", diff, rows.Total, rows.All)
		}
	})
}

func TestDialogsAsThePageSeesThem(t *testing.T) {
	bubble(t, func(t *testing.T, a *started) {
		a.office()
		p := a.dialogs("A")
		to := p.Targets[0]
		if !to.Live || to.Chats != 1 || to.Names[0] != "Customer A" || to.Teams[0].Name != "Support" || !to.Teams[0].Own || len(to.Teams[0].Problem) != 0 {
			t.Errorf("%+v", to)
		}
		want := []view.TargetAgent{{ID: "agent-bob", Name: "Bob", Load: 3, Threshold: 10, Problem: []view.Problem{}}}
		if diff := cmp.Diff(want, to.Teams[0].Agents); diff != "" {
			t.Error(diff)
		}
		set := view.TeamSet{ID: linktest.Team, Revision: 3, Name: "Support", Prefix: "SUP", ReleaseMinutes: 10, EscalateUnit: "minutes",
			OnSignOut: "keep", AutoAssign: "off"}
		if diff := cmp.Diff([]view.TeamSet{set}, p.Company[0].Teams); diff != "" || len(p.Company[0].Agents) != 2 {
			t.Errorf("%s %+v", diff, p.Company[0])
		}
		asset := view.AssetSet{ID: "as1", Channel: "whatsapp", Name: "Main number", Team: linktest.Team, Shared: []string{}, Active: true}
		if diff := cmp.Diff([]view.AssetSet{asset}, p.Company[0].Assets); diff != "" || !slices.Equal(p.Company[0].Channels, []string{"whatsapp"}) {
			t.Errorf("%s %v", diff, p.Company[0].Channels)
		}
		if l := p.Pending[0].Rows; len(l) != 2 || l[0].ID != "A" {
			t.Errorf("%+v", l)
		}
		ask := view.Ask{Targets: view.TargetsAsk{Open: true, Chats: []string{"A"}, Seq: to.Seq}, Company: view.CompanyAsk{Open: true, Seq: p.Company[0].Seq},
			Pending: view.PendingAsk{Open: true, Seq: p.Pending[0].Seq}}
		if q := a.Console.Look(ask); len(q.Targets)+len(q.Company)+len(q.Pending) != 0 {
			t.Errorf("told again: %+v", q)
		}
		if q := a.look(view.MyChats, ""); len(q.Targets)+len(q.Company)+len(q.Pending) != 0 {
			t.Errorf("closed: %+v", q)
		}
	})
}

func TestBatchesAsThePageSeesThem(t *testing.T) {
	bubble(t, func(t *testing.T, a *started) {
		a.office()
		a.s.Room(1)
		a.s.Down(0)
		synctest.Wait()
		a.Console.SelectAll("my")
		if p := a.Console.Transfer(nil, linktest.Team, "agent-bob", "for you"); len(p) != 0 {
			t.Fatal(p)
		}
		b := a.status().Batches[0]
		want := view.Batch{Command: b.Command, Kind: "transfer", To: "Bob", Note: "for you", Total: 2, State: "queued", Cancellable: true, Failed: []view.BatchFailed{}}
		if diff := cmp.Diff(want, b); diff != "" {
			t.Error(diff)
		}
		a.s.Up()
		b = a.status().Batches[0]
		want.State, want.Done, want.Cancellable, want.UndoUntil = "ended", 1, false, b.UndoUntil
		want.Failed = []view.BatchFailed{{Chat: "A", Customer: "Customer A", Problem: view.Problem{Kind: 23, Args: []string{"100", "100"}}}}
		if diff := cmp.Diff(want, b); diff != "" || b.UndoUntil == 0 {
			t.Error(diff)
		}
		a.Console.DismissBatch(b.Command)
		a.Console.Return("A")
		s := a.status()
		if len(s.Batches) != 1 || !s.Batches[0].ToQueue || s.Batches[0].To != "Support" {
			t.Errorf("%+v", s.Batches)
		}
		if diff := cmp.Diff([]view.Team{{ID: "team-2", Name: "Billing"}, {ID: linktest.Team, Name: "Support", Manages: true}}, s.Teams); diff != "" || s.Admin || !slices.Equal(s.Channels, []string{"whatsapp"}) {
			t.Error(diff, s.Channels)
		}
	})
}

func TestActionsAsThePageSeesThem(t *testing.T) {
	bubble(t, func(t *testing.T, a *started) {
		a.office()
		a.s.Suspend("A", true)
		th := a.conversation()
		if diff := cmp.Diff([]view.Action{"transfer", "return", "resume", "close", "set"}, th.Actions); diff != "" || th.Status != "on_hold" || !th.Mine {
			t.Errorf("%s %s", th.Status, diff)
		}
		a.s.Take("A", "Bob")
		if th = a.conversation(); len(th.Actions) != 0 || th.Actions == nil || th.Row.Tags == nil {
			t.Errorf("%+v", th)
		}
	})
}
