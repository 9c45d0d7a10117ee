package app

import (
	"parley/app/view"
	"parley/backend/chat"
)

// PickSelected asks for the queued chats that are ticked.
func (c *Console) PickSelected() { c.engine.PickSelected() }

// Transfer gives chats, those ticked in My Chats if none are named, to an agent of a team, or to the team's queue if
// no agent is named. It returns when that is on the disk, or one problem: why it was not even queued.
func (c *Console) Transfer(chats []string, team, agent, note string) []view.Problem {
	ids := make([]chat.ID, 0, len(chats))
	for _, id := range chats {
		ids = append(ids, chat.ID(id))
	}
	return problems(c.engine.Transfer(ids, chat.TeamID(team), chat.AgentID(agent), note))
}

// Undo takes back a transfer that has ended, while it can be.
func (c *Console) Undo(command string) { c.engine.Undo(chat.CommandID(command)) }

// DismissBatch forgets a Batch that has ended.
func (c *Console) DismissBatch(command string) { c.engine.DismissBatch(chat.CommandID(command)) }

// Return gives a chat back to its team's queue.
func (c *Console) Return(id string) { c.engine.Return(chat.ID(id)) }

// Hold puts a chat on hold.
func (c *Console) Hold(id string) { c.engine.Hold(chat.ID(id)) }

// Resume takes a chat back from hold.
func (c *Console) Resume(id string) { c.engine.Resume(chat.ID(id)) }

// Close ends a chat.
func (c *Console) Close(id string) { c.engine.Close(chat.ID(id)) }

// Extend says "I'm on it": the clock that releases a chat runs one period longer.
func (c *Console) Extend(id string) { c.engine.Extend(chat.ID(id)) }

// SetPriority sets a chat's chat.Priority.
func (c *Console) SetPriority(id string, priority int) {
	c.engine.SetPriority(chat.ID(id), chat.Priority(priority))
}

// SetAlias names a chat; "" takes the name away. It returns as Transfer does.
func (c *Console) SetAlias(id, alias string) []view.Problem {
	return problems(c.engine.SetAlias(chat.ID(id), alias))
}

// Tag adds tags to a chat and takes others away. It returns as Transfer does.
func (c *Console) Tag(id string, add, remove []string) []view.Problem {
	return problems(c.engine.Tag(chat.ID(id), add, remove))
}

// SignOut leaves: what becomes of the agent's chats is for the teams' settings, and this machine forgets the token and
// everything of the chats. drafts is Status.Drafts as the agent was told it: so many texts stay here, unseen, until the
// same agent signs in again. It returns when the server has confirmed it, or why it was not done: it is away, commands
// have not ended yet, or there are more such texts.
func (c *Console) SignOut(drafts int) []view.Problem { return problems(c.engine.SignOut(drafts)) }
