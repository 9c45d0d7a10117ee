//go:build e2e && linux

package e2e

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// pickAll picks the queue's n chats and goes to My Chats.
func (p *page) pickAll(n int) {
	p.t.Helper()
	p.click("checkbox", fmt.Sprintf("Select all %d chats", n))
	p.click("button", "Pick selected")
	p.click("tab", "My Chats")
	p.get("checkbox", fmt.Sprintf("Select all %d chats", n))
	p.get("row", "New")
}

// transferAll gives all n of my chats to somebody.
func (p *page) transferAll(n int, to string) {
	p.t.Helper()
	p.click("checkbox", fmt.Sprintf("Select all %d chats", n))
	p.click("button", "Transfer selected chats")
	p.click("option", to)
	p.clickIn("dialog", "Transfer chats", "button", "=Transfer")
}

// passage reads a list of which only the rows on the screen exist: what it has at each place, and scrolls on.
const passage = `
const grid = document.querySelector('[role=grid]');
const rows = [...grid.querySelectorAll('[role=row]')].map((e) => [e.ariaRowIndex, e.id.slice('row-'.length), e.classList.contains('gone') ? '' : e.querySelector('.name').textContent]);
const last = grid.scrollTop + grid.clientHeight >= grid.scrollHeight - 1;
grid.scrollTop = last ? 0 : grid.scrollTop + grid.clientHeight / 2;
return {total: Number(grid.ariaRowCount), rows};`

// passed goes once through the whole list and returns the chat's id and its customer for each place, without the rows
// that only keep the place of what went away.
func (p *page) passed() (ids, customers []string) {
	p.t.Helper()
	at := map[string][2]string{}
	total := -1
	eventually(p.t, "every row of the list", func() bool {
		v, err := p.js(passage)
		m, ok := v.(map[string]any)
		if err != nil || !ok {
			return false
		}
		n, _ := m["total"].(float64)
		if int(n) != total { // another list
			clear(at)
			total = int(n)
		}
		list, _ := m["rows"].([]any)
		for _, row := range list {
			r, _ := row.([]any)
			at[fmt.Sprint(r[0])] = [2]string{fmt.Sprint(r[1]), fmt.Sprint(r[2])}
		}
		return len(at) == total
	})
	for i := range total {
		row, ok := at[fmt.Sprint(i+1)]
		if !ok {
			p.t.Fatalf("the list of %d rows has none at %d", total, i+1)
		}
		if row[1] != "" {
			ids, customers = append(ids, row[0]), append(customers, row[1])
		}
	}
	return ids, customers
}

// whole is the list on the screen, from its first row to its last.
func (p *page) whole() []string {
	p.t.Helper()
	ids, _ := p.passed()
	return ids
}

// who are the customers of the list's chats, sorted.
func (p *page) who() []string {
	p.t.Helper()
	_, names := p.passed()
	slices.Sort(names)
	return names
}

// wholeOf is the list when it has n chats.
func (p *page) wholeOf(n int) []string {
	p.t.Helper()
	eventually(p.t, fmt.Sprintf("%d rows", n), func() bool {
		v, err := p.js(`return document.querySelector('[role=grid]').ariaRowCount`)
		return err == nil && v == fmt.Sprint(n)
	})
	return p.whole()
}

// named are the customers whose chats a batch's reasons name, sorted.
func (p *page) named() []string {
	p.t.Helper()
	v, err := p.js(`return [...document.querySelectorAll('.batch .names, .batch .who')].map((e) => e.textContent).join(', ')`)
	all, ok := v.(string)
	if err != nil || !ok {
		p.t.Fatalf("the reasons: %v %v", v, err)
	}
	names := strings.Split(strings.ReplaceAll(all, " and ", ", "), ", ")
	for i := range names {
		names[i] = strings.TrimSuffix(strings.TrimSpace(names[i]), ",")
	}
	slices.Sort(names)
	return names
}

// TestCancelTransfer: a transfer that waits for the server and is cancelled never happens.
func TestCancelTransfer(t *testing.T) {
	inEachHost(t, false, func(t *testing.T, h host, d *desktop) {
		w := newWorld(t, quick())
		_, token := w.colleague("Jonas Weber")
		his, _ := openInChromium(t, newDesktop(t, false), "--server", w.url, "--token-file", token, "--data", t.TempDir())
		p, _ := h.console(t, d, w, filepath.Join(d.home, "parley"))
		p.reads("status", "Connection", "Connected")
		w.crowd(3)
		p.click("tab", "Queue")
		p.pickAll(3)
		w.stopServer()
		p.reads("status", "Connection", "Offline")
		p.transferAll(3, "Jonas Weber")
		p.says("3 chats wait to go to Jonas Weber")
		p.get("row", "transfer queued")
		p.click("button", "Cancel")
		p.gone("row", "transfer queued")
		p.silent("Jonas Weber")
		p.picture(h.name + "-transfer-cancelled")

		w.startServer()
		p.reads("status", "Connection", "Connected")
		his.reads("status", "Connection", "Connected")
		p.click("row", "Customer 00001") // a command that comes after it
		p.get("row", "Pending")
		if got := w.commands("transfer"); len(got) != 0 {
			t.Errorf("the server took %q", got)
		}
		if mine := p.whole(); len(mine) != 3 || his.has("row", "Customer") {
			t.Errorf("%d chats are mine", len(mine))
		}
		p.silent("Jonas Weber")
	})
}

// silent waits until the page says nothing of something any more.
func (p *page) silent(part string) {
	p.t.Helper()
	eventually(p.t, fmt.Sprintf("no %q on the page", part), func() bool {
		v, err := p.js("return !document.body.innerText.includes(arguments[0])", part)
		return err == nil && v == true
	})
}
