package chat_test

import (
	"fmt"
	"strings"
	"testing"

	"parley/backend/chat"
	"parley/backend/chat/chattest"
)

// TestTargets names problems by their number, with their args.
func TestTargets(t *testing.T) {
	chattest.Table(t, "chattest/testdata/transfer.txt", func(t *testing.T, in string) string {
		asset := chat.Sharing{Team: "Support", Shared: []chat.TeamID{"Sales"}}
		rest, own := strings.CutPrefix(in, "own ")
		if own {
			asset = chat.Sharing{Team: "Sales"}
		}
		c := chat.Chat{Team: "Support"}
		for word, status := range map[string]chat.Status{"picked ": chat.Picked, "held ": chat.OnHold} {
			if cut, has := strings.CutPrefix(rest, word); has {
				rest, c.Status, c.Assignee = cut, status, "bo"
			}
		}
		words := strings.Fields(rest)
		team := chat.TeamID(words[1])
		var p *chat.Problem
		if words[0] == "queue" {
			p = chat.MayQueue(&c, &asset, team, words[1])
		} else {
			p = chat.MayReceive(&c, &asset, team, words[1], receiver(t, words[2:]))
		}
		if p == nil {
			return "yes"
		}
		return strings.TrimSpace(fmt.Sprintf("%d %s", p.Kind, strings.Join(p.Args, " ")))
	})
}

// receiver reads words such as "teams=Support load=1/2 away".
func receiver(t *testing.T, words []string) *chat.Receiver {
	to := &chat.Receiver{ID: "bo", Name: "Bo", Active: true, Available: true}
	for _, w := range words {
		switch name, v, _ := strings.Cut(w, "="); name {
		case "teams":
			for team := range strings.SplitSeq(v, ",") {
				to.Teams = append(to.Teams, chat.TeamID(team))
			}
		case "load":
			if _, err := fmt.Sscanf(v, "%d/%d", &to.Load, &to.Threshold); err != nil {
				t.Fatalf("%q: %v", w, err)
			}
		case "away":
			to.Available = false
		case "inactive":
			to.Active = false
		default:
			t.Fatalf("what is %q?", w)
		}
	}
	return to
}

// TestIsAt: to the same agent in another team, or to the team's queue, is somewhere else.
func TestIsAt(t *testing.T) {
	for _, c := range []struct {
		chat  chat.Chat
		agent chat.AgentID
		want  bool
	}{
		{chat.Chat{Team: "a", Status: chat.Picked, Assignee: "bo"}, "bo", true},
		{chat.Chat{Team: "a", Status: chat.OnHold, Assignee: "bo"}, "bo", true},
		{chat.Chat{Team: "b", Status: chat.Picked, Assignee: "bo"}, "bo", false},
		{chat.Chat{Team: "a", Status: chat.Picked, Assignee: "bo"}, "cy", false},
		{chat.Chat{Team: "a", Status: chat.Picked, Assignee: "bo"}, "", false},
		{chat.Chat{Team: "a", Status: chat.Queued}, "", true},
		{chat.Chat{Team: "a", Status: chat.OnHold}, "", true},
		{chat.Chat{Team: "b", Status: chat.Queued}, "", false},
		{chat.Chat{Team: "a", Status: chat.Closed, Assignee: "bo"}, "bo", false},
	} {
		if got := chat.IsAt(&c.chat, "a", c.agent); got != c.want {
			t.Errorf("%+v with %q: %v", c.chat, c.agent, got)
		}
	}
}
