package chat_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"parley/backend/chat"
)

var words = []string{"c", "c", "c", "n", "a", "s", "ra", "rs", "rd", "rr", "ru", "rf", "rq", "rh"}

// waitingOracle says rule A1 backwards: the first customer's message behind which nothing answers.
func waitingOracle(messages []chat.Message, settledTo int64) chat.Millis {
	for i := range messages {
		m := &messages[i]
		if m.Kind != chat.Inbound || m.Number <= settledTo {
			continue
		}
		answered := false
		for j := range messages[i:] {
			later := &messages[i+j]
			answered = answered || later.Kind == chat.Reply && strings.Contains("accepted sent delivered read uncertain", string(later.State))
		}
		if !answered {
			return m.At
		}
	}
	return 0
}

func TestWaitingIsAsTheRuleSays(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 5000 {
		var story []string
		for range r.IntN(12) {
			story = append(story, words[r.IntN(len(words))])
		}
		messages := conversation(strings.Join(story, " "))
		settled := r.Int64N(int64(len(messages)) + 1)
		if got, want := chat.Waiting(messages, settled), waitingOracle(messages, settled); got != want {
			t.Fatalf("%v settled to %d: waiting since %d, want %d", story, settled, got, want)
		}
	}
}

// TestAdvanceForgetsOrder shows that statuses may come in any order, and more than once.
func TestAdvanceForgetsOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	all := []chat.State{chat.Sent, chat.Delivered, chat.Seen, chat.Failed, chat.Uncertain}
	for range 2000 {
		var said []chat.State
		for range 1 + r.IntN(6) {
			said = append(said, all[r.IntN(len(all))])
		}
		want := fold(said)
		r.Shuffle(len(said), func(i, j int) { said[i], said[j] = said[j], said[i] })
		if got := fold(append(said, said[0])); got != want {
			t.Fatalf("%v gives %s, want %s", said, got, want)
		}
	}
}

func fold(said []chat.State) chat.State {
	s := chat.Accepted
	for _, next := range said {
		s = chat.Advance(s, next)
	}
	return s
}

// TestShowNeverClearsAttention shows rule S1 for every command and standing: nothing but the marker and the
// opening changes, the marker only grows, and the unread count is what the marker gives.
func TestShowNeverClearsAttention(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	commands := []chat.CommandKind{chat.CmdPick, chat.CmdOpen, chat.CmdRead, chat.CmdReply, chat.CmdSettle, chat.CmdNone,
		chat.CmdTransfer, chat.CmdUndo, chat.CmdHold, chat.CmdResume, chat.CmdClose, chat.CmdExtend, chat.CmdPriority, chat.CmdAlias,
		chat.CmdTags, chat.CmdOrder, chat.CmdSignOut}
	for range 5000 {
		messages := conversation("c ra c c n c rf c")
		c := chat.Chat{Status: chat.Picked, Assignee: me, Assignment: 3, ReadTo: r.Int64N(9)}
		derive(&c, messages)
		cmd := chat.Command{Kind: commands[r.IntN(len(commands))], Assignment: 2 + r.Int64N(3), Base: r.Int64N(12), UpTo: r.Int64N(12)}
		was := c.Clone()
		chat.Show(&c, &cmd, me, 0, func(n int64) (int64, bool) {
			if n < 1 || n > c.LastNumber {
				return 0, false
			}
			return messages[n-1].Inbounds, true
		})
		again := c.Clone()
		if derive(&again, messages); c.Unread != again.Unread || c.WaitingSince != again.WaitingSince || c.ReadTo < was.ReadTo {
			t.Fatalf("%+v: %+v became %+v", cmd, was, c)
		}
		if c.Assignee != was.Assignee || c.Status != was.Status || c.Assignment != was.Assignment {
			t.Fatalf("%+v: %+v became %+v", cmd, was, c)
		}
	}
}

func TestCloneSharesNothing(t *testing.T) {
	m := chat.Message{Failure: &chat.Failure{Code: "1"}, Line: &chat.Line{Args: []string{"a"}}, Attachments: []chat.Attachment{{Name: "n"}}}
	k := m.Clone()
	k.Failure.Code, k.Line.Args[0], k.Attachments[0].Name = "2", "b", "o"
	if m.Failure.Code != "1" || m.Line.Args[0] != "a" || m.Attachments[0].Name != "n" {
		t.Errorf("the copy's change shows in %+v", m)
	}
	c := chat.Chat{Tags: []string{"a"}, Course: chat.Course{Given: &chat.Given{By: "a"}, Knew: []chat.AgentID{"a"}}}
	d := c.Clone()
	d.Tags[0], d.Course.Given.By, d.Course.Knew[0] = "b", "b", "b"
	if c.Tags[0] != "a" || c.Course.Given.By != "a" || c.Course.Knew[0] != "a" {
		t.Errorf("the copy's change shows in %+v", c)
	}
}
