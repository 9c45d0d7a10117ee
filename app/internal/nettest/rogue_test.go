package nettest

import (
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gorilla/websocket"

	"parley/backend/chat"
	"parley/backend/memnet"
	"parley/backend/wire"
)

// The one agent that the rogue has, her chat, and the streams that it welcomes her to.
const (
	rogueAgent = "ag1"
	rogueChat  = chat.ID("SUPAAAAAAAAAAAA1")
	epoch      = "e1"
)

var (
	mine   = wire.Stream{Kind: wire.AgentStream, ID: rogueAgent}
	tenant = wire.Stream{Kind: wire.TenantStream}
)

// rogue is a server in a bubble that keeps to the protocol but where a test has it do otherwise. It sends each
// stream whole with every connection.
type rogue struct {
	t    testing.TB
	door *memnet.Listener
	http *http.Server
	done sync.WaitGroup

	mu      sync.Mutex
	dials   int
	deaf    bool                                     // commands are not taken
	upgrade func(http.ResponseWriter, *http.Request) // in place of the next upgrade
	greet   func(*visit, *wire.Hello)                // in place of the next welcome and what follows it
	visits  []*visit                                 // those that were upgraded
	seq     int64                                    // of the agent's stream
	at      map[string]int64                         // the last command of each device
	results map[string]*wire.Result                  // by device and number
	said    []wire.Message                           // in the chat
	texts   map[string]int                           // replies that were taken
}

// visit is one connection.
type visit struct {
	r       *rogue
	ws      *websocket.Conn
	device  string
	running sync.WaitGroup
	pen     chan struct{} // has room for whoever writes
	gone    chan struct{} // closed: it says nothing any more by itself
	quiet   sync.Once
	ended   chan struct{}
	first   string // the id of the first command
	code    int    // of the console's close frame, once ended; 0: it sent none
}

func newRogue(t testing.TB) *rogue {
	r := &rogue{t: t, door: memnet.Listen(), deaf: true, seq: 3, at: map[string]int64{}, results: map[string]*wire.Result{},
		texts: map[string]int{}}
	r.said = []wire.Message{{ID: "ms1", Chat: string(rogueChat), Number: 1, Kind: string(chat.Inbound), Inbounds: 1, Text: "Hello?", At: r.now()}}
	r.http = &http.Server{Handler: http.HandlerFunc(r.serve)}
	r.done.Go(func() { _ = r.http.Serve(r.door) })
	return r
}

// stop ends the server and waits for all of it.
func (r *rogue) stop() {
	_ = r.http.Close()
	r.done.Wait()
	r.mu.Lock()
	visits := r.visits
	r.mu.Unlock()
	for _, v := range visits {
		_ = v.ws.Close()
		<-v.ended
	}
}

func (r *rogue) now() int64 { return time.Now().UnixMilli() }

func (r *rogue) serve(w http.ResponseWriter, rq *http.Request) {
	r.mu.Lock()
	r.dials++
	instead := r.upgrade
	r.upgrade = nil
	r.mu.Unlock()
	if instead != nil {
		instead(w, rq)
		return
	}
	ws, err := (&websocket.Upgrader{EnableCompression: true}).Upgrade(w, rq, nil)
	if err != nil {
		return
	}
	v := &visit{r: r, ws: ws, pen: make(chan struct{}, 1), gone: make(chan struct{}), ended: make(chan struct{})}
	r.mu.Lock()
	r.visits = append(r.visits, v)
	r.mu.Unlock()
	v.talk()
}

// talk serves a connection to its end.
func (v *visit) talk() {
	defer close(v.ended)
	defer v.running.Wait()
	defer v.mute()
	defer v.ws.Close()
	for {
		_, data, err := v.ws.ReadMessage()
		if closed, ok := errors.AsType[*websocket.CloseError](err); ok && closed.Code != websocket.CloseAbnormalClosure {
			v.code = closed.Code
		}
		if err != nil {
			return
		}
		up, err := wire.DecodeUp(data)
		if err != nil {
			v.r.t.Errorf("the console sent what is not the protocol's: %v", err)
			return
		}
		switch {
		case up.Hello != nil:
			v.hello(up.Hello)
		case up.Command != nil:
			v.r.command(v, up.Command)
		}
	}
}

func (v *visit) hello(h *wire.Hello) {
	v.device = h.Device
	v.r.mu.Lock()
	instead := v.r.greet
	v.r.greet = nil
	v.r.mu.Unlock()
	if instead != nil {
		instead(v, h)
		return
	}
	v.greet(h, func(*wire.Welcome) {})
}

// greet welcomes and sends the streams; change has its way with the welcome.
func (v *visit) greet(h *wire.Hello, change func(*wire.Welcome)) {
	w := v.r.welcome(h.Device)
	change(w)
	v.say(wire.Down{Welcome: w})
	v.say(wire.Down{Snapshot: v.r.snapshot()})
	v.say(wire.Down{Snapshot: &wire.Snapshot{Stream: tenant, At: wire.Position{Epoch: epoch, Seq: 1}, Last: true,
		Changes: []wire.Change{{Agent: &wire.Agent{ID: rogueAgent, Name: "Ada", Availability: "available"}}}}})
	v.running.Go(v.beats)
}

// beats says that the server is alive for as long as the connection lasts.
func (v *visit) beats() {
	tick := time.NewTicker(wire.BeatMillis * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-v.gone:
			return
		case <-tick.C:
			v.say(wire.Down{Beat: v.r.beat()})
		}
	}
}

func (r *rogue) welcome(device string) *wire.Welcome {
	r.mu.Lock()
	defer r.mu.Unlock()
	return &wire.Welcome{Version: 1, Now: r.now(), Agent: wire.Agent{ID: rogueAgent, Name: "Ada", Availability: "available"},
		LastCommand: r.at[device], BeatMillis: wire.BeatMillis, Streams: []wire.WelcomedStream{
			{Stream: mine, Head: wire.Position{Epoch: epoch, Seq: r.seq}}, {Stream: tenant, Head: wire.Position{Epoch: epoch, Seq: 1}}}}
}

// snapshot is the agent's stream.
func (r *rogue) snapshot() *wire.Snapshot {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &wire.Snapshot{Stream: mine, At: wire.Position{Epoch: epoch, Seq: r.seq}, Last: true, Counts: r.countsLocked(),
		Changes: []wire.Change{{Customer: &wire.Customer{Key: "cu1", ID: "C-1", Name: "Carol"}}, {Chat: r.chatLocked()}}}
	for i := range r.said {
		s.Changes = append(s.Changes, wire.Change{Message: &r.said[i]})
	}
	for _, res := range r.results {
		s.Changes = append(s.Changes, wire.Change{Result: res})
	}
	return s
}

// beat says the time, and where the agent's stream stands with which digest.
func (r *rogue) beat() *wire.Beat {
	r.mu.Lock()
	defer r.mu.Unlock()
	digest := wire.Digest(func(yield func(*wire.Chat) bool) { yield(r.chatLocked()) })
	return &wire.Beat{Now: r.now(), Heads: []wire.Head{{Stream: mine, Position: wire.Position{Epoch: epoch, Seq: r.seq}, Digest: digest}}}
}

func (r *rogue) chatLocked() *wire.Chat {
	last := r.said[len(r.said)-1]
	c := &wire.Chat{ID: string(rogueChat), Status: "picked", Team: "tm1", Asset: "as1", Identity: "id1", Customer: "cu1", Channel: "whatsapp",
		Assignee: rogueAgent, Assignment: 1, AssignedAt: 1, CreatedAt: 1, OpenedAt: 1, LastNumber: last.Number, InboundCount: 1, ReadTo: 0,
		Unread: 1, LastInboundAt: r.said[0].At, LastText: last.Text, LastKind: last.Kind}
	if len(r.said) == 1 {
		c.WaitingSince = r.said[0].At
	}
	return c
}

func (r *rogue) countsLocked() *wire.Counts {
	c := r.chatLocked().Chat()
	return wire.FromCounts(chat.Count(func(yield func(*chat.Chat) bool) { yield(&c) }, rogueAgent))
}

// command takes a command, unless the rogue is deaf.
func (r *rogue) command(v *visit, c *wire.Command) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := fmt.Sprint(v.device, " ", c.Number)
	if c.Number == 1 {
		v.first = c.ID
	}
	switch {
	case r.deaf, v.silent():
	case r.results[key] != nil:
		v.say(wire.Down{Result: r.results[key]})
	case c.Number != r.at[v.device]+1:
		v.say(wire.Down{Refetch: &wire.Refetch{From: r.at[v.device] + 1}})
	default:
		r.at[v.device] = c.Number
		r.results[key] = &wire.Result{Device: v.device, Number: c.Number, ID: c.ID, Outcome: wire.Done}
		v.say(wire.Down{Frame: r.effectLocked(c, r.results[key])})
	}
}

// effectLocked is the frame of a command that is new. Only replies have an effect.
func (r *rogue) effectLocked(c *wire.Command, res *wire.Result) *wire.Frame {
	r.seq++
	f := &wire.Frame{Stream: mine, Epoch: epoch, Seq: r.seq, At: r.now()}
	if c.Kind == string(chat.CmdReply) {
		r.texts[c.Text]++
		m := wire.Message{ID: "ms-" + c.ID, Chat: string(rogueChat), Number: int64(len(r.said) + 1), Kind: string(chat.Reply), Inbounds: 1,
			Author: rogueAgent, AuthorName: "Ada", Text: c.Text, State: "sent", Command: c.ID, At: r.now()}
		r.said = append(r.said, m)
		f.Changes = append(f.Changes, wire.Change{Chat: r.chatLocked()}, wire.Change{Message: &m})
	}
	f.Changes, f.Counts = append(f.Changes, wire.Change{Result: res}), r.countsLocked()
	return f
}

// mute has the server say nothing more on the connection.
func (v *visit) mute() { v.quiet.Do(func() { close(v.gone) }) }

func (v *visit) silent() bool {
	select {
	case <-v.gone:
		return true
	default:
		return false
	}
}

// half begins a message that never ends.
func (v *visit) half(s string) {
	w, err := v.ws.NextWriter(websocket.TextMessage)
	if err == nil {
		_, err = w.Write([]byte(s))
	}
	if err != nil {
		v.r.t.Error(err)
	}
}

// say sends a frame, also one that the protocol does not allow.
func (v *visit) say(d wire.Down) {
	data, err := json.Marshal(&d)
	if err != nil {
		v.r.t.Errorf("the rogue cannot encode: %v", err)
	}
	v.raw(websocket.TextMessage, data)
}

// text sends whatever a test likes.
func (v *visit) text(s string) { v.raw(websocket.TextMessage, []byte(s)) }

// raw sends a message; that the console has hung up is no fault.
func (v *visit) raw(kind int, data []byte) {
	v.pen <- struct{}{}
	defer func() { <-v.pen }()
	_ = v.ws.WriteMessage(kind, data)
}
