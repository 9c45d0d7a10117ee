package memory

import (
	"cmp"
	"slices"
	"strings"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// reader answers from one state. err is the first failure of a write to it.
type reader struct {
	*state
	err error
}

var _ store.Reader = (*reader)(nil)

func (r *reader) Team(id chat.TeamID) (desk.Team, bool) { return r.teams.get(string(id)) }
func (r *reader) Teams() []desk.Team                    { return all(&r.teams) }
func (r *reader) TeamByPrefix(p string) (desk.Team, bool) {
	return find(r.state, &r.teams, teamPrefix+str(p))
}

func (r *reader) Agent(id chat.AgentID) (desk.Agent, bool) { return r.agents.get(string(id)) }
func (r *reader) Agents() []desk.Agent                     { return all(&r.agents) }
func (r *reader) AgentsIn(t chat.TeamID) []desk.Agent {
	return list(r.state, &r.agents, agentIn+str(t))
}

func (r *reader) Asset(id chat.AssetID) (desk.Asset, bool) { return r.assets.get(string(id)) }
func (r *reader) Assets() []desk.Asset                     { return all(&r.assets) }
func (r *reader) AssetByVendor(ch chat.Channel, id string) (desk.Asset, bool) {
	return find(r.state, &r.assets, assetVendor+str(ch)+str(id))
}

func (r *reader) Credential(name string) (desk.Credential, bool) { return r.credentials.get(name) }
func (r *reader) Credentials() []desk.Credential                 { return all(&r.credentials) }

func (r *reader) Token(hash string) (desk.Token, bool) { return r.tokens.get(hash) }

func (r *reader) Tokens() []desk.Token {
	tokens := all(&r.tokens)
	slices.SortStableFunc(tokens, func(a, b desk.Token) int { return cmp.Compare(a.CreatedAt, b.CreatedAt) })
	return tokens
}

func (r *reader) Customer(k chat.CustomerKey) (chat.Customer, bool) {
	return r.customers.get(string(k))
}

func (r *reader) CustomerByID(id chat.CustomerID) (chat.Customer, bool) {
	return find(r.state, &r.customers, customerID+str(store.Fold(id)))
}

func (r *reader) Identity(id chat.IdentityID) (chat.Identity, bool) {
	return r.identities.get(string(id))
}

func (r *reader) IdentityByAddress(ch chat.Channel, a chat.Address) (chat.Identity, bool) {
	return find(r.state, &r.identities, addressKey(ch, a))
}

func (r *reader) IdentitiesOf(k chat.CustomerKey) []chat.Identity {
	return list(r.state, &r.identities, identityOf+str(k))
}

func (r *reader) Chat(id chat.ID) (chat.Chat, bool) { return r.chats.get(string(id)) }

func (r *reader) ChatByAlias(alias string) (chat.Chat, bool) {
	return find(r.state, &r.chats, chatAlias+str(store.Fold(alias)))
}

func (r *reader) OpenChat(i chat.IdentityID, a chat.AssetID) (chat.Chat, bool) {
	return find(r.state, &r.chats, chatOpen+str(i)+str(a))
}

func (r *reader) LastChat(i chat.IdentityID, a chat.AssetID) (chat.Chat, bool) {
	for _, c := range slices.Backward(r.ChatsOfIdentity(i)) {
		if c.Asset == a {
			return c, true
		}
	}
	return chat.Chat{}, false
}

func (r *reader) ChatsOfIdentity(i chat.IdentityID) []chat.Chat {
	return list(r.state, &r.chats, chatOf+str(i))
}

func (r *reader) ChatsHeldBy(a chat.AgentID) []chat.Chat {
	return list(r.state, &r.chats, chatHeld+str(a))
}

func (r *reader) CountsOf(a chat.AgentID) chat.Counts {
	return chat.Count(func(yield func(*chat.Chat) bool) {
		for c := range rowsOf(r.state, &r.chats, chatHeld+str(a)) {
			if !yield(&c) {
				return
			}
		}
	}, a)
}

func (r *reader) ChatsQueuedIn(t chat.TeamID) []chat.Chat {
	return list(r.state, &r.chats, chatQueued+str(t))
}

func (r *reader) ChatsWaitingIn(t chat.TeamID, after *chat.Chat, n int) []chat.Chat {
	prefix := chatWaiting + str(t)
	from := prefix
	if after != nil {
		from += str(store.Place(after)) + "\x00" // what comes next
	}
	var out []chat.Chat
	for key, id := range r.keys.from(from) {
		if len(out) >= n || !strings.HasPrefix(key, prefix) {
			break
		}
		c, _ := r.chats.get(id)
		out = append(out, c)
	}
	return out
}

func (r *reader) ChatsOpenIn(t chat.TeamID, after chat.ID, n int) []chat.Chat {
	prefix := chatOpenIn + str(t)
	var out []chat.Chat
	for key, id := range r.keys.from(prefix + str(after)) {
		if len(out) >= n || !strings.HasPrefix(key, prefix) {
			break
		}
		if c, _ := r.chats.get(id); c.ID > after {
			out = append(out, c)
		}
	}
	return out
}

func (r *reader) ChatsOfCustomer(k chat.CustomerKey) []chat.Chat {
	return list(r.state, &r.chats, chatOfCustomer+str(k))
}

func (r *reader) Media(id chat.MediaID) (desk.Media, bool) { return r.media.get(string(id)) }

func (r *reader) Outgoing(id chat.MessageID) (desk.Outgoing, bool) {
	return r.outgoing.get(string(id))
}

func (r *reader) Draft(a chat.AgentID, c chat.ID) (desk.Draft, bool) {
	return r.drafts.get(draftKey(a, c))
}

func (r *reader) DraftsOf(a chat.AgentID) []desk.Draft {
	var out []desk.Draft
	for _, d := range r.drafts.under(str(a)) {
		out = append(out, d)
	}
	return out
}

func (r *reader) Device(id chat.DeviceID) (desk.Device, bool) { return r.devices.get(string(id)) }

func (r *reader) Result(d chat.DeviceID, n int64) (desk.Result, bool) {
	row, ok := r.results.get(str(d) + num(n))
	return row.Result, ok
}

func (r *reader) Timer(id string) (desk.Timer, bool) { return r.timers.get(id) }

func (r *reader) Epoch() string      { return r.epoch }
func (r *reader) Clock() chat.Millis { return r.clock }
func (r *reader) Err() error         { return r.err }
