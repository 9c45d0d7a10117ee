// Package view is what the page sees: small structs, made from the client's state by app, and the one source of
// the page's TypeScript types. Nothing in it encodes as null: slices are empty, not nil, and what may be absent
// is a slice of at most one or has a flag. Times are milliseconds since 1970 of the server's clock; the page
// reckons ages with Status.ClockOffset.
package view

// List names one of the two lists.
type List string

const (
	MyChats List = "my"
	Queue   List = "queue"
)

// Ask is what a page looks at, and how much of it the page has. Each part is answered only if it has changed
// since the given seq (0: all of it).
type Ask struct {
	Status int64   `json:"status"` // seq of the status that the page has
	List   ListAsk `json:"list"`
	// Thread is of the conversation that is shown; Chat "" asks for none.
	Thread ThreadAsk `json:"thread"`
	// Targets is while the dialog is open that says where chats could go, Company while one that sets teams, agents or
	// assets is.
	Targets TargetsAsk `json:"targets"`
	Company CompanyAsk `json:"company"`
	// Pending is while the list is open that answers "why 7?".
	Pending PendingAsk `json:"pending"`
}

// ListAsk asks for rows From … From+Count-1 of a list.
type ListAsk struct {
	List  List  `json:"list"`
	From  int   `json:"from"`
	Count int   `json:"count"` // at most 200
	Seq   int64 `json:"seq"`
}

// TargetsAsk asks whom some chats could be given to.
type TargetsAsk struct {
	Open  bool     `json:"open"`
	Chats []string `json:"chats"` // none: those selected in My Chats
	Seq   int64    `json:"seq"`
}

// PendingAsk asks for the pending chats of all my teams, wherever they stand in the list and whatever is filtered.
type PendingAsk struct {
	Open bool  `json:"open"`
	Seq  int64 `json:"seq"`
}

// CompanyAsk asks for teams, agents and assets with all that is set of them.
type CompanyAsk struct {
	Open bool  `json:"open"`
	Seq  int64 `json:"seq"`
}

// ThreadAsk asks for the newest Count messages of a chat (at most 5,000).
type ThreadAsk struct {
	Chat  string `json:"chat"`
	Count int    `json:"count"`
	Seq   int64  `json:"seq"`
}

// Patch answers an Ask. A part that did not change is an empty slice.
type Patch struct {
	Status []Status `json:"status"` // none or one
	Rows   []Rows   `json:"rows"`   // none or one
	Thread []Thread `json:"thread"` // none or one

	Targets []Targets `json:"targets"` // none or one
	Company []Company `json:"company"` // none or one
	Pending []Pending `json:"pending"` // none or one
}

// Pending is the chats that the pending count counts.
type Pending struct {
	Seq  int64 `json:"seq"`
	Rows []Row `json:"rows"` // longest waiting first, at most 200
}

// Phase is how the console stands with its server.
type Phase string

const (
	Starting   Phase = "starting"   // the cache is being read
	Connecting Phase = "connecting" // not yet connected since the start
	Current    Phase = "current"    // what is shown is the server's state
	CatchingUp Phase = "catching_up"
	Offline    Phase = "offline"
	SignedOut  Phase = "signed_out" // the server refused the token
	TooOld     Phase = "too_old"    // console and server do not understand each other
	Replaced   Phase = "replaced"   // a copy of this console's files is connected from elsewhere; this one stays away
)

// Status is everything that is not in a list or a conversation.
type Status struct {
	Seq         int64      `json:"seq"`
	Phase       Phase      `json:"phase"`
	Since       int64      `json:"since"`       // when Phase began, by this machine's clock
	DataAt      int64      `json:"dataAt"`      // the server time up to which the data is known; 0: there is none
	ClockOffset int64      `json:"clockOffset"` // server time - this machine's time, milliseconds
	Demo        bool       `json:"demo"`
	Server      string     `json:"server"`   // its address; "" on the demo desk
	Keychain    string     `json:"keychain"` // "", or why the token is not in the keychain: "none", "locked", "failed"
	Troubles    []Trouble  `json:"troubles"`
	NextTryAt   int64      `json:"nextTryAt"` // when the next connection is tried, by this machine's clock; 0: none is planned
	AgentID     string     `json:"agentId"`
	AgentName   string     `json:"agentName"`
	Available   bool       `json:"available"`
	Held        int        `json:"held"` // my picked chats
	Pending     int        `json:"pending"`
	Waiting     int        `json:"waiting"`
	Badge       string     `json:"badge"` // "", "1" … "99", "99+"
	QueueTotal  int        `json:"queueTotal"`
	Title       string     `json:"title"`
	Drafts      int        `json:"drafts"` // in how many chats something is written that is on this machine alone
	Outbox      int        `json:"outbox"` // commands that the server has not confirmed, those left out of Queued too
	Queued      []Queued   `json:"queued"` // what of them an agent knows of, in their order, at most 200
	Notices     []Notice   `json:"notices"`
	Decisions   []Decision `json:"decisions"`
	LastChat    string     `json:"lastChat"` // the conversation that was last on the screen, also before this start
	Batches     []Batch    `json:"batches"`  // commands of many chats, until they are dismissed; the newest last
	Teams       []Team     `json:"teams"`    // mine, by name
	Admin       bool       `json:"admin"`    // I may set agents, teams and assets
	Channels    []string   `json:"channels"` // chat.Channel of the company's assets, each once
}

// Team is one of the agent's teams.
type Team struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Manages bool   `json:"manages"` // the agent may set it
}

// BatchState is how far a Batch is. Values leave the process.
type BatchState string

const (
	BatchQueued BatchState = "queued" // on this device
	BatchSent   BatchState = "sent"   // it may have reached the server
	BatchEnded  BatchState = "ended"
)

// Batch is a command of many chats, also of one, and what came of it.
type Batch struct {
	Command     string        `json:"command"` // its id
	Kind        string        `json:"kind"`    // chat.CommandKind: "transfer", "undo" or "pick"
	To          string        `json:"to"`      // the agent or the team that a transfer goes to, by name
	ToQueue     bool          `json:"toQueue"` // To is a team's queue
	Note        string        `json:"note"`    // of a transfer
	Total       int           `json:"total"`
	State       BatchState    `json:"state"`
	Done        int           `json:"done"`      // of Total, when it has ended
	Failed      []BatchFailed `json:"failed"`    // the others of Total
	UndoUntil   int64         `json:"undoUntil"` // of the server's clock; 0: it cannot be undone
	Cancellable bool          `json:"cancellable"`
}

// BatchFailed is a chat that stayed where it was.
type BatchFailed struct {
	Chat     string  `json:"chat"`
	Customer string  `json:"customer"` // name
	Problem  Problem `json:"problem"`
}

// TroubleCode says what is wrong with this machine's files or with the server. The page has one text for each.
type TroubleCode string

const (
	CacheRebuilt     TroubleCode = "cache_rebuilt"      // the cache could not be read and was begun anew
	CacheNotWritten  TroubleCode = "cache_not_written"  // what comes is not kept; Args: TroubleCause
	OutboxRestored   TroubleCode = "outbox_restored"    // one copy was damaged, the other had everything; Args: where it is kept
	OutboxDamaged    TroubleCode = "outbox_damaged"     // not all could be read; Args: where the damaged file is kept
	OutboxOneCopy    TroubleCode = "outbox_one_copy"    // only one of the two copies is written; Args: TroubleCause
	OutboxNotWritten TroubleCode = "outbox_not_written" // nothing new can be kept; Args: TroubleCause
	ServerFull       TroubleCode = "server_full"        // the server's disk is full
	ServerReadOnly   TroubleCode = "server_read_only"   // the server cannot write
	ServerRestored   TroubleCode = "server_restored"    // it was restored from a backup
	NotParley        TroubleCode = "not_parley"         // what answers is not a Parley server; Args: the address
)

// Trouble is something that is wrong and lasts.
type Trouble struct {
	Code TroubleCode `json:"code"`
	Args []string    `json:"args"` // a cause is "no_room", "read_only" or "failing"
}

// Queued is a command that the server has not confirmed.
type Queued struct {
	Command     string `json:"command"` // its id
	Kind        string `json:"kind"`    // chat.CommandKind
	Chat        string `json:"chat"`
	Customer    string `json:"customer"` // name
	Text        string `json:"text"`
	At          int64  `json:"at"`   // when it was given, by this machine's clock
	Sent        bool   `json:"sent"` // it may have reached the server
	Cancellable bool   `json:"cancellable"`
}

// Notice is something to be told once: a command that was refused.
type Notice struct {
	ID       int64   `json:"id"`
	Chat     string  `json:"chat"`
	Customer string  `json:"customer"` // name; "" where it is of no chat
	Command  string  `json:"command"`  // chat.CommandKind
	Problem  Problem `json:"problem"`
}

// Decision is a reply or a note that the server held or refused: its words are kept until the agent decides.
type Decision struct {
	Command  string   `json:"command"` // its id
	Kind     string   `json:"kind"`    // chat.CommandKind: "reply" or "note"
	Chat     string   `json:"chat"`
	Customer string   `json:"customer"` // name
	Text     string   `json:"text"`
	At       int64    `json:"at"` // when it was written, by this machine's clock
	Problem  Problem  `json:"problem"`
	Answers  []Answer `json:"answers"` // what there is to choose from, in the order in which it is shown
	Sending  bool     `json:"sending"` // an answer was given and the server has not confirmed it
}

// Choice answers a Decision. Values leave the process.
type Choice string

const (
	ChooseSend    Choice = "send"    // pick the chat back if it is in the queue, and send
	ChooseNote    Choice = "note"    // give it to the chat's holder as a note
	ChooseDraft   Choice = "draft"   // keep it as the chat's draft
	ChooseDiscard Choice = "discard" // throw it away
)

// Answer is a Choice, and what it means now.
type Answer struct {
	Choice Choice `json:"choice"`
	// Picks: sending takes the chat out of the queue first.
	Picks bool `json:"picks"`
	// Problem is why it cannot be chosen now; none or one.
	Problem []Problem `json:"problem"`
}

// Problem is chat.Problem for the page, which has one text for each kind.
type Problem struct {
	Kind int      `json:"kind"`
	Args []string `json:"args"`
}

// Rows is a window of a list.
type Rows struct {
	Seq   int64 `json:"seq"`
	List  List  `json:"list"`
	Total int   `json:"total"`
	From  int   `json:"from"`
	Rows  []Row `json:"rows"`

	All       int      `json:"all"`   // how many there are without the filter
	Order     string   `json:"order"` // chat.Order
	Orders    []string `json:"orders"`
	Filter    Filter   `json:"filter"`
	Searching bool     `json:"searching"` // the texts of conversations are still being searched
	// Moved is how many chats would come, go or change places if the rows did not keep theirs under the hand.
	Moved      int `json:"moved"`
	Selected   int `json:"selected"`
	Selectable int `json:"selectable"` // how many SelectAll would select: all that the filter lets through, at most chat.MaxBatch
}

// NoDot in Filter.Dots stands for chats with neither dot.
const NoDot = "none"

// Filter says which chats of a list are shown: those of which every part holds. An empty part holds of all.
type Filter struct {
	Channels []string `json:"channels"` // chat.Channel
	Dots     []string `json:"dots"`     // chat.Dot, or NoDot
	Teams    []string `json:"teams"`    // ids
	OnHold   bool     `json:"onHold"`   // those on hold too
	Query    string   `json:"query"`    // words that all occur in name, ids, alias, tags or text; at most 200 characters
}

// Row is one chat in a list.
type Row struct {
	ID            string `json:"id"`
	Alias         string `json:"alias"`
	Customer      string `json:"customer"` // name, or Customer ID where there is none
	Channel       string `json:"channel"`
	Dot           string `json:"dot"` // chat.Dot
	Unread        int    `json:"unread"`
	WaitingSince  int64  `json:"waitingSince"`
	LastInboundAt int64  `json:"lastInboundAt"`
	LastText      string `json:"lastText"`
	LastKind      string `json:"lastKind"`
	Priority      int    `json:"priority"`
	ReplyQueued   bool   `json:"replyQueued"` // a reply of mine is not yet confirmed
	PickQueued    bool   `json:"pickQueued"`
	Draft         bool   `json:"draft"`

	Status    string   `json:"status"` // chat.Status
	Team      string   `json:"team"`   // name; "" where the agent has only one
	Tags      []string `json:"tags"`
	ReleaseAt int64    `json:"releaseAt"` // when it goes back to the queue unless it is answered; 0: no clock runs
	Period    int64    `json:"period"`    // of that clock, in milliseconds
	Extends   bool     `json:"extends"`   // "I'm on it" is there to be said
	Queued    string   `json:"queued"`    // the chat.CommandKind of what was asked for and is not confirmed; "": nothing
	Gone      bool     `json:"gone"`      // it has left the list, whose rows keep their places
	GoneTo    string   `json:"goneTo"`    // who has it then, if known
	Selected  bool     `json:"selected"`
	Found     string   `json:"found"` // the text in which the filter's words were found, if it is not shown otherwise
}

// Thread is a conversation with what stands around it.
type Thread struct {
	Seq       int64     `json:"seq"`
	Chat      string    `json:"chat"`
	Missing   bool      `json:"missing"` // the chat is not here, and nothing of it is
	GoneTo    string    `json:"goneTo"`  // who has it now, if known
	Row       Row       `json:"row"`
	Status    string    `json:"status"` // chat.Status
	Mine      bool      `json:"mine"`   // I may answer
	Channel   string    `json:"channel"`
	Asset     string    `json:"asset"`
	WindowTo  int64     `json:"windowTo"` // when free text ends to be allowed; 0: no window, or not begun
	Windowed  bool      `json:"windowed"` // the channel has a window
	MaxText   int       `json:"maxText"`
	ReadTo    int64     `json:"readTo"` // for the line before the first unread
	Messages  []Message `json:"messages"`
	Older     bool      `json:"older"`     // there are older messages
	OlderErr  bool      `json:"olderAway"` // they are on the server and it is away
	Draft     string    `json:"draft"`
	DraftKind string    `json:"draftKind"` // whom it is for, chat.Kind: "reply" or "note"
	DraftSeen int64     `json:"draftSeen"` // for SaveDraft and SaveNote: what of other devices' words is in Draft
	Asked     []Asked   `json:"asked"`     // what was asked for and is not confirmed, oldest first; words are messages
	Left      []Left    `json:"left"`      // the chat is not here any more, what was here of it is; none or one
	Person    Person    `json:"person"`
	Actions   []Action  `json:"actions"` // what can be asked for now
}

// Asked is a command about a chat that the server has not confirmed.
type Asked struct {
	Command     string `json:"command"` // its id, for Cancel
	Kind        string `json:"kind"`    // chat.CommandKind
	Sent        bool   `json:"sent"`    // it may have reached the server
	Cancellable bool   `json:"cancellable"`
	Chats       int    `json:"chats"` // how many it is of; cancelling takes it back for all
}

// How a chat came to be here no more. Values leave the process.
const (
	LeftClosed = "closed"
	LeftTaken  = "taken" // somebody else has it
	LeftAway   = "away"  // nobody who is known here
)

// Left says what became of a chat that is not here any more.
type Left struct {
	How  string `json:"how"`
	By   string `json:"by"`   // who closed it, or has it, by name; "": unknown, or a clock
	ByMe bool   `json:"byMe"` // it was the agent
	At   int64  `json:"at"`   // server time; 0: unknown
}

// Found are chats that were looked for, whichever list they are in.
type Found struct {
	Query string `json:"query"`
	Rows  []Row  `json:"rows"` // the best first
	More  bool   `json:"more"` // there are more
}

// Action is something that can be done with a chat, beside writing. Values leave the process.
type Action string

const (
	DoTransfer Action = "transfer"
	DoReturn   Action = "return" // to its team's queue
	DoHold     Action = "hold"
	DoResume   Action = "resume"
	DoClose    Action = "close"
	DoExtend   Action = "extend" // "I'm on it"
	DoSet      Action = "set"    // priority, alias and tags
)

// Message is one entry of a conversation.
type Message struct {
	Key         string       `json:"key"`    // stable from queued to read
	Number      int64        `json:"number"` // 0 while it is not confirmed
	ID          string       `json:"id"`
	Command     string       `json:"command"`
	Kind        string       `json:"kind"` // chat.Kind
	Author      string       `json:"author"`
	Mine        bool         `json:"mine"`
	Text        string       `json:"text"`
	Links       []Link       `json:"links"`
	Attachments []Attachment `json:"attachments"`
	At          int64        `json:"at"`
	State       string       `json:"state"`  // chat.State
	Reason      string       `json:"reason"` // chat.Reason of a failure
	Code        string       `json:"code"`   // the vendor's
	Detail      string       `json:"detail"`
	Problem     []Problem    `json:"problem"`     // why it is held or was refused; none or one
	Asks        bool         `json:"asks"`        // the agent is asked whether it went out
	Cancellable bool         `json:"cancellable"` // it can be taken back: it was not sent
	Unsupported string       `json:"unsupported"`
	Line        string       `json:"line"` // chat.Line's code of a system message
	Args        []string     `json:"args"`
}

// Link is a part of a text that leads somewhere, by its place in UTF-16 units.
type Link struct {
	From int    `json:"from"`
	To   int    `json:"to"`
	URL  string `json:"url"`
}

// Attachment is a file of a message.
type Attachment struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	MIME  string `json:"mime"`
	Size  int64  `json:"size"`
	State string `json:"state"` // chat.MediaState
}

// Person is the customer of a conversation.
type Person struct {
	Key        string    `json:"key"`
	CustomerID string    `json:"customerId"`
	Name       string    `json:"name"`
	Addresses  []Address `json:"addresses"`
	Earlier    []Earlier `json:"earlier"`
	EarlierAt  string    `json:"earlierState"` // "loading", "ready", "away"
}

// Address is one way to reach a customer.
type Address struct {
	Channel string `json:"channel"`
	Kind    string `json:"kind"` // chat.AddressKind
	Value   string `json:"value"`
}

// Earlier is another chat of the same customer.
type Earlier struct {
	ID        string `json:"id"`
	Channel   string `json:"channel"`
	Status    string `json:"status"`
	CreatedAt int64  `json:"createdAt"`
	LastText  string `json:"lastText"`
}

// Settings are the agent's own on this machine.
type Settings struct {
	Language      string `json:"language"` // "" follows the system; "en", "de"
	Notifications bool   `json:"notifications"`
	// PlainKeysOff turns off the keys of the page that are a single character (WCAG 2.1.4).
	PlainKeysOff bool `json:"plainKeysOff"`
}

// About is what the console says of itself.
type About struct {
	Version  string `json:"version"`
	Licences string `json:"licences"` // of everything in it, for people to read
}
