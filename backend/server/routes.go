package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"parley/backend/internal/store"
	"parley/backend/server/admin"
	"parley/backend/server/folder"
)

// Limits of a request.
const (
	headerTime = 10 * time.Second  // until the header is there
	bodyTime   = 30 * time.Second  // until the body is there
	answerTime = 60 * time.Second  // until the answer was taken; a download may take longer
	idleTime   = 120 * time.Second // between two requests
	maxHeader  = 16 << 10
	maxHooks   = 128 // webhooks that are read and stored at once; the next one waits
	healthTime = 2 * time.Second
)

// routes is everything that the server answers.
func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	hooks := atOnce(maxHooks, s.hook)
	mux.Handle("GET /sync", s.sessions)
	mux.Handle("GET /hooks/whatsapp/{credentials}", hooks)
	mux.Handle("POST /hooks/whatsapp/{credentials}", hooks)
	mux.HandleFunc("GET /media/{id}", s.media)
	mux.HandleFunc("GET /healthz", s.health)
	mux.Handle("GET /metrics", s.figures.handler())
	return s.catch(mux)
}

// atOnce lets n requests in at a time. Those that wait hold no body.
func atOnce(n int, h http.HandlerFunc) http.Handler {
	places := make(chan struct{}, n)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case places <- struct{}{}:
			defer func() { <-places }()
			h(w, r)
		case <-r.Context().Done():
		}
	})
}

// catch answers 500 where a handler panics. Its words are not logged: they could be a customer's.
func (s *Server) catch(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			switch p := recover(); p {
			case nil:
			case http.ErrAbortHandler:
				panic(p)
			default:
				s.Log.Error("server: a request panicked", "kind", fmt.Sprintf("%T", p), "stack", string(debug.Stack()))
				http.Error(w, "a fault in the server", http.StatusInternalServerError)
			}
		}()
		h.ServeHTTP(w, r)
	})
}

func (s *Server) httpServer(h http.Handler) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: headerTime, ReadTimeout: bodyTime, WriteTimeout: answerTime,
		IdleTimeout: idleTime, MaxHeaderBytes: maxHeader, ErrorLog: slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug)}
}

// health says whether the server can do its work: its store can be read and took the last commit.
func (s *Server) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), healthTime)
	defer cancel()
	w.Header().Set("Content-Type", "application/json")
	if err := s.store.check(ctx); err != nil {
		s.Log.Error("server: not ready", "error", err)
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintf(w, "{\"ready\":false,\"why\":%q}\n", why(err))
		return
	}
	fmt.Fprintln(w, `{"ready":true}`)
}

// why words an error of the store for whoever watches the server.
func why(err error) string {
	switch {
	case errors.Is(err, store.ErrNoRoom):
		return "no room is left on the disk: nothing new is stored until there is"
	case errors.Is(err, store.ErrReadOnly):
		return "the disk or the database can only be read, not written"
	}
	return "the store fails; the server's log says more"
}

// listenForAdmin answers `parleyd admin` over the folder's socket, until the function that it returns is called.
func (s *Server) listenForAdmin() (end func()) {
	l, err := admin.Listen(folder.Socket(s.DataDir))
	if err != nil {
		s.Log.Warn("server: parleyd admin cannot reach this server while it runs; is the folder's path very long?", "error", err)
		return func() {}
	}
	inner := s.httpServer(s.catch(s.Office().Handler()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := inner.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			s.Log.Error("server: the admin socket failed", "error", err)
		}
	}()
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), requestsEnd)
		defer cancel()
		if err := inner.Shutdown(ctx); err != nil {
			_ = inner.Close()
		}
		<-done
	}
}
