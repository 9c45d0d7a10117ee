package outbox

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"parley/backend/chat"
	"parley/backend/wire"
)

// shown is a chat's draft as it is shown, where the server has on.
func (r *rig) shown(on wire.Draft) string { return r.Queue.shown("A", on) }

func (r *rig) sync(id string, on wire.Draft) { r.SyncDraft("A", Entry{ID: chat.CommandID(id)}, on) }

func TestADraftStandsHereUntilTheServerHasIt(t *testing.T) { // Q11
	r := begin(t)
	r.online(0)
	none := wire.Draft{Chat: "A"}
	r.SetDraft("A", "hel", none)
	r.sync("d1", none)
	r.save()
	r.restart()
	r.online(0)
	if got := r.shown(none); got != "hel" || len(r.Unsynced()) != 0 {
		t.Errorf("%q, to be told: %v", got, r.Unsynced())
	}
	if sent := r.Next(0); len(sent) != 1 || sent[0].Kind != "draft" || sent[0].Text != "hel" || sent[0].Base != 0 {
		t.Fatalf("%+v", sent)
	}
	r.ends("d1", wire.Done, 0)
	if _, here := r.Draft("A"); here {
		t.Error("it stands here although the server has it")
	}
	theirs := wire.Draft{Chat: "A", Text: "from elsewhere", Revision: 9, Device: "other"}
	r.HeardDraft(theirs)
	if got := r.shown(theirs); got != "from elsewhere" {
		t.Errorf("shown: %q", got)
	}
}

func TestUnsentDraftsBecomeOne(t *testing.T) { // Q7, Q12
	r := begin(t)
	none := wire.Draft{Chat: "A"}
	for i, text := range []string{"h", "he", "hel"} {
		r.SetDraft("A", text, none)
		r.sync(fmt.Sprint("d", i), none)
		r.Add(reply(fmt.Sprint("r", i), "between"))
	}
	r.online(0)
	if diff := cmp.Diff([]string{"draft", "reply", "reply", "reply"}, r.kinds()); diff != "" || r.entries[0].Command.Text != "hel" {
		t.Errorf("%s %+v", diff, r.entries[0])
	}
	r.SetDraft("A", "hello", none)
	r.sync("d9", none)
	if r.Len() != 4 || len(r.Unsynced()) != 1 {
		t.Error("a second draft goes out while the first may be on its way")
	}
	r.ends("d0", wire.Done, 0)
	r.sync("d9", wire.Draft{Chat: "A", Text: "hel", Revision: 5, Device: "dev"})
	if e, ok := r.Find("d9"); !ok || e.Command.Text != "hello" {
		t.Error("what was written meanwhile does not follow")
	}
}

func TestADraftThatIsWhatTheServerHas(t *testing.T) { // Q11
	r := begin(t)
	on := wire.Draft{Chat: "A", Text: "same", Revision: 4, Device: "other"}
	r.SetDraft("A", "same", on)
	r.SetDraft("A", "same and more", on)
	r.SetDraft("A", "same", on)
	r.sync("d", on)
	if _, here := r.Draft("A"); here || r.Len() != 0 {
		t.Errorf("%d commands for nothing", r.Len())
	}
}

// TestWordsOfAnotherDeviceComeFirst: the server put both together while the agent went on writing here.
func TestWordsOfAnotherDeviceComeFirst(t *testing.T) { // Q12
	r := begin(t)
	none := wire.Draft{Chat: "A"}
	r.SetDraft("A", "mine", none)
	r.sync("d1", none)
	r.online(0)
	r.SetDraft("A", "mine goes on", none)
	both := wire.Draft{Chat: "A", Text: "theirs\nmine", Revision: 7}
	r.ends("d1", wire.Done, 0)
	r.HeardDraft(both)
	r.save()
	r.restart()
	if got := r.shown(both); got != "theirs\nmine goes on" {
		t.Fatalf("%q", got)
	}
	r.sync("d2", both)
	if e, ok := r.Find("d2"); !ok || e.Command.Base != 7 || e.Command.Text != "theirs\nmine goes on" {
		t.Errorf("%+v", e)
	}
}

func TestADraftThatTheServerDoesNotTake(t *testing.T) { // Q13
	r := begin(t)
	none := wire.Draft{Chat: "A"}
	r.SetDraft("A", "words", none)
	r.sync("d", none)
	r.online(0)
	if a := r.ends("d", wire.Refused, chat.NotFound); a.Notice != nil || a.Decision {
		t.Errorf("it is told: %+v", a)
	}
	if got := r.shown(none); got != "words" || len(r.Unsynced()) != 1 {
		t.Errorf("%q, to be told: %v", got, r.Unsynced())
	}
	r.SetDraft("A", strings.Repeat("ä", chat.MaxDraft+1), none)
	r.sync("e", none)
	if r.Len() != 0 {
		t.Error("one that is too long goes out")
	}
	r.SetDraft("A", strings.Repeat("ä", chat.MaxDraft), none)
	r.sync("f", none)
	if r.Len() != 1 {
		t.Error("one that is not too long stays")
	}
}

// TestWhatIsForColleaguesStaysSo: on this device, over a new start, and beside words for the customer.
func TestWhatIsForColleaguesStaysSo(t *testing.T) { // Q17
	none := wire.Draft{Chat: "A"}
	is := func(r *rig, text string, kind chat.Kind) {
		t.Helper()
		r.save()
		r.restart()
		if got := r.shown(none); got != text || r.DraftKind("A") != kind {
			t.Errorf("%q as a %s, want %q as a %s", got, r.DraftKind("A"), text, kind)
		}
	}
	r := begin(t)
	r.SetDraft("A", "words", none)
	r.SetNote("A", "words", none)
	r.sync("d", none)
	if is(r, "words", chat.Note); r.Len() != 0 || len(r.Unsynced()) != 0 {
		t.Error("the server is told of a note that is being written")
	}
	r.Add(Entry{ID: "n", Command: chat.Command{Kind: chat.CmdNote, Chat: "A", Text: "words"}})
	r.SetDraft("A", "", none)
	r.save()
	r.SetDraft("A", "for the customer", none)
	is(r, "for the customer", chat.Reply)
	if _, ok := r.Cancel("n", r.newID, none); !ok {
		t.Fatal("not cancelled")
	}
	is(r, "for the customer\nwords", chat.Note)
	r.PutBack("A", chat.Reply, "held", none)
	is(r, "for the customer\nwords\nheld", chat.Note)
	r.SetNote("A", "", none)
	is(r, "", chat.Reply)
}

func TestADraftThatTheDiskRefuses(t *testing.T) { // Q1, Q13
	r := begin(t)
	none := wire.Draft{Chat: "A"}
	r.SetDraft("A", "words", none)
	r.sync("d", none)
	r.Take()
	if dropped := r.Failed(); len(dropped) != 1 || dropped[0].Lost {
		t.Errorf("%+v", dropped)
	}
	if got := r.shown(none); got != "words" || len(r.Unsynced()) != 1 {
		t.Errorf("%q, to be told: %v", got, r.Unsynced())
	}
}

// TestDraftsOfTwoDevices: whatever both write, and however they are cut off and killed, no word is lost, and when all
// is quiet both show the same.
func TestDraftsOfTwoDevices(t *testing.T) { // Q11, Q12
	for seed := range uint64(1500) {
		w := newDrafting(t, seed)
		for range 60 {
			w.step()
		}
		w.settle()
		for word := range w.written {
			if !strings.Contains(w.row.Text, word) {
				t.Fatalf("seed %d: %q is lost from %q", seed, word, w.row.Text)
			}
		}
		for _, d := range w.devices {
			if got := d.shown(d.on); got != w.row.Text {
				t.Fatalf("seed %d: shown %q, the server has %q", seed, got, w.row.Text)
			}
		}
	}
}

// drafting is a server with one draft, and two devices of the agent.
type drafting struct {
	r       *rand.Rand
	row     wire.Draft
	devices []*drafter
	written map[string]bool
}

type drafter struct {
	*rig
	on     wire.Draft // as its replica has it
	frames []frame    // on their way to it
	asked  int64      // commands that the server has decided
	result map[int64]*wire.Result
}

type frame struct {
	draft  wire.Draft
	result *wire.Result
}

func newDrafting(t *testing.T, seed uint64) *drafting {
	w := &drafting{r: rand.New(rand.NewPCG(seed, 5)), row: wire.Draft{Chat: "A"}, written: map[string]bool{}}
	for _, id := range []chat.DeviceID{"one", "two"} {
		d := &drafter{rig: &rig{Queue: New(id), t: t, d: disk{}, newID: ids()}, on: w.row, result: map[int64]*wire.Result{}}
		d.save()
		w.devices = append(w.devices, d)
	}
	return w
}

func (w *drafting) step() {
	d := w.devices[w.r.IntN(2)]
	switch w.r.IntN(8) {
	case 0, 1:
		word := fmt.Sprintf("<%d>", len(w.written))
		w.written[word] = true
		d.SetDraft("A", d.shown(d.on)+word, d.on)
		d.save() // SaveDraft has returned
	case 2:
		d.SyncDraft("A", Entry{ID: d.newID()}, d.on)
	case 3:
		d.save()
	case 4:
		d.online(d.asked)
	case 5:
		w.send(d)
	case 6:
		d.receive()
	case 7:
		d.restart()
	}
}

// send brings the commands of a device to the server; some are lost with the connection.
func (w *drafting) send(d *drafter) {
	for _, c := range d.Next(0) {
		switch {
		case w.r.IntN(5) == 0:
			d.Disconnected()
			return
		case c.Number <= d.asked:
			d.frames = append(d.frames, frame{result: d.result[c.Number]})
		case c.Number == d.asked+1:
			w.decide(d, &c)
		}
	}
}

// decide is the server's rule for a draft.
func (w *drafting) decide(d *drafter, c *wire.Command) {
	d.asked = c.Number
	result := &wire.Result{Device: string(d.Device()), Number: c.Number, ID: c.ID, Outcome: wire.Done}
	d.result[c.Number] = result
	text, device := c.Text, string(d.Device())
	if w.row.Device != string(d.Device()) && w.row.Revision > c.Base && !strings.HasPrefix(text, w.row.Text) {
		text, device = w.row.Text+"\n"+text, ""
	}
	w.row = wire.Draft{Chat: "A", Text: text, Revision: w.row.Revision + 1, Device: device}
	for _, each := range w.devices {
		each.frames = append(each.frames, frame{draft: w.row, result: result})
	}
}

// receive applies the next frame: the replica first, then the results, then the drafts.
func (d *drafter) receive() {
	if len(d.frames) == 0 {
		return
	}
	f := d.frames[0]
	d.frames = d.frames[1:]
	if f.draft.Chat != "" {
		d.on = f.draft
	}
	if f.result != nil && d.Answer(f.result).Entry != nil {
		d.HeardDraft(d.on)
	}
	if f.draft.Chat != "" {
		d.HeardDraft(d.on)
	}
}

// settle lets everything come to its end.
func (w *drafting) settle() {
	for range 40 {
		for _, d := range w.devices {
			for len(d.frames) > 0 {
				d.receive()
			}
			d.SyncDraft("A", Entry{ID: d.newID()}, d.on)
			d.online(d.asked)
			for d.Len() > 0 && len(d.frames) == 0 {
				w.send(d)
				d.online(d.asked)
			}
		}
	}
}
