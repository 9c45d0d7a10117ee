// Package storetest is the one suite that every store.Store passes: what Run checks is the port's contract in
// examples, and Same gives two stores the same random commits and compares all that can be read.
package storetest

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/wire"
)

// Epoch is the one that open gives the stores that it makes.
const Epoch = "epoch-1"

// Run runs the suite; open returns a new, empty store, which the suite closes.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for name, f := range map[string]func(*testing.T, store.Store){
		"views":               testViews,
		"fields":              testFields,
		"waiting":             testWaiting,
		"members":             testMembers,
		"empty":               testEmpty,
		"replace":             testReplace,
		"own writes":          testOwnWrites,
		"message's vendor id": testVendorKey,
		"unique values":       testUnique,
		"undone":              testUndone,
		"due":                 testDue,
		"due in turn":         testInTurn,
		"numbering":           testNumbering,
		"prune":               testPrune,
		"prune what ended":    testPruneEnded,
		"renew":               testRenew,
		"rows":                testRows,
		"snapshot":            testSnapshot,
		"clock":               testClock,
		"closed":              testClosed,
		"context":             testContext,
	} {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			f(t, s)
		})
	}
}

// Reopen shows that all is there when a store is opened again, and that it keeps its epoch, whatever open is told.
func Reopen(t *testing.T, open func(t *testing.T, epoch string) store.Store) {
	s := open(t, Epoch)
	Same(t, memory.New(Epoch), s, 7, 20)
	before := state(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, "another")
	same(t, "after it was opened again", before, state(t, again))
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}

// commit applies writes in one commit, which must succeed.
func commit(t *testing.T, s store.Store, writes ...desk.Write) {
	t.Helper()
	if err := try(t, s, writes...); err != nil {
		t.Fatalf("commit: %v", err)
	}
}

func try(t *testing.T, s store.Store, writes ...desk.Write) error {
	t.Helper()
	return s.Commit(t.Context(), func(tx store.Tx) error {
		tx.Apply(desk.Outcome{Writes: writes}, 1)
		return tx.Err()
	})
}

// read runs f on a snapshot, which must be readable.
func read(t *testing.T, s store.Store, f func(store.Reader)) {
	t.Helper()
	err := s.Read(t.Context(), func(r store.Reader) error {
		f(r)
		return r.Err()
	})
	if err != nil {
		t.Errorf("read: %v", err)
	}
}

// state is all that can be read of s.
func state(t *testing.T, s store.Store) (text string) {
	t.Helper()
	read(t, s, func(r store.Reader) { text = Dump(r) })
	return text
}

func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s: (-want +got)\n%s", what, diff)
	}
}

func testReplace(t *testing.T, s store.Store) {
	commit(t, s, Fixture()...)
	before := state(t, s)
	commit(t, s, Fixture()...)
	same(t, "the same rows again", before, state(t, s))

	c := chats[0]
	c.Status, c.Assignee = chat.Closed, ""
	commit(t, s, desk.PutChat{Chat: c}, desk.DropIdentity{ID: "i1"}, desk.DropCustomer{Key: "c1"}, desk.DropTimer{ID: "t1"})
	read(t, s, func(r store.Reader) {
		if _, ok := r.OpenChat(c.Identity, c.Asset); ok {
			t.Error("a closed chat is open")
		}
		same(t, "held", chats[5:6], r.ChatsHeldBy("a1"))
		if _, ok := r.IdentityByAddress(chat.WhatsApp, identities[0].Addresses[0]); ok {
			t.Error("an address leads to an identity that was dropped")
		}
		if _, ok := r.CustomerByID("C-ONE"); ok {
			t.Error("a Customer ID leads to a customer that was dropped")
		}
		same(t, "timers", []desk.Timer{timers[2], timers[1]}, r.DueTimers(1000, 9))
	})
}

func testOwnWrites(t *testing.T, s store.Store) {
	err := s.Commit(t.Context(), func(tx store.Tx) error {
		for i, m := range messages[:3] {
			tx.Apply(desk.Outcome{Writes: []desk.Write{desk.PutMessage{Message: m}},
				Frames: []desk.Frame{{Stream: wire.Stream{Kind: wire.TenantStream}}}}, 5)
			same(t, "the message", []chat.Message{m}, tx.MessagesBefore(m.Chat, 0, 1))
			same(t, "the head", int64(i+1), tx.Head(wire.Stream{Kind: wire.TenantStream}).Seq)
			same(t, "the frames", i+1, len(tx.Frames(wire.Stream{Kind: wire.TenantStream}, 0, 9)))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func testVendorKey(t *testing.T, s store.Store) {
	m := messages[0]
	put := func(v desk.VendorKey) { commit(t, s, desk.PutMessage{Message: m, Vendor: v}) }
	finds := func(id string, want bool) {
		t.Helper()
		read(t, s, func(r store.Reader) {
			if _, ok := r.MessageByVendor(chat.WhatsApp, id); ok != want {
				t.Errorf("%q found: %v, want %v", id, ok, want)
			}
		})
	}
	put(desk.VendorKey{Channel: chat.WhatsApp, ID: "v1"})
	put(desk.VendorKey{})
	finds("v1", true)
	put(desk.VendorKey{Channel: chat.WhatsApp, ID: "v2"})
	finds("v1", false)
	finds("v2", true)
}

func testUnique(t *testing.T, s store.Store) {
	commit(t, s, Fixture()...)
	before := state(t, s)
	second := chats[0]
	second.ID = "new"
	named := chats[4]
	named.Alias = "strasse"
	twin := messages[0]
	twin.Number = 99
	other := messages[0]
	other.ID, other.Number = "new", 99
	for name, w := range map[string]desk.Write{
		"prefix":      desk.PutTeam{Team: desk.Team{ID: "new", Prefix: teams[0].Prefix}},
		"asset":       desk.PutAsset{Asset: desk.Asset{ID: "new", Channel: chat.WhatsApp, VendorID: "100"}},
		"Customer ID": desk.PutCustomer{Customer: chat.Customer{Key: "new", ID: "C-one"}},
		"folded ID":   desk.PutCustomer{Customer: chat.Customer{Key: "new", ID: "STRASSE"}},
		"address":     desk.PutIdentity{Identity: chat.Identity{ID: "new", Channel: chat.WhatsApp, Addresses: identities[0].Addresses}},
		"open chat":   desk.PutChat{Chat: second},
		"alias":       desk.PutChat{Chat: named},
		"message id":  desk.PutMessage{Message: twin},
		"vendor's id": desk.PutMessage{Message: other, Vendor: desk.VendorKey{Channel: chat.WhatsApp, ID: "wamid.1"}},
	} {
		if err := try(t, s, desk.PutAgent{Agent: desk.Agent{ID: "lost"}}, w); !errors.Is(err, store.ErrConflict) {
			t.Errorf("%s: error %v, want a conflict", name, err)
		}
	}
	same(t, "after the conflicts", before, state(t, s))

	second.Status, second.Alias = chat.Closed, "BIKE"
	first := chats[0]
	first.Alias = "BIKE"
	commit(t, s, desk.PutChat{Chat: first})
	first.Alias = ""
	commit(t, s, desk.PutChat{Chat: first})
	commit(t, s, desk.PutChat{Chat: second},
		desk.PutIdentity{Identity: chat.Identity{ID: "new", Channel: chat.Facebook, Addresses: identities[0].Addresses}},
		desk.PutAsset{Asset: desk.Asset{ID: "new", Channel: chat.SMS, VendorID: "100"}},
		desk.DropCustomer{Key: "c1"}, desk.PutCustomer{Customer: chat.Customer{Key: "new", ID: "c-ONE"}})
}

func testUndone(t *testing.T, s store.Store) {
	commit(t, s, Fixture()...)
	before := state(t, s)
	change := func(tx store.Tx) {
		for _, w := range append(Fixture(), desk.DropIdentity{ID: "i1"}, desk.DropTimer{ID: "t1"},
			desk.PutChat{Chat: chat.Chat{ID: "new"}}, desk.PutAgent{Agent: desk.Agent{ID: "a1", Name: "changed"}}) {
			tx.Apply(desk.Outcome{Writes: []desk.Write{w}, Frames: []desk.Frame{{Stream: wire.Stream{Kind: wire.TenantStream}}}}, 7)
		}
		tx.SetClock(99)
		tx.Prune(store.Retention{Batch: 9}, 99)
		if err := tx.Err(); err != nil {
			t.Errorf("before it is undone: %v", err)
		}
	}
	failure := errors.New("the caller's")
	err := s.Commit(t.Context(), func(tx store.Tx) error {
		change(tx)
		return failure
	})
	if !errors.Is(err, failure) {
		t.Errorf("error %v", err)
	}
	same(t, "after an error", before, state(t, s))

	func() {
		defer func() { same(t, "the panic", any("boom"), recover()) }()
		_ = s.Commit(t.Context(), func(tx store.Tx) error {
			change(tx)
			panic("boom")
		})
	}()
	same(t, "after a panic", before, state(t, s))

	unfit := desk.Frame{Stream: wire.Stream{Kind: wire.TenantStream}, Changes: []wire.Change{{Team: &wire.Team{Name: "\xff"}}}}
	err = s.Commit(t.Context(), func(tx store.Tx) error {
		change(tx)
		if frames := tx.Apply(desk.Outcome{Frames: []desk.Frame{unfit}}, 7); frames != nil {
			t.Errorf("a frame that cannot be encoded gave %v", frames)
		}
		return nil
	})
	if !errors.Is(err, store.ErrUnfit) {
		t.Errorf("a frame that cannot be encoded: %v", err)
	}
	same(t, "after a failure of the store", before, state(t, s))
	commit(t, s, desk.PutTeam{Team: desk.Team{ID: "later", Prefix: "LAT"}})
}
