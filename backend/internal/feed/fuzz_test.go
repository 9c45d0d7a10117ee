package feed_test

import (
	"bytes"
	"errors"
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/feed"
	"parley/backend/wire"
)

// FuzzConsole: whatever a console sends, one frame a line, it is answered with frames of the protocol, in order and
// without a gap, or the connection ends with a code that says why; and the feed of the console beside it is as it was.
func FuzzConsole(f *testing.F) {
	const hello = `{"hello":{"min_version":1,"max_version":1,"device":"d","app":"x","unconfirmed":1,"at":[` +
		`{"stream":{"kind":"tenant"},"position":{"epoch":"e1","seq":2}}]}}` + "\n"
	for _, seed := range []string{
		hello, hello + hello, `{"beat":{}}`, "\xff", "",
		hello + `{"command":{"number":1,"id":"a","epoch":"e1","kind":"none"}}` + "\n" + `{"command":{"number":1,"id":"b","epoch":"e1","kind":"none"}}`,
		hello + `{"command":{"number":9,"id":"a","epoch":"e1","age_millis":9223372036854775807,"kind":"reply","text":"x"}}`,
		hello + `{"more":{"chat":"x","before":9223372036854775807,"count":9223372036854775807}}` + "\n" + `{"earlier":{"customer":"c"}}`,
		hello + `{"aim":{"chats":["x"]}}` + "\n" + `{"aim":{"chats":["y","z"]}}`,
		hello + `{"command":{"number":1,"id":"a","epoch":"e1","kind":"transfer","chats":[{"chat":"x","assignment":1}],"team":"y"}}`,
		hello + `{"command":{"number":1,"id":"a","epoch":"e1","kind":"sign_out"}}`,
		hello + `{"kept":{}}` + "\n" + `{"typing":{},"critical":true}`,
		`{"hello":{"min_version":-9223372036854775808,"max_version":9223372036854775807,"device":"d","app":""}}` + "\n" + `{"beat":{}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, lines []byte) {
		w := newWorld(t)
		id := w.holds(w.mira, 1)
		beside := w.console(w.jonas, feed.Limits{}).join(wire.Hello{})
		beside.all()
		c := w.console(w.mira, feed.Limits{})
		for line := range bytes.SplitSeq(lines, []byte("\n")) {
			if c.hear(line); c.end != nil {
				break
			}
		}
		if e := c.end; e != nil && (e.Code < wire.CloseShutdown || e.Cause != nil) {
			t.Errorf("it ended with %+v", e)
		}
		w.writes(1, 2, "still there?")
		w.must(desk.AssignChat{Chat: id, Agent: w.jonas.Agent})
		if beside.all(); beside.end != nil || beside.at[desk.AgentStream(w.jonas.Agent)] != w.head(desk.AgentStream(w.jonas.Agent)).Seq {
			t.Errorf("the console beside it ended with %+v at %v", beside.end, beside.at)
		}
	})
}

// hear takes one frame as session does.
func (c *console) hear(line []byte) {
	u, err := wire.DecodeUp(line)
	if errors.Is(err, wire.ErrUnknownKind) {
		return
	}
	if errors.Is(err, wire.ErrCritical) {
		c.end = feed.Version
		return
	}
	if err != nil {
		c.end = feed.Malformed(err.Error())
		return
	}
	if c.end = c.feed.Expects(&u); c.end != nil {
		return
	}
	c.take(&u)
	c.all()
}

func (c *console) take(u *wire.Up) {
	switch {
	case u.Hello != nil:
		if _, c.end = c.feed.Hello(c.read, u.Hello); c.end == nil {
			c.end = c.feed.Welcome(c.read, c.now)
			c.hears = append(c.hears, c)
		}
	case u.Command != nil:
		a := c.submit(c.feed.Command(u.Command))
		if c.end = c.feed.Submitted(c.read, u.Command.Number, a, nil); c.end == nil && u.Command.Kind == string(chat.CmdSignOut) {
			_, _, c.end = c.feed.SignedOut(c.read, a)
		}
	case u.More != nil:
		c.end = c.feed.More(c.read, *u.More)
	case u.Earlier != nil:
		c.end = c.feed.Earlier(c.read, *u.Earlier)
	case u.Aim != nil:
		c.end = c.feed.Aim(c.read, *u.Aim, c.now)
	case u.Kept != nil:
		c.feed.Kept()
	case u.Beat != nil:
		c.now += chat.Millis(wire.BeatMillis)
		c.end = c.feed.Beat(c.read, c.now)
	}
}
