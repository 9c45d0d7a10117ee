package secret

import (
	"errors"
	"slices"
	"strings"
)

// Limits of what is kept for a server.
const (
	maxTokens = 4
	maxToken  = 4 << 10 // bytes, as of a token file
)

// tokens are those of one server in the order in which they are tried: the newest that the server gave, the two before,
// which a server that was put back from a backup may still know (of two one may have been offered and never taken), and
// the one that a person gave.
type tokens []string

var errTokens = errors.New("secret: the keychain's entry does not hold tokens")

// parse reads an entry of the keychain: tokens with a space between.
func parse(entry string) (tokens, error) {
	if len(entry) > maxTokens*(maxToken+1) {
		return nil, errTokens
	}
	all := strings.Split(entry, " ")
	if len(all) > maxTokens || slices.ContainsFunc(all, func(t string) bool { return !sound(t) }) {
		return nil, errTokens
	}
	return all, nil
}

// sound reports whether t can be a token: printable ASCII without spaces.
func sound(t string) bool {
	return t != "" && len(t) <= maxToken && strings.IndexFunc(t, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
}

func (t tokens) entry() string { return strings.Join(t, " ") }

// given returns what is kept when a person gives a token. One that was renewed since stays so: people leave the
// token's file where it was.
func (t tokens) given(token string) tokens {
	if slices.Contains(t, token) {
		return t
	}
	return tokens{token}
}

// renewed returns what is kept when the server gives a token.
func (t tokens) renewed(token string) tokens {
	if len(t) == 0 || t[0] == token {
		return append(tokens{token}, t[min(1, len(t)):]...)
	}
	given := t[len(t)-1]
	now := append(tokens{token}, t[:min(maxTokens-2, len(t))]...)
	if !slices.Contains(now, given) {
		now = append(now, given)
	}
	return now
}
