package desktest

import (
	"fmt"
	"slices"
	"strings"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/wire"
)

// Kinds are all that Kind says of commands that can take effect.
var Kinds = []string{
	"Inbound", "StatusReport sent", "StatusReport delivered", "StatusReport read", "StatusReport failed", "SendBegun",
	"SendEnded accepted", "SendEnded failed", "SendEnded retry", "SendEnded unclear", "MediaEnded",
	"TimerDue ask_uncertain", "TimerDue chat", "TimerDue away", "TimerDue assign", "TimerDue reclock", "Heard", "Started",
	"CreateTeam", "SetTeam", "CreateAgent", "SetAgent", "CreateToken", "RenewToken", "KeepToken", "RevokeToken",
	"PutCredentials", "CreateAsset", "SetAsset", "AssignChat",
	"FromAgent pick", "FromAgent open", "FromAgent read", "FromAgent reply", "FromAgent set_availability",
	"FromAgent settle", "FromAgent none", "FromAgent note", "FromAgent draft", "FromAgent reclaim",
	"FromAgent transfer", "FromAgent undo", "FromAgent hold", "FromAgent resume", "FromAgent close", "FromAgent extend",
	"FromAgent set_priority", "FromAgent set_alias", "FromAgent tag", "FromAgent set_order",
	"FromAgent sign_out", "FromAgent put_team", "FromAgent put_agent", "FromAgent put_asset",
	twoDrafts, draftForgotten, tokenDropped, released, escalated, heldByClock, closedByClock,
}

// What the effect of some commands was besides.
const (
	twoDrafts      = "(a draft put together from two)"
	draftForgotten = "(the end of a draft forgotten)"
	tokenDropped   = "(a token dropped)"
	released       = "(released by the clock)"
	escalated      = "(escalated by the clock)"
	heldByClock    = "(put on hold by the clock)"
	closedByClock  = "(closed by the clock)"
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
	case desk.PutMessage:
		if w.Message.Line != nil {
			return byClock(w.Message.Line)
		}
	}
	return ""
}

// byClock is what a line says that a clock did, or "".
func byClock(l *chat.Line) string {
	switch {
	case l.Code == "released":
		return released
	case l.Code == "priority" && l.Args[0] == "":
		return escalated
	case l.Code == "on_hold" && len(l.Args) == 0:
		return heldByClock
	case l.Code == "closed" && len(l.Args) == 0:
		return closedByClock
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
	case desk.TimerDue:
		kind, _, _ := strings.Cut(c.ID, "/")
		return name + " " + kind
	}
	return name
}

// took reports whether a command took effect. A result alone is none, nor is a timer's that only put the next.
func took(c desk.Command, o *desk.Outcome) bool {
	if _, ok := c.(desk.TimerDue); ok {
		return slices.ContainsFunc(o.Writes, isNoTimer)
	}
	return len(o.Writes) > 0 && (o.Answer.Result == nil || o.Answer.Result.Outcome == wire.Done)
}

func isNoTimer(w desk.Write) bool {
	switch w.(type) {
	case desk.PutTimer, desk.DropTimer:
		return false
	}
	return true
}

// Problems are those that agents' commands can end with.
var Problems = []chat.ProblemKind{
	chat.Malformed, chat.UnknownCommand, chat.NotFound, chat.AlreadyTaken, chat.NotHolder, chat.Full, chat.ChatClosed,
	chat.AssignmentChange, chat.AnsweredByOther, chat.WindowClosed, chat.TooOld, chat.Restored, chat.EmptyText, chat.Duplicate,
	chat.NotUncertain, chat.NotShared, chat.AgentAway, chat.NotInTeam, chat.UndoTooLate, chat.UndoTaken, chat.NoClock, chat.TooLong,
	chat.BadValue, chat.NotAllowed, chat.Changed, chat.NoCredentials,
}
