package webhost

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// jar keeps the one cookie that there is, for every host: what a name may see is the guard's business.
type jar struct{ cookie *http.Cookie }

func (j *jar) SetCookies(_ *url.URL, cookies []*http.Cookie) {
	for _, c := range cookies {
		j.cookie = c
	}
}

func (j *jar) Cookies(*url.URL) []*http.Cookie {
	if j.cookie == nil {
		return nil
	}
	return []*http.Cookie{{Name: j.cookie.Name, Value: j.cookie.Value}}
}

// follow opens the stream of events and returns when it is open.
func (s *site) follow(t *testing.T, c *http.Client) *bufio.Reader {
	t.Helper()
	rs, err := c.Get(s.base + "/events")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = rs.Body.Close() })
	r := bufio.NewReader(rs.Body)
	if rs.Header.Get("Content-Type") != "text/event-stream" || chunk(t, r) != ": here" {
		t.Fatalf("the stream begins with %v", rs.Header)
	}
	return r
}

// chunk reads up to the next empty line.
func chunk(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	var lines []string
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if line == "\n" {
			return strings.Join(lines, "|")
		}
		lines = append(lines, strings.TrimSuffix(line, "\n"))
	}
}

func TestEventsReachEveryPage(t *testing.T) {
	s := serve(t)
	pages := []*bufio.Reader{s.follow(t, s.browser), s.follow(t, s.open(t))}
	s.Emit("changed", "")
	s.Emit("open", "a\nchat")
	for _, p := range pages {
		got := []string{chunk(t, p), chunk(t, p)}
		if diff := cmp.Diff([]string{"event: changed|data: ", "event: open|data: a chat"}, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAPageThatDoesNotReadHoldsUpNobody(t *testing.T) {
	e := newEvents()
	slow, ok := e.join()
	if !ok {
		t.Fatal("no room for the first")
	}
	for i := range 1000 {
		e.emit(event{"changed", ""})
		e.emit(event{"open", fmt.Sprint(i)})
	}
	taken := e.take(slow)
	if len(taken) != maxPending || taken[maxPending-1] != (event{"open", "999"}) {
		t.Errorf("%d events wait, the last %v", len(taken), taken[len(taken)-1])
	}
	e.leave(slow)
	e.emit(event{"changed", ""})
	if len(e.take(slow)) != 0 {
		t.Error("a page that went is still told")
	}
}

func TestTheNumberOfStreamsIsBounded(t *testing.T) {
	s := serve(t)
	for range maxListeners {
		s.events.join()
	}
	if code, _, _ := s.request(t, s.browser, "GET", "/events", ""); code != http.StatusServiceUnavailable {
		t.Errorf("%d", code)
	}
}
