package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// world is a server as it ships, in a folder of its own, with one team, one agent and one number.
type world struct {
	dir      string
	data     string
	database string // "": SQLite in data
	url      string
	secret   []byte
	team     string
	agent    person
	server   *exec.Cmd
	client   *http.Client
}

// number is WhatsApp's id of the asset's number.
const number = "100200300400500"

// newWorld starts one in a folder below dir, with its rows in the PostgreSQL database that is named, if one is.
func newWorld(ctx context.Context, dir, database string) (*world, error) {
	dir, err := os.MkdirTemp(dir, "world-")
	if err != nil {
		return nil, err
	}
	w := &world{dir: dir, data: filepath.Join(dir, "server"), database: database, secret: []byte(rand.Text()),
		client: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 128}}}
	if err := w.start(ctx); err != nil {
		return nil, err
	}
	if err := w.furnish(ctx); err != nil {
		w.close()
		return nil, err
	}
	return w, nil
}

// start runs the server until it answers.
func (w *world) start(ctx context.Context) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	addr := l.Addr().String()
	l.Close()
	w.url = "http://" + addr
	w.server = exec.CommandContext(ctx, "bin/parleyd", "serve", "--listen", addr, "--data", w.data, "--database", w.database)
	log, err := os.OpenFile(filepath.Join(w.dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close() // the server has its own
	w.server.Stderr = log
	w.server.Cancel = func() error { return w.server.Process.Signal(syscall.SIGTERM) }
	if err := w.server.Start(); err != nil {
		return err
	}
	for range 200 {
		if rs, err := w.client.Get(w.url + "/healthz"); err == nil {
			rs.Body.Close()
			if rs.StatusCode == http.StatusOK {
				return nil
			}
		}
		time.Sleep(50 * time.Millisecond)
	}
	said, _ := os.ReadFile(log.Name())
	return fmt.Errorf("the server did not start:\n%s", said)
}

// close ends the server.
func (w *world) close() {
	if w.server.ProcessState == nil {
		_ = w.server.Process.Signal(syscall.SIGTERM)
		_ = w.server.Wait()
	}
}

// admin runs an admin command and returns the named member of what it prints.
func (w *world) admin(ctx context.Context, member string, args ...string) (string, error) {
	verb := args[:2]
	full := append(append(append([]string{"admin"}, verb...), "--data", w.data, "--database", w.database), args[2:]...)
	c := exec.CommandContext(ctx, "bin/parleyd", full...)
	c.Env = append(os.Environ(), "PARLEY_APP_SECRET="+string(w.secret), "PARLEY_VERIFY_TOKEN=verify", "PARLEY_ACCESS_TOKEN=access")
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		return "", fmt.Errorf("parleyd %s: %w: %s", strings.Join(full, " "), err, errs.String())
	}
	var m map[string]any
	if err := json.Unmarshal(out, &m); err != nil {
		return "", err
	}
	s, _ := m[member].(string)
	return s, nil
}

func (w *world) furnish(ctx context.Context) error {
	var err error
	if w.team, err = w.admin(ctx, "id", "team", "create", "--name", "Bench", "--prefix", "BEN"); err != nil {
		return err
	}
	if w.agent, err = w.hire(ctx, "Ada"); err != nil {
		return err
	}
	if _, err := w.admin(ctx, "name", "credential", "set", "--name", "bench", "--base-url", "http://127.0.0.1:9"); err != nil {
		return err
	}
	_, err = w.admin(ctx, "id", "asset", "create", "--credential", "bench", "--phone-number-id", number, "--name", "Bench", "--address", "+15550100", "--team", w.team)
	return err
}

// hire makes an agent.
func (w *world) hire(ctx context.Context, name string) (p person, err error) {
	if p.id, err = w.admin(ctx, "id", "agent", "create", "--name", name, "--team", w.team, "--threshold", "99999"); err != nil {
		return p, err
	}
	p.token, err = w.admin(ctx, "token", "token", "create", "--agent", p.id)
	return p, err
}

// people makes n agents.
func (w *world) people(ctx context.Context, n int) ([]person, error) {
	all := make([]person, n)
	const clerks = 8
	err := inParallel(clerks, func(clerk int) (err error) {
		for i := clerk; i < n && err == nil; i += clerks {
			all[i], err = w.hire(ctx, fmt.Sprint("Agent ", i))
		}
		return err
	})
	return all, err
}

// restart ends the server and starts it on the same files.
func (w *world) restart(ctx context.Context) error {
	w.close()
	return w.start(ctx)
}

// webhook posts one signed message of a customer and returns when the server has acknowledged it.
func (w *world) webhook(ctx context.Context, id, from, text string) error {
	body, err := json.Marshal(map[string]any{"object": "whatsapp_business_account", "entry": []any{map[string]any{"id": "1", "changes": []any{map[string]any{
		"field": "messages", "value": map[string]any{"messaging_product": "whatsapp",
			"metadata": map[string]any{"display_phone_number": "15550100", "phone_number_id": number},
			"contacts": []any{map[string]any{"wa_id": from, "profile": map[string]any{"name": "Customer " + from}}},
			"messages": []any{map[string]any{"from": from, "id": id, "timestamp": fmt.Sprint(time.Now().Unix()), "type": "text", "text": map[string]any{"body": text}}},
		}}}}}})
	if err != nil {
		return err
	}
	mac := hmac.New(sha256.New, w.secret)
	mac.Write(body)
	rq, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url+"/hooks/whatsapp/bench", bytes.NewReader(body))
	if err != nil {
		return err
	}
	rq.Header.Set("Content-Type", "application/json")
	rq.Header.Set("X-Hub-Signature-256", "sha256="+hex.EncodeToString(mac.Sum(nil)))
	rs, err := w.client.Do(rq)
	if err != nil {
		return err
	}
	defer rs.Body.Close()
	_, _ = io.Copy(io.Discard, rs.Body)
	if rs.StatusCode != http.StatusOK {
		return fmt.Errorf("webhook: status %d", rs.StatusCode)
	}
	return nil
}
