//go:build e2e && linux

package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// The keys of WebDriver that have no character.
const (
	tabKey    = "\ue004"
	enterKey  = "\ue007"
	shiftKey  = "\ue008"
	ctrlKey   = "\ue009"
	altKey    = "\ue00a"
	escapeKey = "\ue00c"
	spaceKey  = " "
	endKey    = "\ue010"
	homeKey   = "\ue011"
	leftKey   = "\ue012"
	upKey     = "\ue013"
	rightKey  = "\ue014"
	downKey   = "\ue015"
)

// eyes is the page's side of a walk by keys: what had the focus, be it by aria-activedescendant, what was not seen to
// have it, and what of all that can be used never had it.
const eyes = `
const seen = new Set(), unseen = new Map();
let looked = 0;
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
  looked++;
  if (!ring(e) && !(at && ring(at))) unseen.set(e, called(e));
}
addEventListener('focusin', look, true);
addEventListener('keyup', look, true);
new MutationObserver(look).observe(document.body, {subtree: true, attributeFilter: ['aria-activedescendant']});
window.walk = {
  here: () => { const e = document.activeElement; return !e || e === document.body ? '' : called(e); },
  isAt: (selector, name) => { const e = document.activeElement; return e.matches(selector) && called(e).includes(name); },
  again: () => { seen.clear(); looked = 0; look(); },
  looked: () => looked,
  count: () => seen.size,
  unseen: () => [...new Set(unseen.values())],
  inView: () => {
    const box = document.activeElement.getBoundingClientRect();
    return box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth;
  },
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

// round presses Tab until it finds nothing new, twice as often as needed.
func (p *page) round() {
	p.t.Helper()
	const step = 12
	for before := any(nil); ; {
		p.keys(strings.Repeat(tabKey, step))
		eventually(p.t, "what has the focus on the screen", func() bool { return p.ask("inView()") == true })
		now := p.ask("count()")
		if now == before {
			return
		}
		before = now
	}
}

// reached asserts that everything that can be used has had the focus.
func (p *page) reached(screen string) {
	p.t.Helper()
	list, _ := p.ask("unreached()").([]any)
	for _, e := range list {
		p.t.Errorf("%s: no key leads to %v", screen, e)
	}
	if n, _ := p.ask("looked()").(float64); n < 3 {
		p.t.Errorf("%s: whether the focus is seen was looked at %v times", screen, n)
	}
	list, _ = p.ask("unseen()").([]any)
	for _, e := range list {
		p.t.Errorf("%s: the focus is not seen on %v", screen, e)
	}
}

// closes presses Escape and asserts that a dialog is gone and the focus is where it was.
func (p *page) closes(dialog string, before any) {
	p.t.Helper()
	p.keys(escapeKey)
	p.gone("dialog", dialog)
	if got := p.ask("here()"); got != before {
		p.t.Errorf("after %q the focus is on %v, and was on %v", dialog, got, before)
	}
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

// TestKeyboard walks through every screen by keys alone.
func TestKeyboard(t *testing.T) {
	inEachHost(t, false, func(t *testing.T, h host, d *desktop) {
		_, p := byKeys(t, h, d)
		p.chord(altKey, "q")
		p.get("checkbox", "Select all 6 chats")
		p.keys(homeKey + spaceKey + downKey + downKey)
		p.chord(shiftKey, spaceKey)
		p.says("3 chats selected")
		p.tabTo("button", "Pick selected")
		p.keys(enterKey)
		p.says("You picked 3 chats.")
		walkLists(p)
		walkDialogs(p)
		walkCompany(p)
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
	p.says("You closed this chat")
	p.picture("keyboard-closed")
}

// onHold tells whether the arrows stand on a chat that is on hold.
func (p *page) onHold() bool {
	v, err := p.js("return document.querySelector('.row.active')?.textContent.includes('On hold')")
	return err == nil && v == true
}

// walkLists looks at both lists and the conversation beside them.
func walkLists(p *page) {
	p.toGrid("c", "My Chats")
	p.keys(homeKey)
	p.chord(ctrlKey, "a")
	p.get("button", "Transfer selected chats")
	p.arrows("#tab-my")
	p.get("checkbox", "Clear the selection")
	p.arrows("form [role=tab]")
	p.toGrid("c", "My Chats")
	p.rowsByKeys(3, 1)
	p.get("log", "Conversation")
	p.tabTo(".entry", "")
	p.keys(homeKey + tabKey) // a copy button belongs to the message that the arrows stand on
	p.round()
	p.reached("my chats")

	p.toGrid("q", "Queue")
	p.get("button", "Pick")
	p.arrows("#tab-queue")
	p.get("button", "Pick")
	p.toGrid("q", "Queue")
	p.settled()
	p.rowsByKeys(3, 2)
	p.keys(enterKey)
	p.says("This chat is in the queue")
	p.tabTo(".entry", "")
	p.keys(homeKey + tabKey)
	p.round()
	p.reached("the queue")
}

// settled waits until no row only keeps the place of what went away.
func (p *page) settled() {
	p.t.Helper()
	eventually(p.t, "a list without rows that went away", func() bool {
		v, err := p.js("return document.querySelector('.row.gone') === null")
		return err == nil && v == true
	})
}

// toGrid goes to a list by its key.
func (p *page) toGrid(key, name string) {
	p.t.Helper()
	p.chord(altKey, key)
	eventually(p.t, "the focus on "+name, func() bool { return p.ask("isAt('[role=grid]', arguments[0])", name) == true })
}

// arrows goes through the tabs of a list of tabs and back.
func (p *page) arrows(selector string) {
	p.t.Helper()
	p.tabTo(selector, "")
	p.chord(rightKey)
	p.chord(leftKey)
	p.focused("the arrows on " + selector)
}

// rowsByKeys goes down the grid, and in each row to the things in it.
func (p *page) rowsByKeys(rows, things int) {
	p.t.Helper()
	p.focused("the way to the list")
	p.keys(homeKey)
	for range rows {
		p.keys(strings.Repeat(tabKey, things))
		for range things {
			p.chord(shiftKey, tabKey)
		}
		p.keys(downKey)
	}
	p.keys(homeKey)
}

// walkDialogs looks at the dialogs and menus that are opened from the lists.
func walkDialogs(p *page) {
	p.toGrid("c", "My Chats")
	p.keys(homeKey + enterKey)
	p.get("textbox", "Message")
	p.toGrid("c", "My Chats")
	before := p.ask("here()")
	for _, each := range []struct {
		name, dialog string
		open         func()
		inside       func()
	}{
		{"the keys", "Keyboard", func() { p.keys("?") }, func() {}},
		{"the palette", "Commands", func() { p.chord(ctrlKey, "k") }, func() { p.keys(strings.Repeat(downKey, 40)) }},
		{"transfer", "Transfer chats", func() { p.chord(altKey, "t") }, func() {
			p.get("option", "Jonas Weber")
			p.keys(strings.Repeat(downKey, 6))
		}},
	} {
		each.open()
		p.get("dialog", each.dialog)
		p.focused("opening " + each.name)
		p.ask("again()")
		each.inside()
		p.round()
		p.reached(each.name)
		p.closes(each.dialog, before)
	}

	p.tabTo("[aria-haspopup=menu]", "Actions")
	button := p.ask("here()")
	p.ask("again()")
	p.keys(strings.Repeat(downKey, 8))
	for _, e := range []string{"Transfer", "Return to queue", "Hold", "Close"} {
		p.get("menuitem", e)
	}
	if list, _ := p.ask("unreached()").([]any); strings.Contains(fmt.Sprint(list), "menuitem") {
		p.t.Errorf("the menu: no arrow leads to some of %v", list)
	}
	p.keys(escapeKey)
	p.gone("menuitem", "Transfer")
	if got := p.ask("here()"); got != button {
		p.t.Errorf("after the menu the focus is on %v", got)
	}

	p.tabTo("nav button", "Settings")
	button = p.ask("here()")
	p.keys(enterKey)
	p.get("dialog", "Settings")
	p.tabTo("button", "Sign out")
	p.keys(enterKey)
	p.focused("asking to sign out")
	p.ask("again()")
	p.round()
	p.reached("signing out")
	p.closes("Settings", button)

	p.tabTo("nav button", "Pending")
	button = p.ask("here()")
	p.keys(enterKey)
	p.get("dialog", "")
	p.ask("again()")
	p.round()
	p.reached("who waits")
	p.closes("", button)
}

// walkCompany looks at the settings of teams, agents and assets.
func walkCompany(p *page) {
	p.tabTo("nav button", "Team settings")
	button := p.ask("here()")
	p.keys(enterKey)
	p.get("tab", "Assets")
	for _, each := range []struct{ tab, item string }{{"Teams", "Support"}, {"Agents", "Jonas Weber"}, {"Assets", "Hotline"}} {
		p.tabTo("dialog [role=tab]", each.tab)
		p.tabTo("li button", each.item)
		p.keys(enterKey)
		p.focused("choosing " + each.item)
		p.ask("again()")
		p.tabTo("dialog [role=tab]", each.tab)
		p.keys(rightKey + rightKey + rightKey)
		p.tabTo("li button", each.item)
		p.keys(enterKey)
		p.round()
		p.reached(each.tab)
		p.tabTo("dialog [role=tab]", each.tab)
		p.keys(rightKey)
	}
	p.tabTo("dialog [role=tab]", "Teams")
	p.keys(rightKey + rightKey)
	p.tabTo(".items button", "New asset")
	p.keys(enterKey)
	p.focused("beginning a new asset")
	p.ask("again()")
	p.tabTo("dialog [role=tab]", "Assets")
	p.keys(rightKey + rightKey + rightKey)
	p.tabTo(".items button", "New asset")
	p.keys(enterKey)
	p.round()
	p.reached("a new asset")
	p.closes("", button)
}
