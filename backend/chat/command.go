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
}

// Limits of what an agent writes, in characters (runes).
const (
	MaxText   = 4096 // of a reply or a note; WhatsApp's limit for a text body
	MaxDraft  = 8192 // of a draft
	MaxDrafts = 200  // of one agent
)

// Show changes c as far as cmd may show before the server has confirmed it (rule S1): opening and reading show
// at once, a pick shows only when confirmed, and a queued reply opens and reads but never clears waiting.
// A queued note or draft changes nothing; a reclaim shows as a reply where the chat is held already, in whatever
// assignment. inboundsAt gives Message.Inbounds of a message of c that the device knows.
func Show(c *Chat, cmd *Command, me AgentID, at Millis, inboundsAt func(number int64) (int64, bool)) {
	if c.Assignee != me || c.Status != Picked || cmd.Assignment != c.Assignment && cmd.Kind != CmdReclaim {
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
