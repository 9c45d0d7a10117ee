package wire

import (
	"slices"
	"strings"

	"parley/backend/chat"
)

// FromChat returns c as it goes over the wire, without its Course; it shares nothing with c.
func FromChat(c chat.Chat) *Chat {
	return &Chat{
		ID: string(c.ID), Alias: c.Alias, Status: string(c.Status), Team: string(c.Team), Asset: string(c.Asset),
		Identity: string(c.Identity), Customer: string(c.Customer), Channel: string(c.Channel),
		Assignee: string(c.Assignee), Priority: int(c.Priority), Tags: slices.Clone(c.Tags),
		CreatedAt: int64(c.CreatedAt), AssignedAt: int64(c.AssignedAt), AssignedIndex: c.AssignedIndex,
		OpenedAt: int64(c.OpenedAt), WaitingSince: int64(c.WaitingSince), LastInboundAt: int64(c.LastInboundAt),
		Assignment: c.Assignment, LastNumber: c.LastNumber, InboundCount: c.InboundCount, ReadTo: c.ReadTo,
		Unread: c.Unread, SettledTo: c.SettledTo, LastText: c.LastText, LastKind: string(c.LastKind),
		ReleaseAt: int64(c.ReleaseAt), Extended: c.Extended,
	}
}

// Chat returns what FromChat was given, without its Course.
func (c *Chat) Chat() chat.Chat {
	return chat.Chat{
		ID: chat.ID(c.ID), Alias: c.Alias, Status: chat.Status(c.Status), Team: chat.TeamID(c.Team),
		Asset: chat.AssetID(c.Asset), Identity: chat.IdentityID(c.Identity), Customer: chat.CustomerKey(c.Customer),
		Channel: chat.Channel(c.Channel), Assignee: chat.AgentID(c.Assignee), Priority: chat.Priority(c.Priority),
		Tags: slices.Clone(c.Tags), CreatedAt: chat.Millis(c.CreatedAt), AssignedAt: chat.Millis(c.AssignedAt),
		AssignedIndex: c.AssignedIndex, OpenedAt: chat.Millis(c.OpenedAt), WaitingSince: chat.Millis(c.WaitingSince),
		LastInboundAt: chat.Millis(c.LastInboundAt), Assignment: c.Assignment, LastNumber: c.LastNumber,
		InboundCount: c.InboundCount, ReadTo: c.ReadTo, Unread: c.Unread, SettledTo: c.SettledTo,
		LastText: c.LastText, LastKind: chat.Kind(c.LastKind), ReleaseAt: chat.Millis(c.ReleaseAt), Extended: c.Extended,
	}
}

// FromMessage returns m as it goes over the wire; it shares nothing with m.
func FromMessage(m chat.Message) *Message {
	w := &Message{
		ID: string(m.ID), Chat: string(m.Chat), Number: m.Number, Kind: string(m.Kind), Inbounds: m.Inbounds,
		Author: string(m.Author), AuthorName: m.AuthorName, Text: m.Text, At: int64(m.At),
		VendorAt: int64(m.VendorAt), State: string(m.State), Command: string(m.Command),
		Unsupported: m.Unsupported, Asks: m.Asks,
	}
	for _, a := range m.Attachments {
		w.Attachments = append(w.Attachments, Attachment{string(a.ID), a.Name, a.MIME, a.Size, string(a.State)})
	}
	if f := m.Failure; f != nil {
		w.Failure = &Failure{f.Code, string(f.Reason), f.Detail}
	}
	if l := m.Line; l != nil {
		w.Line = &Line{l.Code, slices.Clone(l.Args)}
	}
	return w
}

// Message returns what FromMessage was given.
func (m *Message) Message() chat.Message {
	c := chat.Message{
		ID: chat.MessageID(m.ID), Chat: chat.ID(m.Chat), Number: m.Number, Kind: chat.Kind(m.Kind),
		Inbounds: m.Inbounds, Author: chat.AgentID(m.Author), AuthorName: m.AuthorName, Text: m.Text,
		At: chat.Millis(m.At), VendorAt: chat.Millis(m.VendorAt), State: chat.State(m.State),
		Command: chat.CommandID(m.Command), Unsupported: m.Unsupported, Asks: m.Asks,
	}
	for _, a := range m.Attachments {
		c.Attachments = append(c.Attachments,
			chat.Attachment{ID: chat.MediaID(a.ID), Name: a.Name, MIME: a.MIME, Size: a.Size, State: chat.MediaState(a.State)})
	}
	if f := m.Failure; f != nil {
		c.Failure = &chat.Failure{Code: f.Code, Reason: chat.Reason(f.Reason), Detail: f.Detail}
	}
	if l := m.Line; l != nil {
		c.Line = &chat.Line{Code: l.Code, Args: slices.Clone(l.Args)}
	}
	return c
}

// FromCustomer returns c as it goes over the wire.
func FromCustomer(c chat.Customer) *Customer {
	return &Customer{Key: string(c.Key), ID: string(c.ID), Name: c.Name, Revision: c.Revision}
}

// Customer returns what FromCustomer was given.
func (c *Customer) Customer() chat.Customer {
	return chat.Customer{Key: chat.CustomerKey(c.Key), ID: chat.CustomerID(c.ID), Name: c.Name, Revision: c.Revision}
}

// FromIdentity returns i as it goes over the wire; it shares nothing with i.
func FromIdentity(i chat.Identity) *Identity {
	w := &Identity{ID: string(i.ID), Customer: string(i.Customer), Channel: string(i.Channel), Revision: i.Revision}
	for _, a := range i.Addresses {
		w.Addresses = append(w.Addresses, Address{string(a.Kind), a.Value})
	}
	return w
}

// Identity returns what FromIdentity was given.
func (i *Identity) Identity() chat.Identity {
	c := chat.Identity{ID: chat.IdentityID(i.ID), Customer: chat.CustomerKey(i.Customer), Channel: chat.Channel(i.Channel),
		Revision: i.Revision}
	for _, a := range i.Addresses {
		c.Addresses = append(c.Addresses, chat.Address{Kind: chat.AddressKind(a.Kind), Value: a.Value})
	}
	return c
}

// FromCounts returns c as it goes over the wire.
func FromCounts(c chat.Counts) *Counts {
	return &Counts{Held: c.Held, Pending: c.Pending, Waiting: c.Waiting}
}

// Counts returns what FromCounts was given.
func (c *Counts) Counts() chat.Counts {
	return chat.Counts{Held: c.Held, Pending: c.Pending, Waiting: c.Waiting}
}

// FromProblem returns p as it goes over the wire, nil for nil; it shares nothing with p.
func FromProblem(p *chat.Problem) *Problem {
	if p == nil {
		return nil
	}
	return &Problem{Kind: int(p.Kind), Args: slices.Clone(p.Args)}
}

// Problem returns what FromProblem was given.
func (p *Problem) Problem() *chat.Problem {
	if p == nil {
		return nil
	}
	return &chat.Problem{Kind: chat.ProblemKind(p.Kind), Args: slices.Clone(p.Args)}
}

// FromCommand returns c as it goes over the wire, without the members of its envelope.
func FromCommand(c chat.Command) Command {
	return Command{
		Kind: string(c.Kind), Chat: string(c.Chat), Assignment: c.Assignment, Base: c.Base, UpTo: c.UpTo,
		Text: c.Text, Availability: string(c.Availability), Message: string(c.Message), WentOut: c.WentOut,
		Chats: each(c.Chats, fromPlace), Team: string(c.Team), Agent: string(c.Agent), Of: string(c.Of), Priority: int(c.Priority),
		Tags: slices.Clone(c.Tags), Untags: slices.Clone(c.Untags), List: string(c.List), Order: string(c.Order),
		TeamSet: fromTeamSet(c.TeamSet), AgentSet: fromAgentSet(c.AgentSet), AssetSet: fromAssetSet(c.AssetSet),
	}
}

// Command returns the command without its envelope. U+0000, which not every store can keep, becomes U+FFFD in what
// people write.
func (c *Command) Command() chat.Command {
	return chat.Command{
		Kind: chat.CommandKind(c.Kind), Chat: chat.ID(c.Chat), Assignment: c.Assignment, Base: c.Base, UpTo: c.UpTo,
		Text: written(c.Text), Availability: chat.Availability(c.Availability),
		Message: chat.MessageID(c.Message), WentOut: c.WentOut,
		Chats: each(c.Chats, Place.place), Team: chat.TeamID(c.Team), Agent: chat.AgentID(c.Agent), Of: chat.CommandID(c.Of),
		Priority: chat.Priority(c.Priority), Tags: each(c.Tags, written), Untags: each(c.Untags, written),
		List: chat.ListName(c.List), Order: chat.Order(c.Order),
		TeamSet: c.TeamSet.set(), AgentSet: c.AgentSet.set(), AssetSet: c.AssetSet.set(),
	}
}

func written(s string) string { return strings.ReplaceAll(s, "\x00", "\uFFFD") }
