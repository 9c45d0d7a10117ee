package engine

import (
	"context"
	"maps"
	"sync"

	"parley/app/internal/inbox"
	"parley/app/internal/search"
	"parley/backend/chat"
)

// maxFound is how many chats a FindChats returns.
const maxFound = 50

// FindChats returns the chats that fit a query best, whichever list they are in, and whether there are more. With texts
// it waits for the disk to be searched too; a later call ends that, and what was found by then is returned.
func (e *Engine) FindChats(query string, texts bool) (rows []inbox.Row, more bool) {
	query = cut(clean(query), search.MaxQuery*4)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	chats := make(chan []*inbox.Item, 1)
	if !e.post(func() {
		if e.finding != nil {
			e.finding()
		}
		e.finding = stop
		chats <- e.idx.All()
	}) {
		return nil, false
	}
	var found map[chat.ID]inbox.Found
	words := search.Parse(query)
	if texts && words.Len() > 0 {
		found = e.findTexts(ctx, words)
	}
	select {
	case all := <-chats:
		return inbox.Find(all, query, found, maxFound)
	case <-e.stopped:
		return nil, false
	}
}

// findTexts searches conversations until ctx or the engine ends.
func (e *Engine) findTexts(ctx context.Context, words search.Words) map[chat.ID]inbox.Found {
	var mu sync.Mutex
	all, done := map[chat.ID]inbox.Found{}, make(chan struct{})
	e.Search(ctx, words, nil, func(some []inbox.Found, end bool) {
		mu.Lock()
		defer mu.Unlock()
		for _, f := range some {
			all[f.Chat] = f
		}
		if end {
			close(done)
		}
	})
	select {
	case <-done:
	case <-ctx.Done():
	case <-e.stopped:
	}
	mu.Lock()
	defer mu.Unlock()
	return maps.Clone(all)
}
