package desk_test

import (
	"fmt"
	"strings"
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/desk/desktest"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/wire"
)

// crowded returns a world in which the first agent holds chat.MaxBatch chats of the first team, with the longest of all
// that a chat carries, and others may take them.
func crowded(t *testing.T, text string) *desktest.Chance {
	c := desktest.NewChance(t, memory.New(epoch), epoch, 1, "")
	c.RowsEvery = 1 << 20
	var rows []desk.Write
	c.Read(func(r store.Reader) {
		for _, id := range c.Agents {
			a, _ := r.Agent(id)
			a.Threshold = 2 * chat.MaxBatch
			rows = append(rows, desk.PutAgent{Agent: a})
		}
		asset, _ := r.AssetByVendor(chat.WhatsApp, "v0")
		for i := range chat.MaxBatch {
			rows = append(rows, longest(i, c.Agents[0], &asset, text)...)
		}
	})
	c.Put(epoch, rows...)
	return c
}

func longest(i int, holder chat.AgentID, asset *desk.Asset, text string) []desk.Write {
	long := func(n int) string { return strings.Repeat(text, n) }
	n := fmt.Sprintf("%0128d", i)
	who := chat.Customer{Key: chat.CustomerKey(n), ID: chat.CustomerID(n[64:]), Name: long(desk.MaxName), Revision: 1}
	with := chat.Identity{ID: chat.IdentityID(n), Customer: who.Key, Channel: chat.WhatsApp, Revision: 1}
	for a := range 10 {
		with.Addresses = append(with.Addresses, chat.Address{Kind: []chat.AddressKind{chat.UserID, chat.Phone}[a%2], Value: fmt.Sprintf("%0128d", 10*i+a)})
	}
	at := chat.Chat{ID: chat.ID(fmt.Sprintf("TM0%013d", i)), Alias: long(chat.MaxAlias - 3), Status: chat.Picked, Team: asset.Team,
		Asset: asset.ID, Identity: with.ID, Customer: who.Key, Channel: chat.WhatsApp, Assignee: holder, CreatedAt: 1, AssignedAt: 1,
		WaitingSince: desktest.Start, LastInboundAt: desktest.Start, Assignment: 1, LastNumber: 1, InboundCount: 1, Unread: 1,
		LastText: long(200), LastKind: chat.Inbound}
	at.Alias += fmt.Sprint(i)
	for k := range chat.MaxTags {
		at.Tags = append(at.Tags, long(chat.MaxTag-2)+fmt.Sprint(k))
	}
	said := chat.Message{ID: chat.MessageID(fmt.Sprint("m", i)), Chat: at.ID, Number: 1, Kind: chat.Inbound, Inbounds: 1,
		Text: long(desk.MaxInboundText), At: desktest.Start}
	return []desk.Write{desk.PutCustomer{Customer: who}, desk.PutIdentity{Identity: with}, desk.PutChat{Chat: at}, desk.PutMessage{Message: said}}
}

func all(assignment int64) (places []chat.Place) {
	for i := range chat.MaxBatch {
		places = append(places, chat.Place{Chat: chat.ID(fmt.Sprintf("TM0%013d", i)), Assignment: assignment})
	}
	return places
}

// TestManyFit gives as many chats as one command can, of the largest, in one frame that a console takes. World.Do fails
// if a frame is larger.
func TestManyFit(t *testing.T) {
	for _, text := range []string{"👍", `"`, "é"} {
		c := crowded(t, text)
		var team chat.TeamID
		c.Read(func(r store.Reader) { a, _ := r.Agent(c.Agents[2]); team = a.Teams[0] })
		cmd := desk.FromAgent{Agent: c.Agents[0], Epoch: epoch, Device: "d", Number: 1, ID: "1", Command: chat.Command{
			Kind: chat.CmdTransfer, Chats: all(1), Team: team, Agent: c.Agents[2], Text: strings.Repeat(text, chat.MaxText)}}
		out := c.Do(cmd)
		if r := out.Answer.Result; r.Outcome != wire.Done || len(r.Items) != chat.MaxBatch || r.Items[499].Outcome != wire.Done {
			t.Fatalf("%q: %s %v, %d items", text, r.Outcome, r.Problem, len(r.Items))
		}
		for _, f := range out.Frames {
			if f.Stream != desk.AgentStream(c.Agents[2]) {
				continue
			}
			if n := messagesIn(f); n < 8 || n > 100 {
				t.Errorf("%q: the frame carries %d messages", text, n)
			}
			if n := encodes(t, &wire.Down{Frame: &wire.Frame{Stream: f.Stream, Epoch: epoch, Seq: 1, Changes: f.Changes}}); n < wire.MaxDownBytes/4 {
				t.Errorf("%q: the frame is of %d bytes: it shows nothing", text, n)
			}
		}
	}
}

// TestManyAreTooMany: more than a command may have, more than a note may say, more than an aim looks at.
func TestManyAreTooMany(t *testing.T) {
	c := crowded(t, "x")
	more := append(all(1), chat.Place{Chat: "one"})
	cmd := desk.FromAgent{Agent: c.Agents[0], Epoch: epoch, Device: "d", Number: 1, ID: "1",
		Command: chat.Command{Kind: chat.CmdTransfer, Chats: more}}
	if r := c.Do(cmd).Answer.Result; r.Problem == nil || r.Problem.Kind != chat.TooMany || r.Items != nil {
		t.Errorf("%d chats: %+v", len(more), r)
	}
	cmd.Number, cmd.Chats, cmd.Text = 2, all(1)[:2], strings.Repeat("é", chat.MaxText+1)
	if r := c.Do(cmd).Answer.Result; r.Problem == nil || r.Problem.Kind != chat.TooLong || len(r.Items) != 2 {
		t.Errorf("a note that is too long: %+v", r)
	}
	cmd.Number, cmd.Chats[1].Chat = 3, "x y"
	if a := c.Do(cmd).Answer; a.Problem == nil || a.Problem.Kind != chat.Malformed {
		t.Errorf("a chat that no store can be asked for: %+v", a)
	}
	var aim wire.Aim
	for range wire.MaxBatch {
		aim.Chats = append(aim.Chats, "x y") // no store is asked for such an id
	}
	c.Read(func(r store.Reader) {
		if got := desk.Targets(r, c.Agents[0], wire.Aim{Chats: append(aim.Chats, string(more[0].Chat))}, 0); len(got.Teams) > 0 {
			t.Errorf("the last of too many was looked at: %+v", got)
		}
		if got := desk.Targets(r, c.Agents[0], wire.Aim{Chats: append(aim.Chats[1:], string(more[0].Chat))}, 0); len(got.Teams) == 0 {
			t.Error("no team could take the last")
		}
	})
}

// TestManyUpToTheCapacity: 500 chats, of which 100 fit.
func TestManyUpToTheCapacity(t *testing.T) {
	c := crowded(t, "x")
	c.Do(desk.SetAgent{ID: c.Agents[2], Threshold: 100})
	var team chat.TeamID
	c.Read(func(r store.Reader) { a, _ := r.Agent(c.Agents[2]); team = a.Teams[0] })
	r := c.Do(desk.FromAgent{Agent: c.Agents[0], Epoch: epoch, Device: "d", Number: 1, ID: "1", Command: chat.Command{
		Kind: chat.CmdTransfer, Chats: all(1), Team: team, Agent: c.Agents[2]}}).Answer.Result
	for i, item := range r.Items {
		if (item.Outcome == wire.Done) != (i < 100) || i >= 100 && (item.Problem.Kind != chat.Full || item.Problem.Args[0] != "100") {
			t.Fatalf("chat %d: %+v %v", i, item, item.Problem)
		}
	}
	c.Read(func(v store.Reader) {
		got, gave := v.ChatsHeldBy(c.Agents[2]), v.ChatsHeldBy(c.Agents[0])
		if len(got) != 100 || len(gave) != 400 || got[99].AssignedIndex != 99 {
			t.Errorf("%d went and %d stayed", len(got), len(gave))
		}
	})
}
