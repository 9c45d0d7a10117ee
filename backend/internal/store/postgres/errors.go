package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"parley/backend/internal/store"
)

// The engine's codes that the port's callers tell apart, https://www.postgresql.org/docs/15/errcodes-appendix.html.
const (
	diskFull        = "53100"
	readOnly        = "25006" // a standby, or default_transaction_read_only
	uniqueViolation = "23505"
)

// explain makes an error of the engine one that the port's callers tell apart. The engine's details, which may repeat
// what people have written, are left out.
func explain(what string, err error) error {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return fmt.Errorf("postgres: %s: %w", what, err)
	}
	switch e.Code {
	case diskFull:
		return fmt.Errorf("postgres: %s: %w: %s", what, store.ErrNoRoom, e.Message)
	case readOnly:
		return fmt.Errorf("postgres: %s: %w: %s", what, store.ErrReadOnly, e.Message)
	case uniqueViolation:
		return fmt.Errorf("postgres: %s: %w: %s", what, store.ErrConflict, e.ConstraintName)
	}
	return fmt.Errorf("postgres: %s: %s (SQLSTATE %s)", what, e.Message, e.Code)
}
