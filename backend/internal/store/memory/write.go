package memory

import (
	"fmt"
	"slices"

	"parley/backend/chat"
	"parley/backend/internal/desk"
)

// write puts or drops one row at a moment. What it keeps shares nothing with w, and an empty list is kept as nil, as every
// store gives it back.
func (t *tx) write(w desk.Write, at chat.Millis) error {
	s := t.state
	switch w := w.(type) {
	case desk.PutCustomer:
		return put(s, &s.customers, string(w.Customer.Key), w.Customer, customerKeys)
	case desk.DropCustomer:
		drop(s, &s.customers, string(w.Key), customerKeys)
	case desk.PutIdentity:
		w.Identity.Addresses = kept(w.Identity.Addresses)
		return put(s, &s.identities, string(w.Identity.ID), w.Identity, identityKeys)
	case desk.DropIdentity:
		drop(s, &s.identities, string(w.ID), identityKeys)
	case desk.PutChat:
		w.Chat = w.Chat.Clone()
		w.Chat.Tags = kept(w.Chat.Tags)
		return put(s, &s.chats, string(w.Chat.ID), w.Chat, chatKeys)
	case desk.PutMessage:
		return t.putMessage(w)
	case desk.PutMedia:
		return put(s, &s.media, string(w.Media.ID), w.Media, mediaKeys)
	case desk.PutOutgoing:
		return put(s, &s.outgoing, string(w.Outgoing.Message), w.Outgoing, outgoingKeys)
	case desk.PutTimer:
		return put(s, &s.timers, w.Timer.ID, w.Timer, timerKeys)
	case desk.DropTimer:
		drop(s, &s.timers, w.ID, timerKeys)
	case desk.PutDevice:
		return put(s, &s.devices, string(w.Device.ID), w.Device, noKeys)
	case desk.PutResult:
		w.Result.Problem = keptProblem(w.Result.Problem)
		w.Result.Items = keptItems(w.Result.Items)
		return put(s, &s.results, str(w.Result.Device)+num(w.Result.Number), result{w.Result, at}, noKeys)
	case desk.PutDraft:
		return put(s, &s.drafts, draftKey(w.Draft.Agent, w.Draft.Chat), w.Draft, noKeys)
	case desk.DropDraft:
		drop(s, &s.drafts, draftKey(w.Agent, w.Chat), noKeys)
	default:
		return t.writeTenant(w)
	}
	return nil
}

// writeTenant puts the rows that an admin's commands make.
func (t *tx) writeTenant(w desk.Write) error {
	s := t.state
	switch w := w.(type) {
	case desk.PutTeam:
		return put(s, &s.teams, string(w.Team.ID), w.Team, teamKeys)
	case desk.PutAgent:
		w.Agent.Teams, w.Agent.Manages = kept(w.Agent.Teams), kept(w.Agent.Manages)
		return put(s, &s.agents, string(w.Agent.ID), w.Agent, agentKeys)
	case desk.PutAsset:
		w.Asset.Shared = kept(w.Asset.Shared)
		return put(s, &s.assets, string(w.Asset.ID), w.Asset, assetKeys)
	case desk.PutCredential:
		return put(s, &s.credentials, w.Credential.Name, w.Credential, noKeys)
	case desk.PutToken:
		return put(s, &s.tokens, w.Token.Hash, w.Token, noKeys)
	case desk.DropToken:
		drop(s, &s.tokens, w.Hash, noKeys)
		return nil
	}
	panic(fmt.Sprintf("BUG: memory: unknown write %T", w))
}

func (t *tx) putMessage(w desk.PutMessage) error {
	key := str(w.Message.Chat) + num(w.Message.Number)
	if w.Vendor.ID == "" {
		before, _ := t.messages.get(key)
		w.Vendor = before.vendor
	}
	m := w.Message.Clone()
	m.Attachments = kept(m.Attachments)
	if m.Line != nil {
		m.Line.Args = kept(m.Line.Args)
	}
	return put(t.state, &t.messages, key, message{m, w.Vendor}, messageKeys)
}

func kept[E any](list []E) []E {
	if len(list) == 0 {
		return nil
	}
	return slices.Clone(list)
}

func keptItems(list []desk.Item) []desk.Item {
	list = kept(list)
	for i := range list {
		list[i].Problem = keptProblem(list[i].Problem)
	}
	return list
}

func keptProblem(p *chat.Problem) *chat.Problem {
	if p == nil {
		return nil
	}
	return &chat.Problem{Kind: p.Kind, Args: kept(p.Args)}
}
