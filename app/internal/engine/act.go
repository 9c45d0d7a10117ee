package engine

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"parley/app/internal/inbox"
	"parley/app/internal/outbox"
	"parley/app/view"
	"parley/backend/chat"
	"parley/backend/wire"
)

// Hold puts a chat on hold.
func (e *Engine) Hold(id chat.ID) { e.act(id, chat.Command{Kind: chat.CmdHold}) }

// Resume takes a chat back from hold.
func (e *Engine) Resume(id chat.ID) { e.act(id, chat.Command{Kind: chat.CmdResume}) }

// Close ends a chat.
func (e *Engine) Close(id chat.ID) { e.act(id, chat.Command{Kind: chat.CmdClose}) }

// Extend says "I'm on it" (rule G2).
func (e *Engine) Extend(id chat.ID) {
	e.post(func() {
		if it := e.item(id); it != nil && e.extends(it) {
			e.ask(&it.Chat, chat.Command{Kind: chat.CmdExtend})
		}
	})
}

// SetPriority sets a chat's priority.
func (e *Engine) SetPriority(id chat.ID, to chat.Priority) {
	e.act(id, chat.Command{Kind: chat.CmdPriority, Priority: to})
}

// act asks for something to be done to a chat, if it could be as it stands and was not asked for already.
func (e *Engine) act(id chat.ID, cmd chat.Command) {
	e.post(func() {
		if c, ok := e.rep.Chat(id); ok && e.may(cmd.Kind, c) {
			e.ask(c, cmd)
		}
	})
}

// ask queues a command about a chat, with what was seen of it. A second one of the kind is nothing new unless it sets a
// value.
func (e *Engine) ask(c *chat.Chat, cmd chat.Command) *outbox.Entry {
	once := cmd.Kind == chat.CmdHold || cmd.Kind == chat.CmdResume || cmd.Kind == chat.CmdClose || cmd.Kind == chat.CmdExtend
	if once && e.out.Any(func(x *chat.Command) bool { return x.Kind == cmd.Kind && x.Chat == c.ID }) {
		return nil
	}
	cmd.Chat, cmd.Assignment, cmd.Base = c.ID, c.Assignment, c.LastNumber
	return e.add(cmd)
}

// SetAlias names a chat, and returns when that is on the disk, or why it was not queued.
func (e *Engine) SetAlias(id chat.ID, alias string) *chat.Problem {
	alias = oneLine(alias)
	return e.set(id, chat.Command{Kind: chat.CmdAlias, Text: alias}, tooLong(chat.MaxAlias, alias))
}

// Tag adds tags to a chat and takes others away; it returns as SetAlias does.
func (e *Engine) Tag(id chat.ID, add, remove []string) *chat.Problem {
	tags, untags := oneLines(add), oneLines(remove)
	p := tooLong(chat.MaxTag, tags...)
	switch {
	case len(tags) > chat.MaxTags || len(untags) > chat.MaxTags:
		p = chat.NewProblem(chat.TooMany, strconv.Itoa(chat.MaxTags))
	case len(tags) == 0 && len(untags) == 0 || slices.Contains(tags, ""):
		p = chat.NewProblem(chat.EmptyText)
	}
	return e.set(id, chat.Command{Kind: chat.CmdTags, Tags: tags, Untags: untags}, p)
}

// set queues a command that sets something of a chat, unless it has a problem.
func (e *Engine) set(id chat.ID, cmd chat.Command, p *chat.Problem) *chat.Problem {
	if p != nil {
		return p
	}
	return e.await(func(answer chan *chat.Problem) {
		c, ok := e.rep.Chat(id)
		switch {
		case !ok:
			answer <- chat.NewProblem(chat.NotFound, "chat")
		case !e.may(cmd.Kind, c):
			answer <- chat.NewProblem(chat.NotHolder, e.rep.AgentName(c.Assignee))
		default:
			e.waiters[e.ask(c, cmd).ID] = answer
		}
	})
}

// oneLine is what people typed as the server keeps it: words with one space between.
func oneLine(s string) string { return strings.Join(strings.Fields(clean(s)), " ") }

func oneLines(l []string) []string {
	var to []string
	for _, s := range l {
		to = append(to, oneLine(s))
	}
	return to
}

// tooLong says which of some texts is longer than limit characters; nil: none.
func tooLong(limit int, texts ...string) *chat.Problem {
	for _, s := range texts {
		if n := utf8.RuneCountInString(s); n > limit {
			return chat.NewProblem(chat.TooLong, strconv.Itoa(n), strconv.Itoa(limit))
		}
	}
	return nil
}

// may reports whether the agent can ask for something to be done to a chat as it stands now.
func (e *Engine) may(kind chat.CommandKind, c *chat.Chat) bool {
	can, _ := chat.May(kind, c, e.standing(c))
	return can
}

// standing is what the agent is to a chat.
func (e *Engine) standing(c *chat.Chat) chat.Standing {
	me := e.rep.Self()
	p := chat.Position{ID: e.rep.Me(), Role: chat.Role(me.Role), Teams: ids[chat.TeamID](me.Teams),
		Manages: ids[chat.TeamID](me.Manages)}
	return p.To(c)
}

// manages reports whether an agent manages a team (rule C1).
func manages(a *wire.Agent, t chat.TeamID) bool {
	return !a.Inactive && chat.Manages(chat.Role(a.Role), ids[chat.TeamID](a.Manages), t)
}

// asked are the actions, and what each asks for.
var asked = []struct {
	is   view.Action
	kind chat.CommandKind
}{
	{view.DoTransfer, chat.CmdTransfer}, {view.DoReturn, chat.CmdTransfer}, {view.DoHold, chat.CmdHold},
	{view.DoResume, chat.CmdResume}, {view.DoClose, chat.CmdClose}, {view.DoExtend, chat.CmdExtend}, {view.DoSet, chat.CmdPriority},
}

// actions is what can be asked for of a chat now.
func (e *Engine) actions(it *inbox.Item) []view.Action {
	l := []view.Action{}
	c := &it.Chat
	for _, a := range asked {
		switch {
		case !e.may(a.kind, c):
		case a.is == view.DoReturn && c.Assignee == "":
		case a.is == view.DoExtend && !e.extends(it):
		default:
			l = append(l, a.is)
		}
	}
	return l
}

// extends reports whether "I'm on it" is there to be said: a clock runs, and it was not said in this waiting.
func (e *Engine) extends(it *inbox.Item) bool {
	return it.Chat.ReleaseAt != 0 && !it.Chat.Extended && e.may(chat.CmdExtend, &it.Chat)
}
