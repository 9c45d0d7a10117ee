// Package row is how a row lies on a disk and in an export: JSON docs in a format of their own, strictly read. The
// stores that keep text use the docs, and Encode and Decode carry a whole write as one object.
package row

import (
	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/wire"
)

// Doc is a stored format of N.
type Doc[N any] interface{ Noun() N }

// The docs are what lies on the disk: their member names and values are a format that later versions read. Where
// a doc has the fields of its noun it is converted as it is, so that a field added to the noun does not compile
// until its doc has it too. A member that is left out is zero; one that is not known is an error.

type Team struct {
	ID     chat.TeamID `json:"id"`
	Name   string      `json:"name,omitzero"`
	Prefix string      `json:"prefix,omitzero"`

	Settings TeamSettings `json:"settings,omitzero"`
	Revision int64        `json:"revision,omitzero"`
}

type Agent struct {
	ID           chat.AgentID      `json:"id"`
	Name         string            `json:"name,omitzero"`
	Teams        []chat.TeamID     `json:"teams,omitempty"`
	Availability chat.Availability `json:"availability,omitzero"`
	Threshold    int               `json:"threshold,omitzero"`
	Active       bool              `json:"active,omitzero"`
	Role         chat.Role         `json:"role,omitzero"`
	Manages      []chat.TeamID     `json:"manages,omitempty"`
	Away         bool              `json:"away,omitzero"`
	MyOrder      chat.Order        `json:"my_order,omitzero"`
	QueueOrder   chat.Order        `json:"queue_order,omitzero"`
	Revision     int64             `json:"revision,omitzero"`
}

type Token struct {
	Hash      string       `json:"hash"`
	Agent     chat.AgentID `json:"agent,omitzero"`
	Label     string       `json:"label,omitzero"`
	CreatedAt chat.Millis  `json:"created_at,omitzero"`
	RevokedAt chat.Millis  `json:"revoked_at,omitzero"`
	ExpiresAt chat.Millis  `json:"expires_at,omitzero"`
	Successor string       `json:"successor,omitzero"`
	Replaces  string       `json:"replaces,omitzero"`
}

type Asset struct {
	ID         chat.AssetID  `json:"id"`
	Channel    chat.Channel  `json:"channel,omitzero"`
	Name       string        `json:"name,omitzero"`
	Address    string        `json:"address,omitzero"`
	VendorID   string        `json:"vendor_id,omitzero"`
	Credential string        `json:"credential,omitzero"`
	Team       chat.TeamID   `json:"team,omitzero"`
	Shared     []chat.TeamID `json:"shared,omitempty"`
	Priority   chat.Priority `json:"priority,omitzero"`
	Active     bool          `json:"active,omitzero"`
	Revision   int64         `json:"revision,omitzero"`
}

type Credential struct {
	Name        string       `json:"name"`
	Channel     chat.Channel `json:"channel,omitzero"`
	BaseURL     string       `json:"base_url,omitzero"`
	AppSecret   string       `json:"app_secret,omitzero"`
	VerifyToken string       `json:"verify_token,omitzero"`
	AccessToken string       `json:"access_token,omitzero"`
}

type Customer struct {
	Key  chat.CustomerKey `json:"key"`
	ID   chat.CustomerID  `json:"id,omitzero"`
	Name string           `json:"name,omitzero"`

	Revision int64 `json:"revision,omitzero"`
}

type Address struct {
	Kind  chat.AddressKind `json:"kind,omitzero"`
	Value string           `json:"value,omitzero"`
}

type Identity struct {
	ID          chat.IdentityID  `json:"id"`
	Customer    chat.CustomerKey `json:"customer,omitzero"`
	Channel     chat.Channel     `json:"channel,omitzero"`
	Addresses   []Address        `json:"addresses,omitempty"`
	ProfileName string           `json:"profile_name,omitzero"`
	Revision    int64            `json:"revision,omitzero"`
}

type Chat struct {
	ID            chat.ID          `json:"id"`
	Alias         string           `json:"alias,omitzero"`
	Status        chat.Status      `json:"status,omitzero"`
	Team          chat.TeamID      `json:"team,omitzero"`
	Asset         chat.AssetID     `json:"asset,omitzero"`
	Identity      chat.IdentityID  `json:"identity,omitzero"`
	Customer      chat.CustomerKey `json:"customer,omitzero"`
	Channel       chat.Channel     `json:"channel,omitzero"`
	Assignee      chat.AgentID     `json:"assignee,omitzero"`
	Priority      chat.Priority    `json:"priority,omitzero"`
	Tags          []string         `json:"tags,omitempty"`
	CreatedAt     chat.Millis      `json:"created_at,omitzero"`
	AssignedAt    chat.Millis      `json:"assigned_at,omitzero"`
	AssignedIndex int64            `json:"assigned_index,omitzero"`
	OpenedAt      chat.Millis      `json:"opened_at,omitzero"`
	WaitingSince  chat.Millis      `json:"waiting_since,omitzero"`
	LastInboundAt chat.Millis      `json:"last_inbound_at,omitzero"`
	Assignment    int64            `json:"assignment,omitzero"`
	LastNumber    int64            `json:"last_number,omitzero"`
	InboundCount  int64            `json:"inbound_count,omitzero"`
	ReadTo        int64            `json:"read_to,omitzero"`
	Unread        int64            `json:"unread,omitzero"`
	SettledTo     int64            `json:"settled_to,omitzero"`
	LastText      string           `json:"last_text,omitzero"`
	LastKind      chat.Kind        `json:"last_kind,omitzero"`
	ReleaseAt     chat.Millis      `json:"release_at,omitzero"`
	Extended      bool             `json:"extended,omitzero"`
	Course        Course           `json:"course,omitzero"`
}

type Media struct {
	ID         chat.MediaID    `json:"id"`
	Chat       chat.ID         `json:"chat,omitzero"`
	Number     int64           `json:"number,omitzero"`
	Credential string          `json:"credential,omitzero"`
	VendorID   string          `json:"vendor_id,omitzero"`
	SHA256     string          `json:"sha256,omitzero"`
	State      chat.MediaState `json:"state,omitzero"`
	Attempt    int             `json:"attempt,omitzero"`
	NextAt     chat.Millis     `json:"next_at,omitzero"`
}

type Timer struct {
	ID     string         `json:"id"`
	At     chat.Millis    `json:"at,omitzero"`
	Kind   desk.TimerKind `json:"kind,omitzero"`
	Target string         `json:"target,omitzero"`
	Cursor string         `json:"cursor,omitzero"`
}

type Device struct {
	ID         chat.DeviceID `json:"id"`
	Agent      chat.AgentID  `json:"agent,omitzero"`
	LastNumber int64         `json:"last_number,omitzero"`
}

type Problem struct {
	Kind chat.ProblemKind `json:"kind"`
	Args []string         `json:"args,omitempty"`
}

type Result struct {
	Device  chat.DeviceID  `json:"device"`
	Number  int64          `json:"number"`
	ID      chat.CommandID `json:"id,omitzero"`
	Outcome wire.Outcome   `json:"outcome,omitzero"`
	Problem *Problem       `json:"problem,omitzero"`
	Items   []Item         `json:"items,omitempty"`
	Created string         `json:"created,omitzero"`
}

type Item struct {
	Chat    chat.ID      `json:"chat"`
	Outcome wire.Outcome `json:"outcome,omitzero"`
	Problem *Problem     `json:"problem,omitzero"`
}

type Draft struct {
	Agent    chat.AgentID  `json:"agent"`
	Chat     chat.ID       `json:"chat"`
	Text     string        `json:"text,omitzero"`
	Revision int64         `json:"revision,omitzero"`
	Device   chat.DeviceID `json:"device,omitzero"`
	At       chat.Millis   `json:"at,omitzero"`
}

func (d Agent) Noun() desk.Agent           { return desk.Agent(d) }
func (d Token) Noun() desk.Token           { return desk.Token(d) }
func (d Asset) Noun() desk.Asset           { return desk.Asset(d) }
func (d Credential) Noun() desk.Credential { return desk.Credential(d) }
func (d Customer) Noun() chat.Customer     { return chat.Customer(d) }
func (d Media) Noun() desk.Media           { return desk.Media(d) }
func (d Timer) Noun() desk.Timer           { return desk.Timer(d) }
func (d Device) Noun() desk.Device         { return desk.Device(d) }
func (d Draft) Noun() desk.Draft           { return desk.Draft(d) }

func (d Identity) Noun() chat.Identity {
	return chat.Identity{ID: d.ID, Customer: d.Customer, Channel: d.Channel, ProfileName: d.ProfileName, Revision: d.Revision,
		Addresses: each(d.Addresses, func(a Address) chat.Address { return chat.Address(a) })}
}

func NewIdentity(i chat.Identity) Identity {
	return Identity{ID: i.ID, Customer: i.Customer, Channel: i.Channel, ProfileName: i.ProfileName, Revision: i.Revision,
		Addresses: each(i.Addresses, func(a chat.Address) Address { return Address(a) })}
}

func (d Result) Noun() desk.Result {
	return desk.Result{Device: d.Device, Number: d.Number, ID: d.ID, Outcome: d.Outcome, Problem: (*chat.Problem)(d.Problem),
		Items: each(d.Items, func(i Item) desk.Item {
			return desk.Item{Chat: i.Chat, Outcome: i.Outcome, Problem: (*chat.Problem)(i.Problem)}
		}),
		Created: d.Created}
}

func NewResult(r desk.Result) Result {
	return Result{Device: r.Device, Number: r.Number, ID: r.ID, Outcome: r.Outcome, Problem: (*Problem)(r.Problem),
		Items: each(r.Items, func(i desk.Item) Item { return Item{i.Chat, i.Outcome, (*Problem)(i.Problem)} }), Created: r.Created}
}

// each converts a list; an empty one is nil.
func each[A, B any](list []A, convert func(A) B) []B {
	var out []B
	for _, a := range list {
		out = append(out, convert(a))
	}
	return out
}
