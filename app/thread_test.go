package app

import (
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"parley/app/internal/engine"
	"parley/app/internal/inbox"
	"parley/app/internal/linktest"
	"parley/app/view"
	"parley/backend/chat"
)

// TestTheWindowCountsFromTheCustomersLastWords: by the vendor's time where there is one that is not later than the
// receipt, else by the server's (rule D6), as the server reckons it.
func TestTheWindowCountsFromTheCustomersLastWords(t *testing.T) {
	in := func(at, vendor chat.Millis) chat.Message {
		return chat.Message{Kind: chat.Inbound, At: at, VendorAt: vendor}
	}
	reply := chat.Message{Kind: chat.Reply, At: 900}
	for name, c := range map[string]struct {
		messages []chat.Message
		want     chat.Millis
	}{
		"none is here":                {nil, 7},
		"none is the customer's":      {[]chat.Message{reply}, 7},
		"the vendor's":                {[]chat.Message{in(100, 90), reply}, 90},
		"a vendor's that is later":    {[]chat.Message{in(100, 110)}, 100},
		"without a vendor's":          {[]chat.Message{in(100, 90), in(200, 0), reply}, 200},
		"an older one that came late": {[]chat.Message{in(100, 90), in(200, 30)}, 90},
	} {
		th := &engine.Thread{Messages: c.messages, Item: &inbox.Item{Chat: chat.Chat{LastInboundAt: 7}}}
		if got := lastWrote(th); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

// TestWhatCanBeTakenBackSaysSo: a reply that may have gone out cannot, whether or not the server is there.
func TestWhatCanBeTakenBackSaysSo(t *testing.T) {
	bubble(t, func(t *testing.T, a *started) {
		a.s.Wrote("A", "hello")
		a.s.Assign("A")
		synctest.Wait()
		a.s.Mute()
		a.Console.Send("A", "on its way")
		synctest.Wait()
		a.s.Down(0)
		synctest.Wait()
		a.Console.Send("A", "queued")
		got := map[string]bool{}
		for _, m := range a.conversation().Messages {
			got[m.Text] = m.Cancellable
			if m.Cancellable != (m.Command != "" && a.Console.Cancel(m.Command)) {
				t.Errorf("%q says %t", m.Text, m.Cancellable)
			}
		}
		if diff := cmp.Diff(map[string]bool{"hello": false, "on its way": false, "queued": true}, got); diff != "" {
			t.Error(diff)
		}
	})
}

// TestWhatWasAskedForOfAChat: a transfer of two is taken back from the header of one.
func TestWhatWasAskedForOfAChat(t *testing.T) {
	bubble(t, func(t *testing.T, a *started) {
		a.office()
		a.s.Down(0)
		synctest.Wait()
		a.Console.Send("A", "words")
		a.Console.SetPriority("A", 1)
		if p := a.Console.Transfer([]string{"A", "B"}, linktest.Team, "", ""); len(p) > 0 {
			t.Fatal(p)
		}
		got := a.conversation().Asked
		if len(got) != 2 {
			t.Fatalf("%+v", got)
		}
		want := []view.Asked{{Command: got[0].Command, Kind: "set_priority", Cancellable: true, Chats: 1},
			{Command: got[1].Command, Kind: "transfer", Cancellable: true, Chats: 2}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if !a.Console.Cancel(got[1].Command) || len(a.conversation().Asked) != 1 || len(a.status().Batches) != 0 {
			t.Error("it cannot be taken back")
		}
	})
}

// TestFindChats: as the page gets them.
func TestFindChats(t *testing.T) {
	bubble(t, func(t *testing.T, a *started) {
		a.s.Wrote("A", "my order is late")
		a.s.Wrote("A", "please")
		a.s.Assign("A")
		a.s.Wrote("Q", "hello")
		synctest.Wait()
		f := a.Console.FindChats("ORDER customer", true)
		if f.Query != "ORDER customer" || f.More || len(f.Rows) != 1 || f.Rows[0].ID != "A" || f.Rows[0].Found != "my order is late" {
			t.Errorf("%+v", f)
		}
		if f := a.Console.FindChats("customer", false); len(f.Rows) != 2 || f.Rows[0].Customer == "" {
			t.Errorf("%+v", f)
		}
		if f := a.Console.FindChats("nobody", true); f.Rows == nil || len(f.Rows) != 0 {
			t.Errorf("%+v", f)
		}
	})
}
