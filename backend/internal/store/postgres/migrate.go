package postgres

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// schema holds the steps from each version to the next, in order of their names. A step that was released is never
// changed; a doc's format changes with a step too, even if its columns do not.
//
//go:embed schema/*.sql
var schema embed.FS

// ErrNewer: the store was written by a newer version of the program.
var ErrNewer = errors.New("the database was written by a newer version of Parley")

var (
	errForeign  = errors.New("the database has tables of another program; give Parley one of its own")
	errEncoding = errors.New("the database's encoding must be UTF8")
)

// migrating is the advisory lock of whoever changes the schema ("PRLY").
const migrating = 0x50524c59

// migrate brings the schema up to date in one transaction, which the servers that start take in turn.
func migrate(ctx context.Context, c *conn, epoch string) (err error) {
	ctx, cancel := context.WithTimeout(ctx, migrateTime)
	defer cancel()
	if _, err := values(ctx, c, fmt.Sprintf("BEGIN; SELECT pg_advisory_xact_lock(%d)", migrating)); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = values(context.WithoutCancel(ctx), c, "ROLLBACK")
		}
	}()
	version, err := readVersion(ctx, c)
	if err != nil {
		return err
	}
	steps, err := fs.Glob(schema, "schema/*.sql")
	if err != nil {
		return err
	}
	if version > len(steps) {
		return fmt.Errorf("%w: its schema is %d, this program knows up to %d", ErrNewer, version, len(steps))
	}
	for n, name := range steps[version:] {
		script, err := schema.ReadFile(name)
		if err != nil {
			return err
		}
		if _, err := values(ctx, c, string(script)); err != nil {
			return fmt.Errorf("to schema %d: %w", version+n+1, err)
		}
	}
	if version < len(steps) {
		if err := note(ctx, c, version, len(steps), epoch); err != nil {
			return err
		}
	}
	_, err = values(ctx, c, "COMMIT")
	return err
}

// note writes down that the schema has come to a version, and what a new database begins with.
func note(ctx context.Context, c *conn, from, to int, epoch string) error {
	script := fmt.Sprintf("UPDATE parley_schema SET version = %d", to)
	if from == 0 {
		script = fmt.Sprintf("CREATE TABLE parley_schema (version INTEGER NOT NULL); INSERT INTO parley_schema VALUES (%d)", to)
	}
	if _, err := values(ctx, c, script); err != nil || from > 0 {
		return err
	}
	if epoch == "" {
		epoch = rand.Text()
	}
	made := c.pg.ExecParams(ctx, "INSERT INTO meta (id, epoch, clock, version) VALUES (1, $1, 0, 0)", [][]byte{[]byte(epoch)}, nil, nil, nil).Read()
	if made.Err != nil {
		return explain("make the epoch", made.Err)
	}
	return nil
}

// readVersion returns the schema that the database has; 0: it is empty.
func readVersion(ctx context.Context, c *conn) (int, error) {
	found, err := values(ctx, c, "SELECT current_setting('server_encoding'), to_regclass('parley_schema') IS NOT NULL,"+
		"(SELECT count(*) FROM pg_tables WHERE schemaname = current_schema())")
	switch {
	case err != nil:
		return 0, err
	case found[0] != "UTF8":
		return 0, fmt.Errorf("%w, it is %s", errEncoding, found[0])
	case found[1] == "f" && found[2] != "0":
		return 0, errForeign
	case found[1] == "f":
		return 0, nil
	}
	found, err = values(ctx, c, "SELECT version FROM parley_schema")
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.Join(found, ""))
}

// values runs a script and returns the last row that its last statement finds.
func values(ctx context.Context, c *conn, script string) ([]string, error) {
	results, err := c.pg.Exec(ctx, script).ReadAll()
	if err != nil {
		return nil, explain("make the schema", err)
	}
	var out []string
	for _, r := range results {
		for _, found := range r.Rows {
			out = out[:0]
			for _, v := range found {
				out = append(out, string(v))
			}
		}
	}
	return out, nil
}
