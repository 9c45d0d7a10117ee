package engine_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/app/internal/engine"
	"parley/app/internal/linktest"
	"parley/app/view"
	"parley/backend/chat"
	"parley/backend/wire"
)

// actions are those of chat A.
func (c *console) actions() string {
	var l []string
	for _, a := range c.thread("A").Actions {
		l = append(l, string(a))
	}
	return strings.Join(l, " ")
}

func TestActions(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		want(t, c.actions(), "transfer return hold close set")
		s.Clock("A", 5*60_000)
		want(t, c.actions(), "transfer return hold close extend set")
		s.Suspend("A", true)
		want(t, c.actions(), "transfer return resume close set")
		if th := c.thread("A"); !th.Mine {
			t.Error("a held chat is its holder's")
		}
		s.Suspend("A", false)
		s.Return("A")
		want(t, c.actions(), "set")
		outside := wire.Agent{ID: linktest.Agent, Name: "Me", Role: "manager", Manages: []string{linktest.Team}}
		s.Company(wire.Change{Agent: &outside})
		synctest.Wait()
		want(t, c.actions(), "")
		inside := outside
		inside.Teams = []string{linktest.Team}
		s.Company(wire.Change{Agent: &inside})
		synctest.Wait()
		want(t, c.actions(), "transfer hold close set")
		s.Company(wire.Change{Agent: &wire.Agent{ID: linktest.Agent, Name: "Me", Role: "agent"}})
		synctest.Wait()
		want(t, c.actions(), "")
	})
}

// TestWhatWasAskedForIsAMark until the server has confirmed it (rule H5), and is asked for once.
func TestWhatWasAskedForIsAMark(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Clock("A", 5*60_000)
		synctest.Wait()
		s.Down(0)
		synctest.Wait()
		c.Hold("A")
		c.Hold("A")
		c.Close("B")
		c.Resume("C") // it is not on hold
		c.Extend("A")
		c.SetPriority("C", chat.Urgent)
		c.SetPriority("C", chat.Low)
		want(t, c.mine(), "C~set_priority B~close A~extend")
		want(t, c.Picture().Status.Outbox, 5)
		if _, r := c.row("A"); r.Status != chat.Picked || r.Extended {
			t.Errorf("shown before it is confirmed: %+v", r)
		}
		if it := c.Picture().My[2]; it.Chat.ID != "A" || it.Extends {
			t.Errorf("%+v", it)
		}
		s.Up()
		want(t, c.mine(), "C")
		if _, r := c.row("C"); r.Priority != chat.Low {
			t.Errorf("priority %d", r.Priority)
		}
		c.SetFilter(chat.MyList, view.Filter{OnHold: true})
		want(t, c.mine(), "C A")
		c.Resume("A")
		c.SetFilter(chat.MyList, view.Filter{})
		want(t, c.mine(), "C A")
	})
}

func TestAliasAndTags(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		if p := c.SetAlias("A", strings.Repeat("ä", chat.MaxAlias+1)); p == nil || p.Kind != chat.TooLong {
			t.Error(p)
		}
		if p := c.Tag("A", []string{strings.Repeat("x", chat.MaxTag+1)}, nil); p == nil || p.Kind != chat.TooLong {
			t.Error(p)
		}
		if p := c.Tag("A", []string{" "}, nil); p == nil || p.Kind != chat.EmptyText {
			t.Error(p)
		}
		if p := c.Tag("A", make([]string, chat.MaxTags+1), nil); p == nil || p.Kind != chat.TooMany {
			t.Error(p)
		}
		if p := c.SetAlias("none", "x"); p == nil || p.Kind != chat.NotFound {
			t.Error(p)
		}
		want(t, len(s.Commands), 0)
		if p := c.SetAlias("A", "  the  leak\n"); p != nil {
			t.Fatal(p)
		}
		if p := c.Tag("A", []string{"vip", "wet"}, nil); p != nil {
			t.Fatal(p)
		}
		c.Tag("A", nil, []string{"wet"})
		_, r := c.row("A")
		want(t, r.Alias, "the leak")
		want(t, r.Tags, []string{"vip"})
		s.Refuse(chat.Duplicate)
		c.SetAlias("A", "taken")
		if synctest.Wait(); len(c.Picture().Status.Notices) != 1 {
			t.Errorf("%+v", c.Picture().Status.Notices)
		}
	})
}

// TestOrders: shown at once, kept, and the same on every device (rule L3).
func TestOrders(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		want(t, c.mine(), "C B A")
		s.Down(0)
		c.SetOrder(chat.MyList, chat.LongestWait)
		c.SetOrder(chat.MyList, "nonsense")
		c.SetOrder(chat.MyList, chat.EarliestFirst) // of the queue alone
		want(t, c.mine(), "A B C")
		c.restart()
		want(t, c.mine(), "A B C")
		s.Up()
		want(t, c.mine(), "A B C")
		want(t, c.Picture().Status.Outbox, 0)
		s.Order("my", "last_assigned")
		want(t, c.mine(), "C B A")
		s.Down(0)
		c.restart()
		want(t, c.mine(), "C B A")
		s.Up()
		synctest.Wait()
		s.Refuse(chat.Internal)
		c.SetOrder(chat.MyList, chat.LongestWait)
		want(t, c.mine(), "C B A")
		want(t, len(c.Picture().Status.Notices), 0)
	})
}

// TestUnderTheHand: the list keeps its rows for 3 s after the hand moved in it, or until it is asked for.
func TestUnderTheHand(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.Hand(chat.MyList, false)
		s.Take("A", "Bob")
		s.Wrote("D", "new")
		s.Assign("D")
		want(t, c.mine(), "C B (A)")
		want(t, c.Picture().MyView.Moved, 2)
		want(t, c.Picture().MyView.Rows(2, 1)[0].GoneTo, "Bob")
		time.Sleep(2900 * time.Millisecond)
		want(t, c.mine(), "C B (A)")
		time.Sleep(200 * time.Millisecond)
		want(t, c.mine(), "D C B")
		c.Hand(chat.MyList, true)
		s.Take("B", "Bob")
		time.Sleep(time.Minute)
		want(t, c.mine(), "D C (B)")
		c.Apply(chat.MyList)
		want(t, c.mine(), "D C")
		s.Take("C", "Bob")
		c.Hand(chat.MyList, false)
		want(t, c.mine(), "D (C)")
		time.Sleep(3100 * time.Millisecond)
		want(t, c.mine(), "D")
	})
}

// TestFilters change no count, and stay when the lists are begun anew.
func TestFilters(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.SetFilter(chat.MyList, view.Filter{Query: "customer B"})
		want(t, c.mine(), "B")
		want(t, c.Picture().Status.Counts.Pending, 3)
		s.Wrote("B", "the kettle leaks")
		c.SetFilter(chat.MyList, view.Filter{Query: "KETTLE"})
		want(t, c.mine(), "B")
		c.SetFilter(chat.MyList, view.Filter{Channels: []string{"sms"}})
		want(t, c.mine(), "")
		want(t, c.Picture().MyView.All, 3)
	})
}

func TestTargets(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.Select(chat.MyList, "A", true)
		c.Aim(true, nil)
		synctest.Wait()
		x := c.Picture().Targets
		if !x.Live || x.Chats != 1 || x.Names[0] != "Customer A" || len(x.Teams) != 1 || !x.Teams[0].Own || x.Teams[0].Agents[0].Load != 3 {
			t.Fatalf("%+v", x)
		}
		time.Sleep(11 * time.Second)
		if n := len(s.Asked()); n != 3 {
			t.Errorf("asked %d times", n)
		}
		s.Down(0)
		s.Company(wire.Change{Agent: &wire.Agent{ID: "agent-eve", Name: "Eve", Teams: []string{linktest.Team}, Availability: "unavailable"}})
		c.Aim(true, []chat.ID{"A", "B"})
		synctest.Wait()
		x = c.Picture().Targets
		if x.Live || x.Chats != 2 || len(x.Teams[0].Agents) != 1 || x.Teams[0].Agents[0].Load != -1 || x.Teams[0].Agents[0].Problem != nil {
			t.Errorf("%+v", x)
		}
		s.Up()
		synctest.Wait()
		if x = c.Picture().Targets; !x.Live || len(s.Asked()) != 4 || len(s.Asked()[3].Chats) != 2 {
			t.Errorf("%+v", x)
		}
		c.Aim(false, nil)
		time.Sleep(time.Minute)
		if synctest.Wait(); c.Picture().Targets != nil || len(s.Asked()) != 4 {
			t.Errorf("asked %d times", len(s.Asked()))
		}
	})
}

// TestReckonedTargets: by what is known here, each with why not.
func TestReckonedTargets(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Company(wire.Change{Agent: &wire.Agent{ID: "agent-eve", Name: "Eve", Teams: []string{linktest.Team, "team-2"}, Availability: "unavailable"}},
			wire.Change{Agent: &wire.Agent{ID: "agent-ann", Name: "Ann", Teams: []string{linktest.Team}, Availability: "available", Away: true}},
			wire.Change{Agent: &wire.Agent{ID: "agent-old", Name: "Old", Teams: []string{linktest.Team}, Inactive: true}},
			wire.Change{Team: &wire.Team{ID: "team-2", Name: "Billing"}}, wire.Change{Team: &wire.Team{ID: "team-3", Name: "Sales"}},
			wire.Change{Asset: &wire.Asset{ID: "", Team: linktest.Team, Shared: []string{"team-2"}}})
		synctest.Wait()
		s.Mute()
		c.Aim(true, []chat.ID{"A"})
		synctest.Wait()
		var got []string
		for _, team := range c.Picture().Targets.Teams {
			got = append(got, team.Name)
			for _, a := range team.Agents {
				got = append(got, a.Name+":"+problemOf(a.Problem))
			}
		}
		want(t, strings.Join(got, " "), "Support Bob: Ann:26 Eve:26 Billing Eve:26")
	})
}

func problemOf(p *chat.Problem) string {
	if p == nil {
		return ""
	}
	return strconv.Itoa(int(p.Kind))
}

func TestCompany(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.Company(true)
		if synctest.Wait(); len(c.Picture().Company.Teams)+len(c.Picture().Company.Agents) != 0 {
			t.Errorf("an agent may look at %+v", c.Picture().Company)
		}
		s.Company(wire.Change{Agent: &wire.Agent{ID: linktest.Agent, Name: "Me", Role: "admin"}})
		synctest.Wait()
		x := c.Picture().Company
		if len(x.Teams) != 1 || len(x.Agents) != 2 || x.Teams[0].Revision != 3 {
			t.Fatalf("%+v", x)
		}
		if p := c.PutTeam(view.TeamSet{ID: linktest.Team, Revision: 3, Name: "Support", ReleaseMinutes: 5}); p != nil {
			t.Error(p)
		}
		if l := s.Heard(chat.CmdPutTeam); l[0].Base != 3 || l[0].TeamSet.Settings.ReleaseMinutes != 5 {
			t.Errorf("%+v", l)
		}
		s.Refuse(chat.Changed)
		if p := c.PutAsset(view.AssetSet{ID: "s1"}); p == nil || p.Kind != chat.Changed {
			t.Error(p)
		}
		want(t, len(c.Picture().Status.Notices), 0)
		if p := c.PutAsset(view.AssetSet{Channel: "whatsapp", Name: " Orders ", Address: "+49 30\t1", VendorID: " 106 ", Credential: "main ", Team: linktest.Team}); p != nil {
			t.Error(p)
		}
		if p := c.PutAsset(view.AssetSet{ID: "s1", Channel: "whatsapp", Name: "Orders", Address: "+49 30 1", Team: linktest.Team, Active: true}); p != nil {
			t.Error(p)
		}
		l := s.Heard(chat.CmdPutAsset)
		want(t, *l[1].AssetSet, wire.AssetSet{Channel: "whatsapp", Name: "Orders", Address: "+49 30 1", VendorID: "106", Credential: "main", Team: linktest.Team})
		want(t, *l[2].AssetSet, wire.AssetSet{ID: "s1", Name: "Orders", Team: linktest.Team, Active: true})
		token, p := c.PutAgent(view.AgentSet{Name: "New", NewToken: true, TokenLabel: "laptop"})
		if set := s.Heard(chat.CmdPutAgent)[0].AgentSet; p != nil || !regexp.MustCompile(`^pt_[\w-]{43}$`).MatchString(token) ||
			!regexp.MustCompile(`^[0-9a-f]{64}$`).MatchString(set.TokenHash) {
			t.Errorf("%v, %q, %+v", p, token, set)
		}
		s.Mute()
		if p := c.PutTeam(view.TeamSet{Name: "New"}); p == nil || p.Kind != chat.NotConfirmed {
			t.Errorf("without an answer: %v", p)
		}
		s.Down(0)
		if synctest.Wait(); c.Picture().Status.Outbox != 1 {
			t.Error("what may have been sent is not forgotten")
		}
		if p := c.PutTeam(view.TeamSet{Name: "Other"}); p == nil || p.Kind != chat.NotConnected || c.Picture().Status.Outbox != 1 {
			t.Errorf("while away: %v", p)
		}
	})
}

func TestSignOut(t *testing.T) {
	k := &keychain{kept: []string{"token"}}
	withKeychain(t, k, func(t *testing.T, c *console, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		synctest.Wait()
		s.Hold(chat.TooOld)
		c.Send("A", "words")
		synctest.Wait()
		if p := c.SignOut(0); p == nil || p.Kind != chat.NotEnded || p.Args[0] != "1" {
			t.Fatalf("with words that wait: %v", p)
		}
		c.Decide(c.Picture().Status.Decisions[0].ID, engine.Discard)
		s.Down(0)
		synctest.Wait()
		if p := c.SignOut(0); p == nil || p.Kind != chat.NotConnected {
			t.Fatalf("while away: %v", p)
		}
		s.Up()
		synctest.Wait()
		if p := c.SignOut(0); p != nil {
			t.Fatal(p)
		}
		if synctest.Wait(); len(k.kept) != 0 || c.Picture().Status.Phase != "signed_out" || len(s.Heard(chat.CmdSignOut)) != 1 {
			t.Errorf("%v, %s", k.kept, c.Picture().Status.Phase)
		}
	})
}

// TestReleaseWarning comes 2 minutes before, once of a clock, and not while the chat is looked at.
func TestReleaseWarning(t *testing.T) {
	office(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.desktop.takeNotes()
		s.Clock("A", 10*60_000)
		time.Sleep(7 * time.Minute)
		want(t, c.desktop.takeNotes(), []string(nil))
		time.Sleep(61 * time.Second)
		want(t, c.desktop.takeNotes(), []string{"A: Customer A: Goes back to the queue in 2 min / hello"})
		c.Open("A")
		c.Read("A", 1)
		time.Sleep(time.Second)
		want(t, c.desktop.takeNotes(), []string(nil))
		c.Extend("A")
		synctest.Wait()
		want(t, c.desktop.takeNotes(), []string{"-A"})
		time.Sleep(5 * time.Minute)
		want(t, len(c.desktop.takeNotes()), 1)
		c.Looking("B", true)
		s.Clock("B", 10*60_000)
		time.Sleep(20 * time.Minute)
		want(t, c.desktop.takeNotes(), []string(nil))
		s.Company(wire.Change{Team: &wire.Team{ID: linktest.Team, Name: "Support", Settings: wire.TeamSettings{ReleaseMinutes: 1}}})
		synctest.Wait()
		s.Clock("C", 60_000)
		time.Sleep(29 * time.Second)
		want(t, c.desktop.takeNotes(), []string(nil))
		time.Sleep(8 * time.Second)
		want(t, c.desktop.takeNotes(), []string{"C: Customer C: Goes back to the queue in 1 min / hello"})
		s.Clock("C", 0)
		synctest.Wait()
		want(t, c.desktop.takeNotes(), []string{"-C"})
	})
}
