package worldtest

import (
	"context"

	"parley/backend/chat"
	"parley/backend/server/admin"
)

// found makes what a company needs.
func (w *World) found() {
	w.t.Helper()
	w.Team = w.Do(&admin.Request{Verb: "team create", Name: "Support", Prefix: "SUP"}).(admin.Team).ID
	w.Do(&admin.Request{Verb: "credential set", Name: credential, BaseURL: host, AppSecret: "app-secret", VerifyToken: "verify-token",
		AccessToken: "access-token"})
	w.Do(&admin.Request{Verb: "asset create", Name: "Shop", Credential: credential, VendorID: number, Address: "+1 555 0100",
		Team: w.Team})
}

// Do has the office carry out a request, which must not fail, and returns its answer.
func (w *World) Do(q *admin.Request) any {
	w.t.Helper()
	answer, failure := w.now().server.Office().Do(context.Background(), q)
	if failure != nil {
		w.t.Fatalf("worldtest: %s: %v", q.Verb, failure)
	}
	return answer
}

// Agent is somebody who works for the company.
type Agent struct {
	ID    chat.AgentID
	Name  string
	Token string
}

// Hire makes an agent of the team with room for so many chats (0: as usual), and a token.
func (w *World) Hire(name string, threshold int) Agent {
	w.t.Helper()
	id := w.Do(&admin.Request{Verb: "agent create", Name: name, Teams: []string{w.Team}, Threshold: threshold}).(admin.Agent).ID
	return Agent{ID: chat.AgentID(id), Name: name, Token: w.Token(chat.AgentID(id))}
}

// Token makes a further token of an agent.
func (w *World) Token(id chat.AgentID) string {
	w.t.Helper()
	return w.Do(&admin.Request{Verb: "token create", Agent: string(id)}).(admin.NewToken).Token
}

// Assign gives a chat to an agent, as a manager would, and reports whether the server runs and the rules allowed it.
func (w *World) Assign(id chat.ID, to chat.AgentID) bool {
	r := w.now()
	if r == nil {
		return false
	}
	_, failure := r.server.Office().Do(context.Background(), &admin.Request{Verb: "chat assign", ID: string(id), Agent: string(to)})
	return failure == nil
}
