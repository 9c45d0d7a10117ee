package row

import (
	"errors"
	"fmt"

	"parley/backend/chat"
	"parley/backend/internal/desk"
)

// object is a write as JSON: one member is set, and beside a message the vendor's id of it.
type object struct {
	Team         *Team         `json:"team,omitzero"`
	Agent        *Agent        `json:"agent,omitzero"`
	Credential   *Credential   `json:"credential,omitzero"`
	Asset        *Asset        `json:"asset,omitzero"`
	Token        *Token        `json:"token,omitzero"`
	Customer     *Customer     `json:"customer,omitzero"`
	Identity     *Identity     `json:"identity,omitzero"`
	Chat         *Chat         `json:"chat,omitzero"`
	Message      *Message      `json:"message,omitzero"`
	Vendor       *Vendor       `json:"vendor,omitzero"`
	Media        *Media        `json:"media,omitzero"`
	Outgoing     *Outgoing     `json:"outgoing,omitzero"`
	Timer        *Timer        `json:"timer,omitzero"`
	Device       *Device       `json:"device,omitzero"`
	Result       *Result       `json:"result,omitzero"`
	Draft        *Draft        `json:"draft,omitzero"`
	DropToken    *TokenGone    `json:"drop_token,omitzero"`
	DropCustomer *CustomerGone `json:"drop_customer,omitzero"`
	DropIdentity *IdentityGone `json:"drop_identity,omitzero"`
	DropTimer    *TimerGone    `json:"drop_timer,omitzero"`
	DropDraft    *DraftGone    `json:"drop_draft,omitzero"`
}

// Vendor is the vendor's id of a message.
type Vendor struct {
	Channel chat.Channel `json:"channel"`
	ID      string       `json:"id"`
}

// The keys of rows that are dropped.
type (
	TokenGone struct {
		Hash string `json:"hash"`
	}
	CustomerGone struct {
		Key chat.CustomerKey `json:"key"`
	}
	IdentityGone struct {
		ID chat.IdentityID `json:"id"`
	}
	TimerGone struct {
		ID string `json:"id"`
	}
	DraftGone struct {
		Agent chat.AgentID `json:"agent"`
		Chat  chat.ID      `json:"chat"`
	}
)

// Encode returns w as one JSON object without line breaks. The error is store.ErrUnfit.
func Encode(w desk.Write) ([]byte, error) {
	text, err := Text(objectOf(w))
	if err != nil {
		return nil, fmt.Errorf("row: %w", err)
	}
	return []byte(text), nil
}

// Decode reads what Encode has made, strictly: members that are not known, a member that occurs twice and an object
// that is not exactly one write are errors. They do not repeat the text.
func Decode(text []byte) (desk.Write, error) {
	var o object
	if err := Parse(text, &o); err != nil {
		return nil, fmt.Errorf("row: %w", err)
	}
	writes := o.writes()
	if len(writes) != 1 || o.Vendor != nil && o.Message == nil {
		return nil, errors.New("row: the object is not one row")
	}
	return writes[0], nil
}

func objectOf(w desk.Write) object {
	switch w := w.(type) {
	case desk.PutCustomer:
		return object{Customer: (*Customer)(&w.Customer)}
	case desk.DropCustomer:
		return object{DropCustomer: (*CustomerGone)(&w)}
	case desk.PutIdentity:
		return object{Identity: pointer(NewIdentity(w.Identity))}
	case desk.DropIdentity:
		return object{DropIdentity: (*IdentityGone)(&w)}
	case desk.PutChat:
		return object{Chat: pointer(NewChat(w.Chat))}
	case desk.PutMessage:
		return object{Message: pointer(NewMessage(w.Message)), Vendor: vendor(w.Vendor)}
	case desk.PutMedia:
		return object{Media: (*Media)(&w.Media)}
	case desk.PutOutgoing:
		return object{Outgoing: pointer(NewOutgoing(w.Outgoing))}
	case desk.PutTimer:
		return object{Timer: (*Timer)(&w.Timer)}
	case desk.DropTimer:
		return object{DropTimer: (*TimerGone)(&w)}
	}
	return tenantObject(w)
}

// tenantObject is for the tenant's own rows and those of agents and their devices.
func tenantObject(w desk.Write) object {
	switch w := w.(type) {
	case desk.PutTeam:
		return object{Team: pointer(NewTeam(w.Team))}
	case desk.PutAgent:
		return object{Agent: (*Agent)(&w.Agent)}
	case desk.PutCredential:
		return object{Credential: (*Credential)(&w.Credential)}
	case desk.PutAsset:
		return object{Asset: (*Asset)(&w.Asset)}
	case desk.PutToken:
		return object{Token: (*Token)(&w.Token)}
	case desk.DropToken:
		return object{DropToken: (*TokenGone)(&w)}
	case desk.PutDevice:
		return object{Device: (*Device)(&w.Device)}
	case desk.PutResult:
		return object{Result: pointer(NewResult(w.Result))}
	case desk.PutDraft:
		return object{Draft: (*Draft)(&w.Draft)}
	case desk.DropDraft:
		return object{DropDraft: (*DraftGone)(&w)}
	}
	panic(fmt.Sprintf("BUG: row: unknown write %T", w))
}

// writes are all that o has; there should be one.
func (o *object) writes() (all []desk.Write) {
	all = add(all, o.Team, func(d Team) desk.Write { return desk.PutTeam{Team: d.Noun()} })
	all = add(all, o.Agent, func(d Agent) desk.Write { return desk.PutAgent{Agent: d.Noun()} })
	all = add(all, o.Credential, func(d Credential) desk.Write { return desk.PutCredential{Credential: d.Noun()} })
	all = add(all, o.Asset, func(d Asset) desk.Write { return desk.PutAsset{Asset: d.Noun()} })
	all = add(all, o.Token, func(d Token) desk.Write { return desk.PutToken{Token: d.Noun()} })
	all = add(all, o.Customer, func(d Customer) desk.Write { return desk.PutCustomer{Customer: d.Noun()} })
	all = add(all, o.Identity, func(d Identity) desk.Write { return desk.PutIdentity{Identity: d.Noun()} })
	all = add(all, o.Chat, func(d Chat) desk.Write { return desk.PutChat{Chat: d.Noun()} })
	all = add(all, o.Message, func(d Message) desk.Write { return desk.PutMessage{Message: d.Noun(), Vendor: o.Vendor.key()} })
	all = add(all, o.Media, func(d Media) desk.Write { return desk.PutMedia{Media: d.Noun()} })
	all = add(all, o.Outgoing, func(d Outgoing) desk.Write { return desk.PutOutgoing{Outgoing: d.Noun()} })
	all = add(all, o.Timer, func(d Timer) desk.Write { return desk.PutTimer{Timer: d.Noun()} })
	all = add(all, o.Device, func(d Device) desk.Write { return desk.PutDevice{Device: d.Noun()} })
	all = add(all, o.Result, func(d Result) desk.Write { return desk.PutResult{Result: d.Noun()} })
	all = add(all, o.Draft, func(d Draft) desk.Write { return desk.PutDraft{Draft: d.Noun()} })
	all = add(all, o.DropToken, func(d TokenGone) desk.Write { return desk.DropToken(d) })
	all = add(all, o.DropCustomer, func(d CustomerGone) desk.Write { return desk.DropCustomer(d) })
	all = add(all, o.DropIdentity, func(d IdentityGone) desk.Write { return desk.DropIdentity(d) })
	all = add(all, o.DropTimer, func(d TimerGone) desk.Write { return desk.DropTimer(d) })
	return add(all, o.DropDraft, func(d DraftGone) desk.Write { return desk.DropDraft(d) })
}

func add[D any](all []desk.Write, doc *D, write func(D) desk.Write) []desk.Write {
	if doc == nil {
		return all
	}
	return append(all, write(*doc))
}

func pointer[D any](d D) *D { return &d }

func vendor(k desk.VendorKey) *Vendor {
	if k.ID == "" {
		return nil
	}
	return (*Vendor)(&k)
}

func (v *Vendor) key() desk.VendorKey {
	if v == nil {
		return desk.VendorKey{}
	}
	return desk.VendorKey(*v)
}
