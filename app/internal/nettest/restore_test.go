package nettest

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/worldtest"
)

// TestRestore: a server is lost and brought back from a backup, while a client knows more than the backup. The client
// begins anew and goes on; what it had queued before is held; what may have gone out is uncertain and is not sent again:
// the vendor's word settles it, or the agent is asked.
func TestRestore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRestored(t)
		r.work()
		r.meetAgain()
		r.settle()
		r.goOn()
		r.c.stop()
		r.world.Stop()
		r.net.wait()
	})
}

// restored is a company whose server is lost, and an agent of it with three chats.
type restored struct {
	*testing.T
	world *worldtest.World
	net   *network
	c     *client
	chats []chat.ID
}

// statusAfter is how long the vendor takes to tell what became of a reply: longer than the loss.
const statusAfter = 10 * time.Minute

func newRestored(t *testing.T) *restored {
	config := worldtest.Config{Kind: worldtest.SQLite}
	config.Statuses.Names, config.Statuses.Delay = []string{"delivered"}, statusAfter
	r := &restored{T: t, world: worldtest.New(t, config)}
	r.net = newNetwork(r.world.DialContext)
	agent := r.world.Hire("Ann", 0)
	r.c = newClient(t, agent, r.net.dial, true)
	r.world.Hear(context.Background(), 0, 3, "Where is my parcel?")
	for _, c := range r.world.Desk(agent.ID).Queue {
		r.chats = append(r.chats, c.ID)
		if !r.world.Assign(c.ID, agent.ID) {
			t.Fatalf("%s could not be assigned", c.ID)
		}
	}
	r.c.start()
	r.rest("the first picture")
	return r
}

// rest lets everything come to rest, with the client current.
func (r *restored) rest(what string) {
	r.Helper()
	time.Sleep(5 * time.Second)
	synctest.Wait()
	if p := r.c.Picture(); !settled(p) {
		r.Fatalf("%s: phase %s, %d commands in the outbox", what, p.Status.Phase, p.Status.Outbox)
	}
}

func (r *restored) send(n int, text string) {
	r.Helper()
	if p := r.c.Send(r.chats[n], text); p != nil {
		r.Fatalf("%q was not queued: %+v", text, p)
	}
}

// work answers before and after the backup; two replies are pending in it and then go out. Then the server is lost,
// and what the agent writes meanwhile is queued.
func (r *restored) work() {
	r.send(0, "before")
	r.rest("before the backup")
	r.world.PutOff(2)
	r.send(1, "one of two")
	r.send(2, "two of two")
	synctest.Wait()
	path := r.world.Backup()
	r.letters(map[string]int{"before": 1})
	r.world.Forget()
	r.rest("after the backup")
	for range 3 {
		r.send(0, "lost")
	}
	r.rest("what will be lost")
	r.letters(map[string]int{"before": 1, "one of two": 1, "two of two": 1, "lost": 3})
	r.net.set(down)
	synctest.Wait()
	r.send(0, "queued")
	synctest.Wait()
	r.world.Stop()
	if n := r.world.Restore(path); n != 2 {
		r.Errorf("%d replies are uncertain, not 2", n)
	}
}

// meetAgain has the client meet the restored server.
func (r *restored) meetAgain() {
	r.world.Start()
	r.net.set(up)
	r.c.link.Probe()
	r.rest("the restored server")
	decisions := r.c.Picture().Status.Decisions
	if len(decisions) != 1 || decisions[0].Text != "queued" || decisions[0].Problem.Kind != chat.Restored {
		r.Errorf("held is %+v, not what was queued", decisions)
	}
	for n, want := range []chat.State{chat.Sent, chat.Uncertain, chat.Uncertain} {
		if m := r.reply(n); m.State != want || m.Asks {
			r.Errorf("%q is %s, asks %v; want %s", m.Text, m.State, m.Asks, want)
		}
	}
	r.same()
}

// settle has the vendor tell of the first of two replies; of the second it never does.
func (r *restored) settle() {
	time.Sleep(2 * time.Minute)
	synctest.Wait()
	for n := 1; n <= 2; n++ {
		if m := r.reply(n); m.State != chat.Uncertain || !m.Asks {
			r.Errorf("after two minutes %q is %s, asks %v", m.Text, m.State, m.Asks)
		}
	}
	time.Sleep(statusAfter)
	r.rest("the vendor's word")
	first := slices.IndexFunc(r.world.Letters(), func(l worldtest.Letter) bool { return l.Text != "before" })
	told := r.world.Letters()[first].Message
	for n := 1; n <= 2; n++ {
		want := chat.Uncertain
		if m := r.reply(n); m.ID == told {
			want = chat.Delivered
		}
		if m := r.reply(n); m.State != want || m.Asks != (want == chat.Uncertain) {
			r.Errorf("after the vendor's word %q is %s, asks %v; want %s", m.Text, m.State, m.Asks, want)
		}
	}
}

// goOn: numbers of commands that the server has lost are in nobody's way, and nothing went out twice.
func (r *restored) goOn() {
	r.send(0, "again")
	r.rest("the next reply")
	r.letters(map[string]int{"before": 1, "one of two": 1, "two of two": 1, "lost": 3, "again": 1})
	r.same()
}

// letters compares what the vendor has accepted.
func (r *restored) letters(want map[string]int) {
	r.Helper()
	got := map[string]int{}
	for _, l := range r.world.Letters() {
		got[l.Text]++
	}
	if diff := cmp.Diff(want, got); diff != "" {
		r.Errorf("the vendor has (-want +got): %s", diff)
	}
}

// reply is the last reply of a chat as the client shows it.
func (r *restored) reply(n int) chat.Message {
	r.Helper()
	r.c.Watch(r.chats[n])
	synctest.Wait()
	th := r.c.Picture().Threads[r.chats[n]]
	for _, m := range slices.Backward(th.Messages) {
		if m.Kind == chat.Reply {
			return m
		}
	}
	r.Fatalf("%s has no reply", r.chats[n])
	return chat.Message{}
}

// same: the client shows what the server has, whole, and found nothing amiss on the way.
func (r *restored) same() {
	r.Helper()
	d := r.world.Desk(r.c.agent.ID)
	r.c.readAll(d, func() { r.rest("the conversations") })
	equalViews(r, r.c, d)
}
