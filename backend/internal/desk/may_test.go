package desk_test

import (
	"strings"
	"testing"

	"parley/backend/chat/chattest"
)

// TestWhoMay runs the table of who may do what to a chat in which standing: each of the six tries it on a chat of its
// own, which is so.
func TestWhoMay(t *testing.T) {
	chattest.Table(t, "testdata/tables/may.txt", func(t *testing.T, in string) string {
		stands, what, _ := strings.Cut(in, " ")
		var out []string
		for _, who := range []string{"Holder", "Manager", "Colleague", "Admin", "Stranger", "Outsider"} {
			out = append(out, strings.ToLower(who)+" "+tries(t, who, stands, what))
		}
		return strings.Join(out, ", ")
	})
}

var standings = map[string][]string{
	"queued": nil,
	"picked": {"Holder pick c1"},
	"held":   {"Holder pick c1", "Holder hold c1"},
	"left":   {"Manager hold c1"},
	"closed": {"Holder pick c1", "Holder close c1"},
}

// tries says how it ends when who asks for something, in short.
func tries(t *testing.T, who, stands, what string) string {
	s := newStory(t)
	s.RowsEvery = 100
	for _, step := range append([]string{"credential wa app=s verify=v access=a", "team T TTT", "team U UUU", "minutes T 5",
		"new-agent Holder teams=T", "new-agent Manager teams=T role=manager manages=T", "new-agent Colleague teams=T",
		"new-agent Admin teams=T role=admin", "new-agent Stranger teams=U role=manager manages=T",
		"new-agent Outsider role=admin", "new-agent Taker teams=T",
		"heard Taker", "asset Line 1 team=T shared=U", "in Line w1 +491: hello"}, standings[stands]...) {
		s.step(t, step)
	}
	kind, rest, _ := strings.Cut(what, " ")
	first, _, _ := strings.Cut(s.step(t, who+" "+kind+" c1 "+rest), "\n")
	_, end, _ := strings.Cut(strings.Split(first, ",")[0], " ")
	if _, why, refused := strings.Cut(end, "refused: "); refused {
		return why
	}
	return end
}
