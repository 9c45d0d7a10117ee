package record

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestOver(t *testing.T) {
	row := func(key, value string) Record { return Record{"b", key, []byte(value)} }
	var b Batch
	b.Put("b", "x2", []byte("new"))
	b.Put("b", "x4", []byte("put and deleted"))
	b.Put("b", "y1", []byte("of another prefix"))
	b.Put("other", "x3", []byte("of another bucket"))
	b.Delete("b", "x1")
	b.Delete("b", "x4")
	b.Delete("b", "x9")
	got := b.Over([]Record{row("x1", "old"), row("x2", "old"), row("x5", "old")}, "b", "x")
	if diff := cmp.Diff([]Record{row("x2", "new"), row("x5", "old")}, got); diff != "" {
		t.Error(diff)
	}
	b.DeletePrefix("b", "x2")
	b.Put("b", "x3", []byte("after"))
	got = b.Over([]Record{row("x2", "old"), row("x5", "old")}, "b", "x")
	if diff := cmp.Diff([]Record{row("x3", "after"), row("x5", "old")}, got); diff != "" {
		t.Error(diff)
	}
}
