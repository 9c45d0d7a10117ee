// Package desk is the authority: the rules of the server as pure functions. Decide reads a View, is given the
// time and a source of ids, and returns an Outcome that the store applies in one transaction. It has no I/O, no
// clock, no randomness and no goroutine. Who commits Outcomes is package commit; where they lie, package store.
package desk

import (
	"parley/backend/chat"
	"parley/backend/wire"
)

// Team owns a queue.
type Team struct {
	ID     chat.TeamID
	Name   string
	Prefix string // 3 characters of A-Z0-9 that begin its chats' ids

	Settings chat.TeamSettings
	Revision int64 // grows with every change
}

// Agent is a person who answers, with an account.
type Agent struct {
	ID           chat.AgentID
	Name         string
	Teams        []chat.TeamID
	Availability chat.Availability
	Threshold    int // how many picked chats the agent may have; see DefaultThreshold
	Active       bool

	Role    chat.Role     // empty: chat.PlainAgent
	Manages []chat.TeamID // of a chat.Manager
	// Away: none of the agent's devices was heard for a while, so that Availability has no effect (rule G6).
	Away       bool
	MyOrder    chat.Order // of My Chats; empty: the first of chat.MyOrders
	QueueOrder chat.Order
	Revision   int64 // grows with every change that an admin makes
}

// DefaultThreshold is an agent's capacity unless set (rule P2).
const DefaultThreshold = 99

// Token lets an agent sign in. Only its SHA-256 is kept.
type Token struct {
	Hash      string // hex
	Agent     chat.AgentID
	Label     string
	CreatedAt chat.Millis
	RevokedAt chat.Millis // 0: valid
	ExpiresAt chat.Millis // 0: never
	Successor string      // the hash of the token that was offered in its place last; empty: none
	Replaces  string      // the hash of the token in whose place it was offered; empty: none, an admin made it
}

// Asset is the company's end of a channel.
type Asset struct {
	ID         chat.AssetID
	Channel    chat.Channel
	Name       string
	Address    string // as people know it
	VendorID   string // as the vendor names it: WhatsApp's phone_number_id; unique in a channel
	Credential string // the name of the credentials that it is sent with
	Team       chat.TeamID
	Shared     []chat.TeamID
	Priority   chat.Priority
	Active     bool
	Revision   int64 // grows with every change
}

// Credential is the company's access to a vendor. Its secrets are never printed, logged or sent to a console.
type Credential struct {
	Name        string // stands in the webhook's path
	Channel     chat.Channel
	BaseURL     string // of the vendor's API
	AppSecret   string
	VerifyToken string
	AccessToken string
}

// Draft is what an agent has begun to write in a chat and not sent. It follows the agent from device to device.
type Draft struct {
	Agent    chat.AgentID
	Chat     chat.ID
	Text     string        // empty: it was sent or thrown away, and is remembered for a while
	Revision int64         // grows with every change
	Device   chat.DeviceID // that wrote it last; empty: it was put together from what two wrote
	At       chat.Millis   // of that
}

// Media is a file of a message, and where to fetch it.
type Media struct {
	ID         chat.MediaID
	Chat       chat.ID
	Number     int64 // of the message
	Credential string
	VendorID   string // the vendor's id of the file
	SHA256     string // as the vendor promised it, hex or base64 as it came; may be empty
	State      chat.MediaState
	Attempt    int
	NextAt     chat.Millis // when to try next, while pending
}

// OutgoingState is how far a message's way to its vendor has come. Values are stored.
type OutgoingState string

const (
	OutPending OutgoingState = "pending" // to be sent at NextAt
	OutSending OutgoingState = "sending" // an attempt was committed; the call may be under way
	OutUnclear OutgoingState = "unclear" // the call may have reached the vendor; nobody sends it again
	OutDone    OutgoingState = "done"    // accepted by the vendor, failed, or settled
)

// Outgoing is a message on its way to a vendor. One of a chat is in flight at a time, in order of Number.
type Outgoing struct {
	Message  chat.MessageID // also its key, and the callback data that the vendor's statuses bring back
	Chat     chat.ID
	Number   int64
	Asset    chat.AssetID
	To       chat.Address
	Text     string
	State    OutgoingState
	Attempt  int
	NextAt   chat.Millis
	Since    chat.Millis // of State
	VendorID string      // the vendor's id of the message, once known
}

// TimerKind says what a due timer does. Values are stored.
type TimerKind string

const (
	// TimerAskUncertain asks the holder about a message that is still uncertain (60 s after it became so).
	TimerAskUncertain TimerKind = "ask_uncertain"
	// TimerChat looks at a chat's clocks (chat.ReleaseAt and the others) and does what is due. A chat has one of them, at
	// its Course.DueAt; it may fire early, and then only puts the next.
	TimerChat TimerKind = "chat"
	// TimerAway makes an agent away who was not heard since it was put.
	TimerAway TimerKind = "away"
	// TimerAssign gives a team's queued chats to its agents, where its settings say so.
	TimerAssign TimerKind = "assign"
	// TimerReclock looks at the clocks of a team's chats, some at a time, after its settings were changed.
	TimerReclock TimerKind = "reclock"
	// TimerReturn gives back the chats of an agent who signed out, or is not active any more, some at a time.
	TimerReturn TimerKind = "return"
)

// Timer is a row that becomes a command when it is due. Firing one twice does the same once: what it does is decided
// by how things are then, and a timer that is not due, or not there any more, does nothing.
type Timer struct {
	ID     string
	At     chat.Millis
	Kind   TimerKind
	Target string // what it is about: the id of a message, a chat, an agent or a team
	Cursor string // of TimerReclock and TimerReturn: the id of the last chat that was looked at
}

// Device is one installation of the console, as the server knows it.
type Device struct {
	ID         chat.DeviceID
	Agent      chat.AgentID
	LastNumber int64 // of the last command that has a result
}

// Result is the stored end of a device's command.
type Result struct {
	Device  chat.DeviceID
	Number  int64
	ID      chat.CommandID
	Outcome wire.Outcome
	Problem *chat.Problem
	Items   []Item // of a command of many chats, see wire.Result
	Created string // the id of what it made
}

// Item is how a command ended for one chat.
type Item struct {
	Chat    chat.ID
	Outcome wire.Outcome
	Problem *chat.Problem
}
