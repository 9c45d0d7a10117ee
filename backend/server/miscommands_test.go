package server

import (
	"fmt"
	"strings"

	"github.com/gorilla/websocket"

	"parley/backend/wire"
)

// order is a command of the rogue in its envelope; id makes it another one of the same number.
func (c *rogue) order(epoch, id, members string) string {
	members = strings.NewReplacer("{chat}", c.chat.ID, "{reply}", c.replies("hello")).Replace(members)
	return fmt.Sprintf(`{"command":{"id":%q,"epoch":%q,%s}}`, id, epoch, members)
}

func (c *rogue) replies(text string) string {
	return fmt.Sprintf(`"kind":"reply","chat":%q,"assignment":%d,"base":%d,"text":%q`, c.chat.ID, c.chat.Assignment, c.chat.LastNumber, text)
}

// orders gives one command and tells how it ended.
func orders(members string) func(*rogue) string {
	return func(c *rogue) string {
		w := c.begin()
		c.say(c.order(w.Streams[0].Head.Epoch, "id-1", members))
		return c.results(1)
	}
}

// refetch reads until the server asks for commands again.
func (c *rogue) refetch() string {
	from := int64(0)
	code := c.hears(func(d wire.Down) bool {
		if d.Refetch != nil {
			from = d.Refetch.From
		}
		return d.Refetch != nil
	})
	return strings.TrimSpace(fmt.Sprint("refetch ", from, " ", code))
}

func (c *rogue) outOfOrder() string {
	epoch := c.begin().Streams[0].Head.Epoch
	for _, n := range []int{3, 2, 5, 4} {
		c.say(c.order(epoch, fmt.Sprint("id-", n), fmt.Sprintf(`"number":%d,"kind":"none"`, n)))
	}
	first := c.refetch()
	for n := 1; n <= 5; n++ {
		c.say(c.order(epoch, fmt.Sprint("id-", n), fmt.Sprintf(`"number":%d,"kind":"none"`, n)))
	}
	return first + ", then " + c.results(5)
}

func (c *rogue) farAhead() string {
	c.say(c.order(c.begin().Streams[0].Head.Epoch, "id", `"number":9223372036854775807,"kind":"none"`))
	return c.refetch()
}

func (c *rogue) reused() string {
	epoch := c.begin().Streams[0].Head.Epoch
	c.say(c.order(epoch, "one", `"number":1,"kind":"none"`), c.order(epoch, "another", `"number":1,{reply}`))
	return c.results(2)
}

// repeated: it takes effect once.
func (c *rogue) repeated() string {
	epoch := c.begin().Streams[0].Head.Epoch
	go func(conn *websocket.Conn) {
		for range 1000 {
			_ = conn.WriteMessage(websocket.TextMessage, []byte(c.order(epoch, "one", `"number":1,`+c.replies("once "+c.device))))
		}
	}(c.conn)
	said, results := 0, 0
	code := c.hears(func(d wire.Down) bool {
		if d.Frame != nil {
			for _, change := range d.Frame.Changes {
				if change.Message != nil && change.Message.Text == "once "+c.device && change.Message.State == "sending" {
					said++
				}
			}
		}
		for _, r := range resultsIn(d) {
			if r.Device == c.device && r.Outcome == wire.Done {
				results++
			}
		}
		return results == 1000
	})
	if said > 1 || code != "" {
		return fmt.Sprintf("said %d times, %d results %s", said, results, code)
	}
	return "done"
}

func (c *rogue) eager() string {
	epoch := c.begin().Streams[0].Head.Epoch
	go func(conn *websocket.Conn) {
		for n := range 2000 {
			_ = conn.WriteMessage(websocket.TextMessage, []byte(c.order(epoch, fmt.Sprint("id-", n), fmt.Sprintf(`"number":%d,"kind":"none"`, n+1))))
		}
	}(c.conn)
	return c.results(2000)
}

// foreignDevice: the device was another agent's first.
func (c *rogue) foreignDevice() string {
	c.say(c.order(c.begin().Streams[0].Head.Epoch, "mine", `"number":1,"kind":"none"`))
	c.results(1)
	c.conn.Close()
	c.token = c.ownToken()
	c.say(c.order(c.begin().Streams[0].Head.Epoch, "mine", `"number":1,"kind":"none"`))
	return c.ends()
}

// panics: the command is refused as a fault of the server, and the next one of the same connection works.
func (c *rogue) panics() string {
	epoch := c.begin().Streams[0].Head.Epoch
	c.server.IDs.(*trapped).armed.Store(true)
	c.say(c.order(epoch, "first", `"number":1,`+c.replies("into the trap")))
	first := c.results(1)
	c.say(c.order(epoch, "second", `"number":2,`+c.replies("past the trap")))
	return first + ", then " + c.results(1)
}

// flood sends text n times and counts what ok knows.
func (c *rogue) flood(n int, text string, ok func(wire.Down) bool) (int, string) {
	c.join()
	go func(conn *websocket.Conn) {
		for range n {
			_ = conn.WriteMessage(websocket.TextMessage, []byte(text))
		}
	}(c.conn)
	count := 0
	code := c.hears(func(d wire.Down) bool {
		if ok(d) {
			count++
		}
		return count == n
	})
	return count, code
}

func (c *rogue) floodMore() string {
	n, code := c.flood(3000, fmt.Sprintf(`{"more":{"chat":%q,"before":0,"count":100}}`, c.chat.ID), func(d wire.Down) bool { return d.Page != nil })
	return strings.TrimSpace(fmt.Sprint(n, " pages ", code))
}

func (c *rogue) floodEarlier() string {
	n, code := c.flood(3000, fmt.Sprintf(`{"earlier":{"customer":%q}}`, c.chat.Customer), func(d wire.Down) bool { return d.History != nil })
	return strings.TrimSpace(fmt.Sprint(n, " histories ", code))
}

// floodAims: those that were not answered yet are forgotten, so that a flood of them leads to a few answers.
func (c *rogue) floodAims() string {
	c.join()
	for range 3000 {
		c.say(fmt.Sprintf(`{"aim":{"chats":[%q]}}`, c.chat.ID))
	}
	return c.lives()
}

// numbered is an array of n elements.
func numbered(format string, n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf(format, i)
	}
	return "[" + strings.Join(all, ",") + "]"
}

func places(n int) string { return numbered(`{"chat":"c%d","assignment":1}`, n) }

func (c *rogue) floodBeats() string {
	c.join()
	for range 20_000 {
		c.say(`{"beat":{}}`)
	}
	return c.lives()
}

// floodConnections opens one connection more than an agent may have.
func (c *rogue) floodConnections() string {
	c.token = c.ownToken()
	device := c.device
	for n := range conductLimits.OfAgent {
		c.device = fmt.Sprint(device, "-", n)
		c.begin()
		defer c.conn.Close()
	}
	c.device = device
	c.connect()
	return c.ends()
}
