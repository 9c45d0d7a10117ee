package engine_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"parley/app/internal/engine"
	"parley/app/internal/linktest"
	"parley/app/internal/record"
	"parley/backend/chat"
	"parley/backend/wire"
)

// troubles are those of the picture: code and arguments.
func (c *console) troubles() []string {
	synctest.Wait()
	l := []string{}
	for _, t := range c.Picture().Status.Troubles {
		l = append(l, strings.Join(append([]string{string(t.Code)}, t.Args...), " "))
	}
	return l
}

func TestADisksTroubles(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		want(t, c.troubles(), []string{})
		c.disk.set(nil, engine.ErrNoRoom)
		s.Wrote("A", "more") // the cache's writing finds it
		want(t, c.troubles(), []string{"outbox_not_written no_room"})
		c.disk.set(nil, engine.ErrReadOnly)
		if p := c.Send("A", "words"); p == nil || p.Kind != chat.ReadOnly {
			t.Errorf("%v", p)
		}
		want(t, c.troubles(), []string{"cache_not_written read_only"})
		c.disk.set(nil, nil)
		s.Wrote("A", "and more")
		want(t, c.troubles(), []string{})
	})
}

// TestAServerThatTakesNothing: it says why when it closes, and that stands until it has taken something.
func TestAServerThatTakesNothing(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		for kind, code := range map[chat.ProblemKind]string{chat.NoRoom: "server_full", chat.ReadOnly: "server_read_only"} {
			s.Close(wire.CloseServerBusy, kind)
			want(t, c.troubles(), []string{code})
			c.Send("A", "words")
			s.Close(wire.CloseServerBusy, chat.AlreadyTaken)
			want(t, c.troubles(), []string{code})
			s.Up()
			want(t, c.troubles(), []string{})
		}
	})
}

func TestWhatIsNoParleyServer(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Down(0)
		s.Stranger()
		want(t, c.troubles(), []string{"not_parley wss://parley.example"})
		s.Up()
		want(t, c.troubles(), []string{})
	})
}

func TestAServerThatWasRestored(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Down(0)
		c.Read("A", 1)
		if _, r := c.row("A"); r.Unread != 0 {
			t.Errorf("%+v", r)
		}
		s.Restore("e2")
		s.Up()
		want(t, c.troubles(), []string{"server_restored"})
		if cmd := s.Commands[len(s.Commands)-1]; cmd.Epoch != "e1" {
			t.Errorf("written before, with epoch %q", cmd.Epoch)
		}
		c.Send("A", "words")
		synctest.Wait()
		if cmd := s.Commands[len(s.Commands)-1]; cmd.Epoch != "e2" {
			t.Errorf("written after, with epoch %q", cmd.Epoch)
		}
		time.Sleep(2 * time.Hour)
		want(t, c.troubles(), []string{})
	})
}

// TestACommandOfAnotherEpochShowsNothing: the server will not apply it, and the messages that it names may be others.
func TestACommandOfAnotherEpochShowsNothing(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Down(0)
		c.Read("A", 1)
		synctest.Wait()
		s.Restore("e2")
		s.Mute()
		s.Up()
		if _, r := c.row("A"); r.Unread != 1 || c.Picture().Status.Outbox != 1 {
			t.Errorf("%+v with %d commands", r, c.Picture().Status.Outbox)
		}
	})
}

func TestAnOutboxWithARecordThatCannotBeRead(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		if err := disk.Save(record.Outbox, record.Batch{{Kind: record.OpPut, Bucket: "commands", Key: "x", Value: []byte("{")}}); err != nil {
			t.Fatal(err)
		}
		c := start(t, disk, s)
		defer func() { c.stop() }()
		want(t, c.troubles(), []string{"outbox_damaged"})
		c.restart()
		want(t, c.troubles(), []string{})
	})
}

func TestWhenTheNextTryIs(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		at := time.Now().Add(time.Minute)
		s.Down(0)
		s.Plan(at)
		synctest.Wait()
		want(t, c.Picture().Status.NextTryAt, at.UnixMilli())
		s.Plan(time.Time{})
		synctest.Wait()
		want(t, c.Picture().Status.NextTryAt, int64(0))
		s.Reachable()
		c.TryNow()
		synctest.Wait()
		want(t, c.Picture().Status.Phase, "current")
	})
}

// TestTheStatusListsWhatIsQueued: at most 200 with the exact count beside, with what can be taken back.
func TestTheStatusListsWhatIsQueued(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		s.Down(0)
		synctest.Wait()
		for i := range 210 {
			if p := c.Note("A", fmt.Sprint("note ", i)); p != nil {
				t.Fatal(p)
			}
		}
		synctest.Wait()
		st := c.Picture().Status
		if len(st.Queued) != 200 || st.Outbox != 210 || st.Queued[0].Command.Text != "note 0" || !st.Queued[0].Cancellable() {
			t.Errorf("%d of %d", len(st.Queued), st.Outbox)
		}
		s.Mute()
		s.Up()
		synctest.Wait()
		if q := c.Picture().Status.Queued; q[0].Cancellable() || !q[0].Tried {
			t.Errorf("sent, and can be taken back: %+v", q[0])
		}
	})
}

// twoDamaged is a disk of which both copies of the outbox were damaged.
type twoDamaged struct{ engine.Disk }

func (twoDamaged) Troubles() []engine.Trouble {
	return []engine.Trouble{{Code: engine.OutboxDamaged, File: "a"}, {Code: engine.OutboxDamaged, File: "b"}}
}

func TestTroublesOfSeveralFiles(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		c := start(t, twoDamaged{disk}, s)
		defer c.stop()
		want(t, c.troubles(), []string{"outbox_damaged a b"})
	})
}

// TestAFullDiskIsLoggedOnce: however long it is tried again.
func TestAFullDiskIsLoggedOnce(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		c.disk.set(nil, engine.ErrNoRoom)
		for range 5 {
			s.Wrote("A", "more")
			c.SaveDraft("A", "x")
			time.Sleep(10 * time.Second)
		}
		synctest.Wait()
		want(t, strings.Count(c.log.String(), "not written"), 2)
		c.disk.set(nil, nil)
		s.Wrote("A", "more")
		synctest.Wait()
		c.disk.set(nil, engine.ErrNoRoom)
		s.Wrote("A", "more")
		synctest.Wait()
		want(t, strings.Count(c.log.String(), "not written"), 3)
	})
}
