package desk_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/desk/desktest"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/internal/store/postgres"
	"parley/backend/internal/store/postgres/pgtest"
	"parley/backend/internal/store/sqlite"
)

// The company in which is measured.
const (
	benchQueued = 9_500
	benchTeams  = 20
	benchAgents = 200 // ten in a team
)

// busy returns the rows of a company: the first team has many queued chats, of which each is waiting, and its first
// agent holds as many as one command can name. The agents who are available have no room but for one chat, which the
// first can take.
func busy() []desk.Write {
	var rows []desk.Write
	for i := range benchTeams {
		rows = append(rows, desk.PutTeam{Team: desk.Team{ID: chat.TeamID(fmt.Sprint("t", i)), Name: "Team", Prefix: fmt.Sprintf("T%02d", i),
			Settings: chat.TeamSettings{ReleaseMinutes: 30, AutoAssign: chat.AssignLeast}}})
	}
	for i := range benchAgents {
		a := desk.Agent{ID: agentNumber(i), Name: "Agent", Active: true, Availability: chat.Available,
			Teams: []chat.TeamID{chat.TeamID(fmt.Sprint("t", i%benchTeams))}}
		switch i {
		case 0:
			a.Threshold = chat.MaxBatch + 1
		case benchTeams: // of the first team too
			a.Threshold, a.Availability = 2*chat.MaxBatch, chat.Unavailable
		}
		rows = append(rows, desk.PutAgent{Agent: a})
	}
	rows = append(rows, desk.PutAsset{Asset: desk.Asset{ID: "s", Channel: chat.WhatsApp, VendorID: "1", Team: "t0", Active: true}})
	for i := range benchQueued {
		rows = append(rows, talk("Q", i, chat.Queued, "")...)
	}
	for i := range chat.MaxBatch {
		rows = append(rows, talk("H", i, chat.Picked, agentNumber(0))...)
	}
	return append(rows, desk.PutTimer{Timer: desk.Timer{ID: "assign/t0", At: 1, Kind: desk.TimerAssign, Target: "t0"}})
}

func agentNumber(i int) chat.AgentID { return chat.AgentID(fmt.Sprintf("a%03d", i)) }

func talkNumber(letter string, i int) chat.ID { return chat.ID(fmt.Sprintf("T00%s%012d", letter, i)) }

// talk is a chat with its customer and a message.
func talk(letter string, i int, status chat.Status, holder chat.AgentID) []desk.Write {
	id := talkNumber(letter, i)
	since := desktest.Start - chat.Millis(i*7919%benchQueued)
	c := chat.Chat{ID: id, Status: status, Team: "t0", Asset: "s", Identity: chat.IdentityID(id), Customer: chat.CustomerKey(id),
		Channel: chat.WhatsApp, Assignee: holder, CreatedAt: since, WaitingSince: since, LastInboundAt: since, LastNumber: 1,
		InboundCount: 1, Unread: 1, LastText: "My parcel has not come.", LastKind: chat.Inbound}
	if holder != "" {
		c.Assignment, c.AssignedAt = 1, since
	}
	return []desk.Write{
		desk.PutCustomer{Customer: chat.Customer{Key: c.Customer, ID: chat.CustomerID("C-" + id), Name: "Customer"}},
		desk.PutIdentity{Identity: chat.Identity{ID: c.Identity, Customer: c.Customer, Channel: c.Channel,
			Addresses: []chat.Address{{Kind: chat.Phone, Value: fmt.Sprintf("+49%s%d", letter, i)}}}},
		desk.PutChat{Chat: c},
		desk.PutMessage{Message: chat.Message{ID: chat.MessageID(id), Chat: id, Number: 1, Kind: chat.Inbound, Inbounds: 1,
			Text: "My parcel has not come.", At: since}},
	}
}

// talks are the first chat.MaxBatch of a letter, in an assignment.
func talks(letter string, assignment int64) (places []chat.Place) {
	for i := range chat.MaxBatch {
		places = append(places, chat.Place{Chat: talkNumber(letter, i), Assignment: assignment})
	}
	return places
}

var benchStores = []struct {
	name string
	open func(b *testing.B) (store.Store, error)
}{
	{"memory", func(*testing.B) (store.Store, error) { return memory.New(epoch), nil }},
	{"sqlite", func(b *testing.B) (store.Store, error) {
		return sqlite.Open(b.Context(), filepath.Join(b.TempDir(), "parley.db"), sqlite.Options{Epoch: epoch})
	}},
	{"postgres", func(b *testing.B) (store.Store, error) {
		return postgres.Open(b.Context(), pgtest.Database(b), postgres.Options{Epoch: epoch})
	}},
}

// BenchmarkDecide decides, in a large company on each store: who is given a chat when one place is free, whom many chats
// go to that are given away at once, and which many are picked at once.
func BenchmarkDecide(b *testing.B) {
	for _, on := range benchStores {
		for _, c := range []struct {
			name    string
			command desk.Command
		}{
			{"deal", desk.TimerDue{ID: "assign/t0"}},
			{"transfer", desk.FromAgent{Agent: agentNumber(0), Epoch: epoch, Device: "d", Number: 1, ID: "1",
				Command: chat.Command{Kind: chat.CmdTransfer, Chats: talks("H", 1), Team: "t0"}}},
			{"pick", desk.FromAgent{Agent: agentNumber(benchTeams), Epoch: epoch, Device: "d", Number: 1, ID: "1",
				Command: chat.Command{Kind: chat.CmdPick, Chats: talks("Q", 0)}}},
		} {
			b.Run("store="+on.name+"/command="+c.name, func(b *testing.B) {
				s, err := on.open(b)
				if err != nil {
					b.Fatal(err)
				}
				defer s.Close()
				decideAgain(b, s, c.command)
			})
		}
	}
}

var errMeasured = errors.New("only measured")

// decideAgain decides c in one transaction, again and again, and keeps nothing of it.
func decideAgain(b *testing.B, s store.Store, c desk.Command) {
	err := s.Commit(context.Background(), func(tx store.Tx) error {
		tx.Apply(desk.Outcome{Writes: busy()}, desktest.Start)
		return tx.Err()
	})
	if err != nil {
		b.Fatal(err)
	}
	writes := 0
	err = s.Commit(context.Background(), func(tx store.Tx) error {
		for b.Loop() {
			writes = len(desk.Decide(tx, desktest.Start, &desktest.IDs{}, c).Writes)
		}
		return errors.Join(tx.Err(), errMeasured)
	})
	if !errors.Is(err, errMeasured) || writes < 2 {
		b.Fatal(writes, err)
	}
}
