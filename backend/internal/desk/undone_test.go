package desk_test

import (
	"fmt"
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// pair is a crowd in which agents act, each on one device.
type pair struct{ *crowd }

func (p pair) ask(a chat.AgentID, c chat.Command) chat.CommandID {
	p.t.Helper()
	device := chat.DeviceID("d-" + a)
	var last int64
	p.read(func(v store.Reader) {
		d, _ := v.Device(device)
		last = d.LastNumber
	})
	id := chat.CommandID(fmt.Sprint(a, last+1))
	p.do(desk.FromAgent{Agent: a, Epoch: epoch, Device: device, Number: last + 1, ID: id, Command: c})
	return id
}

func (p pair) chat() (c chat.Chat) {
	p.read(func(v store.Reader) { c, _ = v.Chat(p.chats[0]) })
	return c
}

func (p pair) place() []chat.Place {
	c := p.chat()
	return []chat.Place{{Chat: c.ID, Assignment: c.Assignment}}
}

func (p pair) fire() {
	for {
		var due []desk.Timer
		if p.read(func(v store.Reader) { due = v.DueTimers(p.now, 1) }); len(due) == 0 {
			return
		}
		p.do(desk.TimerDue{ID: due[0].ID})
	}
}

const anHour chat.Millis = 3_600_000

// TestAPriorityThatWasSetStays: steps of the waiting that passed before are not made up (rule G5).
func TestAPriorityThatWasSetStays(t *testing.T) {
	p := pair{newCrowd(t, 1, 9, 1)}
	id, ana := p.chats[0], p.agents[0]
	p.ask(ana, chat.Command{Kind: chat.CmdPick, Chat: id})
	p.ask(ana, chat.Command{Kind: chat.CmdPriority, Chat: id, Priority: chat.Urgent})
	settings := chat.TeamSettings{EscalateEvery: 1, EscalateUnit: chat.Hours}
	p.do(desk.SetTeam{ID: p.team, Settings: &settings})
	p.now += 5*anHour + 1
	p.ask(ana, chat.Command{Kind: chat.CmdPriority, Chat: id, Priority: chat.Low})
	if p.fire(); p.chat().Priority != chat.Low {
		t.Errorf("it is %d at once", p.chat().Priority)
	}
	p.now += anHour
	if p.fire(); p.chat().Priority != chat.Normal {
		t.Errorf("it is %d after an hour more", p.chat().Priority)
	}
}

// TestUndoneToHold: a chat whose customer has written after it was given away does not go back on hold (rule P4).
func TestUndoneToHold(t *testing.T) {
	p := pair{newCrowd(t, 2, 9, 1)}
	id, ana, bo := p.chats[0], p.agents[0], p.agents[1]
	p.ask(ana, chat.Command{Kind: chat.CmdPick, Chat: id})
	p.ask(ana, chat.Command{Kind: chat.CmdReply, Chat: id, Assignment: 1, Base: p.chat().LastNumber, Text: "Hi"})
	p.ask(ana, chat.Command{Kind: chat.CmdHold, Chat: id, Assignment: 1})
	given := p.ask(ana, chat.Command{Kind: chat.CmdTransfer, Chats: p.place(), Team: p.team, Agent: bo})
	p.do(desk.Inbound{Channel: chat.WhatsApp, AssetVendor: "v", VendorID: "again", Text: "Hello?",
		Addresses: []chat.Address{{Kind: chat.Phone, Value: "+0"}}})
	p.ask(ana, chat.Command{Kind: chat.CmdUndo, Chats: p.place(), Of: given})
	if c := p.chat(); c.Status != chat.Picked || c.Assignee != ana || c.WaitingSince == 0 {
		t.Errorf("%s by %s, waiting since %d", c.Status, c.Assignee, c.WaitingSince)
	}
}

// TestNothingGoesToAClosedAccount: what a manager undoes or takes back from hold lies in the queue then (rule G9).
func TestNothingGoesToAClosedAccount(t *testing.T) {
	for what, give := range map[string]func(p pair, boss, ana, bo chat.AgentID) chat.Command{
		"undo": func(p pair, boss, _, bo chat.AgentID) chat.Command {
			of := p.ask(boss, chat.Command{Kind: chat.CmdTransfer, Chats: p.place(), Team: p.team, Agent: bo})
			return chat.Command{Kind: chat.CmdUndo, Chats: p.place(), Of: of}
		},
		"resume": func(p pair, _, ana, _ chat.AgentID) chat.Command {
			p.ask(ana, chat.Command{Kind: chat.CmdHold, Chat: p.chats[0], Assignment: 1})
			return chat.Command{Kind: chat.CmdResume, Chat: p.chats[0], Assignment: 1}
		},
	} {
		t.Run(what, func(t *testing.T) {
			p := pair{newCrowd(t, 3, 9, 1)}
			ana, bo, boss := p.agents[0], p.agents[1], p.agents[2]
			p.do(desk.SetAgent{ID: boss, Role: chat.Admin})
			p.ask(ana, chat.Command{Kind: chat.CmdPick, Chat: p.chats[0]})
			back, no := give(p, boss, ana, bo), false
			p.do(desk.SetAgent{ID: ana, Active: &no})
			p.ask(boss, back)
			if c := p.chat(); c.Status != chat.Queued || c.Assignee != "" {
				t.Errorf("%s by %q", c.Status, c.Assignee)
			}
		})
	}
}

// TestAnOlderReplyFails: only the failure of the last reply starts the clock anew (rule G1).
func TestAnOlderReplyFails(t *testing.T) {
	p := pair{newCrowd(t, 1, 9, 1)}
	id, ana := p.chats[0], p.agents[0]
	settings := chat.TeamSettings{ReleaseMinutes: 10}
	p.do(desk.SetTeam{ID: p.team, Settings: &settings})
	p.ask(ana, chat.Command{Kind: chat.CmdPick, Chat: id})
	var sent []chat.MessageID
	for range 2 {
		p.ask(ana, chat.Command{Kind: chat.CmdReply, Chat: id, Assignment: 1, Base: p.chat().LastNumber, Text: "Hi"})
		p.read(func(v store.Reader) { sent = append(sent, v.MessagesBefore(id, 0, 1)[0].ID) })
	}
	p.do(desk.Inbound{Channel: chat.WhatsApp, AssetVendor: "v", VendorID: "again", Text: "Hello?",
		Addresses: []chat.Address{{Kind: chat.Phone, Value: "+0"}}})
	before := p.chat().ReleaseAt
	p.now += 9 * 60_000
	p.do(desk.StatusReport{Channel: chat.WhatsApp, Callback: sent[0], State: chat.Failed})
	if c := p.chat(); before == 0 || c.ReleaseAt != before {
		t.Errorf("the clock moved from %d to %d", before, c.ReleaseAt)
	}
	p.do(desk.StatusReport{Channel: chat.WhatsApp, Callback: sent[1], State: chat.Failed})
	if c := p.chat(); c.ReleaseAt != p.now+10*60_000 {
		t.Errorf("after the last one failed it ends at %d", c.ReleaseAt)
	}
}

// TestSettingsOfAnotherEpoch: their revision was another thing's before the desk was restored (rules C2, S7).
func TestSettingsOfAnotherEpoch(t *testing.T) {
	p := pair{newCrowd(t, 1, 9, 0)}
	boss := p.agents[0]
	p.do(desk.SetAgent{ID: boss, Role: chat.Admin})
	var team desk.Team
	p.read(func(v store.Reader) { team, _ = v.Team(p.team) })
	set := chat.Command{Kind: chat.CmdPutTeam, Base: team.Revision, TeamSet: &chat.TeamSet{ID: p.team, Name: "Other"}}
	for n, of := range []string{"another", epoch} {
		out := p.do(desk.FromAgent{Agent: boss, Epoch: of, Device: "d", Number: int64(n + 1), ID: chat.CommandID(of), Command: set})
		want := map[string]wire.Outcome{"another": wire.Refused, epoch: wire.Done}[of]
		if r := out.Answer.Result; r.Outcome != want || want == wire.Refused && r.Problem.Kind != chat.Changed {
			t.Errorf("written in epoch %q: %+v %+v", of, r, r.Problem)
		}
	}
}
