package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
)

// schema holds the steps from each version to the next, in order of their names. A step that was released is
// never changed; a doc's format changes with a step too, even if its columns do not.
//
//go:embed schema/*.sql
var schema embed.FS

// applicationID marks the file as ours ("PRLY").
const applicationID = 0x50524c59

// ErrNewer: the store was written by a newer version of the program.
var ErrNewer = errors.New("the store was written by a newer version of Parley")

// errForeign: some other program's database.
var errForeign = errors.New("this is not a Parley store")

// migrate brings the schema up to date, each step in a transaction of its own.
func migrate(ctx context.Context, c *sql.Conn, epoch string) error {
	steps, err := fs.Glob(schema, "schema/*.sql")
	if err != nil {
		return err
	}
	version, err := readVersion(ctx, c)
	if err != nil {
		return err
	}
	if version > len(steps) {
		return fmt.Errorf("%w: its schema is %d, this program knows up to %d", ErrNewer, version, len(steps))
	}
	for ; version < len(steps); version++ {
		script, err := schema.ReadFile(steps[version])
		if err != nil {
			return err
		}
		if err := step(ctx, c, string(script), version, epoch); err != nil {
			return fmt.Errorf("to schema %d: %w", version+1, err)
		}
	}
	return nil
}

// readVersion returns the schema that the file has; 0: it is empty.
func readVersion(ctx context.Context, c *sql.Conn) (int, error) {
	var version, id, tables int
	err := errors.Join(
		c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version),
		c.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id),
		c.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables))
	if err != nil {
		return 0, explain("read the version", err)
	}
	if id != applicationID && (id != 0 || tables != 0) {
		return 0, errForeign
	}
	return version, nil
}

func step(ctx context.Context, c *sql.Conn, script string, version int, epoch string) error {
	tx, err := c.BeginTx(ctx, nil)
	if err != nil {
		return explain("begin", err)
	}
	defer func() { _ = tx.Rollback() }() // after Commit it does nothing
	run := []string{script, fmt.Sprintf("PRAGMA user_version = %d; PRAGMA application_id = %d", version+1, applicationID)}
	for _, s := range run {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return explain("run", err)
		}
	}
	if version == 0 {
		if epoch == "" {
			epoch = rand.Text()
		}
		if _, err := tx.ExecContext(ctx, "INSERT INTO meta (id, epoch, clock) VALUES (1, ?, 0)", epoch); err != nil {
			return explain("make the epoch", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return explain("commit", err)
	}
	return nil
}
