package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"parley/backend/internal/store"
)

// conn is one connection and the statements that it has prepared. It is for one goroutine at a time.
type conn struct {
	sql        *sql.Conn
	statements map[string]*sql.Stmt
}

// statement returns the prepared form of query, which is one of the program's own few.
func (c *conn) statement(query string) (*sql.Stmt, error) {
	if s, ok := c.statements[query]; ok {
		return s, nil
	}
	s, err := c.sql.PrepareContext(context.Background(), query)
	if err == nil {
		c.statements[query] = s
	}
	return s, err
}

// exec runs a statement. No statement is given a context that can end: the driver would start a goroutine for
// each to watch it.
func (c *conn) exec(query string, args ...any) (sql.Result, error) {
	s, err := c.statement(query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(context.Background(), args...)
}

func (c *conn) close() error {
	for _, s := range c.statements {
		_ = s.Close() // it is gone with its connection
	}
	return c.sql.Close()
}

// explain makes an error of the engine one that the port's callers tell apart.
func explain(what string, err error) error {
	var e *driver.Error
	if !errors.As(err, &e) {
		return fmt.Errorf("sqlite: %s: %w", what, err)
	}
	kind := error(nil)
	switch code := e.Code(); code & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR:
		kind = store.ErrNoRoom
	case sqlite3.SQLITE_BUSY:
		kind = store.ErrInUse
	case sqlite3.SQLITE_CONSTRAINT:
		if code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY {
			kind = store.ErrConflict
		}
	}
	if kind == nil {
		return fmt.Errorf("sqlite: %s: %w", what, err)
	}
	return fmt.Errorf("sqlite: %s: %w: %w", what, kind, err)
}
