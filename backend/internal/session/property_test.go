package session

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/memnet"
	"parley/backend/wire"
)

// TestConsolesSeeWhatIsTrue: while customers write at once, agents on quick, slow and often interrupted links
// pick, open, read and answer. No console sees a gap; every command ends, once; at the end each console's view is
// the server's state.
func TestConsolesSeeWhatIsTrue(t *testing.T) {
	for seed := range uint64(4) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { run(t, rand.New(rand.NewPCG(seed, 1))) })
		})
	}
}

func run(t *testing.T, r *rand.Rand) {
	w := newWorld(t, Limits{Watched: 3, LogBatch: 4, SnapshotBytes: 900, Requests: 2, Unacked: 5, Digest: time.Millisecond}, memnet.Listen())
	people := []*person{
		{who: w.mira, device: "quick", eager: 10},
		{who: w.mira, device: "slow", eager: 1},
		{who: w.jonas, device: "interrupted", eager: 6, interrupted: 0.1},
	}
	for _, p := range people {
		p.world, p.rand, p.model = w, r, newModel()
		p.begin()
	}
	var customers sync.WaitGroup
	for c := range 5 {
		seed := r.Uint64()
		customers.Go(func() { w.customer(t, c, seed) })
	}
	for range 1200 {
		for _, p := range people {
			if r.IntN(10) < p.eager {
				p.step()
			}
		}
	}
	customers.Wait()
	digests := 0
	for _, p := range people {
		p.finish()
		digests += p.digests
	}
	if digests == 0 {
		t.Error("no digest was compared")
	}
}

// customer writes as some customers who take turns.
func (w *world) customer(t *testing.T, who int, seed uint64) {
	r := rand.New(rand.NewPCG(seed, 2))
	for n := range 120 {
		time.Sleep(time.Duration(r.IntN(4000)) * time.Millisecond * time.Duration(r.IntN(2)))
		from := 100*who + r.IntN(4)
		_, err := w.desk.Submit(context.Background(), desk.Inbound{
			Channel: chat.WhatsApp, AssetVendor: "pn1", VendorID: fmt.Sprintf("wamid.%d.%d", who, n), Text: fmt.Sprint("line ", n),
			Addresses: []chat.Address{{Kind: chat.Phone, Value: fmt.Sprintf("+4915100%06d", from)}},
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// person is an agent at one console.
type person struct {
	*console
	*model
	world       *world
	rand        *rand.Rand
	who         agent
	device      string
	eager       int // steps of ten
	interrupted float64
	commands    []wire.Command // all that were given; number n is at n-1
}

// begin connects, resumes and sends again what has no result.
func (p *person) begin() {
	p.console = p.world.connect(p.who)
	p.console.model, p.console.rough = p.model, true
	p.welcome, p.parts = nil, map[wire.Stream]int{}
	p.hello(wire.Hello{Device: p.device, At: p.positions(), Unconfirmed: p.unconfirmed()})
	for n := p.unconfirmed(); n > 0 && n <= int64(len(p.commands)); n++ {
		p.send(wire.Up{Command: &p.commands[n-1]})
	}
}

// unconfirmed is the number of the first command without a result, 0 if there is none.
func (p *person) unconfirmed() int64 {
	for i := range p.commands {
		if _, ended := p.results[int64(i+1)]; !ended {
			return int64(i + 1)
		}
	}
	return 0
}

// step reads one frame and then does something.
func (p *person) step() {
	p.conn.SetReadDeadline(time.Now().Add(time.Minute))
	if !p.next() || p.rand.Float64() < p.interrupted {
		p.conn.Close()
		p.begin()
		return
	}
	p.send(wire.Up{Beat: &wire.Beat{}})
	switch p.rand.IntN(8) {
	case 0:
		p.act(p.any(desk.QueueStream(p.world.team)), chat.CmdPick)
	case 1:
		p.act(p.any(p.who.stream()), chat.CmdOpen)
	case 2:
		p.act(p.any(p.who.stream()), chat.CmdRead)
	case 3:
		p.act(p.any(p.who.stream()), chat.CmdReply)
	case 4:
		if c := p.any(p.who.stream()); c != nil {
			p.send(wire.Up{More: &wire.More{Chat: c.ID, Before: c.LastNumber, Count: 5}})
		}
	}
}

// any returns a chat that the console shows in a stream, nil if there is none.
func (p *person) any(s wire.Stream) *wire.Chat {
	var chats []*wire.Chat
	for _, k := range slices.Sorted(maps.Keys(p.rows[s])) {
		if c := p.rows[s][k].Chat; c != nil {
			chats = append(chats, c)
		}
	}
	if len(chats) == 0 {
		return nil
	}
	return chats[p.rand.IntN(len(chats))]
}

func (p *person) act(c *wire.Chat, kind chat.CommandKind) {
	if c == nil || len(p.commands)-len(p.results) >= wire.MaxUnacked {
		return
	}
	cmd := wire.FromCommand(chat.Command{Kind: kind, Chat: chat.ID(c.ID), Assignment: c.Assignment, Base: c.LastNumber,
		UpTo: c.LastNumber, Text: "an answer"})
	cmd.Number = int64(len(p.commands) + 1)
	cmd.ID, cmd.Epoch = fmt.Sprintf("%s-%d", p.device, cmd.Number), "e1"
	p.commands = append(p.commands, cmd)
	p.send(wire.Up{Command: &cmd})
}

// finish waits until all is quiet and compares.
func (p *person) finish() {
	p.t.Helper()
	for p.unconfirmed() != 0 || !p.there() {
		p.conn.SetReadDeadline(time.Now().Add(time.Minute))
		if !p.next() {
			p.begin()
		}
	}
	p.world.read(func(r store.Reader) {
		if diff := p.differs(r); diff != "" {
			p.t.Errorf("%s: %s", p.device, diff)
		}
		for _, cmd := range p.commands {
			if res, ok := r.Result(chat.DeviceID(p.device), cmd.Number); !ok || string(res.ID) != p.results[cmd.Number].ID {
				p.t.Errorf("%s: command %d is stored as %+v, the console has %+v", p.device, cmd.Number, res, p.results[cmd.Number])
			}
		}
	})
	p.t.Logf("%s: %d frames, %d resets, %d pages, %d commands, %d results sent again, %d digests", p.device, p.frames, p.resets, len(p.pages), len(p.commands), len(p.again), p.digests)
}

// there reports whether the console stands at the heads.
func (p *person) there() bool {
	for s, at := range p.at {
		if p.parts[s] != 0 || at != p.world.head(s) {
			return false
		}
	}
	return len(p.at) > 0
}
