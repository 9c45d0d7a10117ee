// Package memnet is a network inside the process: a net.Listener and the dialer that reaches it, with no port that
// anybody else could find. HTTP and websockets run over it as over TCP. The demo desk uses it.
package memnet

import (
	"context"
	"net"
	"sync"
	"syscall"
)

// backlog is how many connections may wait to be accepted; the next dialer waits.
const backlog = 64

// Listener accepts what DialContext dials. It is safe for concurrent use.
type Listener struct {
	waiting chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

// Listen returns an open Listener.
func Listen() *Listener {
	return &Listener{waiting: make(chan net.Conn, backlog), closed: make(chan struct{})}
}

// Accept blocks until somebody dials; after Close it fails with net.ErrClosed.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case <-l.closed:
	default:
		select {
		case c := <-l.waiting:
			return c, nil
		case <-l.closed:
		}
	}
	return nil, &net.OpError{Op: "accept", Net: network, Addr: address{}, Err: net.ErrClosed}
}

// Close ends listening. Connections that were accepted live on; those that were not are reset.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	for {
		select {
		case c := <-l.waiting:
			_ = c.Close()
		default:
			return nil
		}
	}
}

// Addr names the listener for logs; nobody can dial it.
func (l *Listener) Addr() net.Addr { return address{} }

// DialContext connects to the listener, whatever network and address say, so that it fits http.Transport and a
// websocket's dialer. A closed listener refuses the connection as TCP would.
func (l *Listener) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := pair()
	select {
	case <-l.closed:
		return nil, refused(syscall.ECONNREFUSED)
	default:
	}
	select {
	case l.waiting <- theirs:
	case <-l.closed:
		return nil, refused(syscall.ECONNREFUSED)
	case <-ctx.Done():
		return nil, refused(ctx.Err())
	}
	select {
	case <-l.closed: // it may have closed between the two, with nobody left to reset the connection
		_ = l.Close()
	default:
	}
	return ours, nil
}

func refused(why error) error {
	return &net.OpError{Op: "dial", Net: network, Addr: address{}, Err: why}
}

const network = "memory"

// address is the one address there is. It splits into host and port as a TCP address does.
type address struct{}

func (address) Network() string { return network }
func (address) String() string  { return "memory:0" }
