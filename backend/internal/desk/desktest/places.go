package desktest

import (
	"fmt"
	"slices"
	"strings"

	"parley/backend/chat"
	"parley/backend/internal/desk"
)

// places makes what changes a chat's place or what is set of it, mostly by somebody who may.
func (c *Chance) places() desk.Command {
	at := c.aChat()
	who := pick(c, c.Agents)
	if at.Assignee != "" && c.IntN(3) > 0 {
		who = at.Assignee
	}
	cmd := c.envelope(who)
	cmd.Chat, cmd.Assignment = at.ID, at.Assignment-c.Int64N(8)/7
	cmd.Kind = pick(c, []chat.CommandKind{chat.CmdTransfer, chat.CmdTransfer, chat.CmdTransfer, chat.CmdPick, chat.CmdHold, chat.CmdResume,
		chat.CmdClose, chat.CmdExtend, chat.CmdExtend, chat.CmdPriority, chat.CmdAlias, chat.CmdTags, chat.CmdOrder})
	switch {
	case c.IntN(12) == 0:
		return c.undo()
	case at.Status == chat.OnHold && c.IntN(2) == 0:
		cmd.Kind = chat.CmdResume
	}
	switch cmd.Kind {
	case chat.CmdTransfer:
		cmd.Chat, cmd.Chats, cmd.Text = "", c.some(at), pick(c, []string{"", "", "please", c.words()})
		cmd.Team = pick(c, append([]chat.TeamID{at.Team, at.Team, at.Team, at.Team, "t"}, c.teams...))
		cmd.Command.Agent = pick(c, append([]chat.AgentID{"", "", "", "a"}, slices.Repeat(c.Agents, 3)...))
	case chat.CmdPick:
		cmd.Chat, cmd.Chats = "", c.some(at)
	case chat.CmdPriority:
		cmd.Priority = chat.Priority(c.IntN(7) - 1)
	case chat.CmdAlias:
		cmd.Text = pick(c, []string{c.words(), "bike", "Bike", "car", strings.Repeat("x", 65)})
	case chat.CmdTags:
		cmd.Tags = []string{c.words(), pick(c, []string{"vip", "VIP", fmt.Sprint(c.IntN(30))})}
		cmd.Untags = []string{pick(c, []string{"vip", "late", fmt.Sprint(c.IntN(30))})}
	case chat.CmdOrder:
		cmd.List = pick(c, []chat.ListName{chat.MyList, chat.QueueList, ""})
		cmd.Order = pick(c, append(chat.QueueOrders, chat.LastAssigned, "x"))
	}
	return cmd
}

// some are a chat and perhaps others, seldom one of them twice.
func (c *Chance) some(first chat.Chat) []chat.Place {
	all := []chat.Place{{Chat: first.ID, Assignment: first.Assignment}}
	for range c.IntN(4) {
		at := c.aChat()
		there := slices.ContainsFunc(all, func(p chat.Place) bool { return p.Chat == at.ID })
		if !there || c.IntN(10) == 0 {
			all = append(all, chat.Place{Chat: at.ID, Assignment: at.Assignment - c.Int64N(8)/7})
		}
	}
	return all
}

// undo takes the last transfer that took effect back, mostly by who gave.
func (c *Chance) undo() desk.Command {
	who := pick(c, append(slices.Repeat([]chat.AgentID{c.gave.Agent}, 9), c.Agents...))
	cmd := c.envelope(who)
	cmd.Kind, cmd.Of, cmd.Chats = chat.CmdUndo, c.gave.ID, c.gave.Chats
	return cmd
}

// heard says that the agents up to one are connected.
func (c *Chance) heard() desk.Command { return desk.Heard{Agents: c.Agents[:c.IntN(len(c.Agents)+1)]} }
