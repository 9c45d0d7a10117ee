package admin

import (
	"cmp"
	"context"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/auth"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// Team is a team as it is printed.
type Team struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Prefix string `json:"prefix"`

	Settings TeamSettings `json:"settings"`
}

// TeamSettings is what is set of a team as it is printed, see chat.TeamSettings.
type TeamSettings struct {
	ReleaseMinutes int    `json:"release_minutes"`
	EscalateEvery  int    `json:"escalate_every"`
	EscalateUnit   string `json:"escalate_unit"`
	EscalateUnset  bool   `json:"escalate_unset"`
	HoldDays       int    `json:"hold_days"`
	CloseDays      int    `json:"close_days"`
	OnSignOut      string `json:"on_sign_out"`
	AutoAssign     string `json:"auto_assign"`
}

// Agent is an agent as it is printed.
type Agent struct {
	ID           string   `json:"id"`
	Name         string   `json:"name"`
	Teams        []string `json:"teams"`
	Role         string   `json:"role"`
	Manages      []string `json:"manages"`
	Availability string   `json:"availability"`
	Away         bool     `json:"away"` // none of the agent's consoles was heard for a while
	Threshold    int      `json:"threshold"`
	Active       bool     `json:"active"`
	Chats        int      `json:"chats"` // picked
}

// Token is a token as it is listed: without itself.
type Token struct {
	Hash      string `json:"hash"`
	Agent     string `json:"agent"`
	Label     string `json:"label,omitempty"`
	CreatedAt int64  `json:"created_at"`
	ExpiresAt int64  `json:"expires_at,omitzero"` // absent: never
	RevokedAt int64  `json:"revoked_at,omitzero"`
	Replaces  string `json:"replaces,omitzero"` // the hash of the token that a console had before it was given this one
}

// NewToken is a token when it is made. Token is shown this once; the server keeps its hash only.
type NewToken struct {
	Token string `json:"token,omitempty"`
	Hash  string `json:"hash"`
	Agent string `json:"agent"`
	// ExpiresAt is when it lets nobody in any more; absent: never. A console that uses it is given a new one before.
	ExpiresAt int64  `json:"expires_at,omitzero"`
	Out       string `json:"out,omitempty"` // the file that it was written to instead
}

func (o *Office) createTeam(ctx context.Context, r *Request) (any, error) {
	id, err := o.submit(ctx, desk.CreateTeam{Name: r.Name, Prefix: r.Prefix})
	if err != nil {
		return nil, err
	}
	return o.team(ctx, id)
}

func (o *Office) setTeam(ctx context.Context, r *Request) (any, error) {
	set := desk.SetTeam{ID: chat.TeamID(r.ID), Name: r.Name}
	if r.Settings != (Settings{}) {
		before, err := o.settings(ctx, set.ID)
		if err != nil {
			return nil, err
		}
		set.Settings = new(r.Settings.over(before))
	}
	if _, err := o.submit(ctx, set); err != nil {
		return nil, err
	}
	return o.team(ctx, r.ID)
}

func (o *Office) settings(ctx context.Context, id chat.TeamID) (s chat.TeamSettings, err error) {
	err = o.Read(ctx, func(v store.Reader) error {
		t, _ := v.Team(id)
		s = t.Settings
		return v.Err()
	})
	return s, err
}

func (o *Office) listTeams(ctx context.Context, _ *Request) (any, error) {
	all := []Team{}
	err := o.Read(ctx, func(v store.Reader) error {
		for _, t := range v.Teams() {
			all = append(all, printedTeam(t))
		}
		return v.Err()
	})
	return all, err
}

func (o *Office) team(ctx context.Context, id string) (any, error) {
	var t Team
	err := o.Read(ctx, func(v store.Reader) error {
		row, _ := v.Team(chat.TeamID(id))
		t = printedTeam(row)
		return v.Err()
	})
	return t, err
}

func printedTeam(t desk.Team) Team {
	s := &t.Settings
	return Team{string(t.ID), t.Name, t.Prefix, TeamSettings{s.ReleaseMinutes, s.EscalateEvery,
		cmp.Or(string(s.EscalateUnit), string(chat.Minutes)), s.EscalateUnset, s.HoldDays, s.CloseDays,
		cmp.Or(string(s.OnSignOut), string(chat.KeepChats)), cmp.Or(string(s.AutoAssign), string(chat.AssignNobody))}}
}

func (o *Office) createAgent(ctx context.Context, r *Request) (any, error) {
	id, err := o.submit(ctx, desk.CreateAgent{Name: r.Name, Teams: typed[chat.TeamID](r.Teams), Threshold: r.Threshold,
		Role: chat.Role(r.Role), Manages: typed[chat.TeamID](r.Manages)})
	if err != nil {
		return nil, err
	}
	return o.agent(ctx, id)
}

func (o *Office) setAgent(ctx context.Context, r *Request) (any, error) {
	set := desk.SetAgent{ID: chat.AgentID(r.ID), Name: r.Name, Teams: typed[chat.TeamID](r.Teams), Threshold: r.Threshold,
		Active: r.Active, Role: chat.Role(r.Role), Manages: typed[chat.TeamID](r.Manages)}
	if _, err := o.submit(ctx, set); err != nil {
		return nil, err
	}
	return o.agent(ctx, r.ID)
}

func (o *Office) listAgents(ctx context.Context, _ *Request) (any, error) {
	all := []Agent{}
	err := o.Read(ctx, func(v store.Reader) error {
		for _, a := range v.Agents() {
			all = append(all, printedAgent(v, a))
		}
		return v.Err()
	})
	return all, err
}

func (o *Office) agent(ctx context.Context, id string) (any, error) {
	var a Agent
	err := o.Read(ctx, func(v store.Reader) error {
		row, _ := v.Agent(chat.AgentID(id))
		a = printedAgent(v, row)
		return v.Err()
	})
	return a, err
}

func printedAgent(v store.Reader, a desk.Agent) Agent {
	return Agent{string(a.ID), a.Name, plain(a.Teams), cmp.Or(string(a.Role), string(chat.PlainAgent)), plain(a.Manages),
		string(a.Availability), a.Away, a.Threshold, a.Active,
		v.CountsOf(a.ID).Held}
}

func (o *Office) createToken(ctx context.Context, r *Request) (any, error) {
	token, hash := auth.NewToken()
	expires, err := o.expiry(r.Days)
	if err != nil {
		return nil, err
	}
	c := desk.CreateToken{Agent: chat.AgentID(r.Agent), Hash: hash, Label: r.Label, ExpiresAt: expires}
	if _, err := o.submit(ctx, c); err != nil {
		return nil, err
	}
	return NewToken{Token: token, Hash: hash, Agent: r.Agent, ExpiresAt: int64(expires)}, nil
}

// expiry is when a token that lasts so many days ends: nil for as long as one usually does, 0 for ever.
func (o *Office) expiry(days *int) (chat.Millis, error) {
	life := auth.TokenLife
	switch {
	case days == nil:
	case *days == 0:
		return 0, nil
	case *days < 0 || *days > maxDays:
		return 0, fail(CodeUsage, "--days must be 0 (never expires) to %d", maxDays)
	default:
		life = time.Duration(*days) * 24 * time.Hour
	}
	return o.Now() + chat.Millis(life.Milliseconds()), nil
}

const maxDays = 10 * 365

func (o *Office) revokeToken(ctx context.Context, r *Request) (any, error) {
	if _, err := o.submit(ctx, desk.RevokeToken{Hash: r.Hash}); err != nil {
		return nil, err
	}
	var t Token
	err := o.Read(ctx, func(v store.Reader) error {
		row, _ := v.Token(r.Hash)
		t = printedToken(row)
		return v.Err()
	})
	return t, err
}

func (o *Office) listTokens(ctx context.Context, r *Request) (any, error) {
	all := []Token{}
	err := o.Read(ctx, func(v store.Reader) error {
		for _, t := range v.Tokens() {
			if r.Agent == "" || string(t.Agent) == r.Agent {
				all = append(all, printedToken(t))
			}
		}
		return v.Err()
	})
	return all, err
}

func printedToken(t desk.Token) Token {
	return Token{t.Hash, string(t.Agent), t.Label, int64(t.CreatedAt), int64(t.ExpiresAt), int64(t.RevokedAt), t.Replaces}
}

// TokenHash is what the server keeps of a token, and what names it in a revoke.
func TokenHash(token string) string { return auth.Hash(token) }

// typed turns a list of flags into ids; nil stays nil, which leaves what there is.
func typed[T ~string](list []string) []T {
	if list == nil {
		return nil
	}
	out := make([]T, len(list))
	for i, s := range list {
		out[i] = T(s)
	}
	return out
}

// plain turns ids into a list to print, never null.
func plain[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = string(s)
	}
	return out
}
