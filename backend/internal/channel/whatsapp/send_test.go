package whatsapp

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/backend/chat"
	"parley/backend/internal/channel"
	"parley/backend/internal/desk"
	"parley/backend/internal/vendors"
	"parley/backend/memnet"
)

var (
	asset = desk.Asset{ID: "a", Channel: chat.WhatsApp, VendorID: "100", Credential: "main"}
	reply = desk.Outgoing{Message: "msg1", To: chat.Address{Kind: chat.Phone, Value: "+905325550101"}, Text: "Kolay gelsin ☕"}
)

// graph starts a simulated Graph API and returns it with the vendor that calls it and the credentials for it.
func graph(t *testing.T) (*vendors.WhatsApp, *Vendor, desk.Credential) {
	t.Helper()
	l := memnet.Listen()
	w := vendors.New(vendors.Config{AppSecret: cred.AppSecret, AccessToken: cred.AccessToken, Numbers: []vendors.Number{{ID: "100"}}})
	server := &http.Server{Handler: w}
	go func() { _ = server.Serve(l) }()
	transport := &http.Transport{DialContext: l.DialContext}
	t.Cleanup(func() { server.Close(); transport.CloseIdleConnections() })
	c := cred
	c.BaseURL = "http://graph.test"
	return w, New(&http.Client{Transport: transport}), c
}

func TestSend(t *testing.T) {
	w, v, c := graph(t)
	sent := v.Send(t.Context(), c, asset, reply)
	got := w.Received()
	if len(got) != 1 || sent.Ending != desk.EndAccepted || sent.VendorID != got[0].ID {
		t.Fatalf("%+v, received %+v", sent, got)
	}
	want := `{"messaging_product":"whatsapp","recipient_type":"individual","to":"+905325550101","type":"text",` +
		`"text":{"body":"Kolay gelsin ☕"},"biz_opaque_callback_data":"msg1"}`
	if d := cmp.Diff(want, string(got[0].Body)); d != "" {
		t.Error(d)
	}
}

func TestSendToUserID(t *testing.T) {
	w, v, c := graph(t)
	out := reply
	out.To = chat.Address{Kind: chat.UserID, Value: "US.13491208655302741918"}
	if sent := v.Send(t.Context(), c, asset, out); sent.Ending != desk.EndAccepted {
		t.Fatalf("%+v", sent)
	}
	if got := w.Received()[0]; got.Recipient != out.To.Value || got.To != "" {
		t.Errorf("%+v", got)
	}
}

// TestSendEndings meets every fault of the simulated vendor.
func TestSendEndings(t *testing.T) {
	for _, c := range []struct {
		name  string
		fault vendors.Fault
		want  channel.Sent
	}{
		{"outside the window", vendors.Fault{Kind: vendors.Refuse, Code: 131047}, failedWith("131047", chat.OutsideWindow)},
		{"cannot receive", vendors.Fault{Kind: vendors.Refuse, Code: 131026}, failedWith("131026", chat.Undeliverable)},
		{"wrong token", vendors.Fault{Kind: vendors.Refuse, Code: 190}, failedWith("190", chat.NotAuthorized)},
		{"no permission", vendors.Fault{Kind: vendors.Refuse, Code: 10}, failedWith("10", chat.NotAuthorized)},
		{"locked", vendors.Fault{Kind: vendors.Refuse, Code: 131031}, failedWith("131031", chat.NotAuthorized)},
		{"a type of its own", vendors.Fault{Kind: vendors.Refuse, Code: 131051}, failedWith("131051", chat.Unsupported)},
		{"a parameter", vendors.Fault{Kind: vendors.Refuse, Code: 100}, failedWith("100", chat.Rejected)},
		{"a code nobody knows", vendors.Fault{Kind: vendors.Refuse, Code: 999999}, failedWith("999999", chat.Rejected)},
		{"throughput", vendors.Fault{Kind: vendors.Refuse, Code: 130429}, retryWith("130429", chat.SlowDown)},
		{"spam", vendors.Fault{Kind: vendors.Refuse, Code: 131048}, retryWith("131048", chat.SlowDown)},
		{"pair", vendors.Fault{Kind: vendors.Refuse, Code: 131056}, retryWith("131056", chat.SlowDown)},
		{"account", vendors.Fault{Kind: vendors.Refuse, Code: 80007}, retryWith("80007", chat.SlowDown)},
		{"application", vendors.Fault{Kind: vendors.Refuse, Code: 4}, retryWith("4", chat.SlowDown)},
		{"out of service", vendors.Fault{Kind: vendors.Refuse, Code: 131016}, retryWith("131016", chat.VendorDown)},
		{"failed, unknown why", vendors.Fault{Kind: vendors.Refuse, Code: 131000}, failedWith("131000", chat.Rejected)},
		{"possible server error", vendors.Fault{Kind: vendors.Refuse, Code: 1}, channel.Sent{Ending: desk.EndUnclear}},
		{"dropped", vendors.Fault{Kind: vendors.DropBefore}, channel.Sent{Ending: desk.EndUnclear}},
		{"dropped, accepted", vendors.Fault{Kind: vendors.DropAfter}, channel.Sent{Ending: desk.EndUnclear}},
		{"500", vendors.Fault{Kind: vendors.Answer500}, channel.Sent{Ending: desk.EndUnclear}},
		{"garbled", vendors.Fault{Kind: vendors.Garble}, channel.Sent{Ending: desk.EndUnclear}},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, v, cred := graph(t)
			w.Fail(c.fault)
			got := v.Send(t.Context(), cred, asset, reply)
			if d := cmp.Diff(c.want, got, cmpopts.IgnoreFields(chat.Failure{}, "Detail")); d != "" {
				t.Error(d)
			}
			if n := len(w.Received()); n != 1 {
				t.Errorf("the vendor received it %d times", n)
			}
		})
	}
}

func failedWith(code string, r chat.Reason) channel.Sent {
	return channel.Sent{Ending: desk.EndFailed, Failure: &chat.Failure{Code: code, Reason: r}}
}

func retryWith(code string, r chat.Reason) channel.Sent {
	return channel.Sent{Ending: desk.EndRetry, Failure: &chat.Failure{Code: code, Reason: r}}
}

// TestSendBeforeAnythingWasWritten: what surely did not reach the vendor may be tried again.
func TestSendBeforeAnythingWasWritten(t *testing.T) {
	down := channel.Sent{Ending: desk.EndRetry, Failure: &chat.Failure{Reason: chat.VendorDown}}
	closed := memnet.Listen()
	closed.Close()
	for name, dial := range map[string]func(context.Context, string, string) (net.Conn, error){
		"refused": closed.DialContext,
		"no such name": func(context.Context, string, string) (net.Conn, error) {
			return nil, &net.DNSError{Err: "no such host", Name: "graph.test", IsNotFound: true}
		},
	} {
		t.Run(name, func(t *testing.T) {
			v, c := New(&http.Client{Transport: &http.Transport{DialContext: dial}}), cred
			c.BaseURL = "http://graph.test"
			if d := cmp.Diff(down, v.Send(t.Context(), c, asset, reply)); d != "" {
				t.Error(d)
			}
		})
	}
	t.Run("no TLS", func(t *testing.T) {
		_, v, c := graph(t)
		c.BaseURL = "https://graph.test"
		if d := cmp.Diff(down, v.Send(t.Context(), c, asset, reply)); d != "" {
			t.Error(d)
		}
	})
}

// TestSendTimesOut: once the request may have been written, the end of the time leaves the matter open.
func TestSendTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, v, c := graph(t)
		w.Fail(vendors.Fault{Kind: vendors.Slow, Delay: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if got := v.Send(ctx, c, asset, reply); got.Ending != desk.EndUnclear {
			t.Errorf("%+v", got)
		}
	})
}

// TestSendFollowsNoRedirect: it would be made twice, and its token might go elsewhere.
func TestSendFollowsNoRedirect(t *testing.T) {
	calls := 0
	v, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		calls++
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	})
	if got := v.Send(t.Context(), c, asset, reply); got.Ending != desk.EndUnclear || calls != 1 {
		t.Errorf("%+v after %d calls", got, calls)
	}
}

// serve starts a Graph API that answers as f does.
func serve(t *testing.T, f http.HandlerFunc) (*Vendor, desk.Credential) {
	t.Helper()
	l := memnet.Listen()
	server := &http.Server{Handler: f}
	go func() { _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close() })
	c := cred
	c.BaseURL = "http://graph.test/"
	return New(&http.Client{Transport: &http.Transport{DialContext: l.DialContext}}), c
}

func TestRetryAfter(t *testing.T) {
	v, c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "90")
		w.WriteHeader(http.StatusTooManyRequests)
	})
	want := channel.Sent{Ending: desk.EndRetry, Failure: &chat.Failure{Reason: chat.SlowDown}, RetryAfter: 90 * time.Second}
	if d := cmp.Diff(want, v.Send(t.Context(), c, asset, reply)); d != "" {
		t.Error(d)
	}
}

// TestJudge is of answers that the simulated vendor does not give.
func TestJudge(t *testing.T) {
	for _, c := range []struct {
		name   string
		status int
		answer string
		want   desk.Ending
	}{
		{"accepted", 200, `{"messages":[{"id":"wamid.1"}],"error":null}`, desk.EndAccepted},
		{"accepted, with more", 200, `{"messages":[{"id":"wamid.1","message_status":"accepted"}],"new":1}`, desk.EndAccepted},
		{"no id", 200, `{"messages":[{}]}`, desk.EndUnclear},
		{"no messages", 200, `{"messages":[]}`, desk.EndUnclear},
		{"cut off", 200, `{"messages":[{"id":"wam`, desk.EndUnclear},
		{"an error in a 200", 200, `{"error":{"code":131047}}`, desk.EndUnclear},
		{"another success", 202, `{"messages":[{"id":"wamid.1"}]}`, desk.EndUnclear},
		{"an error without a code", 400, `{"error":{"message":"?"}}`, desk.EndFailed},
		{"a page", 403, `<html>`, desk.EndFailed},
		{"a page of a proxy", 502, `<html>Bad gateway</html>`, desk.EndUnclear},
		{"too slow for it", 408, ``, desk.EndUnclear},
		{"too many", 429, `<html>`, desk.EndRetry},
		{"too many, of another kind", 429, `{"error":{"code":100}}`, desk.EndRetry},
		{"an error of 500 with a word", 500, `{"error":{"code":131000}}`, desk.EndFailed},
		{"no service", 503, `{"error":{"code":2}}`, desk.EndRetry},
	} {
		if got := judge(c.status, http.Header{}, []byte(c.answer)); got.Ending != c.want {
			t.Errorf("%s: %+v, want %s", c.name, got, c.want)
		}
	}
}

func FuzzJudge(f *testing.F) {
	f.Add(200, []byte(`{"messages":[{"id":"wamid.1"}]}`))
	f.Add(400, []byte(`{"error":{"code":131047,"error_data":{"details":"x"}}}`))
	f.Fuzz(func(t *testing.T, status int, answer []byte) {
		got := judge(status, http.Header{}, answer)
		switch {
		case got.Ending == desk.EndAccepted && (status != 200 || got.VendorID == ""),
			(got.Ending == desk.EndFailed || got.Ending == desk.EndRetry) && (status < 400 || got.Failure == nil),
			got.Ending == "":
			t.Errorf("%d %q: %+v", status, answer, got)
		}
	})
}

func FuzzFileInfo(f *testing.F) {
	f.Add([]byte(`{"url":"http://graph.test/x","sha256":"00"}`))
	f.Add([]byte(`{"url":"file:///etc/passwd"}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		var info fileInfo
		c := cred
		c.BaseURL = "http://graph.test"
		if decode(answer, &info) == nil && safeURL(c, info.URL) == nil &&
			!strings.HasPrefix(strings.ToLower(info.URL), "https:") && !strings.HasPrefix(strings.ToLower(info.URL), "http://graph.test") {
			t.Errorf("the token would go to %q", info.URL)
		}
	})
}

// customerFile has a customer send data, and returns it as the server would keep it.
func customerFile(t *testing.T, w *vendors.WhatsApp, data []byte) desk.Media {
	t.Helper()
	m := w.Message(vendors.Person{Phone: "905325550101"}, "100", vendors.Content{
		File: &vendors.File{Kind: "document", Name: "a.pdf", MIME: "application/pdf", Data: data}})
	raw := w.Body(m)
	b, err := New(http.DefaultClient).Parse(cred, http.Header{"X-Hub-Signature-256": {w.Sign(raw)}}, raw)
	if err != nil || len(b.Messages) != 1 || len(b.Messages[0].Files) != 1 {
		t.Fatal(b, err)
	}
	f := b.Messages[0].Files[0]
	return desk.Media{ID: "m", VendorID: f.VendorID, SHA256: f.SHA256}
}

func TestFetch(t *testing.T) {
	w, v, c := graph(t)
	data := bytes.Repeat([]byte("page "), 10_000)
	m := customerFile(t, w, data)
	var got bytes.Buffer
	size, err := v.Fetch(t.Context(), c, m, &got, int64(len(data)))
	if err != nil || size != int64(len(data)) || !bytes.Equal(got.Bytes(), data) {
		t.Fatalf("%d bytes, %v", size, err)
	}
	if _, err := v.Fetch(t.Context(), c, m, &got, int64(len(data))-1); !errors.Is(err, channel.ErrFinal) {
		t.Errorf("over the limit: %v", err)
	}
	wrong := m
	wrong.SHA256 = hex.EncodeToString(make([]byte, 32))
	if _, err := v.Fetch(t.Context(), c, wrong, &got, 1<<20); err == nil || errors.Is(err, channel.ErrFinal) {
		t.Errorf("another hash: %v", err)
	}
	gone := m
	gone.VendorID = "5"
	if _, err := v.Fetch(t.Context(), c, gone, &got, 1<<20); !errors.Is(err, channel.ErrFinal) {
		t.Errorf("a file that is not there: %v", err)
	}
	c.AccessToken = "old"
	if _, err := v.Fetch(t.Context(), c, m, &got, 1<<20); err == nil || errors.Is(err, channel.ErrFinal) {
		t.Errorf("an old token, which an admin can renew: %v", err)
	}
}

// TestFetchKeepsTheToken: it goes to no address but over TLS or to the one that the admin gave.
func TestFetchKeepsTheToken(t *testing.T) {
	told := "http://elsewhere.test/file"
	var asked []string
	v, c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Host)
		if r.URL.Path == "/v25.0/7" {
			_, _ = w.Write([]byte(`{"url":"` + told + `"}`))
			return
		}
		http.Redirect(w, r, "http://elsewhere.test/file", http.StatusFound)
	})
	for _, told = range []string{"http://elsewhere.test/file", "http://graph.test/file", "file:///etc/passwd", ""} {
		if _, err := v.Fetch(t.Context(), c, desk.Media{VendorID: "7"}, &bytes.Buffer{}, 10); err == nil {
			t.Errorf("%q was fetched", told)
		}
	}
	for _, host := range asked {
		if host != "graph.test" {
			t.Errorf("%s was asked", host)
		}
	}
}
