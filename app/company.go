package app

import "parley/app/view"

// PutTeam sets a team; it waits for the server's answer.
func (c *Console) PutTeam(t view.TeamSet) view.Saved {
	return view.Saved{Problem: problems(c.engine.PutTeam(t))}
}

// PutAsset sets an asset; it waits for the server's answer.
func (c *Console) PutAsset(a view.AssetSet) view.Saved {
	return view.Saved{Problem: problems(c.engine.PutAsset(a))}
}

// PutAgent sets an agent; it waits for the server's answer. A token that is asked for is made here: the server is told
// its hash alone.
func (c *Console) PutAgent(a view.AgentSet) view.Saved {
	token, p := c.engine.PutAgent(a)
	return view.Saved{Problem: problems(p), Token: token}
}
