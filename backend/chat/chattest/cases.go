package chattest

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"parley/backend/chat"
)

// Cases is the table of what stands in a chat's row after every event in every state: a line "EVENTS => ROW" says how a
// state comes about, the indented lines "EVENT => ROW" below it what each event makes of it. run is given the events from
// the beginning and says the row. Each case begins with a chat that does not exist.
func Cases(t *testing.T, file string, run func(t *testing.T, c Case) Row) {
	t.Helper()
	check(t, file, func(lines []string) []string {
		var state Case
		got := make([]string, 0, len(lines))
		for _, l := range lines {
			if input, row, ok := strings.Cut(l, "=>"); ok && !strings.HasPrefix(l, "#") {
				c := Case{Events: strings.Split(strings.TrimSpace(input), ", "), Want: readRow(t, row)}
				if strings.HasPrefix(input, " ") {
					c.Events, c.Before = append(slices.Clone(state.Events), c.Events...), state.Want
				} else {
					state = c
				}
				l = input + "=> " + run(t, c).String()
			}
			got = append(got, l)
		}
		return got
	})
}

// Case is a line of the table.
type Case struct {
	Events []string // from the beginning
	Before Row      // of the state that the last event comes in; zero: the line is a state's
	Want   Row
}

// Row is a chat as the one who has it sees it.
type Row struct {
	Where   string // "queue", "mine", "Bo's", "mine on hold", "Bo's on hold" or "closed"
	Dot     string // "new", "pending" or "-"
	Since   int    // which of the customer's messages began the waiting; 0: nobody waits
	Unread  int
	Pending bool // it counts in the pending count
}

// readRow reads what String writes.
func readRow(t *testing.T, s string) Row {
	t.Helper()
	s, pending := strings.CutSuffix(s, " counts")
	words := strings.Fields(s)
	if len(words) < 4 {
		t.Fatalf("%q is no row", s)
	}
	last := len(words) - 3
	since, _ := strconv.Atoi(words[last+1])
	unread, err := strconv.Atoi(words[last+2])
	if err != nil {
		t.Fatalf("%q is no row: %v", s, err)
	}
	return Row{Where: strings.Join(words[:last], " "), Dot: words[last], Since: since, Unread: unread, Pending: pending}
}

func (r Row) String() string {
	since, counts := "-", ""
	if r.Since != 0 {
		since = fmt.Sprint(r.Since)
	}
	if r.Pending {
		counts = "counts"
	}
	return strings.TrimRight(fmt.Sprintf("%-12s %-7s %s %d %s", r.Where, r.Dot, since, r.Unread, counts), " ")
}

// RowOf reads a Row from a chat and its messages; names says whose it is.
func RowOf(c *chat.Chat, messages []chat.Message, names map[chat.AgentID]string) Row {
	r := Row{Where: names[c.Assignee], Dot: cmp.Or(string(chat.DotFor(c, c.Assignee)), "-"), Unread: int(c.Unread),
		Pending: chat.IsPending(c, c.Assignee)}
	switch c.Status {
	case chat.Queued:
		r.Where = "queue"
	case chat.Closed:
		r.Where = "closed"
	case chat.OnHold:
		r.Where += " on hold"
	}
	for _, m := range messages {
		if m.Kind == chat.Inbound && m.At <= c.WaitingSince {
			r.Since++
		}
	}
	return r
}
