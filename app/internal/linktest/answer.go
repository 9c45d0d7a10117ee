package linktest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"parley/backend/chat"
	"parley/backend/wire"
)

func (s *Server) hello(h *wire.Hello) {
	s.hellos, s.told, s.toldAt = h.Device, s.now, time.Now()
	w := &wire.Welcome{Version: 1, Now: s.now, Agent: wire.Agent{ID: s.agent, Name: "Me", Availability: "available"},
		LastCommand: s.last[h.Device], BeatMillis: wire.BeatMillis}
	if s.agent != Agent {
		s.send(wire.Down{Welcome: w})
		return
	}
	var follow []wire.Down
	for _, stream := range []wire.Stream{agentStream, queueStream, tenant} {
		i := slices.IndexFunc(h.At, func(p wire.StreamPosition) bool { return p.Stream == stream && p.Position.Epoch == s.epoch })
		w.Streams = append(w.Streams, wire.WelcomedStream{Stream: stream, Head: wire.Position{Epoch: s.epoch, Seq: s.seq[stream]}, Resumed: i >= 0})
		if i < 0 {
			follow = append(follow, s.snapshot(stream))
			continue
		}
		for _, f := range s.log[stream][h.At[i].Position.Seq:] {
			follow = append(follow, wire.Down{Frame: f})
		}
	}
	s.send(wire.Down{Welcome: w})
	for _, d := range follow {
		s.send(d)
	}
}

func (s *Server) snapshot(stream wire.Stream) wire.Down {
	snap := &wire.Snapshot{Stream: stream, At: wire.Position{Epoch: s.epoch, Seq: s.seq[stream]}, Last: true, Counts: s.counts(stream)}
	for id, c := range s.chats {
		if s.streamOf(c) != stream {
			continue
		}
		snap.Changes = append(snap.Changes, s.facts(c)...)
		if all := s.messages[id]; stream == agentStream {
			for _, m := range all[max(0, len(all)-wire.SnapshotMessages):] {
				snap.Changes = append(snap.Changes, wire.Change{Message: wire.FromMessage(m)})
			}
		}
	}
	if stream == tenant {
		snap.Changes = append(snap.Changes, s.company...)
	}
	if stream == agentStream {
		snap.Changes = append(snap.Changes, wire.Change{Orders: &s.orders})
	}
	for _, d := range s.drafts {
		if stream == agentStream && d.Text != "" {
			snap.Changes = append(snap.Changes, wire.Change{Draft: &d})
		}
	}
	return wire.Down{Snapshot: snap}
}

func (s *Server) more(q *wire.More) {
	if s.mute {
		return
	}
	p := &wire.Page{Chat: q.Chat, Before: q.Before}
	if p.Before == 0 {
		p.Before = int64(len(s.messages[q.Chat])) + 1
	}
	for _, m := range s.messages[q.Chat] {
		if m.Number < p.Before && m.Number >= p.Before-int64(q.Count) {
			p.Messages = append(p.Messages, *wire.FromMessage(m))
		}
	}
	s.send(wire.Down{Page: p})
}

// Heard returns the commands of a kind that came, in their order.
func (s *Server) Heard(kind chat.CommandKind) (l []wire.Command) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.Commands {
		if c.Kind == string(kind) {
			l = append(l, c)
		}
	}
	return l
}

func (s *Server) command(device string, c wire.Command) {
	s.Commands = append(s.Commands, c)
	if s.mute {
		return
	}
	key := fmt.Sprint(device, " ", c.Number)
	switch {
	case s.results[key] != nil:
		s.send(wire.Down{Result: s.results[key]})
		return
	case c.Number != s.last[device]+1:
		s.send(wire.Down{Refetch: &wire.Refetch{From: s.last[device] + 1}})
		return
	}
	s.last[device] = c.Number
	r := &wire.Result{Device: device, Number: c.Number, ID: c.ID, Outcome: wire.Done}
	s.results[key] = r
	if p := s.refuse; p != nil {
		s.refuse, r.Outcome, r.Problem = nil, wire.Refused, p
		s.write(agentStream, wire.Change{Result: r})
		return
	}
	if p := s.problem; p != nil && (c.Kind == string(chat.CmdReply) || c.Kind == string(chat.CmdReclaim)) {
		s.problem, r.Outcome, r.Problem = nil, wire.Held, p
		s.write(agentStream, wire.Change{Result: r})
		return
	}
	s.Applied = append(s.Applied, c)
	s.effect(c, wire.Change{Result: r})
}

func (s *Server) effect(cmd wire.Command, result wire.Change) {
	c := s.chats[cmd.Chat]
	if c == nil && cmd.Chat != "" && cmd.Kind != string(chat.CmdDraft) {
		result.Result.Outcome, result.Result.Problem = wire.Refused, &wire.Problem{Kind: int(chat.NotFound), Args: []string{"chat"}}
		s.write(agentStream, result)
		return
	}
	switch chat.CommandKind(cmd.Kind) {
	case chat.CmdPick:
		if len(cmd.Chats) > 0 {
			s.many(cmd, result, s.pickOne)
			return
		}
		s.assign(c, result)
	case chat.CmdOpen:
		c.OpenedAt = chat.Millis(s.now)
		s.write(agentStream, wire.Change{Chat: wire.FromChat(*c)}, result)
	case chat.CmdRead:
		c.ReadTo = max(c.ReadTo, cmd.UpTo)
		c.Unread = c.InboundCount - s.inboundsAt(c, c.ReadTo)
		s.write(agentStream, wire.Change{Chat: wire.FromChat(*c)}, result)
	case chat.CmdReply:
		c.OpenedAt, c.ReadTo = max(c.OpenedAt, 1), max(c.ReadTo, cmd.Base)
		m := s.add(c, chat.Message{Kind: chat.Reply, Author: Agent, AuthorName: "Me", Text: cmd.Text, State: chat.Accepted, Command: chat.CommandID(cmd.ID)})
		s.write(agentStream, wire.Change{Chat: wire.FromChat(*c)}, wire.Change{Message: wire.FromMessage(m)}, result)
	case chat.CmdReclaim:
		if c.Status == chat.Queued {
			s.assign(c)
		}
		m := s.add(c, chat.Message{Kind: chat.Reply, Author: Agent, AuthorName: "Me", Text: cmd.Text, State: chat.Accepted, Command: chat.CommandID(cmd.ID)})
		s.write(agentStream, wire.Change{Chat: wire.FromChat(*c)}, wire.Change{Message: wire.FromMessage(m)}, result)
	case chat.CmdNote:
		m := s.add(c, chat.Message{Kind: chat.Note, Author: Agent, AuthorName: "Me", Text: cmd.Text, Command: chat.CommandID(cmd.ID)})
		s.write(agentStream, wire.Change{Chat: wire.FromChat(*c)}, wire.Change{Message: wire.FromMessage(m)}, result)
	case chat.CmdDraft:
		s.write(agentStream, s.draft(cmd.Chat, cmd.Text, result.Result.Device, cmd.Base), result)
	default:
		s.handle(cmd, c, result)
	}
}

// draft keeps a draft; what another device has written since base is put before it.
func (s *Server) draft(id, text, device string, base int64) wire.Change {
	d := s.drafts[id]
	if d.Device != device && d.Revision > base && d.Text != "" && !strings.HasPrefix(text, d.Text) {
		text, device = strings.TrimSuffix(d.Text+"\n"+text, "\n"), ""
	}
	s.now++
	d = wire.Draft{Chat: id, Text: text, Revision: s.now, Device: device, At: s.now}
	s.drafts[id] = d
	return wire.Change{Draft: &d}
}

// Draft writes a draft on another of the agent's devices, which has seen what there is.
func (s *Server) Draft(id, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.write(agentStream, s.draft(id, text, "other", s.drafts[id].Revision))
}

// Drafted is the agent's draft of a chat as the server has it.
func (s *Server) Drafted(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.drafts[id].Text
}

// Replies are the texts of the replies that had their effect, in order.
func (s *Server) Replies() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var l []string
	for _, c := range s.Applied {
		if c.Kind == string(chat.CmdReply) || c.Kind == string(chat.CmdReclaim) {
			l = append(l, c.Text)
		}
	}
	return strings.Join(l, "|")
}
