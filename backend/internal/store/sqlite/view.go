package sqlite

import (
	"database/sql"
	"math"
	"slices"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// reader answers from the transaction that its connection is in. err is the first failure.
type reader struct {
	conn  *conn
	epoch string
	err   error
}

var _ store.Reader = (*reader)(nil)

func (r *reader) Team(id chat.TeamID) (desk.Team, bool)      { return one[teamDoc](r, oneTeam, id) }
func (r *reader) Teams() []desk.Team                         { return many[teamDoc](r, allTeams) }
func (r *reader) TeamByPrefix(p string) (desk.Team, bool)    { return one[teamDoc](r, teamOfPrefix, p) }
func (r *reader) Agent(id chat.AgentID) (desk.Agent, bool)   { return one[agentDoc](r, oneAgent, id) }
func (r *reader) Agents() []desk.Agent                       { return many[agentDoc](r, allAgents) }
func (r *reader) Asset(id chat.AssetID) (desk.Asset, bool)   { return one[assetDoc](r, oneAsset, id) }
func (r *reader) Assets() []desk.Asset                       { return many[assetDoc](r, allAssets) }
func (r *reader) Token(hash string) (desk.Token, bool)       { return one[tokenDoc](r, oneToken, hash) }
func (r *reader) Tokens() []desk.Token                       { return many[tokenDoc](r, allTokens) }
func (r *reader) Credentials() []desk.Credential             { return many[credentialDoc](r, allCredentials) }
func (r *reader) Chat(id chat.ID) (chat.Chat, bool)          { return one[chatDoc](r, oneChat, id) }
func (r *reader) Media(id chat.MediaID) (desk.Media, bool)   { return one[mediaDoc](r, oneMedia, id) }
func (r *reader) Timer(id string) (desk.Timer, bool)         { return one[timerDoc](r, oneTimer, id) }
func (r *reader) ChatsHeldBy(a chat.AgentID) []chat.Chat     { return many[chatDoc](r, chatsHeld, a) }
func (r *reader) ChatsQueuedIn(t chat.TeamID) []chat.Chat    { return many[chatDoc](r, chatsQueued, t) }
func (r *reader) Device(d chat.DeviceID) (desk.Device, bool) { return one[deviceDoc](r, oneDevice, d) }

func (r *reader) AssetByVendor(ch chat.Channel, id string) (desk.Asset, bool) {
	return one[assetDoc](r, assetOfVendor, ch, id)
}

func (r *reader) Credential(name string) (desk.Credential, bool) {
	return one[credentialDoc](r, oneCredential, name)
}

func (r *reader) Customer(k chat.CustomerKey) (chat.Customer, bool) {
	return one[customerDoc](r, oneCustomer, k)
}

func (r *reader) CustomerByID(id chat.CustomerID) (chat.Customer, bool) {
	return one[customerDoc](r, customerOfID, store.Fold(id))
}

func (r *reader) Identity(id chat.IdentityID) (chat.Identity, bool) {
	return one[identityDoc](r, oneIdentity, id)
}

func (r *reader) IdentityByAddress(ch chat.Channel, a chat.Address) (chat.Identity, bool) {
	return one[identityDoc](r, identityAt, ch, a.Kind, a.Value)
}

func (r *reader) CountsOf(a chat.AgentID) (n chat.Counts) {
	r.each(countsOf, []any{a}, func(rows *sql.Rows) error { return rows.Scan(&n.Held, &n.Waiting, &n.Pending) })
	return n
}

func (r *reader) IdentitiesOf(k chat.CustomerKey) []chat.Identity {
	return many[identityDoc](r, identitiesOf, k)
}

func (r *reader) OpenChat(i chat.IdentityID, a chat.AssetID) (chat.Chat, bool) {
	return one[chatDoc](r, openChat, i, a)
}

func (r *reader) LastChat(i chat.IdentityID, a chat.AssetID) (chat.Chat, bool) {
	return one[chatDoc](r, lastChat, i, a)
}

func (r *reader) ChatsOfIdentity(i chat.IdentityID) []chat.Chat {
	return many[chatDoc](r, chatsOfIdentity, i)
}

func (r *reader) ChatsOfCustomer(k chat.CustomerKey) []chat.Chat {
	return many[chatDoc](r, chatsOfCustomer, k)
}

func (r *reader) Message(c chat.ID, n int64) (chat.Message, bool) {
	return one[messageDoc](r, oneMessage, c, n)
}

func (r *reader) MessageByID(id chat.MessageID) (chat.Message, bool) {
	return one[messageDoc](r, messageOfID, id)
}

func (r *reader) MessageByVendor(ch chat.Channel, id string) (chat.Message, bool) {
	return one[messageDoc](r, messageOfVendor, id, ch)
}

func (r *reader) MessagesBefore(c chat.ID, before int64, n int) []chat.Message {
	if before == 0 {
		before = math.MaxInt64
	}
	out := many[messageDoc](r, messagesBefore, c, before, max(n, 0))
	slices.Reverse(out)
	return out
}

func (r *reader) LastAnswer(c chat.ID) int64 {
	n, _ := r.number(lastAnswer, c)
	return n
}

func (r *reader) FirstInboundAfter(c chat.ID, after int64) (chat.Message, bool) {
	return one[messageDoc](r, firstInbound, c, after)
}

func (r *reader) RepliesAfter(c chat.ID, after int64) []chat.Message {
	return many[messageDoc](r, repliesAfter, c, after)
}

func (r *reader) Outgoing(id chat.MessageID) (desk.Outgoing, bool) {
	return one[outgoingDoc](r, oneOutgoing, id)
}

func (r *reader) Result(d chat.DeviceID, n int64) (desk.Result, bool) {
	return one[resultDoc](r, oneResult, d, n)
}
