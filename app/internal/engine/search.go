package engine

import (
	"context"
	"time"

	"parley/app/internal/inbox"
	"parley/app/internal/record"
	"parley/app/internal/replica"
	"parley/app/internal/search"
	"parley/backend/chat"
)

// Limits of a search in the texts of conversations.
const (
	lookAtOnce = 1000                   // messages that are looked at before what else waits for the disk has its turn
	tellEvery  = 100 * time.Millisecond // how often is told what was found so far
	maxAgain   = 200                    // chats that are looked at again one by one; more are together with all others
)

// listSearch is what a list's filter searches for in texts, also when that has ended.
type listSearch struct {
	inbox.Search
	idx  *inbox.Index
	stop context.CancelFunc
}

// Search looks for words in the conversations on the disk: in those of some chats, or in all if none is named. found
// is called on the engine's goroutine, now and then and at the end, with the chats in which some of the words occur,
// each once. It ends early, without a call, with ctx. What the disk has refused to write is not found.
func (e *Engine) Search(ctx context.Context, words search.Words, chats []chat.ID, found func(some []inbox.Found, end bool)) {
	l := &lookup{ctx: ctx, finder: replica.NewFinder(words), tell: found}
	for _, id := range chats {
		l.prefixes = append(l.prefixes, replica.PrefixOf(id))
	}
	if len(chats) == 0 {
		l.prefixes = []string{""}
	}
	e.disk.add(job{look: l})
}

// searchTexts searches texts for what a list's filter asks for, instead of what it asked for before.
func (e *Engine) searchTexts(list chat.ListName) {
	s, ok := e.idx.Search(list)
	if was := e.texts[list]; was != nil {
		if ok && was.idx == e.idx && was.Number == s.Number {
			return
		}
		was.stop()
		delete(e.texts, list)
	}
	if ok {
		e.searchFor(list, s)
	}
}

func (e *Engine) searchFor(list chat.ListName, s inbox.Search) {
	ctx, stop := context.WithCancel(context.Background())
	if e.texts == nil {
		e.texts = map[chat.ListName]*listSearch{}
	}
	e.texts[list] = &listSearch{s, e.idx, stop}
	e.Search(ctx, s.Words, nil, e.foundIn(ctx, list, s))
}

// foundIn tells a list what is found for it.
func (e *Engine) foundIn(ctx context.Context, list chat.ListName, s inbox.Search) func([]inbox.Found, bool) {
	return func(found []inbox.Found, end bool) {
		if ctx.Err() != nil {
			return
		}
		e.idx.Found(list, s.Number, found)
		if end {
			e.idx.Searched(list, s.Number)
		}
		e.dirtyLists = true
	}
}

// searchAgain looks once more at the texts of chats that have changed, for the lists that search for something.
func (e *Engine) searchAgain(chats []chat.ID) {
	for list, s := range e.texts {
		switch n := len(chats); {
		case n > maxAgain:
			s.stop()
			e.searchFor(list, s.Search)
		case n > 0:
			e.searchThose(list, s, chats)
		}
	}
}

func (e *Engine) searchThose(list chat.ListName, s *listSearch, chats []chat.ID) {
	e.Search(context.Background(), s.Words, chats, func(found []inbox.Found, _ bool) {
		if e.texts[list] == s && len(found) > 0 {
			e.idx.Found(list, s.Number, found)
			e.dirtyLists = true
		}
	})
}

// lookup is a Search under way.
type lookup struct {
	ctx      context.Context
	finder   *replica.Finder
	prefixes []string // of the keys that are still to be looked at
	from     string   // the last key that was
	told     time.Time
	tell     func([]inbox.Found, bool)
}

// lookOn looks at some more, tells what was found, and queues the rest behind what waits for the disk by now: a search
// neither waits for a save nor holds one up.
func (w *writer) lookOn(l *lookup) {
	if l.ctx.Err() != nil || w.ending() {
		return
	}
	w.lookAt(l)
	end := len(l.prefixes) == 0
	if end || time.Since(l.told) >= tellEvery {
		found := l.finder.Found(end)
		l.told = time.Now()
		w.post(func() { l.tell(found, end) })
	}
	if !end {
		w.add(job{look: l})
	}
}

func (w *writer) lookAt(l *lookup) {
	for left := lookAtOnce; left > 0 && len(l.prefixes) > 0; left-- {
		last, err := w.files.Scan(record.Cache, replica.BucketMessages, l.prefixes[0], l.from, left, func(key, value []byte) {
			left--
			l.finder.Look(key, value)
		})
		if err != nil {
			w.log.Error("searching in conversations", "err", err)
			last, l.prefixes = "", l.prefixes[:1]
		}
		if l.from = last; last == "" {
			l.prefixes = l.prefixes[1:]
		}
	}
}

func (w *writer) ending() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed
}
