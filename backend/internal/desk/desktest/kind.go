package desktest

import (
	"fmt"
	"strings"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/wire"
)

// Kinds are all that Kind says of commands that can take effect.
var Kinds = []string{
	"Inbound", "StatusReport sent", "StatusReport delivered", "StatusReport read", "StatusReport failed", "SendBegun",
	"SendEnded accepted", "SendEnded failed", "SendEnded retry", "SendEnded unclear", "MediaEnded", "TimerDue",
	"CreateTeam", "SetTeam", "CreateAgent", "SetAgent", "CreateToken", "RenewToken", "KeepToken", "RevokeToken",
	"PutCredentials", "CreateAsset", "SetAsset", "AssignChat",
	"FromAgent pick", "FromAgent open", "FromAgent read", "FromAgent reply", "FromAgent set_availability",
	"FromAgent settle", "FromAgent none", "FromAgent note", "FromAgent draft", "FromAgent reclaim",
	twoDrafts, draftForgotten, tokenDropped,
}

// What the effect of some commands was besides.
const (
	twoDrafts      = "(a draft put together from two)"
	draftForgotten = "(the end of a draft forgotten)"
	tokenDropped   = "(a token dropped)"
)

// besides says what a write shows of its command besides its kind, or "".
func besides(w desk.Write) string {
	switch w := w.(type) {
	case desk.PutDraft:
		if w.Draft.Device == "" {
			return twoDrafts
		}
	case desk.DropDraft:
		return draftForgotten
	case desk.DropToken:
		return tokenDropped
	}
	return ""
}

// Kind names a command by its type and by what tells its kinds apart.
func Kind(c desk.Command) string {
	name := strings.TrimPrefix(fmt.Sprintf("%T", c), "desk.")
	switch c := c.(type) {
	case desk.FromAgent:
		return name + " " + string(c.Kind)
	case desk.StatusReport:
		return name + " " + string(c.State)
	case desk.SendEnded:
		return name + " " + string(c.Ended)
	}
	return name
}

// took reports whether a command took effect. A result alone is none.
func took(o *desk.Outcome) bool {
	return len(o.Writes) > 0 && (o.Answer.Result == nil || o.Answer.Result.Outcome == wire.Done)
}

// Problems are those that agents' commands can end with.
var Problems = []chat.ProblemKind{
	chat.UnknownCommand, chat.NotFound, chat.AlreadyTaken, chat.NotHolder, chat.Full, chat.ChatClosed,
	chat.AssignmentChange, chat.AnsweredByOther, chat.WindowClosed, chat.TooOld, chat.Restored, chat.EmptyText, chat.Duplicate,
	chat.NotUncertain,
}
