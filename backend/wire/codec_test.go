package wire

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"parley/backend/chat"
)

func TestDecodeUpRefuses(t *testing.T) {
	hello := `{"min_version":1,"max_version":1,"device":"d","app":"a"`
	command := `{"command":{"number":1,"id":"i","epoch":"e","age_millis":0,"kind":"pick"`
	tests := []struct {
		name, in string
		want     error
	}{
		{"nothing", ``, ErrMalformed},
		{"not JSON", `hello`, ErrMalformed},
		{"not an object", `[1]`, ErrMalformed},
		{"two texts", `{"beat":{}}{"beat":{}}`, ErrMalformed},
		{"no member", `{}`, ErrMalformed},
		{"a null member", `{"beat":null}`, ErrMalformed},
		{"two members", `{"beat":{},"earlier":{"customer":"c"}}`, ErrMalformed},
		{"a name twice", `{"beat":{},"beat":{}}`, ErrMalformed},
		{"a name twice, deep", `{"beat":{"now":1,"now":2}}`, ErrMalformed},
		{"a name twice in what is ignored", `{"beat":{},"new":{"a":1,"a":2}}`, ErrMalformed},
		{"another case", `{"Beat":{}}`, ErrUnknownKind},
		{"bad UTF-8", "{\"earlier\":{\"customer\":\"\xff\"}}", ErrMalformed},
		{"half a surrogate", `{"earlier":{"customer":"\ud800"}}`, ErrMalformed},
		{"a fraction", `{"beat":{"now":1.5}}`, ErrMalformed},
		{"a number in a string", `{"beat":{"now":"1"}}`, ErrMalformed},
		{"too large a number", `{"beat":{"now":9223372036854775808}}`, ErrMalformed},
		{"no customer", `{"earlier":{}}`, ErrMalformed},
		{"before -1", `{"more":{"chat":"c","before":-1,"count":1}}`, ErrMalformed},
		{"count 0", `{"more":{"chat":"c","before":2,"count":0}}`, ErrMalformed},
		{"no device", `{"hello":{"min_version":1,"max_version":1,"device":"","app":""}}`, ErrMalformed},
		{"a device with a space", `{"hello":{"min_version":1,"max_version":1,"device":"my desk","app":""}}`, ErrMalformed},
		{"negative position", `{"hello":` + hello + `,"at":[{"stream":{"kind":"agent"},"position":{"epoch":"e","seq":-1}}]}}`, ErrMalformed},
		{"position without stream", `{"hello":` + hello + `,"at":[{"position":{"epoch":"e","seq":1}}]}}`, ErrMalformed},
		{"too many positions", `{"hello":` + hello + `,"at":[` + strings.Repeat(`{"stream":{"kind":"queue"},"position":{"epoch":"e","seq":1}},`, MaxStreams) +
			`{"stream":{"kind":"queue"},"position":{"epoch":"e","seq":1}}]}}`, ErrMalformed},
		{"command 0", `{"command":{"number":0,"id":"i","kind":"pick"}}`, ErrMalformed},
		{"command without id", `{"command":{"number":1,"kind":"pick"}}`, ErrMalformed},
		{"a long id", command + `,"chat":"` + strings.Repeat("x", MaxID+1) + `"}}`, ErrMalformed},
		{"a chat with U+0000", command + `,"chat":"a\u0000b"}}`, ErrMalformed},
		{"a message with a space", command + `,"message":"a b"}}`, ErrMalformed},
		{"a head without a position", `{"beat":{"heads":[{"stream":{"kind":"agent"}}]}}`, ErrMalformed},
		{"a negative age", `{"command":{"number":1,"id":"i","kind":"pick","age_millis":-1}}`, ErrMalformed},
		{"a chat twice", command + `,"chats":[{"chat":"a","assignment":1},{"chat":"a","assignment":2}]}}`, ErrMalformed},
		{"a chat without id", command + `,"chats":[{"assignment":1}]}}`, ErrMalformed},
		{"a negative assignment among chats", command + `,"chats":[{"chat":"a","assignment":-1}]}}`, ErrMalformed},
		{"too many chats", command + `,"chats":[` + numbered(`{"chat":"c%d","assignment":1}`, MaxBatch+1) + `]}}`, ErrMalformed},
		{"too many tags", command + `,"tags":[` + numbered(`"t%d"`, chat.MaxTags+1) + `]}}`, ErrMalformed},
		{"too many tags to take away", command + `,"untags":[` + numbered(`"t%d"`, chat.MaxTags+1) + `]}}`, ErrMalformed},
		{"a long tag", command + `,"tags":["` + strings.Repeat("x", MaxWords+1) + `"]}}`, ErrMalformed},
		{"a negative priority", command + `,"priority":-1}}`, ErrMalformed},
		{"a long order", command + `,"order":"` + strings.Repeat("x", MaxID+1) + `"}}`, ErrMalformed},
		{"a team with a space", command + `,"team":"a b"}}`, ErrMalformed},
		{"a team's negative minutes", command + `,"team_set":{"name":"n","settings":{"release_minutes":-1}}}}`, ErrMalformed},
		{"a team's long name", command + `,"team_set":{"name":"` + strings.Repeat("x", MaxWords+1) + `"}}}`, ErrMalformed},
		{"an agent in too many teams", command + `,"agent_set":{"name":"n","role":"","teams":[` + numbered(`"t%d"`, MaxBatch+1) + `],"threshold":1,"active":true}}}`, ErrMalformed},
		{"an agent's negative threshold", command + `,"agent_set":{"name":"n","role":"","threshold":-1,"active":true}}}`, ErrMalformed},
		{"an asset shared with nothing", command + `,"asset_set":{"id":"a","name":"n","team":"t","shared":[""],"active":true}}}`, ErrMalformed},
		{"an asset's long address", command + `,"asset_set":{"name":"n","team":"t","active":true,"address":"` + strings.Repeat("x", MaxWords+1) + `"}}}`, ErrMalformed},
		{"an asset's long vendor id", command + `,"asset_set":{"name":"n","team":"t","active":true,"vendor_id":"` + strings.Repeat("x", MaxWords+1) + `"}}}`, ErrMalformed},
		{"an asset's long credential", command + `,"asset_set":{"name":"n","team":"t","active":true,"credential":"` + strings.Repeat("x", MaxWords+1) + `"}}}`, ErrMalformed},
		{"an asset's long channel", command + `,"asset_set":{"name":"n","team":"t","active":true,"channel":"` + strings.Repeat("x", MaxID+1) + `"}}}`, ErrMalformed},
		{"an aim at nothing", `{"aim":{"chats":[]}}`, ErrMalformed},
		{"an aim at a chat twice", `{"aim":{"chats":["a","a"]}}`, ErrMalformed},
		{"an aim at too many", `{"aim":{"chats":[` + numbered(`"c%d"`, MaxBatch+1) + `]}}`, ErrMalformed},
		{"too large", `{"earlier":{"customer":"` + strings.Repeat("x", MaxUpBytes) + `"}}`, ErrTooLarge},
		{"unknown kind", `{"typing":{"chat":"c"}}`, ErrUnknownKind},
		{"unknown critical kind", `{"typing":{"chat":"c"},"critical":true}`, ErrCritical},
		{"unknown critical member", command + `,"delay":5,"critical":true}}`, ErrCritical},
		{"critical first", `{"critical":true,"typing":1}`, ErrCritical},
		{"critical in an array", `{"hello":` + hello + `,"at":[{"stream":{"kind":"agent","x":1,"critical":true},"position":{"epoch":"e","seq":1}}]}}`, ErrCritical},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			u, err := DecodeUp([]byte(test.in))
			if !errors.Is(err, test.want) {
				t.Errorf("DecodeUp gives %+v, %v; want %v", u, err, test.want)
			}
		})
	}
}

// numbered returns n elements of an array.
func numbered(format string, n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf(format, i))
	}
	return strings.Join(all, ",")
}

func TestDecodeIgnoresWhatIsNewer(t *testing.T) {
	for _, in := range []string{
		`{"beat":{"now":3}}`,
		`{"beat":{"now":3},"critical":true}`,
		`{"critical":false,"beat":{"now":3},"trace":"x"}`,
		`{"beat":{"now":3,"mood":{"critical":true,"x":1}}}`,
	} {
		u, err := DecodeUp([]byte(in))
		if diff := cmp.Diff(Up{Beat: &Beat{Now: 3}}, u); err != nil || diff != "" {
			t.Errorf("%s: %v %s", in, err, diff)
		}
	}
}

func TestDecodeDownChanges(t *testing.T) {
	frame := func(changes string) string {
		return `{"frame":{"stream":{"kind":"agent","id":"a"},"epoch":"e","seq":1,"at":0,"changes":[` + changes + `]}}`
	}
	d, err := DecodeDown([]byte(frame(`{"survey":{"id":"s"}},{"team":{"id":"t","name":"n","colour":"red"}},null`)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Change{{Team: &Team{ID: "t", Name: "n"}}}, d.Frame.Changes); diff != "" {
		t.Error(diff)
	}
	for in, want := range map[string]error{
		frame(`{"survey":{"id":"s"},"critical":true}`):                                                  ErrCritical,
		frame(`{"team":{"id":"t","name":"n"},"chat_gone":{"id":"c"}}`):                                  ErrMalformed,
		`{"frame":{"stream":{"kind":""},"epoch":"e","seq":1,"at":0}}`:                                   ErrMalformed,
		`{"frame":{"stream":{"kind":"tenant"},"epoch":"","seq":1,"at":0}}`:                              ErrMalformed,
		`{"snapshot":{"stream":{"kind":"tenant"},"at":{"epoch":"e","seq":-1}}}`:                         ErrMalformed,
		`{"welcome":{"version":1,"agent":{"id":"a"},"streams":[]}}`:                                     ErrMalformed,
		`{"welcome":{"version":1,"streams":[{"stream":{"kind":"agent"}}]}}`:                             ErrMalformed,
		`{"welcome":{"version":1,"agent":{"id":"a"},"streams":[{"stream":{"kind":"agent","id":"b"}}]}}`: ErrMalformed,
		`{"token":{"token":""}}`:                                             ErrMalformed,
		`{"token":{"token":"a b"}}`:                                          ErrMalformed,
		`{"token":{"token":"a","expires_at":-1}}`:                            ErrMalformed,
		`{"refetch":{"from":1},"beat":{}}`:                                   ErrMalformed,
		`{"goodbye":{"reason":"` + strings.Repeat("x", MaxDownBytes) + `"}}`: ErrTooLarge,
	} {
		if _, err := DecodeDown([]byte(in)); !errors.Is(err, want) {
			t.Errorf("%.80s: %v, want %v", in, err, want)
		}
	}
}

func TestEncodeRefuses(t *testing.T) {
	for name, d := range map[string]*Down{
		"nothing":   {},
		"two":       {Beat: &Beat{}, Refetch: &Refetch{}},
		"bad UTF-8": {Goodbye: &Goodbye{Reason: "\xff"}},
		"too large": {Goodbye: &Goodbye{Reason: strings.Repeat("x", MaxDownBytes)}},
	} {
		if b, err := EncodeDown(d); err == nil {
			t.Errorf("%s: %.80s", name, b)
		}
	}
	if _, err := EncodeUp(&Up{Command: &Command{Number: 1, ID: "i", Text: strings.Repeat("x", MaxUpBytes)}}); !errors.Is(err, ErrTooLarge) {
		t.Errorf("too large: %v", err)
	}
}

// TestErrorsDoNotRepeatWhatPeopleWrote: errors are logged and customers' words are not.
func TestErrorsDoNotRepeatWhatPeopleWrote(t *testing.T) {
	for _, in := range []string{
		`{"command":{"number":"my secret","id":"i","kind":"reply"}}`,
		`{"command":{"number":1,"text":"my secret","text":"my secret"}}`,
		`{"command":{"number":1,"text":"my secret` + "\xff" + `"}}`,
		`{"my secret":1,"critical":true}`,
		`{"command":{"text":"my secret"`,
	} {
		if _, err := DecodeUp([]byte(in)); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", in, err)
		}
	}
}

func TestLargestMomentFits(t *testing.T) {
	f := &Frame{Stream: agentStream, Epoch: "e", Seq: 1}
	for range SnapshotMessages {
		m := *replied
		m.Text = strings.Repeat("\x01", 4096)
		f.Changes = append(f.Changes, Change{Message: &m})
	}
	if _, err := EncodeDown(&Down{Frame: f}); err != nil {
		t.Error(err)
	}
}

// TestLargestBatchFits: MaxBatch chats with a note of the greatest length, in the worst encoding, in one command; and
// with the longest names, aliases and tags, of the longest characters, in one frame with the results.
func TestLargestBatchFits(t *testing.T) {
	worst := func(n int) string { return strings.Repeat("👍", n) }
	up := command("transfer", Command{Text: strings.Repeat("\x01", chat.MaxText), Team: "tm42", Agent: "ag9x1"})
	f := &Frame{Stream: agentStream, Epoch: "e", Seq: 1}
	result := *moved
	result.Items = nil
	for i := range MaxBatch {
		id := fmt.Sprintf("SUP%013d", i)
		up.Command.Chats = append(up.Command.Chats, Place{id, 1 << 30})
		result.Items = append(result.Items, Item{Chat: id, Outcome: Refused, Problem: &Problem{28, []string{worst(100), worst(100)}}})
		c := *clocked
		c.ID, c.Alias, c.LastText, c.Tags = id, worst(chat.MaxAlias), worst(200), slices.Repeat([]string{worst(chat.MaxTag)}, chat.MaxTags)
		who, at := *customer, *identity
		who.Name, at.ID = worst(128), id
		f.Changes = append(f.Changes, Change{Chat: &c}, Change{Customer: &who}, Change{Identity: &at})
	}
	f.Changes = append(f.Changes, Change{Result: &result})
	if _, err := EncodeUp(up); err != nil {
		t.Error(err)
	}
	if _, err := EncodeDown(&Down{Frame: f}); err != nil {
		t.Error(err)
	}
}

func TestSplit(t *testing.T) {
	changes := make([]Change, 10)
	for i := range changes {
		changes[i] = Change{Team: &Team{ID: "t", Name: strings.Repeat("x", 70)}} // 100 bytes with its comma
	}
	for aim, want := range map[int]int{1: 1, 99: 1, 100: 1, 199: 1, 200: 2, 999: 9, 1000: 10, 5000: 10} {
		if n := Split(changes, aim); n != want {
			t.Errorf("Split to %d bytes gives %d changes, want %d", aim, n, want)
		}
	}
	if n := Split(nil, 100); n != 0 {
		t.Errorf("Split of nothing gives %d", n)
	}
}

func FuzzDecodeUp(f *testing.F) { fuzz(f, "up-", true) }

func FuzzDecodeDown(f *testing.F) { fuzz(f, "down-", false) }

// fuzz: whatever comes, the decoder neither panics nor takes what it would not say itself; what it takes it
// encodes to something that decodes to the same, and encoding is stable.
func fuzz(f *testing.F, prefix string, up bool) {
	paths, _ := filepath.Glob(filepath.Join(golden, prefix+"*.json"))
	for _, p := range paths {
		f.Add(readGolden(f, p))
	}
	f.Add([]byte(`{"beat":{},"critical":true,"x":[{"y":null}]}`))
	f.Fuzz(func(t *testing.T, in []byte) {
		once, err := again(in, up)
		if errors.Is(err, ErrTooLarge) {
			return // escapes may be longer than what they stand for
		}
		if err != nil {
			if strings.Contains(err.Error(), "encode") {
				t.Fatalf("decoded but not encoded: %v", err)
			}
			return
		}
		if twice, err := again(once, up); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%v\n%s\n%s", err, once, twice)
		}
		if up {
			ordered(t, once)
		} else {
			convert(t, once)
		}
	})
}

// ordered takes a command to the noun and back: what the server decides is what was asked for.
func ordered(t *testing.T, up []byte) {
	u, err := DecodeUp(up)
	if err != nil || u.Command == nil {
		return
	}
	noun := u.Command.Command()
	back := FromCommand(noun)
	if diff := cmp.Diff(noun, back.Command(), emptyIsNil); diff != "" {
		t.Fatal(diff)
	}
}

// convert takes the facts of a frame to the nouns and back: nothing is lost on the way.
func convert(t *testing.T, down []byte) {
	d, err := DecodeDown(down)
	if err != nil || d.Frame == nil {
		return
	}
	for _, c := range d.Frame.Changes {
		before := c
		switch {
		case c.Chat != nil:
			c.Chat = FromChat(c.Chat.Chat())
		case c.Message != nil:
			c.Message = FromMessage(c.Message.Message())
		case c.Customer != nil:
			c.Customer = FromCustomer(c.Customer.Customer())
		case c.Identity != nil:
			c.Identity = FromIdentity(c.Identity.Identity())
		}
		if diff := cmp.Diff(before, c, emptyIsNil); diff != "" {
			t.Fatal(diff)
		}
	}
}

var emptyIsNil = cmpopts.EquateEmpty()

func TestGoldenFilesDecodeToTheSamples(t *testing.T) {
	for _, s := range samples {
		b := readGolden(t, filepath.Join(golden, s.name+".json"))
		if s.up != nil {
			u, err := DecodeUp(b)
			if diff := cmp.Diff(*s.up, u, emptyIsNil); err != nil || diff != "" {
				t.Errorf("%s: %v %s", s.name, err, diff)
			}
			continue
		}
		d, err := DecodeDown(b)
		if diff := cmp.Diff(*s.down, d, emptyIsNil); err != nil || diff != "" {
			t.Errorf("%s: %v %s", s.name, err, diff)
		}
	}
}
