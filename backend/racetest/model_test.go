package racetest

import (
	"fmt"
	"maps"

	"github.com/anishathalye/porcupine"

	"parley/backend/chat"
	"parley/backend/wire"
)

// ask is what somebody asked for: an agent to pick a chat, or a manager to give it to the agent.
type ask struct {
	assign bool
	agent  string
	chat   chat.ID
}

// told is the answer: an outcome, of a refusal why.
type told struct {
	outcome wire.Outcome
	kind    chat.ProblemKind
	args    string
}

// holders says who has each chat; a chat in the queue is not in it.
type holders map[chat.ID]string

// company is what the rules need to know: how many chats each agent may have.
type company struct {
	room  map[string]int
	names map[string]string
}

// model is the desk as one that serves one after the other: rules P1 and P2 as the domain words them.
func (c *company) model() porcupine.Model {
	return porcupine.Model{
		Init: func() any { return holders{} },
		Step: func(state, input, output any) (bool, any) {
			was := state.(holders)
			want, is := c.serve(was, input.(ask))
			return want == output.(told), is
		},
		Equal: func(a, b any) bool { return maps.Equal(a.(holders), b.(holders)) },
		DescribeOperation: func(input, output any) string {
			return fmt.Sprintf("%+v → %+v", input, output)
		},
	}
}

// serve is one request: what is answered, and who has what afterwards.
func (c *company) serve(was holders, q ask) (told, holders) {
	load := 0
	for _, a := range was {
		if a == q.agent {
			load++
		}
	}
	holder := was[q.chat]
	switch {
	case holder == q.agent && q.assign:
		return told{outcome: wire.Done}, was
	case holder == q.agent:
		return told{outcome: wire.Nothing}, was
	case holder != "" && !q.assign:
		return told{wire.Refused, chat.AlreadyTaken, fmt.Sprint([]string{c.names[holder]})}, was
	case load >= c.room[q.agent]:
		return told{wire.Refused, chat.Full, fmt.Sprint([]string{fmt.Sprint(load), fmt.Sprint(c.room[q.agent])})}, was
	}
	is := maps.Clone(was)
	is[q.chat] = q.agent
	return told{outcome: wire.Done}, is
}
