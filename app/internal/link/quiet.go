package link

import (
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// handshakeBytes is how much may come before the websocket is open: TLS's part and the headers of the answer.
const handshakeBytes = 256 << 10

var errTalkative = errors.New("link: the server answered the upgrade with too much")

// quiet is a connection that fails a read when not one byte came for its limit: on a slow line a long frame is a sign
// of life from its first byte on.
type quiet struct {
	net.Conn
	limit func() time.Duration
	armed atomic.Bool
	early int // bytes read before it was armed

	mu        sync.Mutex
	expecting bool // a nearer deadline is set, and nothing was heard since
}

// arm begins the watch. Before, deadlines are the handshake's.
func (q *quiet) arm() { q.armed.Store(true) }

// Read reads from the connection and waits no longer than the limit.
func (q *quiet) Read(p []byte) (int, error) {
	if !q.armed.Load() {
		n, err := q.Conn.Read(p)
		if q.early += n; q.early > handshakeBytes {
			return 0, errTalkative
		}
		return n, err
	}
	if err := q.wait(); err != nil {
		return 0, err
	}
	n, err := q.Conn.Read(p)
	if n > 0 {
		q.heard()
	}
	return n, err
}

// wait sets the deadline of a read, unless expect has set a nearer one that nothing has answered.
func (q *quiet) wait() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.expecting {
		return nil
	}
	return q.SetReadDeadline(time.Now().Add(q.limit()))
}

func (q *quiet) heard() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.expecting = false
}

// expect sets a nearer deadline, also for a read that is under way, until something is heard.
func (q *quiet) expect(within time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.expecting = true
	_ = q.SetReadDeadline(time.Now().Add(within))
}
