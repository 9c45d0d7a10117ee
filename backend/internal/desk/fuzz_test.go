package desk_test

import (
	"bytes"
	"os"
	"testing"

	"parley/backend/chat"
	"parley/backend/chat/chattest"
	"parley/backend/internal/desk"
	"parley/backend/internal/desk/desktest"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/wire"
)

// FuzzDecide does random commands with a text from outside; desktest checks each.
func FuzzDecide(f *testing.F) {
	f.Add(uint64(1), "Where is my parcel?")
	f.Add(uint64(2), "\u202eمرحبا 👍\u0000\r\n\u0085")
	f.Add(uint64(3), "\xff\xfe/../\\")
	f.Add(uint64(4), "wa")
	f.Fuzz(func(t *testing.T, seed uint64, text string) {
		c := desktest.NewChance(t, memory.New(epoch), epoch, seed, text)
		for range 12 {
			c.Step()
		}
		c.Replay()
	})
}

// FuzzFromConsole does what a frame of a console asks for, after a chat was picked: whatever it says, it has an end
// or none, and desktest's promises hold.
func FuzzFromConsole(f *testing.F) {
	for _, name := range chattest.Files(f, "../../wire/testdata/golden/v1/up-*.json") {
		b, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(bytes.ReplaceAll(b, []byte("SUPK3V09X2QLM7TA"), []byte("TM00000000000001")))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		u, err := wire.DecodeUp(in)
		if err != nil {
			return
		}
		c := desktest.NewChance(t, memory.New("e1c9"), "e1c9", 1, "text")
		c.Do(desk.Inbound{Channel: chat.WhatsApp, AssetVendor: "v0", VendorID: "w", Addresses: []chat.Address{{Kind: chat.UserID, Value: "u"}}})
		me := c.Agents[0]
		c.Do(desk.AssignChat{Chat: c.IDs.All[0], Agent: me})
		switch {
		case u.Command != nil:
			for range 2 {
				c.Do(desk.FromAgent{Agent: me, Device: "d", Number: 1, ID: chat.CommandID(u.Command.ID), Epoch: u.Command.Epoch,
					Age: u.Command.AgeMillis, Command: u.Command.Command()})
			}
		case u.More != nil:
			c.Read(func(r store.Reader) { page := desk.Page(r, me, *u.More); encodes(t, &wire.Down{Page: &page}) })
		case u.Earlier != nil:
			c.Read(func(r store.Reader) { h := desk.Earlier(r, me, *u.Earlier); encodes(t, &wire.Down{History: &h}) })
		case u.Aim != nil:
			c.Read(func(r store.Reader) { to := desk.Targets(r, me, *u.Aim, c.Now); encodes(t, &wire.Down{Targets: &to}) })
		}
	})
}

func encodes(t *testing.T, d *wire.Down) int {
	b, err := wire.EncodeDown(d)
	if err != nil {
		t.Fatal(err)
	}
	return len(b)
}
