package nettest

import (
	"bytes"
	"fmt"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gorilla/websocket"

	"parley/backend/wire"
	"parley/backend/worldtest"
)

// flood is what a server sends without end, and how much of it: what the console keeps is at most a tenth.
type flood struct {
	name      string
	megabytes int
	frame     func(n int, text string) string
}

var floods = []flood{
	{"a snapshot that never ends", 128, func(n int, text string) string {
		return fmt.Sprintf(`{"snapshot":{"stream":%s,"at":{"epoch":"e1","seq":7},"part":%d,"last":false,"changes":[{"team":{"id":"t%d","name":%q}}]}}`, tenantJSON, n, n, text)
	}},
	{"pages that nobody asked for", 32, func(n int, text string) string {
		return fmt.Sprintf(`{"page":{"chat":"c%d","before":9,"messages":[{"id":"m","chat":"c","number":8,"kind":"inbound","inbounds":1,"text":%q,"at":1}]}}`, n, text)
	}},
	{"histories that nobody asked for", 32, func(n int, text string) string {
		return fmt.Sprintf(`{"history":{"customer":"cu%d","chats":[{"id":"c","status":"closed","last_text":%q}]}}`, n, text)
	}},
	{"results of commands that nobody gave", 32, func(n int, text string) string { return result("d", int64(n), text, "done") }},
	{"frames of a stream that was not welcomed", 32, func(n int, text string) string {
		return at(`{"kind":"queue","id":"tm9"}`, "e1", int64(n), fmt.Sprintf(`{"team":{"id":"t%d","name":%q}}`, n, text))
	}},
}

// TestFloodsTakeLittleMemory: a server that sends without end fills no memory.
func TestFloodsTakeLittleMemory(t *testing.T) {
	text := strings.Repeat("x", wire.SnapshotBytes)
	for _, f := range floods {
		t.Run(f.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				before := heap()
				r, c := visited(t)
				for n := range f.megabytes << 20 / len(text) {
					r.visits[0].text(f.frame(n, text))
				}
				synctest.Wait()
				grown := (heap() - before) >> 20
				t.Logf("%d MB sent, %d MB kept", f.megabytes, grown)
				if grown > int64(f.megabytes/10) {
					t.Errorf("it keeps %d of %d MB", grown, f.megabytes)
				}
				c.stop()
				r.stop()
			})
		})
	}
}

// visited is a rogue with a real client that is connected.
func visited(t *testing.T) (*rogue, *client) {
	r := newRogue(t)
	c := newClient(t, worldtest.Agent{ID: rogueAgent, Name: "Ada", Token: "token"}, r.door.DialContext, false)
	c.start()
	synctest.Wait()
	return r, c
}

// TestGulpsTakeLittleMemory: what is too long is not taken into memory to find that out.
func TestGulpsTakeLittleMemory(t *testing.T) {
	const size = 64 << 20
	spaces, header := bytes.Repeat([]byte(" "), size), bytes.Repeat([]byte("X-More: "+strings.Repeat("x", 1014)+"\r\n"), size>>10)
	gulps := map[string]func(r *rogue){
		"a compressed bomb": func(r *rogue) {
			r.visits[0].ws.EnableWriteCompression(true)
			r.visits[0].raw(websocket.TextMessage, spaces)
		},
		"a long message": func(r *rogue) {
			r.visits[0].ws.EnableWriteCompression(false)
			r.visits[0].raw(websocket.TextMessage, spaces)
		},
		"long headers": func(r *rogue) {
			r.mu.Lock()
			r.upgrade = func(w http.ResponseWriter, _ *http.Request) { endless(w, header) }
			r.mu.Unlock()
			_ = r.visits[0].ws.Close()
			time.Sleep(time.Minute)
		},
	}
	for name, gulp := range gulps {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r, c := visited(t)
				before := taken()
				gulp(r)
				synctest.Wait()
				took := (taken() - before) >> 20
				t.Logf("%d MB sent, %d MB taken", size>>20, took)
				if took > size>>22 {
					t.Errorf("it took %d MB for what is too long", took)
				}
				c.stop()
				r.stop()
			})
		})
	}
}

// taken is how many bytes were ever taken into use.
func taken() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.TotalAlloc)
}

// heap is how many bytes are in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
