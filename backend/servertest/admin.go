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
