package engine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/app/internal/cache"
	"parley/app/internal/engine"
	"parley/app/internal/linktest"
	"parley/app/internal/record"
	"parley/backend/chat"
	"parley/backend/wire"
)

// slowDisk is a disk whose writes can be made to wait or to fail.
type slowDisk struct {
	engine.Disk
	mu   sync.Mutex
	gate chan struct{}
	err  error
}

func (d *slowDisk) Save(f record.File, b record.Batch) error {
	d.mu.Lock()
	gate, err := d.gate, d.err
	d.mu.Unlock()
	if gate != nil {
		<-gate
	}
	if err != nil {
		return err
	}
	return d.Disk.Save(f, b)
}

// Close leaves the twin in memory open for the next start.
func (d *slowDisk) Close() error { return nil }

func (d *slowDisk) set(gate chan struct{}, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gate, d.err = gate, err
}

// desktop notes what the engine shows outside the page.
type desktop struct {
	mu     sync.Mutex
	titles []string
	badges []string
	notes  []string
}

func (d *desktop) add(l *[]string, s string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	*l = append(*l, s)
}

func (d *desktop) SetTitle(s string)        { d.add(&d.titles, s) }
func (d *desktop) SetBadge(s string, n int) { d.add(&d.badges, fmt.Sprint(s, "/", n)) }
func (d *desktop) Withdraw(id string)       { d.add(&d.notes, "-"+id) }
func (d *desktop) Notify(n engine.Notification) {
	d.add(&d.notes, n.Chat+": "+n.Title+": "+strings.ReplaceAll(n.Body, "\n", " / "))
}

func (d *desktop) takeNotes() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.notes
	d.notes = nil
	return l
}

// console is a running engine of a test.
type console struct {
	*engine.Engine
	t       *testing.T
	desktop *desktop
	stop    func()
}

// start runs an engine in a synctest bubble until stop.
func start(t *testing.T, disk engine.Disk, link engine.Link) *console {
	t.Helper()
	return startAs(t, disk, link, "server")
}

// startAs runs one that is told whose data it keeps.
func startAs(t *testing.T, disk engine.Disk, link engine.Link, origin string) *console {
	t.Helper()
	d := &desktop{}
	e := engine.New(engine.Config{Disk: disk, Link: link, Shell: d, Notifier: d, App: "test", Origin: origin,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Changed: func() {}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := e.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	stop := sync.OnceFunc(func() { cancel(); <-done })
	e.Prefer(engine.Preferences{Language: "en", Notifications: true})
	synctest.Wait()
	return &console{Engine: e, t: t, desktop: d, stop: stop}
}

// row returns a chat as the picture's lists have it; nil: in neither.
func (c *console) row(id chat.ID) (list string, r *chat.Chat) {
	synctest.Wait()
	p := c.Picture()
	for _, it := range p.My {
		if it.Chat.ID == id {
			return "my", &it.Chat
		}
	}
	for _, it := range p.Queue {
		if it.Chat.ID == id {
			return "queue", &it.Chat
		}
	}
	return "", nil
}

// thread returns a conversation that is looked at.
func (c *console) thread(id chat.ID) *engine.Thread {
	c.t.Helper()
	c.Watch(id)
	synctest.Wait()
	th := c.Picture().Threads[id]
	if th == nil {
		c.t.Fatalf("the conversation of %s is not in the picture", id)
	}
	return th
}

// words are the texts of a conversation, confirmed, queued and waiting for a decision.
func (c *console) words(id chat.ID) (l []string) {
	c.t.Helper()
	th := c.thread(id)
	for _, m := range th.Messages {
		l = append(l, m.Text)
	}
	for _, d := range th.Decisions {
		l = append(l, "held:"+d.Text)
	}
	for _, e := range th.Queued {
		if e.Command.Kind == chat.CmdReply {
			l = append(l, "queued:"+e.Command.Text)
		}
	}
	return l
}

func bubble(t *testing.T, f func(t *testing.T, disk *slowDisk, s *linktest.Server)) {
	synctest.Test(t, func(t *testing.T) { f(t, &slowDisk{Disk: cache.NewMemory()}, linktest.New()) })
}

func want(t *testing.T, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestTheWholeWay: written, picked, opened, answered.
func TestTheWholeWay(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "where is my parcel")
		c := start(t, disk, s)
		defer c.stop()
		if list, r := c.row("A"); list != "queue" || r.WaitingSince == 0 {
			t.Fatalf("%s %+v", list, r)
		}
		c.Pick("A", false)
		list, r := c.row("A")
		if list != "my" || chat.DotFor(r, linktest.Agent) != chat.NewDot || r.Unread != 1 {
			t.Fatalf("picked: %s %+v", list, r)
		}
		want(t, c.Picture().Status.Title, "(1) Parley")
		c.Open("A")
		c.Read("A", 1)
		if _, r = c.row("A"); chat.DotFor(r, linktest.Agent) != chat.PendingDot || r.Unread != 0 {
			t.Errorf("opened: %+v", r)
		}
		want(t, c.Picture().Status.Title, "Parley")
		if p := c.Send("A", "it comes today"); p != nil {
			t.Fatal(p)
		}
		if _, r = c.row("A"); chat.DotFor(r, linktest.Agent) != chat.NoDot {
			t.Errorf("answered: %+v", r)
		}
		want(t, c.words("A"), []string{"where is my parcel", "it comes today"})
		want(t, c.Picture().Status.Outbox, 0)
		want(t, s.Replies(), "it comes today")
	})
}

func TestPickAndOpen(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		c := start(t, disk, s)
		defer c.stop()
		c.Pick("A", true)
		c.Pick("A", true)
		if _, r := c.row("A"); r.OpenedAt == 0 {
			t.Error("picked and not opened")
		}
		if n := len(s.Commands); n != 2 {
			t.Errorf("%d commands", n)
		}
	})
}

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
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		c := start(t, disk, s)
		for i := range 20 {
			if p := c.Send("A", fmt.Sprint(i)); p != nil {
				t.Fatal(p)
			}
			if i%3 == 0 {
				s.Down(0)
				s.Up()
			}
			if i%7 == 0 {
				c.stop()
				c = start(t, disk, s)
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

func TestAClickDoesNotWaitForTheDisk(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		c := start(t, disk, s)
		defer c.stop()
		c.thread("A")
		gate := make(chan struct{})
		disk.set(gate, nil)
		done := make(chan *chat.Problem, 1)
		go func() { done <- c.Send("A", "words") }()
		synctest.Wait()
		c.SaveDraft("A", "draft")
		c.Read("A", 1)
		s.Wrote("B", "news")
		if list, _ := c.row("B"); list != "queue" {
			t.Error("news waits for the disk")
		}
		want(t, c.thread("A").Draft, "draft")
		if len(c.thread("A").Queued) != 0 || s.Replies() != "" {
			t.Error("a reply is shown or sent before it is on the disk")
		}
		select {
		case <-done:
			t.Fatal("Send returned before the reply was on the disk")
		default:
		}
		disk.set(nil, nil)
		close(gate)
		if p := <-done; p != nil {
			t.Error(p)
		}
		synctest.Wait()
		want(t, s.Replies(), "words")
	})
}

func TestADiskThatFails(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		c := start(t, disk, s)
		disk.set(nil, fmt.Errorf("save: %w", engine.ErrNoRoom))
		p := c.Send("A", "words")
		if p == nil || p.Kind != chat.NoRoom {
			t.Errorf("problem %v", p)
		}
		want(t, c.words("A"), []string{"hello"})
		want(t, c.thread("A").Draft, "words")
		s.Wrote("A", "still there?")
		disk.set(nil, errors.New("torn"))
		if p = c.Send("A", "again"); p == nil || p.Kind != chat.Internal {
			t.Errorf("problem %v", p)
		}
		disk.set(nil, nil)
		time.Sleep(2 * time.Second)
		if p = c.Send("A", "at last"); p != nil {
			t.Error(p)
		}
		synctest.Wait()
		want(t, s.Replies(), "at last")
		c.stop()
		s.Down(0)
		c = start(t, disk, s)
		defer c.stop()
		want(t, c.words("A"), []string{"hello", "still there?", "at last"})
	})
}

func TestWhatIsNotQueued(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("Q", "hello")
		s.Wrote("A", "hello")
		s.Assign("A")
		c := start(t, disk, s)
		defer c.stop()
		for _, x := range []struct {
			chat chat.ID
			text string
			want chat.ProblemKind
		}{
			{"A", " \n\t", chat.EmptyText}, {"A", strings.Repeat("ä", chat.MaxText+1), chat.TooLong},
			{"Q", "words", chat.NotHolder}, {"unknown", "words", chat.NotHolder},
		} {
			if p := c.Send(x.chat, x.text); p == nil || p.Kind != x.want {
				t.Errorf("%.10q to %s: %v", x.text, x.chat, p)
			}
		}
		if p := c.Send("A", strings.Repeat("ä", chat.MaxText)); p != nil {
			t.Error(p)
		}
		if p := c.Send("A", "nul \x00 and \xff"); p != nil {
			t.Error(p)
		}
		synctest.Wait()
		if !strings.HasSuffix(s.Replies(), "|nul \uFFFD and \uFFFD") {
			t.Error("what the wire cannot carry was sent")
		}
	})
}

func TestHeldAndDecided(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		c := start(t, disk, s)
		defer func() { c.stop() }()
		for _, text := range []string{"one", "two", "three"} {
			s.Hold(chat.WindowClosed)
			c.Send("A", text)
			synctest.Wait()
		}
		want(t, c.words("A"), []string{"hello", "held:one", "held:two", "held:three"})
		c.stop()
		c = start(t, disk, s)
		want(t, c.words("A"), []string{"hello", "held:one", "held:two", "held:three"})
		d := c.Picture().Status.Decisions
		if len(d) != 3 || d[0].Problem.Kind != chat.WindowClosed || d[0].Customer != "Customer A" {
			t.Fatalf("%+v", d)
		}
		c.SaveDraft("A", "begun")
		c.Decide(d[0].ID, engine.SendAnew)
		c.Decide(d[1].ID, engine.KeepAsDraft)
		c.Decide(d[2].ID, engine.Discard)
		c.Decide(d[2].ID, "nonsense")
		want(t, c.words("A"), []string{"hello", "one"})
		want(t, c.thread("A").Draft, "begun\ntwo")
		want(t, len(c.Picture().Status.Decisions), 0)
	})
}

func TestAChatThatGoesAwayKeepsItsWords(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		c := start(t, disk, s)
		defer c.stop()
		c.thread("A")
		s.Down(0)
		c.Send("A", "words")
		s.Take("A", "Bob")
		s.Hold(chat.AssignmentChange)
		s.Up()
		want(t, c.words("A"), []string{"held:words"})
		th := c.thread("A")
		if th.Item != nil || th.GoneTo != "Bob" {
			t.Errorf("%+v", th)
		}
		d := c.Picture().Status.Decisions
		c.Decide(d[0].ID, engine.SendAnew)
		synctest.Wait()
		if n := len(c.Picture().Status.Decisions); n != 1 {
			t.Error("a reply that could not be sent anew is gone")
		}
		if n := c.Picture().Status.Notices; len(n) != 1 || n[0].Problem.Kind != chat.NotHolder {
			t.Errorf("%+v", n)
		}
	})
}

func TestRefusedAndDismissed(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		c := start(t, disk, s)
		defer c.stop()
		s.Refuse(chat.AlreadyTaken)
		c.Pick("A", false)
		synctest.Wait()
		n := c.Picture().Status.Notices
		if len(n) != 1 || n[0].Chat != "A" || n[0].Command != chat.CmdPick || n[0].Problem.Kind != chat.AlreadyTaken {
			t.Fatalf("%+v", n)
		}
		c.DismissNotice(n[0].ID)
		synctest.Wait()
		want(t, len(c.Picture().Status.Notices), 0)
		for range 60 {
			s.Refuse(chat.AlreadyTaken)
			c.Pick("A", false)
			synctest.Wait()
		}
		want(t, len(c.Picture().Status.Notices), 50)
	})
}

func TestCancel(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		c := start(t, disk, s)
		defer c.stop()
		c.thread("A")
		s.Down(0)
		synctest.Wait()
		c.Send("A", "no")
		c.Send("A", "yes")
		queued := c.thread("A").Queued
		if !c.Cancel(queued[0].ID) || c.Cancel(queued[0].ID) || c.Cancel("unknown") {
			t.Error("what can be cancelled")
		}
		want(t, c.words("A"), []string{"hello", "queued:yes"})
		s.Up()
		want(t, c.words("A"), []string{"hello", "yes"})
		want(t, s.Replies(), "yes")
		want(t, c.thread("A").Draft, "no")
	})
}

func TestRetryAndSettle(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		c := start(t, disk, s)
		defer c.stop()
		c.Send("A", "words")
		c.thread("A")
		c.Retry("A", "A-2")
		s.State("A", 2, chat.Failed)
		if _, r := c.row("A"); chat.DotFor(r, linktest.Agent) != chat.PendingDot {
			t.Error("a failure does not bring the dot back")
		}
		c.Retry("A", "A-2")
		synctest.Wait()
		want(t, s.Replies(), "words|words")
		s.State("A", 3, chat.Uncertain)
		synctest.Wait()
		c.Settle("A", "A-3", true)
		synctest.Wait()
		if last := s.Applied[len(s.Applied)-1]; last.Kind != "settle" || last.Message != "A-3" || !last.WentOut {
			t.Errorf("%+v", last)
		}
	})
}

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
		want(t, len(c.Picture().Status.Pending), 101)
		s.Down(wire.CloseRevoked)
		synctest.Wait()
		want(t, last(c.desktop.titles), "(99+) Parley – signed out")
		c.Prefer(engine.Preferences{Language: "de"})
		synctest.Wait()
		want(t, last(c.desktop.titles), "(99+) Parley – abgemeldet")
	})
}

func TestAnotherAgent(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		c := start(t, disk, s)
		defer c.stop()
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
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		c := start(t, disk, s)
		defer c.stop()
		s.Give(wire.Down{Frame: &wire.Frame{Stream: wire.Stream{Kind: wire.AgentStream, ID: linktest.Agent}, Epoch: "e1", Seq: 99}})
		synctest.Wait()
		time.Sleep(time.Second)
		s.Wrote("A", "again")
		want(t, c.words("A"), []string{"hello", "again"})
		want(t, c.Picture().Status.Phase, "current")
	})
}

func TestAvailability(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		c := start(t, disk, s)
		defer c.stop()
		want(t, c.Picture().Status.Available, true)
		s.Down(0)
		c.SetAvailable(chat.Unavailable)
		synctest.Wait()
		want(t, c.Picture().Status.Available, false)
	})
}

func TestDraftsAndTheLastChatSurvive(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		s.Wrote("A", "hello")
		s.Assign("A")
		c := start(t, disk, s)
		c.Looking("A", true)
		c.SaveDraft("A", "begun")
		c.stop()
		c = start(t, disk, s)
		defer c.stop()
		want(t, c.thread("A").Draft, "begun")
		want(t, c.Picture().Status.LastChat, chat.ID("A"))
		if !c.Picture().My[0].Draft {
			t.Error("the row does not say that there is a draft")
		}
	})
}

// TestManyConversations: more than are kept in memory, each can still be read.
func TestManyConversations(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		for i := range 80 {
			s.Wrote(fmt.Sprint("CSR", i), "hello")
			s.Assign(fmt.Sprint("CSR", i))
		}
		c := start(t, disk, s)
		defer c.stop()
		for range 2 {
			for i := range 80 {
				want(t, c.words(chat.ID(fmt.Sprint("CSR", i))), []string{"hello"})
			}
		}
		want(t, len(c.Picture().Threads), 64)
	})
}

func TestOlderPages(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		for i := range 150 {
			s.Wrote("A", fmt.Sprint(i))
		}
		s.Assign("A")
		c := start(t, disk, s)
		th := c.thread("A")
		if len(th.Messages) != 30 || !th.More || len(th.Earlier) != 1 || len(th.Identities) != 1 {
			t.Fatalf("%d messages, %+v", len(th.Messages), th)
		}
		c.Older("A")
		want(t, len(c.thread("A").Messages), 130)
		c.Older("A")
		if th = c.thread("A"); len(th.Messages) != 150 || th.More {
			t.Errorf("%d messages", len(th.Messages))
		}
		c.stop()
		s.Down(0)
		c = start(t, disk, s)
		defer c.stop()
		want(t, len(c.thread("A").Messages), 150)
	})
}

// TestTheDiskFallsBehind: the socket is not read on, a click still does its work, and nothing is lost.
func TestTheDiskFallsBehind(t *testing.T) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		c := start(t, disk, s)
		gate := make(chan struct{})
		disk.set(gate, nil)
		for i := range 9000 {
			s.Wrote(fmt.Sprint("CSR", i%50), "hello")
		}
		synctest.Wait()
		if n := c.Picture().Status; n.Phase != "current" {
			t.Errorf("%s", n.Phase)
		}
		c.SaveDraft("CSR1", "a click")
		want(t, c.thread("CSR1").Draft, "a click")
		_, behind := c.row("CSR49")
		if behind.LastNumber == 180 {
			t.Error("everything was read while the disk stood still")
		}
		disk.set(nil, nil)
		close(gate)
		if _, r := c.row("CSR49"); r.LastNumber != 180 {
			t.Errorf("%d messages", r.LastNumber)
		}
		c.stop()
	})
}
