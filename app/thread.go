package app

import (
	"cmp"
	"slices"

	"parley/app/internal/engine"
	"parley/app/internal/outbox"
	"parley/app/view"
	"parley/backend/chat"
)

// threadOf makes the page's conversation of its newest count messages, fewer where they are very long.
func threadOf(p *engine.Picture, t *engine.Thread, count int) view.Thread {
	me := chat.AgentID(p.Status.Agent.ID)
	v := view.Thread{Seq: t.Seq, Chat: string(t.Chat), Missing: t.Item == nil, GoneTo: t.GoneTo, MaxText: chat.MaxText,
		Draft: t.Draft, DraftKind: string(t.DraftKind), DraftSeen: t.DraftSeen, Asked: asked(t), Left: left(t), Person: person(t), Messages: []view.Message{}}
	v.Row.Tags = []string{}
	v.Actions = append([]view.Action{}, t.Actions...)
	if t.Item != nil {
		c := &t.Item.Chat
		until, windowed := chat.Window(c.Channel, lastWrote(t))
		v.Row, v.Status, v.Mine, v.Channel, v.Asset = row(p, t.Item), string(c.Status), t.Mine, string(c.Channel), t.Asset.Name
		v.WindowTo, v.Windowed, v.ReadTo = int64(until), windowed, c.ReadTo
	}
	messages := newest(t.Messages, min(max(count, 1), maxMessages))
	for i := range messages {
		v.Messages = append(v.Messages, message(&messages[i], me))
	}
	v.Older = t.More || len(messages) < len(t.Messages)
	v.OlderErr = t.More && !t.Online
	v.Messages = append(v.Messages, unconfirmed(p, t)...)
	return v
}

// lastWrote is when the customer wrote last, which counts for the window: by the vendor's time where it is known, else
// by the server's (rule D6).
func lastWrote(t *engine.Thread) chat.Millis {
	var last chat.Millis
	for i := len(t.Messages) - 1; i >= 0 && t.Messages[i].At > last; i-- {
		if m := &t.Messages[i]; m.Kind == chat.Inbound {
			last = max(last, min(cmp.Or(m.VendorAt, m.At), m.At))
		}
	}
	return cmp.Or(last, t.Item.Chat.LastInboundAt)
}

// newest returns the last n messages, fewer where their texts make more than their room, but one at least.
func newest(messages []chat.Message, n int) []chat.Message {
	size, from, room := 0, len(messages), maxPatch+morePatch*max(0, n-100)
	for from > 0 && len(messages)-from < n {
		m := &messages[from-1]
		if size += weight(m); size > room && from < len(messages) {
			break
		}
		from--
	}
	return messages[from:]
}

// weight is about how many bytes a message takes in a patch.
func weight(m *chat.Message) int {
	const frame, attachment = 400, 200
	return frame + len(m.Text) + len(m.Attachments)*attachment
}

func message(m *chat.Message, me chat.AgentID) view.Message {
	v := view.Message{
		Key: string(m.ID), Number: m.Number, ID: string(m.ID), Command: string(m.Command), Kind: string(m.Kind),
		Author: m.AuthorName, Mine: m.Author != "" && m.Author == me, Text: m.Text, Links: links(m.Text),
		Attachments: []view.Attachment{}, At: int64(m.At), State: string(m.State), Problem: []view.Problem{},
		Asks: m.Asks, Unsupported: m.Unsupported, Args: []string{},
	}
	if m.Command != "" {
		v.Key = string(m.Command)
	}
	for _, a := range m.Attachments {
		v.Attachments = append(v.Attachments,
			view.Attachment{ID: string(a.ID), Name: a.Name, MIME: a.MIME, Size: a.Size, State: string(a.State)})
	}
	if f := m.Failure; f != nil {
		v.Reason, v.Code, v.Detail = string(f.Reason), f.Code, f.Detail
	}
	if l := m.Line; l != nil {
		v.Line, v.Args = l.Code, append(v.Args, l.Args...)
	}
	return v
}

// unconfirmed returns what follows the confirmed messages: replies that wait for a decision, then those queued.
func unconfirmed(p *engine.Picture, t *engine.Thread) []view.Message {
	var l []view.Message
	for _, d := range t.Decisions {
		m := own(p, d.ID, d.Kind, d.Text, d.At, chat.InOutbox)
		m.Cancellable = d.Answer != "" && cancellable(t, d.Answer)
		if d.Answer == "" {
			m.State, m.Problem = string(chat.Held), []view.Problem{problem(d.Problem)}
		} else {
			m.Command = string(d.Answer) // it is what can be taken back
		}
		l = append(l, m)
	}
	for _, e := range t.Queued {
		if kind, words := e.Words(); words && !answers(t, e) && !confirmed(t, e) {
			m := own(p, e.ID, kind, e.Command.Text, e.WrittenAt, chat.InOutbox)
			m.Cancellable = e.Cancellable()
			l = append(l, m)
		}
	}
	return l
}

// cancellable reports whether a command about the chat can be taken back.
func cancellable(t *engine.Thread, id chat.CommandID) bool {
	return slices.ContainsFunc(t.Queued, func(e *outbox.Entry) bool { return e.ID == id && e.Cancellable() })
}

// asked is what was asked for of a chat, beside words.
func asked(t *engine.Thread) []view.Asked {
	l := []view.Asked{}
	for _, e := range t.Queued {
		if _, words := e.Words(); !words && e.Told() {
			l = append(l, view.Asked{Command: string(e.ID), Kind: string(e.Command.Kind), Sent: e.Tried,
				Cancellable: e.Cancellable(), Chats: max(1, len(e.Command.Chats))})
		}
	}
	return l
}

// left is none or one.
func left(t *engine.Thread) []view.Left {
	if t.Left == nil {
		return []view.Left{}
	}
	return []view.Left{{How: t.Left.How, By: t.Left.By, ByMe: t.Left.ByMe, At: t.Left.At}}
}

// answers reports whether the words are those of a decision, which is shown itself until the server has confirmed.
func answers(t *engine.Thread, e *outbox.Entry) bool {
	return slices.ContainsFunc(t.Decisions, func(d *outbox.Decision) bool { return d.Answer == e.ID })
}

// confirmed reports whether the reply is among the messages already.
func confirmed(t *engine.Thread, e *outbox.Entry) bool {
	for i := len(t.Messages) - 1; i >= 0; i-- {
		if t.Messages[i].Command == e.ID {
			return true
		}
	}
	return false
}

// own is a reply or a note of mine that the server has not confirmed; writtenAt is by this machine's clock.
func own(p *engine.Picture, id chat.CommandID, kind chat.Kind, text string, writtenAt int64, s chat.State) view.Message {
	return view.Message{Key: string(id), Command: string(id), Kind: string(kind), Author: p.Status.Agent.Name,
		Mine: true, Text: text, Links: links(text), Attachments: []view.Attachment{}, At: writtenAt + p.Status.Offset,
		State: string(s), Problem: []view.Problem{}, Args: []string{}}
}

func person(t *engine.Thread) view.Person {
	v := view.Person{Key: string(t.Customer.Key), CustomerID: string(t.Customer.ID), Name: t.Customer.Name,
		Addresses: []view.Address{}, Earlier: []view.Earlier{}, EarlierAt: "ready"}
	for _, i := range t.Identities {
		for _, a := range i.Addresses {
			v.Addresses = append(v.Addresses, view.Address{Channel: string(i.Channel), Kind: string(a.Kind), Value: a.Value})
		}
	}
	for i := range t.Earlier {
		c := &t.Earlier[i]
		v.Earlier = append(v.Earlier, view.Earlier{ID: string(c.ID), Channel: string(c.Channel), Status: string(c.Status),
			CreatedAt: int64(c.CreatedAt), LastText: c.LastText})
	}
	switch {
	case t.EarlierIs:
	case t.Online:
		v.EarlierAt = "loading"
	default:
		v.EarlierAt = "away"
	}
	return v
}
