package auth

import (
	"context"
	"errors"
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// TestExpiry: a token lets in until its moment has come; door's clock stands at 100.
func TestExpiry(t *testing.T) {
	d, s, a, _ := door(t)
	for expires, want := range map[chat.Millis]error{0: nil, 101: nil, 100: ErrDenied, 99: ErrDenied, 1: ErrDenied} {
		put(t, s, desk.PutToken{Token: desk.Token{Hash: Hash(a), Agent: "a", ExpiresAt: expires}})
		if _, err := d.Authenticate(t.Context(), a); !errors.Is(err, want) {
			t.Errorf("expires at %d: %v, want %v", expires, err, want)
		}
	}
}

// TestKeep: who comes with a token that was offered has it, until the other one is not valid any more.
func TestKeep(t *testing.T) {
	d, s, a, _ := door(t)
	next, hash := NewToken()
	put(t, s, desk.PutToken{Token: desk.Token{Hash: hash, Agent: "a", Replaces: Hash(a)}})
	for _, old := range []struct {
		token desk.Token
		keep  bool
	}{
		{desk.Token{Hash: Hash(a), Agent: "a", Successor: hash}, true},
		{desk.Token{Hash: Hash(a), Agent: "a", Successor: hash, ExpiresAt: 101}, true},
		{desk.Token{Hash: Hash(a), Agent: "a", Successor: hash, ExpiresAt: 100}, false},
		{desk.Token{Hash: Hash(a), Agent: "a", Successor: hash, RevokedAt: 50}, false},
	} {
		put(t, s, desk.PutToken{Token: old.token})
		if g, err := d.Authenticate(t.Context(), next); err != nil || g.Keep != old.keep {
			t.Errorf("beside %+v: %+v, %v", old.token, g, err)
		}
	}
	if g, err := d.Authenticate(t.Context(), a); !errors.Is(err, ErrDenied) || g.Keep {
		t.Errorf("the old one: %+v, %v", g, err)
	}
}

// broken is a state in which nothing can be read any more.
type broken struct{ store.Reader }

func (broken) Token(string) (desk.Token, bool) { return desk.Token{}, false }
func (broken) Err() error                      { return errBroken }

var errBroken = errors.New("broken")

type brokenStore struct{}

func (brokenStore) Read(_ context.Context, f func(store.Reader) error) error { return f(broken{}) }

// TestWhatCannotBeReadIsNotDenied: who is told 401 signs in anew for nothing.
func TestWhatCannotBeReadIsNotDenied(t *testing.T) {
	token, _ := NewToken()
	_, err := New(brokenStore{}, func() chat.Millis { return 1 }).Authenticate(t.Context(), token)
	if !errors.Is(err, errBroken) || errors.Is(err, ErrDenied) {
		t.Errorf("%v", err)
	}
}
