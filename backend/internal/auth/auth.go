// Package auth knows who may come in: it makes tokens, and finds whose a token is. The store holds only a
// token's SHA-256; the token itself is seen once, by the admin who made it.
package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
)

// ErrDenied: the token is nobody's, has expired, was revoked, or its agent is not active. Which of these is not said.
var ErrDenied = errors.New("auth: denied")

const (
	prefix = "pt_" // lets scanners for leaked secrets recognise a token
	secret = 32    // random bytes of a token
)

// TokenLife is how long a token lets its agent in unless its maker says otherwise. A console that connects now and
// then is given a new one before, see session.
const TokenLife = time.Duration(desk.TokenLife) * time.Millisecond

// Grant is what a valid token gives.
type Grant struct {
	Agent chat.AgentID
	Hash  string // of the token, the key of its row
	// Keep: the token was offered in the place of another one that is still valid; who comes with it has it, so the
	// other is to be revoked, by desk.KeepToken.
	Keep bool
}

// Reader is the part of the store that auth needs.
type Reader interface {
	Read(ctx context.Context, f func(store.Reader) error) error
}

// Door lets agents in.
type Door struct {
	store Reader
	now   func() chat.Millis
}

// New returns a Door that looks tokens up in s; now is the server's time.
func New(s Reader, now func() chat.Millis) *Door { return &Door{s, now} }

// NewToken makes a token. The token goes to the agent, the hash into desk.CreateToken.
func NewToken() (token, hash string) {
	var b [secret]byte
	rand.Read(b[:]) // never fails: it ends the program instead
	token = prefix + base64.RawURLEncoding.EncodeToString(b[:])
	return token, Hash(token)
}

// Hash is what the store keeps of a token: its SHA-256 in hex.
func Hash(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}

// Authenticate finds whose the token is. The error is ErrDenied, or the store's.
func (d *Door) Authenticate(ctx context.Context, token string) (Grant, error) {
	if !wellFormed(token) {
		return Grant{}, ErrDenied
	}
	g := Grant{Hash: Hash(token)}
	err := d.store.Read(ctx, func(r store.Reader) error {
		now := d.now()
		agent, err := Check(r, g.Hash, now)
		g.Agent, g.Keep = agent.ID, err == nil && replaces(r, g.Hash, now)
		if failed := r.Err(); failed != nil {
			return failed // what could not be read looks as if it were not there
		}
		return err
	})
	if err != nil && !errors.Is(err, ErrDenied) {
		return Grant{}, fmt.Errorf("auth: authenticate: %w", err)
	}
	if err != nil {
		return Grant{}, ErrDenied
	}
	return g, nil
}

// Check returns the agent whose token has that hash and is valid now, or ErrDenied. Sessions ask it again while they
// last.
func Check(v desk.View, hash string, now chat.Millis) (desk.Agent, error) {
	t, ok := v.Token(hash)
	if !ok || !t.Valid(now) {
		return desk.Agent{}, ErrDenied
	}
	a, ok := v.Agent(t.Agent)
	if !ok || !a.Active {
		return desk.Agent{}, ErrDenied
	}
	return a, nil
}

// replaces reports whether the token was offered in the place of one that is still valid.
func replaces(v desk.View, hash string, now chat.Millis) bool {
	t, _ := v.Token(hash)
	old, ok := v.Token(t.Replaces)
	return ok && old.Valid(now)
}

// Bearer returns the token of a request's Authorization header, or "".
func Bearer(h http.Header) string {
	scheme, token, ok := strings.Cut(h.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(token)
}

// wellFormed keeps what cannot be a token away from the store.
func wellFormed(token string) bool {
	rest, ok := strings.CutPrefix(token, prefix)
	if !ok || len(rest) != base64.RawURLEncoding.EncodedLen(secret) {
		return false
	}
	_, err := base64.RawURLEncoding.DecodeString(rest)
	return err == nil
}
