package desk

import "parley/backend/chat"

// View is what Decide may read. Every method answers from one consistent state that includes the outcomes
// applied before. A store that fails to read answers "not found" and makes the commit fail, so that no method
// needs an error. Slices are in the order said, by byte where text is compared; the caller must not change what
// it is given.
type View interface {
	// Epoch is that of the streams now: what was written under another was written before the log was rebuilt.
	Epoch() string

	Team(chat.TeamID) (Team, bool)
	Teams() []Team // by id
	TeamByPrefix(string) (Team, bool)
	Agent(chat.AgentID) (Agent, bool)
	Agents() []Agent              // by id
	AgentsIn(chat.TeamID) []Agent // those of a team, active or not, by id
	Asset(chat.AssetID) (Asset, bool)
	Assets() []Asset // by id
	AssetByVendor(ch chat.Channel, vendorID string) (Asset, bool)
	Credential(name string) (Credential, bool)
	Token(hash string) (Token, bool)

	Customer(chat.CustomerKey) (chat.Customer, bool)
	CustomerByID(chat.CustomerID) (chat.Customer, bool) // whatever the case
	Identity(chat.IdentityID) (chat.Identity, bool)
	IdentityByAddress(chat.Channel, chat.Address) (chat.Identity, bool)
	IdentitiesOf(chat.CustomerKey) []chat.Identity // by id

	Chat(chat.ID) (chat.Chat, bool)
	// ChatByAlias finds a chat, closed or not, by its alias, whatever the case; no chat has the empty one.
	ChatByAlias(alias string) (chat.Chat, bool)
	// OpenChat returns the chat of (identity, asset) that is not closed.
	OpenChat(chat.IdentityID, chat.AssetID) (chat.Chat, bool)
	// LastChat returns the newest chat of (identity, asset), by CreatedAt and then ID.
	LastChat(chat.IdentityID, chat.AssetID) (chat.Chat, bool)
	ChatsOfIdentity(chat.IdentityID) []chat.Chat // by CreatedAt, then ID
	ChatsHeldBy(chat.AgentID) []chat.Chat        // picked or on hold, by ID
	CountsOf(chat.AgentID) chat.Counts           // chat.Count of ChatsHeldBy, without reading them
	// ChatsQueuedIn returns a team's chats that nobody holds: queued, or on hold without an assignee; by ID.
	ChatsQueuedIn(chat.TeamID) []chat.Chat
	// ChatsWaitingIn returns at most n of a team's queued chats in chat.LongestWait's order: the first ones, or those that
	// come after a chat, as it is given.
	ChatsWaitingIn(t chat.TeamID, after *chat.Chat, n int) []chat.Chat
	// ChatsOpenIn returns at most n chats of a team that are not closed with ids above after, by ID.
	ChatsOpenIn(t chat.TeamID, after chat.ID, n int) []chat.Chat
	ChatsOfCustomer(chat.CustomerKey) []chat.Chat // newest first: CreatedAt descending, then ID

	Message(chat.ID, int64) (chat.Message, bool)
	MessageByID(chat.MessageID) (chat.Message, bool)
	// MessageByVendor finds a customer's message, or a reply, by the vendor's id of it.
	MessageByVendor(ch chat.Channel, vendorID string) (chat.Message, bool)
	// MessagesBefore returns at most n messages with numbers below before, in order of their number; before 0
	// means from the newest.
	MessagesBefore(c chat.ID, before int64, n int) []chat.Message
	// LastAnswer returns the number of the newest message of c for which chat.Answers holds, or 0.
	LastAnswer(c chat.ID) int64
	// FirstInboundAfter returns the customer's first message of c with a number above after.
	FirstInboundAfter(c chat.ID, after int64) (chat.Message, bool)
	// RepliesAfter returns the replies of c with numbers above after, in order.
	RepliesAfter(c chat.ID, after int64) []chat.Message

	// Draft returns what an agent has begun to write in a chat.
	Draft(chat.AgentID, chat.ID) (Draft, bool)
	DraftsOf(chat.AgentID) []Draft // by chat

	Media(chat.MediaID) (Media, bool)
	Outgoing(chat.MessageID) (Outgoing, bool)
	Device(chat.DeviceID) (Device, bool)
	Result(chat.DeviceID, int64) (Result, bool)
	Timer(id string) (Timer, bool)
}

// IDs is where new ids come from.
type IDs interface {
	// ChatID returns a new id that begins with the team's prefix.
	ChatID(prefix string) chat.ID
	// CustomerID returns "C-" and 8 characters for an unknown sender.
	CustomerID() chat.CustomerID
	// Opaque returns an id for everything else: 20 characters of a-z0-9.
	Opaque() string
}
