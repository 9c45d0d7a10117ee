package search

import (
	"bytes"
	"sort"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/transform"
	"golang.org/x/text/unicode/norm"
)

// Fold returns s as it is compared: full Unicode case folding of its compatible composed form (NFKC), so that "ﬁ" is
// "fi", a letter and its accent are one character however they were typed, and "ß" is "ss".
func Fold(s string) string {
	if isASCII(s) {
		return strings.ToLower(s)
	}
	return string(NewFolder().Fold([]byte(s)))
}

// Folder folds many texts without an allocation for each. It is for one goroutine.
type Folder struct {
	caser cases.Caser
	a, b  []byte
	alone [256]*[256]rune // by the two bytes of a rune: what it folds to whatever stands beside it; 0: not known yet, -1: it depends
}

// NewFolder returns a Folder.
func NewFolder() *Folder { return &Folder{caser: cases.Fold()} }

// Fold returns text folded. What it returns is good until the next call.
func (f *Folder) Fold(text []byte) []byte {
	if folded, ok := f.runes(text); ok {
		return folded
	}
	return f.full(text)
}

// runes folds a text of runes that each fold to one, whatever stands beside them. So do most of what people write,
// and it takes a fraction of the time of full.
func (f *Folder) runes(text []byte) ([]byte, bool) {
	f.a = f.a[:0]
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c += 'a' - 'A'
			}
			f.a = append(f.a, c)
			i++
			continue
		}
		r, size := utf8.DecodeRune(text[i:])
		folded := f.rune(r)
		if folded < 0 || r == utf8.RuneError {
			return nil, false
		}
		f.a = utf8.AppendRune(f.a, folded)
		i += size
	}
	return f.a, true
}

// rune returns what a rune folds to by itself, -1 if that may depend on its neighbours or is more than one.
func (f *Folder) rune(r rune) rune {
	if r > 0xffff {
		return -1
	}
	page := f.alone[r>>8]
	if page == nil {
		page = new([256]rune)
		f.alone[r>>8] = page
	}
	if page[r&0xff] == 0 {
		page[r&0xff] = foldAlone(r)
	}
	return page[r&0xff]
}

func foldAlone(r rune) rune {
	folded := (&Folder{caser: cases.Fold()}).full(utf8.AppendRune(nil, r))
	one, size := utf8.DecodeRune(folded)
	if size < len(folded) || !begins(r) || !begins(one) {
		return -1
	}
	return one
}

// begins reports whether a rune never melts with the one before it.
func begins(r rune) bool { return norm.NFKC.PropertiesString(string(r)).BoundaryBefore() }

// full folds any text.
func (f *Folder) full(text []byte) []byte {
	f.a = norm.NFKC.Append(f.a[:0], text...)
	f.foldCase()
	if !norm.NFKC.IsNormal(f.b) {
		f.a = norm.NFKC.Append(f.a[:0], f.b...)
		return f.a
	}
	return f.b
}

// foldCase folds a into b.
func (f *Folder) foldCase() {
	for size := len(f.a) + len(f.a)/2; ; size *= 2 {
		if cap(f.b) < size {
			f.b = make([]byte, size)
		}
		f.caser.Reset()
		n, _, err := f.caser.Transform(f.b[:cap(f.b)], f.a, true)
		if err != transform.ErrShortDst {
			f.b = f.b[:n]
			return
		}
	}
}

func isASCII[T string | []byte](text T) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// foldedByPart returns text folded part by part, and a function that tells where in text a place of it comes from.
// Parts are what stays by itself when it is normalised.
func foldedByPart(text string) (folded string, origin func(int) int) {
	if isASCII(text) {
		return strings.ToLower(text), func(at int) int { return at }
	}
	var all bytes.Buffer
	var of, to []int // a part at of[i] in text begins at to[i] in all
	f := NewFolder()
	for at := 0; at < len(text); {
		n := max(norm.NFKC.NextBoundaryInString(text[at:], true), 1)
		of, to = append(of, at), append(to, all.Len())
		all.Write(f.Fold([]byte(text[at : at+n])))
		at += n
	}
	return all.String(), func(at int) int {
		return of[max(sort.SearchInts(to, at+1)-1, 0)]
	}
}
