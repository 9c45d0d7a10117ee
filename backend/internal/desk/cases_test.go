package desk_test

import (
	"fmt"
	"strings"
	"testing"

	"parley/backend/chat"
	"parley/backend/chat/chattest"
	"parley/backend/internal/store"
)

// TestCases runs the table of every state and every event.
func TestCases(t *testing.T) {
	chattest.Cases(t, "../../chat/chattest/testdata/cases.txt", func(t *testing.T, c chattest.Case) chattest.Row {
		s := newCase(t)
		for _, e := range c.Events {
			s.event(e)
		}
		return s.row()
	})
}

// aCase is a company with one team, in which one customer writes.
type aCase struct {
	*story
	messages int // of the customer
}

func newCase(t *testing.T) *aCase {
	s := &aCase{story: newStory(t)}
	s.RowsEvery = 1 << 30 // the stories look at them often enough
	for _, line := range []string{"credential wa app=s3cret verify=v access=a", "team Support SUP", "new-agent Ana teams=Support",
		"new-agent Bo teams=Support", "asset Line 1001 team=Support", "settings Support release=10", "heard Ana,Bo"} {
		s.do(line)
	}
	return s
}

func (s *aCase) do(line string) {
	s.Now += 1000
	s.step(s.T.(*testing.T), line)
}

// steps are the events that are one story's step each.
var steps = map[string]string{
	"I pick": "Ana pick c1", "Bo picks": "Bo pick c1", "I open": "Ana open c1", "I read to the end": "Ana read c1",
	"I leave a note": "Ana note c1: for us", "Bo leaves a note": "Bo note c1: for us",
	"I give it to Bo": "Ana transfer c1 team=Support agent=Bo", "Bo gives it to me": "Bo transfer c1 team=Support agent=Ana",
	"I return it": "Ana transfer c1 team=Support", "I undo": "Ana undo c1 of=Ana", "I put it on hold": "Ana hold c1",
	"I take it back from hold": "Ana resume c1", "I close it": "Ana close c1", "I'm on it": "Ana extend c1",
	"I become unavailable": "Ana set_availability unavailable", "an admin assigns it to me": "assign c1 Ana",
	"an admin assigns it to Bo": "assign c1 Bo",
}

func (s *aCase) event(e string) {
	switch e {
	case "the customer writes":
		s.messages++
		s.do(fmt.Sprintf("in Line w%d +491: word", s.messages))
	case "I reply":
		s.do("Ana reply c1: answer")
		if m, ok := s.lastReply(); ok && m.State == chat.Accepted {
			s.do(fmt.Sprintf("begin c1/%d", m.Number))
			s.do(fmt.Sprintf("end c1/%d accepted id=v%d", m.Number, m.Number))
		}
	case "my last reply fails", "my last reply arrives":
		if m, ok := s.lastReply(); ok {
			state := map[bool]string{true: "failed code=1", false: "delivered"}[strings.HasSuffix(e, "fails")]
			s.do(fmt.Sprintf("status c1/%d %s", m.Number, state))
		}
	case "ten minutes pass":
		for range 10 {
			s.Now += 60_000
			s.do("heard Ana,Bo")
			s.clock()
		}
	default:
		if steps[e] == "" {
			s.T.Fatalf("what is %q?", e)
		}
		s.do(steps[e])
	}
}

// lastReply is the newest of the chat's.
func (s *aCase) lastReply() (last chat.Message, found bool) {
	for _, m := range s.all() {
		if m.Kind == chat.Reply {
			last, found = m, true
		}
	}
	return last, found
}

func (s *aCase) all() (all []chat.Message) {
	s.Read(func(v store.Reader) { all = v.MessagesBefore(s.chatID("c1"), 0, 100) })
	return all
}

// row says the chat's row, and fails the test where what the desk keeps of it is not what package chat derives from its
// messages.
func (s *aCase) row() chattest.Row {
	c, all := s.chat("c1"), s.all()
	if since := chat.Waiting(all, c.SettledTo); since != c.WaitingSince {
		s.T.Errorf("the desk has it waiting since %d, the messages say %d", c.WaitingSince, since)
	}
	return chattest.RowOf(&c, all, map[chat.AgentID]string{"": "nobody's", s.who("Ana"): "mine", s.who("Bo"): "Bo's"})
}

func (s *aCase) who(name string) chat.AgentID {
	_, id, _ := s.named(name)
	return id
}
