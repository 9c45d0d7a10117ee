package engine

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"parley/app/internal/inbox"
	"parley/app/internal/outbox"
	"parley/backend/chat"
)

// Notice is something to be told once.
type Notice struct {
	ID       int64
	Chat     chat.ID
	Customer string // name
	Command  chat.CommandKind
	Problem  chat.Problem
}

// Pick asks for a queued chat; open: it is to be opened too.
func (e *Engine) Pick(id chat.ID, open bool) {
	e.post(func() {
		c, ok := e.rep.Chat(id)
		if !ok || !free(c) || e.picking(id) {
			return
		}
		e.add(chat.Command{Kind: chat.CmdPick, Chat: id, Assignment: c.Assignment, Base: c.LastNumber})
		if open {
			e.add(chat.Command{Kind: chat.CmdOpen, Chat: id, Assignment: c.Assignment + 1, Base: c.LastNumber})
		}
	})
}

// free reports whether nobody holds a chat: it is in its team's queue, or on hold there (rule G8).
func free(c *chat.Chat) bool {
	return c.Status == chat.Queued || c.Status == chat.OnHold && c.Assignee == ""
}

// Open says that the agent has opened a chat (rule A5).
func (e *Engine) Open(id chat.ID) {
	e.post(func() {
		if it := e.item(id); it != nil && it.Chat.OpenedAt == 0 && e.holds(&it.Chat) && !e.opening(id) {
			e.add(chat.Command{Kind: chat.CmdOpen, Chat: id, Assignment: it.Chat.Assignment, Base: it.Chat.LastNumber})
		}
	})
}

// Read moves the agent's marker of a chat.
func (e *Engine) Read(id chat.ID, upTo int64) {
	e.post(func() {
		it := e.item(id)
		if it == nil || !e.holds(&it.Chat) {
			return
		}
		if upTo = min(upTo, it.Chat.LastNumber); upTo > it.Chat.ReadTo && !e.reading(id, upTo) {
			e.add(chat.Command{Kind: chat.CmdRead, Chat: id, Assignment: it.Chat.Assignment, Base: it.Chat.LastNumber,
				UpTo: upTo})
		}
	})
}

// Send queues a reply and returns when it is on the disk, or why it was not queued.
func (e *Engine) Send(id chat.ID, text string) *chat.Problem {
	return e.say(func() (chat.Command, *chat.Problem) { return e.replyOf(id, clean(text)) })
}

// Note queues a note for colleagues; it returns as Send does.
func (e *Engine) Note(id chat.ID, text string) *chat.Problem {
	return e.say(func() (chat.Command, *chat.Problem) { return e.noteOf(id, clean(text)) })
}

// say queues what was written in the composer.
func (e *Engine) say(command func() (chat.Command, *chat.Problem)) *chat.Problem {
	return e.await(func(answer chan *chat.Problem) {
		c, p := command()
		if p != nil {
			answer <- p
			return
		}
		e.waiters[e.add(c).ID] = answer
		e.draftSaid(&c)
	})
}

// await runs f on the engine's goroutine and waits for the answer that it sees to.
func (e *Engine) await(f func(answer chan *chat.Problem)) *chat.Problem {
	answer := make(chan *chat.Problem, 1)
	e.post(func() { f(answer) })
	select {
	case p := <-answer:
		return p
	case <-e.stopped:
		return chat.NewProblem(chat.Internal)
	}
}

// replyOf is the command that sends a text, or why there is none.
func (e *Engine) replyOf(id chat.ID, text string) (chat.Command, *chat.Problem) {
	c, ok := e.rep.Chat(id)
	switch p := unfit(text); {
	case p != nil:
		return chat.Command{}, p
	case !ok:
		return chat.Command{}, chat.NewProblem(chat.NotHolder, e.rep.GoneTo(id))
	case !e.holds(c):
		return chat.Command{}, chat.NewProblem(chat.NotHolder, "")
	}
	return chat.Command{Kind: chat.CmdReply, Chat: id, Assignment: c.Assignment, Base: c.LastNumber, Text: text}, nil
}

// noteOf is the command that leaves a note, or why there is none.
func (e *Engine) noteOf(id chat.ID, text string) (chat.Command, *chat.Problem) {
	c, ok := e.rep.Chat(id)
	switch p := unfit(text); {
	case p != nil:
		return chat.Command{}, p
	case !ok:
		return chat.Command{}, chat.NewProblem(chat.NotFound)
	}
	return chat.Command{Kind: chat.CmdNote, Chat: id, Assignment: c.Assignment, Base: c.LastNumber, Text: text}, nil
}

// unfit says why a text can be neither sent nor left as a note; nil: it can.
func unfit(text string) *chat.Problem {
	n := utf8.RuneCountInString(text)
	switch {
	case strings.TrimSpace(text) == "":
		return chat.NewProblem(chat.EmptyText)
	case n > chat.MaxText:
		return chat.NewProblem(chat.TooLong, strconv.Itoa(n), strconv.Itoa(chat.MaxText))
	}
	return nil
}

// Cancel takes back a command that was not sent. It reports whether it could, when that is on the disk.
func (e *Engine) Cancel(id chat.CommandID) bool {
	return e.await(func(answer chan *chat.Problem) {
		var in chat.ID
		entry, _ := e.out.Find(id)
		if entry != nil {
			in = entry.Command.Chat
		}
		none, ok := e.out.Cancel(id, newCommandID, e.rep.Draft(in))
		if !ok {
			answer <- chat.NewProblem(chat.NotFound)
			return
		}
		e.notRetried(id)
		e.typed(in)
		e.batchDropped(entry)
		e.waiters[none] = answer
	}) == nil
}

// Retry sends the text of a failed reply anew, as a new message. It does so once, unless that comes to nothing: a
// second click is no second reply, also when the server has taken the first already.
func (e *Engine) Retry(id chat.ID, message chat.MessageID) {
	e.post(func() {
		m, ok := e.message(id, message)
		if !ok || m.Kind != chat.Reply || m.State != chat.Failed || e.retried[message] != "" || e.replying(id, m.Text) {
			return
		}
		c, p := e.replyOf(id, m.Text)
		if p != nil {
			e.addNotice(&chat.Command{Kind: chat.CmdReply, Chat: id}, e.customerIn(id, &told{}), *p)
			e.dirtyStatus = true
			return
		}
		e.retried[message] = e.add(c).ID
	})
}

// notRetried lets the message be sent anew once more whose text went with a command that came to nothing.
func (e *Engine) notRetried(id chat.CommandID) {
	maps.DeleteFunc(e.retried, func(_ chat.MessageID, by chat.CommandID) bool { return by == id })
}

// Settle says what became of an uncertain reply.
func (e *Engine) Settle(id chat.ID, message chat.MessageID, wentOut bool) {
	e.post(func() {
		m, ok := e.message(id, message)
		c, known := e.rep.Chat(id)
		if ok && known && m.State == chat.Uncertain && !e.settling(message) {
			e.add(chat.Command{Kind: chat.CmdSettle, Chat: id, Assignment: c.Assignment, Base: c.LastNumber,
				Message: message, WentOut: wentOut})
		}
	})
}

// SetAvailable asks for the agent's availability.
func (e *Engine) SetAvailable(a chat.Availability) {
	e.post(func() { e.add(chat.Command{Kind: chat.CmdAvailable, Availability: a}) })
}

// Older asks the server for messages before those kept of a chat.
func (e *Engine) Older(id chat.ID) {
	e.post(func() {
		if up, ok := e.rep.More(id, true); ok {
			e.cfg.Link.Send(e.conn, up)
		}
	})
}

// DismissNotice forgets a notice.
func (e *Engine) DismissNotice(id int64) {
	e.post(func() {
		e.notices = slices.DeleteFunc(slices.Clone(e.notices), func(n Notice) bool { return n.ID == id })
		e.dirtyStatus = true
	})
}

// Prefer sets the preferences.
func (e *Engine) Prefer(p Preferences) {
	e.post(func() {
		e.prefs = p
		e.dirtyStatus = true
	})
}

// add queues a command in its envelope.
func (e *Engine) add(c chat.Command) *outbox.Entry { return e.out.Add(e.envelope(c)) }

// envelope is what a command that is given now goes in.
func (e *Engine) envelope(c chat.Command) outbox.Entry {
	entry := outbox.Entry{ID: newCommandID(), Epoch: e.rep.Epoch(), WrittenAt: nowMillis(), Inbounds: -1, Command: c}
	if known, ok := e.rep.Chat(c.Chat); ok {
		entry.Customer = e.rep.CustomerName(known.Customer)
	}
	if n, ok := e.rep.InboundsAt(c.Chat, readsTo(&c)); ok {
		entry.Inbounds = n
	}
	e.touchAll(&c)
	return entry
}

// readsTo is the number of the message up to which c reads.
func readsTo(c *chat.Command) int64 {
	if c.Kind == chat.CmdRead {
		return c.UpTo
	}
	return c.Base
}

// touch marks a chat and the status as changed.
func (e *Engine) touch(id chat.ID) {
	e.dirtyStatus = true
	if id != "" {
		e.dirty[id] = true
	}
}

// touchAll marks all chats that a command is about.
func (e *Engine) touchAll(c *chat.Command) {
	e.touch(c.Chat)
	for _, p := range c.Chats {
		e.touch(p.Chat)
	}
}

func (e *Engine) message(id chat.ID, m chat.MessageID) (chat.Message, bool) {
	messages, _ := e.rep.Thread(id)
	i := slices.IndexFunc(messages, func(x chat.Message) bool { return x.ID == m })
	if i < 0 {
		return chat.Message{}, false
	}
	return messages[i], true
}

func (e *Engine) mine(it *inbox.Item) bool {
	return it.Chat.Status == chat.Picked && it.Chat.Assignee == e.rep.Me()
}

// holds reports whether a chat is the agent's, also on hold.
func (e *Engine) holds(c *chat.Chat) bool {
	return (c.Status == chat.Picked || c.Status == chat.OnHold) && c.Assignee == e.rep.Me()
}

func (e *Engine) picking(id chat.ID) bool {
	return e.out.Any(func(c *chat.Command) bool {
		return c.Kind == chat.CmdPick && (c.Chat == id || slices.ContainsFunc(c.Chats, func(p chat.Place) bool { return p.Chat == id }))
	})
}

func (e *Engine) opening(id chat.ID) bool {
	return e.out.Any(func(c *chat.Command) bool { return c.Kind == chat.CmdOpen && c.Chat == id })
}

func (e *Engine) reading(id chat.ID, upTo int64) bool {
	return e.out.Any(func(c *chat.Command) bool { return c.Kind == chat.CmdRead && c.Chat == id && c.UpTo >= upTo })
}

func (e *Engine) replying(id chat.ID, text string) bool {
	return e.out.Any(func(c *chat.Command) bool { return c.Kind == chat.CmdReply && c.Chat == id && c.Text == text })
}

func (e *Engine) settling(m chat.MessageID) bool {
	return e.out.Any(func(c *chat.Command) bool { return c.Kind == chat.CmdSettle && c.Message == m })
}

// cut shortens text to at most n bytes, at a character.
func cut(text string, n int) string {
	if len(text) <= n {
		return text
	}
	return strings.ToValidUTF8(text[:n], "")
}

// clean makes text what the wire and the stores can carry.
func clean(text string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
}

func diskProblem(err error) *chat.Problem {
	switch {
	case errors.Is(err, ErrNoRoom):
		return chat.NewProblem(chat.NoRoom)
	case errors.Is(err, ErrReadOnly):
		return chat.NewProblem(chat.ReadOnly)
	}
	return chat.NewProblem(chat.Internal)
}
