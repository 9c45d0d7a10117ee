package nettest

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/go-json-experiment/json"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"
)

// weather is a bad network between a client and the server's port: each connection goes through a proxy of its own,
// with the toxics that next gives it.
type weather struct {
	t    testing.TB
	far  string
	api  *toxiproxy.ApiServer
	next func(n int) []toxic // of the n-th connection, from 1

	mu    sync.Mutex
	dials int
	proxy *toxiproxy.Proxy // of the newest connection
}

// toxic is what a proxy does to one direction: "upstream" from the client, or "downstream" to it.
type toxic struct {
	Type       string         `json:"type"`
	Stream     string         `json:"stream"`
	Toxicity   float32        `json:"toxicity"`
	Attributes map[string]int `json:"attributes"`
}

// both is a toxic of both directions.
func both(kind string, attributes map[string]int) []toxic {
	return []toxic{{kind, "upstream", 1, attributes}, {kind, "downstream", 1, attributes}}
}

// fair is the weather without a toxic.
func fair(int) []toxic { return nil }

func newWeather(t testing.TB, far string, next func(n int) []toxic) *weather {
	w := &weather{t: t, far: far, next: next,
		api: toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())}
	t.Cleanup(w.stop)
	return w
}

// dial reaches the server through a new proxy; the one before is gone with its connection.
func (w *weather) dial(ctx context.Context, network, _ string) (net.Conn, error) {
	w.stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.dials++
	w.proxy = toxiproxy.NewProxy(w.api, fmt.Sprint("line ", w.dials), "127.0.0.1:0", w.far)
	if err := w.proxy.Start(); err != nil {
		return nil, err
	}
	w.addLocked(w.next(w.dials))
	return (&net.Dialer{}).DialContext(ctx, network, w.proxy.Listen)
}

// add changes the weather of the present connection.
func (w *weather) add(toxics []toxic) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.addLocked(toxics)
}

func (w *weather) addLocked(toxics []toxic) {
	for _, x := range toxics {
		text, err := json.Marshal(x)
		if err == nil {
			_, err = w.proxy.Toxics.AddToxicJson(strings.NewReader(string(text)))
		}
		if err != nil {
			w.t.Errorf("a toxic: %v", err)
		}
	}
}

// stop ends the present proxy.
func (w *weather) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.proxy != nil {
		w.proxy.Stop()
		w.proxy = nil
	}
}

// change has connections from now on meet other weather.
func (w *weather) change(next func(n int) []toxic) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.next = next
}

// count returns how many connections there were.
func (w *weather) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.dials
}
