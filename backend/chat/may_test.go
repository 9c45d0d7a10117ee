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

// TestPosition: to manage a team is something to its chats for who is in it alone (rules C1, S4).
func TestPosition(t *testing.T) {
	for _, c := range []struct {
		who  Position
		want [4]Standing // to a picked chat of a's own, to one of somebody else's, to a closed one of a's, to a queued one
	}{
		{Position{ID: "a", Role: PlainAgent}, [4]Standing{Holding, 0, 0, 0}},
		{Position{ID: "a", Role: PlainAgent, Teams: []TeamID{"t"}, Manages: []TeamID{"t"}}, [4]Standing{Holding | Member, Member, Member, Member}},
		{Position{ID: "a", Role: Manager, Teams: []TeamID{"t"}}, [4]Standing{Holding | Member, Member, Member, Member}},
		{Position{ID: "a", Role: Manager, Teams: []TeamID{"u"}, Manages: []TeamID{"t"}}, [4]Standing{Holding, 0, 0, 0}},
		{Position{ID: "a", Role: Admin}, [4]Standing{Holding, 0, 0, 0}},
		{Position{ID: "a", Role: Admin, Teams: []TeamID{"t"}},
			[4]Standing{Holding | Member | Managing, Member | Managing, Member | Managing, Member | Managing}},
	} {
		var got [4]Standing
		for i, of := range []Chat{{Status: Picked, Assignee: "a"}, {Status: OnHold, Assignee: "b"}, {Status: Closed, Assignee: "a"}, {Status: Queued}} {
			of.Team = "t"
			got[i] = c.who.To(&of)
		}
		if got != c.want {
			t.Errorf("%+v: %v, want %v", c.who, got, c.want)
		}
	}
}
