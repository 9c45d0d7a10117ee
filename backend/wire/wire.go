// Package wire is the protocol between a console and its server: the frames, their codec, the limits, the
// versions, and the error and close codes. PROTOCOL.md says what each means and how its receiver merges it. A
// frame is one JSON text with exactly one member, whose name is the frame's kind. Wire types are the protocol's
// own; the conversions to and from the nouns of package chat stand in convert.go.
//
// Times are int64 milliseconds of the server's clock since 1970-01-01 UTC unless a field says otherwise.
package wire

// Version range that this build speaks. A hello names the console's range, the welcome the version chosen.
const (
	MinVersion = 1
	MaxVersion = 1
)

// StreamKind says whose facts a stream carries. Values leave the process.
type StreamKind string

const (
	AgentStream  StreamKind = "agent"  // one agent's chats, messages and results; ID is the agent's
	QueueStream  StreamKind = "queue"  // one team's queue; ID is the team's
	TenantStream StreamKind = "tenant" // teams, agents and assets by name; ID is empty
)

// Stream names one.
type Stream struct {
	Kind StreamKind `json:"kind"`
	ID   string     `json:"id,omitzero"`
}

// Position is a place in a stream: everything up to and including Seq has been applied. Seq has no gap; a new
// epoch begins when the log was rebuilt.
type Position struct {
	Epoch string `json:"epoch"`
	Seq   int64  `json:"seq"`
}

// Up is what a console sends: exactly one member is set.
type Up struct {
	Hello   *Hello   `json:"hello,omitzero"`
	Command *Command `json:"command,omitzero"`
	More    *More    `json:"more,omitzero"`
	Earlier *Earlier `json:"earlier,omitzero"`
	Aim     *Aim     `json:"aim,omitzero"`
	Beat    *Beat    `json:"beat,omitzero"`
	Kept    *Kept    `json:"kept,omitzero"`
}

// Down is what a server sends: exactly one member is set. Unknown members are ignored unless critical is true
// beside them.
type Down struct {
	Welcome  *Welcome  `json:"welcome,omitzero"`
	Frame    *Frame    `json:"frame,omitzero"`
	Snapshot *Snapshot `json:"snapshot,omitzero"`
	Refetch  *Refetch  `json:"refetch,omitzero"`
	Result   *Result   `json:"result,omitzero"` // again, of a command that the device had sent before
	Page     *Page     `json:"page,omitzero"`
	History  *History  `json:"history,omitzero"`
	Targets  *Targets  `json:"targets,omitzero"`
	Beat     *Beat     `json:"beat,omitzero"`
	Token    *Token    `json:"token,omitzero"`
	Goodbye  *Goodbye  `json:"goodbye,omitzero"`
}

// Hello is the first frame of a connection. The token stands in the upgrade's Authorization header.
type Hello struct {
	MinVersion int    `json:"min_version"`
	MaxVersion int    `json:"max_version"`
	Device     string `json:"device"`
	App        string `json:"app"` // name and version of the console, for the log
	// Unconfirmed is the lowest number of the device's commands that has no result yet as far as the console
	// knows; 0: none. A snapshot of the agent's stream carries the results from it on.
	Unconfirmed int64 `json:"unconfirmed,omitzero"`
	// At is where the console stands in each stream that it has; a stream that it does not name is sent whole.
	At []StreamPosition `json:"at,omitempty"`
}

// StreamPosition is a position in a named stream.
type StreamPosition struct {
	Stream   Stream   `json:"stream"`
	Position Position `json:"position"`
}

// Welcome answers a hello that was accepted. After it each stream named in Streams follows: from the position
// that the hello named (Resumed), or as a snapshot. Streams is the whole list: what the console has of another
// stream it forgets.
type Welcome struct {
	Version     int              `json:"version"`
	Now         int64            `json:"now"`
	Agent       Agent            `json:"agent"`
	LastCommand int64            `json:"last_command"` // number of the device's last command that has a result; 0: none
	BeatMillis  int64            `json:"beat_millis"`  // each side says something at least this often
	Streams     []WelcomedStream `json:"streams"`
}

// WelcomedStream is one stream that the connection will carry.
type WelcomedStream struct {
	Stream  Stream   `json:"stream"`
	Head    Position `json:"head"`
	Resumed bool     `json:"resumed"` // false: a snapshot follows, what the console has of the stream is replaced
}

// Frame is one step of a stream: its changes are applied together with its position, all or nothing.
type Frame struct {
	Stream  Stream   `json:"stream"`
	Epoch   string   `json:"epoch"`
	Seq     int64    `json:"seq"`
	At      int64    `json:"at"`
	Changes []Change `json:"changes"`
	Counts  *Counts  `json:"counts,omitzero"` // of the agent after the changes, for checking; agent streams only
}

// Snapshot is a part of a stream's whole state at a position. Parts come in order from 0; the console applies
// them together when it has the last.
type Snapshot struct {
	Stream  Stream   `json:"stream"`
	At      Position `json:"at"`
	Part    int      `json:"part"`
	Last    bool     `json:"last"`
	Changes []Change `json:"changes"`
	Counts  *Counts  `json:"counts,omitzero"` // with the last part of an agent stream
}

// Change is one fact, absolute: exactly one member is set.
type Change struct {
	Chat     *Chat     `json:"chat,omitzero"`      // replaces the chat of that id
	ChatGone *ChatGone `json:"chat_gone,omitzero"` // the chat has left this stream
	Message  *Message  `json:"message,omitzero"`   // replaces the message of that chat and number
	Customer *Customer `json:"customer,omitzero"`  // replaces the customer of that key
	Identity *Identity `json:"identity,omitzero"`  // replaces the identity of that id
	Agent    *Agent    `json:"agent,omitzero"`     // replaces the agent of that id
	Team     *Team     `json:"team,omitzero"`      // replaces the team of that id
	Asset    *Asset    `json:"asset,omitzero"`     // replaces the asset of that id
	Result   *Result   `json:"result,omitzero"`    // of a command of one of the agent's devices
	Draft    *Draft    `json:"draft,omitzero"`     // replaces the agent's draft of that chat
	Orders   *Orders   `json:"orders,omitzero"`    // replaces how the agent's lists are sorted
}

// Orders is how an agent has the lists sorted, as chat.Order; empty: the first of each.
type Orders struct {
	My    string `json:"my,omitzero"`
	Queue string `json:"queue,omitzero"`
}

// Draft is what the agent has written in a chat and not sent, on whichever device.
type Draft struct {
	Chat     string `json:"chat"`
	Text     string `json:"text,omitzero"`   // empty: there is none any more
	Revision int64  `json:"revision"`        // grows with every change
	Device   string `json:"device,omitzero"` // the one that wrote it last; empty: it was put together from two
	At       int64  `json:"at"`
}

// Chat is chat.Chat on the wire.
type Chat struct {
	ID            string   `json:"id"`
	Alias         string   `json:"alias,omitzero"`
	Status        string   `json:"status"`
	Team          string   `json:"team"`
	Asset         string   `json:"asset"`
	Identity      string   `json:"identity"`
	Customer      string   `json:"customer"`
	Channel       string   `json:"channel"`
	Assignee      string   `json:"assignee,omitzero"`
	Priority      int      `json:"priority,omitzero"`
	Tags          []string `json:"tags,omitempty"`
	CreatedAt     int64    `json:"created_at"`
	AssignedAt    int64    `json:"assigned_at,omitzero"`
	AssignedIndex int64    `json:"assigned_index,omitzero"`
	OpenedAt      int64    `json:"opened_at,omitzero"`
	WaitingSince  int64    `json:"waiting_since,omitzero"`
	LastInboundAt int64    `json:"last_inbound_at,omitzero"`
	Assignment    int64    `json:"assignment"`
	LastNumber    int64    `json:"last_number"`
	InboundCount  int64    `json:"inbound_count"`
	ReadTo        int64    `json:"read_to"`
	Unread        int64    `json:"unread"`
	SettledTo     int64    `json:"settled_to,omitzero"`
	LastText      string   `json:"last_text,omitzero"`
	LastKind      string   `json:"last_kind,omitzero"`
	ReleaseAt     int64    `json:"release_at,omitzero"` // when it goes back to its queue unless it is answered
	Extended      bool     `json:"extended,omitzero"`   // "I'm on it" was said in this waiting
}

// ChatGone says that a chat has left a stream: the agent's list, or the queue.
type ChatGone struct {
	ID string `json:"id"`
	// To names the agent who has it now, or is empty.
	To string `json:"to,omitzero"`
}

// Message is chat.Message on the wire.
type Message struct {
	ID          string       `json:"id"`
	Chat        string       `json:"chat"`
	Number      int64        `json:"number"`
	Kind        string       `json:"kind"`
	Inbounds    int64        `json:"inbounds"`
	Author      string       `json:"author,omitzero"`
	AuthorName  string       `json:"author_name,omitzero"`
	Text        string       `json:"text,omitzero"`
	Attachments []Attachment `json:"attachments,omitempty"`
	At          int64        `json:"at"`
	VendorAt    int64        `json:"vendor_at,omitzero"`
	State       string       `json:"state,omitzero"`
	Failure     *Failure     `json:"failure,omitzero"`
	Command     string       `json:"command,omitzero"`
	Unsupported string       `json:"unsupported,omitzero"`
	Line        *Line        `json:"line,omitzero"`
	Asks        bool         `json:"asks,omitzero"`
}

// Line is chat.Line on the wire.
type Line struct {
	Code string   `json:"code"`
	Args []string `json:"args,omitempty"`
}

// Failure is chat.Failure on the wire.
type Failure struct {
	Code   string `json:"code,omitzero"`
	Reason string `json:"reason"`
	Detail string `json:"detail,omitzero"`
}

// Attachment is chat.Attachment on the wire. Its content is at GET /media/ID with the agent's token.
type Attachment struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	MIME  string `json:"mime"`
	Size  int64  `json:"size,omitzero"`
	State string `json:"state"`
}

// Customer is chat.Customer on the wire.
type Customer struct {
	Key      string `json:"key"`
	ID       string `json:"id"`
	Name     string `json:"name"`
	Revision int64  `json:"revision,omitzero"`
}

// Identity is chat.Identity on the wire.
type Identity struct {
	ID        string    `json:"id"`
	Customer  string    `json:"customer"`
	Channel   string    `json:"channel"`
	Addresses []Address `json:"addresses"`
	Revision  int64     `json:"revision,omitzero"`
}

// Address is chat.Address on the wire.
type Address struct {
	Kind  string `json:"kind"`
	Value string `json:"value"`
}

// Agent is a colleague, or oneself.
type Agent struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	Availability string   `json:"availability"`
	Teams        []string `json:"teams,omitempty"`
	Away         bool     `json:"away,omitzero"` // none of the agent's devices was heard for a while: not available
	Role         string   `json:"role,omitzero"` // as chat.Role; empty: agent
	Manages      []string `json:"manages,omitempty"`
	Threshold    int      `json:"threshold,omitzero"` // capacity in picked chats
	Inactive     bool     `json:"inactive,omitzero"`  // the account is closed
	Revision     int64    `json:"revision,omitzero"`  // grows with every change that an admin makes
}

// Team is a team with what its manager has set.
type Team struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Prefix   string       `json:"prefix,omitzero"` // begins its chats' ids
	Settings TeamSettings `json:"settings,omitzero"`
	Revision int64        `json:"revision,omitzero"` // grows with every change
}

// TeamSettings is chat.TeamSettings on the wire; what is left out is off.
type TeamSettings struct {
	ReleaseMinutes int    `json:"release_minutes,omitzero"`
	EscalateEvery  int    `json:"escalate_every,omitzero"`
	EscalateUnit   string `json:"escalate_unit,omitzero"` // "minutes" or "hours"
	EscalateUnset  bool   `json:"escalate_unset,omitzero"`
	HoldDays       int    `json:"hold_days,omitzero"`
	CloseDays      int    `json:"close_days,omitzero"`
	OnSignOut      string `json:"on_sign_out,omitzero"` // "keep" or "queue"
	AutoAssign     string `json:"auto_assign,omitzero"` // "off", "least_loaded" or "last_agent"
}

// Asset is the company's end of a channel.
type Asset struct {
	ID      string `json:"id"`
	Channel string `json:"channel"`
	Name    string `json:"name"`
	Address string `json:"address"` // as people know it: the display phone number

	Team     string   `json:"team,omitzero"` // that it belongs to
	Shared   []string `json:"shared,omitempty"`
	Priority int      `json:"priority,omitzero"` // of its new chats
	Inactive bool     `json:"inactive,omitzero"`
	Revision int64    `json:"revision,omitzero"` // grows with every change
}

// Counts are an agent's counts as the server has them.
type Counts struct {
	Held    int `json:"held"`
	Pending int `json:"pending"`
	Waiting int `json:"waiting"`
}

// Command is a command in its envelope. The device numbers its commands from 1 without a gap and sends them in
// that order; one with a number that the server has seen is answered with the stored result.
type Command struct {
	Number       int64  `json:"number"`
	ID           string `json:"id"`    // UUIDv7
	Epoch        string `json:"epoch"` // of the agent stream when it was written
	AgeMillis    int64  `json:"age_millis"`
	Kind         string `json:"kind"`
	Chat         string `json:"chat,omitzero"`
	Assignment   int64  `json:"assignment,omitzero"`
	Base         int64  `json:"base,omitzero"`
	UpTo         int64  `json:"up_to,omitzero"`
	Text         string `json:"text,omitzero"`
	Availability string `json:"availability,omitzero"`
	Message      string `json:"message,omitzero"`
	WentOut      bool   `json:"went_out,omitzero"`

	Chats    []Place  `json:"chats,omitempty"`
	Team     string   `json:"team,omitzero"`
	Agent    string   `json:"agent,omitzero"`
	Of       string   `json:"of,omitzero"`
	Priority int      `json:"priority,omitzero"`
	Tags     []string `json:"tags,omitempty"`
	Untags   []string `json:"untags,omitempty"`
	List     string   `json:"list,omitzero"`
	Order    string   `json:"order,omitzero"`

	TeamSet  *TeamSet  `json:"team_set,omitzero"`
	AgentSet *AgentSet `json:"agent_set,omitzero"`
	AssetSet *AssetSet `json:"asset_set,omitzero"`
}

// Outcome is how a command ended. Values leave the process.
type Outcome string

const (
	Done    Outcome = "done"
	Nothing Outcome = "nothing" // it was so already
	Refused Outcome = "refused" // see Problem; it never takes effect
	Held    Outcome = "held"    // a reply that would go out late or blind: the agent decides; see Problem
)

// Result is how one command ended. It comes in the agent's stream, in the same frame as the command's effects.
type Result struct {
	Device  string   `json:"device"`
	Number  int64    `json:"number"`
	ID      string   `json:"id"`
	Outcome Outcome  `json:"outcome"`
	Problem *Problem `json:"problem,omitzero"`
	// Items are the ends of a command of many chats, one for each, in its order. Outcome is Done if one of them is,
	// else Nothing if one of them is, else Refused with the first one's Problem. A command that is Malformed, or of
	// TooMany chats, has none.
	Items []Item `json:"items,omitempty"`
	// Created is the id of what the command made; of a put_team or put_agent without an id.
	Created string `json:"created,omitzero"`
}

// Item is how a command ended for one chat.
type Item struct {
	Chat    string   `json:"chat"`
	Outcome Outcome  `json:"outcome"`
	Problem *Problem `json:"problem,omitzero"`
}

// Problem is chat.Problem on the wire.
type Problem struct {
	Kind int      `json:"kind"`
	Args []string `json:"args,omitempty"`
}

// Refetch says that a command came out of order: the device sends again from number From.
type Refetch struct {
	From int64 `json:"from"`
}

// More asks for the newest messages of a chat with numbers below Before (0: the newest there are), at most Count
// and MaxPage.
type More struct {
	Chat   string `json:"chat"`
	Before int64  `json:"before"`
	Count  int    `json:"count"`
}

// Page answers a More: messages in order of their number, without a gap, ending at Before - 1. It may hold fewer
// than were asked for; none, and no Problem, says that there are no older ones. Before is the one asked for, or one
// above the chat's newest message if that is lower or 0 was asked for.
type Page struct {
	Chat     string    `json:"chat"`
	Before   int64     `json:"before"`
	Messages []Message `json:"messages"`
	Problem  *Problem  `json:"problem,omitzero"`
}

// Earlier asks for the chats of a customer, whoever held them.
type Earlier struct {
	Customer string `json:"customer"`
}

// History answers an Earlier: the customer's newest chats in the agent's teams, newest first, at most MaxHistory.
type History struct {
	Customer string   `json:"customer"`
	Chats    []Chat   `json:"chats"`
	Problem  *Problem `json:"problem,omitzero"`
}

// Aim asks whom some chats could be given to. A newer one takes the place of one that was not answered.
type Aim struct {
	Chats []string `json:"chats"` // at most MaxBatch; what the agent may not give away counts for nobody's good
}

// Targets answers an Aim: every team and every agent of it whom at least one of the chats could be given to by their
// team and asset, each with why not all of them can be now. It is of the moment when it was made.
type Targets struct {
	At     int64         `json:"at"`
	Teams  []TargetTeam  `json:"teams"`  // queues, by team id
	Agents []TargetAgent `json:"agents"` // by team, then agent
}

// TargetTeam is a team whose queue could take the chats.
type TargetTeam struct {
	Team    string   `json:"team"`
	Problem *Problem `json:"problem,omitzero"`
}

// TargetAgent is an agent in a team who could take the chats.
type TargetAgent struct {
	Agent     string   `json:"agent"`
	Team      string   `json:"team"`
	Load      int      `json:"load"`
	Threshold int      `json:"threshold"`
	Problem   *Problem `json:"problem,omitzero"`
}

// Beat says that the sender is alive. The server's carries its time and, for each stream whose snapshot is not
// still on its way, the position that the console has when it has read everything before this beat: a console
// that stands elsewhere has lost something and connects again.
type Beat struct {
	Now   int64  `json:"now,omitzero"`
	Heads []Head `json:"heads,omitempty"`
}

// Head is where a console stands in a stream, for checking.
type Head struct {
	Stream   Stream   `json:"stream"`
	Position Position `json:"position"`
	// Digest is of the chats that the stream carries at Position, see Digest; empty: it was not looked at, or the
	// stream carries no chats.
	Digest string `json:"digest,omitzero"`
}

// Token is a new token in the place of the one that the connection was opened with, which stays valid until the
// console says Kept, or comes with the new one.
type Token struct {
	Token     string `json:"token"`
	ExpiresAt int64  `json:"expires_at,omitzero"` // of the server's clock; 0: never
}

// Kept says that the token offered last lies where the console finds it at its next start.
type Kept struct{}

// Goodbye is the last frame before the server closes, with the same code as the close frame.
type Goodbye struct {
	Code   int    `json:"code"`
	Reason string `json:"reason"` // for a log, in English
	// RetryMillis says how long to wait before the next try; 0: the usual back-off.
	RetryMillis int64 `json:"retry_millis,omitzero"`
	// Problem is why, for people, where there is something to tell: chat.NoRoom, chat.ReadOnly.
	Problem *Problem `json:"problem,omitzero"`
}
