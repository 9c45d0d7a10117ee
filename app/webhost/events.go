package webhost

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxPending is how many events with a payload wait for a page that does not read; the oldest goes.
const maxPending = 16

// event is what the page is told.
type event struct{ name, payload string }

// events knows the open pages.
type events struct {
	mu    sync.Mutex
	pages map[*page]bool
}

// page is one stream. Equal events that wait are one.
type page struct {
	news    chan struct{}
	pending []event // guarded by events.mu
}

func newEvents() *events { return &events{pages: map[*page]bool{}} }

func (e *events) emit(ev event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for p := range e.pages {
		if !slices.Contains(p.pending, ev) {
			p.pending = append(p.pending, ev)
		}
		if len(p.pending) > maxPending {
			p.pending = p.pending[1:]
		}
		select {
		case p.news <- struct{}{}:
		default:
		}
	}
}

// join opens a stream, unless there are too many.
func (e *events) join() (*page, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.pages) >= maxListeners {
		return nil, false
	}
	p := &page{news: make(chan struct{}, 1)}
	e.pages[p] = true
	return p, true
}

func (e *events) leave(p *page) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.pages, p)
}

// take empties what waits for a page.
func (e *events) take(p *page) []event {
	e.mu.Lock()
	defer e.mu.Unlock()
	taken := p.pending
	p.pending = nil
	return taken
}

// stream answers GET /events with server-sent events until the page goes. A comment every 15 s shows that it lives.
func (h *Host) stream(w http.ResponseWriter, rq *http.Request) {
	p, ok := h.events.join()
	if !ok {
		http.Error(w, "too many pages are open", http.StatusServiceUnavailable)
		return
	}
	defer h.events.leave(p)
	out := http.NewResponseController(w)
	if out.SetReadDeadline(time.Time{}) != nil || out.SetWriteDeadline(time.Time{}) != nil {
		http.Error(w, "this connection cannot carry events", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	beat := time.NewTicker(beatEvery)
	defer beat.Stop()
	for text := ": here\n\n"; ; {
		if _, err := w.Write([]byte(text)); err != nil || out.Flush() != nil {
			return
		}
		select {
		case <-rq.Context().Done():
			return
		case <-beat.C:
			text = ": here\n\n"
		case <-p.news:
			text = encode(h.events.take(p))
		}
	}
}

// encode writes events as the browser reads them.
func encode(events []event) string {
	text := ""
	for _, ev := range events {
		text += fmt.Sprintf("event: %s\ndata: %s\n\n", ev.name, oneLine(ev.payload))
	}
	return text
}

// oneLine keeps a payload from ending its line: what followed would be read as another event.
func oneLine(payload string) string {
	return strings.NewReplacer("\n", " ", "\r", " ", "\x00", " ").Replace(payload)
}
