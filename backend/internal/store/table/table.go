// Package table is the store as tables, as both SQL engines have them: the queries, the statements, and the reader and
// the transaction that use them. An engine's package owns connections, transactions, its schema and its errors. Each
// row of a table is a doc of package row beside the columns that it is found by.
package table

import (
	"errors"
	"fmt"

	"parley/backend/chat"
	"parley/backend/internal/store"
	"parley/backend/internal/store/row"
)

// Engine is one transaction of a database. Its errors are those of package store where that has one.
type Engine interface {
	// Query calls f for every row that a query finds until f returns an error; ErrEnough is no failure.
	Query(query string, args []any, f func(Row) error) error
	// Exec runs a statement. An engine may put it off until the next Query or the commit, and its error with it.
	Exec(statement string, args []any) error
}

// Row is one row of an answer.
type Row interface {
	// Scan copies the columns into *string, *int64, *[]byte and *Text, which is not copied.
	Scan(into ...any) error
}

// Text is a column's bytes that the next row overwrites.
type Text []byte

// ErrEnough ends the reading of rows without a failure.
var ErrEnough = errors.New("enough rows")

// Reader is a store.Reader that answers from one transaction. Nothing is read after the first failure.
type Reader struct {
	engine Engine
	epoch  string
	clock  chat.Millis
	err    error
}

var _ store.Reader = (*Reader)(nil)

// Read returns a Reader; it has read the epoch and the clock, with which a snapshot begins.
func Read(e Engine) *Reader {
	r := &Reader{engine: e}
	r.each(metaQuery, nil, func(found Row) error { return found.Scan(&r.epoch, (*int64)(&r.clock)) })
	return r
}

// Epoch implements desk.View.
func (r *Reader) Epoch() string { return r.epoch }

// Clock implements store.Reader.
func (r *Reader) Clock() chat.Millis { return r.clock }

// Err implements store.Reader.
func (r *Reader) Err() error { return r.err }

// Fail notes a failure of what the engine was asked besides; nil is none.
func (r *Reader) Fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// one returns the row that query finds.
func one[D row.Doc[N], N any](r *Reader, query string, args ...any) (n N, ok bool) {
	rows := many[D](r, query, args...)
	if len(rows) == 0 {
		return n, false
	}
	return rows[0], true
}

// many returns the rows that query finds, in its order.
func many[D row.Doc[N], N any](r *Reader, query string, args ...any) []N {
	var out []N
	r.each(query, args, func(found Row) error {
		n, err := scan[D](found)
		out = append(out, n)
		return err
	})
	if r.err != nil {
		return nil
	}
	return out
}

// scan reads a row of a name, a doc and what columns asks for besides.
func scan[D row.Doc[N], N any](found Row, columns ...any) (n N, err error) {
	var name string
	var text Text
	if err := found.Scan(append([]any{&name, &text}, columns...)...); err != nil {
		return n, err
	}
	var d D
	if err := row.Parse(text, &d); err != nil {
		return n, fmt.Errorf("the %T of row %q: %w", d, name, err)
	}
	return d.Noun(), nil
}

// number returns the one number that query finds, or 0.
func (r *Reader) number(query string, args ...any) (n int64, ok bool) {
	r.each(query, args, func(found Row) error {
		ok = true
		return found.Scan(&n)
	})
	return n, ok && r.err == nil
}

// each calls f for every row that query finds. A failure is kept.
func (r *Reader) each(query string, args []any, f func(Row) error) {
	if r.err == nil {
		r.err = r.engine.Query(query, args, f)
	}
}
