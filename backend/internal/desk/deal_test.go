package desk_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/desk/desktest"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
)

// given says of a chat whom a decision gives it to, as which of how many.
type given struct {
	Chat  chat.ID
	To    chat.AgentID
	Index int64
}

// deals are what a fired timer gives, and whether it is put again.
func deals(v desk.View) (all []given, again bool) {
	for _, w := range desk.Decide(v, desktest.Start, &desktest.IDs{}, desk.TimerDue{ID: "assign/t"}).Writes {
		switch w := w.(type) {
		case desk.PutChat:
			all = append(all, given{w.Chat.ID, w.Chat.Assignee, w.Chat.AssignedIndex})
		case desk.PutTimer:
			again = again || w.Timer.ID == "assign/t"
		}
	}
	return all, again
}

// TestDealIsAsItsRule compares whom chats are given to with what rules G4 and G10 say of the whole queue and of all agents
// at once.
func TestDealIsAsItsRule(t *testing.T) {
	full, passed, none := 0, 0, 0
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 0))
		s := memory.New(epoch)
		settings := chat.TeamSettings{AutoAssign: []chat.AutoAssign{chat.AssignLeast, chat.AssignLastFirst}[r.IntN(2)]}
		err := s.Commit(t.Context(), func(tx store.Tx) error {
			tx.Apply(desk.Outcome{Writes: dealt(r, settings)}, 1)
			want, wantAgain := rule(tx, settings)
			got, again := deals(tx)
			if diff := cmp.Diff(want, got); diff != "" || again != wantAgain {
				t.Errorf("seed %d, again %v: %s", seed, again, diff)
			}
			if again {
				full++
			}
			if len(got) == 0 {
				none++
			}
			if first := tx.ChatsWaitingIn("t", nil, 1); len(got) > 0 && first[0].ID != got[0].Chat {
				passed++
			}
			return tx.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if full < 20 || passed < 20 || none < 5 {
		t.Errorf("of 200 deals %d were as many as one command gives, %d passed the first over, %d gave none", full, passed, none)
	}
}

// dealt returns the rows of a team with few agents or many, of whom some take no chats, and a queue that some of them
// have let chats go into.
func dealt(r *rand.Rand, s chat.TeamSettings) []desk.Write {
	rows := []desk.Write{desk.PutTeam{Team: desk.Team{ID: "t", Prefix: "T00", Settings: s}},
		desk.PutTimer{Timer: desk.Timer{ID: "assign/t", At: 1, Kind: desk.TimerAssign, Target: "t"}}}
	agents := 1 + r.IntN(1+r.IntN(5))
	for i := range agents {
		rows = append(rows, desk.PutAgent{Agent: desk.Agent{ID: agentNumber(i), Active: r.IntN(12) > 0, Away: r.IntN(12) == 0,
			Availability: chat.Available, Teams: []chat.TeamID{[]chat.TeamID{"t", "t", "t", "u"}[r.IntN(4)]}, Threshold: r.IntN(1 + r.IntN(240))}})
	}
	for i := range r.IntN(400) {
		id := chat.ID(fmt.Sprintf("T00%013d", i))
		c := chat.Chat{ID: id, Team: "t", Identity: chat.IdentityID(id), CreatedAt: 1,
			Status:       []chat.Status{chat.Queued, chat.Queued, chat.Queued, chat.OnHold, chat.Picked}[r.IntN(5)],
			WaitingSince: chat.Millis(r.IntN(4)), LastInboundAt: chat.Millis(r.IntN(4))}
		if c.Status == chat.Picked {
			c.Assignee = agentNumber(r.IntN(agents))
		}
		if r.IntN(2) == 0 {
			c.Course.LetGo = agentNumber(r.IntN(agents))
		}
		c.Course.LastHolder = agentNumber(r.IntN(2 * agents))
		rows = append(rows, desk.PutChat{Chat: c})
	}
	return rows
}

// rule is what a team's agents are given.
func rule(v desk.View, s chat.TeamSettings) (all []given, again bool) {
	room, load := map[chat.AgentID]int{}, map[chat.AgentID]int{}
	var hands []chat.AgentID
	for _, a := range v.Agents() {
		if a.Active && !a.Away && slices.Contains(a.Teams, "t") {
			hands, load[a.ID] = append(hands, a.ID), v.CountsOf(a.ID).Held
			room[a.ID] = a.Threshold - load[a.ID]
		}
	}
	queue := slices.DeleteFunc(slices.Clone(v.ChatsQueuedIn("t")), func(c chat.Chat) bool { return c.Status != chat.Queued })
	slices.SortFunc(queue, func(a, b chat.Chat) int { return chat.LongestWait.Compare(&a, &b) })
	for _, c := range queue {
		var to chat.AgentID
		for _, id := range hands {
			switch {
			case room[id] <= 0 || id == c.Course.LetGo:
			case to == "", load[id] < load[to]:
				to = id
			}
		}
		if last := c.Course.LastHolder; s.AutoAssign == chat.AssignLastFirst && room[last] > 0 && last != c.Course.LetGo {
			to = last
		}
		switch {
		case to == "":
			continue
		case len(all) == 100:
			return all, true
		}
		all = append(all, given{c.ID, to, int64(len(all))})
		room[to]--
		load[to]++
	}
	return all, false
}

// frugal is a transaction that counts the queued chats that are read, and knows when more was read than a team's.
type frugal struct {
	store.Tx
	t    *testing.T
	read int
}

func (f *frugal) ChatsWaitingIn(team chat.TeamID, after *chat.Chat, n int) []chat.Chat {
	page := f.Tx.ChatsWaitingIn(team, after, n)
	f.read += len(page)
	return page
}

func (f *frugal) ChatsQueuedIn(team chat.TeamID) []chat.Chat {
	f.t.Error("the whole queue was read")
	return f.Tx.ChatsQueuedIn(team)
}

func (f *frugal) Agents() []desk.Agent {
	f.t.Error("all agents were read")
	return f.Tx.Agents()
}

// TestDealReadsFewChats: as many as there is room for.
func TestDealReadsFewChats(t *testing.T) {
	err := memory.New(epoch).Commit(context.Background(), func(tx store.Tx) error {
		tx.Apply(desk.Outcome{Writes: busy()}, 1)
		f := &frugal{Tx: tx, t: t}
		out := desk.Decide(f, desktest.Start, &desktest.IDs{}, desk.TimerDue{ID: "assign/t0"})
		if len(out.Writes) < 2 || f.read != 1 {
			t.Errorf("%d chats were read for %d writes", f.read, len(out.Writes))
		}
		return tx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
}
