package secret

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/zalando/go-keyring"
)

// entry is the place of a server's tokens in the keychain.
type entry struct {
	own    string // its key
	shared string // that of version 0.2 and before, which all data folders had in common
}

func (k *Keeper) entry(server string) entry {
	a := account(server)
	return entry{own: a + " in " + k.folder, shared: a}
}

// account names a server: its address without what does not.
func account(server string) string {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" {
		return server
	}
	return fmt.Sprintf("%s://%s%s", strings.ToLower(u.Scheme), strings.ToLower(u.Host), strings.TrimSuffix(u.Path, "/"))
}

// find returns the tokens. Those that lie where all folders had them become this folder's: the one that asks first.
func (e entry) find() (tokens, error) {
	now, err := read(e.own)
	if !errors.Is(err, keyring.ErrNotFound) {
		return now, err
	}
	if now, err = read(e.shared); err != nil {
		return nil, err
	}
	return now, e.move(now)
}

// change replaces the tokens. They are read first, since that is what waits for a locked keychain, and read again at the
// end, since only what can be found is kept. Where there are none, those that lie where all folders had them are taken
// if they are mine.
func (e entry) change(mine func(tokens) bool, to func(tokens) tokens) (tokens, error) {
	now, err := read(e.own)
	if err != nil && !errors.Is(err, keyring.ErrNotFound) && !errors.Is(err, errTokens) {
		return nil, err
	}
	taken := false
	if errors.Is(err, keyring.ErrNotFound) {
		if old, err := read(e.shared); err == nil && mine(old) {
			now, taken = old, true
		}
	}
	if err := keyring.Set(service, e.own, to(now).entry()); err != nil {
		return nil, err
	}
	if taken {
		if err := remove(e.shared); err != nil {
			return nil, err
		}
	}
	return read(e.own)
}

// move makes shared tokens this folder's own.
func (e entry) move(t tokens) error {
	if err := keyring.Set(service, e.own, t.entry()); err != nil {
		return err
	}
	return remove(e.shared)
}

func remove(key string) error {
	if err := keyring.Delete(service, key); !errors.Is(err, keyring.ErrNotFound) {
		return err
	}
	return nil
}

func read(key string) (tokens, error) {
	kept, err := keyring.Get(service, key)
	if err != nil {
		return nil, err
	}
	return parse(kept)
}
