package inbox

import (
	"cmp"
	"slices"
)

// moves is how a list of n has become another one: what left it and what came, by place, and of what stayed those that
// may stand elsewhere, by old and new place. All others follow each other as before.
type moves struct {
	n    int
	out  []int
	in   []int
	both [][2]int
}

// run is something that stays together: one that may have moved, or some of the others that follow each other.
type run struct {
	old, new key
	weight   int
}

// key orders runs: by how many of the others stand before, then those that may have moved in their places, then the
// others.
type key struct{ before, others, at int }

func (a key) compare(b key) int {
	return cmp.Or(cmp.Compare(a.before, b.before), cmp.Compare(a.others, b.others), cmp.Compare(a.at, b.at))
}

// count is how many came, how many left, and how many of those that stayed must at least change places: all but the
// most that follow each other in both lists.
func (m *moves) count() int {
	runs := m.runs()
	slices.SortFunc(runs, func(a, b run) int { return a.new.compare(b.new) })
	news := make([]key, len(runs))
	for i := range runs {
		news[i] = runs[i].new
	}
	slices.SortFunc(runs, func(a, b run) int { return a.old.compare(b.old) })
	best := heaviest(make([]int, len(runs)+1))
	for _, r := range runs {
		at, _ := slices.BinarySearchFunc(news, r.new, key.compare)
		best.put(at, best.before(at)+r.weight)
	}
	return len(m.in) + m.n - best.before(len(runs))
}

// runs returns what stayed.
func (m *moves) runs() []run {
	olds, news := slices.Clone(m.out), slices.Clone(m.in)
	for _, b := range m.both {
		olds, news = append(olds, b[0]), append(news, b[1])
	}
	slices.Sort(olds)
	slices.Sort(news)
	var runs []run
	cuts := []int{0}
	for _, b := range m.both {
		r := run{others(olds, b[0]), others(news, b[1]), 1}
		runs = append(runs, r)
		cuts = append(cuts, r.old.before, r.new.before)
	}
	slices.Sort(cuts)
	cuts = append(slices.Compact(cuts), m.n-len(olds))
	for i, from := range cuts[:len(cuts)-1] {
		k := key{from, 1, 0}
		runs = append(runs, run{k, k, cuts[i+1] - from})
	}
	return runs
}

// others is the key of what stands at a place, where all that may have moved stand at those of touched.
func others(touched []int, at int) key {
	n, _ := slices.BinarySearch(touched, at)
	return key{at - n, 0, at}
}

// heaviest is the weight of the best that ends at each place: a tree of maxima (Fenwick's).
type heaviest []int

// before is the most of what ends before a place.
func (h heaviest) before(at int) (most int) {
	for ; at > 0; at &= at - 1 {
		most = max(most, h[at])
	}
	return most
}

func (h heaviest) put(at, weight int) {
	for at++; at < len(h); at += at & -at {
		h[at] = max(h[at], weight)
	}
}
