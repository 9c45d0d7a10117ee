package memory

import (
	"hash/fnv"
	"iter"
	"strings"
)

// tree is an ordered map that shares structure: a copy of a tree is a snapshot that later changes leave alone.
// It is a treap whose priorities are hashes of the keys, so its shape depends on its content only.
type tree[V any] struct{ root *node[V] }

type node[V any] struct {
	key         string
	value       V
	priority    uint64
	left, right *node[V]
}

func (t *tree[V]) get(key string) (v V, ok bool) {
	for n := t.root; n != nil; {
		switch c := strings.Compare(key, n.key); {
		case c == 0:
			return n.value, true
		case c < 0:
			n = n.left
		default:
			n = n.right
		}
	}
	return v, false
}

func (t *tree[V]) put(key string, v V) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(key)) // a hash never fails
	t.root = t.root.put(&node[V]{key: key, value: v, priority: mix(h.Sum64())})
}

// mix spreads the low entropy that FNV leaves for similar keys over all bits.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func (t *tree[V]) drop(key string) { t.root = t.root.drop(key) }

// from yields the entries with keys at or above key, ascending.
func (t *tree[V]) from(key string) iter.Seq2[string, V] {
	root := t.root
	return func(yield func(string, V) bool) { root.from(key, yield) }
}

// below yields the entries with keys below key, descending.
func (t *tree[V]) below(key string) iter.Seq2[string, V] {
	root := t.root
	return func(yield func(string, V) bool) { root.below(key, yield) }
}

// under yields the entries whose keys begin with prefix, ascending.
func (t *tree[V]) under(prefix string) iter.Seq2[string, V] {
	return func(yield func(string, V) bool) {
		for k, v := range t.from(prefix) {
			if !strings.HasPrefix(k, prefix) || !yield(k, v) {
				return
			}
		}
	}
}

// put returns n with fresh in it. The nodes on the way are copied, so the returned node belongs to the caller.
func (n *node[V]) put(fresh *node[V]) *node[V] {
	if n == nil {
		return fresh
	}
	own := *n
	switch c := strings.Compare(fresh.key, n.key); {
	case c == 0:
		own.value = fresh.value
	case c < 0:
		own.left = n.left.put(fresh)
		if l := own.left; l.priority > own.priority {
			own.left, l.right = l.right, &own
			return l
		}
	default:
		own.right = n.right.put(fresh)
		if r := own.right; r.priority > own.priority {
			own.right, r.left = r.left, &own
			return r
		}
	}
	return &own
}

func (n *node[V]) drop(key string) *node[V] {
	if n == nil {
		return nil
	}
	c := strings.Compare(key, n.key)
	if c == 0 {
		return join(n.left, n.right)
	}
	own := *n
	if c < 0 {
		own.left = n.left.drop(key)
	} else {
		own.right = n.right.drop(key)
	}
	return &own
}

// join makes one tree of two; every key of a is below every key of b.
func join[V any](a, b *node[V]) *node[V] {
	switch {
	case a == nil:
		return b
	case b == nil:
		return a
	case a.priority > b.priority:
		own := *a
		own.right = join(a.right, b)
		return &own
	}
	own := *b
	own.left = join(a, b.left)
	return &own
}

func (n *node[V]) from(key string, yield func(string, V) bool) bool {
	if n == nil {
		return true
	}
	if n.key >= key && !(n.left.from(key, yield) && yield(n.key, n.value)) {
		return false
	}
	return n.right.from(key, yield)
}

func (n *node[V]) below(key string, yield func(string, V) bool) bool {
	if n == nil {
		return true
	}
	if n.key < key && !(n.right.below(key, yield) && yield(n.key, n.value)) {
		return false
	}
	return n.left.below(key, yield)
}
