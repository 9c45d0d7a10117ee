package postgres

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// channel is where commits are told of.
const channel = "parley_commit"

// Elsewhere receives after another server has committed. It may be late, and where the database cannot be reached it
// may never come: who reads what was committed must look by itself too, only not so often. Several commits are one.
func (s *Store) Elsewhere() <-chan struct{} { return s.elsewhere }

// listen begins to hear of the others' commits, until Close.
func (s *Store) listen() {
	ctx, end := context.WithCancel(context.Background())
	s.endListen = end
	config := s.config.Copy()
	config.OnNotification = func(_ *pgconn.PgConn, n *pgconn.Notification) {
		if n.Payload != s.name {
			s.heard()
		}
	}
	s.listening.Go(func() {
		for ctx.Err() == nil {
			s.hear(ctx, config)
			pause(ctx)
		}
	})
}

// hear listens until the connection fails or ctx ends.
func (s *Store) hear(ctx context.Context, config *pgconn.Config) {
	c, err := connect(ctx, config)
	if err != nil {
		return // whoever commits or reads says so
	}
	defer c.close()
	if _, err := c.pg.Exec(ctx, "LISTEN "+channel).ReadAll(); err != nil {
		return
	}
	s.heard() // something may have been missed
	for c.pg.WaitForNotification(ctx) == nil {
	}
}

func (s *Store) heard() {
	select {
	case s.elsewhere <- struct{}{}:
	default:
	}
}

// pause waits a while before the next connection.
func pause(ctx context.Context) {
	timer := time.NewTimer(time.Second + rand.N(time.Second))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
