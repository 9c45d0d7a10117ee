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
		words := strings.Fields(rest)
		c, team := chat.Chat{Team: "Support"}, chat.TeamID(words[1])
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
