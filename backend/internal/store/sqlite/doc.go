package sqlite

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// The docs are what lies on the disk: their member names and values are a format that later versions read. Where
// a doc has the fields of its noun it is converted as it is, so that a field added to the noun does not compile
// until its doc has it too. A member that is left out is zero; one that is not known is an error.

type teamDoc struct {
	ID     chat.TeamID `json:"id"`
	Name   string      `json:"name,omitzero"`
	Prefix string      `json:"prefix,omitzero"`
}

type agentDoc struct {
	ID           chat.AgentID      `json:"id"`
	Name         string            `json:"name,omitzero"`
	Teams        []chat.TeamID     `json:"teams,omitempty"`
	Availability chat.Availability `json:"availability,omitzero"`
	Threshold    int               `json:"threshold,omitzero"`
	Active       bool              `json:"active,omitzero"`
}

type tokenDoc struct {
	Hash      string       `json:"hash"`
	Agent     chat.AgentID `json:"agent,omitzero"`
	Label     string       `json:"label,omitzero"`
	CreatedAt chat.Millis  `json:"created_at,omitzero"`
	RevokedAt chat.Millis  `json:"revoked_at,omitzero"`
}

type assetDoc struct {
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
}

type credentialDoc struct {
	Name        string       `json:"name"`
	Channel     chat.Channel `json:"channel,omitzero"`
	BaseURL     string       `json:"base_url,omitzero"`
	AppSecret   string       `json:"app_secret,omitzero"`
	VerifyToken string       `json:"verify_token,omitzero"`
	AccessToken string       `json:"access_token,omitzero"`
}

type customerDoc struct {
	Key  chat.CustomerKey `json:"key"`
	ID   chat.CustomerID  `json:"id,omitzero"`
	Name string           `json:"name,omitzero"`
}

type addressDoc struct {
	Kind  chat.AddressKind `json:"kind,omitzero"`
	Value string           `json:"value,omitzero"`
}

type identityDoc struct {
	ID          chat.IdentityID  `json:"id"`
	Customer    chat.CustomerKey `json:"customer,omitzero"`
	Channel     chat.Channel     `json:"channel,omitzero"`
	Addresses   []addressDoc     `json:"addresses,omitempty"`
	ProfileName string           `json:"profile_name,omitzero"`
}

type chatDoc struct {
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
}

type mediaDoc struct {
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

type timerDoc struct {
	ID     string         `json:"id"`
	At     chat.Millis    `json:"at,omitzero"`
	Kind   desk.TimerKind `json:"kind,omitzero"`
	Target string         `json:"target,omitzero"`
}

type deviceDoc struct {
	ID         chat.DeviceID `json:"id"`
	Agent      chat.AgentID  `json:"agent,omitzero"`
	LastNumber int64         `json:"last_number,omitzero"`
}

type problemDoc struct {
	Kind chat.ProblemKind `json:"kind"`
	Args []string         `json:"args,omitempty"`
}

type resultDoc struct {
	Device  chat.DeviceID  `json:"device"`
	Number  int64          `json:"number"`
	ID      chat.CommandID `json:"id,omitzero"`
	Outcome wire.Outcome   `json:"outcome,omitzero"`
	Problem *problemDoc    `json:"problem,omitzero"`
}

func (d teamDoc) noun() desk.Team             { return desk.Team(d) }
func (d agentDoc) noun() desk.Agent           { return desk.Agent(d) }
func (d tokenDoc) noun() desk.Token           { return desk.Token(d) }
func (d assetDoc) noun() desk.Asset           { return desk.Asset(d) }
func (d credentialDoc) noun() desk.Credential { return desk.Credential(d) }
func (d customerDoc) noun() chat.Customer     { return chat.Customer(d) }
func (d chatDoc) noun() chat.Chat             { return chat.Chat(d) }
func (d mediaDoc) noun() desk.Media           { return desk.Media(d) }
func (d timerDoc) noun() desk.Timer           { return desk.Timer(d) }
func (d deviceDoc) noun() desk.Device         { return desk.Device(d) }

func (d identityDoc) noun() chat.Identity {
	return chat.Identity{ID: d.ID, Customer: d.Customer, Channel: d.Channel, ProfileName: d.ProfileName,
		Addresses: each(d.Addresses, func(a addressDoc) chat.Address { return chat.Address(a) })}
}

func newIdentityDoc(i chat.Identity) identityDoc {
	return identityDoc{ID: i.ID, Customer: i.Customer, Channel: i.Channel, ProfileName: i.ProfileName,
		Addresses: each(i.Addresses, func(a chat.Address) addressDoc { return addressDoc(a) })}
}

func (d resultDoc) noun() desk.Result {
	return desk.Result{Device: d.Device, Number: d.Number, ID: d.ID, Outcome: d.Outcome, Problem: (*chat.Problem)(d.Problem)}
}

func newResultDoc(r desk.Result) resultDoc {
	return resultDoc{Device: r.Device, Number: r.Number, ID: r.ID, Outcome: r.Outcome, Problem: (*problemDoc)(r.Problem)}
}

// each converts a list; an empty one is nil.
func each[A, B any](list []A, convert func(A) B) []B {
	var out []B
	for _, a := range list {
		out = append(out, convert(a))
	}
	return out
}

func encode(doc any) (string, error) {
	b, err := json.Marshal(doc)
	if err != nil {
		return "", fmt.Errorf("%w: a %T: %s", store.ErrUnfit, doc, mistake(err))
	}
	return string(b), nil
}

func decode(text []byte, doc any) error {
	if err := json.Unmarshal(text, doc, json.RejectUnknownMembers(true)); err != nil {
		return errors.New(mistake(err))
	}
	return nil
}

// mistake says where err is and of what kind, without the text that it stands in: that may be a customer's.
func mistake(err error) string {
	if errors.Is(err, json.ErrUnknownName) {
		return "it has a member that this program does not know"
	}
	var semantic *json.SemanticError
	if errors.As(err, &semantic) {
		return fmt.Sprintf("%s is not a %v", semantic.JSONPointer, semantic.GoType)
	}
	var syntactic *jsontext.SyntacticError
	if errors.As(err, &syntactic) {
		return fmt.Sprintf("not strict JSON at byte %d", syntactic.ByteOffset)
	}
	return "unreadable"
}
