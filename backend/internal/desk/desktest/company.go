package desktest

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// company makes what changes teams, agents and assets, mostly by somebody who may, and what tells who is there.
func (c *Chance) company() desk.Command {
	if c.IntN(6) == 0 {
		return desk.Started{}
	}
	var team desk.Team
	var agent desk.Agent
	var asset desk.Asset
	var admins []chat.AgentID
	c.Read(func(r store.Reader) {
		team, asset = pick(c, r.Teams()[:2]), pick(c, r.Assets())
		agent, _ = r.Agent(pick(c, c.Agents))
		for _, a := range r.Agents() {
			if a.Role == chat.Admin && a.Active {
				admins = append(admins, a.ID)
			}
		}
	})
	cmd := c.envelope(pick(c, append(slices.Repeat(admins, 3), c.Agents...)))
	cmd.Kind = pick(c, []chat.CommandKind{chat.CmdPutTeam, chat.CmdPutTeam, chat.CmdPutAgent, chat.CmdPutAgent, chat.CmdPutAsset,
		chat.CmdSignOut})
	switch cmd.Kind {
	case chat.CmdPutTeam:
		cmd.Base, cmd.TeamSet = team.Revision, c.teamSet(&team)
	case chat.CmdPutAgent:
		cmd.Base, cmd.AgentSet = agent.Revision, c.agentSet(&agent)
	case chat.CmdPutAsset:
		cmd.Base = asset.Revision
		cmd.AssetSet = c.assetSet(&asset)
		cmd.AssetSet.Team = team.ID
	}
	cmd.Base -= c.Int64N(10) / 9
	return cmd
}

func (c *Chance) teamSet(t *desk.Team) *chat.TeamSet {
	set := &chat.TeamSet{ID: t.ID, Name: t.Name, Prefix: t.Prefix, Settings: c.settings()}
	switch c.IntN(12) {
	case 0:
		set.ID, set.Prefix = "", strings.ToUpper(fmt.Sprintf("%03x", c.IntN(4096)))
	case 1:
		set.Name = c.words()
	}
	return set
}

// settings are short enough for what Step waits.
func (c *Chance) settings() chat.TeamSettings {
	s := chat.TeamSettings{ReleaseMinutes: pick(c, []int{0, 0, 1, 30}), EscalateEvery: pick(c, []int{0, 1, 50}),
		EscalateUnit: pick(c, []chat.SpanUnit{"", chat.Minutes, chat.Hours}), EscalateUnset: c.IntN(2) == 0,
		HoldDays: pick(c, []int{0, 0, 1}), CloseDays: pick(c, []int{0, 0, 4, 9}),
		OnSignOut:  pick(c, []chat.SignedOut{"", chat.KeepChats, chat.QueueChats}),
		AutoAssign: pick(c, []chat.AutoAssign{"", chat.AssignNobody, chat.AssignLeast, chat.AssignLastFirst})}
	switch c.IntN(20) {
	case 0:
		s.HoldDays = 60
	case 1:
		s.AutoAssign = "x"
	}
	return s
}

func (c *Chance) agentSet(a *desk.Agent) *chat.AgentSet {
	set := &chat.AgentSet{ID: a.ID, Name: a.Name, Role: a.Role, Teams: a.Teams, Manages: a.Manages, Threshold: 1 + c.IntN(5),
		Active: c.IntN(12) > 0}
	switch c.IntN(8) {
	case 0:
		set.ID, set.Name = "", "New"
	case 1:
		set.Role, set.Manages = pick(c, []chat.Role{chat.PlainAgent, chat.Manager, chat.Admin, "x"}), c.teams
	case 2:
		set.Teams = pick(c, [][]chat.TeamID{c.teams, c.teams[:1], {"x"}})
	case 3:
		c.tokens++
		set.TokenHash = fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, c.tokens-c.IntN(4)/3)))
	}
	return set
}

func (c *Chance) assetSet(a *desk.Asset) *chat.AssetSet {
	set := &chat.AssetSet{ID: a.ID, Name: pick(c, []string{"Asset", "Line", c.words()}), Shared: c.teams[:c.IntN(3)],
		Priority: chat.Priority(c.IntN(6)), Active: c.IntN(5) > 0}
	if c.IntN(3) == 0 {
		set.ID, set.Channel, set.Address = "", pick(c, []chat.Channel{chat.WhatsApp, chat.WhatsApp, chat.SMS}), c.words()
		set.VendorID, set.Credential = pick(c, []string{"v0", "v2", c.words()}), pick(c, []string{"wa", "wa", "gone", c.words()})
	}
	return set
}
