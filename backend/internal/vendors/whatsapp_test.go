package vendors

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"parley/backend/memnet"
)

// company is the other side: it keeps the webhooks that come, and calls the Graph API.
type company struct {
	t *testing.T
	*WhatsApp
	client *http.Client

	mu     sync.Mutex
	bodies []string
	answer func(body string) int
}

// meet connects a WhatsApp with a company and runs it until the test ends.
func meet(t *testing.T, config Config) *company {
	c := &company{t: t, answer: func(string) int { return http.StatusOK }}
	graph, hooks := memnet.Listen(), memnet.Listen()
	config.AppSecret, config.AccessToken, config.Webhook = "secret", "token", "http://company.test/hooks"
	config.Numbers = []Number{{ID: "100", Display: "15550001111"}, {ID: "200", Display: "15550002222"}}
	posting := &http.Transport{DialContext: hooks.DialContext}
	config.Client = &http.Client{Transport: posting}
	c.WhatsApp = New(config)
	calling := &http.Transport{DialContext: graph.DialContext}
	c.client = &http.Client{Transport: calling}
	servers := []*http.Server{{Handler: c.WhatsApp}, {Handler: http.HandlerFunc(c.hook)}}
	go func() { _ = servers[0].Serve(graph) }()
	go func() { _ = servers[1].Serve(hooks) }()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); c.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		<-ended
		posting.CloseIdleConnections()
		calling.CloseIdleConnections()
		servers[0].Close()
		servers[1].Close()
	})
	return c
}

func (c *company) hook(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	mac := hmac.New(sha256.New, []byte("secret"))
	mac.Write(body)
	if want := "sha256=" + hex.EncodeToString(mac.Sum(nil)); err != nil || r.Header.Get("X-Hub-Signature-256") != want {
		c.t.Errorf("a webhook with the signature %q: %v", r.Header.Get("X-Hub-Signature-256"), err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	status := c.answer(string(body))
	if status == http.StatusOK {
		c.bodies = append(c.bodies, string(body))
	}
	w.WriteHeader(status)
}

func (c *company) hooks() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.bodies)
}

// call asks the Graph API and returns what it answered.
func (c *company) call(method, path, token, body string) (int, string, error) {
	c.t.Helper()
	req, err := http.NewRequest(method, "http://graph.test"+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	resp, err := c.client.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(answer), err
}

const hello = `{"messaging_product":"whatsapp","recipient_type":"individual","to":"+4915550001","type":"text","text":{"body":"Hallo"},"biz_opaque_callback_data":"m1"}`

func TestMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := meet(t, Config{Statuses: Statuses{Delay: time.Second}})
		status, answer, err := c.call("POST", "/v25.0/100/messages", "token", hello)
		got := c.Received()
		if err != nil || status != 200 || len(got) != 1 {
			t.Fatal(status, answer, err, got)
		}
		want := fmt.Sprintf(`{"messaging_product":"whatsapp","contacts":[{"input":"+4915550001","wa_id":"4915550001"}],"messages":[{"id":%q}]}`, got[0].ID)
		if d := cmp.Diff(want, answer); d != "" {
			t.Error(d)
		}
		if got[0].Number != "100" || got[0].To != "+4915550001" || got[0].Text != "Hallo" || got[0].Callback != "m1" || string(got[0].Body) != hello {
			t.Errorf("%+v", got[0])
		}
		time.Sleep(time.Minute)
		said := statuses(t, c.hooks())
		base := got[0].At.Unix()
		if d := cmp.Diff([]string{fmt.Sprint("sent m1 ", base+1), fmt.Sprint("delivered m1 ", base+2), fmt.Sprint("read m1 ", base+3)}, said); d != "" {
			t.Error(d)
		}
	})
}

// statuses reads "status callback timestamp" out of webhooks.
func statuses(t *testing.T, bodies []string) []string {
	t.Helper()
	var all []string
	for _, b := range bodies {
		var h hook
		if err := json.Unmarshal([]byte(b), &h); err != nil {
			t.Fatal(err)
		}
		for _, s := range h.Entry[0].Changes[0].Value.Statuses {
			one := s.Status + " " + s.Callback + " " + s.Timestamp
			if len(s.Errors) > 0 {
				one += fmt.Sprint(" ", s.Errors[0].Code)
			}
			all = append(all, one)
		}
	}
	return all
}

func TestShuffledStatuses(t *testing.T) {
	orders := map[string]bool{}
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			c := meet(t, Config{Seed: seed, Statuses: Statuses{Delay: time.Second, Shuffle: true}})
			if _, _, err := c.call("POST", "/v25.0/100/messages", "token", hello); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Minute)
			order := ""
			for _, s := range statuses(t, c.hooks()) {
				order += s[:1]
			}
			orders[order] = true
		})
	}
	if len(orders) != 6 {
		t.Errorf("20 seeds gave the orders %v", orders)
	}
}

func TestRefusals(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := meet(t, Config{})
		for name, q := range map[string]struct {
			method, path, token, body string
			status                    int
			code                      string
		}{
			"wrong token":         {"POST", "/v25.0/100/messages", "tokem", hello, 401, `"code":190`},
			"no token":            {"POST", "/v25.0/100/messages", "", hello, 401, `"code":190`},
			"another number":      {"POST", "/v25.0/999/messages", "token", hello, 400, `"code":33`},
			"another version":     {"POST", "/v1.0/100/messages", "token", hello, 400, `"code":33`},
			"no JSON":             {"POST", "/v25.0/100/messages", "token", "{", 400, `"code":100`},
			"no product":          {"POST", "/v25.0/100/messages", "token", strings.Replace(hello, `"whatsapp"`, `""`, 1), 400, `"code":100`},
			"nobody to send to":   {"POST", "/v25.0/100/messages", "token", strings.Replace(hello, "+4915550001", "", 1), 400, `"code":100`},
			"nothing to say":      {"POST", "/v25.0/100/messages", "token", strings.Replace(hello, "Hallo", "", 1), 400, `"code":100`},
			"too much to say":     {"POST", "/v25.0/100/messages", "token", strings.Replace(hello, "Hallo", strings.Repeat("ä", 4097), 1), 400, `"code":100`},
			"a file not there":    {"GET", "/v25.0/12345", "token", "", 400, `"code":33`},
			"a file, no token":    {"GET", "/v25.0/12345", "x", "", 401, `"code":190`},
			"its bytes, no token": {"GET", "/whatsapp_business/attachments/?mid=1", "x", "", 401, `"code":190`},
			"its bytes":           {"GET", "/whatsapp_business/attachments/?mid=1", "token", "", 404, ""},
		} {
			status, answer, err := c.call(q.method, q.path, q.token, q.body)
			if err != nil || status != q.status || !strings.Contains(answer, q.code) {
				t.Errorf("%s: %d %s %v", name, status, answer, err)
			}
		}
		if got := c.Received(); len(got) != 0 {
			t.Errorf("received %v", got)
		}
	})
}

func TestFaults(t *testing.T) {
	for _, f := range []struct {
		fault    Fault
		status   int // 0: the connection ended
		answer   string
		statuses []string // what follows
	}{
		{Fault{Kind: Refuse, Code: 131047}, 400, `"code":131047`, nil},
		{Fault{Kind: Refuse, Code: 130429}, 429, `"code":130429`, nil},
		{Fault{Kind: DropBefore}, 0, "", nil},
		{Fault{Kind: DropAfter}, 0, "", []string{"sent", "delivered", "read"}},
		{Fault{Kind: DropAfter, Silent: true}, 0, "", nil},
		{Fault{Kind: Answer500}, 500, "<html>", nil},
		{Fault{Kind: Garble}, 200, `"ok"`, []string{"sent", "delivered", "read"}},
		{Fault{Kind: FailLater, Code: 131047}, 200, "wamid", []string{"failed 131047"}},
		{Fault{Kind: Slow, Delay: time.Minute}, 200, "wamid", []string{"sent", "delivered", "read"}},
	} {
		t.Run(string(f.fault.Kind), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := meet(t, Config{})
				c.Fail(f.fault)
				before := time.Now()
				status, answer, err := c.call("POST", "/v25.0/100/messages", "token", hello)
				if (err != nil) != (f.status == 0) || status != f.status || !strings.Contains(answer, f.answer) {
					t.Errorf("%d %q %v", status, answer, err)
				}
				if took := time.Since(before); took != f.fault.Delay {
					t.Errorf("took %v", took)
				}
				if accepted := len(c.Accepted()) == 1; accepted != f.fault.Kind.accepts() || len(c.Received()) != 1 {
					t.Errorf("accepted %v, received %d", accepted, len(c.Received()))
				}
				time.Sleep(time.Minute)
				var said []string
				for _, s := range statuses(t, c.hooks()) {
					fields := strings.Fields(s)
					said = append(said, strings.Join(append(fields[:1], fields[3:]...), " "))
				}
				if d := cmp.Diff(f.statuses, said); d != "" {
					t.Error(d)
				}
				if status, _, err := c.call("POST", "/v25.0/100/messages", "token", hello); status != 200 || err != nil {
					t.Errorf("the next one: %d %v", status, err)
				}
			})
		})
	}
}

// TestPostsAgain: what is refused is posted until it is answered 200, and a customer's messages keep their order
// as far as the vendor keeps it.
func TestPostsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := meet(t, Config{})
		refusals := 0
		c.mu.Lock()
		c.answer = func(body string) int {
			if strings.Contains(body, "first") && refusals < 3 {
				refusals++
				return http.StatusServiceUnavailable
			}
			return http.StatusOK
		}
		c.mu.Unlock()
		ann, bob := Person{Name: "Ann", Phone: "4915550001"}, Person{Name: "Bob", UserID: "US.1"}
		c.Say(bob, "100", Content{Text: "one"})
		c.Say(bob, "100", Content{Text: "two"})
		c.Say(bob, "100", Content{Text: "three"})
		c.Say(ann, "200", Content{Text: "first"})
		time.Sleep(time.Minute)
		var texts []string
		for _, b := range c.hooks() {
			_, rest, _ := strings.Cut(b, `"text":{"body":"`)
			word, _, _ := strings.Cut(rest, `"`)
			texts = append(texts, word)
		}
		if d := cmp.Diff([]string{"one", "two", "three", "first"}, texts); d != "" {
			t.Error(d)
		}
		if left, repeats := c.Waiting(); left != 0 || repeats != 3 {
			t.Errorf("%d left, %d repeats", left, repeats)
		}
	})
}

// TestBody is the whole form of a webhook with messages of two numbers, told apart by eye.
func TestBody(t *testing.T) {
	at := time.Unix(1760000000, 0)
	w := New(Config{Numbers: []Number{{ID: "100", Display: "15550001111"}}, Now: func() time.Time { return at }})
	a := w.Message(Person{Name: "Ann", Phone: "4915550001", UserID: "DE.5"}, "100", Content{Text: "Hallo <b>"})
	b := w.Message(Person{Name: "Bo", UserID: "US.1"}, "999", Content{Text: "here", File: &File{Kind: "image", MIME: "image/png", Data: []byte("x")}})
	want := `{"object":"whatsapp_business_account","entry":[` +
		`{"id":"102290129340398","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550001111","phone_number_id":"100"},` +
		`"contacts":[{"profile":{"name":"Ann"},"wa_id":"4915550001","user_id":"DE.5"}],` +
		`"messages":[{"from":"4915550001","from_user_id":"DE.5","id":"` + a.ID + `","timestamp":"1760000000","type":"text","text":{"body":"Hallo <b>"}}]},"field":"messages"}]},` +
		`{"id":"102290129340398","changes":[{"value":{"messaging_product":"whatsapp","metadata":{"display_phone_number":"999","phone_number_id":"999"},` +
		`"contacts":[{"profile":{"name":"Bo"},"user_id":"US.1"}],` +
		`"messages":[{"from_user_id":"US.1","id":"` + b.ID + `","timestamp":"1760000000","type":"image","image":{"id":"` + b.file + `","mime_type":"image/png",` +
		`"sha256":"LXEWQrcmsEQBYnyp+6wy9chTD7GQPMTbAiWHF5IaSIE=","caption":"here"}}]},"field":"messages"}]}]}`
	if d := cmp.Diff(want, string(w.Body(a, b))); d != "" {
		t.Error(d)
	}
	if a.ID == b.ID || New(Config{Seed: 1}).Message(Person{}, "1", Content{}).ID == New(Config{Seed: 2}).Message(Person{}, "1", Content{}).ID {
		t.Error("two messages have one id")
	}
}

func TestFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := meet(t, Config{})
		m := c.Message(Person{Phone: "1"}, "100", Content{File: &File{Kind: "document", Name: "a.pdf", MIME: "application/pdf", Data: []byte("%PDF")}})
		_, info, err := c.call("GET", "/v25.0/"+m.file, "token", "")
		var at struct {
			URL string `json:"url"`
		}
		if err != nil || json.Unmarshal([]byte(info), &at) != nil {
			t.Fatal(info, err)
		}
		status, data, err := c.call("GET", strings.TrimPrefix(at.URL, "http://graph.test"), "token", "")
		if status != 200 || data != "%PDF" || err != nil {
			t.Errorf("%d %q %v", status, data, err)
		}
	})
}

func TestAwait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := meet(t, Config{})
		go func() {
			time.Sleep(time.Second)
			_, _, _ = c.call("POST", "/v25.0/100/messages", "token", hello)
		}()
		if got, err := c.Await(t.Context(), 1); len(got) != 1 || err != nil {
			t.Error(got, err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := c.Await(ctx, 2); err == nil {
			t.Error("a message came from nowhere")
		}
	})
}

// FuzzMessage: whatever is posted, the vendor answers and stays in order.
func FuzzMessage(f *testing.F) {
	f.Add([]byte(hello))
	f.Add([]byte(`{"to":5}`))
	w := New(Config{AccessToken: "t", Numbers: []Number{{ID: "1"}}})
	f.Fuzz(func(t *testing.T, body []byte) {
		before := len(w.Accepted())
		req, _ := http.NewRequest("POST", "/v25.0/1/messages", strings.NewReader(string(body)))
		req.Header.Set("Authorization", "Bearer t")
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, req)
		if accepted := len(w.Accepted()) > before; accepted != (rec.Code == 200) || rec.Code != 200 && rec.Code != 400 {
			t.Errorf("accepted %v, answered %d", accepted, rec.Code)
		}
	})
}
