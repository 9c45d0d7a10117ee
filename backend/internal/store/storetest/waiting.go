package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// testWaiting compares a team's queued chats, read some at a time, with all of them in chat.LongestWait's order, while
// they change.
func testWaiting(t *testing.T, s store.Store) {
	g := generator{rand.New(rand.NewPCG(1, 1))}
	all := map[chat.ID]chat.Chat{}
	for step := range 20 {
		var writes []desk.Write
		for range 10 {
			n := g.IntN(80)
			c := g.waiting(n)
			all[c.ID] = c
			writes = append(writes, desk.PutChat{Chat: c})
		}
		err := s.Commit(t.Context(), func(tx store.Tx) error {
			tx.Apply(desk.Outcome{Writes: writes}, 1)
			compareWaiting(t, tx, all, 1+step%4)
			return tx.Err()
		})
		if err != nil {
			t.Fatal(err)
		}
		read(t, s, func(r store.Reader) { compareWaiting(t, r, all, 1+step) })
	}
}

// waiting is a chat like others, in all that decides where it lies.
func (g generator) waiting(n int) chat.Chat {
	moments := []chat.Millis{0, 0, 9, 10, 1_700_000_000_000}
	id := chat.ID(fmt.Sprintf("h%d", n))
	return chat.Chat{ID: id, Identity: chat.IdentityID(id), Team: pick(g, []chat.TeamID{"t1", "t1", "t", "t10"}),
		Status:       pick(g, []chat.Status{chat.Queued, chat.Queued, chat.Queued, chat.OnHold, chat.Picked, chat.Closed}),
		WaitingSince: pick(g, moments), LastInboundAt: pick(g, moments), AssignedAt: pick(g, moments), AssignedIndex: g.Int64N(3) * 8}
}

func compareWaiting(t *testing.T, r store.Reader, all map[chat.ID]chat.Chat, n int) {
	t.Helper()
	var want, got []chat.ID
	for _, c := range slices.SortedFunc(queued(all, "t1"), func(a, b chat.Chat) int { return chat.LongestWait.Compare(&a, &b) }) {
		want = append(want, c.ID)
	}
	for after := (*chat.Chat)(nil); ; {
		page := r.ChatsWaitingIn("t1", after, n)
		for _, c := range page {
			same(t, "the chat", all[c.ID], c)
			got = append(got, c.ID)
		}
		if len(page) < n {
			break
		}
		after = &page[n-1]
	}
	same(t, fmt.Sprintf("waiting, %d at a time", n), want, got)
	same(t, "none at a time", []chat.Chat(nil), r.ChatsWaitingIn("t1", nil, 0))
}

func queued(all map[chat.ID]chat.Chat, team chat.TeamID) func(yield func(chat.Chat) bool) {
	return func(yield func(chat.Chat) bool) {
		for _, c := range all {
			if c.Team == team && c.Status == chat.Queued && !yield(c) {
				return
			}
		}
	}
}

// Places are chats of which every second is queued, with all that decides where they lie there, for what an older schema
// did not know.
func Places() (all []chat.Chat) {
	for i, c := range []chat.Chat{{}, {LastInboundAt: 1_700_000_000_000}, {WaitingSince: 1_700_000_000_001, LastInboundAt: 1_700_000_000_002},
		{WaitingSince: 5, AssignedAt: 1_700_000_000_003, AssignedIndex: 499}} {
		c.ID, c.Team, c.Status = chat.ID(fmt.Sprint("h", 2*i)), "t1", chat.Queued
		held := c
		held.ID, held.Status = chat.ID(fmt.Sprint("h", 2*i+1)), chat.OnHold
		all = append(all, c, held)
	}
	return all
}

// testMembers: a team's agents are those who are in it now.
func testMembers(t *testing.T, s store.Store) {
	agent := func(id chat.AgentID, teams ...chat.TeamID) desk.Agent { return desk.Agent{ID: id, Teams: teams} }
	both, one, other, none := agent("b", "t1", "t2"), agent("a", "t1"), agent("c", "t2", "t2"), agent("d")
	commit(t, s, desk.PutAgent{Agent: both}, desk.PutAgent{Agent: one}, desk.PutAgent{Agent: other}, desk.PutAgent{Agent: none})
	read(t, s, func(r store.Reader) {
		same(t, "t1", []desk.Agent{one, both}, r.AgentsIn("t1"))
		same(t, "t2", []desk.Agent{both, other}, r.AgentsIn("t2"))
		same(t, "a team whose id begins others'", []desk.Agent(nil), r.AgentsIn("t"))
	})
	err := s.Commit(t.Context(), func(tx store.Tx) error {
		same(t, "before", []desk.Agent{one, both}, tx.AgentsIn("t1"))
		none.Teams, both.Teams, one.Name = []chat.TeamID{"t1"}, []chat.TeamID{"t2"}, "Ann"
		tx.Apply(desk.Outcome{Writes: []desk.Write{desk.PutAgent{Agent: none}, desk.PutAgent{Agent: both}, desk.PutAgent{Agent: one}}}, 1)
		same(t, "t1, changed", []desk.Agent{one, none}, tx.AgentsIn("t1"))
		same(t, "t2, changed", []desk.Agent{both, other}, tx.AgentsIn("t2"))
		return tx.Err()
	})
	if err != nil {
		t.Error(err)
	}
}
