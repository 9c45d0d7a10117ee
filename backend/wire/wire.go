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
	ID   string     `json:"id,omitempty"`
}

// Position is a place in a stream: everything up to and including Seq has been applied. Seq has no gap; a new
// epoch begins when the log was rebuilt.
type Position struct {
	Epoch string `json:"epoch"`
	Seq   int64  `json:"seq"`
}

// Up is what a console sends: exactly one member is set.
type Up struct {
	Hello   *Hello   `json:"hello,omitempty"`
	Command *Command `json:"command,omitempty"`
	More    *More    `json:"more,omitempty"`
	Earlier *Earlier `json:"earlier,omitempty"`
	Beat    *Beat    `json:"beat,omitempty"`
}

// Down is what a server sends: exactly one member is set. Unknown members are ignored unless critical is true
// beside them.
type Down struct {
	Welcome  *Welcome  `json:"welcome,omitempty"`
	Frame    *Frame    `json:"frame,omitempty"`
	Snapshot *Snapshot `json:"snapshot,omitempty"`
	Refetch  *Refetch  `json:"refetch,omitempty"`
	Result   *Result   `json:"result,omitempty"` // again, of a command that the device had sent before
	Page     *Page     `json:"page,omitempty"`
	History  *History  `json:"history,omitempty"`
	Beat     *Beat     `json:"beat,omitempty"`
	Goodbye  *Goodbye  `json:"goodbye,omitempty"`
}

// Hello is the first frame of a connection. The token stands in the upgrade's Authorization header.
type Hello struct {
	MinVersion int    `json:"min_version"`
	MaxVersion int    `json:"max_version"`
	Device     string `json:"device"`
	App        string `json:"app"` // name and version of the console, for the log
	// Unconfirmed is the lowest number of the device's commands that has no result yet as far as the console
	// knows; 0: none. A snapshot of the agent's stream carries the results from it on.
	Unconfirmed int64 `json:"unconfirmed,omitempty"`
	// At is where the console stands in each stream that it has; a stream that it does not name is sent whole.
	At []StreamPosition `json:"at,omitempty"`
}

// StreamPosition is a position in a named stream.
type StreamPosition struct {
	Stream   Stream   `json:"stream"`
	Position Position `json:"position"`
}

// Welcome answers a hello that was accepted. After it each stream named in Streams follows: from the position
// that the hello named (Resumed), or as a snapshot.
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
	Counts  *Counts  `json:"counts,omitempty"` // of the agent after the changes, for checking; agent streams only
}

// Snapshot is a part of a stream's whole state at a position. Parts come in order from 0; the console applies
// them together when it has the last.
type Snapshot struct {
	Stream  Stream   `json:"stream"`
	At      Position `json:"at"`
	Part    int      `json:"part"`
	Last    bool     `json:"last"`
	Changes []Change `json:"changes"`
	Counts  *Counts  `json:"counts,omitempty"` // with the last part of an agent stream
}

// Change is one fact, absolute: exactly one member is set.
type Change struct {
	Chat     *Chat     `json:"chat,omitempty"`      // replaces the chat of that id
	ChatGone *ChatGone `json:"chat_gone,omitempty"` // the chat has left this stream
	Message  *Message  `json:"message,omitempty"`   // replaces the message of that chat and number
	Customer *Customer `json:"customer,omitempty"`  // replaces the customer of that key
	Identity *Identity `json:"identity,omitempty"`  // replaces the identity of that id
	Agent    *Agent    `json:"agent,omitempty"`     // replaces the agent of that id
	Team     *Team     `json:"team,omitempty"`      // replaces the team of that id
	Asset    *Asset    `json:"asset,omitempty"`     // replaces the asset of that id
	Result   *Result   `json:"result,omitempty"`    // of a command of one of the agent's devices
}

// Chat is chat.Chat on the wire.
type Chat struct {
	ID            string   `json:"id"`
	Alias         string   `json:"alias,omitempty"`
	Status        string   `json:"status"`
	Team          string   `json:"team"`
	Asset         string   `json:"asset"`
	Identity      string   `json:"identity"`
	Customer      string   `json:"customer"`
	Channel       string   `json:"channel"`
	Assignee      string   `json:"assignee,omitempty"`
	Priority      int      `json:"priority,omitempty"`
	Tags          []string `json:"tags,omitempty"`
	CreatedAt     int64    `json:"created_at"`
	AssignedAt    int64    `json:"assigned_at,omitempty"`
	AssignedIndex int64    `json:"assigned_index,omitempty"`
	OpenedAt      int64    `json:"opened_at,omitempty"`
	WaitingSince  int64    `json:"waiting_since,omitempty"`
	LastInboundAt int64    `json:"last_inbound_at,omitempty"`
	Assignment    int64    `json:"assignment"`
	LastNumber    int64    `json:"last_number"`
	InboundCount  int64    `json:"inbound_count"`
	ReadTo        int64    `json:"read_to"`
	Unread        int64    `json:"unread"`
	SettledTo     int64    `json:"settled_to,omitempty"`
	LastText      string   `json:"last_text,omitempty"`
	LastKind      string   `json:"last_kind,omitempty"`
}

// ChatGone says that a chat has left a stream: the agent's list, or the queue.
type ChatGone struct {
	ID string `json:"id"`
	// To names the agent who has it now, or is empty.
	To string `json:"to,omitempty"`
}

// Message is chat.Message on the wire.
type Message struct {
	ID          string       `json:"id"`
	Chat        string       `json:"chat"`
	Number      int64        `json:"number"`
	Kind        string       `json:"kind"`
	Inbounds    int64        `json:"inbounds"`
	Author      string       `json:"author,omitempty"`
	AuthorName  string       `json:"author_name,omitempty"`
	Text        string       `json:"text,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
	At          int64        `json:"at"`
	VendorAt    int64        `json:"vendor_at,omitempty"`
	State       string       `json:"state,omitempty"`
	Failure     *Failure     `json:"failure,omitempty"`
	Command     string       `json:"command,omitempty"`
	Unsupported string       `json:"unsupported,omitempty"`
	Line        *Line        `json:"line,omitempty"`
	Asks        bool         `json:"asks,omitempty"`
}

// Line is chat.Line on the wire.
type Line struct {
	Code string   `json:"code"`
	Args []string `json:"args,omitempty"`
}

// Failure is chat.Failure on the wire.
type Failure struct {
	Code   string `json:"code,omitempty"`
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"`
}

// Attachment is chat.Attachment on the wire. Its content is at GET /media/ID with the agent's token.
type Attachment struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	MIME  string `json:"mime"`
	Size  int64  `json:"size,omitempty"`
	State string `json:"state"`
}

// Customer is chat.Customer on the wire.
type Customer struct {
	Key  string `json:"key"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Identity is chat.Identity on the wire.
type Identity struct {
	ID        string    `json:"id"`
	Customer  string    `json:"customer"`
	Channel   string    `json:"channel"`
	Addresses []Address `json:"addresses"`
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
}

// Team is a team by name.
type Team struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Asset is the company's end of a channel.
type Asset struct {
	ID      string `json:"id"`
	Channel string `json:"channel"`
	Name    string `json:"name"`
	Address string `json:"address"` // as people know it: the display phone number
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
	Chat         string `json:"chat,omitempty"`
	Assignment   int64  `json:"assignment,omitempty"`
	Base         int64  `json:"base,omitempty"`
	UpTo         int64  `json:"up_to,omitempty"`
	Text         string `json:"text,omitempty"`
	Availability string `json:"availability,omitempty"`
	Message      string `json:"message,omitempty"`
	WentOut      bool   `json:"went_out,omitempty"`
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
	Problem *Problem `json:"problem,omitempty"`
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

// More asks for messages of a chat with numbers below Before, at most Count, newest first in effect.
type More struct {
	Chat   string `json:"chat"`
	Before int64  `json:"before"`
	Count  int    `json:"count"`
}

// Page answers a More: messages in order of their number, without a gap, ending at Before - 1.
type Page struct {
	Chat     string    `json:"chat"`
	Before   int64     `json:"before"`
	Messages []Message `json:"messages"`
	Problem  *Problem  `json:"problem,omitempty"`
}

// Earlier asks for the chats of a customer, whoever held them.
type Earlier struct {
	Customer string `json:"customer"`
}

// History answers an Earlier: the customer's newest chats in the agent's teams, newest first, at most MaxHistory.
type History struct {
	Customer string   `json:"customer"`
	Chats    []Chat   `json:"chats"`
	Problem  *Problem `json:"problem,omitempty"`
}

// Beat says that the sender is alive. The server's carries its time and the heads of the connection's streams.
type Beat struct {
	Now   int64            `json:"now,omitempty"`
	Heads []StreamPosition `json:"heads,omitempty"`
}

// Goodbye is the last frame before the server closes, with the same code as the close frame.
type Goodbye struct {
	Code   int    `json:"code"`
	Reason string `json:"reason"` // for a log, in English
	// RetryMillis says how long to wait before the next try; 0: the usual back-off.
	RetryMillis int64 `json:"retry_millis,omitempty"`
}

// Close codes. 4000-4099: try again; 4100-4199: only after something was changed by a person.
const (
	CloseShutdown   = 4000 // the server is going down
	CloseLagging    = 4001 // the console read too slowly; it resumes
	CloseSilent     = 4002 // nothing was heard for 2.5 beats
	CloseServerBusy = 4003 // too many connections
	CloseChanged    = 4004 // what the agent may see has changed: connect again at once
	CloseMalformed  = 4100 // a frame that is not the protocol's
	CloseVersion    = 4101 // no common version
	CloseRevoked    = 4102 // the token is not valid any more: sign in again
	CloseReplaced   = 4103 // the same device connected again
)

// Limits, each with a test that lowers or meets it.
const (
	MaxUpBytes       = 64 << 10  // a frame from a console
	MaxDownBytes     = 256 << 10 // a frame from a server
	SnapshotBytes    = 16 << 10  // a part of a snapshot aims at this size; one change may exceed it
	MaxPage          = 100       // messages in a page
	SnapshotMessages = 30        // the newest messages of each chat that a snapshot carries
	MaxHistory       = 50        // chats in a history
	MaxStreams       = 64        // positions in a hello
	BeatMillis       = 15_000
	MaxUnacked       = 256 // commands that a console may have sent without a result
)
