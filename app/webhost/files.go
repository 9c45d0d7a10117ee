package webhost

import (
	"fmt"
	"log/slog"
	"mime"
	"net/http"

	"parley/app/internal/filename"
)

// page serves the built files; a path without one is 404.
func (h *Host) page() http.Handler { return http.FileServerFS(h.config.Page) }

// media answers GET /media/{id}?name=… with a file to be saved. A browser never shows it: it is a customer's.
func (h *Host) media(w http.ResponseWriter, rq *http.Request) {
	if h.config.Media == nil {
		http.NotFound(w, rq)
		return
	}
	out := &lazy{ResponseWriter: w, name: filename.Safe(rq.URL.Query().Get("name"))}
	err := h.config.Media(rq.Context(), rq.PathValue("id"), out)
	switch {
	case err == nil:
		out.begin()
	case out.begun:
		slog.Warn("a file broke off", "err", err)
		panic(http.ErrAbortHandler) // the browser sees that it is not whole
	default:
		slog.Warn("a file could not be fetched", "err", err)
		http.Error(w, "The file could not be fetched.", http.StatusBadGateway)
	}
}

// lazy sends the head of the answer with the first byte, so that a failure before it can still be told.
type lazy struct {
	http.ResponseWriter
	name  string
	begun bool
}

func (l *lazy) begin() {
	if l.begun {
		return
	}
	l.begun = true
	l.Header().Set("Content-Type", "application/octet-stream")
	l.Header().Set("Content-Security-Policy", "sandbox")
	l.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": l.name}))
	l.WriteHeader(http.StatusOK)
}

func (l *lazy) Write(p []byte) (int, error) {
	l.begin()
	n, err := l.ResponseWriter.Write(p)
	if err != nil {
		return n, fmt.Errorf("webhost: send a file: %w", err)
	}
	return n, nil
}
