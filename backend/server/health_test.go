package server

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"

	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/server/folder"
)

// fullStore is a store whose disk may be full.
type fullStore struct {
	store.Store
	full atomic.Bool
}

func (s *fullStore) Commit(ctx context.Context, f func(store.Tx) error) error {
	if s.full.Load() && !store.IsEnding(ctx) {
		return store.ErrNoRoom
	}
	return s.Store.Commit(ctx, f)
}

// TestNotReadyWhileTheDiskIsFull: the server says so after the first commit that failed, and finds out by itself
// when there is room again, without anybody who commits.
func TestNotReadyWhileTheDiskIsFull(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(folder.Media(dir), 0o700); err != nil {
		t.Fatal(err)
	}
	disk := &fullStore{Store: memory.New("epoch")}
	s, err := New(Config{Store: disk, DataDir: dir, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ready := func() int {
		w := httptest.NewRecorder()
		s.routes().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/healthz", nil))
		return w.Code
	}
	if got := ready(); got != http.StatusOK {
		t.Errorf("at the start: %d", got)
	}
	disk.full.Store(true)
	if _, err := s.Submit(t.Context(), desk.CreateTeam{Name: "Support", Prefix: "SUP"}); err == nil {
		t.Error("a team was stored on a full disk")
	}
	for _, when := range []string{"while the disk is full", "when something has ended all the same"} {
		if got := ready(); got != http.StatusServiceUnavailable {
			t.Errorf("%s: %d, want 503", when, got)
		}
		if _, err := s.Submit(t.Context(), desk.RevokeToken{Hash: "x"}); err != nil {
			t.Errorf("what ends something was refused: %v", err)
		}
	}
	disk.full.Store(false)
	if got := ready(); got != http.StatusOK {
		t.Errorf("with room again: %d, want 200", got)
	}
}

func TestPublicURLMustBeOne(t *testing.T) {
	for url, ok := range map[string]bool{"": true, "https://parley.example.com": true, "http://localhost:8420": true,
		"parley.example.com": false, "wss://parley.example.com": false, "https://": false} {
		s := &Server{Config: Config{PublicURL: url}}
		if _, err := s.origins(); (err == nil) != ok {
			t.Errorf("%q: %v", url, err)
		}
	}
}
