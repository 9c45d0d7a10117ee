//go:build e2e && linux

package e2e

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"parley/backend/internal/vendors"
)

// people have names that are long, that run from right to left, and that look like markup.
var people = []vendors.Person{
	{Name: "Maximiliane Auguste Friederike von und zu Hohenstein-Wallerfangen", Phone: "4915112345678"},
	{Name: "ليلى بنت يوسف العامري", Phone: "966512345678"},
	{Name: `<b>Bob</b> & "Sons"`, Phone: "15551234567"},
}

// TestRowsAreSentences: in Chromium's accessibility tree each row of both lists is one sentence: who, by what channel,
// new or pending, how much is unread, how long it has waited, what is not confirmed, and which chat.
func TestRowsAreSentences(t *testing.T) {
	d := newDesktop(t, false)
	w := newWorld(t, quick())
	_, token := w.colleague("Jonas Weber")
	his, _ := openInChromium(t, newDesktop(t, false), "--server", w.url, "--token-file", token, "--data", t.TempDir())
	his.reads("status", "Connection", "Connected")
	p, _ := openInChromium(t, d, "--server", w.url, "--token-file", w.file, "--data", filepath.Join(d.home, "parley"))
	p.reads("status", "Connection", "Connected")
	for _, who := range people {
		w.says(who, "Hello?")
		w.says(who, "Is anybody there?")
	}
	p.click("tab", "Queue")
	const waits = `, waiting (less than a minute|\d+ minutes?)`
	queue := p.tree("row", 3)
	for _, who := range people {
		sentence(t, queue, who.Name, `, WhatsApp, 2 unread`+waits+`, SUP[0-9A-Z]{13}`)
	}
	p.pickAll(3)
	p.click("row", people[0].Name)
	p.get("row", "Pending")
	p.click("row", people[2].Name)
	w.says(people[0], "Hello again?")
	p.fill("textbox", "Message", "We are here.")
	p.click("button", "Send")
	p.gone("row", people[2].Name+", WhatsApp, Pending")
	p.get("row", people[0].Name+", WhatsApp, Pending, 1 unread")
	mine := p.tree("row", 3)
	sentence(t, mine, people[0].Name, `, WhatsApp, Pending, 1 unread`+waits+`, SUP[0-9A-Z]{13}`)
	sentence(t, mine, people[1].Name, `, WhatsApp, New, 2 unread`+waits+`, SUP[0-9A-Z]{13}`)
	sentence(t, mine, people[2].Name, `, WhatsApp, SUP[0-9A-Z]{13}`)
	t.Logf("rows: %q", mine)

	w.stopServer()
	p.reads("status", "Connection", "Offline")
	p.click("checkbox", "Select all 3 chats")
	p.click("button", "Transfer selected chats")
	p.get("option", "Jonas Weber")
	targets := p.tree("option", 1)
	if !slices.ContainsFunc(targets, func(name string) bool { return strings.HasPrefix(name, "Jonas Weber") }) {
		t.Errorf("targets: %q", targets)
	}
	t.Logf("targets: %q", targets)
	p.click("option", "Jonas Weber")
	p.clickIn("dialog", "Transfer chats", "button", "=Transfer")
	p.get("row", "transfer queued")
	mine = p.tree("row", 3)
	sentence(t, mine, people[1].Name, `, WhatsApp, New, 2 unread`+waits+`, transfer queued, SUP[0-9A-Z]{13}`)
}

// sentence looks for exactly one row of somebody's, which says what it must.
func sentence(t *testing.T, rows []string, name, rest string) {
	t.Helper()
	want := regexp.MustCompile(`^` + regexp.QuoteMeta(name) + rest + `$`)
	n := 0
	for _, row := range rows {
		if strings.HasPrefix(row, name) {
			n++
			if !want.MatchString(row) {
				t.Errorf("a row says %q, not %v", row, want)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d rows of %q in %q", n, name, rows)
	}
}

// tree is the names of the nodes of a role in Chromium's accessibility tree, which has at least n of them at last.
func (p *page) tree(role string, n int) []string {
	p.t.Helper()
	var names []string
	eventually(p.t, fmt.Sprintf("%d or more of %s in the tree", n, role), func() bool {
		names = nil
		v, err := call("POST", p.session+"/goog/cdp/execute", map[string]any{"cmd": "Accessibility.getFullAXTree", "params": map[string]any{}})
		m, _ := v.(map[string]any)
		nodes, _ := m["nodes"].([]any)
		for _, node := range nodes {
			if it, _ := node.(map[string]any); it["ignored"] != true && value(it["role"]) == role {
				names = append(names, value(it["name"]))
			}
		}
		return err == nil && len(names) >= n
	})
	return names
}

// value is what an attribute of the tree says.
func value(of any) string {
	m, _ := of.(map[string]any)
	s, _ := m["value"].(string)
	return s
}
