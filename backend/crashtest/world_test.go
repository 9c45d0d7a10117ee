//go:build e2e && linux

package crashtest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"parley/backend/chat"
	"parley/backend/internal/vendors"
)

// The company's number and its secrets.
const (
	number      = "106540352242922"
	appSecret   = "an-apps-secret-for-tests"
	accessToken = "an-access-token-for-tests"
)

// world is a server and a console as processes, with WhatsApp before them on loopback and one agent.
type world struct {
	t        *testing.T
	ctx      context.Context // ends with the test
	working  sync.WaitGroup  // everybody who posts webhooks or clicks
	seed     uint64
	now      string // which round it is, for what is reported
	data     string // the server's folder
	files    string // the console's
	agent    chat.AgentID
	team     chat.TeamID
	whatsapp *vendors.WhatsApp
	ledger   *ledger
	server   *process
	app      *process
	console  atomic.Pointer[console] // nil while there is none

	silence   atomic.Pointer[silence] // the present round's
	reporting atomic.Int64            // replies whose statuses are under way
	torn      bool                    // the console finds a damaged copy of its outbox at its next start
	revoked   map[string]bool         // hashes of the tokens that were renewed
	restored  bool                    // it has found one at its last
	tears     int                     // how often that was
	settled   int                     // uncertain replies that were seen to be settled by their statuses
}

// silence says which replies are followed by statuses, and when.
type silence struct {
	all  bool          // none is
	hold chan struct{} // statuses wait until it is closed
}

// newWorld starts one, set up by its admin.
func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	dir := t.TempDir()
	address := "127.0.0.1:" + freePort(t)
	ctx, stop := context.WithCancel(context.Background())
	w := &world{t: t, ctx: ctx, seed: seed, now: "the beginning", data: filepath.Join(dir, "server"), files: filepath.Join(dir, "console"),
		ledger: newLedger(), revoked: map[string]bool{}}
	w.whatsapp = vendors.New(vendors.Config{AppSecret: appSecret, AccessToken: accessToken, Seed: seed,
		Webhook: "http://" + address + "/hooks/whatsapp/main", Numbers: []vendors.Number{{ID: number, Display: "15550100"}},
		Statuses: vendors.Statuses{Names: []string{}}})
	w.whatsapp.Listen(w.taken)
	graph := httptest.NewServer(w.whatsapp)
	token := filepath.Join(dir, "token")
	w.server = &process{t: t, name: "parleyd", args: []string{"serve", "--listen", address, "--data", w.data},
		ready: regexp.MustCompile(`msg=listening`)}
	w.app = &process{t: t, name: "parley", env: keychain(t), args: []string{"--web", "127.0.0.1:0", "--server", "http://" + address,
		"--token-file", token, "--data", w.files}, ready: regexp.MustCompile(`http://127\.0\.0\.1:\d+/\?token=\S+`)}
	t.Cleanup(func() {
		stop()
		w.app.tidy()
		w.server.tidy()
		graph.Close()
		w.working.Wait()
	})
	w.startServer("")
	w.setUp(graph.URL, token)
	w.stopServer()
	w.age()
	w.startServer("")
	w.startApp("")
	return w
}

func (w *world) setUp(graph, token string) {
	w.team = chat.TeamID(w.admin("id", "team", "create", "--name", "Support", "--prefix", "SUP"))
	w.agent = chat.AgentID(w.admin("id", "agent", "create", "--name", "Mia Berg", "--team", string(w.team)))
	w.admin("hash", "token", "create", "--agent", string(w.agent), "--out", token)
	w.admin("name", "credential", "set", "--name", "main", "--base-url", graph)
	w.admin("id", "asset", "create", "--credential", "main", "--phone-number-id", number, "--name", "Hotline",
		"--address", "+15550100", "--team", string(w.team))
}

// admin runs an admin command and returns a member of the object that it prints.
func (w *world) admin(member string, args ...string) string {
	w.t.Helper()
	c := exec.Command(filepath.Join(programs, "parleyd"), append(append([]string{"admin"}, args...), "--data", w.data)...)
	c.Env = append(os.Environ(), "PARLEY_APP_SECRET="+appSecret, "PARLEY_VERIFY_TOKEN=a-verify-token", "PARLEY_ACCESS_TOKEN="+accessToken)
	var problem bytes.Buffer
	c.Stderr = &problem
	out, err := c.Output()
	var m map[string]any
	if err == nil {
		err = json.Unmarshal(out, &m)
	}
	if err != nil {
		w.t.Fatalf("parleyd %s: %v: %s%s", strings.Join(args, " "), err, out, problem.String())
	}
	return fmt.Sprint(m[member])
}

func (w *world) startServer(spec string) { w.server.start(spec) }

// tear damages a copy of the console's outbox: 1 the first, 2 the second, else none.
func (w *world) tear(which int) {
	names := map[int]string{1: "outbox.db", 2: "outbox.copy.db"}
	if names[which] == "" {
		return
	}
	f, err := os.OpenFile(filepath.Join(w.files, names[which]), os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteAt(bytes.Repeat([]byte{0xff}, 8<<10), 0)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.torn = true
	w.tears++
}

func (w *world) startApp(spec string) {
	w.restored, w.torn = w.torn, false
	address := w.app.start(spec)
	if address == "" {
		return // its moment came before anybody could speak to it
	}
	c, err := openConsole(address)
	if err != nil && !w.app.dead() && spec == "" {
		w.t.Fatalf("%s: opening the console: %v", w.now, err)
	}
	if err == nil {
		w.console.Store(c)
	}
}

// reports stands for a round where the order of statuses is left to chance.
const reports = 1 << 20

// chance is a source of its own for each who acts in a round.
func (w *world) chance(round, who int) *rand.Rand {
	return rand.New(rand.NewPCG(w.seed, uint64(round)<<16|uint64(who)))
}

// wrong reports a broken promise with what it takes to see it again.
func (w *world) wrong(format string, args ...any) {
	w.t.Helper()
	w.t.Errorf("PARLEY_SEED=%d, %s: %s", w.seed, w.now, fmt.Sprintf(format, args...))
}

// post posts a webhook until it is answered 200, as the vendor does, only sooner.
func (w *world) post(body []byte) bool {
	taken := until(w.ctx, func() bool {
		ctx, cancel := context.WithTimeout(w.ctx, patience)
		defer cancel()
		status, err := w.whatsapp.Post(ctx, body)
		if err == nil && status != http.StatusOK && status != http.StatusServiceUnavailable {
			w.wrong("a webhook was answered %d", status)
		}
		return err == nil && status == http.StatusOK
	})
	if !taken && w.ctx.Err() == nil {
		w.wrong("a webhook was never answered 200")
	}
	return taken
}

// taken is told of each reply that the vendor takes, and has its statuses follow in any order.
func (w *world) taken(got vendors.Received) {
	s := w.silence.Load()
	r := w.ledger.takes(got.Text, s.all || mute(got.Text))
	switch {
	case r == nil:
		w.wrong("the vendor took a text that nobody wrote")
	case !r.silent:
		w.reporting.Add(1)
		w.working.Go(func() { w.report(got, r.order, s.hold) })
	}
}

// mute has no status follow every fifth reply.
func mute(text string) bool { return len(text) > 2 && (text[len(text)-2]-'0')%5 == 0 }

// report posts a reply's statuses once hold is closed.
func (w *world) report(got vendors.Received, order int, hold chan struct{}) {
	defer w.reporting.Add(-1)
	select {
	case <-hold:
	case <-w.ctx.Done():
	}
	names := []string{"sent", "delivered", "read"}
	w.chance(reports, order).Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, name := range names {
		w.post(w.whatsapp.StatusBody(got, name, 0, time.Now()))
	}
}

// freePort asks the system for one. Somebody else could take it while the server is not running.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return port
}
