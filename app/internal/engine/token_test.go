package engine_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"parley/app/internal/engine"
	"parley/app/internal/linktest"
	"parley/backend/wire"
)

// keychain keeps tokens, after gate was opened if there is one.
type keychain struct {
	gate chan struct{}
	err  error
	kept []string
}

func (k *keychain) Renew(ctx context.Context, token string) ([]string, error) {
	if k.gate != nil {
		select {
		case <-k.gate:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if k.err != nil {
		return nil, k.err
	}
	k.kept = append([]string{token}, k.kept...)
	return k.kept, nil
}

func (k *keychain) Forget(context.Context) error {
	if k.err == nil {
		k.kept = nil
	}
	return k.err
}

func offer(s *linktest.Server, token string) {
	s.Give(wire.Down{Token: &wire.Token{Token: token}})
	synctest.Wait()
}

// withKeychain runs a test with a console that keeps its tokens in k.
func withKeychain(t *testing.T, k *keychain, f func(t *testing.T, c *console, s *linktest.Server)) {
	bubble(t, func(t *testing.T, disk *slowDisk, s *linktest.Server) {
		k.gate = make(chan struct{}, 10)
		c := startWith(t, engine.Config{Disk: disk, Link: s, Origin: "server", Tokens: k})
		defer c.stop()
		f(t, c, s)
	})
}

// signsIn compares what the link signs in with, and what it used whenever the server was told that a token is kept.
func signsIn(t *testing.T, s *linktest.Server, with, told string) {
	t.Helper()
	synctest.Wait()
	use, kept := s.Tokens()
	want(t, strings.Join(use, " "), with)
	want(t, strings.Join(kept, "|"), told)
}

// TestATokenIsUsedWhenItIsKept: not before, and then by every later dial.
func TestATokenIsUsedWhenItIsKept(t *testing.T) {
	k := &keychain{}
	withKeychain(t, k, func(t *testing.T, c *console, s *linktest.Server) {
		offer(s, "a")
		signsIn(t, s, "", "")
		k.gate <- struct{}{}
		signsIn(t, s, "a", "a")
		offer(s, "b")
		k.gate <- struct{}{}
		signsIn(t, s, "b a", "a|b a")
	})
}

// TestATokenThatIsNotKept: the server hears nothing, and the old one stays.
func TestATokenThatIsNotKept(t *testing.T) {
	k := &keychain{err: errors.New("locked")}
	withKeychain(t, k, func(t *testing.T, c *console, s *linktest.Server) {
		offer(s, "a")
		k.gate <- struct{}{}
		signsIn(t, s, "", "")
		k.err = nil
		offer(s, "b")
		k.gate <- struct{}{}
		signsIn(t, s, "b", "b")
	})
}

// TestTheConnectionIsLostWhileATokenIsKept: the next dial comes with it, and by that the server knows.
func TestTheConnectionIsLostWhileATokenIsKept(t *testing.T) {
	k := &keychain{}
	withKeychain(t, k, func(t *testing.T, c *console, s *linktest.Server) {
		offer(s, "a")
		s.Down(0)
		s.Up()
		synctest.Wait()
		k.gate <- struct{}{}
		signsIn(t, s, "a", "")
	})
}

// TestATokenThatWasReplacedMeanwhile: only the newest counts; the one before is not valid any more.
func TestATokenThatWasReplacedMeanwhile(t *testing.T) {
	k := &keychain{}
	withKeychain(t, k, func(t *testing.T, c *console, s *linktest.Server) {
		for _, token := range []string{"a", "b", "c"} {
			offer(s, token)
		}
		k.gate <- struct{}{}
		signsIn(t, s, "", "")
		k.gate <- struct{}{}
		signsIn(t, s, "c a", "c a")
	})
}

func TestWithoutAKeychainNoTokenIsTaken(t *testing.T) {
	withChat(t, func(t *testing.T, c *console, s *linktest.Server) {
		offer(s, "a")
		signsIn(t, s, "", "")
	})
}
