package memory_test

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/internal/store/storetest"
)

var seeds = flag.Uint64("seeds", 6, "how many seeds TestMirrorAnswersAsTheStore plays")

// mirrored is a store whose transactions go over a mirror, as a distant store's do.
type mirrored struct {
	*memory.Store
	mirror *memory.Mirror
	chance *rand.Rand
}

func (m *mirrored) Commit(ctx context.Context, f func(store.Tx) error) error {
	if m.chance.IntN(4) == 0 { // as if somebody else had committed
		m.mirror = &memory.Mirror{Newest: m.mirror.Newest}
	}
	var t *expecting
	err := m.Store.Commit(ctx, func(tx store.Tx) error {
		t = &expecting{m.mirror.Over(tx), tx}
		if err := f(t); err != nil {
			return err
		}
		return t.Err()
	})
	if err == nil {
		m.mirror = t.Mirror()
	}
	return err
}

// expecting looks for what is expected as a distant store does.
type expecting struct {
	*memory.MirrorTx
	under store.Tx
}

func (t *expecting) Expect(keys []desk.VendorKey) {
	keys = t.Unknown(keys)
	found := map[desk.VendorKey]chat.Message{}
	for _, k := range keys {
		if m, ok := t.under.MessageByVendor(k.Channel, k.ID); ok {
			found[k] = m
		}
	}
	t.Found(keys, found)
}

func newMirrored(seed uint64) *mirrored {
	return &mirrored{memory.New(storetest.Epoch), &memory.Mirror{Newest: 2}, rand.New(rand.NewPCG(seed, 0))}
}

func TestMirroredStore(t *testing.T) {
	storetest.Run(t, func(*testing.T) store.Store { return newMirrored(0) })
}

// TestMirrorAnswersAsTheStore: whatever a mirror knows, it answers what the store under it would.
func TestMirrorAnswersAsTheStore(t *testing.T) {
	for seed := range *seeds {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			storetest.Same(t, memory.New(storetest.Epoch), newMirrored(seed), seed, 100)
		})
	}
}

// TestMirrorOfMessages asks about the stretches of one chat's messages, of which a mirror knows ends.
func TestMirrorOfMessages(t *testing.T) {
	for seed := range 40 * *seeds {
		plain, over := memory.New(storetest.Epoch), newMirrored(seed)
		for n := range uint64(30) {
			want, got := step(t, plain, seed, n), step(t, over, seed, n)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d, step %d: %s", seed, n, diff)
			}
		}
	}
}

// step puts a few messages and asks a few questions, the same for every store.
func step(t *testing.T, s store.Store, seed, n uint64) (answers []any) {
	g := rand.New(rand.NewPCG(seed, n))
	err := s.Commit(t.Context(), func(tx store.Tx) error {
		for range g.IntN(4) {
			tx.Apply(desk.Outcome{Writes: []desk.Write{message(g)}}, 1)
			for range g.IntN(3) {
				answers = append(answers, ask(tx, g.IntN(4), g.Int64N(9), g.IntN(4)))
			}
		}
		return tx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	return answers
}

func message(g *rand.Rand) desk.Write {
	number := g.Int64N(9)
	kinds := []chat.Kind{chat.Inbound, chat.Reply, chat.Note}
	states := []chat.State{chat.Sent, chat.Failed}
	return desk.PutMessage{Message: chat.Message{ID: chat.MessageID(fmt.Sprint(number)), Chat: "h", Number: number,
		Kind: kinds[g.IntN(3)], State: states[g.IntN(2)]}}
}

func ask(r store.Reader, question int, number int64, n int) any {
	switch question {
	case 0:
		return r.LastAnswer("h")
	case 1:
		return r.MessagesBefore("h", number, n)
	case 2:
		return r.RepliesAfter("h", number)
	}
	m, ok := r.FirstInboundAfter("h", number)
	return []any{m, ok}
}
