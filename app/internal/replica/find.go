package replica

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"parley/app/internal/inbox"
	"parley/app/internal/search"
	"parley/backend/chat"
)

// Finder finds out in which chats' messages some words occur. It is given the records of BucketMessages as they lie
// there, in order of key, and looks at their bytes: hardly any of them is decoded. What people wrote counts, and the
// names of files; a line of the history has no text.
type Finder struct {
	words search.Words
	fold  *search.Folder
	done  []inbox.Found

	chat []byte // whose messages come now
	hits search.Hits
	most int    // the most words that one of its messages has
	text []byte // of the newest of those
	buf  []byte
}

// NewFinder returns a Finder of words.
func NewFinder(words search.Words) *Finder { return &Finder{words: words, fold: search.NewFolder()} }

// PrefixOf is what the keys of a chat's messages begin with in BucketMessages.
func PrefixOf(id chat.ID) string { return messagePrefix(id) }

// Look looks at a record. It keeps neither key nor value.
func (f *Finder) Look(key, value []byte) {
	id, _, _ := bytes.Cut(key, []byte{0})
	if !bytes.Equal(id, f.chat) {
		f.next(id)
	}
	text := f.textOf(value)
	hits := f.words.In(f.fold.Fold(text))
	if n := hits.Count(); n > 0 && n >= f.most {
		f.most, f.text = n, append(f.text[:0], text...)
	}
	f.hits = f.hits.Or(hits)
}

// Found returns in which of the chats that have been looked at to their end words occur, and which; each once. With
// last that is all of them.
func (f *Finder) Found(last bool) []inbox.Found {
	if last {
		f.next(nil)
	}
	done := f.done
	f.done = nil
	return done
}

// next begins with the messages of another chat.
func (f *Finder) next(id []byte) {
	if !f.hits.None() {
		f.done = append(f.done, inbox.Found{Chat: chat.ID(f.chat), Hits: f.hits, Text: f.words.Excerpt(string(f.text))})
	}
	f.chat = append(f.chat[:0], id...)
	f.hits, f.most = search.Hits{}, 0
}

// Members of a message as this package encodes it. A quotation mark within a value has a backslash before it, so they
// are found nowhere else.
var (
	textMember  = []byte(`"text":"`)
	filesMember = []byte(`"attachments":[`)
)

// textOf returns what is searched in a message, good until the next call.
func (f *Finder) textOf(value []byte) []byte {
	if bytes.Contains(value, filesMember) {
		return f.decoded(value)
	}
	_, rest, there := bytes.Cut(value, textMember)
	if !there {
		return nil
	}
	end := bytes.IndexByte(rest, '"')
	switch {
	case end < 0:
		return nil
	case bytes.IndexByte(rest[:end], '\\') < 0:
		return rest[:end]
	}
	return f.unquoted(value[len(value)-len(rest)-1:])
}

// unquoted returns the text of the JSON string that src begins with.
func (f *Finder) unquoted(src []byte) []byte {
	end := 1
	for ; end < len(src) && src[end] != '"'; end++ {
		if src[end] == '\\' {
			end++
		}
	}
	if end >= len(src) {
		return nil
	}
	var err error
	if f.buf, err = jsontext.AppendUnquote(f.buf[:0], src[:end+1]); err != nil {
		return nil
	}
	return f.buf
}

// decoded returns a message's text with the names of its files.
func (f *Finder) decoded(value []byte) []byte {
	m, err := decodeMessage(value)
	if err != nil {
		return nil
	}
	f.buf = append(f.buf[:0], m.Text...)
	for i := range m.Attachments {
		f.buf = append(append(f.buf, '\n'), m.Attachments[i].Name...)
	}
	return f.buf
}
