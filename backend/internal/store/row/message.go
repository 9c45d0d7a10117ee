package row

import (
	"parley/backend/chat"
	"parley/backend/internal/desk"
)

type Attachment struct {
	ID    chat.MediaID    `json:"id"`
	Name  string          `json:"name,omitzero"`
	MIME  string          `json:"mime,omitzero"`
	Size  int64           `json:"size,omitzero"`
	State chat.MediaState `json:"state,omitzero"`
}

type Failure struct {
	Code   string      `json:"code,omitzero"`
	Reason chat.Reason `json:"reason,omitzero"`
	Detail string      `json:"detail,omitzero"`
}

type Line struct {
	Code string   `json:"code,omitzero"`
	Args []string `json:"args,omitempty"`
}

type Message struct {
	ID          chat.MessageID `json:"id"`
	Chat        chat.ID        `json:"chat"`
	Number      int64          `json:"number"`
	Kind        chat.Kind      `json:"kind,omitzero"`
	Inbounds    int64          `json:"inbounds,omitzero"`
	Author      chat.AgentID   `json:"author,omitzero"`
	AuthorName  string         `json:"author_name,omitzero"`
	Text        string         `json:"text,omitzero"`
	Attachments []Attachment   `json:"attachments,omitempty"`
	At          chat.Millis    `json:"at,omitzero"`
	VendorAt    chat.Millis    `json:"vendor_at,omitzero"`
	State       chat.State     `json:"state,omitzero"`
	Failure     *Failure       `json:"failure,omitzero"`
	Command     chat.CommandID `json:"command,omitzero"`
	Unsupported string         `json:"unsupported,omitzero"`
	Line        *Line          `json:"line,omitzero"`
	Asks        bool           `json:"asks,omitzero"`
}

func (d Message) Noun() chat.Message {
	return chat.Message{ID: d.ID, Chat: d.Chat, Number: d.Number, Kind: d.Kind, Inbounds: d.Inbounds, Author: d.Author,
		AuthorName: d.AuthorName, Text: d.Text, At: d.At, VendorAt: d.VendorAt, State: d.State,
		Attachments: each(d.Attachments, func(a Attachment) chat.Attachment { return chat.Attachment(a) }),
		Failure:     (*chat.Failure)(d.Failure), Command: d.Command, Unsupported: d.Unsupported,
		Line: (*chat.Line)(d.Line), Asks: d.Asks}
}

func NewMessage(m chat.Message) Message {
	return Message{ID: m.ID, Chat: m.Chat, Number: m.Number, Kind: m.Kind, Inbounds: m.Inbounds, Author: m.Author,
		AuthorName: m.AuthorName, Text: m.Text, At: m.At, VendorAt: m.VendorAt, State: m.State,
		Attachments: each(m.Attachments, func(a chat.Attachment) Attachment { return Attachment(a) }),
		Failure:     (*Failure)(m.Failure), Command: m.Command, Unsupported: m.Unsupported,
		Line: (*Line)(m.Line), Asks: m.Asks}
}

type Outgoing struct {
	Message  chat.MessageID     `json:"message"`
	Chat     chat.ID            `json:"chat,omitzero"`
	Number   int64              `json:"number,omitzero"`
	Asset    chat.AssetID       `json:"asset,omitzero"`
	To       Address            `json:"to,omitzero"`
	Text     string             `json:"text,omitzero"`
	State    desk.OutgoingState `json:"state,omitzero"`
	Attempt  int                `json:"attempt,omitzero"`
	NextAt   chat.Millis        `json:"next_at,omitzero"`
	Since    chat.Millis        `json:"since,omitzero"`
	VendorID string             `json:"vendor_id,omitzero"`
}

func (d Outgoing) Noun() desk.Outgoing {
	return desk.Outgoing{Message: d.Message, Chat: d.Chat, Number: d.Number, Asset: d.Asset, To: chat.Address(d.To),
		Text: d.Text, State: d.State, Attempt: d.Attempt, NextAt: d.NextAt, Since: d.Since, VendorID: d.VendorID}
}

func NewOutgoing(o desk.Outgoing) Outgoing {
	return Outgoing{Message: o.Message, Chat: o.Chat, Number: o.Number, Asset: o.Asset, To: Address(o.To),
		Text: o.Text, State: o.State, Attempt: o.Attempt, NextAt: o.NextAt, Since: o.Since, VendorID: o.VendorID}
}
