package wire

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// table returns the rows of PROTOCOL.md's table whose header begins with the given cells, header first.
func table(t *testing.T, header ...string) [][]string {
	t.Helper()
	var rows [][]string
	for line := range strings.Lines(protocol(t)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		switch {
		case len(rows) > 0 && !strings.HasPrefix(line, "|"):
			return rows
		case len(rows) > 0 && strings.Trim(cells[0], "-") == "":
		case len(rows) > 0 || len(cells) >= len(header) && slices.Equal(cells[:len(header)], header):
			rows = append(rows, cells)
		}
	}
	t.Fatalf("PROTOCOL.md has no table that begins with %q", header)
	return nil
}

// whole fails t for a row that has not as many cells as the header, or an empty one beyond the columns that may be.
func whole(t *testing.T, rows [][]string, mayBeEmpty ...string) {
	t.Helper()
	for _, r := range rows[1:] {
		if len(r) != len(rows[0]) {
			t.Errorf("%q has %d cells, the header %q %d", r, len(r), rows[0], len(rows[0]))
			continue
		}
		for i, c := range r {
			if c == "" && !slices.Contains(mayBeEmpty, rows[0][i]) {
				t.Errorf("%q says nothing of %q", r[0], rows[0][i])
			}
		}
	}
}

// TestStateMachines: in each of the two tables every event says what happens in every state, every frame that the side
// receives is an event, and of the codes that the server closes with each is named.
func TestStateMachines(t *testing.T) {
	for side, typ := range map[string]reflect.Type{"console": reflect.TypeFor[Down](), "server": reflect.TypeFor[Up]()} {
		rows := table(t, side+": event")
		whole(t, rows)
		var events strings.Builder
		for _, r := range rows[1:] {
			events.WriteString(r[0] + "\n")
		}
		for f := range typ.Fields() {
			if !strings.Contains(events.String(), "`"+wireName(f)+"`") {
				t.Errorf("%s: no event of the frame %s", side, wireName(f))
			}
		}
		for _, state := range rows[0][1:] {
			if side == "console" && !strings.Contains(protocol(t), "\n| "+state+" | ") {
				t.Errorf("the state %s is not explained", state)
			}
		}
	}
	all := ""
	for _, r := range table(t, "server: event") {
		all += strings.Join(r, " ")
	}
	for _, c := range constants(t, ".") {
		if strings.HasPrefix(c.name, "Close") && !strings.Contains(all, "close with "+c.value) {
			t.Errorf("no event makes the server close with %s, %s", c.value, c.name)
		}
	}
}

// TestEveryCodeSaysWhatToDo: whether again, and what the agent is shown.
func TestEveryCodeSaysWhatToDo(t *testing.T) {
	for first, again := range map[string]string{
		"status": `^(after signing in|later|never|)$`, "code": `^(same id|after signing in|never)$`,
		"number": `^(later|never|the agent decides)(, .*)?$`,
	} {
		rows := table(t, first)
		whole(t, rows, "args", "again")
		at := slices.Index(rows[0], "again")
		for _, r := range rows[1:] {
			if !regexp.MustCompile(again).MatchString(r[at]) {
				t.Errorf("%s %s: again %q", first, r[0], r[at])
			}
			if r[at] == "" && r[0] != "101" {
				t.Errorf("%s %s does not say whether again", first, r[0])
			}
		}
	}
}

// TestEveryLimitSaysWhatIsBeyond, and every change how it is merged.
func TestEveryLimitSaysWhatIsBeyond(t *testing.T) {
	limits := table(t, "name", "value")
	whole(t, limits)
	whole(t, table(t, "what", "default"))
	for _, c := range slices.Concat(constants(t, "."), constants(t, "../chat")) {
		row := slices.ContainsFunc(limits, func(r []string) bool { return strings.HasPrefix(r[0], "`"+c.name+"`") })
		if strings.HasPrefix(c.name, "Max") && c.name != "MaxVersion" && !row {
			t.Errorf("%s is not among the limits", c.name)
		}
	}
	merges := table(t, "change", "key")
	whole(t, merges)
	for f := range reflect.TypeFor[Change]().Fields() {
		if !slices.ContainsFunc(merges, func(r []string) bool { return r[0] == "`"+wireName(f)+"`" }) {
			t.Errorf("it is not said how %s is merged", wireName(f))
		}
	}
}

// TestEveryCommandIsShown: each kind has a row with its members, or one for each way to give it, and each row an example
// with exactly these.
func TestEveryCommandIsShown(t *testing.T) {
	examples := map[string]bool{}
	for _, e := range regexp.MustCompile("(?s)```json up\n(.*?)\n```").FindAllStringSubmatch(protocol(t), -1) {
		u, err := DecodeUp([]byte(e[1]))
		if err != nil || u.Command == nil {
			continue
		}
		examples[u.Command.Kind+" "+strings.Join(given(u.Command), ", ")] = true
	}
	rows := table(t, "kind", "members")
	whole(t, rows, "members")
	for _, c := range constants(t, "../chat") {
		if c.typ != "CommandKind" {
			continue
		}
		if !slices.ContainsFunc(rows, func(r []string) bool { return r[0] == "`"+c.value+"`" }) {
			t.Errorf("%s has no row", c.value)
		}
	}
	for _, r := range rows[1:] {
		if shown := strings.ReplaceAll(r[0]+" "+r[1], "`", ""); !examples[shown] {
			t.Errorf("%s with the members %s has no example", r[0], r[1])
		}
	}
}

// given are the members of c that are set, without the envelope.
func given(c *Command) []string {
	var names []string
	for f, v := range reflect.ValueOf(c).Elem().Fields() {
		if !slices.Contains([]string{"Number", "ID", "Epoch", "AgeMillis", "Kind"}, f.Name) && !v.IsZero() {
			names = append(names, wireName(f))
		}
	}
	return names
}

// TestDigestExample: the fields, the lines, their hashes and the digest are what Digest makes of the example.
func TestDigestExample(t *testing.T) {
	_, text, _ := strings.Cut(protocol(t), "\n### Digests\n")
	text, _, _ = strings.Cut(text, "\n### ")
	example := regexp.MustCompile("(?s)```json down\n(.*?)\n```").FindStringSubmatch(text)
	d, err := DecodeDown([]byte(example[1]))
	if err != nil {
		t.Fatal(err)
	}
	var chats []*Chat
	for _, c := range d.Frame.Changes {
		chats = append(chats, c.Chat)
	}
	lines := table(t, "line", "hash")
	for i, c := range chats {
		row := []string{"`" + string(digestLine(c)) + "`", "`" + Digest(slices.Values([]*Chat{c})) + "`"}
		if len(lines) != len(chats)+1 || !slices.Equal(lines[i+1], row) {
			t.Errorf("chat %d is %q", i, row)
		}
	}
	if digest := Digest(slices.Values(chats)); !strings.Contains(text, "the digest `"+digest+"`") {
		t.Errorf("the digest of the example is %s", digest)
	}
	if none := Digest(slices.Values([]*Chat{})); !strings.Contains(text, "of no chats it is `"+none+"`") {
		t.Errorf("the digest of nothing is %s", none)
	}
	fields := regexp.MustCompile("(?s)```\n(.*?)\n```").FindStringSubmatch(text)
	want := strings.Fields(string(digestLine(byName(t, strings.Fields(fields[1])))))
	for i, name := range strings.Fields(fields[1]) {
		if i >= len(want) || want[i] != value(name, i) {
			t.Errorf("field %d of the line is not %s: %q", i, name, want)
		}
	}
}

// byName returns a chat whose fields of those names have the values that value gives.
func byName(t *testing.T, names []string) *Chat {
	t.Helper()
	var c Chat
	v := reflect.ValueOf(&c).Elem()
	for f, x := range v.Fields() {
		i := slices.Index(names, wireName(f))
		switch {
		case i < 0:
		case x.Kind() == reflect.String:
			x.SetString(value(wireName(f), i))
		default:
			x.SetInt(int64(1000 + i))
		}
	}
	return &c
}

// value is the name of an id, and a number for the others.
func value(name string, i int) string {
	if slices.Contains([]string{"id", "status", "team", "asset", "identity", "customer", "assignee"}, name) {
		return name
	}
	return "10" + string(rune('0'+i/10)) + string(rune('0'+i%10))
}
