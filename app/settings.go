package app

import (
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"slices"
	"sync"

	"github.com/go-json-experiment/json"

	"parley/app/view"
)

const (
	settingsName = "settings.json"
	maxSettings  = 64 << 10 // bytes
)

// settings are the agent's own on this machine, kept in a small file.
type settings struct {
	path string
	log  *slog.Logger

	mu  sync.Mutex
	now view.Settings
}

// openSettings reads the file; without one, or if it cannot be read, the settings are the ones to begin with.
func openSettings(path string, log *slog.Logger) *settings {
	s := &settings{path: path, log: log, now: view.Settings{Notifications: true}}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s
	}
	if err != nil {
		log.Warn("reading the settings", "err", err)
		return s
	}
	defer f.Close()
	if s.now, err = readSettings(f, s.now); err != nil {
		log.Warn("the settings cannot be read")
	}
	return s
}

// readSettings returns what r holds, over what there is without, or that and why it cannot be read.
func readSettings(r io.Reader, without view.Settings) (view.Settings, error) {
	read := without
	if err := json.UnmarshalRead(io.LimitReader(r, maxSettings), &read); err != nil {
		return without, err
	}
	return sound(read), nil
}

// sound returns s without a language that there is not.
func sound(s view.Settings) view.Settings {
	if !slices.Contains([]string{"en", "de"}, s.Language) {
		s.Language = ""
	}
	return s
}

func (s *settings) get() view.Settings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *settings) set(to view.Settings) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = sound(to)
	if err := saveTo(s.path, func(w io.Writer) error { return json.MarshalWrite(w, s.now) }); err != nil {
		s.log.Error("writing the settings", "err", err)
	}
}
