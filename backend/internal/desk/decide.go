package desk

import (
	"fmt"

	"parley/backend/chat"
)

// Decide returns what c changes in the state that v shows, at the server time now. It reads only v, takes new
// ids only from ids, and gives equal outcomes for equal arguments. An outcome whose Answer has a Problem, or a
// From, or a repeated Result, has no writes and no frames.
func Decide(v View, now chat.Millis, ids IDs, c Command) Outcome {
	d := &decision{was: v, now: now, ids: ids}
	return d.outcome(d.decide(c))
}

func (d *decision) decide(c Command) Answer {
	switch c := c.(type) {
	case FromAgent:
		return d.fromAgent(&c)
	case Inbound:
		return d.inbound(&c)
	case StatusReport:
		return d.statusReport(&c)
	case SendBegun:
		return d.sendBegun(c)
	case SendEnded:
		return d.sendEnded(&c)
	case MediaEnded:
		return d.mediaEnded(c)
	case TimerDue:
		return d.timerDue(c)
	case Heard:
		return d.hearAgents(c)
	case Started:
		return d.begin()
	case AssignChat:
		return d.assignChat(c)
	}
	return d.admin(c)
}

func (d *decision) admin(c Command) Answer {
	switch c := c.(type) {
	case CreateTeam:
		return d.createTeam(c)
	case SetTeam:
		return d.setTeam(c)
	case CreateAgent:
		return d.createAgent(c)
	case SetAgent:
		return d.setAgent(c)
	case CreateToken:
		return d.createToken(c)
	case RevokeToken:
		return d.revokeToken(c)
	case RenewToken:
		return d.renewToken(c)
	case KeepToken:
		return d.keepToken(c)
	case PutCredentials:
		return d.putCredentials(c.Credential)
	case CreateAsset:
		return d.createAsset(c.Asset)
	case SetAsset:
		return d.setAsset(c)
	}
	panic(fmt.Sprintf("BUG: desk: a command of type %T", c))
}

// problem is the answer to a command that has no effect.
func problem(kind chat.ProblemKind, args ...string) Answer {
	return Answer{Problem: chat.NewProblem(kind, args...)}
}
