package wire

import "parley/backend/chat"

// Place is chat.Place on the wire.
type Place struct {
	Chat       string `json:"chat"`
	Assignment int64  `json:"assignment"`
}

// TeamSet is chat.TeamSet on the wire.
type TeamSet struct {
	ID       string       `json:"id,omitzero"`
	Name     string       `json:"name"`
	Prefix   string       `json:"prefix,omitzero"`
	Settings TeamSettings `json:"settings,omitzero"`
}

// AgentSet is chat.AgentSet on the wire.
type AgentSet struct {
	ID         string   `json:"id,omitzero"`
	Name       string   `json:"name"`
	Role       string   `json:"role"`
	Teams      []string `json:"teams,omitempty"`
	Manages    []string `json:"manages,omitempty"`
	Threshold  int      `json:"threshold"`
	Active     bool     `json:"active"`
	TokenHash  string   `json:"token_hash,omitzero"`
	TokenLabel string   `json:"token_label,omitzero"`
}

// AssetSet is chat.AssetSet on the wire.
type AssetSet struct {
	ID         string   `json:"id,omitzero"`
	Name       string   `json:"name"`
	Team       string   `json:"team"`
	Shared     []string `json:"shared,omitempty"`
	Priority   int      `json:"priority,omitzero"`
	Active     bool     `json:"active"`
	Channel    string   `json:"channel,omitzero"`
	Address    string   `json:"address,omitzero"`
	VendorID   string   `json:"vendor_id,omitzero"`
	Credential string   `json:"credential,omitzero"`
}

// FromSettings returns s as it goes over the wire.
func FromSettings(s chat.TeamSettings) TeamSettings {
	return TeamSettings{ReleaseMinutes: s.ReleaseMinutes, EscalateEvery: s.EscalateEvery, EscalateUnit: string(s.EscalateUnit),
		EscalateUnset: s.EscalateUnset, HoldDays: s.HoldDays, CloseDays: s.CloseDays, OnSignOut: string(s.OnSignOut),
		AutoAssign: string(s.AutoAssign)}
}

// Settings returns what FromSettings was given.
func (s *TeamSettings) Settings() chat.TeamSettings {
	return chat.TeamSettings{ReleaseMinutes: s.ReleaseMinutes, EscalateEvery: s.EscalateEvery,
		EscalateUnit: chat.SpanUnit(s.EscalateUnit), EscalateUnset: s.EscalateUnset, HoldDays: s.HoldDays, CloseDays: s.CloseDays,
		OnSignOut: chat.SignedOut(s.OnSignOut), AutoAssign: chat.AutoAssign(s.AutoAssign)}
}

func fromTeamSet(t *chat.TeamSet) *TeamSet {
	if t == nil {
		return nil
	}
	return &TeamSet{ID: string(t.ID), Name: t.Name, Prefix: t.Prefix, Settings: FromSettings(t.Settings)}
}

func (t *TeamSet) set() *chat.TeamSet {
	if t == nil {
		return nil
	}
	return &chat.TeamSet{ID: chat.TeamID(t.ID), Name: written(t.Name), Prefix: t.Prefix, Settings: t.Settings.Settings()}
}

func fromAgentSet(a *chat.AgentSet) *AgentSet {
	if a == nil {
		return nil
	}
	return &AgentSet{ID: string(a.ID), Name: a.Name, Role: string(a.Role), Teams: ids[string](a.Teams),
		Manages: ids[string](a.Manages), Threshold: a.Threshold, Active: a.Active, TokenHash: a.TokenHash, TokenLabel: a.TokenLabel}
}

func (a *AgentSet) set() *chat.AgentSet {
	if a == nil {
		return nil
	}
	return &chat.AgentSet{ID: chat.AgentID(a.ID), Name: written(a.Name), Role: chat.Role(a.Role),
		Teams: ids[chat.TeamID](a.Teams), Manages: ids[chat.TeamID](a.Manages), Threshold: a.Threshold, Active: a.Active,
		TokenHash: a.TokenHash, TokenLabel: written(a.TokenLabel)}
}

func fromAssetSet(a *chat.AssetSet) *AssetSet {
	if a == nil {
		return nil
	}
	return &AssetSet{ID: string(a.ID), Name: a.Name, Team: string(a.Team), Shared: ids[string](a.Shared),
		Priority: int(a.Priority), Active: a.Active, Channel: string(a.Channel), Address: a.Address, VendorID: a.VendorID,
		Credential: a.Credential}
}

func (a *AssetSet) set() *chat.AssetSet {
	if a == nil {
		return nil
	}
	return &chat.AssetSet{ID: chat.AssetID(a.ID), Name: written(a.Name), Team: chat.TeamID(a.Team),
		Shared: ids[chat.TeamID](a.Shared), Priority: chat.Priority(a.Priority), Active: a.Active, Channel: chat.Channel(a.Channel),
		Address: written(a.Address), VendorID: written(a.VendorID), Credential: written(a.Credential)}
}

// ids converts ids of one type to another; nil stays nil.
func ids[To, From ~string](from []From) []To {
	return each(from, func(id From) To { return To(id) })
}

func each[To, From any](from []From, f func(From) To) []To {
	var all []To
	for _, x := range from {
		all = append(all, f(x))
	}
	return all
}

func fromPlace(p chat.Place) Place { return Place{string(p.Chat), p.Assignment} }

func (p Place) place() chat.Place { return chat.Place{Chat: chat.ID(p.Chat), Assignment: p.Assignment} }
