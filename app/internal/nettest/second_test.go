package nettest

import (
	"context"
	"crypto/rand"
	"net/http"
	"sync"
	"testing"

	"github.com/gorilla/websocket"

	"parley/backend/chat"
	"parley/backend/wire"
	"parley/backend/worldtest"
)

// second is a further device of an agent, which asks for what no console would ask for: also what it does not see.
type second struct {
	t       testing.TB
	agent   worldtest.Agent
	device  string
	epoch   string
	number  int64
	ws      *websocket.Conn
	reading sync.WaitGroup

	mu      sync.Mutex
	results map[int64]*wire.Result
}

// newSecond signs in. It is to be closed before the test's bubble ends.
func newSecond(t testing.TB, w *worldtest.World, a worldtest.Agent) *second {
	t.Helper()
	s := &second{t: t, agent: a, device: rand.Text(), results: map[int64]*wire.Result{}}
	d := websocket.Dialer{NetDialContext: w.DialContext}
	ws, _, err := d.DialContext(context.Background(), "ws://desk/sync", http.Header{"Authorization": {"Bearer " + w.Token(a.ID)}})
	if err != nil {
		t.Fatal(err)
	}
	s.ws = ws
	s.say(&wire.Up{Hello: &wire.Hello{MinVersion: wire.MinVersion, MaxVersion: wire.MaxVersion, Device: s.device, App: "parley test"}})
	for _, stream := range s.hear().Welcome.Streams {
		if stream.Stream.Kind == wire.AgentStream {
			s.epoch = stream.Head.Epoch
		}
	}
	s.reading.Go(s.read)
	return s
}

func (s *second) close() {
	_ = s.ws.Close()
	s.reading.Wait()
}

func (s *second) say(u *wire.Up) {
	s.t.Helper()
	raw, err := wire.EncodeUp(u)
	if err == nil {
		err = s.ws.WriteMessage(websocket.TextMessage, raw)
	}
	if err != nil {
		s.t.Error(err)
	}
}

func (s *second) hear() wire.Down {
	_, raw, err := s.ws.ReadMessage()
	if err != nil {
		return wire.Down{}
	}
	d, err := wire.DecodeDown(raw)
	if err != nil {
		s.t.Error(err)
	}
	return d
}

// read keeps the results that come, until the connection ends.
func (s *second) read() {
	for d := s.hear(); d != (wire.Down{}); d = s.hear() {
		if d.Frame == nil {
			continue
		}
		for _, c := range d.Frame.Changes {
			if r := c.Result; r != nil && r.Device == s.device {
				s.mu.Lock()
				s.results[r.Number] = r
				s.mu.Unlock()
			}
		}
	}
}

// ask sends a command of many chats and returns its number.
func (s *second) ask(c wire.Command) int64 {
	s.t.Helper()
	s.number++
	c.Number, c.Epoch, c.ID = s.number, s.epoch, "01890a5d-"+rand.Text()
	s.say(&wire.Up{Command: &c})
	return s.number
}

// end is how a command ended for each of its chats.
func (s *second) end(number int64) map[chat.ID][]wire.Item {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := map[chat.ID][]wire.Item{}
	if r := s.results[number]; r != nil {
		for _, i := range r.Items {
			all[chat.ID(i.Chat)] = append(all[chat.ID(i.Chat)], i)
		}
	}
	return all
}
