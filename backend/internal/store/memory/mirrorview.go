package memory

import (
	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// The methods of desk.View. What a MirrorTx does not override here goes to the store under it.

func (t *MirrorTx) own() *reader { return &reader{state: &t.state} }

func teamID(v *desk.Team) string         { return string(v.ID) }
func agentID(v *desk.Agent) string       { return string(v.ID) }
func assetID(v *desk.Asset) string       { return string(v.ID) }
func customerOf(v *chat.Customer) string { return string(v.Key) }
func identityID(v *chat.Identity) string { return string(v.ID) }
func chatID(v *chat.Chat) string         { return string(v.ID) }
func draftPlace(v *desk.Draft) string    { return draftKey(v.Agent, v.Chat) }

// Team implements desk.View.
func (t *MirrorTx) Team(id chat.TeamID) (desk.Team, bool) {
	return lookUp(t, &t.teams, teamKey, string(id), teamKeys, func() (desk.Team, bool) { return t.Tx.Team(id) })
}

// Teams implements desk.View.
func (t *MirrorTx) Teams() []desk.Team {
	fill(t, &t.teams, allOf+teamKey, teamKeys, teamID, t.Tx.Teams)
	return t.own().Teams()
}

// TeamByPrefix implements desk.View.
func (t *MirrorTx) TeamByPrefix(p string) (desk.Team, bool) {
	return findOne(t, &t.teams, teamPrefix+str(p), teamKeys, teamID, func() (desk.Team, bool) { return t.Tx.TeamByPrefix(p) })
}

// Agent implements desk.View.
func (t *MirrorTx) Agent(id chat.AgentID) (desk.Agent, bool) {
	return lookUp(t, &t.agents, agentKey, string(id), agentKeys, func() (desk.Agent, bool) { return t.Tx.Agent(id) })
}

// Agents implements desk.View.
func (t *MirrorTx) Agents() []desk.Agent {
	fill(t, &t.agents, allOf+agentKey, agentKeys, agentID, t.Tx.Agents)
	return t.own().Agents()
}

// AgentsIn implements desk.View.
func (t *MirrorTx) AgentsIn(id chat.TeamID) []desk.Agent {
	fill(t, &t.agents, agentIn+str(id), agentKeys, agentID, func() []desk.Agent { return t.Tx.AgentsIn(id) })
	return t.own().AgentsIn(id)
}

// Asset implements desk.View.
func (t *MirrorTx) Asset(id chat.AssetID) (desk.Asset, bool) {
	return lookUp(t, &t.assets, assetKey, string(id), assetKeys, func() (desk.Asset, bool) { return t.Tx.Asset(id) })
}

// Assets implements desk.View.
func (t *MirrorTx) Assets() []desk.Asset {
	fill(t, &t.assets, allOf+assetKey, assetKeys, assetID, t.Tx.Assets)
	return t.own().Assets()
}

// AssetByVendor implements desk.View.
func (t *MirrorTx) AssetByVendor(ch chat.Channel, id string) (desk.Asset, bool) {
	return findOne(t, &t.assets, assetVendor+str(ch)+str(id), assetKeys, assetID, func() (desk.Asset, bool) { return t.Tx.AssetByVendor(ch, id) })
}

// Credential implements desk.View.
func (t *MirrorTx) Credential(name string) (desk.Credential, bool) {
	return lookUp(t, &t.credentials, credentialKey, name, noKeys, func() (desk.Credential, bool) { return t.Tx.Credential(name) })
}

// Token implements desk.View.
func (t *MirrorTx) Token(hash string) (desk.Token, bool) {
	return lookUp(t, &t.tokens, tokenKey, hash, noKeys, func() (desk.Token, bool) { return t.Tx.Token(hash) })
}

// Customer implements desk.View.
func (t *MirrorTx) Customer(k chat.CustomerKey) (chat.Customer, bool) {
	return lookUp(t, &t.customers, customerKey, string(k), customerKeys, func() (chat.Customer, bool) { return t.Tx.Customer(k) })
}

// CustomerByID implements desk.View.
func (t *MirrorTx) CustomerByID(id chat.CustomerID) (chat.Customer, bool) {
	return findOne(t, &t.customers, customerID+str(store.Fold(id)), customerKeys, customerOf, func() (chat.Customer, bool) { return t.Tx.CustomerByID(id) })
}

// Identity implements desk.View.
func (t *MirrorTx) Identity(id chat.IdentityID) (chat.Identity, bool) {
	return lookUp(t, &t.identities, identityKey, string(id), identityKeys, func() (chat.Identity, bool) { return t.Tx.Identity(id) })
}

// IdentityByAddress implements desk.View.
func (t *MirrorTx) IdentityByAddress(ch chat.Channel, a chat.Address) (chat.Identity, bool) {
	return findOne(t, &t.identities, addressKey(ch, a), identityKeys, identityID, func() (chat.Identity, bool) { return t.Tx.IdentityByAddress(ch, a) })
}

// IdentitiesOf implements desk.View.
func (t *MirrorTx) IdentitiesOf(k chat.CustomerKey) []chat.Identity {
	fill(t, &t.identities, identityOf+str(k), identityKeys, identityID, func() []chat.Identity { return t.Tx.IdentitiesOf(k) })
	return t.own().IdentitiesOf(k)
}

// Chat implements desk.View.
func (t *MirrorTx) Chat(id chat.ID) (chat.Chat, bool) {
	return lookUp(t, &t.chats, chatKey, string(id), chatKeys, func() (chat.Chat, bool) { return t.Tx.Chat(id) })
}

// ChatByAlias implements desk.View.
func (t *MirrorTx) ChatByAlias(alias string) (chat.Chat, bool) {
	return findOne(t, &t.chats, chatAlias+str(store.Fold(alias)), chatKeys, chatID, func() (chat.Chat, bool) { return t.Tx.ChatByAlias(alias) })
}

// OpenChat implements desk.View.
func (t *MirrorTx) OpenChat(i chat.IdentityID, a chat.AssetID) (chat.Chat, bool) {
	return findOne(t, &t.chats, chatOpen+str(i)+str(a), chatKeys, chatID, func() (chat.Chat, bool) { return t.Tx.OpenChat(i, a) })
}

// LastChat implements desk.View.
func (t *MirrorTx) LastChat(i chat.IdentityID, a chat.AssetID) (chat.Chat, bool) {
	t.ChatsOfIdentity(i)
	return t.own().LastChat(i, a)
}

func (t *MirrorTx) fillChats(prefix string, read func() []chat.Chat) {
	fill(t, &t.chats, prefix, chatKeys, chatID, read)
}

// ChatsOfIdentity implements desk.View.
func (t *MirrorTx) ChatsOfIdentity(i chat.IdentityID) []chat.Chat {
	t.fillChats(chatOf+str(i), func() []chat.Chat { return t.Tx.ChatsOfIdentity(i) })
	return t.own().ChatsOfIdentity(i)
}

// ChatsHeldBy implements desk.View.
func (t *MirrorTx) ChatsHeldBy(a chat.AgentID) []chat.Chat {
	t.fillChats(chatHeld+str(a), func() []chat.Chat { return t.Tx.ChatsHeldBy(a) })
	return t.own().ChatsHeldBy(a)
}

// CountsOf implements desk.View.
func (t *MirrorTx) CountsOf(a chat.AgentID) chat.Counts {
	t.fillChats(chatHeld+str(a), func() []chat.Chat { return t.Tx.ChatsHeldBy(a) })
	return t.own().CountsOf(a)
}

// ChatsQueuedIn implements desk.View.
func (t *MirrorTx) ChatsQueuedIn(id chat.TeamID) []chat.Chat {
	t.fillChats(chatQueued+str(id), func() []chat.Chat { return t.Tx.ChatsQueuedIn(id) })
	return t.own().ChatsQueuedIn(id)
}

// ChatsWaitingIn implements desk.View, as ChatsOpenIn does.
func (t *MirrorTx) ChatsWaitingIn(id chat.TeamID, after *chat.Chat, n int) []chat.Chat {
	return t.keepChats(t.Tx.ChatsWaitingIn(id, after, n))
}

// ChatsOpenIn implements desk.View. It asks the store, which has been told all that t was; what is read is kept.
func (t *MirrorTx) ChatsOpenIn(id chat.TeamID, after chat.ID, n int) []chat.Chat {
	return t.keepChats(t.Tx.ChatsOpenIn(id, after, n))
}

func (t *MirrorTx) keepChats(found []chat.Chat) []chat.Chat {
	for _, c := range found {
		keep(t, &t.chats, string(c.ID), c, chatKeys)
	}
	return found
}

// ChatsOfCustomer implements desk.View.
func (t *MirrorTx) ChatsOfCustomer(k chat.CustomerKey) []chat.Chat {
	t.fillChats(chatOfCustomer+str(k), func() []chat.Chat { return t.Tx.ChatsOfCustomer(k) })
	return t.own().ChatsOfCustomer(k)
}

// Media implements desk.View.
func (t *MirrorTx) Media(id chat.MediaID) (desk.Media, bool) {
	return lookUp(t, &t.media, mediaKey, string(id), mediaKeys, func() (desk.Media, bool) { return t.Tx.Media(id) })
}

// Outgoing implements desk.View.
func (t *MirrorTx) Outgoing(id chat.MessageID) (desk.Outgoing, bool) {
	return lookUp(t, &t.outgoing, "", string(id), outgoingKeys, func() (desk.Outgoing, bool) { return t.Tx.Outgoing(id) })
}

// Timer implements desk.View.
func (t *MirrorTx) Timer(id string) (desk.Timer, bool) {
	return lookUp(t, &t.timers, timerKey, id, timerKeys, func() (desk.Timer, bool) { return t.Tx.Timer(id) })
}

// Device implements desk.View.
func (t *MirrorTx) Device(id chat.DeviceID) (desk.Device, bool) {
	return lookUp(t, &t.devices, deviceKey, string(id), noKeys, func() (desk.Device, bool) { return t.Tx.Device(id) })
}

// Result implements desk.View.
func (t *MirrorTx) Result(d chat.DeviceID, n int64) (desk.Result, bool) {
	row, ok := lookUp(t, &t.results, "", str(d)+num(n), noKeys, func() (result, bool) {
		r, ok := t.Tx.Result(d, n)
		return result{Result: r}, ok
	})
	return row.Result, ok
}

// Draft implements desk.View.
func (t *MirrorTx) Draft(a chat.AgentID, c chat.ID) (desk.Draft, bool) {
	return lookUp(t, &t.drafts, draftsKey, draftKey(a, c), noKeys, func() (desk.Draft, bool) { return t.Tx.Draft(a, c) })
}

// DraftsOf implements desk.View.
func (t *MirrorTx) DraftsOf(a chat.AgentID) []desk.Draft {
	fill(t, &t.drafts, allOf+draftsKey+str(a), noKeys, draftPlace, func() []desk.Draft { return t.Tx.DraftsOf(a) })
	return t.own().DraftsOf(a)
}
