package vendors

import (
	"container/heap"
	"context"
	"net/http"
	"sync"
	"time"
)

// Times after which a webhook that was not answered 200 is posted again: doubled each time. The vendor goes on for
// days.
const (
	firstRepeat   = time.Second
	longestRepeat = time.Minute
)

// post is a webhook that is to be posted at a time, after those of its lane that came before it.
type post struct {
	at    time.Time
	order int
	lane  string
	body  []byte
	tries int
}

// posts are the webhooks that wait, and those who post them.
type posts struct {
	now     func() time.Time
	limit   int
	deliver func(ctx context.Context, body []byte) (int, error)
	changed chan struct{} // rings when there may be something to do

	mu      sync.Mutex
	waiting queue             // guarded by mu, as is all below
	order   int               // of the last post
	busy    map[string]bool   // lanes with a post under way
	held    map[string][]post // due, behind a busy lane
	repeats int
}

func newPosts(now func() time.Time, limit int, deliver func(context.Context, []byte) (int, error)) *posts {
	return &posts{now: now, limit: limit, deliver: deliver, changed: make(chan struct{}, 1),
		busy: map[string]bool{}, held: map[string][]post{}}
}

func (p *posts) add(at time.Time, lane string, body []byte) {
	p.mu.Lock()
	p.pushLocked(post{at: at, lane: lane, body: body})
	p.mu.Unlock()
	p.ring()
}

func (p *posts) pushLocked(one post) {
	p.order++
	one.order = p.order
	heap.Push(&p.waiting, one)
}

func (p *posts) ring() {
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// run posts what is due until ctx ends.
func (p *posts) run(ctx context.Context) {
	var workers sync.WaitGroup
	defer workers.Wait()
	for ctx.Err() == nil {
		one, wait := p.next()
		if wait == 0 {
			workers.Go(func() { p.work(ctx, one) })
			continue
		}
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-p.changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// next takes a post that is due and whose lane is free, or returns how long there will be none.
func (p *posts) next() (one post, wait time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.waiting) > 0 && len(p.busy) < p.limit {
		if wait := p.waiting[0].at.Sub(p.now()); wait > 0 {
			return post{}, wait
		}
		one := heap.Pop(&p.waiting).(post)
		if !p.busy[one.lane] {
			p.busy[one.lane] = true
			return one, 0
		}
		p.held[one.lane] = append(p.held[one.lane], one)
	}
	return post{}, time.Hour
}

// work posts one and then what was held behind it.
func (p *posts) work(ctx context.Context, one post) {
	for more := true; more && ctx.Err() == nil; {
		status, err := p.deliver(ctx, one.body)
		one, more = p.done(one, err == nil && status == http.StatusOK)
	}
	p.ring()
}

// done notes how a post went and returns the next of its lane, if one was held.
func (p *posts) done(one post, ok bool) (next post, more bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !ok {
		p.repeats++
		one.at = p.now().Add(min(firstRepeat<<min(one.tries, 10), longestRepeat))
		one.tries++
		p.pushLocked(one)
	}
	held := p.held[one.lane]
	if len(held) == 0 {
		delete(p.held, one.lane)
		delete(p.busy, one.lane)
		return post{}, false
	}
	p.held[one.lane] = held[1:]
	return held[0], true
}

// Waiting returns how many webhooks are not answered 200 yet, and how often one was answered otherwise.
func (w *WhatsApp) Waiting() (left, repeats int) {
	p := w.posts
	p.mu.Lock()
	defer p.mu.Unlock()
	left = len(p.waiting) + len(p.busy)
	for _, held := range p.held {
		left += len(held)
	}
	return left, p.repeats
}

// queue is a heap of posts, the one that is due first on top.
type queue []post

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	if q[i].at.Equal(q[j].at) {
		return q[i].order < q[j].order
	}
	return q[i].at.Before(q[j].at)
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(x any)   { *q = append(*q, x.(post)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
