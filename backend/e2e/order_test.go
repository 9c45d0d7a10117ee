//go:build e2e && linux

package e2e

import (
	"cmp"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestOrderOnScreen: the rows on the screen are in the order that the facts give, in every order of both lists, after
// every burst of messages, replies, priorities and chats that go on hold. The facts are the test's own: what it did, and
// when; the comparison is written down a second time, after the rule and not after the program.
func TestOrderOnScreen(t *testing.T) {
	inEachHost(t, false, func(t *testing.T, h host, d *desktop) {
		o := newOrdered(t, h, d, 16)
		for _, list := range []string{"last_assigned", "longest_waiting", "latest_incoming", "highest_priority"} {
			o.page.choose("Sort chats", list)
			o.burst()
			o.inOrder(list)
		}
		o.page.click("tab", "Queue")
		for _, list := range []string{"longest_waiting", "latest_incoming", "earliest_incoming", "highest_priority"} {
			o.page.choose("Sort chats", list)
			for range 4 {
				o.speaks(o.size + o.next()%o.queued)
			}
			o.inQueue(list)
		}
	})
}

// fact is what a test knows of a chat. Times are places in the order of all that happened; 0: never.
type fact struct {
	name, id          string
	assigned          int // the place within the request that picked it
	waiting, incoming int
	priority          int
	held              bool
}

// ordered is a company of which everything is known.
type ordered struct {
	*world
	page         *page
	size, queued int
	facts        map[string]*fact
	clock, round int
}

// newOrdered has size customers write whose chats are picked, and as many again whose chats stay in the queue.
func newOrdered(t *testing.T, h host, d *desktop, size int) *ordered {
	o := &ordered{world: newWorld(t, quick()), size: size, queued: size, facts: map[string]*fact{}}
	o.page, _ = h.console(t, d, o.world, filepath.Join(d.home, "parley"))
	o.page.reads("status", "Connection", "Connected")
	for i := range size {
		o.speaks(i)
	}
	o.page.click("tab", "Queue")
	o.page.pickAll(size)
	for i, id := range o.page.whole() {
		o.page.bring(id)
		name := o.page.nameOf(id)
		o.page.click("row", name)
		o.page.reads("region", "Customer details", id)
		f := o.facts[name]
		f.id, f.assigned = id, i
		o.deed(i, f)
	}
	for i := range size {
		o.speaks(size + i)
	}
	return o
}

// deed makes the chats differ: some are answered, some have a priority, some are on hold.
func (o *ordered) deed(i int, f *fact) {
	o.t.Helper()
	switch i % 6 {
	case 1, 2:
		f.priority = 1 + i%4
		o.page.choose("Priority", fmt.Sprint(f.priority))
		o.page.reads("log", "Conversation", "set the priority")
	case 3:
		o.page.fill("textbox", "Message", "Thank you, "+f.name)
		o.page.click("button", "Send")
		o.page.gone("row", f.name+", WhatsApp, Pending")
		f.waiting = 0
	case 5:
		o.page.click("button", "Actions")
		o.page.click("menuitem", "Hold")
		o.page.gone("row", f.name)
		f.held = true
	}
}

// tick waits for another millisecond, the grain of the server's time, and is the next place in the order of events.
func (o *ordered) tick() int {
	for at := time.Now(); time.Since(at) < 2*time.Millisecond; {
		continue
	}
	o.clock++
	return o.clock
}

// next is a number that hops about.
func (o *ordered) next() int {
	o.round++
	return o.round * 7919
}

// speaks has a customer write. A chat on hold comes back by that.
func (o *ordered) speaks(i int) {
	o.t.Helper()
	who := member(i)
	f := o.facts[who.Name]
	if f == nil {
		f = &fact{name: who.Name}
		o.facts[who.Name] = f
	}
	at := o.tick()
	o.says(who, fmt.Sprintf("Question %d", at))
	f.incoming, f.held = at, false
	if f.waiting == 0 {
		f.waiting = at
	}
}

// burst is what happens in a moment: messages, and a reply.
func (o *ordered) burst() {
	o.t.Helper()
	for range 8 {
		o.speaks(o.next() % o.size)
	}
	for _, name := range slices.Sorted(maps.Keys(o.facts)) {
		if f := o.facts[name]; f.id != "" && !f.held && f.waiting != 0 {
			o.page.bring(f.id)
			o.page.click("row", f.name)
			o.deed(3, f)
			return
		}
	}
}

// inOrder compares My Chats on the screen with the facts, sorted afresh.
func (o *ordered) inOrder(order string) {
	o.t.Helper()
	o.compare(order, func(f *fact) bool { return f.id != "" && !f.held })
}

// inQueue compares the queue.
func (o *ordered) inQueue(order string) {
	o.t.Helper()
	o.compare(order, func(f *fact) bool { return f.id == "" })
}

func (o *ordered) compare(order string, in func(*fact) bool) {
	o.t.Helper()
	var want []*fact
	for _, f := range o.facts {
		if in(f) {
			want = append(want, f)
		}
	}
	slices.SortFunc(want, func(a, b *fact) int { return before(order, a, b) })
	names := make([]string, len(want))
	for i, f := range want {
		names[i] = f.name
	}
	var got []string
	defer func() {
		if o.t.Failed() {
			o.t.Logf("by %s the screen has\n%q, not\n%q", order, got, names)
		}
	}()
	eventually(o.t, "the order "+order+" on the screen", func() bool {
		o.page.apply()
		_, got = o.page.passed()
		return slices.Equal(got, names)
	})
}

// before compares two chats in an order of domain.md §3.
func before(order string, a, b *fact) int {
	never := func(at int) int { // who has never written, or does not wait, comes last
		if at == 0 {
			return 1
		}
		return 0
	}
	longest := cmp.Or(cmp.Compare(never(a.waiting), never(b.waiting)), cmp.Compare(a.waiting, b.waiting))
	if a.waiting == 0 && b.waiting == 0 {
		longest = cmp.Compare(a.incoming, b.incoming)
	}
	rank := func(f *fact) int { return cmp.Or(f.priority, 5) }
	keys := map[string]int{
		"last_assigned":     0,
		"longest_waiting":   longest,
		"latest_incoming":   cmp.Compare(b.incoming, a.incoming),
		"earliest_incoming": cmp.Compare(a.incoming, b.incoming),
		"highest_priority":  cmp.Or(cmp.Compare(rank(a), rank(b)), longest),
	}
	return cmp.Or(keys[order], cmp.Compare(a.assigned, b.assigned), strings.Compare(a.id, b.id))
}

// nameOf is the customer on a chat's row.
func (p *page) nameOf(id string) string {
	p.t.Helper()
	v, err := p.js(`return document.getElementById('row-' + arguments[0])?.querySelector('.name').textContent`, id)
	name, ok := v.(string)
	if err != nil || !ok {
		p.t.Fatalf("the row of %s: %v %v", id, v, err)
	}
	return name
}

// bring scrolls until a chat's row is on the screen, and stays there: the list draws what it is scrolled to a moment later.
func (p *page) bring(id string) {
	p.t.Helper()
	here := 0
	eventually(p.t, "the row of "+id, func() bool {
		p.apply()
		v, err := p.js(`
const row = document.getElementById('row-' + arguments[0]), grid = document.querySelector('[role=grid]');
if (row === null)
	return 'elsewhere';
const at = row.getBoundingClientRect(), within = grid.getBoundingClientRect();
if (at.top >= within.top && at.bottom <= within.bottom)
	return 'here';
row.scrollIntoView({block: 'center'});
return 'near';`, id)
		if err == nil && v == "elsewhere" {
			_, _ = p.js(passage)
		}
		if here++; v != "here" {
			here = 0
		}
		return here >= 2
	})
}

// apply presses the chip that says how many rows would move, if there is one.
func (p *page) apply() {
	p.t.Helper()
	_, err := p.js(`[...document.querySelectorAll('button')].find((e) => / moved$/.test(e.innerText.trim()))?.click()`)
	if err != nil {
		p.t.Fatal(err)
	}
}
