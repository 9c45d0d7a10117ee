// Package search says what a query asks for and whether a text has it (rule L4): words that are folded, so that case
// and Unicode's several ways of writing the same do not matter. It is pure. Package inbox asks it of what a list
// shows, package replica of the conversations on the disk.
package search

import (
	"bytes"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// Limits.
const (
	MaxQuery   = 200 // characters of a query that count
	MaxExcerpt = 200 // characters of an Excerpt
	maxWords   = 128 // of a query, as many as Hits has room for
	before     = 60  // characters of an Excerpt that stand before the word, where there is more
)

// Words are what a query asks for: folded, each once, none that is part of another, since where the longer one occurs
// it does too. The zero value asks for nothing. Nobody changes Words.
type Words struct{ words []string }

// Parse returns the words of a query, of which the first MaxQuery characters count.
func Parse(query string) Words {
	fields := strings.Fields(Fold(first(query, MaxQuery)))
	slices.SortFunc(fields, func(a, b string) int { return len(b) - len(a) })
	var w Words
	for _, f := range fields {
		partOf := func(longer string) bool { return strings.Contains(longer, f) }
		if len(w.words) < maxWords && !slices.ContainsFunc(w.words, partOf) {
			w.words = append(w.words, f)
		}
	}
	slices.Sort(w.words)
	return w
}

// Len is how many words there are.
func (w Words) Len() int { return len(w.words) }

// Equal reports whether both ask for the same.
func (w Words) Equal(o Words) bool { return slices.Equal(w.words, o.words) }

// Hits says which of some Words occur.
type Hits [2]uint64

// In returns which of the words occur in a folded text.
func (w Words) In(folded []byte) Hits {
	var h Hits
	for i, word := range w.words {
		if bytes.Contains(folded, []byte(word)) {
			h[i/64] |= 1 << (i % 64)
		}
	}
	return h
}

// InString is In.
func (w Words) InString(folded string) Hits {
	var h Hits
	for i, word := range w.words {
		if strings.Contains(folded, word) {
			h[i/64] |= 1 << (i % 64)
		}
	}
	return h
}

// All reports whether every word occurs.
func (w Words) All(h Hits) bool {
	n := len(w.words)
	return h[0] == ones(min(n, 64)) && h[1] == ones(max(n-64, 0))
}

func ones(n int) uint64 { return 1<<n - 1 }

// Or returns what occurs in either.
func (h Hits) Or(o Hits) Hits { return Hits{h[0] | o[0], h[1] | o[1]} }

// Count is how many words occur.
func (h Hits) Count() int { return bits.OnesCount64(h[0]) + bits.OnesCount64(h[1]) }

// None reports whether nothing occurs.
func (h Hits) None() bool { return h == Hits{} }

// Excerpt returns text in one line, cut to MaxExcerpt characters around the first of the words that occurs in it, or
// to its beginning if none does. What is left out shows as "…".
func (w Words) Excerpt(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= MaxExcerpt {
		return text
	}
	from := backward(text, w.place(text), before)
	if from > 0 {
		text = "…" + text[from:]
	}
	if utf8.RuneCountInString(text) > MaxExcerpt {
		text = first(text, MaxExcerpt-1) + "…"
	}
	return text
}

// place is where in text the first of the words begins; 0 if none occurs.
func (w Words) place(text string) int {
	folded, origin := foldedByPart(text)
	at := -1
	for _, word := range w.words {
		if i := strings.Index(folded, word); i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	if at < 0 {
		return 0
	}
	return origin(at)
}

// backward is the place n characters before at, or the beginning of the first word behind it; 0 where there is less.
func backward(text string, at, n int) int {
	from := at
	for range n {
		if from == 0 {
			return 0
		}
		_, size := utf8.DecodeLastRuneInString(text[:from])
		from -= size
	}
	if space := strings.IndexByte(text[from:at], ' '); space >= 0 {
		from += space + 1
	}
	return from
}

// first returns the first n characters of s.
func first(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}
