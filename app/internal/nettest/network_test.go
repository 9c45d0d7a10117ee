package nettest

import (
	"context"
	"errors"
	"net"
	"sync"

	"parley/backend/memnet"
)

// network lies between one client and its server, inside a bubble. It can be cut, which both sides notice at once,
// or become silent: then what is sent on it is lost and nobody is told, as when a laptop's lid is closed. For a line
// that is fading, that is so only of what the server says.
type network struct {
	far dial

	mu     sync.Mutex
	state  state
	lines  map[*line]struct{} // those that carry
	woken  chan struct{}      // closed when state changes
	relays sync.WaitGroup
}

// state is what the network does with a new connection.
type state int

const (
	up state = iota
	down
	silent
	fading // as silent, but lines that were open still carry to the server
)

// line is one connection through the network.
type line struct {
	near, far     net.Conn
	mute, severed bool // guarded by the network's mu: it swallows what the server says, or everything
}

var errNoNetwork = errors.New("no network")

func newNetwork(far dial) *network {
	return &network{far: far, lines: map[*line]struct{}{}, woken: make(chan struct{})}
}

// dial reaches the server through the network.
func (n *network) dial(ctx context.Context, netw, address string) (net.Conn, error) {
	n.mu.Lock()
	s, woken := n.state, n.woken
	n.mu.Unlock()
	switch s {
	case down:
		return nil, errNoNetwork
	case silent, fading: // the packets are lost until the network comes back, and then one is sent again
		select {
		case <-woken:
			return n.dial(ctx, netw, address)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	far, err := n.far(ctx, netw, address)
	if err != nil {
		return nil, err
	}
	ours, theirs := pipe(ctx)
	l := &line{near: theirs, far: far}
	n.mu.Lock()
	n.lines[l] = struct{}{}
	n.mu.Unlock()
	n.relays.Go(func() { n.relay(l) })
	return ours, nil
}

// pipe is a connection inside the process, with a buffer as a socket has it.
func pipe(ctx context.Context) (a, b net.Conn) {
	l := memnet.Listen()
	defer l.Close()
	a, err := l.DialContext(ctx, "", "")
	if err == nil {
		b, err = l.Accept()
	}
	if err != nil {
		panic("BUG: nettest: " + err.Error())
	}
	return a, b
}

// relay carries a connection until one of its sides closes.
func (n *network) relay(l *line) {
	var both sync.WaitGroup
	both.Go(func() { n.carry(l.near, l.far, func() bool { return l.severed }) })
	both.Go(func() { n.carry(l.far, l.near, func() bool { return l.severed || l.mute }) })
	both.Wait()
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.lines, l)
}

// carry moves bytes one way. Where the line swallows them it does not say either when one side has closed.
func (n *network) carry(from, to net.Conn, swallows func() bool) {
	buf := make([]byte, 4096)
	for {
		k, err := from.Read(buf)
		n.mu.Lock()
		lost := swallows()
		n.mu.Unlock()
		if k > 0 && !lost {
			_, _ = to.Write(buf[:k])
		}
		if err != nil {
			_ = from.Close()
			if !lost {
				_ = to.Close()
			}
			return
		}
	}
}

// set changes the network. Lines that were open do not survive: they are closed, or silent for ever.
func (n *network) set(s state) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.state = s
	close(n.woken)
	n.woken = make(chan struct{})
	for l := range n.lines {
		switch s {
		case silent:
			l.severed = true
		case fading:
			l.mute = true
		case down:
			_ = l.near.Close()
			_ = l.far.Close()
		}
	}
}

// open returns how many lines carry or swallow.
func (n *network) open() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return len(n.lines)
}

// wait returns when nothing of the network runs any more; both sides have closed their ends.
func (n *network) wait() { n.relays.Wait() }
