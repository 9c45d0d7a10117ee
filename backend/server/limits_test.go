package server

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"parley/backend/chat"
	"parley/backend/memnet"
	"parley/backend/server/admin"
)

func TestAtOnceLetsSoManyIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		inside, leave := 0, make(chan struct{})
		h := atOnce(2, func(http.ResponseWriter, *http.Request) {
			inside++
			<-leave
		})
		ctx, cancel := context.WithCancel(t.Context())
		for range 3 {
			go h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodPost, "/", nil))
			synctest.Wait()
		}
		if inside != 2 {
			t.Errorf("%d are in, want 2", inside)
		}
		leave <- struct{}{}
		synctest.Wait()
		if inside != 3 {
			t.Errorf("%d were in after one left, want 3", inside)
		}
		cancel()
		close(leave)
	})
}

// TestSlowHeaderIsCut: whoever never ends the header of a request does not keep a connection for long.
func TestSlowHeaderIsCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{Config: Config{Log: slog.New(slog.DiscardHandler)}}
		l := memnet.Listen()
		public := s.httpServer(http.NotFoundHandler())
		go func() { _ = public.Serve(l) }()
		defer public.Close()
		conn, err := l.DialContext(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\n")
		if _, err := bufio.NewReader(conn).ReadByte(); err == nil {
			t.Error("the server answered half a header")
		} else if ne, ok := err.(net.Error); ok && ne.Timeout() {
			t.Errorf("the server did not cut: %v", err)
		}
	})
}

func TestPanicIsAnsweredAndItsWordsAreNotLogged(t *testing.T) {
	log := &logs{}
	s := &Server{Config: Config{Log: slog.New(slog.NewTextHandler(log, nil))}}
	w := httptest.NewRecorder()
	s.catch(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("what a customer said") })).
		ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusInternalServerError || strings.Contains(log.String(), "customer said") || log.String() == "" {
		t.Errorf("answered %d, logged %s", w.Code, log)
	}
}

func TestUnknownNumbersAreBounded(t *testing.T) {
	n := numbers{known: map[numberKey]*admin.UnknownNumber{}}
	for i := range maxNumbers + 5 {
		n.add(chat.WhatsApp, fmt.Sprintf("%05d", i), 1)
	}
	n.add(chat.WhatsApp, "00000", 2)
	all := n.list()
	if len(all) != maxNumbers || all[0].Count != 2 || all[0].LastAt != 2 || all[1].Count != 1 {
		t.Errorf("%d numbers, the first %+v; want %d, the first twice", len(all), all[0], maxNumbers)
	}
}
