package desk_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/desk/desktest"
	"parley/backend/internal/store"
	"parley/backend/internal/store/memory"
	"parley/backend/wire"
)

// TestFramesAndPagesFit lets a customer write the longest messages that are kept. World.Do fails if a frame is
// larger than a console takes.
func TestFramesAndPagesFit(t *testing.T) {
	for _, text := range []string{"👍", `"`, "\n", "\x01", "<", "\u2028"} {
		c := desktest.NewChance(t, memory.New(epoch), epoch, 1, "")
		from := []chat.Address{{Kind: chat.Phone, Value: "+491"}}
		for i := range 40 {
			c.Do(desk.Inbound{Channel: chat.WhatsApp, AssetVendor: "v0", VendorID: fmt.Sprint(i), Addresses: from,
				ProfileName: strings.Repeat(text, 1000), Text: strings.Repeat(text, 2*desk.MaxInboundText)})
		}
		at := c.IDs.All[0]
		out := c.Do(desk.FromAgent{Agent: c.Agents[0], Epoch: epoch, Device: "d", Number: 1, ID: "1",
			Command: chat.Command{Kind: chat.CmdPick, Chat: at}})
		if got := messagesIn(out.Frames[1]); got < 1 || got >= wire.SnapshotMessages {
			t.Errorf("%q: the frame of a pick carries %d messages", text, got)
		}
		c.Read(func(v store.Reader) {
			before, pages := int64(0), 0
			for before != 1 {
				page := desk.Page(v, c.Agents[0], wire.More{Chat: string(at), Before: before, Count: wire.MaxPage})
				if _, err := wire.EncodeDown(&wire.Down{Page: &page}); err != nil || len(page.Messages) == 0 {
					t.Fatalf("%q: page before %d of %d messages: %v", text, before, len(page.Messages), err)
				}
				if last := page.Messages[len(page.Messages)-1].Number; last != page.Before-1 {
					t.Fatalf("%q: page before %d ends at %d", text, page.Before, last)
				}
				before = page.Messages[0].Number
				pages++
			}
			if pages < 2 {
				t.Errorf("%q: all in one page", text)
			}
		})
	}
}

func messagesIn(f desk.Frame) int {
	n := 0
	for _, c := range f.Changes {
		if c.Message != nil {
			n++
		}
	}
	return n
}

func TestTextFromOutsideIsBounded(t *testing.T) {
	c := desktest.NewChance(t, memory.New(epoch), epoch, 1, "")
	c.Do(desk.Inbound{
		Channel: chat.WhatsApp, AssetVendor: "v0", VendorID: "w", Addresses: []chat.Address{{Kind: chat.UserID, Value: "u"}},
		ProfileName: " Mi\x00na\r\n " + strings.Repeat("x", 200), Text: "a\x00b\xff\r\nc\rd\te\u0085" + strings.Repeat("é", desk.MaxInboundText),
		Files:       []desk.File{{VendorID: "f", Name: "..", MIME: "a\nb"}, {VendorID: "", Name: `C:\dir\photo.jpg`}},
		Unsupported: "x\ny",
	})
	c.Read(func(v store.Reader) {
		m, _ := v.Message(c.IDs.All[0], 1)
		if want := "a\uFFFDb\uFFFD\nc\nd\te\uFFFD"; !strings.HasPrefix(m.Text, want) || !strings.HasSuffix(m.Text, "é…") {
			t.Errorf("text begins with %q and ends with %q", m.Text[:len(want)], m.Text[len(m.Text)-6:])
		}
		if n := utf8.RuneCountInString(m.Text); n != desk.MaxInboundText {
			t.Errorf("text of %d characters", n)
		}
		if a := m.Attachments; a[0].Name != "file" || a[0].MIME != "a b" || a[1].Name != "photo.jpg" || a[1].State != chat.MediaFailed {
			t.Errorf("attachments %+v", a)
		}
		at, _ := v.Chat(c.IDs.All[0])
		who, _ := v.Customer(at.Customer)
		if !strings.HasPrefix(who.Name, "Mi\uFFFDna x") || utf8.RuneCountInString(who.Name) != desk.MaxName {
			t.Errorf("name %q", who.Name)
		}
		if strings.ContainsAny(at.LastText, "\n\t") || utf8.RuneCountInString(at.LastText) != 200 {
			t.Errorf("preview %q", at.LastText)
		}
	})
}

func TestReplyLength(t *testing.T) {
	c := desktest.NewChance(t, memory.New(epoch), epoch, 1, "")
	c.Do(desk.Inbound{Channel: chat.WhatsApp, AssetVendor: "v0", VendorID: "w", Addresses: []chat.Address{{Kind: chat.UserID, Value: "u"}}})
	number := int64(0)
	say := func(kind chat.CommandKind, text string) *desk.Result {
		number++
		return c.Do(desk.FromAgent{Agent: c.Agents[0], Epoch: epoch, Device: "d", Number: number, ID: "1",
			Command: chat.Command{Kind: kind, Chat: c.IDs.All[0], Assignment: 1, Base: 2, Text: text}}).Answer.Result
	}
	say(chat.CmdPick, "")
	if r := say(chat.CmdReply, strings.Repeat("é", chat.MaxText)); r.Outcome != wire.Done {
		t.Errorf("the longest reply: %+v", r)
	}
	if r := say(chat.CmdReply, strings.Repeat("é", chat.MaxText+1)); r.Problem == nil || r.Problem.Kind != chat.TooLong {
		t.Errorf("a longer reply: %+v", r)
	}
}

// TestDraftLimits: the longest draft fits, what two devices wrote is put together while that fits, and an agent has
// only so many, of which those thrown away are none.
func TestDraftLimits(t *testing.T) {
	c := desktest.NewChance(t, memory.New(epoch), epoch, 1, "")
	var chats []desk.Write
	c.Read(func(r store.Reader) {
		a, _ := r.Agent(c.Agents[0])
		for i := range chat.MaxDrafts + 1 {
			chats = append(chats, desk.PutChat{Chat: chat.Chat{ID: chat.ID(fmt.Sprint("c", i)), Status: chat.Closed, Team: a.Teams[0]}})
		}
	})
	c.Put(epoch, chats...)
	numbers := map[string]int64{}
	write := func(device string, chatNumber int, text, want string) {
		t.Helper()
		numbers[device]++
		r := c.Do(desk.FromAgent{Agent: c.Agents[0], Epoch: epoch, Device: chat.DeviceID(device), Number: numbers[device], ID: "1",
			Command: chat.Command{Kind: chat.CmdDraft, Chat: chat.ID(fmt.Sprint("c", chatNumber)), Text: text}}).Answer.Result
		got := string(r.Outcome)
		if r.Problem != nil {
			got = fmt.Sprint(int(r.Problem.Kind), r.Problem.Args)
		}
		if got != want {
			t.Errorf("%d characters into chat %d: %s, want %s", utf8.RuneCountInString(text), chatNumber, got, want)
		}
	}
	write("a", 0, strings.Repeat("é", chat.MaxDraft), "done")
	write("a", 0, strings.Repeat("é", chat.MaxDraft+1), "40 [8193 8192]")
	write("b", 0, "x", "40 [8194 8192]")
	write("a", 0, strings.Repeat("é", chat.MaxDraft-2), "done")
	write("b", 0, "x", "done")
	for i := 1; i < chat.MaxDrafts; i++ {
		write("a", i, "text", "done")
	}
	write("a", chat.MaxDrafts, "text", "23 [200 200]")
	write("a", 1, "", "done")
	write("a", chat.MaxDrafts, "text", "done")
}

// TestAddressesKept lets one person write from more phones than are kept.
func TestAddressesKept(t *testing.T) {
	c := desktest.NewChance(t, memory.New(epoch), epoch, 1, "")
	for i := range 9 {
		c.Do(desk.Inbound{Channel: chat.WhatsApp, AssetVendor: "v0", VendorID: fmt.Sprint("w", i),
			Addresses: []chat.Address{{Kind: chat.UserID, Value: "u"}, {Kind: chat.Phone, Value: fmt.Sprint("+49", i%7)}}})
	}
	c.Read(func(v store.Reader) {
		at, _ := v.Chat(c.IDs.All[0])
		who, _ := v.Identity(at.Identity)
		var got []string
		for _, a := range who.Addresses {
			got = append(got, a.Value)
		}
		if want := "u +494 +495 +496 +490 +491"; strings.Join(got, " ") != want {
			t.Errorf("addresses %v, want %s", got, want)
		}
	})
}

func TestResults(t *testing.T) {
	c := desktest.NewChance(t, memory.New(epoch), epoch, 1, "")
	for n := range int64(4) {
		c.Do(desk.FromAgent{Agent: c.Agents[0], Epoch: epoch, Device: "d", Number: n + 1, ID: chat.CommandID(fmt.Sprint(n + 1)),
			Command: chat.Command{Kind: chat.CmdNone}})
	}
	c.Read(func(v store.Reader) {
		for from, want := range map[int64]int{0: 0, 1: 4, 3: 2, 5: 0} {
			if got := desk.Results(v, "d", from); len(got) != want {
				t.Errorf("from %d: %d results, want %d", from, len(got), want)
			}
		}
		if got := desk.Results(v, "other", 1); got != nil {
			t.Errorf("of an unknown device: %v", got)
		}
	})
}

// TestWindowLooksFarBack answers a customer whose message has many others behind it.
func TestWindowLooksFarBack(t *testing.T) {
	c := desktest.NewChance(t, memory.New(epoch), epoch, 1, "")
	c.Do(desk.Inbound{Channel: chat.WhatsApp, AssetVendor: "v0", VendorID: "w", Addresses: []chat.Address{{Kind: chat.UserID, Value: "u"}}})
	for n := range int64(140) {
		kind := chat.CmdReply
		if n == 0 {
			kind = chat.CmdPick
		}
		if n == 139 {
			c.Now += 24 * 3600 * 1000
		}
		r := c.Do(desk.FromAgent{Agent: c.Agents[0], Epoch: epoch, Device: "d", Number: n + 1, ID: "1",
			Command: chat.Command{Kind: kind, Chat: c.IDs.All[0], Assignment: 1, Base: 1 + n, Text: "and"}}).Answer.Result
		want := wire.Done
		if n == 139 {
			want = wire.Held
		}
		if r.Outcome != want {
			t.Fatalf("command %d: %+v", n+1, r)
		}
	}
}

// TestNewAssetsAreBounded, whoever makes them: an admin in the console or by the command line.
func TestNewAssetsAreBounded(t *testing.T) { // C3
	c := desktest.NewChance(t, memory.New(epoch), epoch, 1, "")
	long := strings.Repeat("a", desk.MaxCredential)
	c.Do(desk.PutCredentials{Credential: desk.Credential{Name: long, Channel: chat.WhatsApp, AppSecret: "s", VerifyToken: "v", AccessToken: "a"}})
	var team chat.TeamID
	c.Read(func(r store.Reader) { team = r.Teams()[0].ID })
	for i, test := range []struct {
		field, name, address, vendor, credential string
	}{
		{"", strings.Repeat("ü", desk.MaxName), strings.Repeat("ü", desk.MaxName), strings.Repeat("1", desk.MaxKey), long},
		{"name", strings.Repeat("ü", desk.MaxName+1), "", "2", "wa"},
		{"address", "Line", strings.Repeat("ü", desk.MaxName+1), "2", "wa"},
		{"vendor_id", "Line", "", strings.Repeat("1", desk.MaxKey+1), "wa"},
		{"vendor_id", "Line", "", "1 2", "wa"},
		{"credential", "Line", "", "2", long + "a"},
		{"credential", "Line", "", "2", "a/b"},
	} {
		a := desk.Asset{Channel: chat.WhatsApp, Name: test.name, Address: test.address, VendorID: test.vendor, Credential: test.credential, Team: team}
		set := &chat.AssetSet{Channel: a.Channel, Name: a.Name, Address: a.Address, VendorID: a.VendorID, Credential: a.Credential, Team: team}
		if test.field == "" {
			set.VendorID = "another"
		}
		n := int64(i + 1)
		put := c.Do(desk.FromAgent{Agent: c.Agents[2], Epoch: epoch, Device: "d", Number: n, ID: chat.CommandID(fmt.Sprint(n)),
			Command: chat.Command{Kind: chat.CmdPutAsset, AssetSet: set}}).Answer.Result
		created := c.Do(desk.CreateAsset{Asset: a}).Answer
		if diff := cmp.Diff(created.Problem, put.Problem); diff != "" {
			t.Errorf("%+v: by the command line and in the console: %s", test, diff)
		}
		if p := put.Problem; (p == nil) != (test.field == "") || p != nil && (p.Kind != chat.BadValue || p.Args[0] != test.field) {
			t.Errorf("%+v: %v", test, p)
		}
	}
}
