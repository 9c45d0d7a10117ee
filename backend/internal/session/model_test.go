package session

import (
	"fmt"

	"github.com/google/go-cmp/cmp"

	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// model is the least that a console must keep: each stream's rows, replaced as PROTOCOL.md says.
type model struct {
	device  string
	welcome *wire.Welcome
	at      map[wire.Stream]wire.Position
	parts   map[wire.Stream]int // of a snapshot that has not ended
	rows    map[wire.Stream]map[string]wire.Change
	whole   map[wire.Stream]map[string]wire.Change // gathered from the parts
	counts  map[wire.Stream]wire.Counts
	results map[int64]wire.Result // by number, however they came
	again   []wire.Result         // outside a stream
	refetch []int64
	pages   []wire.Page
	history []wire.History
	targets []wire.Targets
	tokens  []wire.Token
	beats   int
	digests int // compared
	resets  int
	frames  int
}

func newModel() *model {
	return &model{at: map[wire.Stream]wire.Position{}, parts: map[wire.Stream]int{},
		rows:    map[wire.Stream]map[string]wire.Change{},
		whole:   map[wire.Stream]map[string]wire.Change{},
		counts:  map[wire.Stream]wire.Counts{},
		results: map[int64]wire.Result{}}
}

func (m *model) apply(d wire.Down) error {
	switch {
	case d.Welcome != nil:
		return m.begin(d.Welcome)
	case d.Snapshot != nil:
		return m.part(d.Snapshot)
	case d.Frame != nil:
		return m.step(d.Frame)
	case d.Beat != nil:
		m.beats++
		return m.check(d.Beat)
	case d.Result != nil:
		m.again = append(m.again, *d.Result)
		return m.result(d.Result)
	case d.Refetch != nil:
		m.refetch = append(m.refetch, d.Refetch.From)
	case d.Page != nil:
		m.pages = append(m.pages, *d.Page)
		m.page(d.Page)
	case d.Token != nil:
		m.tokens = append(m.tokens, *d.Token)
	case d.History != nil:
		m.history = append(m.history, *d.History)
	case d.Targets != nil:
		m.targets = append(m.targets, *d.Targets)
	}
	return nil
}

func (m *model) begin(w *wire.Welcome) error {
	m.welcome = w
	for _, s := range w.Streams {
		if m.at[s.Stream].Epoch == "" && s.Resumed {
			return fmt.Errorf("%v resumed from nowhere", s.Stream)
		}
		if !s.Resumed {
			m.at[s.Stream] = wire.Position{}
			m.resets++
		}
	}
	return nil
}

func (m *model) part(p *wire.Snapshot) error {
	if p.Part != m.parts[p.Stream] {
		return fmt.Errorf("%v: part %d after %d parts", p.Stream, p.Part, m.parts[p.Stream])
	}
	if p.Part == 0 {
		m.whole[p.Stream] = map[string]wire.Change{}
	}
	for _, c := range p.Changes {
		if err := m.put(m.whole[p.Stream], c); err != nil {
			return err
		}
	}
	m.parts[p.Stream]++
	if p.Last {
		m.parts[p.Stream] = 0
		m.rows[p.Stream] = m.whole[p.Stream]
		m.at[p.Stream] = p.At
		m.count(p.Stream, p.Counts)
	}
	return nil
}

func (m *model) step(f *wire.Frame) error {
	if at := m.at[f.Stream]; f.Epoch != at.Epoch || f.Seq != at.Seq+1 || m.parts[f.Stream] != 0 {
		return fmt.Errorf("%v: frame %d of %q after %+v", f.Stream, f.Seq, f.Epoch, at)
	}
	for _, c := range f.Changes {
		if err := m.put(m.rows[f.Stream], c); err != nil {
			return err
		}
	}
	m.at[f.Stream] = wire.Position{Epoch: f.Epoch, Seq: f.Seq}
	m.count(f.Stream, f.Counts)
	m.frames++
	return nil
}

func (m *model) count(s wire.Stream, c *wire.Counts) {
	if c != nil {
		m.counts[s] = *c
	}
}

// result notes the end of a command of the device; it never ends twice in different ways.
func (m *model) result(r *wire.Result) error {
	if r.Device != m.device {
		return nil
	}
	if before, ok := m.results[r.Number]; ok && !cmp.Equal(before, *r) {
		return fmt.Errorf("command %d ended as %+v and as %+v", r.Number, before, *r)
	}
	m.results[r.Number] = *r
	return nil
}

func (m *model) put(rows map[string]wire.Change, c wire.Change) error {
	if c.Result != nil {
		return m.result(c.Result)
	}
	if g := c.ChatGone; g != nil {
		for k, row := range rows {
			if k == "chat "+g.ID || row.Message != nil && row.Message.Chat == g.ID {
				delete(rows, k)
			}
		}
		return nil
	}
	rows[key(c)] = c
	return nil
}

func key(c wire.Change) string {
	switch {
	case c.Chat != nil:
		return "chat " + c.Chat.ID
	case c.Message != nil:
		return fmt.Sprintf("message %s %d", c.Message.Chat, c.Message.Number)
	case c.Customer != nil:
		return "customer " + c.Customer.Key
	case c.Identity != nil:
		return "identity " + c.Identity.ID
	case c.Agent != nil:
		return "agent " + c.Agent.ID
	case c.Team != nil:
		return "team " + c.Team.ID
	case c.Asset != nil:
		return "asset " + c.Asset.ID
	}
	panic(fmt.Sprintf("BUG: an unknown change %+v", c))
}

// page keeps the messages of a chat that the agent's stream carries.
func (m *model) page(p *wire.Page) {
	rows := m.rows[wire.Stream{Kind: wire.AgentStream, ID: m.welcome.Agent.ID}]
	if _, ok := rows["chat "+p.Chat]; !ok {
		return
	}
	for _, msg := range p.Messages {
		c := wire.Change{Message: &msg}
		rows[key(c)] = c
	}
}

// check holds a beat against the positions: everything before it was sent.
func (m *model) check(b *wire.Beat) error {
	for _, h := range b.Heads {
		if m.at[h.Stream] != h.Position {
			return fmt.Errorf("the beat says %+v, the console stands at %+v", h, m.at[h.Stream])
		}
		if h.Digest == "" {
			continue
		}
		m.digests++
		if got := m.digest(h.Stream); got != h.Digest {
			return fmt.Errorf("the beat says %+v, the console reckons %s", h, got)
		}
	}
	return nil
}

// digest is of the chats that the console has of a stream.
func (m *model) digest(s wire.Stream) string {
	return wire.Digest(func(yield func(*wire.Chat) bool) {
		for _, row := range m.rows[s] {
			if row.Chat != nil && !yield(row.Chat) {
				return
			}
		}
	})
}

// positions is what the next hello says.
func (m *model) positions() []wire.StreamPosition {
	var all []wire.StreamPosition
	for s, p := range m.at {
		if p.Epoch != "" {
			all = append(all, wire.StreamPosition{Stream: s, Position: p})
		}
	}
	return all
}

// differs compares the model with the whole state of its streams. The model may keep more: older messages, and
// the customers of chats that went.
func (m *model) differs(r store.Reader) string {
	for s, at := range m.at {
		if head := r.Head(s); head != at {
			return fmt.Sprintf("%v stands at %+v, the store at %+v", s, at, head)
		}
		changes, counts := desk.Snapshot(r, s)
		want, chats := map[string]wire.Change{}, 0
		for _, c := range changes {
			want[key(c)] = c
			if c.Chat != nil {
				chats++
			}
		}
		for k, row := range want {
			if diff := cmp.Diff(row, m.rows[s][k]); diff != "" {
				return fmt.Sprintf("%v, %s: %s", s, k, diff)
			}
		}
		for k, row := range m.rows[s] {
			if _, ok := want[k]; row.Chat != nil && !ok {
				return fmt.Sprintf("%v still has %s", s, k)
			}
		}
		if counts != nil && *counts != m.counts[s] {
			return fmt.Sprintf("%v counts %+v, the store %+v", s, m.counts[s], *counts)
		}
	}
	return ""
}
