package server

import (
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/gorilla/websocket"

	"parley/backend/internal/desk"
	"parley/backend/server/admin"
	"parley/backend/wire"
)

// misdeeds are seen at once, one after the other.
var misdeeds = []misdeed{
	{"no token", upgrade("", ""), "401"},
	{"a token that is nobody's", upgrade("pt_"+strings.Repeat("A", 43), ""), "401"},
	{"a token of 10,000 characters", upgrade("pt_"+strings.Repeat("A", 9997), ""), "401"},
	{"a revoked token", (*rogue).revokedToken, "401"},
	{"an Origin that is not listed", (*rogue).foreignOrigin, "403"},
	{"a listed Origin", (*rogue).listedOrigin, "101"},
	{"a token revoked in the session", (*rogue).revokedInSession, "4102"},

	{"no hello", says(`{"beat":{}}`), "4100"},
	{"a command before the hello", says(`{"command":{"number":1,"id":"a","epoch":"e","kind":"none"}}`), "4100"},
	{"two hellos", greets("{hello}"), "4100"},
	{"no common version, too new", says(`{"hello":{"min_version":2,"max_version":9,"device":"d","app":""}}`), "4101"},
	{"no common version, too old", says(`{"hello":{"min_version":0,"max_version":0,"device":"d","app":""}}`), "4101"},
	{"a range that is none", says(`{"hello":{"min_version":9,"max_version":1,"device":"d","app":""}}`), "4101"},
	{"a device that is none", says(`{"hello":{"min_version":1,"max_version":1,"device":"a b","app":""}}`), "4100"},
	{"the same device again", (*rogue).twice, "4103"},

	{"a binary message", (*rogue).binary, "4100"},
	{"not JSON", greets(`hello?`), "4100"},
	{"half a JSON text", greets(`{"beat":`), "4100"},
	{"two JSON texts", greets(`{"beat":{}}{"beat":{}}`), "4100"},
	{"two kinds in one frame", greets(`{"beat":{},"earlier":{"customer":"c"}}`), "4100"},
	{"an empty message", greets(``), "4100"},
	{"bad UTF-8", greets("{\"earlier\":{\"customer\":\"a\xff\"}}"), "4100"},
	{"duplicate names", greets(`{"more":{"chat":"a","chat":"b","before":0,"count":1}}`), "4100"},
	{"a lone surrogate", greets(`{"earlier":{"customer":"\ud800"}}`), "4100"},
	{"another case in a name", greets(`{"Beat":{}}`), "goes on"},
	{"a fraction", greets(`{"more":{"chat":"a","before":0.5,"count":1}}`), "4100"},
	{"a number beyond 64 bits", greets(`{"more":{"chat":"a","before":99999999999999999999,"count":1}}`), "4100"},
	{"a million brackets", greets(strings.Repeat(`[`, 60_000)), "4100"},
	{"a frame one byte too large", greets(sized(wire.MaxUpBytes + 1)), "4100"},
	{"a frame as large as may be", greets(sized(wire.MaxUpBytes)), "goes on"},
	{"a compressed frame of 64 MiB", (*rogue).bomb, "4100"},
	{"a frame in 1,000 fragments", (*rogue).fragments, "goes on"},
	{"not the websocket protocol", (*rogue).unmasked, "1002"},
	{"an unknown kind", greets(`{"typing":{"chat":"x"}}`), "goes on"},
	{"an unknown member", greets(`{"beat":{"mood":"good"}}`), "goes on"},
	{"something critical and unknown", greets(`{"typing":{},"critical":true}`), "4101"},
	{"a critical member within", greets(`{"beat":{"mood":"good","critical":true}}`), "4101"},

	{"positions of another epoch", (*rogue).otherEpoch, "reset, goes on"},
	{"positions ahead of the head", (*rogue).ahead, "reset, goes on"},
	{"a position of another agent's stream", at(`{"kind":"agent","id":"another"}`, 1), "goes on"},
	{"a position of an unknown kind of stream", at(`{"kind":"rumours","id":"x"}`, 1), "goes on"},
	{"a negative position", at(`{"kind":"tenant"}`, -1), "4100"},
	{"MaxStreams positions", positions(wire.MaxStreams), "goes on"},
	{"more than MaxStreams positions", positions(wire.MaxStreams + 1), "4100"},
	{"more than MaxStreams heads in a beat", greets(`{"beat":{"heads":[` + heads(wire.MaxStreams+1) + `]}}`), "4100"},
	{"kept, and no token was offered", greets(`{"kept":{}}`), "goes on"},

	{"a command with number 0", orders(`"number":0,"kind":"none"`), "4100"},
	{"a command with a negative number", orders(`"number":-1,"kind":"none"`), "4100"},
	{"an unknown kind of command", orders(`"number":1,"kind":"levitate"`), "refused 3"},
	{"a transfer of nothing", orders(`"number":1,"kind":"transfer"`), "refused 2"},
	{"a transfer of one chat twice", orders(`"number":1,"kind":"transfer","chats":[{"chat":"a","assignment":1},{"chat":"a","assignment":2}]`), "4100"},
	{"a transfer of 501 chats", orders(`"number":1,"kind":"transfer","team":"t","chats":` + places(501)), "4100"},
	{"a transfer of 500 chats that are not there", orders(`"number":1,"kind":"transfer","team":"t","chats":` + places(500)), "refused 10"},
	{"a transfer to nobody's team", orders(`"number":1,"kind":"transfer","team":"t","chats":[{"chat":"{chat}","assignment":1}]`), "refused 10"},
	{"a tag of 5,000 bytes", orders(`"number":1,"kind":"tag","chat":"{chat}","tags":["` + strings.Repeat("x", 5000) + `"]`), "4100"},
	{"a tag of 50 characters", orders(`"number":1,"kind":"tag","chat":"{chat}","tags":["` + strings.Repeat("x", 50) + `"]`), "refused 40"},
	{"a manager's command", orders(`"number":1,"kind":"put_team","team_set":{"id":"t","name":"Mine"}`), "refused 11"},
	{"an admin's command", orders(`"number":1,"kind":"put_agent","agent_set":{"name":"Me","role":"admin","threshold":9,"active":true}`), "refused 11"},
	{"an admin's command about nothing", orders(`"number":1,"kind":"put_asset"`), "refused 2"},
	{"commands out of order", (*rogue).outOfOrder, "refetch 1, then done"},
	{"a number far ahead", (*rogue).farAhead, "refetch 1"},
	{"a number used again with another id", (*rogue).reused, "refused 43"},
	{"the same command 1,000 times", (*rogue).repeated, "done"},
	{"2,000 commands without waiting", (*rogue).eager, "done"},
	{"an age of 2099, before it was given", orders(`"number":1,"age_millis":-2303000000000,{reply}`), "4100"},
	{"an age since 1970", orders(`"number":1,"age_millis":1767225600000,{reply}`), "held 34"},
	{"the greatest age there is", orders(`"number":1,"age_millis":9223372036854775807,{reply}`), "held 34"},
	{"a text of 60,000 characters", orders(`"number":1,"kind":"reply","chat":"{chat}","assignment":1,"base":9,"text":"` + strings.Repeat("x", 60_000) + `"`), "refused 40"},
	{"a command for nobody's chat", orders(`"number":1,"kind":"pick","chat":"nowhere"`), "refused 10"},
	{"the device of another agent", (*rogue).foreignDevice, "4100"},
	{"a command that makes the rules panic", (*rogue).panics, "refused 1, then done"},

	{"a flood of more", (*rogue).floodMore, "3000 pages"},
	{"a flood of earlier", (*rogue).floodEarlier, "3000 histories"},
	{"a flood of aims", (*rogue).floodAims, "goes on"},
	{"an aim at 501 chats", greets(`{"aim":{"chats":` + numbered(`"c%d"`, 501) + `}}`), "4100"},
	{"an aim at nothing", greets(`{"aim":{"chats":[]}}`), "4100"},
	{"a flood of beats", (*rogue).floodBeats, "goes on"},
	{"more of a count beyond all", greets(`{"more":{"chat":"{chat}","before":0,"count":9000000000000000000}}`), "goes on"},
	{"more with nothing asked for", greets(`{"more":{"chat":"x","before":0,"count":0}}`), "4100"},
	{"more connections than an agent may have", (*rogue).floodConnections, "4003"},
}

// upgrade asks for a connection and returns the status.
func upgrade(token, origin string) func(*rogue) string {
	return func(c *rogue) string {
		var more http.Header
		if origin != "" {
			more = http.Header{"Origin": {origin}}
		}
		conn, resp, err := c.dial(token, more)
		if resp == nil {
			return err.Error()
		}
		if err == nil {
			conn.Close()
		}
		return fmt.Sprint(resp.StatusCode)
	}
}

func (c *rogue) foreignOrigin() string { return upgrade(c.token, "https://evil.example")(c) }
func (c *rogue) listedOrigin() string  { return upgrade(c.token, "https://parley.example.com")(c) }

func (c *rogue) revokedToken() string {
	token := c.ownToken()
	c.admin(&admin.Request{Verb: "token revoke", Hash: admin.TokenHash(token)})
	return upgrade(token, "")(c)
}

// ownToken returns a token of an agent who is there for this only.
func (c *rogue) ownToken() string { return c.newAgent("Rogue with " + c.device) }

func (c *rogue) revokedInSession() string {
	c.token = c.ownToken()
	c.join()
	c.hears(func(d wire.Down) bool { return d.Welcome != nil })
	c.admin(&admin.Request{Verb: "token revoke", Hash: admin.TokenHash(c.token)})
	return c.ends()
}

// says sends texts without a hello, and tells how the connection ends.
func says(texts ...string) func(*rogue) string {
	return func(c *rogue) string {
		c.connect()
		c.say(texts...)
		return c.ends()
	}
}

// greets says hello and then texts, and tells whether the connection goes on.
func greets(texts ...string) func(*rogue) string {
	return func(c *rogue) string {
		c.join()
		for _, text := range texts {
			c.say(strings.NewReplacer("{hello}", c.hello(), "{chat}", c.chat.ID).Replace(text))
		}
		return c.lives()
	}
}

// sized is a frame of n bytes that asks for nothing.
func sized(n int) string {
	const begin, end = `{"beat":{"mood":"`, `"}}`
	return begin + strings.Repeat("x", n-len(begin)-len(end)) + end
}

func (c *rogue) twice() string {
	c.join()
	c.hears(func(d wire.Down) bool { return d.Welcome != nil })
	first := c.conn
	c.join()
	second := c.conn
	defer second.Close()
	c.conn = first
	return c.ends()
}

func (c *rogue) binary() string {
	c.join()
	_ = c.conn.WriteMessage(websocket.BinaryMessage, []byte(`{"beat":{}}`))
	return c.ends()
}

func (c *rogue) bomb() string {
	c.join()
	c.conn.EnableWriteCompression(true)
	_ = c.conn.WriteMessage(websocket.TextMessage, bytes.Repeat([]byte(" "), 64<<20))
	return c.ends()
}

// fragments sends a frame of one byte's fragments, masked with zeros.
func (c *rogue) fragments() string {
	c.begin()
	text := `{"beat":{` + strings.Repeat(" ", 990) + `}}`
	var raw []byte
	for i := range text {
		head := byte(0) // the message goes on
		if i == 0 {
			head = websocket.TextMessage
		}
		if i == len(text)-1 {
			head |= 0x80
		}
		raw = append(raw, head, 0x80|1, 0, 0, 0, 0, text[i])
	}
	_, _ = c.conn.NetConn().Write(raw)
	return c.lives()
}

func (c *rogue) unmasked() string {
	c.join()
	c.hears(func(d wire.Down) bool { return d.Welcome != nil })
	_, _ = c.conn.NetConn().Write([]byte{0x81, 2, '{', '}'})
	return c.ends()
}

// begin joins and returns the welcome.
func (c *rogue) begin(over ...func(net.Conn) net.Conn) (w wire.Welcome) {
	c.t.Helper()
	c.join(over...)
	c.hears(func(d wire.Down) bool {
		if d.Welcome != nil {
			w = *d.Welcome
		}
		return d.Welcome != nil
	})
	return w
}

// at says hello from a position.
func at(stream string, seq int) func(*rogue) string {
	return func(c *rogue) string {
		c.connect()
		c.say(strings.TrimSuffix(c.hello(), "}}") +
			fmt.Sprintf(`,"at":[{"stream":%s,"position":{"epoch":"e","seq":%d}}]}}`, stream, seq))
		return c.lives()
	}
}

func positions(n int) func(*rogue) string {
	return func(c *rogue) string {
		c.connect()
		c.say(strings.TrimSuffix(c.hello(), "}}") + `,"at":[` + heads(n) + `]}}`)
		return c.lives()
	}
}

func heads(n int) string {
	one := `{"stream":{"kind":"queue","id":"x"},"position":{"epoch":"e","seq":1}}`
	return strings.TrimSuffix(strings.Repeat(one+",", n), ",")
}

func (c *rogue) otherEpoch() string {
	w := c.begin()
	return c.from(w.Streams[0].Stream, wire.Position{Epoch: "another", Seq: w.Streams[0].Head.Seq})
}

func (c *rogue) ahead() string {
	w := c.begin()
	p := w.Streams[0].Head
	p.Seq += 1_000_000
	return c.from(w.Streams[0].Stream, p)
}

// from connects again from a position.
func (c *rogue) from(s wire.Stream, p wire.Position) string {
	c.conn.Close()
	c.connect()
	hello, err := wire.EncodeUp(&wire.Up{Hello: &wire.Hello{MinVersion: 1, MaxVersion: 1, Device: c.device,
		At: []wire.StreamPosition{{Stream: s, Position: p}}}})
	if err != nil {
		c.t.Fatal(err)
	}
	c.say(string(hello))
	how := "resumed"
	c.hears(func(d wire.Down) bool {
		if d.Welcome != nil && !d.Welcome.Streams[0].Resumed {
			how = "reset"
		}
		return d.Welcome != nil
	})
	return how + ", " + c.lives()
}

// trapped are ids that panic once when they are armed, in the middle of the rules.
type trapped struct {
	desk.IDs
	armed atomic.Bool
}

// Opaque implements desk.IDs.
func (i *trapped) Opaque() string {
	if i.armed.CompareAndSwap(true, false) {
		panic("BUG: a trap of the tests")
	}
	return i.IDs.Opaque()
}
