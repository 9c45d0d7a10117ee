package table

import (
	"math"
	"slices"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/row"
)

func (r *Reader) Team(id chat.TeamID) (desk.Team, bool)      { return one[row.Team](r, oneTeam, id) }
func (r *Reader) Teams() []desk.Team                         { return many[row.Team](r, allTeams) }
func (r *Reader) TeamByPrefix(p string) (desk.Team, bool)    { return one[row.Team](r, teamOfPrefix, p) }
func (r *Reader) Agent(id chat.AgentID) (desk.Agent, bool)   { return one[row.Agent](r, oneAgent, id) }
func (r *Reader) Agents() []desk.Agent                       { return many[row.Agent](r, allAgents) }
func (r *Reader) AgentsIn(t chat.TeamID) []desk.Agent        { return many[row.Agent](r, agentsIn, t) }
func (r *Reader) Asset(id chat.AssetID) (desk.Asset, bool)   { return one[row.Asset](r, oneAsset, id) }
func (r *Reader) Assets() []desk.Asset                       { return many[row.Asset](r, allAssets) }
func (r *Reader) Token(hash string) (desk.Token, bool)       { return one[row.Token](r, oneToken, hash) }
func (r *Reader) Tokens() []desk.Token                       { return many[row.Token](r, allTokens) }
func (r *Reader) Credentials() []desk.Credential             { return many[row.Credential](r, allCredentials) }
func (r *Reader) Chat(id chat.ID) (chat.Chat, bool)          { return one[row.Chat](r, oneChat, id) }
func (r *Reader) Media(id chat.MediaID) (desk.Media, bool)   { return one[row.Media](r, oneMedia, id) }
func (r *Reader) Timer(id string) (desk.Timer, bool)         { return one[row.Timer](r, oneTimer, id) }
func (r *Reader) ChatsHeldBy(a chat.AgentID) []chat.Chat     { return many[row.Chat](r, chatsHeld, a) }
func (r *Reader) ChatsQueuedIn(t chat.TeamID) []chat.Chat    { return many[row.Chat](r, chatsQueued, t) }
func (r *Reader) Device(d chat.DeviceID) (desk.Device, bool) { return one[row.Device](r, oneDevice, d) }

func (r *Reader) AssetByVendor(ch chat.Channel, id string) (desk.Asset, bool) {
	return one[row.Asset](r, assetOfVendor, ch, id)
}

func (r *Reader) Credential(name string) (desk.Credential, bool) {
	return one[row.Credential](r, oneCredential, name)
}

func (r *Reader) Customer(k chat.CustomerKey) (chat.Customer, bool) {
	return one[row.Customer](r, oneCustomer, k)
}

func (r *Reader) CustomerByID(id chat.CustomerID) (chat.Customer, bool) {
	return one[row.Customer](r, customerOfID, store.Fold(id))
}

func (r *Reader) Identity(id chat.IdentityID) (chat.Identity, bool) {
	return one[row.Identity](r, oneIdentity, id)
}

func (r *Reader) IdentityByAddress(ch chat.Channel, a chat.Address) (chat.Identity, bool) {
	return one[row.Identity](r, identityAt, ch, a.Kind, a.Value)
}

func (r *Reader) CountsOf(a chat.AgentID) chat.Counts {
	var held, waiting, pending int64
	r.each(countsOf, []any{a}, func(found Row) error { return found.Scan(&held, &waiting, &pending) })
	return chat.Counts{Held: int(held), Waiting: int(waiting), Pending: int(pending)}
}

func (r *Reader) IdentitiesOf(k chat.CustomerKey) []chat.Identity {
	return many[row.Identity](r, identitiesOf, k)
}

func (r *Reader) OpenChat(i chat.IdentityID, a chat.AssetID) (chat.Chat, bool) {
	return one[row.Chat](r, openChat, i, a)
}

func (r *Reader) LastChat(i chat.IdentityID, a chat.AssetID) (chat.Chat, bool) {
	return one[row.Chat](r, lastChat, i, a)
}

func (r *Reader) ChatByAlias(alias string) (chat.Chat, bool) {
	return one[row.Chat](r, chatOfAlias, store.Fold(alias))
}

func (r *Reader) ChatsWaitingIn(t chat.TeamID, after *chat.Chat, n int) []chat.Chat {
	place := ""
	if after != nil {
		place = store.Place(after)
	}
	return many[row.Chat](r, chatsWaitingIn, t, place, max(n, 0))
}

func (r *Reader) ChatsOpenIn(t chat.TeamID, after chat.ID, n int) []chat.Chat {
	return many[row.Chat](r, chatsOpenIn, t, after, max(n, 0))
}

func (r *Reader) ChatsOfIdentity(i chat.IdentityID) []chat.Chat {
	return many[row.Chat](r, chatsOfIdentity, i)
}

func (r *Reader) ChatsOfCustomer(k chat.CustomerKey) []chat.Chat {
	return many[row.Chat](r, chatsOfCustomer, k)
}

func (r *Reader) Message(c chat.ID, n int64) (chat.Message, bool) {
	return one[row.Message](r, oneMessage, c, n)
}

func (r *Reader) MessageByID(id chat.MessageID) (chat.Message, bool) {
	return one[row.Message](r, messageOfID, id)
}

func (r *Reader) MessageByVendor(ch chat.Channel, id string) (chat.Message, bool) {
	return one[row.Message](r, messageOfVendor, id, ch)
}

func (r *Reader) MessagesBefore(c chat.ID, before int64, n int) []chat.Message {
	if before == 0 {
		before = math.MaxInt64
	}
	out := many[row.Message](r, messagesBefore, c, before, max(n, 0))
	slices.Reverse(out)
	return out
}

func (r *Reader) LastAnswer(c chat.ID) int64 {
	n, _ := r.number(lastAnswer, c)
	return n
}

func (r *Reader) FirstInboundAfter(c chat.ID, after int64) (chat.Message, bool) {
	return one[row.Message](r, firstInbound, c, after)
}

func (r *Reader) RepliesAfter(c chat.ID, after int64) []chat.Message {
	return many[row.Message](r, repliesAfter, c, after)
}

func (r *Reader) Outgoing(id chat.MessageID) (desk.Outgoing, bool) {
	return one[row.Outgoing](r, oneOutgoing, id)
}

func (r *Reader) Result(d chat.DeviceID, n int64) (desk.Result, bool) {
	return one[row.Result](r, oneResult, d, n)
}

func (r *Reader) Draft(a chat.AgentID, c chat.ID) (desk.Draft, bool) {
	return one[row.Draft](r, oneDraft, a, c)
}

func (r *Reader) DraftsOf(a chat.AgentID) []desk.Draft { return many[row.Draft](r, draftsOf, a) }
