package desk

import "parley/backend/chat"

// putTeam sets a team as a manager or an admin wants it; a manager sets the settings alone (rules C1, C2).
func (d *decision) putTeam(me *Agent, cmd *FromAgent) ending {
	set := cmd.TeamSet
	switch {
	case set == nil || !keyOrNone(string(set.ID)):
		return refused(chat.Malformed)
	case set.ID == "" && me.Role == chat.Admin:
		id, p := d.newTeam(set.Name, set.Prefix, set.Settings)
		return made(string(id), p)
	}
	t, ok := d.was.Team(set.ID)
	switch {
	case !manages(me, set.ID) || me.Role != chat.Admin && set.Name != t.Name:
		return refused(chat.NotAllowed)
	case !ok:
		return refused(chat.NotFound, "team")
	case t.Revision != cmd.Base:
		return refused(chat.Changed)
	case set.Prefix != t.Prefix && set.Prefix != "":
		return refused(chat.BadValue, "prefix")
	}
	t.Name, t.Settings = set.Name, set.Settings
	p := d.keepTeam(t)
	_, changed := d.teams.get(t.ID)
	return kept(p, changed)
}

// putAgent sets an agent as an admin wants it, with a further token if the admin made one.
func (d *decision) putAgent(me *Agent, cmd *FromAgent) ending {
	set := cmd.AgentSet
	switch {
	case set == nil || !keyOrNone(string(set.ID)):
		return refused(chat.Malformed)
	case me.Role != chat.Admin || set.ID == me.ID && (set.Role != chat.Admin || !set.Active):
		return refused(chat.NotAllowed)
	}
	a, ok := d.was.Agent(set.ID)
	switch {
	case set.ID == "":
		a = d.newAgent()
	case !ok:
		return refused(chat.NotFound, "agent")
	case a.Revision != cmd.Base:
		return refused(chat.Changed)
	}
	a.Name, a.Role, a.Teams, a.Manages = set.Name, set.Role, set.Teams, set.Manages
	a.Threshold, a.Active = set.Threshold, set.Active
	if p := d.canHave(set); p != nil {
		return refusal(p)
	}
	if p := d.keepAgent(a); p != nil {
		return refusal(p)
	}
	if set.TokenHash != "" {
		d.write(PutToken{Token{Hash: set.TokenHash, Agent: a.ID, Label: line(set.TokenLabel, MaxName), CreatedAt: d.now,
			ExpiresAt: d.now + TokenLife}})
	}
	if set.ID == "" {
		return made(string(a.ID), nil)
	}
	_, changed := d.agents.get(a.ID)
	return kept(nil, changed || set.TokenHash != "")
}

// canHave says why the agent cannot be given the token of the set, nil also if there is none.
func (d *decision) canHave(set *chat.AgentSet) *chat.Problem {
	switch {
	case set.TokenHash == "":
		return nil
	case !set.Active:
		return chat.NewProblem(chat.BadValue, "active")
	}
	return d.newHash(set.TokenHash)
}

// putAsset sets an asset as an admin wants it, or makes one (rules C1 to C3).
func (d *decision) putAsset(me *Agent, cmd *FromAgent) ending {
	set := cmd.AssetSet
	switch {
	case set == nil || !keyOrNone(string(set.ID)):
		return refused(chat.Malformed)
	case me.Role != chat.Admin:
		return refused(chat.NotAllowed)
	case set.ID == "":
		id, p := d.newAsset(Asset{Channel: set.Channel, Name: set.Name, Address: set.Address, VendorID: set.VendorID,
			Credential: set.Credential, Team: set.Team, Shared: set.Shared, Priority: set.Priority, Active: set.Active})
		return made(string(id), p)
	}
	a, ok := d.was.Asset(set.ID)
	switch {
	case !ok:
		return refused(chat.NotFound, "asset")
	case a.Revision != cmd.Base:
		return refused(chat.Changed)
	}
	if field := unchangeable(set, &a); field != "" {
		return refused(chat.BadValue, field)
	}
	a.Name, a.Team, a.Shared, a.Priority, a.Active = set.Name, set.Team, set.Shared, set.Priority, set.Active
	p := d.keepAsset(a)
	_, changed := d.assets.get(a.ID)
	return kept(p, changed)
}

// made is the end of a command that makes something.
func made(id string, p *chat.Problem) ending {
	if p != nil {
		return refusal(p)
	}
	end := done
	end.created = id
	return end
}

// kept is the end of a command that sets something.
func kept(p *chat.Problem, changed bool) ending {
	switch {
	case p != nil:
		return refusal(p)
	case !changed:
		return nothing
	}
	return done
}
