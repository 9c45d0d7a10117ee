package outbox

import (
	"parley/backend/chat"
	"parley/backend/wire"
)

// commandRow is a command as it is kept. What has parts of its own is kept in the wire's form.
type commandRow struct {
	Number       int64  `json:"number"`
	Device       string `json:"device,omitzero"` // whose number it is
	ID           string `json:"id"`
	Epoch        string `json:"epoch,omitempty"`
	WrittenAt    int64  `json:"written_at"`
	Customer     string `json:"customer,omitempty"`
	Inbounds     int64  `json:"inbounds"`
	Tried        bool   `json:"tried,omitempty"`
	Kind         string `json:"kind"`
	Chat         string `json:"chat,omitempty"`
	Assignment   int64  `json:"assignment,omitempty"`
	Base         int64  `json:"base,omitempty"`
	UpTo         int64  `json:"up_to,omitempty"`
	Text         string `json:"text,omitempty"`
	Availability string `json:"availability,omitempty"`
	Message      string `json:"message,omitempty"`
	WentOut      bool   `json:"went_out,omitempty"`

	// Rows of version 0.1 are without what follows.
	Chats    []wire.Place   `json:"chats,omitempty"`
	Team     string         `json:"team,omitzero"`
	Agent    string         `json:"agent,omitzero"`
	Of       string         `json:"of,omitzero"`
	Priority int            `json:"priority,omitzero"`
	Tags     []string       `json:"tags,omitempty"`
	Untags   []string       `json:"untags,omitempty"`
	List     string         `json:"list,omitzero"`
	Order    string         `json:"order,omitzero"`
	TeamSet  *wire.TeamSet  `json:"team_set,omitzero"`
	AgentSet *wire.AgentSet `json:"agent_set,omitzero"`
	AssetSet *wire.AssetSet `json:"asset_set,omitzero"`
}

func commandRowOf(e *Entry, device chat.DeviceID) commandRow {
	c := wire.FromCommand(e.Command)
	return commandRow{Number: e.Number, Device: string(device), ID: string(e.ID), Epoch: e.Epoch,
		WrittenAt: e.WrittenAt, Customer: e.Customer, Inbounds: e.Inbounds, Tried: e.Tried, Kind: c.Kind,
		Chat: c.Chat, Assignment: c.Assignment, Base: c.Base, UpTo: c.UpTo, Text: c.Text,
		Availability: c.Availability, Message: c.Message, WentOut: c.WentOut,
		Chats: c.Chats, Team: c.Team, Agent: c.Agent, Of: c.Of, Priority: c.Priority, Tags: c.Tags, Untags: c.Untags,
		List: c.List, Order: c.Order, TeamSet: c.TeamSet, AgentSet: c.AgentSet, AssetSet: c.AssetSet}
}

func (r *commandRow) entry() *Entry {
	c := wire.Command{Kind: r.Kind, Chat: r.Chat, Assignment: r.Assignment, Base: r.Base, UpTo: r.UpTo,
		Text: r.Text, Availability: r.Availability, Message: r.Message, WentOut: r.WentOut,
		Chats: r.Chats, Team: r.Team, Agent: r.Agent, Of: r.Of, Priority: r.Priority, Tags: r.Tags, Untags: r.Untags,
		List: r.List, Order: r.Order, TeamSet: r.TeamSet, AgentSet: r.AgentSet, AssetSet: r.AssetSet}
	return &Entry{Number: r.Number, ID: chat.CommandID(r.ID), Epoch: r.Epoch, WrittenAt: r.WrittenAt,
		Customer: r.Customer, Inbounds: r.Inbounds, Tried: r.Tried, Command: c.Command()}
}
