package server

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/internal/vendors"
	"parley/backend/server/admin"
	"parley/backend/wire"
)

// neighbour is a console that keeps to the protocol, beside one that does not: it reads all there is, says that it
// is alive, and notes what would disturb its agent.
type neighbour struct {
	*rig
	conn *websocket.Conn
	done sync.WaitGroup
	quit chan struct{}

	mu     sync.Mutex
	at     map[wire.Stream]wire.Position
	texts  map[string]bool // the newest of each chat
	change chan struct{}   // closed when something came
	wrong  error
}

// newAgent makes an agent with a token of its own.
func (r *rig) newAgent(name string) (token string) {
	r.Helper()
	id := r.admin(&admin.Request{Verb: "agent create", Name: name, Teams: []string{r.team}})["id"].(string)
	return r.admin(&admin.Request{Verb: "token create", Agent: id})["token"].(string)
}

func (r *rig) dial(token string, more http.Header) (*websocket.Conn, *http.Response, error) {
	header := http.Header{"Authorization": {"Bearer " + token}}
	for k, v := range more {
		header[k] = v
	}
	d := websocket.Dialer{EnableCompression: true}
	return d.DialContext(r.ctx, "ws"+strings.TrimPrefix(r.url, "http")+"/sync", header)
}

// neighbour connects one.
func (r *rig) neighbour(token string) *neighbour {
	r.Helper()
	conn, _, err := r.dial(token, nil)
	if err != nil {
		r.Fatal(err)
	}
	n := &neighbour{rig: r, conn: conn, quit: make(chan struct{}), change: make(chan struct{}),
		at: map[wire.Stream]wire.Position{}, texts: map[string]bool{}}
	hello, err := wire.EncodeUp(&wire.Up{Hello: &wire.Hello{MinVersion: 1, MaxVersion: 1, Device: "neighbour"}})
	if err != nil {
		r.Fatal(err)
	}
	if err := conn.WriteMessage(websocket.TextMessage, hello); err != nil {
		r.Fatal(err)
	}
	n.done.Go(n.reads)
	n.done.Go(n.beats)
	r.Cleanup(n.leave)
	return n
}

func (n *neighbour) leave() {
	close(n.quit)
	n.conn.Close()
	n.done.Wait()
}

func (n *neighbour) beats() {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			_ = n.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(patience))
		case <-n.quit:
			return
		}
	}
}

func (n *neighbour) reads() {
	for {
		_, text, err := n.conn.ReadMessage()
		if err == nil {
			var d wire.Down
			if d, err = wire.DecodeDown(text); err == nil {
				err = n.take(d)
			}
		}
		if err != nil {
			n.note(err)
			return
		}
	}
}

// note keeps the first thing that went wrong, unless the neighbour is leaving.
func (n *neighbour) note(err error) {
	select {
	case <-n.quit:
		return
	default:
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.wrong = errors.Join(n.wrong, err)
	n.stir()
}

func (n *neighbour) stir() {
	close(n.change)
	n.change = make(chan struct{})
}

func (n *neighbour) take(d wire.Down) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	defer n.stir()
	var changes []wire.Change
	switch {
	case d.Frame != nil:
		at, next := n.at[d.Frame.Stream], wire.Position{Epoch: d.Frame.Epoch, Seq: d.Frame.Seq}
		if at.Epoch != next.Epoch || at.Seq+1 != next.Seq {
			return fmt.Errorf("%v at %+v after %+v", d.Frame.Stream, next, at)
		}
		n.at[d.Frame.Stream], changes = next, d.Frame.Changes
	case d.Snapshot != nil:
		n.at[d.Snapshot.Stream], changes = d.Snapshot.At, d.Snapshot.Changes
	case d.Goodbye != nil:
		return fmt.Errorf("goodbye %+v", *d.Goodbye)
	}
	for _, c := range changes {
		if c.Chat != nil {
			n.texts[c.Chat.LastText] = true
		}
	}
	return nil
}

// undisturbed has a customer write and waits until the neighbour has it. Nothing may have gone wrong before.
func (n *neighbour) undisturbed(customer int) error {
	text := fmt.Sprintf("question %d", customer)
	from := vendors.Person{Name: "Customer", Phone: fmt.Sprintf("1666%07d", customer)}
	if status, err := n.vendor.Post(n.ctx, n.vendor.Body(n.text(from, text))); err != nil || status != http.StatusOK {
		return fmt.Errorf("a webhook was answered %d, %w", status, err)
	}
	for {
		n.mu.Lock()
		wrong, there, change := n.wrong, n.texts[text], n.change
		n.mu.Unlock()
		if wrong != nil || there {
			return wrong
		}
		select {
		case <-change:
		case <-n.ctx.Done():
			return fmt.Errorf("%q never came", text)
		}
	}
}
