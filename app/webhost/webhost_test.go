package webhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

// console is bound in these tests.
type console struct {
	waiting chan struct{}
	saved   [][]string
}

type ask struct {
	List string `json:"list"`
	From int    `json:"from"`
}

type row struct {
	ID   string   `json:"id"`
	Tags []string `json:"tags"`
}

func (c *console) Look(a ask) []row {
	return []row{{ID: fmt.Sprintf("%s/%d", a.List, a.From), Tags: []string{}}}
}
func (c *console) Send(chat, text string) []string {
	c.saved = append(c.saved, []string{chat, text})
	return []string{}
}
func (c *console) SetAvailable(bool) {}
func (c *console) Wait()             { <-c.waiting }
func (c *console) Panic()            { panic("words of a customer") }

const policy = "default-src 'none'"

// site is a running host with the client of a browser that has opened its address.
type site struct {
	*Host
	bound   *console
	base    string
	url     string
	browser *http.Client
	stop    func() error
}

func serve(t *testing.T) *site {
	t.Helper()
	s := &site{bound: &console{waiting: make(chan struct{})}}
	s.Host = New(Config{
		Page:   fstest.MapFS{"index.html": {Data: []byte("<p>page")}, "assets/app.js": {Data: []byte("go()")}},
		Policy: policy, Bound: s.bound, Media: media})
	l, err := Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.base, s.url = "http://"+l.Addr().String(), s.URL(l)
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	var ended error
	wg.Go(func() { ended = s.Serve(ctx, l) })
	s.stop = func() error { cancel(); wg.Wait(); return ended }
	t.Cleanup(func() { _ = s.stop() })
	s.browser = s.open(t)
	return s
}

// open is what a browser does with the printed address.
func (s *site) open(t *testing.T) *http.Client {
	t.Helper()
	jar := &jar{}
	c := &http.Client{Jar: jar}
	t.Cleanup(c.CloseIdleConnections)
	rs, err := c.Get(s.url)
	if err != nil {
		t.Fatal(err)
	}
	defer rs.Body.Close()
	body, _ := io.ReadAll(rs.Body)
	if rs.StatusCode != 200 || string(body) != "<p>page" || rs.Request.URL.String() != s.base+"/" {
		t.Fatalf("opened: %d %q at %s", rs.StatusCode, body, rs.Request.URL)
	}
	return c
}

func media(_ context.Context, id string, w io.Writer) error {
	switch id {
	case "empty":
		return nil
	case "none":
		return errors.New("there is no such file")
	case "broken":
		_, err := io.WriteString(w, strings.Repeat("half ", 10_000))
		return errors.Join(err, errors.New("it broke off"))
	}
	_, err := io.WriteString(w, "content of "+id)
	return err
}

// request sends one; headers are "Name: value", a Host among them.
func (s *site) request(t *testing.T, c *http.Client, method, path, body string, headers ...string) (int, string, http.Header) {
	t.Helper()
	rq, err := http.NewRequestWithContext(t.Context(), method, s.base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			rq.Host = value
		}
		rq.Header.Set(name, value)
	}
	rs, err := c.Do(rq)
	if err != nil {
		t.Fatal(err)
	}
	defer rs.Body.Close()
	b, err := io.ReadAll(rs.Body)
	if err != nil {
		return 0, "", rs.Header
	}
	return rs.StatusCode, string(b), rs.Header
}

func TestServesThePageAndCalls(t *testing.T) {
	s := serve(t)
	code, body, h := s.request(t, s.browser, "GET", "/assets/app.js", "")
	if code != 200 || body != "go()" || h.Get("Content-Security-Policy") != policy || h.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %q %v", code, body, h)
	}
	for call, want := range map[string]string{
		`Look [{"list":"my","from":3}]`: `[{"id":"my/3","tags":[]}]`,
		`Send ["chat","text"]`:          `[]`,
		`SetAvailable [true]`:           `null`,
	} {
		name, args, _ := strings.Cut(call, " ")
		if code, body, _ := s.request(t, s.browser, "POST", "/call/"+name, args, "Origin: "+s.base, "Sec-Fetch-Site: same-origin"); code != 200 || body != want {
			t.Errorf("%s: %d %q", call, code, body)
		}
	}
	if diff := cmp.Diff([][]string{{"chat", "text"}}, s.bound.saved); diff != "" {
		t.Error(diff)
	}
}

func TestRefuses(t *testing.T) {
	s := serve(t)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.base, "http://"))
	stranger := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Cleanup(stranger.CloseIdleConnections)
	for _, tt := range []struct {
		what    string
		client  *http.Client
		request string
		headers []string
		want    int
	}{
		{"no cookie", stranger, "GET /", nil, 401},
		{"no cookie for a call", stranger, `POST /call/Send ["a","b"]`, nil, 401},
		{"no cookie for events", stranger, "GET /events", nil, 401},
		{"no cookie for a file", stranger, "GET /media/x", nil, 401},
		{"a wrong token", stranger, "GET /?token=wrong", nil, 401},
		{"no token", stranger, "GET /?token=", nil, 401},
		{"a token for something else", stranger, "GET /events?token=" + s.token, nil, 401},
		{"a wrong cookie", stranger, "GET /", []string{"Cookie: parley-" + port + "=wrong"}, 401},
		{"a cookie of another port", stranger, "GET /", []string{"Cookie: parley-1=" + s.token}, 401},
		{"a rebound name", s.browser, "GET /", []string{"Host: evil.example.com:" + port}, 421},
		{"a rebound name with the token", stranger, "GET /?token=" + s.token, []string{"Host: evil.example.com:" + port}, 421},
		{"another port", s.browser, "GET /", []string{"Host: 127.0.0.1:1"}, 421},
		{"another site", s.browser, `POST /call/Send ["a","b"]`, []string{"Origin: https://evil.example.com"}, 403},
		{"another port's site", s.browser, `POST /call/Send ["a","b"]`, []string{"Origin: http://127.0.0.1:1"}, 403},
		{"a sandboxed page", s.browser, `POST /call/Send ["a","b"]`, []string{"Origin: null"}, 403},
		{"another site by its own word", s.browser, `POST /call/Send ["a","b"]`, []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"a picture on another site", s.browser, "GET /media/x", []string{"Sec-Fetch-Site: cross-site"}, 403},
		{"a frame on another site", s.browser, "GET /media/x", []string{"Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: navigate"}, 403},
		{"a call by GET", s.browser, "GET /call/Send", nil, 404},
		{"a method that there is not", s.browser, "POST /call/Delete []", nil, 404},
		{"a method that is not exported", s.browser, "POST /call/waiting []", nil, 404},
		{"another verb", s.browser, "DELETE /", nil, 405},
		{"too much", s.browser, `POST /call/Send ["a","` + strings.Repeat("x", MaxCallBytes) + `"]`, nil, 413},
		{"too few arguments", s.browser, `POST /call/Send ["a"]`, nil, 400},
		{"a panic", s.browser, "POST /call/Panic []", nil, 500},
	} {
		parts := append(strings.SplitN(tt.request, " ", 3), "")
		code, body, h := s.request(t, tt.client, parts[0], parts[1], parts[2], tt.headers...)
		if code != tt.want || strings.Contains(body, "customer") || h.Get("Set-Cookie") != "" || h.Get("Content-Security-Policy") != policy {
			t.Errorf("%s: %d %q", tt.what, code, body)
		}
	}
	if len(s.bound.saved) != 0 {
		t.Errorf("calls went through: %q", s.bound.saved)
	}
}

func TestTheCookieIsOfThisBrowserOnly(t *testing.T) {
	s := serve(t)
	c := s.browser.Jar.(*jar).cookie
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" {
		t.Errorf("%+v", c)
	}
}

func TestOpensByItsOtherName(t *testing.T) {
	s := serve(t)
	_, port, _ := net.SplitHostPort(strings.TrimPrefix(s.base, "http://"))
	if code, _, _ := s.request(t, s.browser, "GET", "/", "", "Host: localhost:"+port, "Origin: http://localhost:"+port); code != 200 {
		t.Errorf("%d", code)
	}
}

func TestACallThatWaitsHoldsUpNoOther(t *testing.T) {
	s := serve(t)
	var waiting sync.WaitGroup
	waiting.Go(func() { s.request(t, s.browser, "POST", "/call/Wait", "[]") })
	for range 20 {
		if code, _, _ := s.request(t, s.browser, "POST", "/call/SetAvailable", "[true]"); code != 200 {
			t.Errorf("%d", code)
		}
	}
	close(s.bound.waiting)
	waiting.Wait()
}

func TestMedia(t *testing.T) {
	s := serve(t)
	code, body, h := s.request(t, s.browser, "GET", "/media/m1?name=..%2FRechnung%20M%C3%A4rz.html", "")
	if code != 200 || body != "content of m1" || h.Get("Content-Type") != "application/octet-stream" ||
		h.Get("Content-Disposition") != "attachment; filename*=utf-8''Rechnung%20M%C3%A4rz.html" {
		t.Errorf("%d %q %v", code, body, h)
	}
	if code, body, _ := s.request(t, s.browser, "GET", "/media/empty", ""); code != 200 || body != "" {
		t.Errorf("an empty file: %d %q", code, body)
	}
	if code, _, h := s.request(t, s.browser, "GET", "/media/none", ""); code != 502 || h.Get("Content-Disposition") != "" {
		t.Errorf("a file that is not there: %d", code)
	}
	if code, _, _ := s.request(t, s.browser, "GET", "/media/broken", ""); code != 0 {
		t.Errorf("a file that broke off looked whole: %d", code)
	}
}

func TestListensOnLoopbackOnly(t *testing.T) {
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "example.com:0", "[::]:0", "8420"} {
		if l, err := Listen(address); err == nil {
			t.Errorf("%s: listens on %s", address, l.Addr())
			_ = l.Close()
		}
	}
}

func TestEndsWithItsStreams(t *testing.T) {
	s := serve(t)
	stream := s.follow(t, s.browser)
	if err := s.stop(); err != nil {
		t.Errorf("Serve: %v", err)
	}
	if line, err := stream.ReadString('\n'); err != io.EOF && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the stream goes on: %q %v", line, err)
	}
}
