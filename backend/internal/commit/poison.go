package commit

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/wire"
)

// decide runs the rules on one command. If they panic that command alone has failed.
func (c *Committer) decide(v desk.View, now chat.Millis, command desk.Command) (o desk.Outcome) {
	defer func() {
		if r := recover(); r != nil {
			c.Log.Error("commit: deciding panicked", "command", name(command), "panic", words(r),
				"stack", string(debug.Stack()))
			o = poisoned(v, command)
		}
	}()
	return c.Decide(v, now, c.IDs, command)
}

func name(command desk.Command) string { return fmt.Sprintf("%T", command) }

// words is what a panic may say in the log: what the runtime and the program say of themselves, never a value,
// which may be a customer's text.
func words(r any) string {
	switch r := r.(type) {
	case runtime.Error:
		return r.Error()
	case string:
		if strings.HasPrefix(r, "BUG:") {
			return r
		}
	}
	return fmt.Sprintf("a %T", r)
}

// poisoned is the outcome of a command that cannot be decided or stored: a fault of ours, and nothing changes.
// The next command of an agent's device is refused for good with its result stored, so that those behind it
// go on.
func poisoned(v desk.View, command desk.Command) desk.Outcome {
	problem := chat.NewProblem(chat.Internal)
	from, ok := command.(desk.FromAgent)
	if !ok {
		return desk.Outcome{Answer: desk.Answer{Problem: problem}}
	}
	if device, _ := v.Device(from.Device); from.Number != device.LastNumber+1 {
		return desk.Outcome{Answer: desk.Answer{Problem: problem}}
	}
	device := desk.Device{ID: from.Device, Agent: from.Agent, LastNumber: from.Number}
	result := desk.Result{Device: from.Device, Number: from.Number, ID: from.ID, Outcome: wire.Refused, Problem: problem}
	return desk.Outcome{
		Writes: []desk.Write{desk.PutDevice{Device: device}, desk.PutResult{Result: result}},
		Frames: []desk.Frame{{
			Stream: wire.Stream{Kind: wire.AgentStream, ID: string(from.Agent)},
			Changes: []wire.Change{{Result: &wire.Result{Device: string(from.Device), Number: from.Number,
				ID: string(from.ID), Outcome: wire.Refused, Problem: &wire.Problem{Kind: int(problem.Kind)}}}},
		}},
		Answer: desk.Answer{Result: &result},
	}
}
