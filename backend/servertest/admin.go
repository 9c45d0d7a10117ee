package servertest

import (
	"parley/backend/chat"
	"parley/backend/internal/auth"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// What an admin does from time to time. Each picks its target by chance and goes to a server that runs.

// Assign gives some open chat to some agent.
func (w *World) Assign() {
	var open []chat.ID
	w.read(func(r store.Reader) {
		for _, t := range w.teams {
			for _, c := range r.ChatsQueuedIn(t) {
				open = append(open, c.ID)
			}
		}
		for _, a := range w.agents {
			for _, c := range r.ChatsHeldBy(a) {
				open = append(open, c.ID)
			}
		}
	})
	if len(open) > 0 {
		w.admin(desk.AssignChat{Chat: open[w.rnd.IntN(len(open))], Agent: w.agents[w.rnd.IntN(len(w.agents))]})
	}
}

// ChangeTeams puts an agent into other teams.
func (w *World) ChangeTeams() {
	w.faults.add(TeamsChanged)
	w.admin(desk.SetAgent{ID: w.agents[w.rnd.IntN(len(w.agents))], Teams: w.someTeams()})
}

// ChangeCapacity sets how many chats an agent may hold.
func (w *World) ChangeCapacity() {
	w.admin(desk.SetAgent{ID: w.agents[w.rnd.IntN(len(w.agents))], Threshold: 1 + w.rnd.IntN(20)})
}

// ChangeSettings sets what a team's clocks and queue do.
func (w *World) ChangeSettings() {
	settings := w.someSettings()
	w.admin(desk.SetTeam{ID: w.teams[w.rnd.IntN(len(w.teams))], Settings: &settings})
}

// Calm turns every team's clocks off and lets no chat be given by itself, so that what is under way can come to its end:
// a chat that nobody answers goes round between agents who are given it and a clock that takes it away. A server must run.
func (w *World) Calm() {
	for _, t := range w.teams {
		w.admin(desk.SetTeam{ID: t, Settings: &chat.TeamSettings{}})
	}
}

// someSettings are such that clocks run out while a world is driven.
func (w *World) someSettings() chat.TeamSettings {
	return chat.TeamSettings{
		ReleaseMinutes: []int{0, 1, 10}[w.rnd.IntN(3)], EscalateEvery: []int{0, 1, 30}[w.rnd.IntN(3)], EscalateUnset: w.rnd.IntN(2) == 0,
		HoldDays: []int{0, 1}[w.rnd.IntN(2)], CloseDays: []int{0, 2}[w.rnd.IntN(2)],
		OnSignOut:  []chat.SignedOut{chat.KeepChats, chat.QueueChats}[w.rnd.IntN(2)],
		AutoAssign: []chat.AutoAssign{chat.AssignNobody, chat.AssignLeast, chat.AssignLastFirst}[w.rnd.IntN(3)],
	}
}

// Rename gives an agent, a team or an asset another name.
func (w *World) Rename() {
	name := "Name " + w.ids.Opaque()[:4]
	switch w.rnd.IntN(3) {
	case 0:
		w.admin(desk.SetAgent{ID: w.agents[w.rnd.IntN(len(w.agents))], Name: name})
	case 1:
		w.admin(desk.SetTeam{ID: w.teams[w.rnd.IntN(len(w.teams))], Name: name})
	default:
		w.admin(desk.SetAsset{ID: w.assets[w.rnd.IntN(len(w.assets))].ID, Name: name})
	}
}

// Revoke takes a token back.
func (w *World) Revoke(token string) {
	w.faults.add(TokenRevoked)
	w.admin(desk.RevokeToken{Hash: auth.Hash(token)})
}

// Valid reports whether every server lets a token in, whatever its clock.
func (w *World) Valid(token string) (ok bool) {
	w.read(func(r store.Reader) {
		latest := r.Clock()
		for _, p := range w.processes {
			latest = max(latest, p.time())
		}
		_, err := auth.Check(r, auth.Hash(token), latest)
		ok = err == nil
	})
	return ok
}

// Customer returns a customer now.
func (w *World) Customer(k chat.CustomerKey) (c chat.Customer) {
	w.read(func(r store.Reader) { c, _ = r.Customer(k) })
	return c
}

// Availability is an agent's now.
func (w *World) Availability(id chat.AgentID) chat.Availability {
	var a desk.Agent
	w.read(func(r store.Reader) { a, _ = r.Agent(id) })
	return a.Availability
}
