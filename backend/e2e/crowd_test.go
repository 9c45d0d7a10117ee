//go:build e2e && linux

package e2e

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestNothingMovesUnderThePointer: in a list that is sorted by the latest message, rows keep their places while the
// pointer moves in it, a box is ticked or a menu is open, whoever writes; they show what was written all the same, and a
// chip says how many would move. When that ends, or the chip is pressed, the list has its order.
func TestNothingMovesUnderThePointer(t *testing.T) {
	inEachHost(t, false, func(t *testing.T, h host, d *desktop) {
		c := newCrowd(t, h, d, 1000)
		p := c.page
		c.keepPlaces("the pointer", func() { p.pointAt(4) }, func() {})
		p.picture(h.name + "-crowd-moved")
		p.noViolations("rows that keep their places")
		p.click("button", "moved")
		c.sorted()

		box := "Select " + p.rows()[2]
		p.click("checkbox", box)
		p.get("button", "Transfer selected chats")
		c.keepPlaces("a ticked box", func() {}, p.rests)
		p.picture(h.name + "-crowd-ticked")
		p.click("checkbox", box)
		c.sorted()

		p.click("row", p.customers()[1])
		p.click("button", "Actions")
		p.get("menuitem", "Hold")
		c.keepPlaces("an open menu", func() {}, p.rests)
		p.picture(h.name + "-crowd-menu")
		p.click("button", "Actions")
		c.sorted()
	})
}

// crowd is a world whose agent holds the chats of many customers, and a console that shows them by their latest message.
type crowd struct {
	*world
	page   *page
	size   int
	latest []string        // names of those who wrote again, the newest first
	wrote  map[string]bool // the same
	next   int
}

// newCrowd makes one of size customers.
func newCrowd(t testing.TB, h host, d *desktop, size int) *crowd {
	t.Helper()
	w := newWorld(t, quick())
	w.admin("id", "agent", "set", "--id", w.agent, "--threshold", strconv.Itoa(size))
	w.crowd(size)
	p, _ := h.console(t, d, w, filepath.Join(d.home, "parley"))
	p.reads("status", "Connection", "Connected")
	p.click("tab", "Queue")
	for held := 0; held < size; {
		p.click("checkbox", "Select ")
		p.click("button", "Pick selected")
		held = min(size, held+most)
		eventually(t, fmt.Sprintf("%d chats of mine", held), func() bool { return p.held() == held })
	}
	p.click("tab", "My Chats")
	p.gone("button", "=Dismiss") // what was picked says so for a while, below the list
	p.choose("Sort chats", "latest_incoming")
	p.watch()
	return &crowd{world: w, page: p, size: size, wrote: map[string]bool{}}
}

// most is how many chats can be selected at once.
const most = 500

// speaks has a customer write again. Each does in a millisecond of its own, so that the order is exact.
func (c *crowd) speaks(i int, text string) {
	c.t.Helper()
	who := member(i)
	c.says(who, text)
	for at := time.Now(); time.Since(at) < 2*time.Millisecond; {
		continue
	}
	c.latest = slices.Insert(slices.DeleteFunc(c.latest, func(name string) bool { return name == who.Name }), 0, who.Name)
	c.wrote[who.Name] = true
}

// another has somebody write who has not written again, and whose row is not among those that are shown.
func (c *crowd) another(shown []string) {
	c.t.Helper()
	for c.wrote[member(c.next).Name] || slices.Contains(shown, member(c.next).Name) {
		c.next++
	}
	c.speaks(c.next, "And now?")
}

// keepPlaces has many customers write while something, said by why, keeps the rows in their places. keep is done again
// and again meanwhile, settle at the end. A machine that let the pointer rest for too long, which lets the rows go,
// tries again.
func (c *crowd) keepPlaces(why string, keep, settle func()) {
	c.t.Helper()
	const tries = 5
	for range tries {
		before, after, ok := c.tryPlaces(why, keep, settle)
		n := min(len(before), len(after)) // the list may have become longer or shorter below
		if n > 3 && slices.Equal(before[:n], after[:n]) {
			return
		}
		if ok {
			c.t.Fatalf("under %s the rows were\n%q and are\n%q", why, before, after)
		}
	}
	c.t.Fatalf("the pointer could not be kept moving")
}

func (c *crowd) tryPlaces(why string, keep, settle func()) (before, after []string, ok bool) {
	c.t.Helper()
	eventually(c.t, "rows that keep their places under "+why, func() bool {
		keep()
		if c.page.moved() > 0 {
			return true
		}
		c.another(c.page.customers())
		return false
	})
	c.page.gap() // begins anew
	before = c.page.customers()
	already := c.page.moved()
	const spoken = 20
	text := fmt.Sprintf("Still here, under %s.", why)
	shown, err := strconv.Atoi(strings.TrimPrefix(before[3], "Customer "))
	if err != nil {
		c.t.Fatal(err)
	}
	c.speaks(shown, text)
	for range spoken {
		keep()
		c.another(before)
	}
	eventually(c.t, fmt.Sprintf("what was written under %s, and that %d moved", why, already+spoken+1), func() bool {
		keep()
		return c.page.has("row", before[3]) && strings.Contains(c.page.rowText(before[3]), text) && c.page.moved() >= already+spoken+1
	})
	settle()
	after = c.page.customers()
	if n := c.page.moved(); n > len(c.wrote) {
		c.t.Errorf("under %s %d moved, and %d have written", why, n, len(c.wrote))
	}
	return before, after, why != "the pointer" || c.page.gap() < 2*time.Second
}

// sorted waits until the list has its order, and nothing in it would move.
func (c *crowd) sorted() {
	c.t.Helper()
	eventually(c.t, "a list in its order", func() bool {
		got := c.page.customers()
		n := min(len(got), len(c.latest))
		return n > 0 && slices.Equal(got[:n], c.latest[:n]) && c.page.moved() == 0
	})
}

// customers are the names on the rows, from the top.
func (p *page) customers() []string {
	p.t.Helper()
	v, err := p.js(`return [...document.querySelectorAll('[role=row]')]
		.sort((a, b) => a.ariaRowIndex - b.ariaRowIndex).map((e) => e.ariaLabel.split(',')[0])`)
	list, ok := v.([]any)
	if err != nil || !ok {
		p.t.Fatalf("the rows: %v %v", v, err)
	}
	names := make([]string, len(list))
	for i, name := range list {
		names[i] = fmt.Sprint(name)
	}
	return names
}

// rowText is all that a customer's row says.
func (p *page) rowText(name string) string {
	v, _ := p.js(`return document.querySelector('[role=row][aria-label^="' + arguments[0] + ',"]')?.textContent ?? ''`, name)
	s, _ := v.(string)
	return s
}

// number is what a script returns.
func (p *page) number(script string, args ...any) float64 {
	p.t.Helper()
	v, err := p.js(script, args...)
	n, ok := v.(float64)
	if err != nil || !ok {
		p.t.Fatalf("%s: %v %v", script, v, err)
	}
	return n
}

// held is how many chats the agent has, by the tab's words.
func (p *page) held() int {
	return int(p.number(`return Number(document.getElementById('count-my').textContent.replace(/\D/g, ''))`))
}

var chip = regexp.MustCompile(`^(\d+) moved`)

// moved is what the chip says; 0 if there is none.
func (p *page) moved() int {
	v, _ := p.js(`return [...document.querySelectorAll('button')].map((e) => e.innerText.trim()).find((s) => / moved$/.test(s)) ?? ''`)
	s, _ := v.(string)
	found := chip.FindStringSubmatch(s)
	if found == nil {
		return 0
	}
	n, _ := strconv.Atoi(found[1])
	return n
}

// choose takes an option of a combobox by its value.
func (p *page) choose(name, value string) {
	p.t.Helper()
	ref := p.get("combobox", name)
	_, err := p.js(`arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('change', {bubbles: true}))`,
		map[string]any{elementKey: ref}, value)
	if err != nil {
		p.t.Fatalf("choose %s in %s: %v", value, name, err)
	}
}

// watch begins to note when the hand moved in the list.
func (p *page) watch() {
	p.t.Helper()
	_, err := p.js(`
const hand = window.hand = {last: performance.now(), gap: 0};
for (const name of ['pointermove', 'pointerdown', 'scroll', 'keydown']) {
  document.querySelector('[role=grid]').addEventListener(name, () => {
    hand.gap = Math.max(hand.gap, performance.now() - hand.last);
    hand.last = performance.now();
  }, true);
}`)
	if err != nil {
		p.t.Fatal(err)
	}
}

// gap is the longest time without the hand moving in the list since it was called last.
func (p *page) gap() time.Duration {
	p.t.Helper()
	return time.Duration(p.number(`
const gap = Math.max(hand.gap, performance.now() - hand.last);
hand.gap = 0; hand.last = performance.now();
return gap`) * float64(time.Millisecond))
}

// rests waits until the hand has not moved in the list for longer than that alone keeps the rows in their places.
func (p *page) rests() {
	p.t.Helper()
	eventually(p.t, "a hand at rest", func() bool { return p.number("return performance.now() - hand.last") > 4000 })
}

// pointAt moves the pointer a little within a row on the screen.
func (p *page) pointAt(row int) {
	p.t.Helper()
	v, err := p.js(`
const list = document.querySelector('[role=grid]').getBoundingClientRect();
window.wiggle = (window.wiggle ?? 0) + 1;
return [Math.round(list.x + list.width / 2 + window.wiggle % 7), Math.round(list.y + 68 * (arguments[0] + 0.5) + window.wiggle % 5)]`, row)
	at, ok := v.([]any)
	if err != nil || !ok {
		p.t.Fatalf("the list's place: %v %v", v, err)
	}
	_, err = call("POST", p.session+"/actions", map[string]any{"actions": []any{map[string]any{
		"type": "pointer", "id": "mouse", "parameters": map[string]any{"pointerType": "mouse"},
		"actions": []any{map[string]any{"type": "pointerMove", "duration": 0, "x": at[0], "y": at[1]}},
	}}})
	if err != nil {
		p.t.Fatalf("move the pointer: %v", err)
	}
}
