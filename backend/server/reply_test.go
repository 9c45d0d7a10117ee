package server

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/chat"
	"parley/backend/internal/vendors"
	"parley/backend/server/admin"
	"parley/backend/wire"
)

func TestReplyReachesTheGraphAPIOnce(t *testing.T) {
	r := newRig(t, "sent", "delivered", "read")
	r.hears(r.text(person("1"), "Where is my parcel?"))
	c := r.connect(r.token)
	id := c.reply("It is on its way 🚚")
	c.state(id, chat.Seen)
	all := r.vendor.Received()
	if len(all) != 1 || all[0].Text != "It is on its way 🚚" || all[0].Number != number || all[0].Callback != id ||
		strings.TrimPrefix(all[0].To, "+") != person("1").Phone {
		t.Errorf("the Graph API received %+v, want the reply once", all)
	}
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	if got := r.figure(`parley_deliveries_total{end="accepted"}`); got != "1" {
		t.Errorf("%s deliveries counted, want 1", got)
	}
}

func TestStatusesInAnyOrder(t *testing.T) {
	r := newRig(t)
	r.hears(r.text(person("1"), "Hello"))
	c := r.connect(r.token)
	id := c.reply("Hello yourself")
	sent := r.await(1)[0]
	for _, name := range []string{"read", "sent", "delivered", "sent"} {
		if status, err := r.vendor.Post(r.ctx, r.vendor.StatusBody(sent, name, 0, time.Now())); status != http.StatusOK {
			t.Fatalf("status %s: %d, %v", name, status, err)
		}
	}
	c.state(id, chat.Seen)
	r.hears(r.text(person("1"), "the end"))
	c.until("the next message", func() bool { return c.only().Unread == 1 })
	if got := c.said[id].State; got != string(chat.Seen) {
		t.Errorf("the reply is %s after older statuses, want read", got)
	}
}

func TestLateFailureBringsTheWaitingBack(t *testing.T) {
	r := newRig(t)
	r.hears(r.text(person("1"), "Hello"))
	c := r.connect(r.token)
	id := c.reply("Hello yourself")
	c.state(id, chat.Sent)
	if c.only().WaitingSince != 0 {
		t.Fatal("an answered customer waits")
	}
	if _, err := r.vendor.Post(r.ctx, r.vendor.StatusBody(r.await(1)[0], "failed", 131047, time.Now())); err != nil {
		t.Fatal(err)
	}
	failed := c.state(id, chat.Failed)
	if failed.Failure == nil || failed.Failure.Reason != string(chat.OutsideWindow) || failed.Failure.Code != "131047" {
		t.Errorf("failed with %+v, want outside_window", failed.Failure)
	}
	c.until("the waiting", func() bool { return c.only().WaitingSince != 0 })
}

func TestMediaIsStoredAndHandedOutToWhoMayReadIt(t *testing.T) {
	r := newRig(t)
	data := []byte("%PDF-1.4 not really")
	r.hears(r.vendor.Message(person("1"), number, vendors.Content{Text: "my bill",
		File: &vendors.File{Kind: "document", Name: "Rechnung März.pdf", MIME: "application/pdf", Data: data}}))
	c := r.connect(r.token)
	one := c.only()
	c.command(chat.Command{Kind: chat.CmdPick, Chat: chat.ID(one.ID), Assignment: one.Assignment, Base: one.LastNumber}, wire.Done)
	var file wire.Attachment
	c.until("the file", func() bool {
		for _, m := range c.said {
			if len(m.Attachments) == 1 {
				file = m.Attachments[0]
			}
		}
		return file.State == string(chat.MediaReady)
	})
	got := r.get("/media/"+file.ID, r.token)
	if got.status != http.StatusOK || got.body != string(data) {
		t.Fatalf("download: %d %q", got.status, got.body)
	}
	for name, want := range map[string]string{
		"Content-Type":            "application/pdf",
		"Content-Disposition":     `attachment; filename="Rechnung M_rz.pdf"; filename*=UTF-8''Rechnung%20M%C3%A4rz.pdf`,
		"Content-Security-Policy": "default-src 'none'; sandbox",
		"X-Content-Type-Options":  "nosniff",
	} {
		if got.header.Get(name) != want {
			t.Errorf("%s: %s, want %s", name, got.header.Get(name), want)
		}
	}
	other := r.admin(&admin.Request{Verb: "agent create", Name: "Bob", Teams: []string{}})["id"].(string)
	stranger := r.admin(&admin.Request{Verb: "token create", Agent: other})["token"].(string)
	for name, c := range map[string]struct {
		path, token string
		want        int
	}{
		"no token":                {"/media/" + file.ID, "", http.StatusUnauthorized},
		"an agent of no team":     {"/media/" + file.ID, stranger, http.StatusNotFound},
		"a file that is not":      {"/media/nothing", r.token, http.StatusNotFound},
		"a path out of the place": {"/media/..%2Fparley.db", r.token, http.StatusNotFound},
	} {
		if got := r.get(c.path, c.token); got.status != c.want {
			t.Errorf("%s: %d, want %d", name, got.status, c.want)
		}
	}
}

func TestRevokedTokenEndsItsSession(t *testing.T) {
	r := newRig(t)
	c := r.connect(r.token)
	var tokens []admin.Token
	r.ask(&admin.Request{Verb: "token list"}, &tokens)
	r.admin(&admin.Request{Verb: "token revoke", Hash: tokens[0].Hash})
	if code := c.closed(); code != wire.CloseRevoked {
		t.Errorf("closed with %d, want %d", code, wire.CloseRevoked)
	}
	if got := r.get("/media/x", r.token); got.status != http.StatusUnauthorized {
		t.Errorf("a download with a revoked token: %d, want 401", got.status)
	}
}

func TestEndTellsTheConsolesAndTakesLessThanFiveSeconds(t *testing.T) {
	r := newRig(t)
	r.vendor.Fail(vendors.Fault{Kind: vendors.Slow, Delay: patience}) // a call that would take longer
	r.hears(r.text(person("1"), "Hello"))
	c := r.connect(r.token)
	c.reply("Hello yourself")
	r.await(1)
	began := time.Now()
	if err := r.end(); err != nil {
		t.Errorf("end: %v", err)
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the end took %v", took)
	}
	if code := c.closed(); code != wire.CloseShutdown {
		t.Errorf("closed with %d, want %d", code, wire.CloseShutdown)
	}
}

func TestForeignOriginIsRefused(t *testing.T) {
	r := newRig(t)
	for origin, want := range map[string]int{"https://evil.example": http.StatusForbidden, "https://parley.example.com": http.StatusSwitchingProtocols} {
		header := http.Header{"Authorization": {"Bearer " + r.token}, "Origin": {origin}}
		conn, resp, err := websocket.DefaultDialer.DialContext(r.ctx, "ws"+strings.TrimPrefix(r.url, "http")+"/sync", header)
		if err == nil {
			conn.Close()
		}
		if resp.StatusCode != want {
			t.Errorf("origin %s: %d, want %d", origin, resp.StatusCode, want)
		}
	}
}

// TestSecretsAndWordsAreNotLogged lets everything happen once, things that go wrong too, and looks for what may
// not be in the log, which is kept at its most talkative.
func TestSecretsAndWordsAreNotLogged(t *testing.T) {
	r := newRig(t, "sent", "failed")
	words := []string{"sesame-in-a-question", "sesame-in-an-answer", "sesame-name.pdf", "Customer 7", "15550207"}
	r.vendor.Fail(vendors.Fault{Kind: vendors.Refuse, Code: 131026})
	r.hears(r.text(person("7"), words[0]), r.vendor.Message(person("7"), number, vendors.Content{
		File: &vendors.File{Kind: "document", Name: words[2], MIME: "text/plain", Data: []byte("x")}}))
	broken := []byte(`{"object":"` + words[0])
	r.post("shop", r.vendor.Sign(broken), broken)
	r.post("shop", "sha256="+words[0], broken)
	c := r.connect(r.token)
	c.state(c.reply(words[1]), chat.Failed)
	r.get("/media/x", r.token)
	if err := r.end(); err != nil {
		t.Fatal(err)
	}
	log := r.log.String()
	for _, secret := range append(words, r.token, appSecret, verifyToken, accessToken) {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if !strings.Contains(log, "session ended") {
		t.Errorf("the log was not caught: %q", log)
	}
}

func (r *rig) await(n int) []vendors.Received {
	r.Helper()
	all, err := r.vendor.Await(r.ctx, n)
	if err != nil {
		r.Fatal(err)
	}
	return slices.DeleteFunc(all, func(m vendors.Received) bool { return m.ID == "" })
}

// closed reads on until the server closes and returns the code.
func (c *console) closed() int {
	c.Helper()
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	for {
		if _, _, err := c.conn.ReadMessage(); err != nil {
			if e, ok := err.(*websocket.CloseError); ok {
				return e.Code
			}
			c.Fatalf("not closed but: %v", err)
		}
	}
}
