package nettest

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/wire"
)

// What a console may do, see misdeed.want.
const (
	stays     = "open, no other, current, both sent"
	anew      = "closed 1000, connects again, current, both sent"
	malformed = "closed 4100, connects again, current, both sent"
	elsewhere = "no connection, connects again, current, both sent"
)

// sends is a server that sends texts on an open connection.
func sends(texts ...string) func(*visit) {
	return func(v *visit) {
		for _, s := range texts {
			v.text(s)
		}
	}
}

// at is a frame of a stream, by its place.
func at(stream, epoch string, seq int64, changes string) string {
	return fmt.Sprintf(`{"frame":{"stream":%s,"epoch":%q,"seq":%d,"at":946684800001,"changes":[%s]}}`, stream, epoch, seq, changes)
}

// follows is a server that sends a frame of the agent's stream with changes, in its place.
func follows(changes string) func(*visit) {
	return func(v *visit) {
		v.r.mu.Lock()
		v.r.seq++
		seq := v.r.seq
		v.r.mu.Unlock()
		v.text(at(mineJSON, epoch, seq, changes))
	}
}

const (
	mineJSON   = `{"kind":"agent","id":"ag1"}`
	tenantJSON = `{"kind":"tenant"}`
)

// lies are frames that are not the protocol's, or newer than the console.
var lies = []misdeed{
	{name: "not JSON", open: sends(`{"frame":`), want: malformed},
	{name: "an array", open: sends(`[]`), want: malformed},
	{name: "no member", open: sends(`{}`), want: malformed},
	{name: "two members", open: sends(`{"beat":{},"refetch":{"from":1}}`), want: malformed},
	{name: "a name twice", open: sends(`{"beat":{"now":1,"now":2}}`), want: malformed},
	{name: "a lone surrogate", open: sends(`{"goodbye":{"code":4000,"reason":"\ud800"}}`), want: malformed},
	{name: "bad UTF-8", open: sends("{\"goodbye\":{\"code\":4000,\"reason\":\"\xff\"}}"), want: malformed},
	{name: "a number with a fraction", open: sends(`{"beat":{"now":1.5}}`), want: malformed},
	{name: "a string for a number", open: sends(`{"beat":{"now":"1"}}`), want: malformed},
	{name: "an empty message", open: sends(``), want: malformed},
	{name: "a binary message", open: func(v *visit) { v.raw(websocket.BinaryMessage, []byte(`{"beat":{}}`)) }, want: malformed},
	{name: "a huge frame", open: func(v *visit) { v.text(`{"beat":{"now":` + strings.Repeat(" ", wire.MaxDownBytes) + `1}}`) }, want: malformed},
	{name: "a compressed bomb", open: bomb, want: malformed},
	{name: "a frame of an unknown kind", open: sends(`{"weather":{"now":1}}`), want: stays},
	{name: "an unknown member", open: sends(`{"beat":{"wind":"north"}}`), want: stays},
	{name: "an unknown change", open: follows(`{"weather":{}}`), want: stays},
	{name: "an unknown kind that is critical", open: sends(`{"weather":{},"critical":true}`), want: "closed 4101, no other, too_old, both queued"},
	{name: "an unknown change that is critical", open: sends(at(mineJSON, "e1", 4, `{"weather":{},"critical":true}`)),
		want: "closed 4101, no other, too_old, both queued"},
	{name: "an unknown member that is critical", open: sends(`{"beat":{"wind":1,"critical":true}}`), want: "closed 4101, no other, too_old, both queued"},
}

// bomb sends 64 MB that take 64 kB.
func bomb(v *visit) {
	v.ws.EnableWriteCompression(true)
	v.raw(websocket.TextMessage, bytes.Repeat([]byte(" "), 64<<20))
	v.ws.EnableWriteCompression(false)
}

// positions are frames that do not follow.
var positions = []misdeed{
	{name: "a frame of another epoch", open: sends(at(mineJSON, "e2", 4, "")), want: anew},
	{name: "a gap in seq", open: sends(at(mineJSON, "e1", 5, "")), want: anew},
	{name: "a seq far ahead", open: sends(at(mineJSON, "e1", 1<<60, "")), want: anew},
	{name: "a seq that goes back", open: sends(at(mineJSON, "e1", 2, `{"chat_gone":{"id":"SUPAAAAAAAAAAAA1"}}`)), want: stays},
	{name: "the same seq again", open: sends(at(mineJSON, "e1", 3, `{"chat_gone":{"id":"SUPAAAAAAAAAAAA1"}}`)), want: stays},
	{name: "a negative seq", open: sends(at(mineJSON, "e1", -1, "")), want: malformed},
	{name: "a frame without an epoch", open: sends(at(mineJSON, "", 4, "")), want: malformed},
	{name: "a frame of a stream that was not welcomed", open: sends(at(`{"kind":"queue","id":"tm9"}`, "e1", 1, "")), want: stays},
	{name: "a frame of a stream of an unknown kind", open: sends(at(`{"kind":"weather"}`, "e1", 1, "")), want: stays},
	{name: "counts that are wrong", open: sends(strings.Replace(at(mineJSON, "e1", 4, ""), `"changes":[]`,
		`"changes":[],"counts":{"held":9,"pending":9,"waiting":9}`, 1)), want: anew, mismatches: 1},
	{name: "a beat that names another epoch", open: sends(beat("e2", 3)), want: anew},
	{name: "beats that name what never came", open: sends(beat("e1", 9), beat("e1", 9)), want: anew},
	{name: "a beat that names what was passed", open: sends(beat("e1", 1)), want: stays},
	{name: "a beat that names a stream that was not welcomed", open: sends(`{"beat":{"heads":[{"stream":{"kind":"queue","id":"tm9"},"position":{"epoch":"e1","seq":7}}]}}`), want: stays},
}

// digests are those that a beat may bring.
var digests = []misdeed{
	{name: "a digest that is wrong", open: sends(digest(3, "0123456789abcdef")), want: anew, mismatches: 1},
	{name: "a digest that is none", open: sends(digest(3, "?")), want: anew, mismatches: 1},
	{name: "a digest of a position that was passed", open: sends(digest(2, "0123456789abcdef")), want: stays},
	{name: "a digest of a position that never came", open: sends(digest(4, "0123456789abcdef")), want: anew},
	{name: "a digest of a stream without chats", open: sends(fmt.Sprintf(`{"beat":{"heads":[{"stream":%s,"position":{"epoch":"e1","seq":1},"digest":"0123456789abcdef"}]}}`, tenantJSON)), want: stays},
}

func digest(seq int64, digest string) string {
	return strings.Replace(beat("e1", seq), `}}]`, fmt.Sprintf(`},"digest":%q}]`, digest), 1)
}

// tokens are those that a server may offer; most then cut the connection, for the console has to come back.
var tokens = []misdeed{
	{name: "tokens without end", open: func(v *visit) {
		for n := range 1000 {
			v.text(fmt.Sprintf(`{"token":{"token":"token-%d"}}`, n))
		}
		_ = v.ws.Close()
	}, want: "cut, connects again, current, both sent"},
	{name: "an empty token", open: sends(`{"token":{"token":""}}`), want: malformed},
	{name: "a token that no header can carry", open: sends(`{"token":{"token":"a\r\nX: b"}}`), want: malformed},
	{name: "a token that has expired", open: func(v *visit) {
		v.text(`{"token":{"token":"another","expires_at":1}}`)
		_ = v.ws.Close()
	}, want: "cut, connects again, current, both sent"},
}

// drafts are those that a server may bring.
var drafts = []misdeed{
	{name: "a draft for a chat that is not there", open: follows(`{"draft":{"chat":"SUPBBBBBBBBBBBB1","text":"x","revision":1,"device":"d","at":1}}`), want: stays},
	{name: "a draft of a negative revision", open: follows(`{"draft":{"chat":"SUPAAAAAAAAAAAA1","text":"x","revision":-1,"device":"d","at":1}}`), want: stays},
	{name: "a draft of a megabyte", open: follows(`{"draft":{"chat":"SUPAAAAAAAAAAAA1","text":"` + strings.Repeat("x", 1_000_000) + `","revision":1,"device":"d","at":1}}`), want: stays},
}

func beat(epoch string, seq int64) string {
	return fmt.Sprintf(`{"beat":{"heads":[{"stream":%s,"position":{"epoch":%q,"seq":%d}}]}}`, mineJSON, epoch, seq)
}

// part is one of a snapshot of the tenant's stream.
func part(n int, last bool, seq int64) string {
	return fmt.Sprintf(`{"snapshot":{"stream":%s,"at":{"epoch":"e1","seq":%d},"part":%d,"last":%t,"changes":[]}}`, tenantJSON, seq, n, last)
}

// snapshots are those that do not come as they should.
var snapshots = []misdeed{
	{name: "a snapshot that begins with its second part", open: sends(part(1, true, 7)), want: anew},
	{name: "a snapshot with a part left out", open: sends(part(0, false, 7), part(2, true, 7)), want: anew},
	{name: "a snapshot with a part twice", open: sends(part(0, false, 7), part(1, false, 7), part(1, true, 7)), want: anew},
	{name: "a snapshot whose position changes", open: sends(part(0, false, 7), part(1, true, 8)), want: anew},
	{name: "a snapshot that begins again", open: sends(part(0, false, 7), part(0, false, 7), part(1, true, 7)), want: stays},
	{name: "a snapshot with a negative part", open: sends(part(-1, true, 7)), want: anew},
	{name: "a snapshot of a stream that was not welcomed", open: sends(`{"snapshot":{"stream":{"kind":"queue","id":"tm9"},"at":{"epoch":"e1","seq":7},"part":0,"last":true,"changes":[]}}`), want: stays},
	{name: "a frame while a snapshot is under way", open: sends(part(0, false, 7), at(tenantJSON, "e1", 2, "")), want: anew},
	{name: "a snapshot with counts that are wrong", open: sends(`{"snapshot":{"stream":{"kind":"agent","id":"ag1"},"at":{"epoch":"e1","seq":3},"part":0,"last":true,"changes":[],"counts":{"held":4,"pending":0,"waiting":0}}}`), want: anew, mismatches: 1},
}

// greetings are welcomes that cannot be right.
var greetings = []misdeed{
	{name: "no welcome", greet: func(*visit, *wire.Hello) {}, want: "closed 4002, connects again, current, both sent"},
	{name: "a snapshot before the welcome", greet: func(v *visit, _ *wire.Hello) { v.say(wire.Down{Snapshot: v.r.snapshot()}) }, want: "closed 4002, connects again, current, both sent"},
	{name: "a welcome without streams", greet: welcoming(func(w *wire.Welcome) { w.Streams = nil }), want: malformed},
	{name: "a welcome without an agent", greet: welcoming(func(w *wire.Welcome) { w.Agent = wire.Agent{} }), want: malformed},
	{name: "a welcome of another agent than its streams", greet: welcoming(func(w *wire.Welcome) { w.Agent.ID = "ag2" }), want: malformed},
	{name: "a welcome that names another agent", greet: welcoming(func(w *wire.Welcome) { w.Agent.ID, w.Streams[0].Stream.ID = "ag2", "ag2" }), want: "closed 1000, connects again, current, asked + sent"},
	{name: "a welcome of a version that is not spoken", greet: welcoming(func(w *wire.Welcome) { w.Version = 99 }), want: "closed 4101, no other, too_old, both queued"},
	{name: "a welcome that asks for a beat each 0 ms", greet: welcoming(func(w *wire.Welcome) { w.BeatMillis = 0 }), want: stays},
	{name: "a welcome that asks for a beat each -1 ms", greet: welcoming(func(w *wire.Welcome) { w.BeatMillis = -1 }), want: stays},
	{name: "a welcome that asks for a beat each year", greet: welcoming(func(w *wire.Welcome) { w.BeatMillis = 1 << 60 }), want: stays},
	{name: "a welcome that knows later commands", greet: welcoming(func(w *wire.Welcome) { w.LastCommand = 1000 }), want: stays},
	{name: "a welcome with a negative last command", greet: welcoming(func(w *wire.Welcome) { w.LastCommand = -5 }), want: stays},
	{name: "a welcome with a head that never comes", greet: welcoming(func(w *wire.Welcome) { w.Streams[0].Head.Seq = 99 }), want: "open, no other, catching_up, both sent"},
	{name: "a welcome that resumes where the console is not", greet: welcoming(func(w *wire.Welcome) { w.Streams[0].Resumed = true; w.Streams[0].Head.Epoch = "e9" }), want: "open, no other, catching_up, both sent"},
	{name: "two welcomes", greet: func(v *visit, h *wire.Hello) {
		v.say(wire.Down{Welcome: v.r.welcome(h.Device)})
		v.hello(h)
	}, want: stays},
}

// welcoming sends a welcome that change has changed, and then what belongs to a right one.
func welcoming(change func(*wire.Welcome)) func(*visit, *wire.Hello) {
	return func(v *visit, h *wire.Hello) {
		v.greet(h, change)
	}
}

// commands are answers to commands that nobody gave, and answers that cannot be.
var commands = []misdeed{
	{name: "a result of an unknown number", open: func(v *visit) { v.text(result(v.device, 77, "x", "done")) }, want: stays},
	{name: "a result of another device", open: sends(result("another", 1, "x", "done")), want: stays},
	{name: "a result with another id", open: func(v *visit) { v.text(result(v.device, 1, "another", "done")) }, want: "open, no other, current, asked + sent"},
	{name: "a result with an unknown outcome", open: func(v *visit) { v.text(result(v.device, 1, v.first, "perhaps")) }, want: "open, no other, current, asked + sent"},
	{name: "a refusal with an unknown problem", open: func(v *visit) {
		v.text(strings.Replace(result(v.device, 1, v.first, "refused"), `"outcome"`, `"problem":{"kind":777},"outcome"`, 1))
	}, want: "open, no other, current, asked + sent"},
	{name: "a refusal without a problem", open: func(v *visit) { v.text(result(v.device, 1, v.first, "refused")) }, want: "open, no other, current, asked + sent"},
	{name: "a refetch from 0", open: sends(`{"refetch":{"from":0}}`), want: stays},
	{name: "a refetch from -9", open: sends(`{"refetch":{"from":-9}}`), want: stays},
	{name: "a refetch from far ahead", open: sends(`{"refetch":{"from":1000000000000}}`), want: stays},
	{name: "a refetch of the same again and again", open: sends(many(1000, `{"refetch":{"from":1}}`)...), want: stays},
	{name: "a page of a chat that nobody asked for", open: sends(page("SUPBBBBBBBBBBBB1", 5, 4)), want: stays},
	{name: "a page that was not asked for", open: sends(page(string(rogueChat), 2, 1)), want: stays},
	{name: "a page with a gap", open: sends(page(string(rogueChat), 9, 8, 5)), want: stays},
	{name: "a page of messages of another chat", open: sends(strings.Replace(page(string(rogueChat), 2, 1), `"chat":"SUPAAAAAAAAAAAA1","number"`, `"chat":"SUPBBBBBBBBBBBB1","number"`, 1)), want: stays},
	{name: "a page with negative numbers", open: sends(page(string(rogueChat), 0, -1, -2)), want: stays},
	{name: "a history that nobody asked for", open: sends(`{"history":{"customer":"cu9","chats":[]}}`), want: stays},
	{name: "a message of a chat that is not there", open: follows(`{"message":{"id":"m","chat":"SUPBBBBBBBBBBBB1","number":1,"kind":"inbound","inbounds":1,"at":1}}`), want: stays},
	{name: "a message far ahead", open: follows(`{"message":{"id":"m","chat":"SUPAAAAAAAAAAAA1","number":99,"kind":"inbound","inbounds":1,"at":1}}`), want: stays},
}

func result(device string, number int64, id, outcome string) string {
	return fmt.Sprintf(`{"result":{"device":%q,"number":%d,"id":%q,"outcome":%q}}`, device, number, id, outcome)
}

func many(n int, text string) []string {
	var all []string
	for range n {
		all = append(all, text)
	}
	return all
}

func page(id string, before int64, numbers ...int64) string {
	var all []string
	for _, n := range numbers {
		all = append(all, fmt.Sprintf(`{"id":"x%d","chat":%q,"number":%d,"kind":"inbound","inbounds":1,"at":1}`, n, id, n))
	}
	return fmt.Sprintf(`{"page":{"chat":%q,"before":%d,"messages":[%s]}}`, id, before, strings.Join(all, ","))
}

// Moments that a clock shows which is wrong.
var (
	year1970 = int64(1)
	year2099 = time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()
)

// clocks are those of a server that went wrong.
var clocks = []misdeed{
	{name: "welcome.now of 1970", greet: welcoming(func(w *wire.Welcome) { w.Now = year1970 }), want: stays},
	{name: "welcome.now of 2099", greet: welcoming(func(w *wire.Welcome) { w.Now = year2099 }), want: stays},
	{name: "welcome.now before 1970", greet: welcoming(func(w *wire.Welcome) { w.Now = -1 << 62 }), want: stays},
	{name: "beat.now of 1970", open: sends(fmt.Sprintf(`{"beat":{"now":%d}}`, year1970)), want: stays},
	{name: "beat.now of 2099", open: sends(fmt.Sprintf(`{"beat":{"now":%d}}`, year2099)), want: stays},
	{name: "frame.at of 1970", open: sends(strings.Replace(at(tenantJSON, "e1", 2, ""), "946684800001", fmt.Sprint(year1970), 1)), want: stays},
	{name: "frame.at of 2099", open: sends(strings.Replace(at(tenantJSON, "e1", 2, ""), "946684800001", fmt.Sprint(year2099), 1)), want: stays},
}

// silences are those of a server that is not there any more, though the connection is.
var silences = []misdeed{
	{name: "silence on an open connection", open: func(v *visit) { v.mute() }, want: "closed 4002, connects again, current, both sent"},
	{name: "a frame that does not end", open: func(v *visit) { v.mute(); v.half(`{"beat":{"now":`) }, want: "closed 4002, connects again, current, both sent"},
	{name: "the connection ends without a word", open: func(v *visit) { _ = v.ws.Close() }, want: "cut, connects again, current, both sent"},
}

// goodbyes are every close code, with a goodbye and without.
var goodbyes = endings()

func endings() []misdeed {
	away := map[int]string{4100: "too_old", 4101: "too_old", 4102: "signed_out", 4103: "replaced", 4142: "too_old"}
	var all []misdeed
	for _, code := range []int{4000, 4001, 4002, 4003, 4004, 4042, 4100, 4101, 4102, 4103, 4142} {
		want := fmt.Sprintf("closed %d, connects again, current, both sent", code)
		if code >= 4100 {
			want = fmt.Sprintf("closed %d, no other, %s, both queued", code, away[code])
		}
		all = append(all,
			misdeed{name: fmt.Sprintf("close %d", code), open: closing(code, ""), want: want},
			misdeed{name: fmt.Sprintf("goodbye %d", code), open: closing(code, `{"goodbye":{"code":%d,"reason":"as the test says"}}`), want: want})
	}
	for _, code := range []int{1000, 1001, 1011, 3000, 4999} {
		all = append(all, misdeed{name: fmt.Sprintf("close %d", code), open: closing(code, ""),
			want: fmt.Sprintf("closed %d, connects again, current, both sent", code)})
	}
	return append(all,
		misdeed{name: "goodbye with a wait of -1 ms", open: closing(4003, `{"goodbye":{"code":%d,"reason":"","retry_millis":-1}}`), want: "closed 4003, connects again, current, both sent"},
		misdeed{name: "goodbye with a wait of a minute", open: closing(4003, `{"goodbye":{"code":%d,"reason":"","retry_millis":60000}}`), want: "closed 4003, connects again, current, both sent"},
		misdeed{name: "goodbye with a wait of a year", open: closing(4003, `{"goodbye":{"code":%d,"reason":"","retry_millis":31536000000}}`), want: "closed 4003, no other, offline, both sent"},
		misdeed{name: "goodbye without a close", open: sends(`{"goodbye":{"code":4000,"reason":"but it stays"}}`), want: stays})
}

// closing says goodbye, if there is one, and closes with a code.
func closing(code int, goodbye string) func(*visit) {
	return func(v *visit) {
		if goodbye != "" {
			v.text(fmt.Sprintf(goodbye, code))
		}
		v.raw(websocket.CloseMessage, websocket.FormatCloseMessage(code, ""))
	}
}

// upgrades are what else may answer at the server's address.
var upgrades = []misdeed{
	{name: "200 with a page", upgrade: answer(http.StatusOK, "<html>Welcome to the hotel's WiFi</html>"), want: elsewhere},
	{name: "302 to elsewhere", upgrade: func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "http://elsewhere/sync", http.StatusFound)
	}, want: elsewhere},
	{name: "401", upgrade: answer(http.StatusUnauthorized, ""), want: "no connection, no other, signed_out, both queued"},
	{name: "403", upgrade: answer(http.StatusForbidden, ""), want: elsewhere},
	{name: "404", upgrade: answer(http.StatusNotFound, ""), want: elsewhere},
	{name: "500", upgrade: answer(http.StatusInternalServerError, ""), want: elsewhere},
	{name: "503", upgrade: answer(http.StatusServiceUnavailable, ""), want: elsewhere},
	{name: "101 for somebody else", upgrade: func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Sec-WebSocket-Accept", "bm90IHlvdXJzIGF0IGFsbA==")
		w.WriteHeader(http.StatusSwitchingProtocols)
	}, want: elsewhere},
	{name: "no answer at all", upgrade: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, want: elsewhere},
	{name: "headers of 4 MB", upgrade: func(w http.ResponseWriter, _ *http.Request) {
		endless(w, bytes.Repeat([]byte("X-More: and more\r\n"), 4<<20/18))
	}, want: elsewhere},
}

func answer(status int, body string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, body, status) }
}

// endless answers with more headers than anybody means, and then with silence.
func endless(w http.ResponseWriter, headers []byte) {
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	if _, err = conn.Write([]byte("HTTP/1.1 101 Switching Protocols\r\n")); err == nil {
		_, err = conn.Write(headers)
	}
	if err == nil {
		_, _ = io.Copy(io.Discard, conn)
	}
}
