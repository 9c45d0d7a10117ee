// Package admin is what `parleyd admin` asks of a server and how it is answered: one Request, one JSON answer or
// one Failure with words that say what to do. An Office carries the requests out as desk's commands; Serve lets a
// running server take them over a Unix socket that only its own user can reach, and Call finds the running server
// or, where there is none, opens the data folder itself. Secrets come in and never go out.
package admin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// Request is one order: Verb names it, the other members are its flags. A nil slice or pointer, an empty string
// and a zero number leave in a "set" what there is.
type Request struct {
	Verb string `json:"verb"`

	ID        string   `json:"id,omitempty"`
	Name      string   `json:"name,omitempty"`
	Prefix    string   `json:"prefix,omitempty"`
	Team      string   `json:"team,omitempty"`
	Teams     []string `json:"teams,omitempty"` // of an agent; an asset is shared with them
	Agent     string   `json:"agent,omitempty"`
	Label     string   `json:"label,omitempty"`
	Hash      string   `json:"hash,omitempty"`
	Threshold int      `json:"threshold,omitempty"`
	Days      *int     `json:"days,omitempty"` // how long a token is valid; nil: as usual, 0: for ever
	Active    *bool    `json:"active,omitempty"`
	Role      string   `json:"role,omitempty"`
	Manages   []string `json:"manages,omitempty"`
	Settings  Settings `json:"settings,omitzero"` // of a team
	Priority  *int     `json:"priority,omitempty"`

	Credential string `json:"credential,omitempty"` // an asset's
	VendorID   string `json:"vendor_id,omitempty"`  // WhatsApp's phone number id
	Address    string `json:"address,omitempty"`    // as people know it

	BaseURL     string `json:"base_url,omitempty"`
	AppSecret   string `json:"app_secret,omitempty"`
	VerifyToken string `json:"verify_token,omitempty"`
	AccessToken string `json:"access_token,omitempty"`
}

// Settings is what is set of a team, see chat.TeamSettings; nil and empty leave what there is.
type Settings struct {
	ReleaseMinutes *int   `json:"release_minutes,omitempty"`
	EscalateEvery  *int   `json:"escalate_every,omitempty"`
	EscalateUnit   string `json:"escalate_unit,omitempty"`
	EscalateUnset  *bool  `json:"escalate_unset,omitempty"`
	HoldDays       *int   `json:"hold_days,omitempty"`
	CloseDays      *int   `json:"close_days,omitempty"`
	OnSignOut      string `json:"on_sign_out,omitempty"`
	AutoAssign     string `json:"auto_assign,omitempty"`
}

// over returns t with what s says in its place.
func (s *Settings) over(t chat.TeamSettings) chat.TeamSettings {
	put(&t.ReleaseMinutes, s.ReleaseMinutes)
	put(&t.EscalateEvery, s.EscalateEvery)
	put(&t.EscalateUnset, s.EscalateUnset)
	put(&t.HoldDays, s.HoldDays)
	put(&t.CloseDays, s.CloseDays)
	t.EscalateUnit = cmp.Or(chat.SpanUnit(s.EscalateUnit), t.EscalateUnit)
	t.OnSignOut = cmp.Or(chat.SignedOut(s.OnSignOut), t.OnSignOut)
	t.AutoAssign = cmp.Or(chat.AutoAssign(s.AutoAssign), t.AutoAssign)
	return t
}

func put[T any](field *T, given *T) {
	if given != nil {
		*field = *given
	}
}

// Failure is why a request had no effect. Message is for the person who typed it.
type Failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// Error gives the words.
func (f *Failure) Error() string { return f.Message }

// The codes of a Failure.
const (
	CodeUsage    = "usage"       // the request does not say what it must
	CodeNotFound = "not_found"   // what it names does not exist
	CodeTaken    = "duplicate"   // what it would make exists
	CodeRefused  = "refused"     // the rules forbid it as things are
	CodeBusy     = "unavailable" // the store or the server cannot now; try again
	CodeInternal = "internal"
)

func fail(code, format string, args ...any) *Failure {
	return &Failure{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Office carries requests out.
type Office struct {
	Submit func(context.Context, desk.Command) (desk.Answer, error)
	Read   func(context.Context, func(store.Reader) error) error
	Now    func() chat.Millis // the server's time
	// Backup writes an archive of the server's state; nil where `parleyd backup` does so itself.
	Backup func(context.Context, io.Writer) error
	// PublicURL is where vendors reach the server, without a slash at its end; empty: not known.
	PublicURL string
	// Unknown lists the numbers that messages came for and that no asset has; nil where nobody has counted.
	Unknown func() []UnknownNumber
}

// UnknownNumber is a number of the company that a vendor sends messages for and that no asset has.
type UnknownNumber struct {
	Channel  string `json:"channel"`
	VendorID string `json:"phone_number_id"`
	Count    int64  `json:"count"`
	LastAt   int64  `json:"last_at"`
}

// verbs is everything that can be asked for.
var verbs = map[string]func(*Office, context.Context, *Request) (any, error){
	"team create":          (*Office).createTeam,
	"team set":             (*Office).setTeam,
	"team list":            (*Office).listTeams,
	"agent create":         (*Office).createAgent,
	"agent set":            (*Office).setAgent,
	"agent list":           (*Office).listAgents,
	"token create":         (*Office).createToken,
	"token revoke":         (*Office).revokeToken,
	"token list":           (*Office).listTokens,
	"credential set":       (*Office).setCredential,
	"credential list":      (*Office).listCredentials,
	"asset create":         (*Office).createAsset,
	"asset set":            (*Office).setAsset,
	"asset list":           (*Office).listAssets,
	"chat list":            (*Office).listChats,
	"chat assign":          (*Office).assignChat,
	"unknown-numbers list": (*Office).listUnknown,
}

// Do carries r out and returns what to print as JSON. A failure is always a *Failure.
func (o *Office) Do(ctx context.Context, r *Request) (any, *Failure) {
	do, ok := verbs[r.Verb]
	if !ok {
		return nil, fail(CodeUsage, "there is no command %q; see parleyd admin -h", r.Verb)
	}
	answer, err := do(o, ctx, r)
	if err == nil {
		return answer, nil
	}
	return nil, asFailure(err)
}

// asFailure words any error of this package's work.
func asFailure(err error) *Failure {
	var f *Failure
	switch {
	case errors.As(err, &f):
		return f
	case errors.Is(err, store.ErrNoRoom):
		return fail(CodeBusy, "the server's disk is full; make room and try again")
	case errors.Is(err, store.ErrReadOnly):
		return fail(CodeBusy, "the server's disk or database cannot be written, only read; see to it and try again")
	case errors.Is(err, store.ErrClosed), errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fail(CodeBusy, "the server is going down or too busy; try again")
	}
	return fail(CodeInternal, "%v; the server's log may say more", err)
}

// submit carries one command out and returns the id of what it made.
func (o *Office) submit(ctx context.Context, c desk.Command) (string, error) {
	a, err := o.Submit(ctx, c)
	if err != nil {
		return "", err
	}
	if a.Problem != nil {
		return "", wordProblem(a.Problem)
	}
	return a.Created, nil
}

// flagOf is the flag that sets a field as the rules name it.
func flagOf(field string) string {
	switch field {
	case "vendor_id":
		return "phone-number-id"
	case "teams":
		return "team"
	case "app_secret", "verify_token", "access_token":
		return strings.ReplaceAll(field, "_", "-") + "-file"
	}
	return strings.ReplaceAll(field, "_", "-")
}

// wordProblem says a rule's refusal to an admin.
func wordProblem(p *chat.Problem) *Failure {
	arg := func(i int, otherwise string) string {
		if i < len(p.Args) && p.Args[i] != "" {
			return p.Args[i]
		}
		return otherwise
	}
	switch p.Kind {
	case chat.NotFound:
		return fail(CodeNotFound, "there is no such %s; the list command shows what there is", arg(0, "thing"))
	case chat.Duplicate:
		return fail(CodeTaken, "there is one with this --%s already; choose another, or change that one with the set command",
			flagOf(arg(0, "?")))
	case chat.NoCredentials:
		return fail(CodeNotFound, "there are no credentials %q for this channel; make them first, with parleyd admin credential set --name %s",
			arg(0, "?"), arg(0, "NAME"))
	case chat.BadValue:
		return fail(CodeUsage, "--%s is missing or has a value that cannot be used; -h says what it may be", flagOf(arg(0, "?")))
	case chat.Full:
		return fail(CodeRefused, "the agent is full (%s of %s chats); raise --threshold or choose another", arg(0, "?"), arg(1, "?"))
	case chat.ChatClosed:
		return fail(CodeRefused, "the chat is closed")
	case chat.NotQueued, chat.AlreadyTaken:
		return fail(CodeRefused, "the chat is not in the queue any more (%s)", arg(0, "somebody has it"))
	case chat.NotAllowed:
		return fail(CodeRefused, "this is not allowed: %s", arg(0, "the agent is not in the chat's team or not active"))
	case chat.Internal:
		return fail(CodeInternal, "a fault in the server; its log says more")
	}
	return fail(CodeRefused, "refused: %v", p)
}
