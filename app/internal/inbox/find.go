package inbox

import (
	"cmp"
	"slices"
	"strings"

	"parley/app/internal/search"
	"parley/backend/chat"
)

// All returns every chat that the index has, in no order: My Chats and the queue with those on hold.
func (x *Index) All() []*Item {
	var all []*Item
	for _, l := range x.lists() {
		for _, part := range []map[chat.ID]*Item{l.open, l.held} {
			for _, it := range part {
				all = append(all, it)
			}
		}
	}
	return all
}

// How well a chat fits what was looked for: the lower the better.
const (
	begins   = iota // a name or an id of it begins with the whole of it
	named           // all words are in its names and ids
	told            // or in its tags and newest text
	inTexts         // or in its messages
	notFound        // or not at all
)

// Find returns the n of items that fit a query best, and whether there are more: first those of which a name or an id
// begins with it, then where all words are in names and ids, then in what a row says else, then in texts, which are what
// was found in messages. Among equals those whose customer wrote last come first.
func Find(items []*Item, query string, texts map[chat.ID]Found, n int) (rows []Row, more bool) {
	type hit struct {
		*Item
		fit int
	}
	var hits []hit
	words, whole := search.Parse(query), search.Fold(strings.TrimSpace(query))
	if words.Len() == 0 {
		return nil, false
	}
	for _, it := range items {
		if f := fits(it, words, whole, texts[it.Chat.ID].Hits); f < notFound {
			hits = append(hits, hit{it, f})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(a.fit-b.fit, chat.LatestInbound.Compare(&a.Chat, &b.Chat))
	})
	for _, h := range hits[:min(n, len(hits))] {
		row := Row{Item: h.Item}
		if h.fit == inTexts {
			row.Found = texts[h.Chat.ID].Text
		}
		rows = append(rows, row)
	}
	return rows, len(hits) > n
}

func fits(it *Item, words search.Words, whole string, texts search.Hits) int {
	all := fold(it)
	hits := words.InString(all)
	if !words.All(hits) {
		if words.All(hits.Or(texts)) {
			return inTexts
		}
		return notFound
	}
	c := &it.Chat
	names := search.Fold(strings.Join([]string{it.Customer, string(it.CustomerID), string(c.ID), c.Alias}, "\n"))
	switch {
	case strings.HasPrefix(names, whole) || strings.Contains(names, "\n"+whole):
		return begins
	case words.All(words.InString(names)):
		return named
	}
	return told
}
