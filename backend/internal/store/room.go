package store

import "context"

// endingKey is the key of a context's value.
type endingKey struct{}

// Ending returns a context for a commit that ends something (what came of a call, a revoked token, a prune) and takes
// little room or gives some back. Such a commit may use the last room of a disk that is full; others are refused with
// ErrNoRoom there.
func Ending(ctx context.Context) context.Context { return context.WithValue(ctx, endingKey{}, true) }

// IsEnding reports whether a commit is one that ends something.
func IsEnding(ctx context.Context) bool { return ctx.Value(endingKey{}) != nil }
