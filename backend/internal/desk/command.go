package desk

import "parley/backend/chat"

// Command is something that Decide decides. The types below are all there are.
type Command interface{ command() }

// FromAgent is a command of an agent's device, in its envelope.
type FromAgent struct {
	Agent  chat.AgentID
	Device chat.DeviceID
	Number int64
	ID     chat.CommandID
	Epoch  string
	Age    int64 // milliseconds since it was written
	chat.Command
}

// Inbound is one customer's message as its channel parsed it.
type Inbound struct {
	Channel     chat.Channel
	AssetVendor string // the asset, as the vendor names it
	VendorID    string // of the message; the key for duplicates
	Addresses   []chat.Address
	ProfileName string
	Text        string
	Files       []File
	Unsupported string // the vendor's type, if it is one that Parley cannot show yet
	VendorAt    chat.Millis
}

// File is a file that an inbound message names.
type File struct {
	VendorID string
	Name     string
	MIME     string
	SHA256   string
}

// StatusReport is the vendor's word on a message that we sent.
type StatusReport struct {
	Channel  chat.Channel
	VendorID string         // the vendor's id of the message
	Callback chat.MessageID // our callback data, if it came along
	State    chat.State     // Sent, Delivered, Seen or Failed
	Failure  *chat.Failure
	VendorAt chat.Millis
}

// SendBegun is committed before the call to the vendor. Answer.Problem says NotFound if the row is not pending
// with that attempt any more: then nothing may be sent.
type SendBegun struct {
	Message chat.MessageID
	Attempt int // the row's Attempt + 1
}

// SendEnded is what came of the call.
type SendEnded struct {
	Message  chat.MessageID
	Attempt  int
	Ended    Ending
	VendorID string        // of EndAccepted
	Failure  *chat.Failure // of EndFailed
	RetryAt  chat.Millis   // of EndRetry
}

// Ending is how a call to a vendor ended.
type Ending string

const (
	EndAccepted Ending = "accepted"
	EndFailed   Ending = "failed"
	EndRetry    Ending = "retry"   // it surely had no effect and may be tried again at RetryAt
	EndUnclear  Ending = "unclear" // it may have had an effect
)

// MediaEnded is what came of fetching a file.
type MediaEnded struct {
	Media   chat.MediaID
	Attempt int // the row's Attempt + 1
	Ready   bool
	Size    int64
	RetryAt chat.Millis // 0 and not Ready: given up
}

// TimerDue fires a timer.
type TimerDue struct{ ID string }

// Heard says that the agents' devices are connected. Until they are heard again for awayAfter they are not away.
type Heard struct{ Agents []chat.AgentID }

// Started says that a server has started: whoever was not away is given awayAfter to be heard.
type Started struct{}

// RenewToken makes a token that is offered in the place of the valid one Old, which stays valid until KeepToken.
// What was offered before in its place and not kept is valid no more.
type RenewToken struct {
	Old       string // hashes
	Hash      string
	ExpiresAt chat.Millis // 0: never
}

// KeepToken says that a console has the token that was offered to it: the one that it replaces is revoked. Of a token
// that was not offered, or was kept before, it changes nothing.
type KeepToken struct{ Hash string }

// The commands of an admin. An empty field of a Set command leaves what there is.
type (
	CreateTeam struct{ Name, Prefix string }
	SetTeam    struct {
		ID       chat.TeamID
		Name     string
		Settings *chat.TeamSettings // all of them
	}
	CreateAgent struct {
		Name      string
		Teams     []chat.TeamID
		Threshold int // 0: DefaultThreshold
		Role      chat.Role
		Manages   []chat.TeamID
	}
	SetAgent struct {
		ID        chat.AgentID
		Name      string
		Teams     []chat.TeamID // nil: as they are
		Threshold int
		Active    *bool
		Role      chat.Role
		Manages   []chat.TeamID // nil: as they are
	}
	CreateToken struct {
		Agent     chat.AgentID
		Hash      string
		Label     string
		ExpiresAt chat.Millis // 0: never
	}
	RevokeToken struct {
		Hash   string // and what was offered in its place
		Leaves bool   // its agent has signed out with it, and is not heard by it any more
	}
	PutCredentials struct{ Credential Credential } // an empty secret leaves what there is
	CreateAsset    struct{ Asset Asset }           // without ID
	SetAsset       struct {
		ID       chat.AssetID
		Name     string
		Team     chat.TeamID
		Shared   []chat.TeamID // nil: as they are
		Priority *chat.Priority
		Active   *bool
	}
	AssignChat struct {
		Chat  chat.ID
		Agent chat.AgentID
	}
)

func (FromAgent) command()      {}
func (Inbound) command()        {}
func (StatusReport) command()   {}
func (SendBegun) command()      {}
func (SendEnded) command()      {}
func (MediaEnded) command()     {}
func (TimerDue) command()       {}
func (Heard) command()          {}
func (Started) command()        {}
func (RenewToken) command()     {}
func (KeepToken) command()      {}
func (CreateTeam) command()     {}
func (SetTeam) command()        {}
func (CreateAgent) command()    {}
func (SetAgent) command()       {}
func (CreateToken) command()    {}
func (RevokeToken) command()    {}
func (PutCredentials) command() {}
func (CreateAsset) command()    {}
func (SetAsset) command()       {}
func (AssignChat) command()     {}
