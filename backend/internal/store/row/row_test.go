package row

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/backend/chat"
	"parley/backend/internal/desk"
	"parley/backend/internal/store/storetest"
)

// TestEveryWrite: what is encoded is read again, whatever its kind.
func TestEveryWrite(t *testing.T) {
	all := append(storetest.Fixture(), storetest.Filled()...)
	all = append(all, desk.DropCustomer{Key: "c1"}, desk.DropIdentity{ID: "i1"}, desk.DropTimer{ID: "t1"},
		desk.DropDraft{Agent: "a1", Chat: "h1"}, desk.DropToken{Hash: "0a"}, desk.PutMessage{Message: chat.Message{ID: "m", Chat: "h", Number: 1}})
	for _, w := range all {
		text, err := Encode(w)
		if err != nil {
			t.Fatalf("%T: %v", w, err)
		}
		again, err := Decode(text)
		if err != nil {
			t.Fatalf("%T: %v", w, err)
		}
		if diff := cmp.Diff(w, again, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%T: %s", w, diff)
		}
	}
}

func TestWhatIsNoWrite(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": `{}`, "null": `{"team":null}`, "two": `{"drop_timer":{"id":"a"},"drop_customer":{"key":"b"}}`,
		"unknown": `{"tem":{"id":"a"}}`, "unknown within": `{"team":{"id":"a","colour":"red"}}`,
		"twice": `{"drop_timer":{"id":"a"},"drop_timer":{"id":"a"}}`, "a vendor's id of nothing": `{"vendor":{"channel":"sms","id":"1"}}`,
		"a vendor's id of a team": `{"team":{"id":"a"},"vendor":{"channel":"sms","id":"1"}}`, "more behind it": `{"drop_timer":{"id":"a"}}{}`,
		"no object": `[]`, "cut off": `{"team":{"id":"a"`, "not UTF-8": "{\"team\":{\"id\":\"\xff\"}}",
	} {
		if w, err := Decode([]byte(text)); err == nil {
			t.Errorf("%s: read as %v", name, w)
		}
	}
	if _, err := Encode(desk.PutTeam{Team: desk.Team{ID: "\xff"}}); err == nil {
		t.Error("text that is not UTF-8 was encoded")
	}
}

// FuzzDecode: a line of an export is read or refused, and what was read is written the same way ever after.
func FuzzDecode(f *testing.F) {
	for _, w := range append(storetest.Fixture(), storetest.Filled()...) {
		text, err := Encode(w)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Add([]byte(`{"team":{"id":"secret words"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		w, err := Decode(text)
		if err != nil {
			if strings.Contains(err.Error(), "secret words") {
				t.Errorf("the error repeats the text: %v", err)
			}
			return
		}
		once, err := Encode(w)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		again, err := Decode(once)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if diff := cmp.Diff(w, again, cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
	})
}

// FuzzParse: a doc from a broken disk is read or refused, and the refusal does not repeat it.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{`{}`, `{"id":"secret words","chat":"h","number":1}`, `{"line":{"args":["secret words"]}}`,
		`{"secret words":1}`, `{"text":"secret words`, `[]`, `{"attachments":[{"size":"secret words"}]}`, `{"at":1e99}`, `{"line":{"args":[]}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var d Message
		err := Parse(text, &d)
		if err == nil {
			again, err := Text(NewMessage(d.Noun()))
			if err != nil {
				t.Fatalf("what was read cannot be written: %v", err)
			}
			var d2 Message
			if err := Parse([]byte(again), &d2); err != nil {
				t.Fatalf("what was written cannot be read: %v", err)
			}
			if diff := cmp.Diff(d.Noun(), d2.Noun(), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			return
		}
		if strings.Contains(err.Error(), "secret words") {
			t.Errorf("the error repeats the doc: %v", err)
		}
	})
}
