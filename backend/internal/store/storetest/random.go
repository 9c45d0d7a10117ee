package storetest

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/wire"
)

var (
	channels    = []chat.Channel{chat.WhatsApp, chat.SMS}
	outStates   = []desk.OutgoingState{desk.OutPending, desk.OutSending, desk.OutUnclear}
	customerIDs = []chat.CustomerID{"C-A", "c-a", "Straße", "STRASSE", "Ω", "ω", "ﬀ", "ff"}
	aliases     = [keySpace]string{"", "a", "A", "ß", "ss", "Ω", "ω", "vip"}
	words       = []string{"", "a", "A", "a\x00b", "ä", "你好", "\"quoted\\", "<b>&\u2028", "שלום", "👩‍👩‍👧"}
)

// dumpEvery is after how many commits all of both stores is compared.
const dumpEvery = 5

// Same gives a and b the same random commits, some of which fail or are undone, and compares what is seen of their
// states during each, and all that can be read of both after every few.
func Same(t *testing.T, a, b store.Store, seed uint64, commits int) {
	t.Helper()
	same := 0
	for n := range commits {
		seenA, errA := randomCommit(t, a, seed, n)
		seenB, errB := randomCommit(t, b, seed, n)
		if kind(errA) != kind(errB) {
			t.Fatalf("seed %d, commit %d: %v and %v", seed, n, errA, errB)
		}
		if diff := cmp.Diff(seenA, seenB); diff != "" {
			t.Fatalf("seed %d, during commit %d (%v): %s", seed, n, errA, diff)
		}
		if errA == nil {
			same++
		}
		if n%dumpEvery != 0 && n != commits-1 {
			continue
		}
		if diff := cmp.Diff(state(t, a), state(t, b)); diff != "" {
			t.Fatalf("seed %d, commit %d (%v): %s", seed, n, errA, diff)
		}
	}
	if same < commits/4 {
		t.Errorf("seed %d: only %d of %d commits succeeded", seed, same, commits)
	}
}

var errUndo = errors.New("undo")

func kind(err error) error {
	for _, k := range []error{nil, store.ErrConflict, errUndo} {
		if errors.Is(err, k) {
			return k
		}
	}
	return errors.New("another")
}

// randomCommit makes the n-th commit of seed, the same for every store, and returns what a few random questions about
// each of its steps were answered. A transaction that has failed answers nothing of worth.
func randomCommit(t *testing.T, s store.Store, seed uint64, n int) (seen string, err error) {
	g := generator{rand.New(rand.NewPCG(seed, uint64(n)))}
	err = s.Commit(t.Context(), func(tx store.Tx) error {
		seen = some(tx, g.Rand)
		for range 1 + g.IntN(3) {
			if g.yes() {
				tx.Expect([]desk.VendorKey{{Channel: pick(g, channels), ID: id[string](g, "v")}, {Channel: pick(g, channels), ID: `\"{,}`}})
			}
			tx.Apply(g.outcome(), chat.Millis(n))
			if answers := some(tx, g.Rand); tx.Err() == nil {
				seen += answers
			}
		}
		if g.IntN(4) == 0 {
			tx.SetClock(chat.Millis(n))
		}
		if g.IntN(8) == 0 {
			tx.Prune(store.Retention{Frames: int64(g.IntN(10)), Age: chat.Millis(g.IntN(40)), Batch: g.IntN(20),
				Results: int64(g.IntN(4)), Ended: chat.Millis(g.IntN(30))}, chat.Millis(n))
		}
		if g.IntN(20) == 0 {
			tx.Renew(id[string](g, "epoch"))
		}
		if answers := some(tx, g.Rand); tx.Err() == nil {
			seen += answers
		}
		if g.IntN(8) == 0 {
			return errUndo
		}
		return nil
	})
	if err != nil { // a conflict may be seen by one store sooner than by another
		seen = ""
	}
	return seen, err
}

// generator makes random outcomes.
type generator struct{ *rand.Rand }

func pick[V any](g generator, list []V) V { return list[g.IntN(len(list))] }

func id[S ~string](g generator, letter string) S { return key[S](letter, g.IntN(keySpace)) }

func (g generator) at() chat.Millis { return chat.Millis(g.IntN(6)) }
func (g generator) word() string    { return pick(g, words) }
func (g generator) yes() bool       { return g.IntN(2) == 0 }

func (g generator) outcome() desk.Outcome {
	var o desk.Outcome
	for range g.IntN(4) {
		o.Writes = append(o.Writes, g.write())
	}
	for _, s := range streams {
		if g.IntN(3) == 0 {
			o.Frames = append(o.Frames, desk.Frame{Stream: s, Changes: []wire.Change{{Customer: &wire.Customer{Key: "c", Name: g.word()}}}})
		}
	}
	return o
}

// write is a random row. Unique values come from a space that makes conflicts, but not most of the time.
func (g generator) write() desk.Write {
	switch g.IntN(18) {
	case 0:
		n := g.IntN(keySpace)
		return desk.PutTeam{Team: desk.Team{ID: key[chat.TeamID]("t", n), Name: g.word(), Prefix: key[string]("P", n/2*2)}}
	case 1:
		return desk.PutAsset{Asset: desk.Asset{ID: id[chat.AssetID](g, "s"), Channel: pick(g, channels), VendorID: id[string](g, "v"),
			Shared: []chat.TeamID{}, Active: g.yes()}}
	case 2:
		if g.IntN(4) == 0 {
			return desk.DropToken{Hash: id[string](g, "b")}
		}
		return desk.PutToken{Token: desk.Token{Hash: id[string](g, "b"), Label: g.word(), CreatedAt: g.at()}}
	case 3:
		return desk.PutCustomer{Customer: chat.Customer{Key: id[chat.CustomerKey](g, "c"), ID: pick(g, customerIDs), Name: g.word()}}
	case 4:
		return desk.DropCustomer{Key: id[chat.CustomerKey](g, "c")}
	case 5:
		return desk.PutIdentity{Identity: g.identity()}
	case 6:
		return desk.DropIdentity{ID: id[chat.IdentityID](g, "i")}
	case 7, 8:
		return desk.PutChat{Chat: g.chat()}
	case 9, 10, 11:
		return g.message()
	case 12:
		return desk.PutMedia{Media: desk.Media{ID: id[chat.MediaID](g, "f"), NextAt: g.at(),
			State: pick(g, []chat.MediaState{chat.MediaPending, chat.MediaReady, chat.MediaFailed})}}
	case 13:
		n := g.IntN(keySpace)
		return desk.PutOutgoing{Outgoing: desk.Outgoing{Message: key[chat.MessageID]("m", n), Chat: key[chat.ID]("h", g.IntN(2)),
			Number: int64(n), State: pick(g, append(outStates, desk.OutDone)), NextAt: g.at(), Since: g.at(), Text: g.word()}}
	case 14:
		if g.yes() {
			return desk.DropTimer{ID: id[string](g, "t")}
		}
		return desk.PutTimer{Timer: desk.Timer{ID: id[string](g, "t"), At: g.at(), Target: g.word()}}
	case 15:
		if g.yes() {
			return desk.DropDraft{Agent: id[chat.AgentID](g, "a"), Chat: id[chat.ID](g, "h")}
		}
		return desk.PutDraft{Draft: desk.Draft{Agent: id[chat.AgentID](g, "a"), Chat: id[chat.ID](g, "h"), Text: g.word(), Revision: int64(g.at())}}
	}
	if g.IntN(4) == 0 {
		return desk.PutAgent{Agent: g.agent()}
	}
	return g.device()
}

func (g generator) agent() desk.Agent {
	a := desk.Agent{ID: id[chat.AgentID](g, "a"), Name: g.word(), Active: g.yes()}
	for range g.IntN(3) {
		a.Teams = append(a.Teams, id[chat.TeamID](g, "t"))
	}
	return a
}

func (g generator) device() desk.Write {
	d, n := id[chat.DeviceID](g, "d"), int64(g.IntN(keySpace))
	if g.yes() {
		return desk.PutDevice{Device: desk.Device{ID: d, LastNumber: n}}
	}
	r := desk.Result{Device: d, Number: n, Outcome: wire.Done}
	if g.yes() {
		r.Problem = chat.NewProblem(chat.Full, g.word())
	}
	return desk.PutResult{Result: r}
}

func (g generator) identity() chat.Identity {
	i := chat.Identity{ID: id[chat.IdentityID](g, "i"), Customer: id[chat.CustomerKey](g, "c"), Channel: pick(g, channels)}
	for range g.IntN(3) {
		kind := pick(g, []chat.AddressKind{chat.Phone, chat.UserID})
		i.Addresses = append(i.Addresses, chat.Address{Kind: kind, Value: id[string](g, "+")})
	}
	return i
}

func (g generator) chat() chat.Chat {
	return chat.Chat{ID: id[chat.ID](g, "h"), Status: pick(g, []chat.Status{chat.Queued, chat.Picked, chat.OnHold, chat.Closed}),
		Team: id[chat.TeamID](g, "t"), Asset: id[chat.AssetID](g, "s"), Identity: id[chat.IdentityID](g, "i"),
		Customer: id[chat.CustomerKey](g, "c"), Assignee: pick(g, []chat.AgentID{"", "a1", "a2"}), CreatedAt: g.at(),
		Alias: g.alias(), LastText: g.word(), Tags: pick(g, [][]string{nil, {}, {"x", "y"}}),
		WaitingSince: g.at(), LastInboundAt: g.at(), AssignedAt: g.at() / 4, AssignedIndex: g.Int64N(2), Unread: g.Int64N(2)}
}

// alias is mostly none, so that not most chats are in conflict.
func (g generator) alias() string {
	if g.IntN(3) > 0 {
		return ""
	}
	return aliases[g.IntN(keySpace)]
}

func (g generator) message() desk.Write {
	m := chat.Message{ID: id[chat.MessageID](g, "m"), Chat: key[chat.ID]("h", g.IntN(2)), Number: int64(g.IntN(keySpace)),
		Kind: pick(g, []chat.Kind{chat.Inbound, chat.Reply, chat.Note, chat.System}), Text: g.word(), At: g.at(),
		State: pick(g, []chat.State{chat.NoState, chat.Accepted, chat.Seen, chat.Failed, chat.Uncertain})}
	switch g.IntN(4) {
	case 0:
		m.Failure = &chat.Failure{Detail: g.word()}
	case 1:
		m.Line = &chat.Line{Args: []string{}}
	case 2:
		m.Attachments = []chat.Attachment{{ID: "f1", Name: g.word()}}
	}
	w := desk.PutMessage{Message: m}
	if g.yes() {
		w.Vendor = desk.VendorKey{Channel: pick(g, channels), ID: id[string](g, "v")}
	}
	return w
}
