package inbox

import (
	"maps"
	"slices"
	"strings"

	"parley/app/internal/search"
	"parley/backend/chat"
)

// Filter says which chats of a list are shown: those of which every part holds. An empty part holds of all.
type Filter struct {
	Channels []chat.Channel
	Dots     []chat.Dot // chat.NoDot: those with neither
	Teams    []chat.TeamID
	OnHold   bool   // those on hold too (rule L1)
	Query    string // what is searched for (rule L4); its first search.MaxQuery characters count
}

// Found is what the texts of a chat's messages have of a query.
type Found struct {
	Chat chat.ID
	Hits search.Hits // of the words of the Search
	Text string      // an excerpt of the newest of those messages that have the most of them
}

// Search is what is to be looked for in the texts of conversations for a list's filter.
type Search struct {
	Number int64 // names it: what is found for an earlier one does not count
	Words  search.Words
}

// matcher is a Filter made ready.
type matcher struct {
	Filter
	me     chat.AgentID
	words  search.Words
	folded map[chat.ID]folded // of what could be shown, while there are words
	texts  map[chat.ID]Found
	lent   bool  // a view has texts, which must not be changed then
	number int64 // of the Search
	ended  bool  // it has
}

// folded is what an item is searched in.
type folded struct {
	of   *Item
	text string
}

// equal reports whether both let the same through.
func (f *Filter) equal(o *Filter) bool {
	return slices.Equal(f.Channels, o.Channels) && slices.Equal(f.Dots, o.Dots) && slices.Equal(f.Teams, o.Teams) &&
		f.OnHold == o.OnHold && f.Query == o.Query
}

// set takes another filter. What was found in texts is kept while the words are the same.
func (m *matcher) set(f Filter) {
	m.Filter = Filter{slices.Clone(f.Channels), slices.Clone(f.Dots), slices.Clone(f.Teams), f.OnHold, f.Query}
	words := search.Parse(f.Query)
	if words.Equal(m.words) {
		return
	}
	m.words, m.texts, m.ended = words, nil, false
	m.number++
	switch {
	case words.Len() == 0:
		m.folded = nil
	case m.folded == nil:
		m.folded = map[chat.ID]folded{}
	}
}

// narrows reports whether there is anything that would not be shown.
func (m *matcher) narrows() bool {
	return len(m.Channels)+len(m.Dots)+len(m.Teams)+m.words.Len() > 0
}

// shows reports whether every part of the filter holds of it.
func (m *matcher) shows(it *Item) bool {
	c := &it.Chat
	return among(m.Channels, c.Channel) && among(m.Teams, c.Team) &&
		(len(m.Dots) == 0 || slices.Contains(m.Dots, chat.DotFor(c, m.me))) && m.has(it)
}

func among[T comparable](some []T, v T) bool { return len(some) == 0 || slices.Contains(some, v) }

// has reports whether every word occurs in what the list shows of the chat or in its messages.
func (m *matcher) has(it *Item) bool {
	if m.words.Len() == 0 {
		return true
	}
	return m.words.All(m.words.InString(m.foldedOf(it)).Or(m.texts[it.Chat.ID].Hits))
}

// foldedOf returns what an item is searched in. It is kept as long as something is searched for, since people type
// one letter after the other.
func (m *matcher) foldedOf(it *Item) string {
	f := m.folded[it.Chat.ID]
	if f.of != it {
		f = folded{it, fold(it)}
		m.folded[it.Chat.ID] = f
	}
	return f.text
}

// fold returns what is searched of an item itself. No word has a line break.
func fold(it *Item) string {
	c := &it.Chat
	lines := append([]string{it.Customer, string(it.CustomerID), string(c.ID), c.Alias, c.LastText}, c.Tags...)
	return search.Fold(strings.Join(lines, "\n"))
}

// keep takes what was found in texts of chats that are here, and returns of which it is new; the last word on a chat
// counts.
func (m *matcher) keep(found []Found, of func(chat.ID) *Item) map[chat.ID]Found {
	fresh := map[chat.ID]Found{}
	for _, f := range found {
		if of(f.Chat) != nil {
			fresh[f.Chat] = f
		}
	}
	maps.DeleteFunc(fresh, func(id chat.ID, f Found) bool { return m.texts[id] == f })
	if len(fresh) > 0 {
		maps.Copy(m.changeTexts(), fresh)
	}
	return fresh
}

// changeTexts returns texts to be changed: another map if somebody reads it.
func (m *matcher) changeTexts() map[chat.ID]Found {
	switch {
	case m.texts == nil:
		m.texts = map[chat.ID]Found{}
	case m.lent:
		m.texts = maps.Clone(m.texts)
	}
	m.lent = false
	return m.texts
}

// forget drops what is kept of a chat that is not here any more.
func (m *matcher) forget(id chat.ID) {
	delete(m.folded, id)
	if _, there := m.texts[id]; there {
		delete(m.changeTexts(), id)
	}
}
