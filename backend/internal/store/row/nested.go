package row

import (
	"parley/backend/chat"
	"parley/backend/internal/desk"
)

// Docs that hold another, and those that they hold. They are converted member by member; storetest puts and reads one
// with something in every field.

type TeamSettings struct {
	ReleaseMinutes int             `json:"release_minutes,omitzero"`
	EscalateEvery  int             `json:"escalate_every,omitzero"`
	EscalateUnit   chat.SpanUnit   `json:"escalate_unit,omitzero"`
	EscalateUnset  bool            `json:"escalate_unset,omitzero"`
	HoldDays       int             `json:"hold_days,omitzero"`
	CloseDays      int             `json:"close_days,omitzero"`
	OnSignOut      chat.SignedOut  `json:"on_sign_out,omitzero"`
	AutoAssign     chat.AutoAssign `json:"auto_assign,omitzero"`
}

type Course struct {
	ActiveAt     chat.Millis    `json:"active_at,omitzero"`
	ResumedAt    chat.Millis    `json:"resumed_at,omitzero"`
	FailedAt     chat.Millis    `json:"failed_at,omitzero"`
	ExtendedFor  chat.Millis    `json:"extended_for,omitzero"`
	ExtendedAt   chat.Millis    `json:"extended_at,omitzero"`
	EscalatedFor chat.Millis    `json:"escalated_for,omitzero"`
	EscalatedBy  int64          `json:"escalated_by,omitzero"`
	DueAt        chat.Millis    `json:"due_at,omitzero"`
	LastHolder   chat.AgentID   `json:"last_holder,omitzero"`
	LetGo        chat.AgentID   `json:"let_go,omitzero"`
	Given        *Given         `json:"given,omitzero"`
	Undone       chat.CommandID `json:"undone,omitzero"`
	Knew         []chat.AgentID `json:"knew,omitzero"`
}

type Given struct {
	Command       chat.CommandID `json:"command"`
	By            chat.AgentID   `json:"by,omitzero"`
	At            chat.Millis    `json:"at,omitzero"`
	Assignment    int64          `json:"assignment,omitzero"`
	Team          chat.TeamID    `json:"team,omitzero"`
	Assignee      chat.AgentID   `json:"assignee,omitzero"`
	Status        chat.Status    `json:"status,omitzero"`
	AssignedAt    chat.Millis    `json:"assigned_at,omitzero"`
	AssignedIndex int64          `json:"assigned_index,omitzero"`
	OpenedAt      chat.Millis    `json:"opened_at,omitzero"`
	ReadTo        int64          `json:"read_to,omitzero"`
	LastHolder    chat.AgentID   `json:"last_holder,omitzero"`
	LetGo         chat.AgentID   `json:"let_go,omitzero"`
}

// NewTeam returns what is stored of t.
func NewTeam(t desk.Team) Team {
	return Team{ID: t.ID, Name: t.Name, Prefix: t.Prefix, Settings: TeamSettings(t.Settings), Revision: t.Revision}
}

func (d Team) Noun() desk.Team {
	return desk.Team{ID: d.ID, Name: d.Name, Prefix: d.Prefix, Settings: chat.TeamSettings(d.Settings), Revision: d.Revision}
}

// NewChat returns what is stored of c.
func NewChat(c chat.Chat) Chat {
	return Chat{
		ID: c.ID, Alias: c.Alias, Status: c.Status, Team: c.Team, Asset: c.Asset,
		Identity: c.Identity, Customer: c.Customer, Channel: c.Channel, Assignee: c.Assignee, Priority: c.Priority,
		Tags: c.Tags, CreatedAt: c.CreatedAt, AssignedAt: c.AssignedAt, AssignedIndex: c.AssignedIndex, OpenedAt: c.OpenedAt,
		WaitingSince: c.WaitingSince, LastInboundAt: c.LastInboundAt, Assignment: c.Assignment, LastNumber: c.LastNumber, InboundCount: c.InboundCount,
		ReadTo: c.ReadTo, Unread: c.Unread, SettledTo: c.SettledTo, LastText: c.LastText, LastKind: c.LastKind,
		ReleaseAt: c.ReleaseAt, Extended: c.Extended,
		Course: newCourse(c.Course),
	}
}

func (d Chat) Noun() chat.Chat {
	return chat.Chat{
		ID: d.ID, Alias: d.Alias, Status: d.Status, Team: d.Team, Asset: d.Asset,
		Identity: d.Identity, Customer: d.Customer, Channel: d.Channel, Assignee: d.Assignee, Priority: d.Priority,
		Tags: d.Tags, CreatedAt: d.CreatedAt, AssignedAt: d.AssignedAt, AssignedIndex: d.AssignedIndex, OpenedAt: d.OpenedAt,
		WaitingSince: d.WaitingSince, LastInboundAt: d.LastInboundAt, Assignment: d.Assignment, LastNumber: d.LastNumber, InboundCount: d.InboundCount,
		ReadTo: d.ReadTo, Unread: d.Unread, SettledTo: d.SettledTo, LastText: d.LastText, LastKind: d.LastKind,
		ReleaseAt: d.ReleaseAt, Extended: d.Extended,
		Course: d.Course.noun(),
	}
}

func newCourse(c chat.Course) Course {
	return Course{ActiveAt: c.ActiveAt, ResumedAt: c.ResumedAt, FailedAt: c.FailedAt, ExtendedFor: c.ExtendedFor,
		ExtendedAt: c.ExtendedAt, EscalatedFor: c.EscalatedFor, EscalatedBy: c.EscalatedBy, DueAt: c.DueAt,
		LastHolder: c.LastHolder, LetGo: c.LetGo, Given: (*Given)(c.Given), Undone: c.Undone, Knew: c.Knew}
}

func (d Course) noun() chat.Course {
	return chat.Course{ActiveAt: d.ActiveAt, ResumedAt: d.ResumedAt, FailedAt: d.FailedAt, ExtendedFor: d.ExtendedFor,
		ExtendedAt: d.ExtendedAt, EscalatedFor: d.EscalatedFor, EscalatedBy: d.EscalatedBy, DueAt: d.DueAt,
		LastHolder: d.LastHolder, LetGo: d.LetGo, Given: (*chat.Given)(d.Given), Undone: d.Undone, Knew: d.Knew}
}
