//go:build !unix

package pgtest

import (
	"errors"
	"testing"
)

const elsewhere = "not run: PostgreSQL is started for tests on Unix only"

// Database skips t.
func Database(t testing.TB) string { t.Skip(elsewhere); return "" }

// DurableDatabase skips t.
func DurableDatabase(t testing.TB) string { t.Skip(elsewhere); return "" }

// Run is for tests that were not skipped.
func Run(t testing.TB, _, _ string) { t.Skip(elsewhere) }

// Serve fails.
func Serve() (string, error) { return "", errors.New(elsewhere) }
