package memnet

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// capacity is how many bytes one direction holds before its writer waits: enough that an answer can be on its
// way while the question is still being written, which a pipe without a buffer cannot do.
const capacity = 64 << 10

// conn is one end of a connection.
type conn struct {
	in, out *stream
}

// pair returns the two ends of a connection.
func pair() (net.Conn, net.Conn) {
	a, b := newStream(), newStream()
	return &conn{in: a, out: b}, &conn{in: b, out: a}
}

func (c *conn) Read(p []byte) (int, error)  { return c.in.read(p) }
func (c *conn) Write(p []byte) (int, error) { return c.out.write(p) }
func (c *conn) LocalAddr() net.Addr         { return address{} }
func (c *conn) RemoteAddr() net.Addr        { return address{} }

// Close lets the other end read what was written and then io.EOF; it cannot write any more.
func (c *conn) Close() error {
	c.out.close(false)
	c.in.close(true)
	return nil
}

func (c *conn) SetDeadline(t time.Time) error {
	c.in.reader.set(c.in, t)
	c.out.writer.set(c.out, t)
	return nil
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.in.reader.set(c.in, t)
	return nil
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	c.out.writer.set(c.out, t)
	return nil
}

// stream is one direction: bytes, in order, from its writer to its reader.
type stream struct {
	mu      sync.Mutex
	changed *sync.Cond // with mu: anything below
	buf     []byte     // guarded by mu
	ended   bool       // the writer has closed; what is left can be read
	broken  bool       // the reader has closed
	reader  deadline
	writer  deadline
}

func newStream() *stream {
	s := &stream{}
	s.changed = sync.NewCond(&s.mu)
	return s
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.broken:
			return 0, net.ErrClosed
		case s.reader.passed:
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case len(s.buf) > 0:
			n := copy(p, s.buf)
			s.buf = s.buf[:copy(s.buf, s.buf[n:])]
			s.changed.Broadcast()
			return n, nil
		case s.ended:
			return 0, io.EOF
		}
		s.changed.Wait()
	}
}

func (s *stream) write(p []byte) (written int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case written > 0 && written == len(p):
			return written, nil
		case s.ended:
			return written, net.ErrClosed
		case s.broken:
			return written, io.ErrClosedPipe
		case s.writer.passed:
			return written, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case len(s.buf) < capacity:
			n := min(capacity-len(s.buf), len(p)-written)
			s.buf = append(s.buf, p[written:written+n]...)
			written += n
			s.changed.Broadcast()
			continue
		}
		s.changed.Wait()
	}
}

func (s *stream) close(byReader bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if byReader {
		s.broken = true
		s.buf = nil
	} else {
		s.ended = true
	}
	s.reader.stopLocked()
	s.writer.stopLocked()
	s.changed.Broadcast()
}

// deadline belongs to one side of a stream and is guarded by its mu.
type deadline struct {
	passed bool
	timer  *time.Timer
	round  int // of set: a timer of an earlier round says nothing any more
}

// set replaces the deadline; the zero time means none. A read or write that waits hears of it.
func (d *deadline) set(s *stream, t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.stopLocked()
	d.round++
	left := time.Until(t)
	d.passed = !t.IsZero() && left <= 0
	if !t.IsZero() && left > 0 && !s.ended && !s.broken {
		round := d.round
		d.timer = time.AfterFunc(left, func() { d.fire(s, round) })
	}
	s.changed.Broadcast()
}

func (d *deadline) fire(s *stream, round int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.round == round {
		d.passed = true
		s.changed.Broadcast()
	}
}

func (d *deadline) stopLocked() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}
