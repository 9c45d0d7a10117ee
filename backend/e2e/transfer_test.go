//go:build e2e && linux

package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"parley/backend/internal/vendors"
)

// TestTransferOfMany: of 500 chats that an agent selects and gives to a colleague who may have 100, the first 100 of
// the list go and are the receiver's in the same order, and each of the others says why; it is one request, and what stayed stays
// selected.
func TestTransferOfMany(t *testing.T) {
	inEachHost(t, false, func(t *testing.T, h host, d *desktop) {
		w := newWorld(t, quick())
		w.admin("id", "agent", "set", "--id", w.agent, "--threshold", "1000")
		jonas, token := w.colleague("Jonas Weber")
		w.admin("id", "agent", "set", "--id", jonas, "--threshold", "100")
		his, _ := openInChromium(t, newDesktop(t, false), "--server", w.url, "--token-file", token, "--data", t.TempDir())
		his.reads("status", "Connection", "Connected")
		p, _ := h.console(t, d, w, filepath.Join(d.home, "parley"))
		p.reads("status", "Connection", "Connected")
		w.crowd(500)

		p.click("tab", "Queue")
		p.pickAll(500)
		before := p.whole()
		p.click("checkbox", "Select all 500 chats")
		p.picture(h.name + "-transfer-selected")
		p.noViolations("500 selected")
		p.click("button", "Transfer selected chats")
		p.reads("dialog", "Transfer chats", "500 chats")
		p.click("option", "Jonas Weber")
		p.picture(h.name + "-transfer-dialog")
		p.noViolations("transfer")
		p.clickIn("dialog", "Transfer chats", "button", "=Transfer")
		p.says("100 of 500 went to Jonas Weber")
		p.says("400 × Jonas Weber is full: 100 of 100 chats.")
		p.says("400 chats selected")
		p.picture(h.name + "-transfer-result")
		p.noViolations("what came of it")
		if got := w.commands("transfer"); len(got) != 1 || !strings.HasSuffix(got[0], " 1") {
			t.Errorf("the server took %q, want one transfer", got)
		}
		stayed, got := p.whole(), his.wholeOf(100)
		if len(before) != 500 || !slices.Equal(before[:100], got) || !slices.Equal(before[100:], stayed) {
			t.Errorf("of %d chats %d went and %d stayed, or not in their order", len(before), len(got), len(stayed))
		}
		names := p.named()
		if there := p.who(); len(names) != 400 || !slices.Equal(there, names) {
			t.Errorf("there are reasons for %d chats, and %d stayed", len(names), len(there))
		}
	})
}

// TestUndo: what the receiver has not opened comes back within the time to undo, and what was opened says why not.
func TestUndo(t *testing.T) {
	inEachHost(t, false, func(t *testing.T, h host, d *desktop) {
		w := newWorld(t, quick())
		_, token := w.colleague("Jonas Weber")
		his, _ := openInChromium(t, newDesktop(t, false), "--server", w.url, "--token-file", token, "--data", t.TempDir())
		p, _ := h.console(t, d, w, filepath.Join(d.home, "parley"))
		w.crowd(3)
		p.click("tab", "Queue")
		p.click("checkbox", "Select all 3 chats")
		p.click("button", "Pick selected")
		p.click("tab", "My Chats")
		p.click("checkbox", "Select all 3 chats")
		p.click("button", "Transfer selected chats")
		p.click("option", "Jonas Weber")
		p.clickIn("dialog", "Transfer chats", "button", "=Transfer")
		p.says("3 chats went to Jonas Weber")
		his.click("row", "Customer 00001")
		his.get("row", "Pending")
		p.click("button", "Undo")
		p.says("2 of 3 are back")
		p.picture(h.name + "-undo-result")
		p.get("row", "Customer 00000")
		p.get("row", "Customer 00002")
		p.gone("row", "Customer 00001")
		his.gone("row", "Customer 00000")
		his.get("row", "Customer 00001")
	})
}

// TestTransferOffline: chats that are given away while the server is gone wait for it; one that somebody else was given
// meanwhile says so when it is back.
func TestTransferOffline(t *testing.T) {
	inEachHost(t, false, func(t *testing.T, h host, d *desktop) {
		w := newWorld(t, quick())
		_, token := w.colleague("Jonas Weber")
		his, _ := openInChromium(t, newDesktop(t, false), "--server", w.url, "--token-file", token, "--data", t.TempDir())
		his.reads("status", "Connection", "Connected")
		lena, _ := w.colleague("Lena Roth")
		data := filepath.Join(d.home, "parley")
		p, shut := h.console(t, d, w, data)
		id := w.picked(p, "Meu pacote sumiu.")
		w.crowd(2)
		p.click("tab", "Queue")
		p.click("checkbox", "Select all 2 chats")
		p.click("button", "Pick selected")
		p.click("tab", "My Chats")
		p.get("checkbox", "Select all 3 chats")
		w.stopServer()
		p.reads("status", "Connection", "Offline")
		p.click("checkbox", "Select all 3 chats")
		p.click("button", "Transfer selected chats")
		p.click("option", "Jonas Weber")
		p.clickIn("dialog", "Transfer chats", "button", "=Transfer")
		p.says("3 chats wait to go to Jonas Weber")
		p.get("row", "transfer queued")
		p.picture(h.name + "-transfer-offline")
		shut()

		w.startServer()
		w.admin("chat", "chat", "assign", "--chat", id, "--agent", lena)
		p, _ = h.console(t, d, w, data)
		p.says("2 of 3 went to Jonas Weber")
		p.says("Lena Roth")
		p.gone("row", "Customer")
		his.get("row", "Customer 00000")
		his.get("row", "Customer 00001")
	})
}

// commands are the server's own counts of a kind of command, a line for each outcome.
func (w *world) commands(kind string) []string {
	w.t.Helper()
	rs, err := http.Get(w.url + "/metrics")
	if err != nil {
		w.t.Fatal(err)
	}
	defer rs.Body.Close()
	raw, err := io.ReadAll(rs.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, "parley_commands_total{") && strings.Contains(line, `kind="`+kind+`"`) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// member is one customer of a crowd.
func member(i int) vendors.Person {
	return vendors.Person{Name: fmt.Sprintf("Customer %05d", i), Phone: fmt.Sprintf("55119%08d", i)}
}

// crowd has n customers write, each their first message.
func (w *world) crowd(n int) {
	w.t.Helper()
	const each = 50
	for from := 0; from < n; from += each {
		var said []vendors.Message
		for i := from; i < min(n, from+each); i++ {
			said = append(said, w.whatsapp.Message(member(i), number, vendors.Content{Text: fmt.Sprintf("Question %d", i)}))
		}
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		status, err := w.whatsapp.Post(ctx, w.whatsapp.Body(said...))
		cancel()
		if status != http.StatusOK || err != nil {
			w.t.Fatalf("webhook: %d %v", status, err)
		}
	}
}

// rows are the ids of the chats on the screen, from the top.
func (p *page) rows() []string {
	p.t.Helper()
	v, err := p.js(`return [...document.querySelectorAll('[role=row]')]
		.sort((a, b) => a.ariaRowIndex - b.ariaRowIndex).map((e) => e.id.slice('row-'.length))`)
	list, ok := v.([]any)
	if err != nil || !ok {
		p.t.Fatalf("the rows: %v %v", v, err)
	}
	ids := make([]string, len(list))
	for i, id := range list {
		ids[i] = fmt.Sprint(id)
	}
	return ids
}

// says waits until the page says something, wherever it stands.
func (p *page) says(part string) {
	p.t.Helper()
	eventually(p.t, fmt.Sprintf("%q on the page", part), func() bool {
		v, err := p.js("return document.body.innerText.includes(arguments[0])", part)
		return err == nil && v == true
	})
}
