//go:build e2e && linux

package e2e

import (
	"path/filepath"
	"testing"
)

// The keys of WebDriver that have no character.
const (
	tabKey   = "\ue004"
	enterKey = "\ue007"
	shiftKey = "\ue008"
	altKey   = "\ue00a"
	spaceKey = " "
	endKey   = "\ue010"
	homeKey  = "\ue011"
	upKey    = "\ue013"
	downKey  = "\ue015"
)

// eyes is the page's side of a walk by keys: what had the focus, be it by aria-activedescendant, what was not seen to
// have it, and what of all that can be used never had it.
const eyes = `
const seen = new Set(), unseen = new Map(), away = new Set();
const shown = (e) => e.checkVisibility({visibilityProperty: true}) && e.getClientRects().length > 0;
const ring = (e) => { const s = getComputedStyle(e); return s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none'; };
const active = (e) => document.getElementById(e.getAttribute('aria-activedescendant') || ' ');
const called = (e) => (e.tagName.toLowerCase() + '.' + e.className + ' ' + (e.getAttribute('role') || '') + ' "' +
  (e.getAttribute('aria-label') || e.labels?.[0]?.textContent || e.textContent || e.placeholder || '').replace(/\s+/g, ' ').trim().slice(0, 60) + '"');
function look() {
  const e = document.activeElement;
  if (!e || e === document.body) return;
  seen.add(e);
  const at = active(e);
  if (at) seen.add(at);
  if (!document.hasFocus() || !e.matches(':focus-visible')) return;
  if (!ring(e) && !(at && ring(at))) unseen.set(e, called(e));
  const box = e.getBoundingClientRect();
  if (box.bottom <= 0 || box.right <= 0 || box.top >= innerHeight || box.left >= innerWidth) away.add(called(e));
}
addEventListener('focusin', look, true);
addEventListener('keyup', look, true);
new MutationObserver(look).observe(document.body, {subtree: true, attributeFilter: ['aria-activedescendant']});
window.walk = {
  here: () => { const e = document.activeElement; return !e || e === document.body ? '' : called(e); },
  isAt: (selector, name) => { const e = document.activeElement; return e.matches(selector) && called(e).includes(name); },
  again: () => { seen.clear(); look(); },
  count: () => seen.size,
  unseen: () => [...new Set(unseen.values())],
  away: () => [...away],
  unreached: () => {
    const scope = [...document.querySelectorAll('dialog:modal')].at(-1) || document;
    return [...scope.querySelectorAll('button,a[href],input,select,textarea,summary,[tabindex]:not([tabindex="-1"]),' +
      ['button', 'checkbox', 'tab', 'option', 'menuitem', 'row', 'switch'].map((r) => '[role=' + r + ']').join())]
      .filter((e) => shown(e) && !e.disabled && !seen.has(e)).map(called);
  },
};
return true;`

// present hires another agent of the team, who sits at a console, and returns the id.
func (w *world) present(name string) string {
	w.t.Helper()
	id, token := w.colleague(name)
	serveConsole(w.t, newDesktop(w.t, false).env, "--server", w.url, "--token-file", token, "--data", w.t.TempDir())
	return id
}

// walks lays the eyes on the page.
func (p *page) walks() {
	p.t.Helper()
	if _, err := p.js(eyes); err != nil {
		p.t.Fatal(err)
	}
}

// chord presses the last key while the others are held.
func (p *page) chord(keys ...string) {
	p.t.Helper()
	var actions []any
	add := func(kind, key string) { actions = append(actions, map[string]any{"type": kind, "value": key}) }
	for _, k := range keys {
		add("keyDown", k)
	}
	for i := range keys {
		add("keyUp", keys[len(keys)-1-i])
	}
	_, err := call("POST", p.session+"/actions", map[string]any{"actions": []any{map[string]any{"type": "key", "id": "keyboard", "actions": actions}}})
	if err != nil {
		p.t.Fatal(err)
	}
}

// ask evaluates an expression of the eyes.
func (p *page) ask(expression string, args ...any) any {
	p.t.Helper()
	v, err := p.js("return walk."+expression, args...)
	if err != nil {
		p.t.Fatal(err)
	}
	return v
}

// focused fails if the focus is lost.
func (p *page) focused(after string) {
	p.t.Helper()
	here := any("")
	eventually(p.t, "the focus after "+after, func() bool { here = p.ask("here()"); return here != "" })
}

// tabTo presses Tab until the focus is on what matches.
func (p *page) tabTo(selector, name string) {
	p.t.Helper()
	for range 150 {
		if p.ask("isAt(arguments[0], arguments[1])", selector, name) == true {
			return
		}
		p.keys(tabKey)
	}
	p.t.Fatalf("Tab never comes to %s %q; it is on %v, and has not been on %v", selector, name, p.ask("here()"), p.ask("unreached()"))
}

// does opens the menu "Actions" and carries out an entry.
func (p *page) does(entry string) {
	p.t.Helper()
	p.tabTo("[aria-haspopup=menu]", "Actions")
	p.keys(downKey)
	p.get("menuitem", entry)
	for range 8 {
		if p.ask("isAt('[role=menuitem]', arguments[0])", entry) == true {
			p.keys(enterKey)
			return
		}
		p.keys(downKey)
	}
	p.t.Fatalf("no arrow leads to %q", entry)
}

// TestKeyboardStory: a part of a working day without a mouse.
func TestKeyboardStory(t *testing.T) {
	inEachHost(t, false, func(t *testing.T, h host, d *desktop) {
		w, p := byKeys(t, h, d)
		story(p, w)
	})
}

// byKeys opens the console of an admin with six chats in the queue and a colleague.
func byKeys(t *testing.T, h host, d *desktop) (*world, *page) {
	w := newWorld(t, quick())
	w.admin("id", "agent", "set", "--id", w.agent, "--role", "admin")
	w.present("Jonas Weber")
	w.crowd(6)
	p, _ := h.console(t, d, w, filepath.Join(d.home, "parley"))
	p.reads("status", "Connection", "Connected")
	p.walks()
	return w, p
}

// story is a part of a working day without a mouse.
func story(p *page, w *world) {
	p.chord(altKey, "q")
	p.get("checkbox", "Select all 6 chats")
	p.keys(homeKey)
	p.chord(shiftKey, enterKey) // picks and opens
	p.get("textbox", "Message")
	p.tabTo("textarea", "Message")
	p.keys("Good morning" + enterKey)
	if got := w.received(1); got[0] != "Good morning" {
		p.t.Fatalf("WhatsApp received %q", got)
	}

	p.chord(altKey, "q")
	p.get("checkbox", "Select all 5 chats")
	p.keys(homeKey + spaceKey + downKey + downKey)
	p.chord(shiftKey, spaceKey)
	p.says("3 chats selected")
	p.tabTo("button", "Pick selected")
	p.keys(enterKey)
	p.says("You picked 3 chats.")
	p.focused("picking")

	p.chord(altKey, "c")
	p.get("checkbox", "Select all 4 chats")
	p.keys(homeKey + spaceKey + downKey)
	p.chord(shiftKey, spaceKey)
	p.says("2 chats selected")
	p.tabTo("button", "Transfer selected chats")
	p.keys(enterKey)
	p.reads("dialog", "Transfer chats", "2 chats")
	p.get("option", "load 0/")
	p.gone("option", "not available")
	p.keys("Jonas")
	p.gone("option", "Queue of")
	p.keys(downKey + enterKey + tabKey)
	p.tabTo("textarea", "Note")
	p.keys("Please see to them")
	p.tabTo("dialog button", "Transfer")
	p.keys(enterKey)
	p.says("2 chats went to Jonas Weber")
	p.focused("a transfer")
	p.picture("keyboard-transferred")
	p.tabTo("button", "Undo")
	p.keys(enterKey)
	p.says("2 chats are back.")
	p.focused("an undo")

	p.chord(altKey, "c")
	p.get("checkbox", "Select all 4 chats")
	p.keys(homeKey + enterKey)
	p.get("textbox", "Message")
	p.does("Hold")
	p.get("checkbox", "Select all 3 chats")
	p.focused("a hold")
	p.tabTo("button", "Filter")
	p.keys(enterKey)
	p.tabTo("input", "On hold")
	p.keys(spaceKey)
	p.get("row", "On hold")
	p.focused("the filter")
	p.chord(altKey, "c")
	p.keys(endKey)
	for range 6 {
		if p.ask("here()") != "" && p.onHold() {
			break
		}
		p.keys(upKey)
	}
	p.keys(enterKey)
	p.does("Take back from hold")
	p.gone("row", "On hold")
	p.focused("a resume")
	p.does("Close")
	p.get("checkbox", "Select all 3 chats")
	p.focused("closing")
}

// onHold tells whether the arrows stand on a chat that is on hold.
func (p *page) onHold() bool {
	v, err := p.js("return document.querySelector('.row.active')?.textContent.includes('On hold')")
	return err == nil && v == true
}
