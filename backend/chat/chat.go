// Package chat holds the nouns of customer conversations and the rules that the server and the console both
// need: dots, waiting, unread, pending, the orders of a list, what a command does to a chat before it is
// confirmed, and the kinds of problem. It imports only the standard library and does no I/O; RULES.md beside
// this file numbers the rules that its comments and tests cite.
package chat

import "slices"

// Ids. Each is an opaque string that is compared by byte; the server makes them, except DeviceID and CommandID.
type (
	ID          string // of a chat: the 3 characters of its team's prefix and 13 of A-Z0-9; immutable
	TeamID      string
	AgentID     string
	AssetID     string
	CustomerKey string // a profile's internal, immutable key; people see and edit its CustomerID
	CustomerID  string // 1-64 characters, unique whatever the case, editable; an unknown sender's is "C-" and 8 characters
	IdentityID  string
	MessageID   string
	MediaID     string // of an attachment, the server's own
	CommandID   string // a UUIDv7, made by the device
	DeviceID    string // made once for each installation
)

// Millis is a moment of the server's time in milliseconds since 1970-01-01 UTC; 0 means never.
type Millis int64

// Channel is how a customer writes. Values leave the process.
type Channel string

const (
	SMS      Channel = "sms"
	Facebook Channel = "facebook"
	Twitter  Channel = "twitter"
	Email    Channel = "email"
	WhatsApp Channel = "whatsapp"
)

// SpokenChannels are those whose vendor a server of this version speaks with: there is no asset of another one.
func SpokenChannels() []Channel { return []Channel{WhatsApp} }

// Status is where a chat stands. Values leave the process.
type Status string

const (
	Queued Status = "queued"
	Picked Status = "picked"
	OnHold Status = "on_hold"
	Closed Status = "closed"
)

// Priority ranks chats: 1 Urgent to 4 Low; 0 is unset and ranks below all.
type Priority int

const (
	Unset  Priority = 0
	Urgent Priority = 1
	High   Priority = 2
	Normal Priority = 3
	Low    Priority = 4
)

// Role is what an agent may do. Values leave the process.
type Role string

const (
	PlainAgent Role = "agent"
	Manager    Role = "manager" // runs the teams that the agent manages; their chats only where the agent is in the team too
	Admin      Role = "admin"   // runs the tenant, and every team; the same of chats
)

// Availability is the agent's own choice; it has effect while one of the agent's devices is heard (rule G6). Values
// leave the process.
type Availability string

const (
	Available   Availability = "available"
	Unavailable Availability = "unavailable"
)

// Chat is one conversation between one identity and one asset, as its holder, its queue and the rules see it.
// It is absolute: whoever receives a newer one replaces the older by it.
type Chat struct {
	ID       ID
	Alias    string
	Status   Status
	Team     TeamID
	Asset    AssetID
	Identity IdentityID
	Customer CustomerKey
	Channel  Channel
	Assignee AgentID // empty unless held by somebody; of a closed chat who held it last
	Priority Priority
	Tags     []string

	CreatedAt     Millis
	AssignedAt    Millis // of the present assignment
	AssignedIndex int64  // the order within the request that assigned it
	OpenedAt      Millis // first opened by this assignee in this assignment; 0: not yet
	WaitingSince  Millis // derived from the messages, see Waiting; 0: nobody waits
	LastInboundAt Millis // 0: the customer has never written
	Assignment    int64  // + 1 with every change of holder

	LastNumber   int64 // the number of the newest message
	InboundCount int64 // how many of the messages are the customer's
	ReadTo       int64 // the read marker of this assignment: the number of the last message read
	Unread       int64 // the customer's messages after ReadTo
	SettledTo    int64 // messages up to this number never make the chat wait (it was closed after them)

	ReleaseAt Millis // when it goes back to its queue unless it is answered, see ReleaseAt; 0: no clock runs
	Extended  bool   // "I'm on it" was said in this waiting

	// LastText is the text or attachment name of the newest message that is no System line, for the list: one
	// line of at most 200 characters; customer text is text.
	LastText string
	LastKind Kind

	Course Course
}

// Course is what the server alone keeps of a chat, for its clocks and for what may be undone. It does not leave
// the server: on a console it is zero.
type Course struct {
	ActiveAt     Millis    // the newest message of the customer's, or of a person's to them
	ResumedAt    Millis    // when it last came back from hold
	FailedAt     Millis    // when the last reply that failed was learnt to have failed
	ExtendedFor  Millis    // the WaitingSince in which "I'm on it" was said last
	ExtendedAt   Millis    // when that was
	EscalatedFor Millis    // the WaitingSince that EscalatedBy is of
	EscalatedBy  int64     // how many steps of its waiting have raised the priority
	DueAt        Millis    // when the chat's timer fires; 0: it has none. It may fire before anything is due
	LastHolder   AgentID   // who held it last, or holds it
	LetGo        AgentID   // who let it go last and is not given it by itself (rule G4); empty: nobody
	Given        *Given    // the last transfer, while it may be undone; nil: none
	Undone       CommandID // the transfer that was undone last
	// Knew are those who may learn who has it without seeing it: who had it, or gave it, just before (rule S4).
	Knew []AgentID
}

// Given is a transfer, and what the chat was before it.
type Given struct {
	Command    CommandID
	By         AgentID
	At         Millis
	Assignment int64 // the chat's after the transfer, and after it was given on by itself (rule H4)

	Team          TeamID
	Assignee      AgentID
	Status        Status
	AssignedAt    Millis
	AssignedIndex int64
	OpenedAt      Millis
	ReadTo        int64
	LastHolder    AgentID // as in Course
	LetGo         AgentID
}

// Kind says who a message is from. Values leave the process.
type Kind string

const (
	Inbound Kind = "inbound" // the customer's
	Reply   Kind = "reply"   // a person's, to the customer
	Note    Kind = "note"    // a person's, for colleagues only
	System  Kind = "system"  // a line of the chat's history
	Auto    Kind = "auto"    // an auto-response, a survey, an event
)

// State is how far a message to the customer has come. Values leave the process. Queued and Held exist only
// on the device that wrote the message.
type State string

const (
	NoState   State = ""
	InOutbox  State = "queued"    // on the device, not yet confirmed by the server
	Accepted  State = "accepted"  // the server has it and will send it
	Sent      State = "sent"      // the vendor has it
	Delivered State = "delivered" // the customer's device has it
	Seen      State = "read"      // the customer has read it
	Failed    State = "failed"    // it did not reach the customer; see Failure
	Uncertain State = "uncertain" // it may have reached the vendor and is never silently sent again
	Held      State = "held"      // the server would not send it as things are; the agent decides
)

// Message is one entry of a chat. Numbers within a chat begin at 1 and have no gap.
type Message struct {
	ID     MessageID
	Chat   ID
	Number int64
	Kind   Kind
	// Inbounds is how many messages up to and including this one are the customer's: unread after a marker is
	// Chat.InboundCount - Inbounds of the marked message.
	Inbounds    int64
	Author      AgentID // of a reply or a note
	AuthorName  string
	Text        string
	Attachments []Attachment
	At          Millis // the server's time of receipt
	VendorAt    Millis // the vendor's own time, only shown; 0: none
	State       State  // of a reply
	Failure     *Failure
	Command     CommandID // that made it; empty for what no device made
	Unsupported string    // the vendor's type of a message that Parley cannot show yet; empty otherwise
	Line        *Line     // of a System message
	Asks        bool      // Uncertain for so long that the holder is asked whether it went out
}

// Line is a line of the chat's history as data, so that each console says it in its own language.
type Line struct {
	// Code and its Args: "picked" by an agent; "assigned" to an agent, from another if somebody held it;
	// "identity_merged" with another chat; "closed"; "reopened" to an agent, or to the queue if none is named;
	// "queued", having been held by an agent if one is named. "transferred" by an agent, to an agent or "", in a team;
	// "undone" by an agent: the transfer before it; "released" from an agent by the clock, and "returned" by an agent
	// by hand, each after so many minutes, and from another agent if one is named; "extended" by an agent: "I'm on it"; "on_hold", "resumed" and "closed" by an
	// agent, or by the clock if none is named; "priority" by an agent or "", to a Priority in digits.
	// Agents and teams are named by name, chats by id.
	Code string
	Args []string
}

// Failure says why a message did not arrive.
type Failure struct {
	Code   string // the vendor's code, for whoever looks it up; may be empty
	Reason Reason
	Detail string // the vendor's words, shown as text
}

// Reason is a failure as an agent understands it; each has one text in the page. Values leave the process.
type Reason string

const (
	OutsideWindow Reason = "outside_window"  // WhatsApp 131047: more than 24 h since the customer's last message
	Undeliverable Reason = "undeliverable"   // the number cannot receive it (131026)
	Unsupported   Reason = "unsupported"     // this kind of message cannot be sent
	NotAuthorized Reason = "not_authorized"  // the company's access is wrong or expired; an admin must act
	SlowDown      Reason = "slow_down"       // the vendor's rate limit, after all tries
	VendorDown    Reason = "vendor_down"     // the vendor could not be reached, after all tries
	Rejected      Reason = "rejected"        // any other refusal
	AgentSaidSo   Reason = "declared_unsent" // an agent declared an uncertain message not sent
)

// Attachment is a named file of a message. Its content is fetched from the server by ID.
type Attachment struct {
	ID    MediaID
	Name  string
	MIME  string
	Size  int64      // bytes; 0 until Ready
	State MediaState // a file from a vendor is fetched after its message was stored
}

// MediaState is how far the server has come with fetching a file. Values leave the process.
type MediaState string

const (
	MediaPending MediaState = "pending"
	MediaReady   MediaState = "ready"
	MediaFailed  MediaState = "failed"
)

// Customer is a profile.
type Customer struct {
	Key  CustomerKey
	ID   CustomerID
	Name string
	// Revision grows with every change, so that of two streams the one that knows better can be told.
	Revision int64
}

// Identity is the customer's end of a channel.
type Identity struct {
	ID       IdentityID
	Customer CustomerKey
	Channel  Channel
	// Addresses, the older first. A WhatsApp identity has a phone (E.164), a business-scoped user id, or both.
	Addresses []Address
	// ProfileName is the name that the vendor gave last. The customer's name follows it until a person edits it.
	// It does not leave the server.
	ProfileName string
	Revision    int64 // as a Customer's; a change of ProfileName alone is none
}

// Address is one way to reach an identity. (channel, Kind, Value) belongs to one identity.
type Address struct {
	Kind  AddressKind
	Value string
}

// AddressKind says what an address is. Values leave the process.
type AddressKind string

const (
	Phone  AddressKind = "phone"   // E.164, with its plus sign
	UserID AddressKind = "user_id" // the vendor's id of a person
	Mail   AddressKind = "email"
)

// Clone returns a copy that shares nothing with c.
func (c Chat) Clone() Chat {
	c.Tags = slices.Clone(c.Tags)
	c.Course.Knew = slices.Clone(c.Course.Knew)
	if c.Course.Given != nil {
		g := *c.Course.Given
		c.Course.Given = &g
	}
	return c
}

// Clone returns a copy that shares nothing with m.
func (m Message) Clone() Message {
	m.Attachments = slices.Clone(m.Attachments)
	if m.Failure != nil {
		f := *m.Failure
		m.Failure = &f
	}
	if m.Line != nil {
		l := *m.Line
		l.Args = slices.Clone(l.Args)
		m.Line = &l
	}
	return m
}
