package racetest

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"parley/backend/chat"
	"parley/backend/wire"
	"parley/backend/worldtest"
)

// console speaks the protocol over a socket, as much of it as picking needs.
type console struct {
	t      testing.TB
	ws     *websocket.Conn
	device string
	number int64
}

// connect signs an agent in at a server.
func connect(ctx context.Context, t testing.TB, address string, a worldtest.Agent) *console {
	t.Helper()
	ws, _, err := websocket.DefaultDialer.DialContext(ctx, "ws://"+address+"/sync", http.Header{"Authorization": {"Bearer " + a.Token}})
	if err != nil {
		t.Fatal(err)
	}
	deadline, _ := ctx.Deadline()
	_ = ws.SetReadDeadline(deadline)
	c := &console{t: t, ws: ws, device: uuid.NewString()}
	c.send(wire.Up{Hello: &wire.Hello{MinVersion: 1, MaxVersion: 1, Device: c.device, App: "race"}})
	return c
}

func (c *console) send(u wire.Up) {
	data, err := wire.EncodeUp(&u)
	if err == nil {
		err = c.ws.WriteMessage(websocket.TextMessage, data)
	}
	if err != nil {
		c.t.Errorf("send: %v", err)
	}
}

// pick asks for a chat and waits for the answer.
func (c *console) pick(id chat.ID) (told, error) {
	return c.ask(wire.Command{Kind: string(chat.CmdPick), Chat: string(id)})
}

// ask sends a command and waits for the answer.
func (c *console) ask(cmd wire.Command) (told, error) {
	c.number++
	cmd.Number, cmd.ID = c.number, uuid.Must(uuid.NewV7()).String()
	c.send(wire.Up{Command: &cmd})
	for {
		_, data, err := c.ws.ReadMessage()
		if err != nil {
			return told{}, fmt.Errorf("no answer: %w", err)
		}
		down, err := wire.DecodeDown(data)
		if err != nil {
			return told{}, err
		}
		if r := c.result(&down); r != nil {
			return answerOf(r.Outcome, r.Problem), nil
		}
	}
}

// result is the answer to the newest command, if a frame has it.
func (c *console) result(d *wire.Down) *wire.Result {
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
		if r := ch.Result; r != nil && r.Device == c.device && r.Number == c.number {
			return r
		}
	}
	return nil
}

func answerOf(o wire.Outcome, p *wire.Problem) told {
	t := told{outcome: o}
	if p != nil {
		t.kind, t.args = chat.ProblemKind(p.Kind), fmt.Sprint(p.Args)
	}
	return t
}
