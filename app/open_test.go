package app

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/google/go-cmp/cmp"
	"github.com/zalando/go-keyring"

	"parley/app/internal/secret"
	"parley/app/view"
)

// TestOpenWithoutAServer: real files, a server that cannot be reached, and the console is there.
func TestOpenWithoutAServer(t *testing.T) {
	folder := t.TempDir()
	for range 2 {
		changed := make(chan struct{}, 1000)
		a, err := Open(t.Context(), Config{Folder: folder, Server: "desk", Token: "token", Log: quiet, Version: "1",
			Dial: func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("away") },
			Emit: func(string, string) { changed <- struct{}{} }})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		done := make(chan error)
		go func() { done <- a.Run(ctx) }()
		for a.Console.Look(view.Ask{}).Status[0].Phase != view.Offline {
			select {
			case <-changed:
			case <-ctx.Done():
				t.Fatal("the console never said that it is offline")
			}
		}
		if s := a.Console.Look(view.Ask{}).Status[0]; !s.Demo || s.Server != "" || len(s.Troubles) > 0 {
			t.Errorf("%+v", s)
		}
		cancel()
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"cache.db", "outbox.db"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			t.Error(err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	if _, err := Open(t.Context(), Config{Folder: t.TempDir(), Server: "ws://desk.example", Token: "token", Log: quiet}); err == nil {
		t.Error("a token was to travel in the clear")
	}
	away := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("away") }
	if _, err := Open(t.Context(), Config{Folder: filepath.Join(t.TempDir(), "no"), Dial: away, Log: quiet}); err == nil {
		t.Error("opened in a folder that is not there")
	}
}

// TestTheTokensOfAServer: a token that is given is kept, one that the server gives is tried before it, and a later
// start finds both.
func TestTheTokensOfAServer(t *testing.T) {
	keyring.MockInit()
	const server = "wss://parley.example"
	if _, _, err := findTokens(t.Context(), secret.New("/folder", 0), server, ""); !errors.Is(err, ErrNoToken) {
		t.Errorf("without any: %v", err)
	}
	tokens, state, err := findTokens(t.Context(), secret.New("/folder", 0), server, "given")
	if diff := cmp.Diff([]string{"given"}, tokens); diff != "" || state != secret.Stored || err != nil {
		t.Errorf("%s %q %v", diff, state, err)
	}
	use, err := tokensOf{secret.New("/folder", 0), server}.Renew(t.Context(), "new")
	if diff := cmp.Diff([]string{"new", "given"}, use); diff != "" || err != nil {
		t.Errorf("%s %v", diff, err)
	}
	for _, given := range []string{"", "given"} {
		tokens, _, err = findTokens(t.Context(), secret.New("/folder", 0), server, given)
		if diff := cmp.Diff([]string{"new", "given"}, tokens); diff != "" || err != nil {
			t.Errorf("started with %q: %s %v", given, diff, err)
		}
	}
}

// TestALockedKeychainDoesNotEndTheStart: the console begins on its cache, says why it is not signed in, and signs in when
// the keychain was unlocked and a person tries again.
func TestALockedKeychainDoesNotEndTheStart(t *testing.T) {
	keyring.MockInitWithError(dbus.Error{Name: "org.freedesktop.Secret.Error.IsLocked"})
	changed := make(chan struct{}, 1000)
	folder := t.TempDir()
	const server = "http://127.0.0.1:1" // nobody is there
	a, err := Open(t.Context(), Config{Folder: folder, Server: server, Log: quiet, Emit: func(string, string) { changed <- struct{}{} }})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	done := make(chan error)
	go func() { done <- a.Run(ctx) }()
	is := func(phase view.Phase, keychain string) {
		t.Helper()
		for {
			s := a.Console.Look(view.Ask{}).Status[0]
			if s.Phase == phase && s.Keychain == keychain {
				return
			}
			select {
			case <-changed:
			case <-ctx.Done():
				t.Fatalf("%s, keychain %q; want %s, %q", s.Phase, s.Keychain, phase, keychain)
			}
		}
	}
	is(view.SignedOut, "locked")
	keyring.MockInit()
	key := a.keys.(tokensOf)
	key.keeper.Keep(ctx, key.server, "token")
	a.Console.TryNow()
	is(view.Offline, "")
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
