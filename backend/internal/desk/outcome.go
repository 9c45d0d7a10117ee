package desk

import (
	"parley/backend/chat"
	"parley/backend/wire"
)

// Outcome is what one command changes. The store applies it whole or not at all.
type Outcome struct {
	Writes []Write
	// Frames: at most one for each stream. The store gives each its seq and keeps its bytes.
	Frames []Frame
	Answer Answer
}

// Frame is what one command adds to a stream.
type Frame struct {
	Stream  wire.Stream
	Changes []wire.Change
	Counts  *wire.Counts
}

// Answer is what whoever sent the command is told.
type Answer struct {
	// Result is of an agent's command. A stored one is given again with no writes and no frames.
	Result *Result
	// From is set when an agent's command came out of order: the number to send again from.
	From int64
	// Problem is why a command that no agent sent had no effect; nil if it had.
	Problem *chat.Problem
	// Created is the id of what an admin's command made.
	Created string
	// Duplicate: an inbound message that was stored before.
	Duplicate bool
}

// Write is one row to put (replacing the row of the same key) or to delete. The types below are all there are.
type Write interface{ write() }

// The rows that can be written. Keys: as the field or fields named.
type (
	PutTeam       struct{ Team Team }             // ID
	PutAgent      struct{ Agent Agent }           // ID
	PutAsset      struct{ Asset Asset }           // ID
	PutCredential struct{ Credential Credential } // Name
	PutToken      struct{ Token Token }           // Hash
	DropToken     struct{ Hash string }
	PutCustomer   struct{ Customer chat.Customer } // Key
	DropCustomer  struct{ Key chat.CustomerKey }
	PutIdentity   struct{ Identity chat.Identity } // ID; its addresses replace the ones it had
	DropIdentity  struct{ ID chat.IdentityID }
	PutChat       struct{ Chat chat.Chat } // ID
	PutMessage    struct {                 // (Chat, Number)
		Message chat.Message
		Vendor  VendorKey // the vendor's id of it; zero: leave what is stored
	}
	PutMedia    struct{ Media Media }       // ID
	PutOutgoing struct{ Outgoing Outgoing } // Message
	PutTimer    struct{ Timer Timer }       // ID
	DropTimer   struct{ ID string }
	PutDevice   struct{ Device Device } // ID
	PutResult   struct{ Result Result } // (Device, Number)
	PutDraft    struct{ Draft Draft }   // (Agent, Chat)
	DropDraft   struct {
		Agent chat.AgentID
		Chat  chat.ID
	}
)

// VendorKey is the vendor's id of a message; (Channel, ID) is unique.
type VendorKey struct {
	Channel chat.Channel
	ID      string
}

func (PutTeam) write()       {}
func (PutAgent) write()      {}
func (PutAsset) write()      {}
func (PutCredential) write() {}
func (PutToken) write()      {}
func (DropToken) write()     {}
func (PutCustomer) write()   {}
func (DropCustomer) write()  {}
func (PutIdentity) write()   {}
func (DropIdentity) write()  {}
func (PutChat) write()       {}
func (PutMessage) write()    {}
func (PutMedia) write()      {}
func (PutOutgoing) write()   {}
func (PutTimer) write()      {}
func (DropTimer) write()     {}
func (PutDevice) write()     {}
func (PutResult) write()     {}
func (PutDraft) write()      {}
func (DropDraft) write()     {}
