package desk_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/desk"
)

// chance makes random commands for a small world, so that they meet each other. world.do checks each of them.
type chance struct {
	*world
	*rand.Rand
	text   string // what stands in the texts
	long   string // and sometimes this
	teams  []chat.TeamID
	agents []chat.AgentID
	said   int
}

func newChance(t testing.TB, seed uint64, text string) *chance {
	c := &chance{world: newWorld(t), Rand: rand.New(rand.NewPCG(seed, 1)), text: text}
	c.do(desk.PutCredentials{Credential: desk.Credential{Name: "wa", Channel: chat.WhatsApp, AppSecret: "s", VerifyToken: "v", AccessToken: "a"}})
	for i := range 2 {
		t := c.do(desk.CreateTeam{Name: "Team", Prefix: fmt.Sprintf("TM%d", i)})
		c.teams = append(c.teams, chat.TeamID(t.Answer.Created))
	}
	for i := range 3 {
		a := c.do(desk.CreateAgent{Name: fmt.Sprintf("Agent %d", i), Teams: c.teams[:1+i%2], Threshold: 1 + i})
		c.agents = append(c.agents, chat.AgentID(a.Answer.Created))
	}
	for i := range 2 {
		c.do(desk.CreateAsset{Asset: desk.Asset{Channel: chat.WhatsApp, Name: "Asset", VendorID: fmt.Sprint("v", i), Credential: "wa",
			Team: c.teams[i], Shared: c.teams[:i], Priority: chat.Priority(i)}})
	}
	return c
}

func pick[E any](c *chance, list []E) (e E) {
	if len(list) == 0 {
		return e
	}
	return list[c.IntN(len(list))]
}

// next waits a little, mostly, and returns a command.
func (c *chance) next() desk.Command {
	c.now += pick(c, []chat.Millis{0, 1, 1000, 61_000, 13 * 3_600_000, 8 * 24 * 3_600_000 * chat.Millis(c.IntN(2))})
	makers := []func() desk.Command{c.inbound, c.inbound, c.inbound, c.agent, c.agent, c.agent, c.agent, c.begun, c.begun, c.ended,
		c.ended, c.status, c.timer, c.media, c.admin}
	return pick(c, makers)()
}

func (c *chance) inbound() desk.Command {
	c.said++
	phone := chat.Address{Kind: chat.Phone, Value: fmt.Sprintf("+49%d", c.IntN(7))}
	user := chat.Address{Kind: chat.UserID, Value: fmt.Sprintf("US.%d", c.IntN(5))}
	in := desk.Inbound{Channel: chat.WhatsApp, AssetVendor: fmt.Sprint("v", c.IntN(2)), VendorID: fmt.Sprint("w", c.said-c.IntN(2)),
		ProfileName: c.words(), Text: c.words(), VendorAt: c.now - chat.Millis(c.IntN(2)*90_000_000)}
	in.Addresses = pick(c, [][]chat.Address{{phone}, {user}, {phone, user}, {user, phone}})
	if c.IntN(4) == 0 {
		in.Files = []desk.File{{VendorID: "f", Name: c.words(), MIME: c.words(), SHA256: c.words()}}
	}
	return in
}

func (c *chance) words() string {
	return pick(c, []string{"", "hello", c.text, c.text + "\x00\n\xff", c.long})
}

// aChat and aMessage return what there is, mostly.
func (c *chance) aChat() (found chat.Chat) {
	c.read(func(v desk.View) { found, _ = v.Chat(pick(c, c.ids.all)) })
	return found
}

func (c *chance) aReply() (m chat.Message, row desk.Outgoing) {
	c.read(func(v desk.View) {
		m = pick(c, v.RepliesAfter(pick(c, c.ids.all), 0))
		row, _ = v.Outgoing(m.ID)
	})
	return m, row
}

func (c *chance) agent() desk.Command {
	at := c.aChat()
	who := pick(c, c.agents)
	if at.Assignee != "" && c.IntN(4) > 0 {
		who = at.Assignee
	}
	device := chat.DeviceID(fmt.Sprintf("%s-%d", who, c.IntN(2)))
	var last int64
	c.read(func(v desk.View) { d, _ := v.Device(device); last = d.LastNumber })
	m, _ := c.aReply()
	cmd := desk.FromAgent{Agent: who, Device: device, Number: last + pick(c, []int64{1, 1, 1, 1, 1, 0, 2}), Age: c.Int64N(3) * 22_000_000}
	cmd.ID = chat.CommandID(fmt.Sprintf("%s-%d", device, cmd.Number))
	cmd.Kind = pick(c, []chat.CommandKind{chat.CmdPick, chat.CmdPick, chat.CmdOpen, chat.CmdRead, chat.CmdReply, chat.CmdReply,
		chat.CmdReply, chat.CmdAvailable, chat.CmdSettle, chat.CmdNone, chat.CommandKind(c.text)})
	cmd.Chat, cmd.Assignment, cmd.Base = at.ID, at.Assignment-c.Int64N(2)*c.Int64N(2), at.LastNumber-c.Int64N(3)
	cmd.UpTo, cmd.Text, cmd.Message, cmd.WentOut = c.Int64N(at.LastNumber+3)-1, c.words(), m.ID, c.IntN(2) == 0
	if cmd.Kind == chat.CmdSettle {
		cmd.Chat = m.Chat
	}
	cmd.Availability = pick(c, []chat.Availability{chat.Available, chat.Unavailable})
	return cmd
}

func (c *chance) begun() desk.Command {
	m, row := c.aReply()
	return desk.SendBegun{Message: m.ID, Attempt: row.Attempt + 1 - c.IntN(6)/5}
}

func (c *chance) ended() desk.Command {
	m, row := c.aReply()
	return desk.SendEnded{Message: m.ID, Attempt: row.Attempt, VendorID: fmt.Sprint("m", c.IntN(40)), RetryAt: c.now,
		Ended: pick(c, []desk.Ending{desk.EndAccepted, desk.EndFailed, desk.EndRetry, desk.EndUnclear, desk.EndUnclear, "x"})}
}

func (c *chance) status() desk.Command {
	m, row := c.aReply()
	return desk.StatusReport{Channel: chat.WhatsApp, Callback: pick(c, []chat.MessageID{m.ID, "", "x"}),
		VendorID: pick(c, []string{row.VendorID, fmt.Sprint("m", c.IntN(40)), c.words()}),
		State:    pick(c, []chat.State{chat.Sent, chat.Delivered, chat.Seen, chat.Failed, chat.Failed, chat.Accepted}),
		Failure:  pick(c, []*chat.Failure{nil, {Code: c.words(), Detail: c.words()}})}
}

func (c *chance) timer() desk.Command {
	m, row := c.aReply()
	return desk.TimerDue{ID: fmt.Sprintf("ask_uncertain/%s/%d", m.ID, row.Attempt)}
}

func (c *chance) media() desk.Command {
	var row desk.Media
	at := c.aChat()
	c.read(func(v desk.View) {
		for _, m := range v.MessagesBefore(at.ID, 0, 20) {
			if len(m.Attachments) > 0 {
				row, _ = v.Media(m.Attachments[0].ID)
			}
		}
	})
	return desk.MediaEnded{Media: row.ID, Attempt: row.Attempt + 1, Ready: c.IntN(2) == 0, Size: 5, RetryAt: chat.Millis(c.IntN(2)) * c.now}
}

func (c *chance) admin() desk.Command {
	active := c.IntN(4) > 0
	who := pick(c, c.agents)
	return pick(c, []desk.Command{
		desk.AssignChat{Chat: c.aChat().ID, Agent: who}, desk.AssignChat{Chat: c.aChat().ID, Agent: who},
		desk.SetAgent{ID: who, Active: &active, Teams: c.teams[:c.IntN(3)], Name: c.words()},
		desk.SetTeam{ID: pick(c, c.teams), Name: c.words()}, desk.CreateAgent{Name: c.words(), Threshold: c.IntN(3) - 1},
		desk.CreateToken{Agent: who, Hash: strings.Repeat(pick(c, []string{"a", "b"}), 64), Label: c.words()},
		desk.RevokeToken{Hash: strings.Repeat("a", 64)}, desk.CreateTeam{Name: c.words(), Prefix: c.words()},
		desk.SetAsset{ID: "x", Name: c.words()}, desk.CreateAsset{Asset: desk.Asset{Name: c.words(), Channel: chat.WhatsApp, VendorID: c.words(), Credential: "wa"}},
	})
}

// TestAnySequence shows the promises that world.do checks for commands in any order, chats held and closed among
// them.
func TestAnySequence(t *testing.T) {
	outcomes := map[string]int{}
	for seed := range uint64(25) {
		c := newChance(t, seed, "text")
		c.long = strings.Repeat("ü\"", 9000)
		for i := range 150 {
			if i%10 == 9 {
				c.setAside()
			}
			a := c.do(c.next()).Answer
			if a.Result != nil {
				outcomes[string(a.Result.Outcome)]++
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	for _, o := range []string{"done", "nothing", "refused", "held"} {
		if outcomes[o] < 50 {
			t.Errorf("only %d commands ended as %s: %v", outcomes[o], o, outcomes)
		}
	}
}

// setAside holds or closes a chat, which no command does yet.
func (c *chance) setAside() {
	at := c.aChat()
	if at.ID == "" || at.Status == chat.Closed {
		return
	}
	s := story{world: c.world, words: []string{"", string(at.ID)}}
	if at.Status == chat.Picked && c.IntN(2) == 0 {
		s.setting("hold")
		return
	}
	s.setting("close")
}

func FuzzDecide(f *testing.F) {
	f.Add(uint64(1), "Where is my parcel?")
	f.Add(uint64(2), "\u202eمرحبا 👍\u0000\r\n\u0085")
	f.Add(uint64(3), "\xff\xfe/../\\")
	f.Add(uint64(4), "wa")
	f.Fuzz(func(t *testing.T, seed uint64, text string) {
		c := newChance(t, seed, text)
		for range 12 {
			c.do(c.next())
		}
	})
}
