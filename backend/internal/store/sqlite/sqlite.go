// Package sqlite is the store in one file on this machine's disk: SQLite in WAL mode with an fsync for every
// commit. One connection writes, a few read snapshots beside it. What is asked and written is package table's; the
// tables are declared in schema/.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"parley/backend/internal/store"
	"parley/backend/internal/store/table"
)

// DefaultReaders is how many snapshots may be read at the same time; further reads wait for one to end.
const DefaultReaders = 4

// Options of Open; the zero value is right for a server.
type Options struct {
	// Epoch is that of a store that Open creates; empty: a random one. A store that exists keeps its own.
	Epoch   string
	Readers int // 0: DefaultReaders
	// Ballast is the size of the file "ballast" beside the store, which is given up when the disk is full; 0: none.
	Ballast     int64
	LookForRoom time.Duration // how often a full disk is looked at again; 0: DefaultLookForRoom
	Log         *slog.Logger  // slog.Default unless given
}

// Store implements store.Store.
type Store struct {
	db      *sql.DB
	writing sync.Mutex
	writer  *conn
	ballast *ballast      // guarded by writing
	streams table.Streams // after the last commit; nil: not known
	readers chan *conn    // those that nobody uses
	closed  chan struct{} // closed when Close begins
}

var _ store.Store = (*Store)(nil)

// Open opens the store at path, creates it if it is not there, and brings an older schema up to date. The file
// and those that the engine puts beside it are for this user only. A store of a newer schema is an error that
// says so. The caller makes sure that no other process uses it.
func Open(ctx context.Context, path string, o Options) (*Store, error) {
	b := newBallast(path, o)
	s, err := openFile(ctx, path, o)
	if errors.Is(b.tell(err), store.ErrNoRoom) {
		b.giveUp()
		s, err = openFile(ctx, path, o)
	}
	if err != nil {
		return nil, fmt.Errorf("sqlite: open %s: %w", path, b.tell(err))
	}
	s.ballast = b
	if !b.gone {
		b.take()
	}
	return s, nil
}

func openFile(ctx context.Context, path string, o Options) (*Store, error) {
	if err := create(path); err != nil {
		return nil, explainFile(err)
	}
	db, err := sql.Open("sqlite", address(path))
	if err != nil {
		return nil, err
	}
	s := &Store{db: db, closed: make(chan struct{})}
	if err := s.connect(ctx, o); err != nil {
		s.disconnect()
		return nil, err
	}
	return s, nil
}

// disconnect gives up what connect has opened before it failed.
func (s *Store) disconnect() {
	for range len(s.readers) {
		_ = (<-s.readers).close()
	}
	if s.writer != nil {
		_ = s.writer.close()
	}
	_ = s.db.Close()
}

// create makes an empty file that only this user may read, durably, or takes what others may do from the one
// that is there. The engine gives the files beside it the same mode.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(f.Chmod(0o600), f.Close())
	if dir, e := os.Open(filepath.Dir(path)); e == nil {
		_ = dir.Sync() // not every system can
		_ = dir.Close()
	}
	return err
}

// address is path as the engine wants it, with what every connection is set to.
func address(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	settings := url.Values{"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)",
		"wal_autocheckpoint(4000)", "journal_size_limit(67108864)", "cache_size(-16384)", "temp_store(MEMORY)", "trusted_schema(OFF)"}}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: settings.Encode()}).String()
}

func (s *Store) connect(ctx context.Context, o Options) (err error) {
	if s.writer, err = s.connection(ctx); err != nil {
		return err
	}
	if err := migrate(ctx, s.writer.sql, o.Epoch); err != nil {
		return err
	}
	readers := o.Readers
	if readers == 0 {
		readers = DefaultReaders
	}
	s.readers = make(chan *conn, readers)
	for range readers {
		c, err := s.connection(ctx)
		if err != nil {
			return err
		}
		if _, err := c.exec("PRAGMA query_only = ON"); err != nil {
			return err
		}
		s.readers <- c
	}
	return nil
}

func (s *Store) connection(ctx context.Context) (*conn, error) {
	c, err := s.db.Conn(ctx)
	if err != nil {
		return nil, explain("connect", err)
	}
	return &conn{sql: c, statements: map[string]*sql.Stmt{}}, nil
}

// Commit implements store.Store.
func (s *Store) Commit(ctx context.Context, f func(store.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.usable(ctx); err != nil {
		return err
	}
	if err := s.ballast.admits(store.IsEnding(ctx)); err != nil {
		return err
	}
	err := s.ballast.tell(s.commit(f))
	if errors.Is(err, store.ErrNoRoom) {
		s.ballast.giveUp()
		_, _ = s.writer.exec("PRAGMA wal_checkpoint(TRUNCATE)") // the log of the engine gives its room back too, if it can
	}
	return err
}

func (s *Store) commit(f func(store.Tx) error) error {
	if _, err := s.writer.exec("BEGIN IMMEDIATE"); err != nil {
		return explain("begin", err)
	}
	done := false
	defer func() {
		if !done {
			_, _ = s.writer.exec("ROLLBACK") // the engine may have done so itself
			s.streams = nil
		}
	}()
	tx := table.Begin(s.writer, s.streams)
	if tx.Err() != nil {
		return tx.Err()
	}
	if err := f(tx); err != nil {
		return err
	}
	if tx.Err() != nil {
		return tx.Err()
	}
	if _, err := s.writer.exec("COMMIT"); err != nil {
		return explain("commit", err)
	}
	done, s.streams = true, tx.Streams()
	return nil
}

// Read implements store.Store.
func (s *Store) Read(ctx context.Context, f func(store.Reader) error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	select {
	case c := <-s.readers:
		defer func() { s.readers <- c }()
		return s.snapshot(c, f)
	case <-s.closed:
		return store.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *Store) snapshot(c *conn, f func(store.Reader) error) error {
	if _, err := c.exec("BEGIN"); err != nil {
		return explain("begin to read", err)
	}
	defer func() { _, _ = c.exec("ROLLBACK") }() // nothing was written
	r := table.Read(c)
	if r.Err() != nil {
		return r.Err()
	}
	if err := f(r); err != nil {
		return err
	}
	return r.Err()
}

func (s *Store) usable(ctx context.Context) error {
	select {
	case <-s.closed:
		return store.ErrClosed
	default:
		return ctx.Err()
	}
}

// Close waits for the commit and the reads that are under way; every later call fails with store.ErrClosed.
func (s *Store) Close() error {
	s.writing.Lock()
	defer s.writing.Unlock()
	select {
	case <-s.closed:
		return nil
	default:
		close(s.closed)
	}
	var err error
	for range cap(s.readers) {
		err = errors.Join(err, (<-s.readers).close())
	}
	if err = errors.Join(err, s.writer.close(), s.db.Close()); err != nil {
		return fmt.Errorf("sqlite: close: %w", err)
	}
	return nil
}
