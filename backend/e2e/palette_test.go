//go:build e2e && linux

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// TestPaletteFindsChats: by what a customer is called and by what was said long before, in whatever list, by keys alone.
func TestPaletteFindsChats(t *testing.T) {
	inEachHost(t, false, func(t *testing.T, h host, d *desktop) {
		w, p := byKeys(t, h, d)
		w.says(people[0], "My <b>teapot</b> is broken")
		w.says(people[0], "Is anybody there?")
		p.chord(altKey, "q")
		p.get("checkbox", "Select all 7 chats")
		p.keys(homeKey)
		p.chord(shiftKey, enterKey)
		p.get("textbox", "Message")
		other := member(0).Name
		if p.shown() == other {
			other = member(1).Name
		}

		p.chord(ctrlKey, "k")
		p.keys("maximiliane")
		p.get("option", people[0].Name)
		p.keys(enterKey)
		p.says("My <b>teapot</b> is broken") // what was read is here, and found from now on

		p.chord(ctrlKey, "k")
		p.keys(strings.ToUpper(other))
		p.get("option", other)
		p.noViolations("the palette with chats")
		p.picture("palette-chats")
		p.keys(enterKey)
		p.gone("dialog", "Commands")
		eventually(t, "the chat that was found", func() bool { return p.shown() == other })
		p.get("button", "=Pick") // it is only looked at

		p.chord(ctrlKey, "k")
		p.keys("teapot")
		p.get("option", people[0].Name)
		p.picture("palette-texts")
		p.keys(enterKey)
		eventually(t, "the chat of the teapot", func() bool { return p.shown() == people[0].Name })
	})
}

// TestNoticesStayInReach: more than three are there on demand, a dialog does not cover them, and dismissing keeps the
// keyboard.
func TestNoticesStayInReach(t *testing.T) {
	inEachHost(t, false, func(t *testing.T, h host, d *desktop) {
		_, p := byKeys(t, h, d)
		p.click("tab", "Queue")
		p.pickAll(6)
		ids := p.rows()
		for _, id := range ids[:5] { // the first has it, the others are refused
			if _, err := p.js("return window.go.app.Console.SetAlias(arguments[0], 'the same')", id); err != nil {
				t.Fatal(err)
			}
		}
		p.get("button", "1 more notice")
		p.counts("button", "=Dismiss", 3)
		p.picture("notices")
		p.chord(ctrlKey, "k")
		p.get("dialog", "Commands")
		p.tabTo("dialog .toast button", "1 more notice")
		p.keys(enterKey)
		p.counts("button", "=Dismiss", 4)
		p.noViolations("notices in a dialog")
		p.picture("notices-dialog")
		for left := 3; left >= 0; left-- {
			p.tabTo("dialog .toast button", "Dismiss")
			p.keys(enterKey)
			p.counts("button", "=Dismiss", left)
			p.focused("dismissing")
		}
		p.keys(escapeKey)
		p.gone("dialog", "Commands")
		p.focused("the dialog")
	})
}

// shown is whose conversation is on the screen.
func (p *page) shown() string {
	p.t.Helper()
	v, _ := p.js("return document.querySelector('.thread h2')?.textContent ?? ''")
	return fmt.Sprint(v)
}

// counts waits until there are so many.
func (p *page) counts(role, want string, n int) {
	p.t.Helper()
	got := -1
	eventually(p.t, "so many", func() bool { got = len(p.all(role, want)); return got == n })
}
