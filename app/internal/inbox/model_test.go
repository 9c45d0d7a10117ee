package inbox

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"parley/app/internal/search"
	"parley/backend/chat"
)

// model is the index as RULES.md has it: everything is sorted and filtered afresh, and nothing is kept but what was
// said.
type model struct {
	now   int64
	all   []*Item // by the number in the id; nil: it is not here
	known []*Item // also those that are gone
	lists map[chat.ListName]*modelList
}

type modelList struct {
	name     chat.ListName
	orders   []chat.Order
	order    chat.Order
	filter   Filter
	texts    map[chat.ID]string // what was found, while the query is the same
	busy     bool
	until    int64
	base     []chat.ID // while the hand is in it
	holds    bool
	selected map[chat.ID]bool
	folded   map[string]string
	fresh    []*Item // sorted and filtered afresh after the last step
}

func newModel(n int) *model {
	list := func(name chat.ListName, orders []chat.Order) *modelList {
		return &modelList{name: name, orders: orders, order: orders[0], texts: map[chat.ID]string{}, selected: map[chat.ID]bool{},
			folded: map[string]string{}}
	}
	return &model{now: 1_000_000, all: make([]*Item, n), known: make([]*Item, n), lists: map[chat.ListName]*modelList{
		chat.MyList: list(chat.MyList, chat.MyOrders), chat.QueueList: list(chat.QueueList, chat.QueueOrders)}}
}

// could reports whether a chat is in a list whose filter has OnHold.
func (l *modelList) could(it *Item) bool {
	c := &it.Chat
	if l.name == chat.QueueList {
		return c.Status == chat.Queued || c.Status == chat.OnHold && c.Assignee == ""
	}
	return (c.Status == chat.Picked || c.Status == chat.OnHold) && c.Assignee == me
}

func (l *modelList) is(it *Item) bool {
	return l.could(it) && (it.Chat.Status != chat.OnHold || l.filter.OnHold)
}

func (l *modelList) shows(it *Item) bool {
	c, f := &it.Chat, &l.filter
	in := l.is(it) && (len(f.Channels) == 0 || slices.Contains(f.Channels, c.Channel)) &&
		(len(f.Teams) == 0 || slices.Contains(f.Teams, c.Team)) &&
		(len(f.Dots) == 0 || slices.Contains(f.Dots, chat.DotFor(c, me)))
	if !in || f.Query == "" {
		return in
	}
	for _, word := range strings.Fields(l.plain(f.Query)) {
		has := func(s string) bool { return strings.Contains(l.plain(s), word) }
		if !has(it.Customer) && !has(string(it.CustomerID)) && !has(string(c.ID)) && !has(c.Alias) && !has(c.LastText) &&
			!slices.ContainsFunc(c.Tags, has) && !has(l.texts[c.ID]) {
			return false
		}
	}
	return true
}

// plain is folding as far as the test's texts need it, of which there are few.
func (l *modelList) plain(s string) string {
	p, ok := l.folded[s]
	if !ok {
		p = strings.ReplaceAll(strings.ToLower(norm.NFC.String(s)), "ß", "ss")
		l.folded[s] = p
	}
	return p
}

// settle sorts and filters afresh, and drops what follows from that.
func (m *model) settle() {
	for _, l := range m.lists {
		l.fresh = l.fresh[:0]
		for _, it := range m.all {
			if it != nil && l.shows(it) {
				l.fresh = append(l.fresh, it)
			}
		}
		slices.SortFunc(l.fresh, func(a, b *Item) int { return l.order.Compare(&a.Chat, &b.Chat) })
		maps.DeleteFunc(l.texts, func(id chat.ID, _ string) bool { return m.all[number(id)] == nil || !l.could(m.all[number(id)]) })
		if len(l.selected) > 0 {
			in := l.freshSet()
			maps.DeleteFunc(l.selected, func(id chat.ID, _ bool) bool { return !in[id] })
		}
	}
}

func (l *modelList) freshSet() map[chat.ID]bool {
	in := make(map[chat.ID]bool, len(l.fresh))
	for _, it := range l.fresh {
		in[it.Chat.ID] = true
	}
	return in
}

func (l *modelList) hold() {
	if !l.holds {
		l.holds, l.base = true, ids(l.fresh)
	}
}

func (l *modelList) idle() bool { return l.holds && !l.busy && len(l.selected) == 0 }

// rows are the ids as shown, and which of them have gone.
func (l *modelList) rows() (rows []chat.ID, in map[chat.ID]bool) {
	if !l.holds {
		return ids(l.fresh), nil
	}
	return l.base, l.freshSet()
}

// selectable are the rows that have not gone.
func (l *modelList) selectable() []chat.ID {
	rows, in := l.rows()
	if in == nil {
		return rows
	}
	return slices.DeleteFunc(slices.Clone(rows), func(id chat.ID) bool { return !in[id] })
}

// moved counts what would come, go and change places: all but the longest sequence that both orders have.
func (l *modelList) moved() int {
	if !l.holds {
		return 0
	}
	place := map[chat.ID]int{}
	for i, id := range l.base {
		place[id] = i
	}
	var tails []int
	arrived := 0
	for _, it := range l.fresh {
		at, was := place[it.Chat.ID]
		if !was {
			arrived++
			continue
		}
		if i, _ := slices.BinarySearch(tails, at); i == len(tails) {
			tails = append(tails, at)
		} else {
			tails[i] = at
		}
	}
	return arrived + len(l.base) - len(tails)
}

// compare compares a list of the index with the model's.
func (m *model) compare(t *testing.T, x *Index, name chat.ListName, at string) {
	t.Helper()
	l, v := m.lists[name], x.View(name)
	rows, in := l.rows()
	if got := v.Rows(0, 1<<60); len(got) != len(rows) || v.Total != len(rows) {
		t.Fatalf("%s: %s has %d rows, total %d, want %d (%d afresh)", at, name, len(got), v.Total, len(rows), len(l.fresh))
	} else {
		for i, id := range rows {
			gone := in != nil && !in[id]
			if r := got[i]; !m.is(id, r.Item) || r.Gone != gone || r.Selected != l.selected[id] || gone && r.GoneTo != "gone "+string(id) {
				t.Fatalf("%s: %s row %d is %s %+v gone=%v to %q selected=%v, want %+v gone=%v selected=%v", at, name, i, r.Chat.ID, r.Item,
					r.Gone, r.GoneTo, r.Selected, m.known[number(id)], gone, l.selected[id])
			}
		}
	}
	open, all := 0, 0
	for _, it := range m.all {
		if it != nil && l.is(it) {
			all++
		}
		if it != nil && l.could(it) && it.Chat.Status != chat.OnHold {
			open++
		}
	}
	got := []int{v.All, v.Moved, v.Selected, v.Selectable, x.Open(name)}
	want := []int{all, l.moved(), len(l.selected), min(chat.MaxBatch, len(l.selectable())), open}
	if !slices.Equal(got, want) {
		t.Fatalf("%s: %s: all, moved, selected, selectable, open are %v, want %v", at, name, got, want)
	}
	selected := slices.DeleteFunc(slices.Clone(rows), func(id chat.ID) bool { return !l.selected[id] })
	if got := x.Selected(name); !slices.Equal(got, selected) {
		t.Fatalf("%s: %s: selected %v, want %v", at, name, got, selected)
	}
}

// is reports whether it is the newest of a chat, or of one that is not here any more the last, with nothing queued.
func (m *model) is(id chat.ID, it *Item) bool {
	if m.all[number(id)] != nil {
		return it == m.known[number(id)]
	}
	last := *m.known[number(id)]
	last.Queued = ""
	return cmp.Equal(&last, it)
}

// counts compares the counts and the pending chats.
func (m *model) counts(t *testing.T, x *Index, at string) {
	t.Helper()
	chats := func(yield func(*chat.Chat) bool) {
		for _, it := range m.all {
			if it != nil && !yield(&it.Chat) {
				return
			}
		}
	}
	if want := chat.Count(chats, me); x.Counts() != want || len(Pending(x.My(), me, 1<<30)) != want.Pending {
		t.Fatalf("%s: counts %+v, %d pending chats, want %+v", at, x.Counts(), len(Pending(x.My(), me, 1<<30)), want)
	}
}

// player plays by chance on both.
type player struct {
	t    *testing.T
	r    *rand.Rand
	m    *model
	x    *Index
	n    int // chats
	hand bool
}

func newPlayer(t *testing.T, seed uint64, n int, hand bool) *player {
	p := &player{t, rand.New(rand.NewPCG(seed, 1)), newModel(n), New(me), n, hand}
	p.x.NameHolders(func(id chat.ID) string { return "gone " + string(id) })
	items := make([]*Item, n)
	for i := range items {
		items[i] = p.item(chat.ID(fmt.Sprintf("CSR%05d", i)))
	}
	p.update(items, nil)
	p.m.settle()
	return p
}

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }

func number(id chat.ID) int {
	n, _ := strconv.Atoi(string(id[3:]))
	return n
}

func (p *player) id() chat.ID { return chat.ID(fmt.Sprintf("CSR%05d", p.r.IntN(p.n))) }

func (p *player) item(id chat.ID) *Item {
	r := p.r
	c := randomChat(r, id)
	c.AssignedAt, c.WaitingSince, c.LastInboundAt = c.AssignedAt+p.some(), pick(r, 0, p.some()), pick(r, 0, p.some(), p.some())
	c.Priority = chat.Priority(r.IntN(5))
	c.Channel, c.Team = pick(r, chat.WhatsApp, chat.SMS, chat.Email), pick[chat.TeamID](r, "t1", "t2")
	c.Tags = pick(r, nil, []string{"VIP"}, []string{"vip", "Größe"})
	c.LastText = pick(r, "", "where is my Café order", "hello", "CAFE\u0301 again")
	return &Item{Chat: c, Customer: pick(r, "Ana Lima", "Bo", "JOSÉ Ñandú", "Straße 7"), CustomerID: pick[chat.CustomerID](r, "C-1", "c-2", "X")}
}

func (p *player) some() chat.Millis { return chat.Millis(p.r.IntN(40)) }

func (p *player) update(items []*Item, gone []chat.ID) {
	p.x.Update(items, gone)
	for _, it := range items {
		if p.m.all[number(it.Chat.ID)] = it; !slices.Contains(gone, it.Chat.ID) {
			p.m.known[number(it.Chat.ID)] = it
		}
	}
	for _, id := range gone {
		p.m.all[number(id)] = nil
	}
}

// step does something.
func (p *player) step() {
	name := pick(p.r, chat.MyList, chat.QueueList)
	l := p.m.lists[name]
	p.m.now += int64(p.r.IntN(400))
	switch n := p.r.IntN(100); {
	case n < 74 || n < 90 && !p.hand:
		p.change()
	case n < 90:
		p.touch(name, l)
	case n < 92:
		l.order = pick(p.r, l.orders...)
		p.x.SetOrder(name, l.order)
		p.x.SetOrder(name, "no such order")
	case n < 95:
		p.filter(name, l)
	default:
		p.find(name, l)
	}
	p.m.settle()
	p.x.Tick(p.m.now)
	for _, l := range p.m.lists {
		if l.idle() && p.m.now >= l.until {
			l.holds = false
		}
	}
}

// change is mostly of one chat, now and then of many, with repeats and chats that are put and gone at once.
func (p *player) change() {
	var items []*Item
	var gone []chat.ID
	for range pick(p.r, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1+p.r.IntN(40)) {
		switch id := p.id(); p.r.IntN(8) {
		case 0:
			gone = append(gone, id)
		case 1, 2:
			if old := p.m.all[number(id)]; old != nil { // only its contents change
				it := *old
				it.Chat.LastText, it.Draft, it.Queued = pick(p.r, "hello", "bye"), true, pick(p.r, "", chat.CmdTransfer)
				items = append(items, &it)
			}
		default:
			items = append(items, p.item(id))
		}
	}
	p.update(items, gone)
}

func (p *player) filter(name chat.ListName, l *modelList) {
	r := p.r
	f := Filter{OnHold: r.IntN(2) == 0}
	if r.IntN(3) == 0 {
		f.Channels = []chat.Channel{chat.WhatsApp, pick(r, chat.SMS, chat.Twitter)}
	}
	if r.IntN(3) == 0 {
		f.Dots = []chat.Dot{pick(r, chat.NoDot, chat.NewDot, chat.PendingDot)}
	}
	if r.IntN(4) == 0 {
		f.Teams = []chat.TeamID{"t2"}
	}
	if r.IntN(2) == 0 {
		f.Query = pick(r, "ana", "LIMA bo", "josé", "JOSE\u0301  an", "strasse", "c-1 vip", "7", "café", "grösse", "nothing has this", "order csr", " ")
	}
	if !search.Parse(f.Query).Equal(search.Parse(l.filter.Query)) {
		clear(l.texts)
	}
	same := cmp.Equal(f, l.filter)
	l.filter = f
	p.x.SetFilter(name, f)
	p.m.settle()
	switch {
	case same || !l.holds:
	case l.idle():
		l.holds = false
	default:
		l.base = ids(l.fresh)
	}
}

// find has something found in texts, and something found too late.
func (p *player) find(name chat.ListName, l *modelList) {
	s, ok := p.x.Search(name)
	if ok != (strings.TrimSpace(l.filter.Query) != "") || p.x.View(name).Searching && !ok {
		p.t.Fatalf("a search: %v for %q", ok, l.filter.Query)
	}
	var found []Found
	for range 1 + p.r.IntN(5) {
		text := pick(p.r, "Ana wrote of the order", "7 cafe\u0301s", "nothing has this", "Größe")
		f := Found{p.id(), s.Words.InString(search.Fold(text)), text}
		found = append(found, f)
		if ok && p.m.all[number(f.Chat)] != nil {
			l.texts[f.Chat] = text
		}
	}
	p.x.Found(name, s.Number-1, []Found{{p.id(), search.Hits{^uint64(0)}, "late"}})
	p.x.Found(name, s.Number, found)
	if p.r.IntN(2) == 0 {
		p.x.Searched(name, s.Number)
		if p.x.View(name).Searching {
			p.t.Fatal("it is searched still")
		}
	}
}

// touch is something that a hand does.
func (p *player) touch(name chat.ListName, l *modelList) {
	switch n := p.r.IntN(12); {
	case n < 5:
		l.busy, l.until = n == 0, p.m.now+HandMillis
		p.x.Hand(name, p.m.now, l.busy)
		l.hold()
	case n == 5:
		p.x.Apply(name)
		if l.holds {
			l.base = ids(l.fresh)
		}
	case n < 8:
		p.x.SelectNone(name)
		clear(l.selected)
	default:
		p.tick(n, name, l)
	}
}

// tick ticks boxes.
func (p *player) tick(n int, name chat.ListName, l *modelList) {
	rows, _ := l.rows()
	could := l.selectable()
	a, b := p.id(), p.id()
	if len(rows) > 0 && p.r.IntN(4) > 0 {
		a, b = pick(p.r, rows...), pick(p.r, rows...)
	}
	var add []chat.ID
	switch {
	case n == 8:
		p.x.Select(name, a, false)
		delete(l.selected, a)
		return
	case n == 9:
		add = []chat.ID{a}
		p.x.Select(name, a, true)
	case n == 10 || p.r.IntN(4) > 0:
		add = between(rows, a, b)
		p.x.SelectRange(name, a, b)
	default:
		clear(l.selected)
		add = could
		p.x.SelectAll(name)
	}
	can := map[chat.ID]bool{}
	for _, id := range could {
		can[id] = true
	}
	for _, id := range add {
		if can[id] && len(l.selected) < chat.MaxBatch {
			l.selected[id] = true
		}
	}
	if len(l.selected) > 0 {
		l.hold()
	}
}

func between(rows []chat.ID, a, b chat.ID) []chat.ID {
	i, j := slices.Index(rows, a), slices.Index(rows, b)
	switch {
	case j < 0:
		return nil
	case i < 0:
		i = j
	}
	return rows[min(i, j) : max(i, j)+1]
}

func ids(items []*Item) []chat.ID {
	l := make([]chat.ID, len(items))
	for i, it := range items {
		l[i] = it.Chat.ID
	}
	return l
}
