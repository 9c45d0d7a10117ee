package secret

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/zalando/go-keyring"
)

const server = "wss://chat.example.com/sync"

func TestKeepsATokenForEachServer(t *testing.T) {
	keyring.MockInit()
	k := New("/folder", 0)
	if all, state := k.Keep(t.Context(), server, "one"); !slices.Equal(all, []string{"one"}) || state != Stored {
		t.Fatalf("Keep: %q, %q", all, state)
	}
	k.Keep(t.Context(), "wss://other.example.com/sync", "two")

	later := New("/folder", 0) // after a new start
	for address, want := range map[string]string{
		server: "one", "WSS://Chat.Example.com/sync/": "one", "wss://other.example.com/sync": "two",
	} {
		got, state, err := later.Find(t.Context(), address)
		if !slices.Equal(got, []string{want}) || state != Stored || err != nil {
			t.Errorf("Find(%s) = %q, %q, %v; want %q", address, got, state, err, want)
		}
	}
	if _, state, err := later.Find(t.Context(), "wss://third.example.com/sync"); !errors.Is(err, ErrNotFound) || state != Stored {
		t.Errorf("a server without a token: %q, %v", state, err)
	}
	if got := later.Forget(t.Context(), server); got != Stored {
		t.Errorf("Forget: %q", got)
	}
	if _, _, err := New("/folder", 0).Find(t.Context(), server); !errors.Is(err, ErrNotFound) {
		t.Errorf("forgotten, and found: %v", err)
	}
}

func TestWithoutAKeychainTheTokenStaysInMemory(t *testing.T) {
	for _, c := range []struct {
		err  error
		want State
	}{
		{dbus.Error{Name: "org.freedesktop.DBus.Error.ServiceUnknown"}, None},
		{keyring.ErrUnsupportedPlatform, None},
		{errors.New("dbus: couldn't determine address of session bus"), None},
		{errors.New("dial unix /run/user/0/bus: connect: no such file or directory"), None},
		{dbus.Error{Name: "org.freedesktop.Secret.Error.IsLocked"}, Locked},
		{errors.New("prompt was dismissed"), Locked},
		{dbus.Error{Name: "org.freedesktop.DBus.Error.AccessDenied"}, Failed},
		{errors.New("no idea"), Failed},
	} {
		keyring.MockInitWithError(c.err)
		k := New("/folder", 0)
		if all, state := k.Keep(t.Context(), server, "one"); !slices.Equal(all, []string{"one"}) || state != c.want {
			t.Errorf("%v: Keep says %q, %q, want %q", c.err, all, state, c.want)
		}
		if all, err := k.Renew(t.Context(), server, "two"); err == nil {
			t.Errorf("%v: %q is said to be kept", c.err, all)
		}
		token, state, err := k.Find(t.Context(), server)
		if !slices.Equal(token, []string{"one"}) || state != c.want || err != nil {
			t.Errorf("%v: Find = %q, %q, %v", c.err, token, state, err)
		}
		if _, state, err := New("/folder", 0).Find(t.Context(), server); !errors.Is(err, ErrNotFound) || state != c.want {
			t.Errorf("%v: after a new start: %q, %v", c.err, state, err)
		}
	}
}

func TestALockedKeychainDoesNotHoldUpTheConsole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := New("/folder", time.Second)
		answered := make(chan struct{})
		var begun atomic.Int32
		slow := func() (tokens, error) {
			begun.Add(1)
			<-answered
			return tokens{"token"}, nil
		}
		began := time.Now()
		for range 2 {
			if _, err := k.ask(t.Context(), slow); !errors.Is(err, errNoAnswer) {
				t.Fatalf("ask: %v", err)
			}
		}
		if waited := time.Since(began); waited != 2*time.Second || begun.Load() != 1 {
			t.Errorf("waited %v for %d questions", waited, begun.Load())
		}
		if stateOf(errNoAnswer) != Locked {
			t.Error("no answer does not count as locked")
		}
		close(answered)
		if all, state, err := k.Late(t.Context()); !slices.Equal(all, []string{"token"}) || state != Stored || err != nil {
			t.Errorf("unlocked too late: %q, %q, %v", all, state, err)
		}
		if _, _, err := k.Late(t.Context()); !errors.Is(err, ErrNotAwaited) {
			t.Errorf("nothing is awaited: %v", err)
		}
		all, err := k.ask(t.Context(), func() (tokens, error) { return tokens{"next"}, nil })
		if !slices.Equal(all, tokens{"next"}) || err != nil {
			t.Errorf("after the answer: %q, %v", all, err)
		}
	})
}

func TestACancelledStartDoesNotWait(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	k := New("/folder", 0)
	k.busy <- struct{}{}
	if _, err := k.ask(ctx, nil); !errors.Is(err, errNoAnswer) {
		t.Errorf("ask: %v", err)
	}
}

// TestEachFolderHasItsOwn: two agents under one account of the system, at one server.
func TestEachFolderHasItsOwn(t *testing.T) {
	keyring.MockInit()
	ada, bob := New("/ada", 0), New("/bob", 0)
	ada.Keep(t.Context(), server, "a")
	bob.Keep(t.Context(), server, "b")
	if _, err := bob.Renew(t.Context(), server, "b2"); err != nil {
		t.Fatal(err)
	}
	is := func(folder, want string) {
		t.Helper()
		all, _, err := New(folder, 0).Find(t.Context(), server)
		if got := strings.Join(all, " "); got != want || want != "" && err != nil {
			t.Errorf("%s has %q, %v; want %q", folder, got, err, want)
		}
	}
	is("/ada", "a")
	is("/bob", "b2 b")
	bob.Forget(t.Context(), server)
	is("/ada", "a")
	is("/bob", "")
}

// TestTheEntryOfAnEarlierVersion: all folders had one. It goes to the folder that asks first, or to the one that is given
// a token of it again, and never to another one.
func TestTheEntryOfAnEarlierVersion(t *testing.T) {
	old := func() {
		keyring.MockInit()
		if err := keyring.Set(service, account(server), "new given"); err != nil {
			t.Fatal(err)
		}
	}
	left := func() bool { _, err := read(account(server)); return err == nil }
	old()
	if all, state, err := New("/a", 0).Find(t.Context(), server); !slices.Equal(all, []string{"new", "given"}) || state != Stored || err != nil {
		t.Errorf("found %q, %q, %v", all, state, err)
	}
	if _, _, err := New("/b", 0).Find(t.Context(), server); !errors.Is(err, ErrNotFound) || left() {
		t.Errorf("another folder has it too: %v", err)
	}
	if all, _, _ := New("/a", 0).Find(t.Context(), server); len(all) != 2 {
		t.Errorf("after a new start: %q", all)
	}
	old()
	if all, _ := New("/a", 0).Keep(t.Context(), server, "given"); !slices.Equal(all, []string{"new", "given"}) || left() {
		t.Errorf("its own token given again: %q", all)
	}
	old()
	if all, _ := New("/b", 0).Keep(t.Context(), server, "other"); !slices.Equal(all, []string{"other"}) || !left() {
		t.Errorf("another agent's token: %q", all)
	}
}
