package inbox

import (
	"fmt"
	"strings"
	"testing"

	"parley/app/internal/search"
	"parley/backend/chat"
)

// TestFind: whatever list a chat is in, the best first.
func TestFind(t *testing.T) {
	x := New("me")
	item := func(id, customer, alias, text string, s chat.Status, at chat.Millis) *Item {
		it := &Item{Customer: customer, CustomerID: chat.CustomerID("C-" + id),
			Chat: chat.Chat{ID: chat.ID(id), Alias: alias, LastText: text, Status: s, LastInboundAt: at}}
		if s != chat.Queued {
			it.Chat.Assignee = "me"
		}
		return it
	}
	x.Update([]*Item{
		item("SUP1", "Ada Lovelace", "", "hello", chat.Picked, 1),
		item("SUP2", "Grace Hopper", "the ada case", "", chat.Queued, 2),
		item("SUP3", "Alan Turing", "", "is Ada there?", chat.OnHold, 3),
		item("SUP4", "Adam Smith", "", "", chat.Picked, 4),
		item("SUP5", "Kurt Gödel", "", "no", chat.Picked, 5),
	}, nil)
	for _, c := range []struct{ query, want string }{
		{"ada", "SUP4 SUP1 SUP2 SUP3"},
		{"ADA l", "SUP1 SUP3"},
		{"sup", "SUP5 SUP4 SUP3 SUP2 SUP1"},
		{"c-sup5", "SUP5"},
		{"godel", ""},
		{"gödel", "SUP5"},
		{"", ""},
		{" ", ""},
		{"nobody", ""},
	} {
		if got := hits(Find(x.All(), c.query, nil, 10)); got != c.want {
			t.Errorf("%q finds %q, want %q", c.query, got, c.want)
		}
	}
	words := search.Parse("order ada")
	texts := map[chat.ID]Found{"SUP1": {Chat: "SUP1", Hits: words.InString("my order is late"), Text: "my order is late"}}
	rows, more := Find(x.All(), "order ada", texts, 10)
	if hits(rows, more) != "SUP1" || rows[0].Found != "my order is late" {
		t.Errorf("in texts: %s", hits(rows, more))
	}
	if got := hits(Find(x.All(), "sup", nil, 2)); got != "SUP5 SUP4 and more" {
		t.Errorf("two of five: %s", got)
	}
}

func hits(rows []Row, more bool) string {
	var l []string
	for _, r := range rows {
		l = append(l, string(r.Chat.ID))
	}
	if more {
		l = append(l, "and more")
	}
	return strings.Join(l, " ")
}

func BenchmarkFind(b *testing.B) {
	x := New("me")
	var items []*Item
	for i := range 10_000 {
		items = append(items, &Item{Customer: fmt.Sprint("Customer ", i),
			Chat: chat.Chat{ID: chat.ID(fmt.Sprintf("SUP%013d", i)), Status: chat.Picked, Assignee: "me", LastText: "where is my order?"}})
	}
	x.Update(items, nil)
	for b.Loop() {
		Find(x.All(), "customer 77", nil, 50)
	}
}
