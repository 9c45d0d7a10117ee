package replica

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"parley/app/internal/inbox"
	"parley/app/internal/search"
	"parley/backend/chat"
	"parley/backend/wire"
)

// said are texts that are hard to find something in: what JSON escapes, what is written in several ways, what looks like
// a member of a record.
var said = []string{"", "hello", "Where is my ORDER?", `he said "hello"`, `back\slash`, "two\nlines\ttab", `"text":"order"`, `\"text\":\"order`,
	"Café", "CAFE\u0301", "größe", "GRÖSSE", "ﬁne", "заказ", "\u2028order", "\x01\x7f", "<order>&", strings.Repeat("long ", 900) + "order"}

var asked = []string{"hello", "ORDER", "order hello", "café", "grösse", "fine", "Заказ", `"hello"`, `\slash`, "lines", "tab two", "text", "pdf",
	"<order>&", "customer ana", "nothing has this order"}

func randomMessage(r *rand.Rand, id chat.ID, n int64) chat.Message {
	m := chat.Message{ID: "m", Chat: id, Number: n, Kind: chat.Inbound, AuthorName: said[r.IntN(5)], Text: said[r.IntN(len(said))]}
	switch r.IntN(8) {
	case 0:
		m.Attachments = []chat.Attachment{{ID: "a", Name: "Order.PDF", MIME: "text"}, {Name: said[r.IntN(len(said))]}}
	case 1:
		m.Kind, m.Text, m.Line = chat.System, "", &chat.Line{Code: "picked", Args: []string{"Ana hello order"}}
	case 2:
		m.Failure = &chat.Failure{Detail: "order hello"}
	}
	return m
}

// TestFinder: it finds what decoding every message finds.
func TestFinder(t *testing.T) {
	for seed := range uint64(300) {
		r := rand.New(rand.NewPCG(seed, 7))
		w := search.Parse(asked[seed%uint64(len(asked))])
		f := NewFinder(w)
		want := map[chat.ID]search.Hits{}
		var got []inbox.Found
		for c := range 20 {
			id := chat.ID(fmt.Sprint("CSR", c))
			for n := range int64(r.IntN(5)) {
				m := randomMessage(r, id, n+1)
				f.Look([]byte(messageKey(id, n+1)), encode(wire.FromMessage(m)))
				text := m.Text
				for _, a := range m.Attachments {
					text += "\n" + a.Name
				}
				if h := w.InString(search.Fold(text)); !h.None() {
					want[id] = want[id].Or(h)
				}
			}
			if r.IntN(3) == 0 {
				got = append(got, f.Found(false)...)
			}
		}
		got = append(got, f.Found(true)...)
		compareFound(t, w, got, want)
	}
}

func compareFound(t *testing.T, w search.Words, got []inbox.Found, want map[chat.ID]search.Hits) {
	t.Helper()
	hits := map[chat.ID]search.Hits{}
	for _, f := range got {
		if _, twice := hits[f.Chat]; twice {
			t.Errorf("%s is told twice", f.Chat)
		}
		hits[f.Chat] = f.Hits
		if n := utf8.RuneCountInString(f.Text); n > search.MaxExcerpt || w.InString(search.Fold(f.Text)).None() {
			t.Errorf("an excerpt of %d characters for %v: %q", n, w, f.Text)
		}
	}
	if diff := cmp.Diff(want, hits); diff != "" {
		t.Error(diff)
	}
}

// TestFinderShowsTheNewestOfTheBest: the excerpt is of the newest message with the most of the words.
func TestFinderShowsTheNewestOfTheBest(t *testing.T) {
	f := NewFinder(search.Parse("order late"))
	for i, text := range []string{"my order", "my order is late", "this order is late", "late?", "thanks"} {
		f.Look([]byte(messageKey("A", int64(i+1))), encode(wire.FromMessage(chat.Message{Chat: "A", Text: text})))
	}
	got := f.Found(true)
	if len(got) != 1 || got[0].Text != "this order is late" || got[0].Hits.Count() != 2 {
		t.Errorf("%+v", got)
	}
}

// FuzzFinder: whatever lies in the cache, nothing breaks, and every text that a message can have is found.
func FuzzFinder(f *testing.F) {
	for _, s := range said {
		f.Add(s, []byte(s))
	}
	f.Add("x", []byte(`{"text":"\`))
	f.Add("x", []byte(`{"text":"\u12","attachments":[`))
	f.Fuzz(func(t *testing.T, text string, value []byte) {
		text = strings.ToValidUTF8(text, "\uFFFD")
		w := search.Parse(text)
		finder := NewFinder(w)
		finder.Look([]byte("A\x001"), value)
		finder.Look([]byte("B\x001"), encode(wire.FromMessage(chat.Message{Chat: "B", Text: text})))
		for _, found := range finder.Found(true) {
			if found.Chat == "B" && !w.All(found.Hits) {
				t.Errorf("%q is not found in itself", text)
			}
		}
	})
}

// BenchmarkFinder looks at 10,000 messages at once.
func BenchmarkFinder(b *testing.B) {
	for name, text := range map[string]string{"ASCII": "Hello, where is my parcel? It was to come on Monday, and nobody answers the phone.",
		"Cyrillic": "Здравствуйте, где моя посылка? Она должна была прийти в понедельник, и никто не отвечает."} {
		b.Run(name, func(b *testing.B) {
			value := encode(wire.FromMessage(chat.Message{ID: "01980000-0000-7000-8000-000000000000", Chat: "CSR0000000000000", Kind: chat.Inbound, AuthorName: "Ana Lima", Text: text, At: 1e12}))
			keys := make([][]byte, 10_000)
			for i := range keys {
				keys[i] = []byte(messageKey(chat.ID(fmt.Sprintf("CSR%013d", i/30)), int64(i%30)))
			}
			w := search.Parse("nothing here")
			for b.Loop() {
				f := NewFinder(w)
				for _, k := range keys {
					f.Look(k, value)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/message")
		})
	}
}
