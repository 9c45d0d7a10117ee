// Package app is the console as its page calls it: Console's methods are bound to the page, in the window and in a
// browser alike. It makes the page's view from the engine's pictures, and puts the console together from its
// rooms: files, link, keychain, engine.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"parley/app/internal/cache"
	"parley/app/internal/engine"
	"parley/app/internal/link"
	"parley/app/internal/secret"
)

// Names of the events that the page hears.
const (
	EventChanged = "changed" // without payload: Look again
	EventOpen    = "open"    // a chat is to be opened: its notification was clicked
)

// Desktop is what only a window can do (package shell).
type Desktop interface {
	// OpenURL opens an address that was looked at in the system's browser.
	OpenURL(url string) error
	// SaveDialog asks where to save a file and returns its path, "" if the agent cancelled.
	SaveDialog(name string) (path string, err error)
}

// Config is what a console is made of.
type Config struct {
	Folder string // exists, and is locked by the caller
	Server string // an address as a person types it; on the demo desk only a name
	// Token signs the agent in. It is kept in the keychain; "" takes the one that is there.
	Token string
	// Dial reaches the demo desk's server in this process; nil: the network.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)

	Version  string
	Started  time.Time // of the process, for Drawn
	Language string    // the system's: "en", "de"
	Log      *slog.Logger
	Shell    engine.Shell    // nil in a browser
	Notifier engine.Notifier // nil: no notifications
	Desktop  Desktop         // nil in a browser
	// Emit sends an event to every page. It is called from several goroutines and must not wait for a page.
	Emit func(event, payload string)
}

// ErrNoToken is returned by Open when none was given and the keychain has none for the server.
var ErrNoToken = errors.New("no token for this server: start once with --token-file")

// App is a console with its goroutines.
type App struct {
	Console *Console
	engine  *engine.Engine
	files   engine.Files
	emit    func(event, payload string)
}

// Open opens the files and looks for the token. Nothing else happens before Run.
func Open(ctx context.Context, c Config) (*App, error) {
	server := link.InProcess(c.Server)
	var keychain secret.State
	if c.Dial == nil {
		var err error
		if server, err = link.ParseServer(c.Server); err != nil {
			return nil, fmt.Errorf("app: %w", err)
		}
		if c.Token, keychain, err = findToken(ctx, server.String(), c.Token); err != nil {
			return nil, err
		}
	}
	files, err := cache.Open(c.Folder)
	if err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	if kept := files.OutboxKept(); kept != "" {
		c.Log.Error("the outbox was damaged and is kept beside the new one", "name", kept)
	}
	l := link.New(link.Config{Server: server, Token: c.Token, DialContext: c.Dial})
	a := newApp(c, files, l, l)
	a.Console.keychain = string(keychain)
	if c.Dial == nil {
		a.Console.server = server.String()
	}
	return a, nil
}

// findToken keeps a token that was given, else finds the one kept.
func findToken(ctx context.Context, server, given string) (string, secret.State, error) {
	keeper := secret.New(0)
	if given != "" {
		return given, keeper.Keep(ctx, server, given), nil
	}
	token, state, err := keeper.Find(ctx, server)
	if errors.Is(err, secret.ErrNotFound) {
		return "", state, fmt.Errorf("app: %w (keychain: %q)", ErrNoToken, state)
	}
	return token, state, err
}

func newApp(c Config, disk engine.Disk, l engine.Link, files engine.Files) *App {
	origin := "server"
	if c.Dial != nil {
		origin = "demo"
	}
	e := engine.New(engine.Config{Disk: disk, Link: l, Shell: c.Shell, Notifier: c.Notifier, App: "parley " + c.Version,
		Origin: origin, Log: c.Log, Changed: func() { c.Emit(EventChanged, "") }})
	console := &Console{engine: e, files: files, desktop: c.Desktop, version: c.Version, demo: c.Dial != nil,
		started: c.Started, language: c.Language, log: c.Log, settings: openSettings(filepath.Join(c.Folder, settingsName), c.Log)}
	return &App{Console: console, engine: e, files: files, emit: c.Emit}
}

// Run works until ctx ends and everything is on the disk.
func (a *App) Run(ctx context.Context) error {
	a.Console.prefer()
	return a.engine.Run(ctx)
}

// Fetch writes the content of an attachment to w, for the page's /media/ID.
func (a *App) Fetch(ctx context.Context, media string, w io.Writer) error {
	return a.files.Fetch(ctx, media, w)
}

// Notified says that a chat's notification was clicked.
func (a *App) Notified(chat string) { a.emit(EventOpen, chat) }
