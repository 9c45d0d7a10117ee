//go:build e2e && linux

package e2e

import (
	"path/filepath"
	"testing"
)

// looks are the ways in which Chromium is told to show the page; the window has its theme from the desktop.
var looks = []struct {
	name string
	on   func(p *page)
}{
	{"narrow", func(p *page) { p.size(420, 800, 1) }},
	{"right-to-left", func(p *page) { p.size(1400, 900, 1); p.direction("rtl") }},
	{"forced-colours", func(p *page) {
		p.direction("ltr")
		p.cdp("Emulation.setEmulatedMedia", map[string]any{"features": []any{
			map[string]any{"name": "forced-colors", "value": "active"}, map[string]any{"name": "prefers-color-scheme", "value": "dark"}}})
	}},
	{"zoomed", func(p *page) {
		p.cdp("Emulation.setEmulatedMedia", map[string]any{"features": []any{}})
		p.size(700, 450, 2)
	}},
}

// TestLooks looks with axe at what issue 4 added, light and dark, and in Chromium also narrow, right to left, in forced
// colours and at twice the size; nothing is wider than the page.
func TestLooks(t *testing.T) {
	for _, dark := range []bool{false, true} {
		look := map[bool]string{false: "light", true: "dark"}[dark]
		t.Run(look, func(t *testing.T) {
			inEachHost(t, dark, func(t *testing.T, h host, d *desktop) {
				w := newWorld(t, quick())
				w.admin("id", "agent", "set", "--id", w.agent, "--role", "admin")
				jonas := w.present("Jonas Weber")
				w.admin("id", "agent", "set", "--id", jonas, "--threshold", "3")
				w.colleague("Lena Roth")
				w.crowd(5)
				p, _ := h.console(t, d, w, filepath.Join(d.home, "parley"))
				p.reads("status", "Connection", "Connected")
				p.dark(h, dark)
				p.walks()
				p.chord(altKey, "q")
				p.get("row", "Customer 00004")
				p.chord(ctrlKey, "a")
				p.tabTo("button", "Pick selected")
				p.keys(enterKey)
				p.says("You picked 5 chats.")
				w.crowd(7)
				screens(p, h.name+"-"+look)
				if h.name != "chromium" || dark {
					return
				}
				for _, l := range looks {
					l.on(p)
					screens(p, h.name+"-"+l.name)
				}
			})
		})
	}
}

// screens goes through what is to be looked at, by keys.
func screens(p *page, look string) {
	p.t.Helper()
	see := func(name string) {
		p.t.Helper()
		p.noViolations(name + ", " + look)
		p.fits(name + ", " + look)
		p.picture("looks-" + look + "-" + name)
	}
	shut := func() { p.keys(escapeKey); p.gone("dialog", "") }
	p.chord(altKey, "q")
	p.get("button", "Pick")
	see("queue")
	p.chord(altKey, "c")
	p.get("row", "Customer")
	p.keys(homeKey)
	p.chord(ctrlKey, "a")
	p.get("button", "Transfer selected chats")
	p.tabTo("button", "Filter")
	p.keys(enterKey)
	p.get("checkbox", "On hold")
	see("lists")
	p.keys(enterKey)
	p.tabTo("button", "Transfer selected chats")
	p.keys(enterKey)
	p.get("option", "Lena Roth")
	p.keys(downKey + downKey)
	see("transfer")
	p.gone("option", "Jonas Weber not available")
	p.keys("Jonas" + downKey + enterKey)
	p.tabTo("dialog button", "Transfer")
	p.keys(enterKey)
	p.says("went to Jonas Weber")
	see("results")
	p.tabTo(".batch button", "Undo")
	p.keys(enterKey)
	p.says("are back")
	p.dismissAll()
	p.chord(altKey, "c")
	p.keys(homeKey + enterKey)
	p.get("textbox", "Message")
	p.tabTo("[aria-haspopup=menu]", "Actions")
	p.keys(downKey)
	p.get("menuitem", "Hold")
	see("menu")
	p.keys(escapeKey)
	p.chord(ctrlKey, "k")
	p.get("option", "Team settings")
	see("palette")
	p.keys("Team settings" + enterKey)
	p.get("tab", "Assets")
	p.reads("dialog", "", "Auto move")
	see("company")
	p.tabTo("dialog [role=tab]", "Teams")
	p.keys(rightKey + rightKey)
	p.tabTo(".items button", "New asset")
	p.keys(enterKey)
	p.get("textbox", "Phone number ID")
	see("new-asset")
	shut()
	p.chord(ctrlKey, "k")
	p.get("option", "Settings")
	p.keys("Settings" + enterKey)
	p.tabTo("button", "Sign out")
	p.keys(enterKey)
	see("sign-out")
	shut()
	p.keys(escapeKey)
}

// dismissAll puts away what is said of batches; some of it goes by itself.
func (p *page) dismissAll() {
	p.t.Helper()
	eventually(p.t, "no word of batches", func() bool {
		if !p.has("button", "Dismiss") {
			return true
		}
		if p.ask("isAt('.batch button', 'Dismiss')") == true {
			p.keys(enterKey)
		} else {
			p.keys(tabKey)
		}
		return false
	})
}

// fits asserts that nothing that can be pressed lies outside the page, that the page does not scroll sideways, and that
// of a list that is shown at least a row can be read.
func (p *page) fits(screen string) {
	p.t.Helper()
	v, err := p.js(`
const wide = [document.documentElement, document.body, ...document.querySelectorAll('dialog, dialog .body, dialog .inside, main, .lists, .thread')]
	.filter((e) => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0).map((e) => e.tagName + '.' + e.className + ' ' + e.scrollWidth + ' > ' + e.clientWidth);
const scope = [...document.querySelectorAll('dialog:modal')].at(-1) || document;
const out = [...scope.querySelectorAll('button, input, select, textarea, [role=option], [role=menuitem]')]
	.filter((e) => e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length > 0)
	.filter((e) => { const b = e.getBoundingClientRect(); return b.left < -1 || b.right > innerWidth + 1; })
	.map((e) => 'outside: ' + (e.getAttribute('aria-label') || e.textContent.trim() || e.tagName));
const row = document.querySelector('[role=grid] [role=row]')?.clientHeight ?? 0;
const low = [...document.querySelectorAll('[role=grid]')].filter((e) => e.checkVisibility() && e.clientHeight < row).map((e) => 'a list of ' + e.clientHeight);
return [...wide, ...out, ...low];`)
	list, ok := v.([]any)
	if err != nil || !ok {
		p.t.Fatal(v, err)
	}
	for _, e := range list {
		p.t.Errorf("%s: %v", screen, e)
	}
}

// cdp sends Chromium a command of its own.
func (p *page) cdp(cmd string, params map[string]any) {
	p.t.Helper()
	if _, err := call("POST", p.session+"/goog/cdp/execute", map[string]any{"cmd": cmd, "params": params}); err != nil {
		p.t.Fatal(err)
	}
}

// size gives Chromium's page another size and another number of dots for each of its own.
func (p *page) size(width, height int, dots float64) {
	p.t.Helper()
	p.cdp("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": dots, "mobile": false})
	eventually(p.t, "the page's new size", func() bool { v, _ := p.js("return innerWidth"); return v == float64(width) })
}

// direction turns the page.
func (p *page) direction(dir string) {
	p.t.Helper()
	if _, err := p.js("document.documentElement.dir = arguments[0]", dir); err != nil {
		p.t.Fatal(err)
	}
}
