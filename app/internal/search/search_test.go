package search

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestFold(t *testing.T) {
	for _, same := range [][]string{
		{"order", "ORDER", "Order", "ｏｒｄｅｒ"}, {"straße", "STRASSE", "Strasse", "STRAẞE"}, {"café", "CAFÉ", "cafe\u0301", "CAFE\u0301"},
		{"ﬁne", "fine", "FINE"}, {"ΟΔΟΣ", "οδος", "οδοσ"}, {"K", "k", "\u212a"}, {"заказ", "ЗАКАЗ"}, {"ÅNGSTRÖM", "\u212bngstro\u0308m"},
	} {
		for _, s := range same {
			if got := Fold(s); got != Fold(same[0]) {
				t.Errorf("%q is %q, and %q is %q", s, got, same[0], Fold(same[0]))
			}
		}
	}
	if Fold("cafe") == Fold("café") {
		t.Error("an accent is lost")
	}
}

func TestParse(t *testing.T) {
	for query, want := range map[string][]string{
		"": nil, "  \t\n": nil, "Order": {"order"}, "late  order LATE": {"late", "order"}, "or order orde": {"order"},
		"a\u00a0b": {"a", "b"}, "STRASSE straße": {"strasse"}, strings.Repeat("ä", 300): {strings.Repeat("ä", MaxQuery)},
	} {
		if diff := cmp.Diff(want, Parse(query).words); diff != "" {
			t.Errorf("%q: %s", query, diff)
		}
	}
}

// TestHits: with as many words as there can be, each is told apart.
func TestHits(t *testing.T) {
	var query strings.Builder
	for i := range MaxQuery / 2 {
		query.WriteRune(rune('а' + i*3))
		query.WriteByte(' ')
	}
	w := Parse(query.String())
	if w.Len() < 65 || w.Len() > maxWords {
		t.Fatalf("%d words", w.Len())
	}
	var some Hits
	for i, word := range w.words {
		h := w.InString("x" + word)
		if h != w.In([]byte(word)) || h.Count() != 1 || w.All(h) || h.Or(some) == some {
			t.Errorf("word %d: %v", i, h)
		}
		some = some.Or(h)
	}
	if !w.All(some) || some.Count() != w.Len() || !(Hits{}).None() || some.None() {
		t.Errorf("%v", some)
	}
	if none := Parse(""); !none.All(none.InString("anything")) {
		t.Error("nothing is asked for, and not found")
	}
}

func TestExcerpt(t *testing.T) {
	long := strings.Repeat("früher kam alles an. ", 30)
	for _, c := range []struct{ query, text, want string }{
		{"order", "My order\n\nis  late", "My order is late"},
		{"order", "", ""},
		{"nothing", long, first(long, MaxExcerpt-1) + "…"},
		{"PAKET", long + "Wo ist mein Paket?", "…an. früher kam alles an. früher kam alles an. Wo ist mein Paket?"},
		{"früher", long, first(long, MaxExcerpt-1) + "…"},
	} {
		if diff := cmp.Diff(c.want, Parse(c.query).Excerpt(c.text)); diff != "" {
			t.Errorf("%q: %s", c.query, diff)
		}
	}
}

// FuzzSearch: every text has its own words, whatever the case; an excerpt is short, whole characters, and has a word
// that the text has.
func FuzzSearch(f *testing.F) {
	for _, s := range []string{"order late", "Straße ﬃ", "cafe\u0301 \u0301x", "a´b¨c", "\xff\xfe", "ΟΔΟΣ İstanbul ŉ ǰ ΐ", strings.Repeat("ж ", 200) + "конец", "ﷺ \u0345"} {
		f.Add(s, uint(3), uint(9))
	}
	f.Fuzz(func(t *testing.T, text string, from, to uint) {
		folded := Fold(text)
		if string(NewFolder().Fold([]byte(text))) != folded {
			t.Errorf("%q folds in two ways", text)
		}
		if utf8.ValidString(text) && Fold(folded) != folded {
			t.Errorf("%q folds to %q, and that to %q", text, folded, Fold(folded))
		}
		if full := string(NewFolder().full([]byte(text))); full != folded {
			t.Errorf("%q folds to %q, by its runes to %q", text, full, folded)
		}
		words := strings.Fields(text)
		slices.Reverse(words)
		w := Parse(strings.Join(words, " "))
		if !w.All(w.InString(folded)) {
			t.Errorf("%q has not its own words %q", folded, w.words)
		}
		part := text[min(from, uint(len(text))):]
		part = part[:min(to, uint(len(part)))]
		excerpt := Parse(part).Excerpt(text)
		if n := utf8.RuneCountInString(excerpt); n > MaxExcerpt || utf8.ValidString(text) && !utf8.ValidString(excerpt) {
			t.Errorf("an excerpt of %d characters: %q", n, excerpt)
		}
	})
}
