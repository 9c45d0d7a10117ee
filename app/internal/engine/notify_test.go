package engine_test

import (
	"fmt"
	"testing"
	"testing/synctest"

	"parley/app/internal/engine"
	"parley/app/internal/linktest"
	"parley/backend/wire"
)

func TestNotifications(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "known before")
		s.Assign("A")
		s.Wrote("B", "in the queue")
		c := start(t, disk, s)
		defer func() { c.stop() }()
		want(t, c.desktop.takeNotes(), []string(nil))
		s.Wrote("A", "one")
		s.Wrote("B", "still in the queue")
		synctest.Wait()
		s.Wrote("A", "two")
		synctest.Wait()
		want(t, c.desktop.takeNotes(), []string{"A: Customer A: one", "A: Customer A: 2 new messages / two"})
		c.Looking("A", true)
		s.Wrote("A", "three")
		synctest.Wait()
		want(t, c.desktop.takeNotes(), []string{"-A"})
		c.Looking("A", false)
		s.Wrote("A", "four")
		synctest.Wait()
		want(t, c.desktop.takeNotes(), []string{"A: Customer A: four"})
		c.Open("A")
		c.Read("A", 5)
		synctest.Wait()
		want(t, c.desktop.takeNotes(), []string{"-A"})
		c.Pick("B", false)
		synctest.Wait()
		want(t, c.desktop.takeNotes(), []string(nil))
		s.Wrote("C", "help")
		s.Assign("C")
		synctest.Wait()
		want(t, c.desktop.takeNotes(), []string{"C: Customer C: New chat / help"})
		s.Take("C", "Bob")
		synctest.Wait()
		want(t, c.desktop.takeNotes(), []string{"-C"})
		c.Prefer(engine.Preferences{Language: "de"})
		s.Wrote("B", "more")
		synctest.Wait()
		want(t, c.desktop.takeNotes(), []string(nil))
	})
}

func TestWhatTheCacheHadIsNoNews(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "one")
		s.Assign("A")
		start(t, disk, s).stop()
		c := start(t, disk, s)
		defer c.stop()
		want(t, c.desktop.takeNotes(), []string(nil))
		s.Down(0)
		s.Wrote("A", "while away")
		s.Up()
		synctest.Wait()
		want(t, c.desktop.takeNotes(), []string{"A: Customer A: while away"})
	})
}

func TestTitleAndBadge(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		c := start(t, disk, s)
		defer c.stop()
		for i := range 101 {
			s.Wrote(fmt.Sprint("CSR", i), "hello")
			s.Assign(fmt.Sprint("CSR", i))
			synctest.Wait()
		}
		last := func(l []string) string { return l[len(l)-1] }
		want(t, last(c.desktop.titles), "(99+) Parley")
		want(t, last(c.desktop.badges), "99+/101")
		want(t, c.Picture().Status.Counts.Pending, 101)
		s.Down(wire.CloseRevoked)
		synctest.Wait()
		want(t, last(c.desktop.titles), "(99+) Parley – signed out")
		c.Prefer(engine.Preferences{Language: "de"})
		synctest.Wait()
		want(t, last(c.desktop.titles), "(99+) Parley – abgemeldet")
	})
}
