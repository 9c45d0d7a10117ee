package desktest

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

// Chance makes random commands for a small world, so that they meet each other. On equal stores it makes equal ones.
type Chance struct {
	*World
	*rand.Rand
	Agents []chat.AgentID
	Text   string // what stands in the texts
	Long   string // and sometimes this
	// Ends is how often agents' commands ended with which outcome and problem.
	Ends map[string]int

	gave   desk.FromAgent // the last transfer that took effect
	fresh  bool           // it was the last command
	epochs []string       // newest last
	teams  []chat.TeamID
	said   int // customers' messages
	tokens int
}

// NewChance returns a Chance on an empty store whose epoch is given. World.Do checks each of its commands.
func NewChance(t testing.TB, s store.Store, epoch string, seed uint64, text string) *Chance {
	c := &Chance{World: New(t, s), Rand: rand.New(rand.NewPCG(seed, 1)), Text: text, epochs: []string{"e0", epoch},
		Ends: map[string]int{}}
	c.Do(desk.PutCredentials{Credential: desk.Credential{Name: "wa", Channel: chat.WhatsApp, AppSecret: "s", VerifyToken: "v", AccessToken: "a"}})
	for i := range 2 {
		t := c.Do(desk.CreateTeam{Name: "Team", Prefix: fmt.Sprintf("TM%d", i)})
		c.teams = append(c.teams, chat.TeamID(t.Answer.Created))
	}
	for i, role := range []chat.Role{chat.PlainAgent, chat.Manager, chat.Admin} {
		a := c.Do(desk.CreateAgent{Name: fmt.Sprintf("Agent %d", i), Teams: c.teams[:2-i%2], Threshold: 2 + i, Role: role, Manages: c.teams[:1]})
		c.Agents = append(c.Agents, chat.AgentID(a.Answer.Created))
	}
	c.Do(desk.Heard{Agents: c.Agents})
	c.Do(desk.SetTeam{ID: c.teams[0], Settings: &chat.TeamSettings{ReleaseMinutes: 30}})
	for i := range 2 {
		c.Do(desk.CreateAsset{Asset: desk.Asset{Channel: chat.WhatsApp, Name: "Asset", VendorID: fmt.Sprint("v", i), Credential: "wa",
			Team: c.teams[i], Shared: c.teams[:i], Priority: chat.Priority(i)}})
	}
	return c
}

func pick[E any](c *Chance, list []E) (e E) {
	if len(list) == 0 {
		return e
	}
	return list[c.IntN(len(list))]
}

// Step waits a little, mostly, and does a command.
func (c *Chance) Step() {
	c.Now += pick(c, []chat.Millis{0, 0, 1, 1, 1000, 1000, 61_000, 61_000, chat.Millis(c.IntN(2)) * 2 * 3_600_000, chat.Millis(c.IntN(8)/7) * 13 * 3_600_000,
		chat.Millis(c.IntN(16)/15) * 8 * 24 * 3_600_000})
	makers := slices.Concat(slices.Repeat([]func() desk.Command{c.agent}, 14), slices.Repeat([]func() desk.Command{c.places}, 6),
		[]func() desk.Command{c.inbound, c.inbound, c.inbound, c.heard, c.heard, c.begun, c.begun, c.begun, c.ended, c.ended, c.ended,
			c.status, c.status, c.media, c.admin, c.token, c.token, c.company, c.company, c.company, c.timer, c.timer, c.timer, c.timer})
	next := pick(c, makers)
	if c.fresh && c.IntN(2) == 0 {
		next = c.undo
	}
	c.end(next())
}

// end does a command and notes how it ended.
func (c *Chance) end(cmd desk.Command) {
	r := c.Do(cmd).Answer.Result
	if c.fresh = false; r == nil {
		return
	}
	c.Ends[string(r.Outcome)]++
	if r.Problem != nil {
		c.Ends[fmt.Sprint(int(r.Problem.Kind))]++
	}
	if from, ok := cmd.(desk.FromAgent); ok && from.Kind == chat.CmdTransfer && r.Outcome == wire.Done {
		c.gave, c.fresh = from, true
	}
}

func (c *Chance) inbound() desk.Command {
	c.said++
	phone := chat.Address{Kind: chat.Phone, Value: fmt.Sprintf("+49%d", c.IntN(7))}
	user := chat.Address{Kind: chat.UserID, Value: fmt.Sprintf("US.%d", c.IntN(5))}
	in := desk.Inbound{Channel: chat.WhatsApp, AssetVendor: fmt.Sprint("v", c.IntN(2)), VendorID: fmt.Sprint("w", c.said-c.IntN(2)),
		ProfileName: c.words(), Text: c.words(), VendorAt: c.Now - chat.Millis(c.IntN(5)/4*90_000_000)}
	in.Addresses = pick(c, [][]chat.Address{{phone}, {user}, {phone, user}, {user, phone}})
	if c.IntN(4) == 0 {
		in.Files = []desk.File{{VendorID: "f", Name: c.words(), MIME: c.words(), SHA256: c.words()}}
	}
	return in
}

func (c *Chance) words() string {
	return pick(c, []string{"", "hello", "hello", c.Text, c.Text + "\x00\n\xff", c.Long})
}

// aChat and aReply return what there is, mostly, and rather a chat that is open.
func (c *Chance) aChat() (found chat.Chat) {
	held := c.IntN(2) == 0
	c.Read(func(r store.Reader) {
		for range 4 {
			if found, _ = r.Chat(pick(c, c.IDs.All)); found.Status == chat.Picked || !held && found.Status != chat.Closed {
				return
			}
		}
	})
	return found
}

func (c *Chance) aReply() (m chat.Message, row desk.Outgoing) {
	c.Read(func(r store.Reader) {
		for range 6 {
			if m = pick(c, r.RepliesAfter(pick(c, c.IDs.All), 0)); m.ID != "" {
				break
			}
		}
		row, _ = r.Outgoing(m.ID)
	})
	return m, row
}

func (c *Chance) agent() desk.Command {
	at := c.aChat()
	m, _ := c.aReply()
	settle := m.State == chat.Uncertain && c.IntN(4) > 0
	if settle {
		c.Read(func(r store.Reader) { at, _ = r.Chat(m.Chat) })
	}
	who := pick(c, c.Agents)
	if at.Assignee != "" && c.IntN(4) > 0 {
		who = at.Assignee
	}
	cmd := c.envelope(who)
	cmd.Kind = pick(c, []chat.CommandKind{chat.CmdPick, chat.CmdOpen, chat.CmdRead, chat.CmdReply, chat.CmdReply, chat.CmdReply, chat.CmdReply, chat.CmdReply,
		chat.CmdReclaim, chat.CmdNote, chat.CmdDraft, chat.CmdDraft, chat.CmdAvailable, chat.CmdSettle, chat.CmdNone, chat.CommandKind(c.Text)})
	switch {
	case settle:
		cmd.Kind = chat.CmdSettle
	case at.Status == chat.Queued && c.IntN(2) == 0:
		cmd.Kind = pick(c, []chat.CommandKind{chat.CmdPick, chat.CmdPick, chat.CmdReclaim})
	}
	cmd.Chat, cmd.Assignment, cmd.Base = at.ID, at.Assignment-c.Int64N(8)/7, at.LastNumber-c.Int64N(3)
	if c.IntN(4) == 0 {
		cmd.Base = 0
	}
	cmd.UpTo, cmd.Text, cmd.Message, cmd.WentOut = c.Int64N(at.LastNumber+3)-1, c.words(), m.ID, c.IntN(2) == 0
	if cmd.Kind == chat.CmdDraft {
		c.draft(&cmd)
	}
	cmd.Availability = pick(c, []chat.Availability{chat.Available, chat.Unavailable})
	return cmd
}

// draft writes into a chat, or changes what was begun in another.
func (c *Chance) draft(cmd *desk.FromAgent) {
	c.Read(func(r store.Reader) {
		if begun := r.DraftsOf(cmd.Agent); len(begun) > 0 && c.IntN(2) == 0 {
			cmd.Chat, cmd.Text = pick(c, begun).Chat, pick(c, []string{"", "hello", "hello again"})
		}
		t, _ := r.Draft(cmd.Agent, cmd.Chat)
		cmd.Base = max(t.Revision-c.Int64N(2), 0)
	})
}

// envelope is of one of an agent's two devices, mostly the next of its numbers.
func (c *Chance) envelope(who chat.AgentID) desk.FromAgent {
	device := chat.DeviceID(fmt.Sprintf("%s-%d", who, c.IntN(2)))
	if c.IntN(30) == 0 {
		device = chat.DeviceID(fmt.Sprintf("%s-%d", pick(c, c.Agents), c.IntN(2)))
	}
	cmd := desk.FromAgent{Agent: who, Device: device, Epoch: c.epochs[len(c.epochs)-1-c.IntN(12)/11], Age: c.Int64N(8) / 7 * 44_000_000}
	c.Read(func(r store.Reader) {
		d, _ := r.Device(device)
		cmd.Number = d.LastNumber + pick(c, []int64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, -1, 2})
	})
	cmd.ID = chat.CommandID(fmt.Sprintf("%s-%d-%d", device, cmd.Number, c.IntN(4)/3))
	return cmd
}

func (c *Chance) begun() desk.Command {
	m, row := c.aReply()
	return desk.SendBegun{Message: m.ID, Attempt: row.Attempt + 1 - c.IntN(6)/5}
}

func (c *Chance) ended() desk.Command {
	m, row := c.aReply()
	return desk.SendEnded{Message: m.ID, Attempt: row.Attempt, VendorID: fmt.Sprint("m", c.IntN(40)), RetryAt: c.Now,
		Ended: pick(c, []desk.Ending{desk.EndAccepted, desk.EndFailed, desk.EndRetry, desk.EndUnclear, desk.EndUnclear, "x"})}
}

func (c *Chance) status() desk.Command {
	m, row := c.aReply()
	return desk.StatusReport{Channel: chat.WhatsApp, Callback: pick(c, []chat.MessageID{m.ID, m.ID, "", "x"}),
		VendorID: pick(c, []string{row.VendorID, fmt.Sprint("m", c.IntN(40)), c.words()}),
		State:    pick(c, []chat.State{chat.Sent, chat.Delivered, chat.Seen, chat.Failed, chat.Failed, chat.Accepted}),
		Failure:  pick(c, []*chat.Failure{nil, {Code: c.words(), Detail: c.words()}})}
}

func (c *Chance) timer() desk.Command {
	m, row := c.aReply()
	var due []desk.Timer
	if c.Read(func(r store.Reader) { due = r.DueTimers(c.Now, 5) }); len(due) > 0 {
		return desk.TimerDue{ID: pick(c, due).ID}
	}
	return desk.TimerDue{ID: fmt.Sprintf("ask_uncertain/%s/%d", m.ID, row.Attempt)}
}

func (c *Chance) media() desk.Command {
	var row desk.Media
	at := c.aChat()
	c.Read(func(r store.Reader) {
		for _, m := range r.MessagesBefore(at.ID, 0, 20) {
			if len(m.Attachments) > 0 {
				row, _ = r.Media(m.Attachments[0].ID)
			}
		}
	})
	return desk.MediaEnded{Media: row.ID, Attempt: row.Attempt + 1, Ready: c.IntN(2) == 0, Size: 5, RetryAt: chat.Millis(c.IntN(2)) * c.Now}
}

func (c *Chance) admin() desk.Command {
	active, settings := c.IntN(9) > 0, c.settings()
	who := pick(c, c.Agents)
	var asset desk.Asset
	c.Read(func(r store.Reader) { asset = pick(c, r.Assets()) })
	return pick(c, []desk.Command{
		desk.AssignChat{Chat: c.aChat().ID, Agent: who}, desk.AssignChat{Chat: c.aChat().ID, Agent: who},
		desk.SetAgent{ID: who, Active: &active, Teams: c.teams[:min(c.IntN(9), 2)], Name: c.words()},
		desk.SetTeam{ID: pick(c, c.teams), Name: c.words()}, desk.SetTeam{ID: pick(c, c.teams), Settings: &settings}, desk.CreateAgent{Name: c.words(), Threshold: c.IntN(3) - 1},
		desk.CreateTeam{Name: c.words(), Prefix: c.words()}, desk.SetAsset{ID: asset.ID, Name: c.words()},
		desk.CreateAsset{Asset: desk.Asset{Name: c.words(), Channel: chat.WhatsApp, VendorID: c.words(), Credential: "wa", Team: pick(c, c.teams)}},
	})
}

// token makes, renews, keeps and revokes tokens.
func (c *Chance) token() desk.Command {
	c.tokens++
	hash := fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, c.tokens-c.IntN(8)/7)))
	var some desk.Token
	c.Read(func(r store.Reader) {
		for range 3 {
			if some = pick(c, r.Tokens()); some.Replaces != "" && some.Valid(c.Now) {
				break
			}
		}
	})
	until := pick(c, []chat.Millis{0, 0, c.Now + 30*24*3_600_000, c.Now + 1})
	return pick(c, []desk.Command{
		desk.CreateToken{Agent: pick(c, c.Agents), Hash: hash, Label: c.words(), ExpiresAt: until},
		desk.RenewToken{Old: some.Hash, Hash: hash, ExpiresAt: until}, desk.RenewToken{Old: some.Hash, Hash: hash},
		desk.KeepToken{Hash: some.Hash}, desk.KeepToken{Hash: some.Hash}, desk.RevokeToken{Hash: some.Hash, Leaves: c.IntN(2) == 0},
	})
}

// Upset does what no command does: it begins the log anew, or lets the store forget the ends of commands and of sent
// messages.
func (c *Chance) Upset() {
	if c.IntN(3) == 0 {
		r := store.Retention{Frames: 1 << 40, Age: 1 << 60, Batch: 1000, Results: c.Int64N(3), Ended: 3_600_000}
		c.Commit(func(tx store.Tx) { tx.Prune(r, c.Now) })
		return
	}
	c.epochs = append(c.epochs, fmt.Sprint(c.epochs[1], "+", len(c.epochs)))
	c.Put(c.epochs[len(c.epochs)-1])
}
