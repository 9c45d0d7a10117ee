//go:build e2e && linux

package crashtest

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"parley/backend/chat"
	"parley/backend/wire"
)

// lateAgent speaks the protocol, as much of it as replying over many connections needs: what has no answer is sent again.
type lateAgent struct {
	r      *rush
	id     chat.AgentID
	name   string
	token  string
	device string
	plan   []planned
	sent   []wire.Command // in the order of their numbers, from 1
	told   map[int64]wire.Outcome
	dials  int
}

// planned is a reply to a chat, and when it is written.
type planned struct {
	chat chat.ID
	text string
	at   time.Time
}

func newLateAgent(r *rush, name, token string) *lateAgent {
	return &lateAgent{r: r, name: name, token: token, device: uuid.NewString(), told: map[int64]wire.Outcome{}}
}

// work connects again and again until every reply is written and answered.
func (a *lateAgent) work(ctx context.Context) {
	slices.SortFunc(a.plan, func(x, y planned) int { return x.at.Compare(y.at) })
	for len(a.told) < len(a.plan) {
		var ws *websocket.Conn
		dialled := until(ctx, func() (ok bool) {
			c, _, err := websocket.DefaultDialer.DialContext(ctx, "ws://"+a.r.address+"/sync",
				http.Header{"Authorization": {"Bearer " + a.token}})
			ws = c
			return err == nil
		})
		if !dialled {
			a.r.wrong("%s has %d of %d answers and cannot connect", a.name, len(a.told), len(a.plan))
			return
		}
		a.dials++
		a.serve(ctx, ws)
	}
}

// serve lives as long as a connection.
func (a *lateAgent) serve(ctx context.Context, ws *websocket.Conn) {
	stop := context.AfterFunc(ctx, func() { _ = ws.Close() })
	defer stop()
	defer ws.Close()
	open := a.unanswered()
	a.send(ws, wire.Up{Hello: &wire.Hello{MinVersion: 1, MaxVersion: 1, Device: a.device, App: "late", Unconfirmed: open}})
	for n := open; n > 0 && int(n) <= len(a.sent); n++ {
		a.send(ws, wire.Up{Command: &a.sent[n-1]})
	}
	heard := make(chan wire.Down)
	go listen(ws, heard)
	for len(a.told) < len(a.plan) {
		var next <-chan time.Time
		if len(a.sent) < len(a.plan) {
			next = time.After(time.Until(a.plan[len(a.sent)].at))
		}
		select {
		case <-next:
			a.write(ws)
		case d, ok := <-heard:
			if !ok {
				return
			}
			a.hear(&d)
		}
	}
	_ = ws.Close()
	for range heard {
	}
}

// listen passes on what comes until the connection ends.
func listen(ws *websocket.Conn, heard chan<- wire.Down) {
	defer close(heard)
	for {
		_, data, err := ws.ReadMessage()
		if err != nil {
			return
		}
		if d, err := wire.DecodeDown(data); err == nil {
			heard <- d
		}
	}
}

// unanswered is the lowest number of a command that has no answer; 0: there is none.
func (a *lateAgent) unanswered() int64 {
	for i := range a.sent {
		if _, ok := a.told[a.sent[i].Number]; !ok {
			return a.sent[i].Number
		}
	}
	return 0
}

// write writes the next reply, to the chat as it was when it was given.
func (a *lateAgent) write(ws *websocket.Conn) {
	p := a.plan[len(a.sent)]
	a.sent = append(a.sent, wire.Command{Number: int64(len(a.sent)) + 1, ID: uuid.Must(uuid.NewV7()).String(), Epoch: "e1",
		Kind: string(chat.CmdReply), Chat: string(p.chat), Assignment: 1, Base: 2, Text: p.text})
	a.send(ws, wire.Up{Command: &a.sent[len(a.sent)-1]})
}

// send fails where the connection has: that is heard.
func (a *lateAgent) send(ws *websocket.Conn, u wire.Up) {
	data, err := wire.EncodeUp(&u)
	if err != nil {
		a.r.wrong("%v", err)
		return
	}
	_ = ws.WriteMessage(websocket.TextMessage, data)
}

// hear notes answers. One that came before is the same again.
func (a *lateAgent) hear(d *wire.Down) {
	var changes []wire.Change
	switch {
	case d.Frame != nil:
		changes = d.Frame.Changes
	case d.Snapshot != nil:
		changes = d.Snapshot.Changes
	case d.Result != nil:
		changes = []wire.Change{{Result: d.Result}}
	}
	for _, ch := range changes {
		if res := ch.Result; res != nil && res.Device == a.device {
			if was, ok := a.told[res.Number]; ok && was != res.Outcome { // nothing is done twice
				a.r.wrong("%s was told %v and then %v", a.name, was, res.Outcome)
			}
			a.told[res.Number] = res.Outcome
		}
	}
}
