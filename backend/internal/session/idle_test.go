//go:build !race

package session

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

// TestIdleConnections: what a connection costs that has its snapshot and says nothing, with everything that the
// process keeps for it, the console's end of the socket included.
func TestIdleConnections(t *testing.T) {
	const n = 1000
	w := newWorld(t, Limits{OfAgent: n}, nil)
	w.holds(w.mira, 1)
	before := inUse()
	goroutines := runtime.NumGoroutine()
	for i := range n {
		w.idle(i)
	}
	after := inUse()
	each := (after - before) / n
	t.Logf("%d idle connections: %d bytes and %.1f goroutines each", n, each, float64(runtime.NumGoroutine()-goroutines)/n)
	if each > idleBytes {
		t.Errorf("more than %d bytes", idleBytes)
	}
}

const idleBytes = 28 << 10

// inUse is what the heap and the stacks take.
func inUse() int64 {
	var m runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// idle connects with nothing but a socket, and reads until the snapshots are there.
func (w *world) idle(i int) {
	w.t.Helper()
	conn, err := net.Dial("tcp", w.http.Listener.Addr().String())
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { conn.Close() })
	fmt.Fprintf(conn, "GET /sync HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", w.mira.token)
	r := bufio.NewReaderSize(conn, 512)
	resp, err := http.ReadResponse(r, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		w.t.Fatal(err, resp)
	}
	hello := fmt.Sprintf(`{"hello":{"min_version":1,"max_version":1,"device":"device-%04d","app":"idle"}}`, i)
	frame := append([]byte{0x81, 0x80 | byte(len(hello)), 0, 0, 0, 0}, hello...)
	if _, err := conn.Write(frame); err != nil {
		w.t.Fatal(err)
	}
	conn.SetReadDeadline(time.Now().Add(time.Minute))
	for last := 0; last < 3; {
		last += strings.Count(next(w.t, r), `"last":true`)
	}
}

// next reads one frame that is not compressed.
func next(t *testing.T, r *bufio.Reader) string {
	t.Helper()
	var head [2]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		t.Fatal(err)
	}
	n := int64(head[1] & 0x7f)
	for i := range map[int64]int{126: 2, 127: 8}[n] {
		if i == 0 {
			n = 0
		}
		b, _ := r.ReadByte()
		n = n<<8 | int64(b)
	}
	var text strings.Builder
	if _, err := io.CopyN(&text, r, n); err != nil {
		t.Fatal(err)
	}
	return text.String()
}
