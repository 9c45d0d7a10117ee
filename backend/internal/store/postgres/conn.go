package postgres

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"

	"parley/backend/internal/store/table"
)

// conn is one connection and the statements that it has prepared. It is for one goroutine at a time. No call is given a
// context that can end, for which the driver would start a goroutine each; the connection has a deadline instead.
type conn struct {
	pg         *pgconn.PgConn
	statements map[string]*pgconn.StatementDescription
	queued     []call // those whose results nobody waits for yet
}

// call is a statement and its parameters as they are sent.
type call struct {
	statement *pgconn.StatementDescription
	values    [][]byte
	formats   []int16
}

// settings are what every connection is set to: our queries all have their index, which gives their order too, and
// their plans, made while the tables may be empty, are not thought over; a commit that was answered is on the disk; and a server that hangs gives the commits' lock free.
const settings = `SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off;
	SET plan_cache_mode = force_generic_plan; SET jit = off; SET client_encoding = 'UTF8';
	SET idle_in_transaction_session_timeout = '%d ms';
	SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`

func connect(ctx context.Context, config *pgconn.Config) (*conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTime)
	defer cancel()
	pg, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, explain("connect", err)
	}
	c := &conn{pg: pg, statements: map[string]*pgconn.StatementDescription{}}
	if _, err := pg.Exec(ctx, fmt.Sprintf(settings, hungTime.Milliseconds())).ReadAll(); err != nil {
		c.close()
		return nil, explain("connect", err)
	}
	return c, nil
}

// usable reports whether c has not failed yet, as far as is known.
func (c *conn) usable() bool { return c != nil && !c.pg.IsClosed() }

func (c *conn) close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = c.pg.Close(ctx) // it is gone either way
}

// wait gives the database answerTime from now, after which the connection counts as lost.
func (c *conn) wait() { _ = c.pg.Conn().SetDeadline(time.Now().Add(answerTime)) }

// statement returns the prepared form of query, which is one of the program's own few.
func (c *conn) statement(query string) (*pgconn.StatementDescription, error) {
	if s, ok := c.statements[query]; ok {
		return s, nil
	}
	c.wait()
	s, err := c.pg.Prepare(context.Background(), "s"+strconv.Itoa(len(c.statements)), numbered(query), nil)
	if err != nil {
		return nil, explain("prepare", err)
	}
	c.statements[query] = s
	return s, nil
}

// numbered writes the parameters as the engine wants them: $1 for the first ? and so on.
func numbered(query string) string {
	parts := strings.Split(query, "?")
	var b strings.Builder
	for i, part := range parts {
		b.WriteString(part)
		if i < len(parts)-1 {
			b.WriteString("$" + strconv.Itoa(i+1))
		}
	}
	return b.String()
}

// maxQueued is how many statements wait; more than a commit of the server has.
const maxQueued = 4096

// Exec implements table.Engine: the statement goes out with the next one whose result is asked for.
func (c *conn) Exec(statement string, args []any) error {
	s, err := c.statement(statement)
	if err != nil {
		return err
	}
	if len(c.queued) == maxQueued {
		if err := c.send(nil); err != nil {
			return err
		}
	}
	values, formats := encode(args)
	c.queued = append(c.queued, call{s, values, formats})
	return nil
}

// Query implements table.Engine: one round trip, which carries what was queued too. A text that the engine cannot
// hold finds nothing.
func (c *conn) Query(query string, args []any, f func(table.Row) error) error {
	for _, arg := range args {
		if v := reflect.ValueOf(arg); v.Kind() == reflect.String && !storable(v.String()) {
			return nil
		}
	}
	if err := c.Exec(query, args); err != nil {
		return err
	}
	return c.send(f)
}

// inBinary is the form of results.
var inBinary = []int16{1}

// send carries what was queued to the server and calls f with the rows that the last call finds. Without f there are none.
func (c *conn) send(f func(table.Row) error) error {
	batch := &pgconn.Batch{}
	for _, q := range c.queued {
		batch.ExecStatement(q.statement, q.values, q.formats, inBinary)
	}
	last := len(c.queued) - 1
	c.queued = c.queued[:0]
	c.wait()
	results := c.pg.ExecBatch(context.Background(), batch)
	var failed error
	for i := 0; results.NextResult(); i++ {
		rows := results.ResultReader()
		if i == last && f != nil {
			failed = c.scanAll(rows, f)
		}
		if _, err := rows.Close(); err != nil {
			break // results has it too
		}
	}
	if err := results.Close(); err != nil {
		return explain("run", err)
	}
	if failed != nil {
		return explain("read", failed)
	}
	return nil
}

// rowsAtOnce is for how many rows the database has answerTime.
const rowsAtOnce = 256

func (c *conn) scanAll(rows *pgconn.ResultReader, f func(table.Row) error) error {
	for n := 1; rows.NextRow(); n++ {
		if n%rowsAtOnce == 0 {
			c.wait()
		}
		if err := f(found(rows.Values())); err != nil {
			if errors.Is(err, table.ErrEnough) {
				return nil
			}
			return err
		}
	}
	return nil
}

// encode gives parameters as text, or as they are if they are bytes; nil stays NULL.
func encode(args []any) (values [][]byte, formats []int16) {
	values, formats = make([][]byte, len(args)), make([]int16, len(args))
	for i, arg := range args {
		switch v := reflect.ValueOf(arg); v.Kind() {
		case reflect.Invalid:
		case reflect.String:
			values[i] = []byte(v.String())
		case reflect.Int, reflect.Int64:
			values[i] = strconv.AppendInt(nil, v.Int(), 10)
		case reflect.Slice:
			if texts, ok := arg.([]string); ok {
				values[i] = array(texts)
				break
			}
			values[i], formats[i] = v.Bytes(), 1
		default:
			panic(fmt.Sprintf("BUG: postgres: a parameter is a %T", arg))
		}
	}
	return values, formats
}

// storable reports whether the engine can hold a text.
func storable(text string) bool { return utf8.ValidString(text) && !strings.Contains(text, "\x00") }

// array writes texts as the engine reads an array of them; one that it cannot hold as another that is nobody's key.
func array(texts []string) []byte {
	quoted := make([]string, len(texts))
	for i, text := range texts {
		if !storable(text) {
			text = ""
		}
		quoted[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
	}
	return []byte("{" + strings.Join(quoted, ",") + "}")
}

// found is a row of the engine's answer, in binary form.
type found [][]byte

// Scan implements table.Row.
func (f found) Scan(into ...any) error {
	for i, v := range into {
		switch v := v.(type) {
		case *string:
			*v = string(f[i])
		case *[]byte:
			*v = append([]byte(nil), f[i]...)
		case *table.Text:
			*v = f[i]
		case *int64:
			if len(f[i]) != 8 {
				return fmt.Errorf("column %d is no number", i)
			}
			*v = int64(binary.BigEndian.Uint64(f[i]))
		default:
			panic(fmt.Sprintf("BUG: postgres: a column is read into a %T", v))
		}
	}
	return nil
}
