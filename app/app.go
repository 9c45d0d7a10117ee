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

// ErrNoToken is returned by Open when none was given, and there is none for the server, or no keychain.
var ErrNoToken = errors.New("no token for this server: start once with --token-file")

// App is a console with its goroutines.
type App struct {
	Console *Console
	engine  *engine.Engine
	files   engine.Files
	link    engine.Link
	keys    keys // nil: there are none but those that were given
	emit    func(event, payload string)
}

// keys are the tokens that the keychain has for the server.
type keys interface {
	// Late waits for the answer to what was asked before in vain; secret.ErrNotAwaited if nothing was.
	Late(ctx context.Context) ([]string, secret.State, error)
	// Find asks anew.
	Find(ctx context.Context) ([]string, secret.State, error)
}

// Open opens the files and looks for the token. Nothing else happens before Run.
func Open(ctx context.Context, c Config) (*App, error) {
	server, tokens := link.InProcess(c.Server), []string{c.Token}
	var keychain secret.State
	var renewer engine.Tokens
	var kept keys
	if c.Dial == nil {
		var err error
		if server, err = link.ParseServer(c.Server); err != nil {
			return nil, fmt.Errorf("app: %w", err)
		}
		folder, err := filepath.Abs(c.Folder)
		if err != nil {
			return nil, fmt.Errorf("app: %w", err)
		}
		of := tokensOf{secret.New(folder, 0), server.String()}
		if tokens, keychain, err = findTokens(ctx, of.keeper, of.server, c.Token); err != nil {
			return nil, err
		}
		renewer, kept = of, of
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
	a := newApp(c, parts{files, l, l, renewer, kept})
	a.Console.keychain.Store(&keychain)
	if c.Dial == nil {
		a.Console.server = server.String()
	}
	return a, nil
}

// findTokens keeps a token that was given, else finds those kept. With a keychain that is locked there is none yet: the
// console starts on its cache.
func findTokens(ctx context.Context, keeper *secret.Keeper, server, given string) ([]string, secret.State, error) {
	if given != "" {
		tokens, state := keeper.Keep(ctx, server, given)
		return tokens, state, nil
	}
	tokens, state, err := keeper.Find(ctx, server)
	switch {
	case errors.Is(err, secret.ErrNotFound) && state == secret.Locked:
		return nil, state, nil
	case errors.Is(err, secret.ErrNotFound):
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

func (t tokensOf) Find(ctx context.Context) ([]string, secret.State, error) {
	return t.keeper.Find(ctx, t.server)
}

func (t tokensOf) Late(ctx context.Context) ([]string, secret.State, error) {
	return t.keeper.Late(ctx)
}

// parts are the rooms that an app is put together from.
type parts struct {
	disk   engine.Disk
	link   engine.Link
	files  engine.Files
	tokens engine.Tokens
	keys   keys
}

func newApp(c Config, p parts) *App {
	origin := "server"
	if c.Dial != nil {
		origin = "demo"
	}
	e := engine.New(engine.Config{Disk: p.disk, Link: p.link, Tokens: p.tokens, Shell: c.Shell, Notifier: c.Notifier, App: "parley " + c.Version,
		Server: c.Server, Origin: origin, Log: c.Log, Changed: func() { c.Emit(EventChanged, "") }})
	console := &Console{engine: e, unlock: make(chan struct{}, 1), files: p.files, desktop: c.Desktop, version: c.Version, demo: c.Dial != nil,
		started: c.Started, language: c.Language, log: c.Log, settings: openSettings(filepath.Join(c.Folder, settingsName), c.Log)}
	return &App{Console: console, engine: e, files: p.files, link: p.link, keys: p.keys, emit: c.Emit}
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
// One that stays locked is asked again when a person tries to connect.
func (a *App) useLate(ctx context.Context) {
	if a.keys == nil {
		return
	}
	a.found(a.keys.Late(ctx))
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.Console.unlock:
			a.found(a.keys.Find(ctx))
			a.found(a.keys.Late(ctx))
		}
	}
}

// found uses what the keychain has answered.
func (a *App) found(tokens []string, state secret.State, err error) {
	if errors.Is(err, secret.ErrNotAwaited) {
		return
	}
	a.Console.keychain.Store(&state)
	if err == nil {
		a.engine.UseTokens(tokens)
	}
	a.engine.Refresh()
}

// Fetch writes the content of an attachment to w, for the page's /media/ID.
func (a *App) Fetch(ctx context.Context, media string, w io.Writer) error {
	return a.files.Fetch(ctx, media, w)
}

// Notified says that a chat's notification was clicked.
func (a *App) Notified(chat string) { a.emit(EventOpen, chat) }
