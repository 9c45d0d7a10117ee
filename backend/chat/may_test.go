package chat

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMay: what the holder, a manager of the team and an agent of it may do, by how the chat stands (rules G2, G8, G11, H1).
func TestMay(t *testing.T) {
	kinds := []CommandKind{CmdTransfer, CmdHold, CmdResume, CmdClose, CmdExtend, CmdPriority, CmdAlias, CmdTags}
	var got []string
	for _, c := range []Chat{{Status: Queued}, {Status: Picked, Assignee: "a"}, {Status: OnHold, Assignee: "a"}, {Status: OnHold}, {Status: Closed, Assignee: "a"}} {
		for _, s := range []Standing{Holding, Managing | Member, Member, 0} {
			line := fmt.Sprintf("%s %q %d:", c.Status, c.Assignee, s)
			for _, k := range kinds {
				if can, is := May(k, &c, s); is {
					line += " (" + string(k) + ")"
				} else if can {
					line += " " + string(k)
				}
			}
			got = append(got, line)
		}
	}
	want := `queued "" 1: (resume)
queued "" 6: transfer hold (resume) close set_priority set_alias tag
queued "" 4: (resume) set_priority set_alias tag
queued "" 0: (resume)
picked "a" 1: transfer hold (resume) close extend set_priority set_alias tag
picked "a" 6: transfer hold (resume) close set_priority set_alias tag
picked "a" 4: (resume)
picked "a" 0: (resume)
on_hold "a" 1: transfer (hold) resume close extend set_priority set_alias tag
on_hold "a" 6: transfer (hold) resume close set_priority set_alias tag
on_hold "a" 4: (hold)
on_hold "a" 0: (hold)
on_hold "" 1: (hold)
on_hold "" 6: transfer (hold) resume close set_priority set_alias tag
on_hold "" 4: (hold) set_priority set_alias tag
on_hold "" 0: (hold)
closed "a" 1:
closed "a" 6:
closed "a" 4:
closed "a" 0:`
	if diff := cmp.Diff(want, strings.Join(got, "\n")); diff != "" {
		t.Error(diff)
	}
}

func TestManages(t *testing.T) {
	for _, c := range []struct {
		role Role
		want bool
	}{{Admin, true}, {Manager, true}, {PlainAgent, false}, {"", false}} {
		if Manages(c.role, []TeamID{"t"}, "t") != c.want {
			t.Errorf("%s: %v", c.role, !c.want)
		}
	}
	if Manages(Manager, []TeamID{"t"}, "u") || !Manages(Admin, nil, "u") {
		t.Error("another team")
	}
}
