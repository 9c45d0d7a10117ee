package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/app/internal/linktest"
	"parley/backend/wire"
)

// TestOfflineAndBack: what is cached is shown without a server, a reply is queued, and goes out once.
func TestOfflineAndBack(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		start(t, disk, s).stop()
		s.Down(0)
		c := start(t, disk, s)
		if list, _ := c.row("A"); list != "my" {
			t.Fatal("the list is not there without the server")
		}
		if p := c.Send("A", "one"); p != nil {
			t.Fatal(p)
		}
		want(t, c.words("A"), []string{"hello", "queued:one"})
		want(t, c.Picture().Status.Phase, "offline")
		want(t, c.Picture().Status.Title, "Parley – offline")
		if _, r := c.row("A"); r.WaitingSince == 0 || r.OpenedAt == 0 {
			t.Errorf("a queued reply opens and does not end the waiting: %+v", r)
		}
		c.stop()
		c = start(t, disk, s)
		defer c.stop()
		want(t, c.words("A"), []string{"hello", "queued:one"})
		c.Send("A", "two")
		s.Wrote("A", "hello?")
		s.Up()
		want(t, c.words("A"), []string{"hello", "hello?", "one", "two"})
		want(t, s.Replies(), "one|two")
		for range 3 {
			s.Down(0)
			s.Up()
			synctest.Wait()
		}
		want(t, s.Replies(), "one|two")
		want(t, c.Picture().Status.Phase, "current")
	})
}

// TestCutWhileAnswering: the result is lost with the connection, the command is sent again, its effect is once.
func TestCutWhileAnswering(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		for i := range 20 {
			if p := c.Send("A", fmt.Sprint(i)); p != nil {
				t.Fatal(p)
			}
			if i%3 == 0 {
				s.Down(0)
				s.Up()
			}
			if i%7 == 0 {
				c.restart()
			}
		}
		synctest.Wait()
		var all []string
		for i := range 20 {
			all = append(all, fmt.Sprint(i))
		}
		want(t, s.Replies(), strings.Join(all, "|"))
		want(t, c.words("A"), append([]string{"hello"}, all...))
		c.stop()
	})
}

func TestAnotherAgent(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Down(0)
		c.Send("A", "words")
		s.Be("somebody-else")
		s.Up()
		synctest.Wait()
		p := c.Picture()
		if len(p.My) != 0 || len(p.Status.Decisions) != 1 || p.Status.Decisions[0].Text != "words" || p.Status.Outbox != 0 {
			t.Errorf("%+v", p.Status)
		}
		want(t, s.Replies(), "")
	})
}

func TestAHoleIsHealed(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Give(wire.Down{Frame: &wire.Frame{Stream: wire.Stream{Kind: wire.AgentStream, ID: linktest.Agent}, Epoch: "e1", Seq: 99}})
		synctest.Wait()
		time.Sleep(time.Second)
		s.Wrote("A", "again")
		want(t, c.words("A"), []string{"hello", "again"})
		want(t, c.Picture().Status.Phase, "current")
	})
}

// TestTheDemosChatsAreNotTheServers: what the demo desk said is not shown as a server's, not even before that is
// reached; and a server's stays where the console is only started again.
func TestTheDemosChatsAreNotTheServers(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		for _, origin := range []string{"demo", "demo", "server", "server"} {
			c := startAs(t, disk, s, origin)
			c.SaveDraft("A", "begun")
			c.Looking("A", true)
			want(t, c.thread("A").Draft, "begun")
			c.stop()
		}
		s.Down(0)
		for _, origin := range []string{"server", "demo"} {
			c := startAs(t, disk, s, origin)
			p, known := c.Picture(), origin == "server"
			if (len(p.My) == 1) != known || (p.Status.DataAt != 0) != known || (p.Status.LastChat != "") != known || len(p.Status.Troubles) > 0 {
				t.Errorf("%s: %d chats, known up to %d, %+v", origin, len(p.My), p.Status.DataAt, p.Status)
			}
			c.stop()
		}
	})
}
