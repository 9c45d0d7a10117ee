package engine

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"time"

	"parley/app/view"
	"parley/backend/chat"
	"parley/backend/wire"
)

// answerLimit is how long the server's answer is waited for by somebody who looks on.
const answerLimit = 20 * time.Second

// Company is what a manager or an admin may look at: teams that the agent manages, of an admin all, with all agents and
// assets, each by name.
type Company struct {
	Seq    int64
	Teams  []wire.Team
	Agents []wire.Agent
	Assets []wire.Asset
}

// Company says whether the page wants to know the company.
func (e *Engine) Company(open bool) {
	e.post(func() {
		if open != e.companyOpen {
			e.companyOpen, e.dirtyCompany = open, true
		}
	})
}

// company is what the page wants to know; nil: nothing, or there is nothing for the agent to look at.
func (e *Engine) company() *Company {
	if !e.companyOpen {
		return nil
	}
	c, me := &Company{Seq: e.seq}, e.rep.Self()
	for _, t := range e.rep.Teams() {
		if manages(&me, chat.TeamID(t.ID)) {
			c.Teams = append(c.Teams, t)
		}
	}
	if len(c.Teams) > 0 || chat.Role(me.Role) == chat.Admin {
		c.Agents, c.Assets = e.rep.Agents(), e.rep.Assets()
	}
	return c
}

// updateCompany puts what is known of teams and channels into the picture: the lists say something of them, too.
func (e *Engine) updateCompany(p *Picture) {
	if !e.dirtyCompany {
		return
	}
	p.Teams = map[chat.TeamID]wire.Team{}
	for _, t := range e.rep.Teams() {
		p.Teams[chat.TeamID(t.ID)] = t
	}
	p.Channels = []string{}
	for _, a := range e.rep.Assets() {
		p.Channels = append(p.Channels, a.Channel)
	}
	slices.Sort(p.Channels)
	p.Channels = slices.Compact(p.Channels)
	p.MySeq, p.QueueSeq, p.ChatsSeq = e.seq, e.seq, e.seq
	p.Company = e.company()
}

// PutTeam sets a team and waits for the server's answer.
func (e *Engine) PutTeam(t view.TeamSet) *chat.Problem {
	return e.put(chat.Command{Kind: chat.CmdPutTeam, Base: t.Revision, TeamSet: &chat.TeamSet{ID: chat.TeamID(t.ID),
		Name: oneLine(t.Name), Prefix: t.Prefix, Settings: chat.TeamSettings{ReleaseMinutes: t.ReleaseMinutes,
			EscalateEvery: t.EscalateEvery, EscalateUnit: chat.SpanUnit(t.EscalateUnit), EscalateUnset: t.EscalateUnset,
			HoldDays: t.HoldDays, CloseDays: t.CloseDays, OnSignOut: chat.SignedOut(t.OnSignOut),
			AutoAssign: chat.AutoAssign(t.AutoAssign)}}})
}

// PutAsset sets an asset and waits for the server's answer.
func (e *Engine) PutAsset(a view.AssetSet) *chat.Problem {
	set := &chat.AssetSet{ID: chat.AssetID(a.ID), Name: oneLine(a.Name), Team: chat.TeamID(a.Team), Shared: ids[chat.TeamID](a.Shared),
		Priority: chat.Priority(a.Priority), Active: a.Active}
	if a.ID == "" {
		set.Channel, set.Address = chat.Channel(a.Channel), oneLine(a.Address)
		set.VendorID, set.Credential = oneLine(a.VendorID), oneLine(a.Credential)
	}
	return e.put(chat.Command{Kind: chat.CmdPutAsset, Base: a.Revision, AssetSet: set})
}

// PutAgent sets an agent and waits for the server's answer. It returns the token that was asked for, once the server
// knows its hash, or may know it yet.
func (e *Engine) PutAgent(a view.AgentSet) (token string, p *chat.Problem) {
	set := &chat.AgentSet{ID: chat.AgentID(a.ID), Name: oneLine(a.Name), Role: chat.Role(a.Role),
		Teams: ids[chat.TeamID](a.Teams), Manages: ids[chat.TeamID](a.Manages), Threshold: a.Threshold, Active: a.Active}
	if a.NewToken {
		token, set.TokenHash = newToken()
		set.TokenLabel = oneLine(a.TokenLabel)
	}
	p = e.put(chat.Command{Kind: chat.CmdPutAgent, Base: a.Revision, AgentSet: set})
	if p != nil && p.Kind != chat.NotConfirmed {
		return "", p
	}
	return token, p
}

// newToken makes what an agent signs in with, in the form of parleyd's, and what the server keeps of it.
func newToken() (token, hash string) {
	var b [32]byte
	rand.Read(b[:]) // never fails: it ends the program instead
	token = "pt_" + base64.RawURLEncoding.EncodeToString(b[:])
	sum := sha256.Sum256([]byte(token))
	return token, hex.EncodeToString(sum[:])
}

// put gives a command that makes no sense later, and waits for its end. What the server does not answer in time is taken
// back if it was not sent; if it was, it may still take effect: it is listed with what is not confirmed, and a refusal is
// told then.
func (e *Engine) put(cmd chat.Command) *chat.Problem {
	return e.settled(func() *chat.Problem { return nil }, cmd)
}

// settled gives a command unless may has a problem, and waits for the command's end.
func (e *Engine) settled(may func() *chat.Problem, cmd chat.Command) *chat.Problem {
	answer := make(chan *chat.Problem, 1)
	var id chat.CommandID
	e.post(func() {
		p := may()
		if !e.rep.Online() {
			p = chat.NewProblem(chat.NotConnected)
		}
		if p != nil {
			answer <- p
			return
		}
		id = e.add(cmd).ID
		e.awaited[id] = answer
		if cmd.Kind == chat.CmdSignOut {
			e.leaving = id
		}
	})
	late := time.AfterFunc(answerLimit, func() { e.post(func() { e.unanswered(id) }) })
	defer late.Stop()
	select {
	case p := <-answer:
		return p
	case <-e.stopped:
		return chat.NewProblem(chat.Internal)
	}
}

// unanswered ends the waiting for a command's end, and says whether there may still be one.
func (e *Engine) unanswered(id chat.CommandID) {
	answer := e.awaited[id]
	if answer == nil {
		return
	}
	delete(e.awaited, id)
	e.dirtyStatus = true
	if _, ok := e.out.Cancel(id, newCommandID, wire.Draft{}); ok {
		answer <- chat.NewProblem(chat.NotConnected)
	} else {
		answer <- chat.NewProblem(chat.NotConfirmed)
	}
}

// answeredTo tells whoever waits for a command's end, and reports whether somebody did.
func (e *Engine) answeredTo(id chat.CommandID, r *wire.Result) bool {
	answer := e.awaited[id]
	if answer == nil {
		return false
	}
	delete(e.awaited, id)
	p := failure(r, 0)
	if id != e.leaving {
		answer <- p
		return true
	}
	if e.leaving = ""; p != nil {
		answer <- p
	} else {
		e.signedOff(answer)
	}
	return true
}
