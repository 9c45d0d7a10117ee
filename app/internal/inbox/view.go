package inbox

import (
	"parley/app/internal/search"
	"parley/backend/chat"
)

// View is a list as it is shown: filtered, in order or, while somebody's hand is in it, as it was when the hand came.
// Nobody changes it.
type View struct {
	Order      chat.Order
	Filter     Filter
	Total      int  // rows
	All        int  // how many there were if the filter had nothing but its OnHold
	Moved      int  // how many chats would come, go or change places if the rows did not keep theirs
	Selected   int  // chats
	Selectable int  // how many SelectAll selects: all rows that have not gone, at most chat.MaxBatch
	Searching  bool // the texts of conversations are still being searched

	rows     []*Item
	gone     map[chat.ID]string
	selected map[chat.ID]bool
	words    search.Words
	texts    map[chat.ID]Found
}

// Row is one row of a View.
type Row struct {
	*Item           // of one that is not here any more the last, with nothing queued
	Gone     bool   // it has left the list, whose rows keep their places
	GoneTo   string // who has it then, if known
	Selected bool
	Found    string // an excerpt of the messages that the filter's words were found in, if the Item itself has not all of them
}

// View returns a list as it is shown; the same as before as long as nothing is different.
func (x *Index) View(name chat.ListName) *View {
	l := x.list(name)
	if l.view == nil {
		l.view = l.newView()
	}
	return l.view
}

func (l *list) newView() *View {
	m, rows := &l.filter, l.rows()
	l.lent, m.lent = true, true
	return &View{Order: l.order, Filter: m.Filter, Total: len(rows), All: l.size(), Moved: l.hand.moved, Selected: len(l.selected),
		Selectable: min(len(rows)-len(l.hand.gone), chat.MaxBatch), Searching: m.words.Len() > 0 && !m.ended,
		rows: rows, gone: l.hand.gone, selected: l.selected, words: m.words, texts: m.texts}
}

// Rows returns the rows from … from+n-1, fewer where they end. It may be called from any goroutine.
func (v *View) Rows(from, n int) []Row {
	items := Window(v.rows, from, n)
	rows := make([]Row, len(items))
	for i, it := range items {
		id := it.Chat.ID
		to, gone := v.gone[id]
		rows[i] = Row{Item: it, Gone: gone, GoneTo: to, Selected: v.selected[id], Found: v.found(it)}
	}
	return rows
}

func (v *View) found(it *Item) string {
	f, ok := v.texts[it.Chat.ID]
	if !ok || v.words.All(v.words.InString(fold(it))) {
		return ""
	}
	return f.Text
}
