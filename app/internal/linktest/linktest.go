// Package linktest is a server for tests of the console's core: it stands in the place of the link and speaks
// wire frames, with one agent, one queue, and just enough of the rules. Only tests import it.
package linktest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"parley/app/internal/engine"
	"parley/backend/chat"
	"parley/backend/wire"
)

// The one agent and the one team that there are.
const (
	Agent = "agent-me"
	Team  = "team-1"
)

var (
	agentStream = wire.Stream{Kind: wire.AgentStream, ID: Agent}
	queueStream = wire.Stream{Kind: wire.QueueStream, ID: Team}
	tenant      = wire.Stream{Kind: wire.TenantStream}
)

// Server implements engine.Link. Its methods may be called from any goroutine.
type Server struct {
	mu       sync.Mutex
	chats    map[string]*chat.Chat
	messages map[string][]chat.Message
	seq      map[wire.Stream]int64
	log      map[wire.Stream][]*wire.Frame
	last     map[string]int64
	results  map[string]*wire.Result // by device and number
	drafts   map[string]wire.Draft
	company  []wire.Change         // teams, agents and assets, the newest of each last
	orders   wire.Orders           // of the agent's lists
	given    map[string]*chat.Chat // by the chats that were given away, as they were
	room     int                   // how many chats a colleague still takes
	epoch    string
	now      int64
	told     int64 // now, in the last welcome
	toldAt   time.Time

	agent   string
	events  chan engine.LinkEvent
	conn    int64
	open    bool
	down    bool
	mute    bool          // commands are taken and not answered
	hellos  string        // the device that connected last
	problem *wire.Problem // of the next reply: it is held
	refuse  *wire.Problem // of the next command: it is refused

	stranger bool           // the console has no token any more
	tokens   []string       // that the console uses
	kept     []string       // what it used when it said that an offered token is kept
	Aims     []wire.Aim     // every question that came
	Commands []wire.Command // every one that came, again too
	Applied  []wire.Command // those that had their effect
}

// New returns a server without chats, which is reachable.
func New() *Server {
	return &Server{chats: map[string]*chat.Chat{}, messages: map[string][]chat.Message{}, seq: map[wire.Stream]int64{},
		log: map[wire.Stream][]*wire.Frame{}, last: map[string]int64{}, results: map[string]*wire.Result{}, drafts: map[string]wire.Draft{},
		given: map[string]*chat.Chat{}, room: 100, epoch: "e1", now: 1_700_000_000_000, agent: Agent, events: make(chan engine.LinkEvent, 10_000)}
}

// Run implements engine.Link.
func (s *Server) Run(ctx context.Context, event func(engine.LinkEvent)) {
	s.dial()
	for {
		select {
		case <-ctx.Done():
			s.mu.Lock()
			s.open = false
			s.mu.Unlock()
			return
		case ev := <-s.events:
			event(ev)
		}
	}
}

func (s *Server) dial() {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.down:
		s.events <- engine.Disconnected{Err: context.DeadlineExceeded}
		return
	case s.stranger:
		s.events <- engine.Disconnected{Code: wire.CloseRevoked}
		return
	}
	s.conn++
	s.open = true
	s.events <- engine.Connected{Conn: s.conn}
}

// Reconnect implements engine.Link.
func (s *Server) Reconnect(wait time.Duration) {
	s.cut(0)
	time.AfterFunc(wait, s.dial)
}

// TryNow implements engine.Link: it dials where there is no connection.
func (s *Server) TryNow() {
	s.mu.Lock()
	open := s.open
	s.mu.Unlock()
	if !open {
		s.dial()
	}
}

// Use implements engine.Link.
func (s *Server) Use(tokens ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens, s.stranger = tokens, len(tokens) == 0
}

// Down makes the server unreachable, with a close code; Up brings it back.
func (s *Server) Down(code int) {
	s.mu.Lock()
	s.down = true
	s.mu.Unlock()
	s.cut(code)
}

// Reachable ends Down without a connection: the next dial works.
func (s *Server) Reachable() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = false
}

// Mute takes commands and questions for messages from now on, and answers none.
func (s *Server) Mute() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mute = true
}

// Speak ends Mute.
func (s *Server) Speak() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mute = false
}

// Up makes the server reachable again and lets the console connect.
func (s *Server) Up() {
	s.mu.Lock()
	s.down = false
	s.mu.Unlock()
	s.dial()
}

func (s *Server) cut(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open {
		s.open = false
		s.events <- engine.Disconnected{Conn: s.conn, Code: code}
	}
}

// Close closes the connection with a goodbye; the console is not let in again until Up.
func (s *Server) Close(code int, problem chat.ProblemKind) {
	s.mu.Lock()
	s.down = true
	if s.open {
		s.open = false
		s.events <- engine.Disconnected{Conn: s.conn, Code: code, Problem: &wire.Problem{Kind: int(problem)}}
	}
	s.mu.Unlock()
}

// Stranger lets something else answer in the place of the server.
func (s *Server) Stranger() { s.events <- engine.Disconnected{Stranger: true} }

// Plan says when the link dials next.
func (s *Server) Plan(at time.Time) { s.events <- engine.Planned{At: at} }

// Be makes another agent of whoever connects next.
func (s *Server) Be(agent string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.agent = agent
}

// Hold lets the next reply be held, Refuse the next command be refused.
func (s *Server) Hold(kind chat.ProblemKind)   { s.set(&s.problem, kind) }
func (s *Server) Refuse(kind chat.ProblemKind) { s.set(&s.refuse, kind) }

func (s *Server) set(p **wire.Problem, kind chat.ProblemKind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*p = &wire.Problem{Kind: int(kind), Args: []string{"Bob"}}
}

// Give sends a frame as it is.
func (s *Server) Give(d wire.Down) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.send(d)
}

func (s *Server) send(d wire.Down) {
	if s.open {
		s.events <- engine.Received{Conn: s.conn, Down: d}
	}
}

// Send implements engine.Link.
func (s *Server) Send(conn int64, up wire.Up) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.open || conn != s.conn {
		return
	}
	switch {
	case up.Hello != nil:
		s.hello(up.Hello)
	case up.Command != nil:
		s.command(s.hellos, *up.Command)
	case up.More != nil:
		s.more(up.More)
	case up.Kept != nil:
		s.kept = append(s.kept, strings.Join(s.tokens, " "))
	case up.Aim != nil:
		s.aim(up.Aim)
	case up.Earlier != nil:
		s.send(wire.Down{History: &wire.History{Customer: up.Earlier.Customer, Chats: []wire.Chat{{ID: "EARLIER", Status: "closed"}}}})
	}
}

// Wrote lets the customer of a chat write; a new chat is queued.
func (s *Server) Wrote(id, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chat(id)
	m := s.add(c, chat.Message{Kind: chat.Inbound, Text: text})
	changes := s.facts(c)
	if s.streamOf(c) == agentStream {
		changes = append(changes, wire.Change{Message: wire.FromMessage(m)})
	}
	s.write(s.streamOf(c), changes...)
}

func (s *Server) chat(id string) *chat.Chat {
	if s.chats[id] == nil {
		s.chats[id] = &chat.Chat{ID: chat.ID(id), Status: chat.Queued, Team: Team, Channel: chat.WhatsApp, Customer: "key-" + chat.CustomerKey(id),
			Identity: "identity-" + chat.IdentityID(id), CreatedAt: chat.Millis(s.now)}
		if n := len(s.messages[id]); n > 0 { // it was here before
			s.chats[id].LastNumber, s.chats[id].InboundCount = int64(n), s.messages[id][n-1].Inbounds
		}
	}
	return s.chats[id]
}

func (s *Server) add(c *chat.Chat, m chat.Message) chat.Message {
	s.now += 1000
	c.LastNumber++
	if m.Kind == chat.Inbound {
		c.InboundCount++
		c.LastInboundAt = chat.Millis(s.now)
	}
	c.Unread = c.InboundCount - s.inboundsAt(c, c.ReadTo)
	m.ID, m.Chat, m.Number = chat.MessageID(fmt.Sprint(c.ID, "-", c.LastNumber)), c.ID, c.LastNumber
	m.Inbounds, m.At = c.InboundCount, chat.Millis(s.now)
	s.messages[string(c.ID)] = append(s.messages[string(c.ID)], m)
	c.WaitingSince = chat.Waiting(s.messages[string(c.ID)], 0)
	c.LastText, c.LastKind = m.Text, m.Kind
	return m
}

func (s *Server) inboundsAt(c *chat.Chat, n int64) int64 {
	if n == 0 {
		return 0
	}
	return s.messages[string(c.ID)][n-1].Inbounds
}

func (s *Server) streamOf(c *chat.Chat) wire.Stream {
	if c.Status == chat.Queued {
		return queueStream
	}
	return agentStream
}

func (s *Server) facts(c *chat.Chat) []wire.Change {
	return []wire.Change{{Chat: wire.FromChat(*c)},
		{Customer: &wire.Customer{Key: string(c.Customer), ID: "C-" + string(c.ID), Name: "Customer " + string(c.ID)}},
		{Identity: &wire.Identity{ID: string(c.Identity), Customer: string(c.Customer), Channel: string(c.Channel),
			Addresses: []wire.Address{{Kind: "phone", Value: "+491701234567"}}}}}
}

// Assign gives a chat to the agent, as a manager would.
func (s *Server) Assign(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.assign(s.chat(id))
}

func (s *Server) assign(c *chat.Chat, more ...wire.Change) {
	s.now += 1000
	c.Status, c.Assignee, c.AssignedAt, c.OpenedAt = chat.Picked, Agent, chat.Millis(s.now), 0
	c.Assignment++
	changes := s.facts(c)
	all := s.messages[string(c.ID)]
	for _, m := range all[max(0, len(all)-wire.SnapshotMessages):] {
		changes = append(changes, wire.Change{Message: wire.FromMessage(m)})
	}
	s.write(queueStream, wire.Change{ChatGone: &wire.ChatGone{ID: string(c.ID), To: Agent}})
	s.write(agentStream, append(changes, more...)...)
}

// Take takes a chat away from the agent and gives it to a colleague of that name.
func (s *Server) Take(id, name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.chats, id)
	to := wire.Agent{ID: "agent-" + name, Name: name}
	s.write(agentStream, wire.Change{Agent: &to}, wire.Change{ChatGone: &wire.ChatGone{ID: id, To: to.ID}})
}

// Return puts a chat of the agent's back into the queue.
func (s *Server) Return(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.chats[id]
	c.Status, c.Assignee, c.OpenedAt = chat.Queued, "", 0
	c.Assignment++
	s.write(agentStream, wire.Change{ChatGone: &wire.ChatGone{ID: id}})
	s.write(queueStream, s.facts(c)...)
}

// Restore begins a new log, as after a backup was put back.
func (s *Server) Restore(epoch string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.epoch, s.seq, s.log = epoch, map[wire.Stream]int64{}, map[wire.Stream][]*wire.Frame{}
}

// Tokens returns those that the console uses now, and with each time that it said one is kept the one used then.
func (s *Server) Tokens() (use, kept []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.tokens), slices.Clone(s.kept)
}

// State sets the state of a message, with the failure of a failed one.
func (s *Server) State(id string, number int64, to chat.State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &s.messages[id][number-1]
	m.State = to
	if to == chat.Failed {
		m.Failure = &chat.Failure{Code: "131047", Reason: chat.OutsideWindow}
	}
	c := s.chats[id]
	c.WaitingSince = chat.Waiting(s.messages[id], 0)
	s.write(agentStream, wire.Change{Chat: wire.FromChat(*c)}, wire.Change{Message: wire.FromMessage(*m)})
}

func (s *Server) write(stream wire.Stream, changes ...wire.Change) {
	s.seq[stream]++
	f := &wire.Frame{Stream: stream, Epoch: s.epoch, Seq: s.seq[stream], At: s.now, Changes: changes, Counts: s.counts(stream)}
	s.log[stream] = append(s.log[stream], f)
	s.send(wire.Down{Frame: f})
}

func (s *Server) counts(stream wire.Stream) *wire.Counts {
	if stream != agentStream {
		return nil
	}
	return wire.FromCounts(chat.Count(func(yield func(*chat.Chat) bool) {
		for _, c := range s.chats {
			if !yield(c) {
				return
			}
		}
	}, Agent))
}
