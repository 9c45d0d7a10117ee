package nettest

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// rows are the first cells of the rows of PROTOCOL.md's tables that match.
func rows(t *testing.T, pattern string) []string {
	t.Helper()
	text, err := os.ReadFile("../../../backend/wire/PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range regexp.MustCompile(`(?m)^\| `+pattern).FindAllStringSubmatch(string(text), -1) {
		all = append(all, m[1])
	}
	if len(all) == 0 {
		t.Fatalf("PROTOCOL.md has no row like %s", pattern)
	}
	return all
}

// TestEveryRowOfTheProtocol: each close code and each answer to the upgrade that PROTOCOL.md knows is among the
// misdeeds, with a goodbye and without.
func TestEveryRowOfTheProtocol(t *testing.T) {
	names := ""
	for _, m := range slices.Concat(goodbyes, upgrades) {
		names += m.name + "\n"
	}
	for _, code := range rows(t, `(4\d\d\d) \|`) {
		for _, name := range []string{"close " + code, "goodbye " + code} {
			if !strings.Contains(names, name+"\n") {
				t.Errorf("there is no misdeed %q", name)
			}
		}
	}
	for _, status := range rows(t, `([1-5]\d\d) \|`) {
		if !strings.Contains("\n"+names, "\n"+status) {
			t.Errorf("there is no answer %s to the upgrade", status)
		}
	}
}

// TestEveryProblem: whatever reason a server gives for not sending a reply, the agent is asked about the words.
func TestEveryProblem(t *testing.T) {
	for _, outcome := range []string{"refused", "held"} {
		for _, kind := range rows(t, `(\d\d?) \| [A-Z]\w+ \|`) {
			t.Run(outcome+" "+kind, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m := misdeed{open: func(v *visit) {
						problem := fmt.Sprintf(`"problem":{"kind":%s},"outcome"`, kind)
						v.text(strings.Replace(result(v.device, 1, v.first, outcome), `"outcome"`, problem, 1))
					}}
					said, _ := m.commit(t)
					t.Log(said)
					if want := "open, no other, current, asked + sent"; said != want {
						t.Errorf("want %s", want)
					}
				})
			})
		}
	}
}
