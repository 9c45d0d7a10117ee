// Package postgres is the store in a PostgreSQL database, for when one machine is not enough: several servers may use one
// database, and none of them leads. The lock of the tenant's one row orders their commits, sequence numbers are given
// under it, and a NOTIFY tells the others that there was one. What is asked and written is package table's; the tables
// are declared in schema/.
package postgres

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"parley/backend/internal/store"
	"parley/backend/internal/store/table"
)

// DefaultReaders is how many snapshots may be read at the same time; further reads wait for one to end.
const DefaultReaders = 8

// How long the database may take, after which a connection counts as lost.
const (
	connectTime = 10 * time.Second
	migrateTime = 10 * time.Minute
	answerTime  = 30 * time.Second // to answer one call; a commit waits in it for those of other servers
	// hungTime is how long a server may hold the commits' lock while it asks for nothing.
	hungTime = 15 * time.Second
)

// Options of Open; the zero value is right for a server.
type Options struct {
	// Epoch is that of a store that Open creates; empty: a random one. A store that exists keeps its own.
	Epoch   string
	Readers int // 0: DefaultReaders
}

// Store implements store.Store.
type Store struct {
	config *pgconn.Config
	name   string // of this Store among those that share the database

	writing sync.Mutex
	writer  *conn         // guarded by writing; may be broken
	known   known         // guarded by writing
	readers chan *conn    // those that nobody uses; nil or broken ones are made anew
	closed  chan struct{} // closed when Close begins

	elsewhere chan struct{}
	listening sync.WaitGroup
	endListen context.CancelFunc
}

var _ store.Store = (*Store)(nil)

// Open opens the store in the database that url names (postgres://user@host/database, or libpq's key=value words; the
// environment and ~/.pgpass fill in what it leaves out), creates it if the database is empty, and brings an older schema
// up to date. A store of a newer schema is an error that says so. No error repeats the password.
func Open(ctx context.Context, url string, o Options) (*Store, error) {
	config, err := pgconn.ParseConfig(url)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", errAddress)
	}
	config.RuntimeParams["application_name"] = application
	readers := o.Readers
	if readers == 0 {
		readers = DefaultReaders
	}
	s := &Store{config: config, name: rand.Text(), readers: make(chan *conn, readers), closed: make(chan struct{}),
		elsewhere: make(chan struct{}, 1)}
	if s.writer, err = connect(ctx, config); err != nil {
		return nil, err
	}
	if err := migrate(ctx, s.writer, o.Epoch); err != nil {
		s.writer.close()
		return nil, fmt.Errorf("postgres: open: %w", err)
	}
	for range readers {
		s.readers <- nil
	}
	s.listen()
	return s, nil
}

// errAddress does not say what was wrong: the driver's error repeats parts of it, and a password may be among them.
var errAddress = errors.New("the database's address cannot be read; it should be such as postgres://user@host:5432/database")

// Commit implements store.Store.
func (s *Store) Commit(ctx context.Context, f func(store.Tx) error) error {
	s.writing.Lock()
	defer s.writing.Unlock()
	if err := s.usable(ctx); err != nil {
		return err
	}
	tx, err := s.begin(ctx)
	if err != nil {
		return err
	}
	done := false
	defer func() {
		if !done {
			s.rollback()
			s.known = known{} // its maps may have been changed
		}
	}()
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Err(); err != nil {
		return err
	}
	after, err := tx.end(s.name)
	if err != nil {
		return err
	}
	done, s.known = true, after
	return nil
}

// begin begins a transaction that has the commits' lock. A connection that was lost since the last commit is made
// anew.
func (s *Store) begin(ctx context.Context) (*tx, error) {
	for again := s.writer.usable(); ; again = false {
		if !s.writer.usable() {
			c, err := connect(ctx, s.config)
			if err != nil {
				return nil, err
			}
			s.writer, s.known = c, known{} // the database may have been restored meanwhile, to where its versions come again
		}
		tx, err := begin(s.writer, s.known)
		if err == nil {
			return tx, nil
		}
		s.rollback()
		if !again || s.writer.usable() {
			return nil, err
		}
	}
}

// rollback undoes what the writer has begun. A connection that cannot do so is given up, which does the same.
func (s *Store) rollback() {
	s.writer.queued = s.writer.queued[:0]
	if s.writer.usable() && s.writer.Exec("ROLLBACK", nil) == nil && s.writer.send(nil) == nil {
		return
	}
	s.writer.close()
}

// Read implements store.Store.
func (s *Store) Read(ctx context.Context, f func(store.Reader) error) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	select {
	case c := <-s.readers:
		defer func() { s.readers <- c }()
		r, err := s.snapshot(ctx, &c)
		if err != nil {
			return err
		}
		defer func() { endSnapshot(c) }()
		if err := f(r); err != nil {
			return err
		}
		return r.Err()
	case <-s.closed:
		return store.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// snapshot begins to read. A connection that was lost since the last time is made anew.
func (s *Store) snapshot(ctx context.Context, c **conn) (*table.Reader, error) {
	for again := (*c).usable(); ; again = false {
		if !(*c).usable() {
			fresh, err := connect(ctx, s.config)
			if err != nil {
				return nil, err
			}
			*c = fresh
		}
		err := (*c).Exec("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", nil)
		if err == nil {
			r := table.Read(*c)
			if err = r.Err(); err == nil {
				return r, nil
			}
		}
		endSnapshot(*c)
		if !again || (*c).usable() {
			return nil, err
		}
	}
}

func endSnapshot(c *conn) {
	c.queued = c.queued[:0]
	if c.usable() && (c.Exec("ROLLBACK", nil) != nil || c.send(nil) != nil) { // nothing was written
		c.close()
	}
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
	for range cap(s.readers) {
		if c := <-s.readers; c.usable() {
			c.close()
		}
	}
	if s.writer.usable() {
		s.writer.close()
	}
	s.endListen()
	s.listening.Wait()
	return nil
}
