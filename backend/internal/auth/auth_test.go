package auth

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
)

// door returns a Door whose store has an active agent "a" and an inactive one "b", each with a token.
func door(t *testing.T) (d *Door, s store.Store, a, b string) {
	t.Helper()
	s = memory.New("e")
	a, hashA := NewToken()
	b, hashB := NewToken()
	put(t, s,
		desk.PutAgent{Agent: desk.Agent{ID: "a", Active: true}}, desk.PutToken{Token: desk.Token{Hash: hashA, Agent: "a"}},
		desk.PutAgent{Agent: desk.Agent{ID: "b"}}, desk.PutToken{Token: desk.Token{Hash: hashB, Agent: "b"}})
	return New(s, func() chat.Millis { return 100 }), s, a, b
}

func put(t *testing.T, s store.Store, writes ...desk.Write) {
	t.Helper()
	err := s.Commit(context.Background(), func(tx store.Tx) error {
		tx.Apply(desk.Outcome{Writes: writes}, 1)
		return tx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAuthenticate(t *testing.T) {
	d, s, a, b := door(t)
	g, err := d.Authenticate(t.Context(), a)
	if err != nil || g != (Grant{"a", Hash(a), false}) {
		t.Fatalf("%+v, %v", g, err)
	}
	other, _ := NewToken()
	for name, token := range map[string]string{
		"of an inactive agent": b, "nobody's": other, "empty": "", "without its prefix": a[3:],
		"cut": a[:len(a)-1], "longer": a + "A", "its hash": Hash(a), "not base64": a[:len(a)-1] + "*",
	} {
		if g, err := d.Authenticate(t.Context(), token); !errors.Is(err, ErrDenied) || g != (Grant{}) {
			t.Errorf("a token %s: %+v, %v", name, g, err)
		}
	}
	put(t, s, desk.PutToken{Token: desk.Token{Hash: Hash(a), Agent: "a", RevokedAt: 5}})
	if _, err := d.Authenticate(t.Context(), a); !errors.Is(err, ErrDenied) {
		t.Errorf("a revoked token: %v", err)
	}
}

func TestAuthenticateSaysWhenTheStoreFails(t *testing.T) {
	d, s, a, _ := door(t)
	s.Close()
	if _, err := d.Authenticate(t.Context(), a); !errors.Is(err, store.ErrClosed) || errors.Is(err, ErrDenied) {
		t.Errorf("%v", err)
	}
}

func TestTokens(t *testing.T) {
	a, hashA := NewToken()
	b, hashB := NewToken()
	if a == b || hashA == hashB || hashA != Hash(a) {
		t.Error("tokens are not new each time")
	}
	if !strings.HasPrefix(a, "pt_") || !wellFormed(a) || len(hashA) != 64 || strings.Contains(hashA, a) {
		t.Errorf("a token of %d characters, hash %s", len(a), hashA)
	}
}

func TestBearer(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "Bearer": "", "Bearer x": "x", "bearer  x ": "x", "Basic x": "", "Bearerx": "",
	} {
		if got := Bearer(http.Header{"Authorization": {in}}); got != want {
			t.Errorf("Bearer of %q is %q, want %q", in, got, want)
		}
	}
}
