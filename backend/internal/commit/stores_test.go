package commit

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/ids"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/internal/store/postgres"
	"parley/backend/internal/store/postgres/pgtest"
	"parley/backend/internal/store/sqlite"
	"parley/backend/wire"
)

// crew is a Committer with the rules that ship on each of the three stores, which are given the same commands.
type crew struct {
	*rand.Rand
	t      *testing.T
	now    time.Time
	names  []string
	stores []store.Store
	commit []*Committer
	said   int
}

func newCrew(t *testing.T, seed uint64) *crew {
	c := &crew{Rand: rand.New(rand.NewPCG(seed, 0)), t: t, now: time.UnixMilli(1_800_000_000_000)}
	c.add("memory", seed, memory.New("e"), nil)
	lite, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "parley.db"), sqlite.Options{Epoch: "e"})
	c.add("sqlite", seed, lite, err)
	database := pgtest.Database(t)
	post, err := postgres.Open(t.Context(), database, postgres.Options{Epoch: "e"})
	c.add("postgres", seed, post, err)
	return c
}

func (c *crew) add(name string, seed uint64, s store.Store, err error) {
	if err != nil {
		c.t.Fatal(err)
	}
	committer, err := New(Config{Store: s, IDs: ids.Seeded(seed), Clock: func() time.Time { return c.now }})
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		committer.Close()
		if err := s.Close(); err != nil {
			c.t.Error(err)
		}
	})
	c.names, c.stores, c.commit = append(c.names, name), append(c.stores, s), append(c.commit, committer)
}

// do has commands committed together on every store and compares the answers.
func (c *crew) do(commands ...desk.Command) []desk.Answer {
	c.t.Helper()
	var first []desk.Answer
	for i, committer := range c.commit {
		answers, err := committer.SubmitAll(c.t.Context(), commands)
		if err != nil {
			c.t.Fatalf("%s: %v", c.names[i], err)
		}
		if i == 0 {
			first = answers
		} else if diff := cmp.Diff(first, answers); diff != "" {
			c.t.Fatalf("%s answers otherwise: %s", c.names[i], diff)
		}
	}
	return first
}

func (c *crew) read(s store.Store, f func(store.Reader)) {
	err := s.Read(c.t.Context(), func(r store.Reader) error {
		f(r)
		return r.Err()
	})
	if err != nil {
		c.t.Fatal(err)
	}
}

// kept is all that a store has.
type kept struct {
	Rows   []desk.Write
	Frames []string
	Clock  chat.Millis
}

func (c *crew) all(s store.Store) (k kept) {
	c.read(s, func(r store.Reader) {
		k.Rows, k.Clock = slices.Collect(r.Rows), r.Clock()
		streams := []wire.Stream{desk.TenantStream()}
		for _, a := range r.Agents() {
			streams = append(streams, desk.AgentStream(a.ID))
		}
		for _, t := range r.Teams() {
			streams = append(streams, desk.QueueStream(t.ID))
		}
		for _, stream := range streams {
			for _, f := range r.Frames(stream, 0, 1_000_000) {
				k.Frames = append(k.Frames, string(f.Bytes))
			}
		}
	})
	return k
}

// TestStoresGiveTheSameBytes: whatever is commanded, and however it is grouped, every store keeps the same rows and
// streams, to the byte.
func TestStoresGiveTheSameBytes(t *testing.T) {
	for seed := range uint64(3) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			c := newCrew(t, seed)
			agents := c.begin()
			for range 150 {
				var commands []desk.Command
				for range 1 + c.IntN(5) {
					commands = append(commands, c.next(agents))
				}
				c.do(commands...)
				c.now = c.now.Add(time.Duration(c.IntN(100)) * time.Second)
			}
			want := c.all(c.stores[0])
			if len(want.Frames) < 100 {
				t.Errorf("only %d frames", len(want.Frames))
			}
			for i, s := range c.stores[1:] {
				if diff := cmp.Diff(want, c.all(s)); diff != "" {
					t.Errorf("%s has otherwise: %s", c.names[i+1], diff)
				}
			}
		})
	}
}

// begin makes a company and returns its agents.
func (c *crew) begin() (agents []chat.AgentID) {
	c.do(desk.PutCredentials{Credential: desk.Credential{Name: "wa", Channel: chat.WhatsApp, AppSecret: "s", VerifyToken: "v", AccessToken: "a"}})
	team := chat.TeamID(c.do(desk.CreateTeam{Name: "Team", Prefix: "TEA"})[0].Created)
	for i := range 3 {
		a := c.do(desk.CreateAgent{Name: fmt.Sprint("Agent ", i), Teams: []chat.TeamID{team}})
		agents = append(agents, chat.AgentID(a[0].Created))
	}
	c.do(desk.SetTeam{ID: team, Settings: &chat.TeamSettings{ReleaseMinutes: 1, EscalateEvery: 2, EscalateUnset: true, HoldDays: 1,
		CloseDays: 2, AutoAssign: chat.AssignLastFirst}}, desk.Heard{Agents: agents[:2]})
	c.do(desk.CreateAsset{Asset: desk.Asset{Channel: chat.WhatsApp, Name: "Asset", VendorID: "v", Credential: "wa", Team: team}})
	return agents
}

// next is a command about what there is on the first store.
func (c *crew) next(agents []chat.AgentID) desk.Command {
	if c.IntN(3) == 0 {
		c.said++
		return desk.Inbound{Channel: chat.WhatsApp, AssetVendor: "v", VendorID: fmt.Sprint("w", c.said-c.IntN(2)), ProfileName: "Ana",
			Text: "Olá, \"ção\" <b>\u2028", Addresses: []chat.Address{{Kind: chat.Phone, Value: fmt.Sprint("+49", c.IntN(6))}}}
	}
	var commands []desk.Command
	c.read(c.stores[0], func(r store.Reader) {
		for w := range r.Rows {
			switch w := w.(type) {
			case desk.PutChat:
				commands = append(commands, c.ofAgent(r, agents, &w.Chat), c.ofAgent(r, agents, &w.Chat))
			case desk.PutOutgoing:
				o := w.Outgoing
				commands = append(commands, desk.SendBegun{Message: o.Message, Attempt: o.Attempt + 1},
					desk.SendEnded{Message: o.Message, Attempt: o.Attempt, VendorID: "m" + string(o.Message), RetryAt: r.Clock(),
						Ended: []desk.Ending{desk.EndAccepted, desk.EndFailed, desk.EndRetry, desk.EndUnclear}[c.IntN(4)]},
					desk.StatusReport{Channel: chat.WhatsApp, Callback: o.Message, State: []chat.State{chat.Seen, chat.Failed}[c.IntN(2)]})
			case desk.PutTimer:
				commands = append(commands, desk.TimerDue{ID: w.Timer.ID})
			}
		}
	})
	if len(commands) == 0 {
		return desk.SetAgent{ID: agents[0], Name: "Ann"}
	}
	return commands[c.IntN(len(commands))]
}

// ofAgent is a command about one chat, by its holder mostly.
func (c *crew) ofAgent(r store.Reader, agents []chat.AgentID, about *chat.Chat) desk.Command {
	who := agents[c.IntN(len(agents))]
	if about.Assignee != "" && c.IntN(4) > 0 {
		who = about.Assignee
	}
	device := chat.DeviceID("device of " + string(who))
	known, _ := r.Device(device)
	cmd := desk.FromAgent{Agent: who, Epoch: r.Epoch(), Device: device, Number: known.LastNumber + 1,
		ID: chat.CommandID(fmt.Sprint(device, known.LastNumber+1))}
	cmd.Kind = []chat.CommandKind{chat.CmdPick, chat.CmdOpen, chat.CmdRead, chat.CmdReply, chat.CmdReply, chat.CmdReply}[c.IntN(6)]
	cmd.Chat, cmd.Assignment, cmd.Base, cmd.UpTo, cmd.Text = about.ID, about.Assignment, about.LastNumber, about.LastNumber, "Já vai."
	return cmd
}
