package feed_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/auth"
	"parley/backend/internal/desk"
	"parley/backend/internal/feed"
	"parley/backend/internal/ids"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/wire"
)

// world is the rules on a store in memory: no goroutine, no socket, and a clock that stands until it is moved.
type world struct {
	*testing.T
	store store.Store
	ids   desk.IDs
	now   chat.Millis
	team  chat.TeamID
	mira  auth.Grant
	jonas auth.Grant
	hears []*console // each is told of every commit
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, store: memory.New("e1"), ids: ids.Seeded(1), now: 1_767_225_600_000}
	t.Cleanup(func() { w.store.Close() })
	w.team = chat.TeamID(w.must(desk.CreateTeam{Name: "Support", Prefix: "SUP"}).Created)
	w.must(desk.PutCredentials{Credential: desk.Credential{Name: "wa", Channel: chat.WhatsApp, BaseURL: "https://graph.example",
		AppSecret: "s", VerifyToken: "v", AccessToken: "t"}})
	w.must(desk.CreateAsset{Asset: desk.Asset{Channel: chat.WhatsApp, Name: "Line", Address: "+49 30 1", VendorID: "pn1",
		Credential: "wa", Team: w.team}})
	w.mira, w.jonas = w.agent("Mira"), w.agent("Jonas")
	return w
}

func (w *world) agent(name string) auth.Grant {
	id := chat.AgentID(w.must(desk.CreateAgent{Name: name, Teams: []chat.TeamID{w.team}}).Created)
	hash := auth.Hash(name)
	w.must(desk.CreateToken{Agent: id, Hash: hash, Label: name})
	return auth.Grant{Agent: id, Hash: hash}
}

// submit decides and commits c and tells its frames to who hears.
func (w *world) submit(c desk.Command) (a desk.Answer) {
	w.Helper()
	var frames []store.Frame
	err := w.store.Commit(context.Background(), func(tx store.Tx) error {
		o := desk.Decide(tx, w.now, w.ids, c)
		a, frames = o.Answer, tx.Apply(o, w.now)
		return tx.Err()
	})
	if err != nil {
		w.Fatal(err)
	}
	for _, c := range w.hears {
		c.feed.Live(c.watched(frames), false)
	}
	return a
}

// must submits what cannot be refused.
func (w *world) must(c desk.Command) desk.Answer {
	w.Helper()
	a := w.submit(c)
	if a.Problem != nil {
		w.Fatalf("%T: %v", c, a.Problem)
	}
	return a
}

func (w *world) read(do func(store.Reader)) *feed.Ending {
	w.Helper()
	if err := w.store.Read(context.Background(), func(r store.Reader) error { do(r); return r.Err() }); err != nil {
		w.Fatal(err)
	}
	return nil
}

// writes has a customer write.
func (w *world) writes(customer, n int, text string) {
	w.Helper()
	w.must(desk.Inbound{Channel: chat.WhatsApp, AssetVendor: "pn1", VendorID: fmt.Sprintf("wamid.%d.%d", customer, n),
		Addresses: []chat.Address{{Kind: chat.Phone, Value: fmt.Sprintf("+4915100%06d", customer)}}, Text: text})
}

// holds gives an agent a chat of a new customer.
func (w *world) holds(who auth.Grant, customer int) (id chat.ID) {
	w.Helper()
	w.writes(customer, 1, "hello")
	w.read(func(r store.Reader) { id = r.ChatsQueuedIn(w.team)[0].ID })
	w.must(desk.AssignChat{Chat: id, Agent: who.Agent})
	return id
}

// console is the other end of a feed: it notes what it is sent, in order.
type console struct {
	*world
	feed *feed.Feed
	sent []wire.Down
	at   map[wire.Stream]int64
	end  *feed.Ending
}

func (w *world) console(who auth.Grant, limits feed.Limits) *console {
	return &console{world: w, feed: feed.New(who, limits, nil)}
}

// join says hello, reads the welcome and hears from then on.
func (c *console) join(h wire.Hello) *console {
	c.Helper()
	h.MinVersion, h.MaxVersion, h.Device = 1, 1, "device-1"
	_, c.end = c.feed.Hello(c.read, &h)
	if c.end == nil {
		c.end = c.feed.Welcome(c.read, c.now)
	}
	c.hears = append(c.hears, c)
	return c
}

// watched leaves what the console's hub would pass on: the agent's, the queue's and the tenant's.
func (c *console) watched(frames []store.Frame) []store.Frame { return frames }

// next takes one frame, if there is one.
func (c *console) next() bool {
	c.Helper()
	if c.end != nil {
		return false
	}
	it, e := c.feed.Next(c.read, c.now)
	if c.end = e; it.Bytes == nil {
		return false
	}
	d, err := wire.DecodeDown(it.Bytes)
	if err != nil {
		c.Fatal(err)
	}
	c.sent = append(c.sent, d)
	c.inOrder(d)
	return true
}

// inOrder fails where a stream has a gap or goes back.
func (c *console) inOrder(d wire.Down) {
	c.Helper()
	if c.at == nil {
		c.at = map[wire.Stream]int64{}
	}
	switch {
	case d.Welcome != nil:
		for _, s := range d.Welcome.Streams {
			if s.Resumed {
				c.at[s.Stream] = -1 // wherever the hello said
			}
		}
	case d.Snapshot != nil && d.Snapshot.Last:
		c.at[d.Snapshot.Stream] = d.Snapshot.At.Seq
	case d.Frame != nil:
		at, known := c.at[d.Frame.Stream]
		if !known || at >= 0 && d.Frame.Seq != at+1 {
			c.Errorf("%v: frame %d after %d", d.Frame.Stream, d.Frame.Seq, at)
		}
		c.at[d.Frame.Stream] = d.Frame.Seq
	}
}

// all takes what there is and returns it in short words, since the last call.
func (c *console) all() string {
	c.Helper()
	from := len(c.sent)
	for c.next() {
	}
	var words []string
	for _, d := range c.sent[from:] {
		words = append(words, c.word(d))
	}
	return strings.Join(words, ", ")
}

func (c *console) word(d wire.Down) string {
	switch {
	case d.Welcome != nil:
		return "welcome"
	case d.Snapshot != nil:
		return fmt.Sprintf("%s part %d", d.Snapshot.Stream.Kind, d.Snapshot.Part)
	case d.Frame != nil:
		return fmt.Sprintf("%s %d", d.Frame.Stream.Kind, d.Frame.Seq)
	case d.Page != nil:
		return fmt.Sprintf("page to %d", d.Page.Before)
	case d.History != nil:
		return "history"
	case d.Targets != nil:
		return fmt.Sprintf("%d targets", len(d.Targets.Agents))
	case d.Result != nil:
		return fmt.Sprintf("result %d %s", d.Result.Number, d.Result.Outcome)
	case d.Refetch != nil:
		return fmt.Sprintf("refetch %d", d.Refetch.From)
	case d.Beat != nil:
		return "beat"
	}
	return "something else"
}

// command submits a command as session does.
func (c *console) command(n int64, cmd chat.Command) {
	c.Helper()
	up := wire.FromCommand(cmd)
	up.Number, up.ID, up.Epoch = n, fmt.Sprintf("id-%d", n), "e1"
	c.end = c.feed.Submitted(c.read, n, c.submit(c.feed.Command(&up)), nil)
}
