package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"
	"github.com/gorilla/websocket"

	"parley/backend/wire"
)

// person is an agent with a token.
type person struct{ id, token string }

// line is one console's connection as a measurement drives it: who holds it reads it. It keeps the positions that
// it has reached, and a line that is dialled anew goes on from there.
type line struct {
	who    person
	device string
	conn   *websocket.Conn
	at     map[wire.Stream]wire.Position
	heads  map[wire.Stream]wire.Position // where each stream was at the welcome
	number int64                         // of the last command
	frames int                           // read since the hello, and their bytes
	bytes  int64
}

func newLine(who person) *line {
	return &line{who: who, device: uuid.NewString(), at: map[wire.Stream]wire.Position{}}
}

// dialer keeps what a connection costs this process small: there are thousands of them.
var dialer = websocket.Dialer{ReadBufferSize: 1 << 10, WriteBufferSize: 1 << 10}

// dial connects and says hello.
func (l *line) dial(ctx context.Context, url string) error {
	header := http.Header{"Authorization": {"Bearer " + l.who.token}}
	conn, _, err := dialer.DialContext(ctx, "ws"+strings.TrimPrefix(url, "http")+"/sync", header)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	l.conn, l.heads, l.frames, l.bytes = conn, nil, 0, 0
	hello := &wire.Hello{MinVersion: wire.MinVersion, MaxVersion: wire.MaxVersion, Device: l.device, App: "bench"}
	for s, p := range l.at {
		hello.At = append(hello.At, wire.StreamPosition{Stream: s, Position: p})
	}
	return l.send(&wire.Up{Hello: hello})
}

func (l *line) close() {
	if l.conn != nil {
		_ = l.conn.Close()
	}
}

func (l *line) send(u *wire.Up) error {
	b, err := wire.EncodeUp(u)
	if err != nil {
		return err
	}
	return l.conn.WriteMessage(websocket.TextMessage, b)
}

// next reads one frame and goes along with it.
func (l *line) next() (d wire.Down, err error) {
	_, raw, err := l.conn.ReadMessage()
	if err != nil {
		return d, err
	}
	l.frames++
	l.bytes += int64(len(raw))
	if d, err = wire.DecodeDown(raw); err != nil {
		return d, err
	}
	switch {
	case d.Welcome != nil:
		l.heads = map[wire.Stream]wire.Position{}
		for _, s := range d.Welcome.Streams {
			l.heads[s.Stream] = s.Head
			if !s.Resumed {
				delete(l.at, s.Stream)
			}
		}
	case d.Snapshot != nil && d.Snapshot.Last:
		l.at[d.Snapshot.Stream] = d.Snapshot.At
	case d.Frame != nil:
		l.at[d.Frame.Stream] = wire.Position{Epoch: d.Frame.Epoch, Seq: d.Frame.Seq}
	case d.Goodbye != nil:
		return d, fmt.Errorf("the server said goodbye: %d %s", d.Goodbye.Code, d.Goodbye.Reason)
	}
	return d, nil
}

// current reads until the line has everything that there was at its welcome.
func (l *line) current() error {
	for !l.isCurrent() {
		if _, err := l.next(); err != nil {
			return fmt.Errorf("become current: %w", err)
		}
	}
	return nil
}

func (l *line) isCurrent() bool {
	for s, head := range l.heads {
		if at, ok := l.at[s]; !ok || at.Epoch != head.Epoch || at.Seq < head.Seq {
			return false
		}
	}
	return l.heads != nil
}

// join is dial and current.
func (l *line) join(ctx context.Context, url string) error {
	if err := l.dial(ctx, url); err != nil {
		return err
	}
	return l.current()
}

// command sends one in the next envelope.
func (l *line) command(c wire.Command) error {
	l.number++
	c.Number, c.ID = l.number, uuid.Must(uuid.NewV7()).String()
	c.Epoch = l.at[wire.Stream{Kind: wire.AgentStream, ID: l.who.id}].Epoch
	return l.send(&wire.Up{Command: &c})
}

// results reads until n commands have their results, which must be good ones.
func (l *line) results(n int) error {
	for n > 0 {
		d, err := l.next()
		if err != nil {
			return err
		}
		if d.Frame == nil {
			continue
		}
		for _, c := range d.Frame.Changes {
			if c.Result == nil || c.Result.Device != l.device {
				continue
			}
			if c.Result.Outcome != wire.Done {
				return fmt.Errorf("command %d ended %s: %+v", c.Result.Number, c.Result.Outcome, c.Result.Problem)
			}
			n--
		}
	}
	return nil
}

var errNoChat = errors.New("no chat came into the queue")

// pick takes a chat that waits in the queue and returns it.
func (l *line) pick() (chat string, err error) {
	for chat == "" {
		d, err := l.next()
		if err != nil {
			return "", errors.Join(errNoChat, err)
		}
		if d.Frame == nil {
			continue
		}
		for _, c := range d.Frame.Changes {
			if c.Chat != nil && c.Chat.Status == "queued" {
				chat = c.Chat.ID
			}
		}
	}
	if err := l.command(wire.Command{Kind: "pick", Chat: chat}); err != nil {
		return "", err
	}
	return chat, l.results(1)
}
