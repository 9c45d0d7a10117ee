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
	"sync"
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
	link    engine.Link
	late    func(context.Context) ([]string, error)
	emit    func(event, payload string)
}

// Open opens the files and looks for the token. Nothing else happens before Run.
func Open(ctx context.Context, c Config) (*App, error) {
	server, tokens := link.InProcess(c.Server), []string{c.Token}
	var keychain secret.State
	var renewer engine.Tokens
	var late func(context.Context) ([]string, error)
	if c.Dial == nil {
		var err error
		if server, err = link.ParseServer(c.Server); err != nil {
			return nil, fmt.Errorf("app: %w", err)
		}
		keeper := secret.New(0)
		if tokens, keychain, err = findTokens(ctx, keeper, server.String(), c.Token); err != nil {
			return nil, err
		}
		renewer, late = tokensOf{keeper, server.String()}, keeper.Late
	}
	files, err := cache.Open(c.Folder)
	if err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	for _, t := range files.Troubles() {
		c.Log.Error("the console's files", "trouble", t.Code, "file", t.File, "cause", t.Cause)
	}
	l := link.New(link.Config{Server: server, DialContext: c.Dial})
	l.Use(tokens...)
	a := newApp(c, parts{files, l, l, renewer, late})
	a.Console.keychain.Store(&keychain)
	if c.Dial == nil {
		a.Console.server = server.String()
	}
	return a, nil
}

// findTokens keeps a token that was given, else finds those kept.
func findTokens(ctx context.Context, keeper *secret.Keeper, server, given string) ([]string, secret.State, error) {
	if given != "" {
		tokens, state := keeper.Keep(ctx, server, given)
		return tokens, state, nil
	}
	tokens, state, err := keeper.Find(ctx, server)
	if errors.Is(err, secret.ErrNotFound) {
		return nil, state, fmt.Errorf("app: %w (keychain: %q)", ErrNoToken, state)
	}
	return tokens, state, err
}

// tokensOf are those of one server.
type tokensOf struct {
	keeper *secret.Keeper
	server string
}

func (t tokensOf) Renew(ctx context.Context, token string) ([]string, error) {
	return t.keeper.Renew(ctx, t.server, token)
}

func (t tokensOf) Forget(ctx context.Context) error {
	if state := t.keeper.Forget(ctx, t.server); state != secret.Stored && state != secret.None {
		return fmt.Errorf("app: forget the token: the keychain is %s", state)
	}
	return nil
}

// parts are the rooms that an app is put together from.
type parts struct {
	disk   engine.Disk
	link   engine.Link
	files  engine.Files
	tokens engine.Tokens
	// late waits for tokens that the keychain did not give in time; nil: there can be none.
	late func(context.Context) ([]string, error)
}

func newApp(c Config, p parts) *App {
	origin := "server"
	if c.Dial != nil {
		origin = "demo"
	}
	e := engine.New(engine.Config{Disk: p.disk, Link: p.link, Tokens: p.tokens, Shell: c.Shell, Notifier: c.Notifier, App: "parley " + c.Version,
		Server: c.Server, Origin: origin, Log: c.Log, Changed: func() { c.Emit(EventChanged, "") }})
	console := &Console{engine: e, files: p.files, desktop: c.Desktop, version: c.Version, demo: c.Dial != nil,
		started: c.Started, language: c.Language, log: c.Log, settings: openSettings(filepath.Join(c.Folder, settingsName), c.Log)}
	return &App{Console: console, engine: e, files: p.files, link: p.link, late: p.late, emit: c.Emit}
}

// Run works until ctx ends and everything is on the disk.
func (a *App) Run(ctx context.Context) error {
	a.Console.prefer()
	inner, stop := context.WithCancel(ctx)
	var waiting sync.WaitGroup
	defer waiting.Wait()
	defer stop()
	waiting.Go(func() { a.useLate(inner) })
	return a.engine.Run(ctx)
}

// useLate signs in with what a keychain holds that was unlocked only now: the token that was given may be long renewed.
func (a *App) useLate(ctx context.Context) {
	if a.late == nil {
		return
	}
	tokens, err := a.late(ctx)
	if err != nil {
		return
	}
	stored := secret.Stored
	a.Console.keychain.Store(&stored)
	a.link.Use(tokens...)
	a.engine.TryNow()
}

// Fetch writes the content of an attachment to w, for the page's /media/ID.
func (a *App) Fetch(ctx context.Context, media string, w io.Writer) error {
	return a.files.Fetch(ctx, media, w)
}

// Notified says that a chat's notification was clicked.
func (a *App) Notified(chat string) { a.emit(EventOpen, chat) }
