package server

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/chat"
	"parley/backend/internal/auth"
	"parley/backend/internal/desk"
	"parley/backend/wire"
)

// slowMisdeeds take as long as the server is patient, so they are seen beside each other.
var slowMisdeeds = []misdeed{
	{"a hello that does not come", func(c *rogue) string { c.connect(); return c.ends() }, "4002"},
	{"half an upgrade", (*rogue).halfUpgrade, "cut"},
	{"half a frame", (*rogue).halfFrame, "4002"},
	{"sending nothing", func(c *rogue) string { c.join(); return c.ends() }, "4002"},
	{"a half-open link", (*rogue).halfOpen, "4002 in the log"},
	{"never reading", (*rogue).neverReads, "4001 in the log"},
	{"reading and writing a byte at a time", (*rogue).bytewise, "goes on"},
	{"a token that expires in the session", (*rogue).expires, "4102, then 401"},
}

// halfUpgrade is cut when the server has waited long enough for the header.
func (c *rogue) halfUpgrade() string {
	conn, err := net.Dial("tcp", strings.TrimPrefix(c.url, "http://"))
	if err != nil {
		c.t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /sync HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n")
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	if _, err := io.ReadAll(conn); err != nil {
		return err.Error()
	}
	return "cut"
}

// halfFrame begins a frame and never ends it.
func (c *rogue) halfFrame() string {
	c.begin()
	_, _ = c.conn.NetConn().Write([]byte{0x81, 0xff, 0, 0, 0, 0, 0, 0, 0x40, 0, 1, 2, 3, 4})
	return c.ends()
}

// gone is a link that, once dead, lets nothing through and tells nobody.
type gone struct {
	net.Conn
	dead  atomic.Bool
	never chan struct{}
}

// Read implements net.Conn.
func (g *gone) Read(p []byte) (int, error) {
	if g.dead.Load() {
		<-g.never
	}
	return g.Conn.Read(p)
}

// Write implements net.Conn.
func (g *gone) Write(p []byte) (int, error) {
	if g.dead.Load() {
		return len(p), nil
	}
	return g.Conn.Write(p)
}

// halfOpen: the console believes that it sends, the server hears nothing.
func (c *rogue) halfOpen() string {
	var link *gone
	c.begin(func(conn net.Conn) net.Conn {
		link = &gone{Conn: conn, never: make(chan struct{})}
		return link
	})
	link.dead.Store(true)
	defer close(link.never)
	c.say(`{"beat":{}}`)
	return c.logged() + " in the log"
}

// neverReads asks for more than the network between holds, and goes on talking.
func (c *rogue) neverReads() string {
	c.begin()
	stop := make(chan struct{})
	defer close(stop)
	go func(conn *websocket.Conn) {
		for {
			select {
			case <-stop:
				return
			default:
			}
			text := fmt.Sprintf(`{"more":{"chat":%q,"before":0,"count":100}}`, c.chat.ID)
			if conn.WriteMessage(websocket.TextMessage, []byte(text)) != nil {
				return
			}
		}
	}(c.conn)
	return c.logged() + " in the log"
}

// thin is a link that takes and gives one byte at a time.
type thin struct{ net.Conn }

// Read implements net.Conn.
func (t thin) Read(p []byte) (int, error) { return t.Conn.Read(p[:min(1, len(p))]) }

// Write implements net.Conn.
func (t thin) Write(p []byte) (int, error) {
	for i := range p {
		if _, err := t.Conn.Write(p[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(p), nil
}

func (c *rogue) bytewise() string {
	w := c.begin(func(conn net.Conn) net.Conn { return thin{conn} })
	whole := 0
	c.hears(func(d wire.Down) bool {
		if d.Snapshot != nil && d.Snapshot.Last {
			whole++
		}
		return whole == len(w.Streams)
	})
	return c.lives()
}

// expires: the agent's console does all it should, and its token ends.
func (c *rogue) expires() string {
	token, hash := auth.NewToken()
	ends := c.server.Now() + 5000
	if a, err := c.server.Submit(c.ctx, desk.CreateToken{Agent: chat.AgentID(c.agent), Hash: hash, ExpiresAt: ends}); err != nil || a.Problem != nil {
		c.t.Fatal(err, a.Problem)
	}
	c.token = token
	c.begin()
	code := c.hears(func(d wire.Down) bool {
		if d.Beat != nil {
			c.say(`{"beat":{}}`)
		}
		return false
	})
	return code + ", then " + upgrade(token, "")(c)
}
