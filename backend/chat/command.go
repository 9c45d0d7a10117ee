package chat

// CommandKind is what an agent asks for. Values leave the process.
type CommandKind string

const (
	CmdPick      CommandKind = "pick"             // take a queued chat
	CmdOpen      CommandKind = "open"             // it was opened (rule A5)
	CmdRead      CommandKind = "read"             // the marker moves to UpTo
	CmdReply     CommandKind = "reply"            // Text goes to the customer
	CmdAvailable CommandKind = "set_availability" // the agent's own
	CmdSettle    CommandKind = "settle"           // the agent says whether an uncertain message went out
	CmdNone      CommandKind = "none"             // cancelled before it was sent; it only uses up its number
	CmdNote      CommandKind = "note"             // Text is for colleagues
	CmdDraft     CommandKind = "draft"            // Text is what is being written; Base the draft's revision that was seen
	CmdReclaim   CommandKind = "reclaim"          // pick the chat back if it is queued, and send Text

	CmdTransfer CommandKind = "transfer"     // Chats go to Agent in Team, or to Team's queue if no Agent is named; Text is a note
	CmdUndo     CommandKind = "undo"         // the transfer Of of Chats is undone
	CmdHold     CommandKind = "hold"         // put on hold
	CmdResume   CommandKind = "resume"       // take back from hold, in the same assignment
	CmdClose    CommandKind = "close"        // end the chat
	CmdExtend   CommandKind = "extend"       // "I'm on it": one period more on the clock
	CmdPriority CommandKind = "set_priority" // to Priority
	CmdAlias    CommandKind = "set_alias"    // to Text; empty: none
	CmdTags     CommandKind = "tag"          // Tags are added, Untags taken away
	CmdOrder    CommandKind = "set_order"    // List is sorted by Order
	CmdSignOut  CommandKind = "sign_out"     // the agent leaves; see TeamSettings.OnSignOut

	CmdPutTeam  CommandKind = "put_team"  // TeamSet; a manager of it its settings, an admin everything
	CmdPutAgent CommandKind = "put_agent" // AgentSet; an admin
	CmdPutAsset CommandKind = "put_asset" // AssetSet; an admin
)

// Command is what an agent asks for, without its envelope.
type Command struct {
	Kind CommandKind
	Chat ID
	// Assignment is the chat's assignment number that the agent had seen; Base the number of the last message.
	Assignment int64
	Base       int64

	UpTo         int64        // CmdRead
	Text         string       // CmdReply, CmdNote, CmdDraft, CmdReclaim
	Availability Availability // CmdAvailable
	Message      MessageID    // CmdSettle
	WentOut      bool         // CmdSettle: it reached the customer; false: it did not (it becomes Failed, AgentSaidSo)

	// Chats are what CmdTransfer, CmdUndo and a CmdPick of many are about, each with the assignment that was seen; at
	// most MaxBatch, none twice. Each has an end of its own.
	Chats    []Place
	Team     TeamID    // CmdTransfer
	Agent    AgentID   // CmdTransfer
	Of       CommandID // CmdUndo
	Priority Priority  // CmdPriority
	Tags     []string  // CmdTags
	Untags   []string  // CmdTags
	List     ListName  // CmdOrder
	Order    Order     // CmdOrder

	// One of these is set; Base is the revision of it that was seen.
	TeamSet  *TeamSet
	AgentSet *AgentSet
	AssetSet *AssetSet
}

// Place is a chat in an assignment.
type Place struct {
	Chat       ID
	Assignment int64
}

// ListName names one of an agent's two lists. Values leave the process.
type ListName string

const (
	MyList    ListName = "my"
	QueueList ListName = "queue"
)

// TeamSet is what a team is to be. Without an ID it is a new one.
type TeamSet struct {
	ID       TeamID
	Name     string
	Prefix   string // of a new one: 3 characters of A-Z0-9
	Settings TeamSettings
}

// AgentSet is what an agent is to be. Without an ID it is a new one.
type AgentSet struct {
	ID        AgentID
	Name      string
	Role      Role
	Teams     []TeamID
	Manages   []TeamID // of a Manager
	Threshold int
	Active    bool
	// TokenHash, if there is one, is the SHA-256 in hex of a further token that lets the agent sign in, made by the
	// console of the admin who sees it; TokenLabel says what for.
	TokenHash  string
	TokenLabel string
}

// AssetSet is what an asset is to be. Without an ID it is a new one.
type AssetSet struct {
	ID       AssetID
	Name     string
	Team     TeamID
	Shared   []TeamID
	Priority Priority
	Active   bool
	// The following are of a new one, and cannot be changed; Credential names credentials that the server has.
	Channel    Channel
	Address    string // the company's end as people know it
	VendorID   string // what the vendor calls it: WhatsApp's phone number id
	Credential string
}

// Limits of what an agent writes, in characters (runes).
const (
	MaxText   = 4096 // of a reply or a note; WhatsApp's limit for a text body
	MaxDraft  = 8192 // of a draft
	MaxDrafts = 200  // of one agent
	MaxBatch  = 500  // chats of one command
	MaxAlias  = 64
	MaxTag    = 32
	MaxTags   = 20 // of one chat
)

// Show changes c as far as cmd may show before the server has confirmed it (rule S1): opening and reading show
// at once, a pick shows only when confirmed, and a queued reply opens and reads but never clears waiting.
// A queued note or draft changes nothing; a reclaim shows as a reply where the chat is held already, in whatever
// assignment. inboundsAt gives Message.Inbounds of a message of c that the device knows.
func Show(c *Chat, cmd *Command, me AgentID, at Millis, inboundsAt func(number int64) (int64, bool)) {
	if c.Assignee != me || c.Status != Picked && c.Status != OnHold || cmd.Assignment != c.Assignment && cmd.Kind != CmdReclaim {
		return
	}
	switch cmd.Kind {
	case CmdOpen:
		open(c, at)
	case CmdRead:
		read(c, cmd.UpTo, inboundsAt)
	case CmdReply, CmdReclaim:
		open(c, at)
		read(c, cmd.Base, inboundsAt)
	}
}

func open(c *Chat, at Millis) {
	if c.OpenedAt == 0 {
		c.OpenedAt = max(at, 1)
	}
}

func read(c *Chat, upTo int64, inboundsAt func(int64) (int64, bool)) {
	upTo = min(upTo, c.LastNumber)
	if upTo <= c.ReadTo {
		return
	}
	if n, ok := inboundsAt(upTo); ok {
		c.ReadTo = upTo
		c.Unread = c.InboundCount - n
	}
}
