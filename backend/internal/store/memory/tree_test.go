package memory

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTree compares a tree with a map, and every snapshot with what it was when it was taken.
func TestTree(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var now tree[int]
	model := map[string]int{}
	type snapshot struct {
		tree[int]
		text string
	}
	var snapshots []snapshot
	for n := range 4000 {
		key := fmt.Sprint(r.IntN(300))
		if r.IntN(3) == 0 {
			now.drop(key)
			delete(model, key)
		} else {
			now.put(key, n)
			model[key] = n
		}
		if n%100 == 0 {
			compare(t, &now, model, fmt.Sprint(r.IntN(300)))
			snapshots = append(snapshots, snapshot{now, text(&now)})
		}
	}
	for i, s := range snapshots {
		if got := text(&s.tree); got != s.text {
			t.Errorf("snapshot %d has changed: %s", i, cmp.Diff(s.text, got))
		}
	}
}

func text(t *tree[int]) string {
	var b strings.Builder
	for k, v := range t.from("") {
		fmt.Fprintln(&b, k, v)
	}
	return b.String()
}

func compare(t *testing.T, now *tree[int], model map[string]int, key string) {
	t.Helper()
	keys := slices.Sorted(maps.Keys(model))
	at, _ := slices.BinarySearch(keys, key)
	below := slices.Clone(keys[:at])
	slices.Reverse(below)
	under := slices.DeleteFunc(slices.Clone(keys), func(k string) bool { return !strings.HasPrefix(k, key) })
	for what, diff := range map[string]string{
		"from":  cmp.Diff(keys[at:], drain(now.from(key)), nilIsEmpty),
		"below": cmp.Diff(below, drain(now.below(key)), nilIsEmpty),
		"under": cmp.Diff(under, drain(now.under(key)), nilIsEmpty),
	} {
		if diff != "" {
			t.Errorf("%s %q: %s", what, key, diff)
		}
	}
	v, ok := now.get(key)
	if want, there := model[key]; v != want || ok != there {
		t.Errorf("get %q: %d %v, want %d %v", key, v, ok, want, there)
	}
}

var nilIsEmpty = cmp.Transformer("len", func(s []string) string { return strings.Join(s, " ") })

func drain(seq func(func(string, int) bool)) (keys []string) {
	for k := range seq {
		keys = append(keys, k)
	}
	return keys
}

func TestTreeStaysShallow(t *testing.T) {
	var now tree[int]
	const n = 1 << 14
	for i := range n {
		now.put(str("message")+num(int64(i)), i)
	}
	if d := depth(now.root); d > 50 { // a random treap of this size has about 36
		t.Errorf("%d keys in order make a tree of depth %d", n, d)
	}
}

func depth[V any](n *node[V]) int {
	if n == nil {
		return 0
	}
	return 1 + max(depth(n.left), depth(n.right))
}

func TestKeysCompareAsTheirParts(t *testing.T) {
	var keys []string
	for _, a := range []string{"", "\x00", "\x00\xff", "\x01", "a", "a\x00", "a\x00b", "ab", "b"} {
		for _, n := range []int64{-1 << 63, -1, 0, 1, 255, 256, 1<<63 - 1} {
			keys = append(keys, str(a)+num(n))
		}
	}
	if !slices.IsSorted(keys) {
		t.Error("the keys are not in the order of their parts")
	}
	if strings.HasPrefix(str("a\x00b"), str("a")) {
		t.Error("a part is the beginning of another")
	}
}
