//go:build e2e && linux

package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/backend/internal/vendors"
)

// The company's numbers, of which the server knows the first from the beginning, and its secrets.
const (
	number      = "106540352242922"
	newNumber   = "106540352242923"
	appSecret   = "an-apps-secret-for-tests"
	accessToken = "an-access-token-for-tests"
)

// ana is the customer of most stories.
var ana = vendors.Person{Name: "Ana Lima", Phone: "5511987654321"}

// world is the server as it ships, with WhatsApp's simulator before it on loopback and one agent in one team.
type world struct {
	t        testing.TB
	data     string
	addr     string
	url      string
	graph    string // the vendor's API
	token    string
	file     string // that holds the token
	agent    string
	team     string
	whatsapp *vendors.WhatsApp
	server   *exec.Cmd
}

// newWorld starts one with nothing in it but its team, agent and number. statuses are what the vendor says of
// each reply.
func newWorld(t testing.TB, statuses vendors.Statuses) *world {
	t.Helper()
	w := prepareWorld(t, t.TempDir(), statuses)
	w.startServer()
	w.team = w.admin("id", "team", "create", "--name", "Support", "--prefix", "SUP")
	w.agent = w.admin("id", "agent", "create", "--name", "Mia Berg", "--team", w.team)
	w.admin("hash", "token", "create", "--agent", w.agent, "--out", w.file)
	raw, err := os.ReadFile(w.file)
	if err != nil {
		t.Fatal(err)
	}
	w.token = strings.TrimSpace(string(raw))
	w.reachVendor()
	w.admin("id", "asset", "create", "--credential", "main", "--phone-number-id", number, "--name", "Hotline", "--address", "+15550100", "--team", w.team)
	return w
}

// prepareWorld starts the vendor's side alone, for a server whose data are in dir.
func prepareWorld(t testing.TB, dir string, statuses vendors.Statuses) *world {
	t.Helper()
	w := &world{t: t, data: filepath.Join(dir, "server"), addr: fmt.Sprintf("127.0.0.1:%d", freePort(t)), file: filepath.Join(dir, "token")}
	w.url = "http://" + w.addr
	w.whatsapp = vendors.New(vendors.Config{AppSecret: appSecret, AccessToken: accessToken, Webhook: w.url + "/hooks/whatsapp/main",
		Numbers: []vendors.Number{{ID: number, Display: "15550100"}, {ID: newNumber, Display: "15550200"}}, Statuses: statuses, Seed: uint64(time.Now().UnixNano())})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.graph = "http://" + listener.Addr().String()
	graph := &http.Server{Handler: w.whatsapp}
	go func() { _ = graph.Serve(listener) }()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); w.whatsapp.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done; _ = graph.Close() })
	return w
}

// reachVendor tells the server where the vendor is.
func (w *world) reachVendor() {
	w.t.Helper()
	w.admin("name", "credential", "set", "--name", "main", "--base-url", w.graph)
}

// startServer runs parleyd until it answers; it may have been stopped before.
func (w *world) startServer() {
	w.t.Helper()
	w.server = start(w.t, os.Environ(), serverProgram, "serve", "--listen", w.addr, "--data", w.data)
	eventually(w.t, "the server", func() bool {
		rs, err := http.Get(w.url + "/healthz")
		if err != nil {
			return false
		}
		rs.Body.Close()
		return rs.StatusCode == http.StatusOK
	})
}

func (w *world) stopServer() { stop(w.server) }

// admin runs an admin command and returns a member of the object that it prints.
func (w *world) admin(member string, args ...string) string {
	w.t.Helper()
	c := exec.Command(serverProgram, append(append([]string{"admin"}, args...), "--data", w.data)...)
	c.Env = append(os.Environ(), "PARLEY_APP_SECRET="+appSecret, "PARLEY_VERIFY_TOKEN=a-verify-token", "PARLEY_ACCESS_TOKEN="+accessToken)
	var problem bytes.Buffer
	c.Stderr = &problem
	out, err := c.Output()
	if err != nil {
		w.t.Fatalf("parleyd %s: %v: %s", strings.Join(args, " "), err, problem.String())
	}
	var m map[string]any
	if err := json.Unmarshal(out, &m); err != nil {
		w.t.Fatalf("parleyd %s: %v in %s", strings.Join(args, " "), err, out)
	}
	return fmt.Sprint(m[member])
}

// says has a customer's message posted as a signed webhook and waits until the server has taken it.
func (w *world) says(from vendors.Person, text string) { w.saysTo(number, from, text) }

// saysTo says it to another of the company's numbers.
func (w *world) saysTo(number string, from vendors.Person, text string) {
	w.t.Helper()
	body := w.whatsapp.Body(w.whatsapp.Message(from, number, vendors.Content{Text: text}))
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if status, err := w.whatsapp.Post(ctx, body); status != http.StatusOK || err != nil {
		w.t.Fatalf("webhook: %d %v", status, err)
	}
}

// received waits until WhatsApp was given n messages and returns their texts.
func (w *world) received(n int) []string {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	all, err := w.whatsapp.Await(ctx, n)
	if err != nil {
		w.t.Fatalf("WhatsApp received %d messages, not %d: %v", len(all), n, err)
	}
	texts := make([]string, len(all))
	for i, r := range all {
		texts[i] = r.Text
	}
	return texts
}

// says and reads the usual statuses, at once.
func quick() vendors.Statuses { return vendors.Statuses{Delay: time.Millisecond} }

// findIn returns the files below dir that have secret in them.
func findIn(t testing.TB, dir, secret string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if err == nil && bytes.Contains(raw, []byte(secret)) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
