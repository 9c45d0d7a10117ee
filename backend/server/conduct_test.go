package server

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/chat"
	"parley/backend/internal/session"
	"parley/backend/wire"
)

// misdeed is one way in which a console can keep from the protocol, and what it sees of it: a close code, the status
// of a refused upgrade, or in words what it is answered.
type misdeed struct {
	name string
	do   func(c *rogue) string
	want string
}

// rogue is a console that misbehaves, with a device of its own.
type rogue struct {
	*rig
	t      *testing.T
	token  string
	device string
	conn   *websocket.Conn
	chat   wire.Chat // held by the agent
}

// conduct is one server for all misdeeds, a well-behaved console beside them, and what was seen of each.
type conduct struct {
	*rig
	beside *neighbour
	rogue  string // the token of the agent who misbehaves
	chat   wire.Chat
	count  atomic.Int64

	mu   sync.Mutex
	seen []string
}

// Limits of the server in these tests: so short that a silent console is soon seen, and long enough for a busy
// machine.
var conductLimits = session.Limits{Hello: 4 * time.Second, Beat: 3 * time.Second, OfAgent: 60}

func newConduct(t *testing.T) *conduct {
	t.Helper()
	r := tunedRig(t, func(c *Config) {
		c.Sessions = conductLimits
		c.IDs = &trapped{IDs: c.withDefaults().IDs}
	})
	w := &conduct{rig: r, rogue: r.newAgent("Rogue")}
	r.hears(r.text(person("1"), "Hello"))
	c := r.connect(w.rogue)
	one := c.only()
	c.command(chat.Command{Kind: chat.CmdPick, Chat: chat.ID(one.ID), Assignment: one.Assignment, Base: one.LastNumber}, wire.Done)
	c.until("the pick", func() bool { return c.only().Status == string(chat.Picked) })
	w.chat = c.only()
	c.conn.Close()
	w.beside = r.neighbour(r.token)
	return w
}

// TestConsolesThatMisbehave: each is answered as PROTOCOL.md says, and the console beside it gets its next message.
func TestConsolesThatMisbehave(t *testing.T) {
	w := newConduct(t)
	for _, m := range misdeeds {
		t.Run(m.name, func(t *testing.T) { w.try(t, m) })
	}
	t.Run("slow", func(t *testing.T) { // more at once than parallel tests would be
		var all sync.WaitGroup
		defer all.Wait()
		for _, m := range slowMisdeeds {
			all.Go(func() { w.try(t, m) })
		}
	})
	var table strings.Builder
	tw := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tw, "the console\twant\tseen\tbeside it")
	for _, line := range w.seen {
		fmt.Fprintln(tw, line)
	}
	tw.Flush()
	t.Logf("%d misdeeds\n%s", len(w.seen), &table)
}

func (w *conduct) try(t *testing.T, m misdeed) {
	n := int(w.count.Add(1))
	c := &rogue{rig: w.rig, t: t, token: w.rogue, device: fmt.Sprintf("rogue-%d", n), chat: w.chat}
	got := m.do(c)
	beside, err := "undisturbed", w.beside.undisturbed(n)
	if err != nil {
		beside = err.Error()
		t.Errorf("the console beside it: %v", err)
	}
	if got != m.want {
		t.Errorf("%s: it saw %s, want %s", m.name, got, m.want)
	}
	if c.conn != nil {
		c.conn.Close()
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.seen = append(w.seen, strings.Join([]string{m.name, m.want, got, beside}, "\t"))
}

// connect opens a connection without a word; over is set where its bytes pass something.
func (c *rogue) connect(over ...func(net.Conn) net.Conn) {
	c.t.Helper()
	d := websocket.Dialer{EnableCompression: true, NetDial: func(network, addr string) (net.Conn, error) {
		conn, err := net.Dial(network, addr)
		for _, f := range over {
			conn = f(conn)
		}
		return conn, err
	}}
	conn, _, err := d.DialContext(c.ctx, "ws"+strings.TrimPrefix(c.url, "http")+"/sync",
		http.Header{"Authorization": {"Bearer " + c.token}})
	if err != nil {
		c.t.Fatal(err)
	}
	c.conn = conn
}

// join connects and says hello.
func (c *rogue) join(over ...func(net.Conn) net.Conn) {
	c.t.Helper()
	c.connect(over...)
	c.say(c.hello())
}

func (c *rogue) hello() string {
	return fmt.Sprintf(`{"hello":{"min_version":1,"max_version":1,"device":%q,"app":"rogue"}}`, c.device)
}

// say sends a text as it is. That the server has closed already is seen when it is read.
func (c *rogue) say(texts ...string) {
	for _, text := range texts {
		_ = c.conn.WriteMessage(websocket.TextMessage, []byte(text))
	}
}

// hears reads on until ok, or until the connection ends, and returns which close code that was; "" after ok.
func (c *rogue) hears(ok func(wire.Down) bool) string {
	c.t.Helper()
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	said := 0
	for {
		_, text, err := c.conn.ReadMessage()
		if closed, is := errors.AsType[*websocket.CloseError](err); is {
			if closed.Code >= 4000 && closed.Code != said {
				c.t.Errorf("closed with %d after a goodbye with %d", closed.Code, said)
			}
			return fmt.Sprint(closed.Code)
		}
		if err != nil {
			return err.Error()
		}
		d, err := wire.DecodeDown(text)
		if err != nil {
			c.t.Fatal(err)
		}
		if d.Goodbye != nil {
			said = d.Goodbye.Code
		}
		if ok(d) {
			return ""
		}
	}
}

// ends reads until the server closes.
func (c *rogue) ends() string {
	c.t.Helper()
	return c.hears(func(wire.Down) bool { return false })
}

// results reads until n results have come, and tells the last in words.
func (c *rogue) results(n int) string {
	c.t.Helper()
	last := ""
	code := c.hears(func(d wire.Down) bool {
		for _, r := range resultsIn(d) {
			if r.Device != c.device {
				continue
			}
			n--
			last = string(r.Outcome)
			if r.Problem != nil {
				last += fmt.Sprint(" ", r.Problem.Kind)
			}
		}
		return n <= 0
	})
	return strings.TrimSpace(last + " " + code)
}

func resultsIn(d wire.Down) (all []wire.Result) {
	if d.Result != nil {
		all = append(all, *d.Result)
	}
	if d.Frame != nil {
		for _, c := range d.Frame.Changes {
			if c.Result != nil {
				all = append(all, *c.Result)
			}
		}
	}
	return all
}

// lives reports whether the connection still works: a page that is asked for comes.
func (c *rogue) lives() string {
	c.t.Helper()
	c.say(`{"more":{"chat":"nowhere","before":0,"count":1}}`)
	if code := c.hears(func(d wire.Down) bool { return d.Page != nil }); code != "" {
		return code
	}
	return "goes on"
}

var endedLine = regexp.MustCompile(`session ended.*device=(\S+) code=(\d+)`)

// logged waits until the server has written that the session of the device ended, and returns its code: for a
// console that cannot read it.
func (c *rogue) logged() string {
	c.t.Helper()
	for {
		written := c.log.next()
		for _, m := range endedLine.FindAllStringSubmatch(c.log.String(), -1) {
			if m[1] == c.device {
				return m[2]
			}
		}
		select {
		case <-written:
		case <-c.ctx.Done():
			return "nothing"
		}
	}
}
