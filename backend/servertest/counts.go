package servertest

// counts is how often each key was seen. With a limit only the newest keys are kept, so that a long run's memory is
// bounded.
type counts struct {
	seen  map[string]int
	order []string
	limit int // 0: none
}

func newCounts(limit int) *counts { return &counts{seen: map[string]int{}, limit: limit} }

// add counts a key and returns how often it was seen.
func (c *counts) add(key string) int {
	if _, ok := c.seen[key]; !ok && c.limit > 0 {
		if c.order = append(c.order, key); len(c.order) > 2*c.limit {
			for _, old := range c.order[:c.limit] {
				delete(c.seen, old)
			}
			c.order = append([]string{}, c.order[c.limit:]...)
		}
	}
	c.seen[key]++
	return c.seen[key]
}
