package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"syscall"

	driver "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"parley/backend/internal/store"
	"parley/backend/internal/store/table"
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

// Query implements table.Engine.
func (c *conn) Query(query string, args []any, f func(table.Row) error) (err error) {
	s, err := c.statement(query)
	if err != nil {
		return explain("read", err)
	}
	rows, err := s.QueryContext(context.Background(), args...)
	if err != nil {
		return explain("read", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := f(found{rows}); err != nil {
			if errors.Is(err, table.ErrEnough) {
				return nil
			}
			return explain("read", err)
		}
	}
	if err := rows.Err(); err != nil {
		return explain("read", err)
	}
	return nil
}

// Exec implements table.Engine.
func (c *conn) Exec(statement string, args []any) error {
	if _, err := c.exec(statement, args...); err != nil {
		return explain("write", err)
	}
	return nil
}

// found is a row of the engine's answer.
type found struct{ *sql.Rows }

// Scan implements table.Row.
func (f found) Scan(into ...any) error {
	for i, v := range into {
		if text, ok := v.(*table.Text); ok {
			into[i] = (*sql.RawBytes)(text)
		}
	}
	return f.Rows.Scan(into...)
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
	case sqlite3.SQLITE_FULL:
		kind = store.ErrNoRoom
	case sqlite3.SQLITE_READONLY:
		kind = store.ErrReadOnly
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN:
		kind = store.ErrDisk // ballast.tell says more
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

// errFull is without a word of the engine, which was not asked.
var errFull = fmt.Errorf("sqlite: %w", store.ErrNoRoom)

// explainFile is explain for an error of the system.
func explainFile(err error) error {
	if kind := diskSays(err); kind != nil {
		return fmt.Errorf("%w: %w", kind, err)
	}
	return err
}

// diskSays is what an error of the system means for the store, if it means something.
func diskSays(err error) error {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return store.ErrNoRoom
	case errors.Is(err, syscall.EROFS):
		return store.ErrReadOnly
	}
	return nil
}
