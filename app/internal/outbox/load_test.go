package outbox

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/app/internal/record"
	"parley/backend/chat"
	"parley/backend/wire"
)

// TestTheFirstVersionsFile: what version 0.1 has written opens, and goes on.
func TestTheFirstVersionsFile(t *testing.T) { // Q14
	r := &rig{t: t, d: fixture(t, "testdata/0.1.txt"), newID: ids()}
	r.restart()
	if r.Device() != "dev-1" || r.next != 9 {
		t.Errorf("device %s, next %d", r.Device(), r.next)
	}
	if diff := cmp.Diff([]string{"open", "reply", "set_availability"}, r.kinds()); diff != "" {
		t.Error(diff)
	}
	if e := r.entries[1]; e.Command.Text != "It arrives tomorrow.\n👍" || e.Tried || e.Command.Base != 11 || e.Inbounds != 4 {
		t.Errorf("%+v", e)
	}
	want := []*Decision{{ID: "01941f29-7c00-7aaa-8bbb-000000000005", Kind: chat.Reply, Chat: "SUPK3V09X2QLM7TA", Customer: "Ada",
		Text: "Held words", At: 1767225500000, Problem: chat.Problem{Kind: chat.AnsweredByOther, Args: []string{"Jonas"}}}}
	if diff := cmp.Diff(want, r.Decisions()); diff != "" {
		t.Error(diff)
	}
	if draft, here := r.Draft("SUPK3V09X2QLM7TA"); draft != "begun" || !here {
		t.Errorf("draft %q, %v", draft, here)
	}
	if diff := cmp.Diff([]chat.ID{"SUPK3V09X2QLM7TA"}, r.Unsynced()); diff != "" {
		t.Errorf("the server was never told of it: %s", diff)
	}
}

// fixture reads lines of bucket, key and value.
func fixture(t testing.TB, name string) disk {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	d := disk{}
	for line := range strings.Lines(string(text)) {
		f := strings.SplitN(strings.TrimSpace(line), " ", 3)
		if d[f[0]] == nil {
			d[f[0]] = map[string][]byte{}
		}
		d[f[0]][f[1]] = []byte(f[2])
	}
	return d
}

func TestEverythingComesBack(t *testing.T) { // Q15
	r := decided(t)
	r.Add(Entry{ID: "y", Epoch: "e", WrittenAt: 5, Customer: "Ada", Inbounds: 7, Command: chat.Command{Kind: chat.CmdSettle,
		Chat: "A", Assignment: 2, Base: 9, UpTo: 8, Text: "t", Availability: chat.Unavailable, Message: "m", WentOut: true}})
	r.AnswerWith("x", answer("z", chat.CmdNote))
	r.SetDraft("A", "begun", wire.Draft{Revision: 4})
	r.SetDraft("B", "told", wire.Draft{})
	r.SyncDraft("B", Entry{ID: "d"}, wire.Draft{})
	r.save()
	was := *r.Queue
	r.restart()
	if diff := cmp.Diff(was.entries, r.entries); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(was.decisions, r.decisions); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(was.drafts, r.drafts, cmp.AllowUnexported(draft{})); diff != "" {
		t.Error(diff)
	}
	if r.next != was.next || r.epoch != was.epoch || r.epoch != "e" || r.device != was.device || r.agent != was.agent || len(r.Take()) != 0 {
		t.Errorf("next %d %d, device %s, agent %s", r.next, was.next, r.device, r.agent)
	}
}

// TestWhatCannotBeReadIsPutAside: it is kept as it is, and neither its number nor its place is taken from it.
func TestWhatCannotBeReadIsPutAside(t *testing.T) { // Q14
	key := numberKey(1)
	for name, bad := range map[string]string{
		"cut":               `{"number":`,
		"of a newer app":    `{"number":1,"id":"a","inbounds":-1,"kind":"transfer","chat":"A","to":"ag9"}`,
		"of another key":    `{"number":2,"id":"b","inbounds":-1,"kind":"none"}`,
		"without an id":     `{"number":1,"id":"","inbounds":-1,"kind":"none"}`,
		"of a negative one": `{"number":1,"id":"a","inbounds":-1,"kind":"reply","base":-1}`,
	} {
		r := begin(t)
		r.Add(reply("a", "one"))
		r.Add(reply("b", "two"))
		r.save()
		r.d[bucketCommands][key] = []byte(bad)
		q, err := Load(r.d.read, "new")
		if err == nil || q.Len() != 1 || q.Device() != "dev" {
			t.Fatalf("%s: %+v, %v", name, q, err)
		}
		if strings.Contains(err.Error(), "transfer") {
			t.Errorf("%s: the error tells what stood there: %v", name, err)
		}
		r.Queue = q
		r.save()
		if kept := r.d[bucketAside][bucketCommands+"\x00"+key]; !bytes.Equal(kept, []byte(bad)) || r.d[bucketCommands][key] != nil {
			t.Errorf("%s: kept %q, and in its place %q", name, kept, r.d[bucketCommands][key])
		}
		r.restart() // and it is said once
		r.online(0)
		if diff := cmp.Diff([]string{"none", "reply"}, r.kinds()); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if _, there := r.d[bucketAside]; !there {
			t.Errorf("%s: it is gone", name)
		}
	}
}

func TestADiskThatCannotBeRead(t *testing.T) {
	if _, err := Load(func(string) ([]record.Record, error) { return nil, errors.New("broken") }, "d"); err == nil {
		t.Error("a disk that cannot be read is no error")
	}
}

// TestCommandsOfAnotherDeviceDoNotGoOut: as after the device's record was lost, or another one's came back. Their
// numbers are another device's; sent under this one's id they would be done twice.
func TestCommandsOfAnotherDeviceDoNotGoOut(t *testing.T) { // Q5
	for name, damage := range map[string]func(d disk){
		"the record is lost":   func(d disk) { delete(d[bucketDevice], deviceKey) },
		"it cannot be read":    func(d disk) { d[bucketDevice][deviceKey] = []byte("{") },
		"it is another device": func(d disk) { d[bucketDevice][deviceKey] = []byte(`{"device":"other","next":1}`) },
	} {
		r := begin(t)
		r.Add(reply("a", "words"))
		r.Add(Entry{ID: "n", Command: chat.Command{Kind: chat.CmdNote, Chat: "A", Text: "note"}})
		r.Add(Entry{ID: "p", Command: chat.Command{Kind: chat.CmdPick, Chat: "A"}})
		r.SetDraft("B", "draft", wire.Draft{})
		r.SyncDraft("B", Entry{ID: "d"}, wire.Draft{})
		r.save()
		damage(r.d)
		q, _ := Load(r.d.read, "new")
		r.Queue = q
		r.save()
		r.restart()
		r.online(0)
		if len(r.Next(0)) != 0 || r.Device() == "dev" {
			t.Errorf("%s: device %s sends", name, r.Device())
		}
		var got []string
		for _, d := range r.Decisions() {
			got = append(got, string(d.Kind)+" "+d.Text)
			if d.Problem.Kind != chat.FateLost {
				t.Errorf("%s: problem %d", name, d.Problem.Kind)
			}
		}
		if diff := cmp.Diff([]string{"note note", "reply words"}, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		if diff := cmp.Diff([]chat.ID{"B"}, r.Unsynced()); diff != "" {
			t.Errorf("%s: the draft: %s", name, diff)
		}
	}
}

// TestTheFirstVersionsFileWithoutItsDevice: its rows do not say whose their numbers are.
func TestTheFirstVersionsFileWithoutItsDevice(t *testing.T) { // Q5
	r := &rig{t: t, d: fixture(t, "testdata/0.1.txt"), newID: ids()}
	delete(r.d, bucketDevice)
	r.restart()
	if r.Len() != 0 || r.Device() != "new" || len(r.Decisions()) != 2 {
		t.Errorf("device %s with %d commands and %d decisions", r.Device(), r.Len(), len(r.Decisions()))
	}
}

func FuzzLoad(f *testing.F) {
	d := fixture(f, "testdata/0.1.txt")
	for bucket, records := range d {
		for key, value := range records {
			f.Add(bucket, key, value)
		}
	}
	f.Add(bucketCommands, numberKey(1), []byte(`{"number":1,"device":"dev","id":"a","inbounds":-1,"kind":"draft","chat":"A","text":"x"}`))
	f.Add(bucketDecisions, "x", []byte(`{"id":"x","kind":"note","chat":"A","text":"words","at":1,"problem":33,"answer":"y","base":4}`))
	f.Add(bucketDrafts, "A", []byte(`{"text":"x","base":7,"queued":true}`))
	f.Add(bucketOthers, "ada\x00A", []byte(`{"text":"x","note":true}`))
	f.Add(bucketEnded, "x", []byte(`{"command":{"number":3,"id":"x","inbounds":-1,"kind":"transfer","chats":[{"chat":"A","assignment":1}]},"to":"Bob","done":0,"failed":[{"chat":"A","customer":"C","problem":23,"args":["1","1"]}]}`))
	f.Add(bucketCommands, numberKey(9_223_372_036_854_775_807), []byte(`{"number":9223372036854775807,"id":"a","inbounds":-1,"kind":"none"}`))
	f.Add(bucketDevice, deviceKey, []byte(`{"device":"d","next":9223372036854775807}`))
	f.Fuzz(func(t *testing.T, bucket, key string, value []byte) {
		r := &rig{t: t, d: disk{bucketDevice: {deviceKey: []byte(`{"device":"dev","next":2}`)}}, newID: ids()}
		r.d.apply(record.Batch{{Kind: record.OpPut, Bucket: bucket, Key: key, Value: value}})
		q, err := Load(r.d.read, "new")
		if q == nil {
			t.Fatal(err)
		}
		r.Queue = q
		r.Add(reply("x", "words"))
		r.Welcomed("me", max(0, r.next-5), r.newID)
		r.save()
		if kept, there := r.d[bucketAside][bucket+"\x00"+key]; err != nil && (!there || !bytes.Equal(kept, value)) {
			t.Errorf("not put aside: %v", err)
		}
		for _, c := range r.Next(0) {
			if _, err := wire.EncodeUp(&wire.Up{Command: &c}); err != nil {
				t.Errorf("it cannot be sent: %v", err)
			}
		}
		r.restart()
	})
}
