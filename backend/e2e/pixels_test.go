//go:build e2e && linux

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"parley/backend/internal/vendors"
)

// samples is how many messages are followed to the screen.
const samples = 200

// BenchmarkPixels measures from the moment in which a customer's signed webhook is posted to the frame after the one in
// which the console's page shows the message, at the top of a list of very many chats that is sorted anew by it. The
// baseline is the same for a bare page in the same place: a server that does nothing but pass on what is posted as a
// server-sent event, and a page that writes it down.
//
// Both ends use the machine's clock. A page notes the time in the second animation frame after its document has changed:
// the first comes before what has changed is painted, the second after it.
func BenchmarkPixels(b *testing.B) {
	for _, h := range hosts {
		b.Run(h.name, func(b *testing.B) {
			for b.Loop() {
				benchPixels(b, h)
			}
		})
	}
}

func benchPixels(b *testing.B, h host) {
	d := newDesktop(b, false)
	c := newCrowd(b, h, d, benchChats/scale())
	n := samples / scale()
	c.page.notes()
	ours, stored := c.page.follow(n, func(i int, text string) error {
		status, err := c.whatsapp.Post(context.Background(), c.whatsapp.Body(c.whatsapp.Message(member(i), number, vendors.Content{Text: text})))
		if err == nil && status != http.StatusOK {
			err = fmt.Errorf("webhook: status %d", status)
		}
		return err
	})
	c.page.picture(h.name + "-bench-pixels")
	bare := newBare(b)
	c.page.visit(bare.URL)
	c.page.notes()
	theirs, _ := c.page.follow(n, func(_ int, text string) error {
		rs, err := http.Post(bare.URL+"/say", "text/plain", bytes.NewReader([]byte(text)))
		if err != nil {
			return err
		}
		return rs.Body.Close()
	})
	fmt.Printf("pixels: %s, %d chats, %d messages from the webhook to the screen: p50 %.0f ms, p99 %.0f ms (%.2f x and %.2f x a bare page's %.0f and %.0f ms); the webhook's 200 came after %.1f ms, p99 %.1f\n",
		h.name, c.size, n, part(ours, 0.5), part(ours, 0.99), part(ours, 0.5)/part(theirs, 0.5), part(ours, 0.99)/part(theirs, 0.99),
		part(theirs, 0.5), part(theirs, 0.99), part(stored, 0.5), part(stored, 0.99))
}

// part is a percentile of values that it sorts.
func part(values []float64, of float64) float64 {
	slices.Sort(values)
	return values[min(len(values)-1, int(of*float64(len(values))))]
}

// notes has the page note when each "Message N." was on the screen.
func (p *page) notes() {
	p.t.Helper()
	_, err := p.js(`
const seen = window.seen = {};
new MutationObserver(() => {
  const found = [...document.body.textContent.matchAll(/Message (\d+)\./g)].map((m) => m[1]).filter((n) => !(n in seen));
  if (found.length === 0) return;
  for (const n of found) seen[n] = 0;
  requestAnimationFrame(() => requestAnimationFrame(() => { for (const n of found) seen[n] = Date.now(); }));
}).observe(document.body, {subtree: true, childList: true, characterData: true});`)
	if err != nil {
		p.t.Fatal(err)
	}
}

// follow has n messages posted, one after the other and at moments that no frame knows of, and returns for each the
// milliseconds until it was on the screen and until the post was answered.
func (p *page) follow(n int, post func(i int, text string) error) (shown, answered []float64) {
	p.t.Helper()
	chance := rand.New(rand.NewPCG(3, 4))
	posted := make([]int64, n)
	pause := time.NewTimer(0)
	defer pause.Stop()
	for i := range n {
		<-pause.C
		began := time.Now()
		posted[i] = began.UnixMilli()
		if err := post(i, fmt.Sprintf("Message %d.", i)); err != nil {
			p.t.Fatal(err)
		}
		answered = append(answered, float64(time.Since(began).Microseconds())/1000)
		pause.Reset(60*time.Millisecond + time.Duration(chance.IntN(40_000))*time.Microsecond)
	}
	var seen map[int]int64
	eventually(p.t, fmt.Sprintf("%d messages on the screen", n), func() bool {
		v, err := p.js("return JSON.stringify(seen)")
		s, _ := v.(string)
		seen = nil
		return err == nil && json.Unmarshal([]byte(s), &seen) == nil && len(seen) == n && seen[n-1] > 0
	})
	for i := range n {
		shown = append(shown, float64(seen[i]-posted[i]))
	}
	return shown, answered
}

// barePage writes down what it is told.
const barePage = `<!doctype html><title>bare</title><body><p>Nothing yet.</p><script>
new EventSource('/events').onmessage = (event) => { document.querySelector('p').textContent = event.data; };
</script>`

// newBare starts a server that passes on what is posted to the page that it serves.
func newBare(t testing.TB) *httptest.Server {
	said := make(chan []byte, 16)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, barePage)
	})
	mux.HandleFunc("POST /say", func(_ http.ResponseWriter, rq *http.Request) {
		text, _ := io.ReadAll(io.LimitReader(rq.Body, 1<<10))
		said <- text
	})
	mux.HandleFunc("GET /events", func(w http.ResponseWriter, rq *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for out := http.NewResponseController(w); out.Flush() == nil; {
			select {
			case <-rq.Context().Done():
				return
			case text := <-said:
				_, _ = fmt.Fprintf(w, "data: %s\n\n", text)
			}
		}
	})
	server := httptest.NewServer(mux)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return server
}
