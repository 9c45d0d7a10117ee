package desk

import (
	"parley/backend/chat"
	"parley/backend/wire"
)

// Snapshot returns the whole state of a stream, and for an agent's its counts. What Decide adds to the stream in
// frames turns one Snapshot into the next. Results are not in it, see Results.
func Snapshot(v View, s wire.Stream) ([]wire.Change, *wire.Counts) {
	switch s.Kind {
	case wire.AgentStream:
		me := chat.AgentID(s.ID)
		held := v.ChatsHeldBy(me)
		all := snapshotChats(v, s, held)
		if a, _ := v.Agent(me); *wireOrders(&a) != (wire.Orders{}) {
			all = append(all, wire.Change{Orders: wireOrders(&a)})
		}
		for _, t := range v.DraftsOf(me) {
			if t.Text != "" {
				all = append(all, wire.Change{Draft: wireDraft(t)})
			}
		}
		return all, wire.FromCounts(countOf(held, me))
	case wire.QueueStream:
		return snapshotChats(v, s, v.ChatsQueuedIn(chat.TeamID(s.ID))), nil
	case wire.TenantStream:
		return snapshotTenant(v), nil
	}
	return nil, nil
}

// Digest is of the chats that a snapshot of the stream carries, see wire.Digest; empty for a stream without chats.
func Digest(v View, s wire.Stream) string {
	var chats []chat.Chat
	switch s.Kind {
	case wire.AgentStream:
		chats = v.ChatsHeldBy(chat.AgentID(s.ID))
	case wire.QueueStream:
		chats = v.ChatsQueuedIn(chat.TeamID(s.ID))
	default:
		return ""
	}
	return wire.Digest(func(yield func(*wire.Chat) bool) {
		for i := range chats {
			if !yield(wire.FromChat(chats[i])) {
				return
			}
		}
	})
}

func snapshotChats(v View, s wire.Stream, chats []chat.Chat) []wire.Change {
	d := &decision{was: v}
	var b bundle
	for i := range chats {
		d.person(&b, s, &chats[i])
		b.add(s, wire.Change{Chat: wire.FromChat(chats[i])})
		if s.Kind != wire.AgentStream {
			continue
		}
		for _, m := range fit(v.MessagesBefore(chats[i].ID, 0, wire.SnapshotMessages)) {
			b.add(s, wire.Change{Message: wire.FromMessage(m)})
		}
	}
	if len(b.frames) == 0 {
		return nil
	}
	return b.frames[0].Changes
}

func snapshotTenant(v View) []wire.Change {
	var all []wire.Change
	for _, t := range v.Teams() {
		all = append(all, wire.Change{Team: fromTeam(t)})
	}
	for _, a := range v.Agents() {
		all = append(all, wire.Change{Agent: WireAgent(a)})
	}
	for _, a := range v.Assets() {
		all = append(all, wire.Change{Asset: fromAsset(a)})
	}
	return all
}

// Results returns the stored results of a device's commands from number from on, which a snapshot of its agent's
// stream ends with (wire.Hello.Unconfirmed); none if from is 0.
func Results(v View, device chat.DeviceID, from int64) []wire.Change {
	d, ok := v.Device(device)
	if !ok || from < 1 {
		return nil
	}
	var all []wire.Change
	for n := max(from, d.LastNumber-maxResults+1); n <= d.LastNumber; n++ {
		if r, ok := v.Result(device, n); ok {
			all = append(all, wire.Change{Result: WireResult(r)})
		}
	}
	return all
}

// maxResults is how many results a snapshot carries; a console has no more commands under way.
const maxResults = 4 * wire.MaxUnacked

// StreamsOf returns the streams that an agent may see: the agent's, those of the queues of the agent's teams,
// the tenant's. None for an agent who is unknown or not active.
func StreamsOf(v View, agent chat.AgentID) []wire.Stream {
	a, ok := v.Agent(agent)
	if !ok || !a.Active {
		return nil
	}
	streams := []wire.Stream{AgentStream(agent)}
	for _, t := range a.Teams {
		streams = append(streams, QueueStream(t))
	}
	return append(streams, TenantStream())
}

// MaySee reports whether an agent may read the chat.
func MaySee(v View, agent chat.AgentID, id chat.ID) bool {
	a, _ := v.Agent(agent)
	c, ok := v.Chat(id)
	return ok && sees(&a, &c)
}

// countOf is what a snapshot of an agent's stream says of the chats that the agent holds.
func countOf(held []chat.Chat, me chat.AgentID) chat.Counts {
	return chat.Count(func(yield func(*chat.Chat) bool) {
		for i := range held {
			if !yield(&held[i]) {
				return
			}
		}
	}, me)
}

// WireAgent returns a as its colleagues see it.
func WireAgent(a Agent) *wire.Agent {
	w := &wire.Agent{ID: string(a.ID), Name: a.Name, Availability: string(a.Availability), Away: a.Away,
		Role: string(a.Role), Threshold: a.Threshold, Inactive: !a.Active, Revision: a.Revision}
	for _, t := range a.Teams {
		w.Teams = append(w.Teams, string(t))
	}
	for _, t := range a.Manages {
		w.Manages = append(w.Manages, string(t))
	}
	return w
}

func fromTeam(t Team) *wire.Team {
	return &wire.Team{ID: string(t.ID), Name: t.Name, Prefix: t.Prefix, Settings: wire.FromSettings(t.Settings),
		Revision: t.Revision}
}

func fromAsset(a Asset) *wire.Asset {
	w := &wire.Asset{ID: string(a.ID), Channel: string(a.Channel), Name: a.Name, Address: a.Address, Team: string(a.Team),
		Priority: int(a.Priority), Inactive: !a.Active, Revision: a.Revision}
	for _, t := range a.Shared {
		w.Shared = append(w.Shared, string(t))
	}
	return w
}

func wireOrders(a *Agent) *wire.Orders {
	return &wire.Orders{My: string(a.MyOrder), Queue: string(a.QueueOrder)}
}

func wireDraft(t Draft) *wire.Draft {
	return &wire.Draft{Chat: string(t.Chat), Text: t.Text, Revision: t.Revision, Device: string(t.Device), At: int64(t.At)}
}

// WireResult returns r as it goes over the wire.
func WireResult(r Result) *wire.Result {
	w := &wire.Result{Device: string(r.Device), Number: r.Number, ID: string(r.ID), Outcome: r.Outcome,
		Problem: wire.FromProblem(r.Problem), Created: r.Created}
	for _, i := range r.Items {
		w.Items = append(w.Items, wire.Item{Chat: string(i.Chat), Outcome: i.Outcome, Problem: wire.FromProblem(i.Problem)})
	}
	return w
}
