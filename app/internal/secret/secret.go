// Package secret keeps what an agent signs in with in the keychain of the operating system, one entry for each
// server and data folder: two agents may have a folder each under one account of the system. Where there is no keychain it keeps the token in memory and says so; it never writes one to disk itself.
// app calls it at the start, and when the server gives a new token.
package secret

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/zalando/go-keyring"
)

// Deadline is how long a keychain may take. A locked one answers only when the user has answered its prompt.
const Deadline = 5 * time.Second

// service is the name that people find the tokens under in their keychain.
const service = "Parley"

// State says where a token is. Values are shown by the page (view.Status.Keychain).
type State string

const (
	Stored State = ""       // in the keychain
	None   State = "none"   // this machine has no keychain; the token is in memory until the console ends
	Locked State = "locked" // it did not answer within the deadline, or the user refused to unlock it
	Failed State = "failed" // any other error
)

// ErrNotAwaited is returned by Late where nothing is awaited.
var ErrNotAwaited = errors.New("secret: the keychain is not waited for")

// ErrNotFound is returned by Find where no token is known for a server.
var ErrNotFound = errors.New("secret: no token for this server")

// Keeper keeps tokens. It may be used by several goroutines.
type Keeper struct {
	deadline time.Duration
	folder   string
	busy     chan struct{} // holds one element while the keychain is being asked

	mu     sync.Mutex
	memory map[string]tokens
	late   chan answer // of the last f that was not waited for
}

// answer is what a keychain said.
type answer struct {
	all tokens
	err error
}

// New returns the keeper of a data folder, whose keychain may take deadline; 0 means Deadline.
func New(folder string, deadline time.Duration) *Keeper {
	if deadline == 0 {
		deadline = Deadline
	}
	return &Keeper{deadline: deadline, folder: folder, busy: make(chan struct{}, 1), memory: map[string]tokens{}}
}

// Keep stores the token that a person gives for a server, in memory always and in the keychain if there is one, and
// returns what to sign in with, the first first. A keychain that is unlocked after the deadline still gets it.
func (k *Keeper) Keep(ctx context.Context, server, token string) ([]string, State) {
	key := k.entry(server)
	k.remember(key.own, tokens{token})
	mine := func(t tokens) bool { return slices.Contains(t, token) }
	all, err := k.ask(ctx, func() (tokens, error) { return key.change(mine, func(t tokens) tokens { return t.given(token) }) })
	if err != nil {
		return []string{token}, stateOf(err)
	}
	k.remember(key.own, all)
	return all, Stored
}

// Renew keeps a token that the server gives. It waits for the keychain for as long as ctx; without an error the token
// lies in it, and what is returned is to be signed in with, the first first.
func (k *Keeper) Renew(ctx context.Context, server, token string) ([]string, error) {
	if !sound(token) {
		return nil, errTokens
	}
	key := k.entry(server)
	none := func(tokens) bool { return false }
	all, err := k.wait(ctx, func() (tokens, error) { return key.change(none, func(t tokens) tokens { return t.renewed(token) }) })
	if err != nil {
		return nil, fmt.Errorf("secret: keep a new token: %w", err)
	}
	k.remember(key.own, all)
	return all, nil
}

func (k *Keeper) remember(key string, t tokens) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.memory[key] = t
}

// Find returns what to sign in with at a server, the first first, from the keychain or from memory. Without any it
// returns ErrNotFound, and why the keychain could not say (Stored: it could).
func (k *Keeper) Find(ctx context.Context, server string) ([]string, State, error) {
	key := k.entry(server)
	all, err := k.ask(ctx, key.find)
	if err == nil {
		return all, Stored, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if all, ok := k.memory[key.own]; ok {
		return all, stateOf(err), nil
	}
	return nil, stateOf(err), ErrNotFound
}

// Forget removes the token for a server from memory and from the keychain.
func (k *Keeper) Forget(ctx context.Context, server string) State {
	key := k.entry(server)
	k.mu.Lock()
	delete(k.memory, key.own)
	k.mu.Unlock()
	_, err := k.ask(ctx, func() (tokens, error) { return nil, keyring.Delete(service, key.own) })
	return stateOf(err)
}

// errNoAnswer is returned by ask when the keychain did not answer in time.
var errNoAnswer = errors.New("secret: the keychain does not answer")

// ask is wait until the deadline.
func (k *Keeper) ask(ctx context.Context, f func() (tokens, error)) (tokens, error) {
	ctx, cancel := context.WithTimeout(ctx, k.deadline)
	defer cancel()
	return k.wait(ctx, f)
}

// wait runs f, which cannot be cancelled, in a goroutine of its own and waits for it until ctx ends. While one f waits
// for the user no other is begun, so at most one goroutine is left behind.
func (k *Keeper) wait(ctx context.Context, f func() (tokens, error)) (tokens, error) {
	select {
	case k.busy <- struct{}{}:
	case <-ctx.Done():
		return nil, errNoAnswer
	}
	done := make(chan answer, 1)
	go func() {
		defer func() { <-k.busy }()
		all, err := f()
		done <- answer{all, err}
	}()
	select {
	case a := <-done:
		return a.all, a.err
	case <-ctx.Done():
		k.mu.Lock()
		defer k.mu.Unlock()
		k.late = done
		return nil, errNoAnswer
	}
}

// Late waits for as long as ctx for what the keychain answers to a Keep or Find that it let wait in vain: a person has
// unlocked it, or has refused to. It asks nothing by itself.
func (k *Keeper) Late(ctx context.Context) ([]string, State, error) {
	k.mu.Lock()
	late := k.late
	k.late = nil
	k.mu.Unlock()
	if late == nil {
		return nil, Stored, ErrNotAwaited
	}
	select {
	case a := <-late:
		return a.all, stateOf(a.err), a.err
	case <-ctx.Done():
		return nil, Locked, errNoAnswer
	}
}

// stateOf says what an error of the keychain means for the token.
func stateOf(err error) State {
	var bus dbus.Error
	switch {
	case err == nil, errors.Is(err, keyring.ErrNotFound):
		return Stored
	case errors.Is(err, errNoAnswer), strings.Contains(err.Error(), "dismissed"):
		return Locked
	case errors.Is(err, keyring.ErrUnsupportedPlatform):
		return None
	case errors.As(err, &bus):
		return stateOfBus(bus.Name)
	case strings.HasPrefix(err.Error(), "dbus:"), strings.HasPrefix(err.Error(), "dial unix"):
		return None // there is no session bus to find a keychain on
	}
	return Failed
}

// stateOfBus tells a bus without a keychain on it from a keychain that refused.
func stateOfBus(name string) State {
	switch name {
	case "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner":
		return None
	case "org.freedesktop.Secret.Error.IsLocked":
		return Locked
	}
	return Failed
}
