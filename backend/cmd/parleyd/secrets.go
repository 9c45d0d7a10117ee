package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"

	"github.com/go-json-experiment/json"

	"parley/backend/server/admin"
)

// maxSecret is the largest secret that is read from a file, in bytes.
const maxSecret = 4 << 10

// secret is a flag that names a file with a secret, so that the secret is in no list of processes and in no
// shell's history. env names the variable that is used where the flag is not given; empty: none.
func (a *asked) secret(name, env, usage string, to func(string)) {
	if env != "" {
		usage += " (or " + env + " in the environment)"
		if value := a.env(env); value != "" {
			to(value)
		}
	}
	a.Func(name, usage, func(path string) error {
		value, err := readSecret(path)
		if err == nil {
			to(value)
		}
		return err
	})
}

// readSecret returns a file's content without the white space around it.
func readSecret(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", fmt.Errorf("read a secret: %w", err)
	}
	if info.Size() > maxSecret {
		return "", fmt.Errorf("read a secret: %s has more than %d bytes", path, maxSecret)
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("read a secret: %w", err)
	}
	value := string(bytes.TrimSpace(raw))
	if value == "" {
		return "", fmt.Errorf("read a secret: %s is empty", path)
	}
	return value, nil
}

// createSecretFile makes a file that only this user can read; nil for an empty path. It overwrites nothing.
func createSecretFile(path string) (*os.File, error) {
	if path == "" {
		return nil, nil
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, &admin.Failure{Code: admin.CodeUsage, Message: fmt.Sprintf("the token's file cannot be made: %v", err)}
	}
	return f, nil
}

// keepToken moves the token of an answer into f and returns what is left to print.
func keepToken(f *os.File, answer []byte) ([]byte, error) {
	var t admin.NewToken
	if err := json.Unmarshal(answer, &t); err != nil {
		return nil, fmt.Errorf("read the new token: %w", err)
	}
	_, err := fmt.Fprintln(f, t.Token)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, fmt.Errorf("write the token (revoke %s): %w", t.Hash, err)
	}
	t.Token, t.Out = "", f.Name()
	return json.Marshal(t)
}
