package deliver

import "sync"

// lane is the calls of one sort that are under way: at most limit, and one for each key.
type lane struct {
	limit int
	freed chan struct{} // rings when one has ended

	mu   sync.Mutex
	busy map[string]bool // guarded by mu
}

func newLane(limit int) *lane {
	return &lane{limit: limit, freed: make(chan struct{}, 1), busy: map[string]bool{}}
}

// enter takes a place for key, or reports that there is none or that key has one.
func (l *lane) enter(key string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.busy) >= l.limit || l.busy[key] {
		return false
	}
	l.busy[key] = true
	return true
}

// leave gives key's place back.
func (l *lane) leave(key string) {
	l.mu.Lock()
	delete(l.busy, key)
	l.mu.Unlock()
	select {
	case l.freed <- struct{}{}:
	default:
	}
}

// room is how many places are free.
func (l *lane) room() int { return l.limit - l.count() }

// count is how many places are taken.
func (l *lane) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.busy)
}
