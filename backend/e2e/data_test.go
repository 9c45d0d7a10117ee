//go:build e2e && linux

package e2e

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley/backend/internal/vendors"
)

// keep writes the folders that this version leaves behind to testdata/data/NAME, for every later version to open.
var keep = flag.String("keep-data", "", "keep the data folders of this version as testdata/data/`NAME`")

// files are what is kept of the two folders; locks and sockets are not.
var files = []string{"token", "server/parley.db", "console/cache.db", "console/outbox.db", "console/settings.json", "console/server"}

const (
	answered = "Está a caminho."
	queued   = "Chega amanhã de manhã."
)

// TestKeepData makes the folders: a conversation under way, and a reply that was written while the server was gone.
func TestKeepData(t *testing.T) {
	if *keep == "" {
		t.Skip("nothing is to be kept: no -keep-data")
	}
	d, w := newDesktop(t, false), newWorld(t, quick())
	console := filepath.Join(filepath.Dir(w.data), "console")
	w.says(ana, "Onde está a minha encomenda?")
	p, shut := openInChromium(t, d, "--server", w.url, "--token-file", w.file, "--data", console)
	p.click("tab", "Queue")
	p.click("button", "Pick")
	p.click("tab", "My Chats")
	p.click("row", "Ana Lima")
	p.fill("textbox", "Message", answered)
	p.click("button", "Send")
	p.reads("log", "Conversation", "Read")
	w.says(ana, "Quando chega?")
	p.reads("log", "Conversation", "Quando chega?")
	w.stopServer()
	p.reads("status", "Connection", "Offline")
	p.fill("textbox", "Message", queued)
	p.click("button", "Send")
	p.reads("log", "Conversation", "Queued")
	shut()
	to := filepath.Join("testdata", "data", *keep)
	copyFiles(t, filepath.Dir(w.data), to)
	if err := os.WriteFile(filepath.Join(to, "written"), []byte(time.Now().UTC().Format(time.RFC3339)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDataOfEarlierVersions: this version opens what every earlier one left behind; nothing is missing, and the
// reply that was queued goes out once, or is held for a decision when it has become too old to be sent.
func TestDataOfEarlierVersions(t *testing.T) {
	kept, err := filepath.Glob("testdata/data/*")
	if err != nil || len(kept) == 0 {
		t.Fatalf("no data of earlier versions: %v", err)
	}
	for _, from := range kept {
		t.Run(filepath.Base(from), func(t *testing.T) {
			dir := t.TempDir()
			copyFiles(t, from, dir)
			d, w := newDesktop(t, false), prepareWorld(t, dir, quick())
			p, _ := openInChromium(t, d, "--server", w.url, "--token-file", w.file, "--data", filepath.Join(dir, "console"))
			p.click("row", "Ana Lima")
			for _, text := range []string{"Onde está a minha encomenda?", answered, "Quando chega?", queued} {
				p.reads("log", "Conversation", text)
			}
			w.startServer()
			w.reachVendor()
			sent := 0
			if time.Since(written(t, from)) < tooOld {
				sent = 1
				w.received(1)
			} else {
				p.reads("region", "Needs your decision", queued)
			}
			w.says(vendors.Person{Name: "Ben Okoye", Phone: "2348012345678"}, "My bill is wrong.")
			p.click("tab", "Queue")
			p.get("row", "Ben Okoye")
			if got := w.received(sent); len(got) != sent || sent == 1 && got[0] != queued {
				t.Errorf("WhatsApp received %q", got)
			}
		})
	}
}

// tooOld is when a reply that waited on its device is held (domain rule: older than 12 h).
const tooOld = 12 * time.Hour

// written is when the folders were kept.
func written(t *testing.T, dir string) time.Time {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "written"))
	if err != nil {
		t.Fatal(err)
	}
	at, err := time.Parse(time.RFC3339, strings.TrimSpace(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func copyFiles(t *testing.T, from, to string) {
	t.Helper()
	for _, name := range files {
		raw, err := os.ReadFile(filepath.Join(from, name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Join(to, filepath.Dir(name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(to, name), raw, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
